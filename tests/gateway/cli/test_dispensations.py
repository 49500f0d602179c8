"""`ncpeh dispensations`: what is not settled, without a person's name, and what a person decides of it."""

import json
from contextlib import closing

from gateway import clock
from gateway.journal.book import Book
from gateway.journal.states import DispensationState
from gateway.store.engine import Store
from gateway.store.keys import KeyRing
from tests.support.nodes.configured import Configured
from tests.support.norway.journals import FACTS, MESSAGE, NUMBER, POLICY

S = DispensationState
WORD = ("--by", "Kari Drift", "--reason", "asked them by telephone")


def unsettled(own: Configured, *states: DispensationState) -> None:
    """A dispensing in the node's database, moved through these states."""
    keys = KeyRing.read(own.state / "store/keys")
    with closing(Store.open(f"sqlite:///{own.state}/ncpeh.db")) as store:
        book = Book(store, keys, holder="no-1", lease=POLICY.lease, now=clock.now)
        (row,) = book.open("s-1", [("r-1", FACTS, "e-1")], lambda _: None)
        for state in states:
            row = book.move(row, state, message=MESSAGE if state is S.TAKING_ASKED else None)
        book.let_go([row], clock.now())


def test_what_waits_for_a_person_is_shown_without_naming_anybody_and_decided_once(own: Configured):
    assert own.call("dispensations", "show").out == ("0 shown, 0 wait for a person",)
    unsettled(own, S.TAKING_ASKED, S.HUMAN)
    shown = own.call("dispensations", "show", "--json")
    (one,) = json.loads(shown.out[0])["dispensations"]
    assert (shown.status, one["state"], one["asked_in"]) == (1, "HUMAN", "TAKING?")
    assert (one["may_decide"], one["messages"]) == (["not-in-force", "held"], {"M10": MESSAGE.message_id})
    assert not any(word in shown.out[0] for word in (NUMBER, "Prøve", "Kari", "medico-1"))
    assert "may_decide: " in "\n".join(own.call("dispensations", "show").out)
    wrong = own.call("dispensations", "decide", "r-1", "--to", "in-force", *WORD)
    assert (wrong.status, "not-in-force, held" in wrong.err[0]) == (1, True)
    assert own.call("dispensations", "decide", "r-1", "--to", "not-in-force", *WORD).out == ("decided: REFUSED",)
    assert own.call("dispensations", "decide", "r-1", "--to", "not-in-force", *WORD).status == 1
    assert own.call("dispensations", "show").out[-1] == "0 shown, 0 wait for a person"
    assert own.call("dispensations", "show", "--all").out[-1] == "1 shown, 0 wait for a person"
    assert own.call("evidence", "verify").status == 0


def test_doctor_says_how_many_wait(own: Configured):
    unsettled(own, S.TAKING_ASKED, S.HUMAN)
    checks = json.loads(own.call("doctor", "--json").out[0])["checks"]
    (told,) = [one for one in checks if one["name"] == "dispensations-decided"]
    assert (told["ok"], told["warning"], "ncpeh dispensations show" in told["detail"]) == (True, True, True)


def test_a_person_without_a_name_decides_nothing(own: Configured):
    unsettled(own, S.TAKING_ASKED, S.HUMAN)
    blank = own.call("dispensations", "decide", "r-1", "--to", "held", "--by", " ", "--reason", "x")
    assert (blank.status, "--by" in " ".join(blank.err)) == (2, True)
    assert own.call("dispensations", "show").status == 1
