"""A message is taken once; the assertions in it again and again while in force, as long as they are the same."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.support.callers.assertions import HCP_ID, NOW, TRC_ID, Ids, SeenInMemory, call, envelope, hcp, nok, peer, trc
from tests.support.callers.signatures import Signing, sealer
from trust.errors import AssertionIdReused, BodyRepeated, MessageRepeated, TlsCountryDiffers, TrustError
from trust.saml.replay import SentMessage, refuse_repeated_message, refuse_reused_assertions

FIRST = "urn:uuid:0fa1b2c3-1111-4222-8333-444455556666"
SECOND = "urn:uuid:0fa1b2c3-1111-4222-8333-444455557777"
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@dataclass
class Node:
    """What outlives a message."""

    seen: SeenInMemory = field(default_factory=SeenInMemory)
    new_id: Ids = field(default_factory=Ids)

    def takes(self, *assertions: bytes, body: bytes = b"<q/>", **changes: object) -> bool:
        return bool(call(envelope(*assertions, body=body), seen=self.seen, new_id=self.new_id, **changes))

    def refuses(self, *assertions: bytes, **changes: Any) -> type[TrustError]:
        with pytest.raises(TrustError) as refusal:
            self.takes(*assertions, **changes)
        return refusal.type


@pytest.fixture
def node() -> Node:
    return Node()


def test_the_same_assertions_serve_discovery_query_and_many_retrieves(node: Node):
    made = hcp(), trc()
    assert node.takes(made[0], message_id=FIRST, needs_role_display=True)
    assert node.takes(*made, message_id=SECOND, needs_trc=True)
    for number in range(5):
        own_id = f"urn:uuid:{UUID(int=number)}"
        assert node.takes(*made, message_id=own_id, needs_trc=True, now=NOW + number * MINUTE)


def test_refuses_a_repeated_message(node: Node):
    assert node.takes(hcp(), message_id=FIRST)
    assert node.refuses(hcp(), message_id=FIRST) is MessageRepeated
    assert node.takes(hcp(), message_id=SECOND)


SPELLINGS = [
    FIRST.upper(),
    FIRST.removeprefix("urn:"),
    FIRST.removeprefix("urn:uuid:"),
    f"{{{FIRST.removeprefix('urn:uuid:').upper()}}}",
    f" {FIRST}\n",
]


@pytest.mark.parametrize("other", SPELLINGS)
def test_a_message_id_is_the_same_in_whatever_spelling(node: Node, other: str):
    assert node.takes(hcp(), message_id=FIRST)
    assert node.refuses(hcp(), message_id=other, body=b"<other/>") is MessageRepeated
    assert Node().takes(hcp(), message_id=other, body=b"<other/>")


ALIEN = [None, "", "urn:uuid:1", "mailto:1@example.invalid", FIRST.replace("-", ""), f"{FIRST}0", "\u06f0" + FIRST]


@pytest.mark.parametrize("alien", ALIEN)
@pytest.mark.parametrize("first", [FIRST, None, "urn:x:1"])
def test_refuses_a_repeated_body_in_a_message_without_an_id_of_its_own(
    node: Node, first: str | None, alien: str | None
):
    assert node.takes(hcp(), message_id=first)
    assert node.refuses(hcp(), message_id=alien) is BodyRepeated
    assert node.takes(hcp(), message_id=None if alien is None else f"{alien}+", body=b"<other/>")


def test_refuses_an_alien_message_id_that_comes_twice(node: Node):
    assert node.takes(hcp(), message_id="urn:x:1")
    assert node.refuses(hcp(), message_id="urn:x:1", body=b"<other/>") is MessageRepeated


def test_a_body_is_the_same_however_it_is_written_down(node: Node):
    assert node.takes(hcp(), body=b'<q a="1" b="2"/>')
    assert node.refuses(hcp(), body=b"<q  b='2' a='&#49;'><!-- again --></q>") is BodyRepeated
    assert node.takes(hcp(), body=b'<q a="2" b="1"/>')


def test_the_same_may_be_asked_again_without_an_id_under_another_confirmation(node: Node):
    assert node.takes(hcp(), trc(), needs_trc=True)
    assert node.refuses(hcp(), trc(), needs_trc=True) is BodyRepeated
    assert node.takes(hcp(), trc(fields={"@ID": "_confirmed-again"}), needs_trc=True)


def test_an_assertion_that_is_not_needed_makes_no_other_message_of_it(node: Node):
    assert node.takes(hcp())
    assert node.refuses(hcp(), trc()) is BodyRepeated
    assert node.refuses(hcp(), nok()) is BodyRepeated
    assert Node().takes(hcp(), trc(), nok())


def test_refuses_a_message_id_that_comes_with_other_assertions(node: Node):
    assert node.takes(hcp(), message_id=FIRST)
    assert node.refuses(hcp(fields={"@ID": "_other"}), message_id=FIRST) is MessageRepeated


@pytest.mark.parametrize("message_id", [FIRST, None])
def test_two_countries_may_choose_the_same_message_id_and_ask_the_same(node: Node, message_id: str | None):
    assert node.takes(hcp(), message_id=message_id)
    danish = hcp(by=sealer("DK"), fields={"@ID": "_danish"})
    assert node.takes(danish, peer=peer("DK"), message_id=message_id)


@pytest.mark.parametrize("which", ["hcp", "trc", "nok"])
def test_refuses_an_assertion_id_seen_with_other_bytes(node: Node, which: str):
    builders = {"hcp": hcp, "trc": trc, "nok": nok}
    other = {"@IssueInstant": "2026-03-02T10:29:59Z"}
    again = [build(fields=other if kind == which else {}) for kind, build in builders.items()]
    assert node.takes(*(build() for build in builders.values()), message_id=FIRST)
    assert node.refuses(*again, message_id=SECOND) is AssertionIdReused
    assert Node().takes(*again)


def test_an_assertion_sealed_again_is_the_same(node: Node):
    assert node.takes(hcp(), message_id=FIRST)
    assert node.refuses(hcp(by=sealer("PT", "p256"), signing=Signing("ecdsa-sha256"))) is BodyRepeated
    assert node.takes(hcp(by=sealer("PT", "p256"), signing=Signing("ecdsa-sha256")), message_id=SECOND)


def test_refuses_an_assertion_id_that_another_country_used(node: Node):
    assert node.takes(hcp())
    assert node.refuses(hcp(by=sealer("DK")), peer=peer("DK")) is AssertionIdReused


def test_refuses_the_very_assertion_from_another_countrys_client(node: Node):
    assert node.takes(hcp())
    assert node.refuses(hcp(), peer=peer("DK")) is TlsCountryDiffers
    caller = call(envelope(hcp()))
    refuse_reused_assertions([("hcp", caller.hcp)], "PT", seen=node.seen, now=NOW)
    with pytest.raises(AssertionIdReused):
        refuse_reused_assertions([("hcp", caller.hcp)], "DK", seen=node.seen, now=NOW)


def test_a_refused_message_leaves_nothing_behind(node: Node):
    assert node.refuses(hcp(), trc(hcp_id="_other"), message_id=FIRST)
    assert node.seen.kept == {}


def test_what_is_seen_is_kept_until_it_can_no_longer_be_in_force(node: Node):
    assert node.takes(hcp(), trc(), message_id=FIRST)
    kept = {space_and_key: until for space_and_key, (_, until) in node.seen.kept.items()}
    for space in ("message", "body"):
        ((message,),) = [[key for key in kept if key[0] == space]]
        assert kept[message] == NOW + 4 * HOUR + MINUTE
    assert kept["assertion", HCP_ID] == NOW + 4 * HOUR + MINUTE
    assert kept["assertion", TRC_ID] == NOW + 2 * HOUR + MINUTE


def test_a_message_id_is_kept_as_its_digest(node: Node):
    assert node.takes(hcp(), message_id="urn:uuid:readable" * 1000)
    ((_, key),) = [kept for kept in node.seen.kept if kept[0] == "message"]
    assert "readable" not in key
    assert len(key) == len("PT:") + 64


def test_the_memory_is_asked_with_the_instant_of_the_request():
    asked: list[tuple[datetime, datetime]] = []

    class Asked(SeenInMemory):
        def first_seen(self, space: str, key: str, value: str, until: datetime, now: datetime) -> str:
            asked.append((until, now))
            return value

    shown = call(envelope(hcp())).hcp
    refuse_repeated_message(SentMessage("1", lambda: b""), shown, "PT", seen=Asked(), new_id=Ids(), now=NOW)
    refuse_reused_assertions([("hcp", shown)], "PT", seen=Asked(), now=NOW)
    assert asked == 3 * [(NOW + 4 * HOUR + MINUTE, NOW)]
