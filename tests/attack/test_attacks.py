"""Every attack of `attacks.csv` is refused as its row says, by the check that it names, before Norway is asked."""

import os
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.attack import assertions, messages, peers, requests, sockets
from tests.attack.rows import SERVICES, AttackRow, Node, asked, message, shown
from tests.attack.table import Expected, expected
from tests.support.callers.assertions import nok
from tests.support.machine.generated import LONG

ATTACKS: dict[str, AttackRow] = {
    row.id: row for module in (messages, assertions, requests, peers, sockets) for row in module.every()
}
_RECORDED = {row.kind for module in (messages, assertions, requests) for row in module.every()}
"""Those on the pipeline, which leaves a row of evidence; the others end before it or on our own side."""


def place(check: str) -> tuple[str, ...]:
    """File and class of a check: a function may be split without a word here, and `make prove` holds it to its name.

    Where a check was removed the function counts, for another one may refuse for the same reason.
    """
    path, function, what = check.split(":", 2)
    return (path, function, what) if LONG or "PROVE_MUTANT" in os.environ else (path, what)


@pytest.fixture(scope="module", autouse=True)
def listeners() -> Iterator[None]:
    yield
    sockets.SERVERS.close()


@pytest.mark.parametrize("row", expected(), ids=lambda row: row.id)
def test_refuses(row: Expected):
    met = ATTACKS[row.id].attack()
    assert (met.cause, place(met.check)) == (row.refusal, place(row.check))
    assert met.national_calls == ()
    assert met.recorded == ((row.refusal,) if row.kind in _RECORDED else ())


def test_500_attacks_of_14_classes_and_more_none_over_60():
    kinds = Counter(row.kind for row in expected())
    assert kinds.total() >= 500
    assert len(kinds) >= 14
    assert max(kinds.values()) <= 60


def test_every_attack_that_is_made_has_one_row_and_every_row_an_attack():
    assert sorted(row.id for row in expected()) == sorted(ATTACKS)


# --- what the attacks are made from is in order ----------------------------------------------------------------------


@pytest.mark.parametrize("transaction", SERVICES)
def test_a_message_in_order_is_answered_with_and_without_a_next_of_kin(transaction: str):
    node = Node()
    assert node.answers(message(transaction))
    another = "urn:uuid:22222222-2222-4333-8444-555555555555"
    assert node.answers(message(transaction, *shown(transaction), nok(), message_id=another))
    with pytest.raises(AssertionError, match="answered"):
        asked("none", "none", lambda: message(transaction)).attack()


def test_an_answer_in_order_is_used():
    assert peers.identified(peers.Answer(peers.stranger.found())) == 1
    assert peers.listed(peers.Answer(peers.right().listing)) == 1
    assert peers.retrieved(peers.right()) == 1


def test_a_connection_in_order_is_answered():
    for server in sockets.LIMITED:
        assert sockets.answered(server).startswith(b"HTTP/1.1 200")


def test_a_body_in_order_is_taken():
    with pytest.raises(AssertionError, match="2000 bytes were taken"):
        sockets.body_of(2000)
