"""What nobody can find out, a person decides: by what was asked, once, as evidence; the timer goes on from there."""

from datetime import timedelta

import pytest

from gateway import clock
from gateway.errors import StoreUnavailable
from gateway.evidence.chain import Chain
from gateway.evidence.named import AcceptanceIncomplete
from gateway.evidence.read import newest_events
from gateway.journal.book import Book, JournalRow, undecided, undecided_since
from gateway.journal.deciding import DecisionRefused, PersonsWord, decide
from gateway.journal.decisions import MAY_DECIDE
from gateway.journal.decisions import DispensationDecision as Decision
from gateway.journal.recorded import JournalEvidence
from gateway.journal.states import QUESTIONED, DispensationState
from gateway.store.engine import Store
from tests.support.nodes.stores import KEYS
from tests.support.norway.journals import FACTS, book_of

S = DispensationState
WAYS = {
    S.TAKING_ASKED: [],
    S.REPORTED_ASKED: [S.HELD, S.REPORTED_ASKED],
    S.RELEASING_ASKED: [S.HELD, S.RELEASING, S.RELEASING_ASKED],
    S.UNDOING_ASKED: [S.HELD, S.REPORTED_ASKED, S.REPORTED, S.UNDOING, S.UNDOING_ASKED],
}
"""From the first question to each other."""
LEADS = {
    Decision.IN_FORCE: S.REPORTED, Decision.NOT_IN_FORCE: S.REFUSED, Decision.HELD: S.RELEASING,
    Decision.UNDONE: S.UNDONE, Decision.NOT_UNDONE: S.UNDO_REFUSED,
}  # fmt: skip
ALLOWED = [(asked, decision) for asked, decisions in MAY_DECIDE.items() for decision in decisions]


@pytest.fixture
def book(store: Store) -> Book:
    return book_of(store)


@pytest.fixture
def evidence(store: Store) -> JournalEvidence:
    return JournalEvidence(Chain(store), KEYS, "no-1", clock.new_id)


def waiting(book: Book, asked: DispensationState) -> JournalRow:
    """A row that waits for a person, who is asked about that question."""
    (row,) = book.open("s-1", [("r-1", FACTS, "e-1")], lambda _: None)
    for state in (S.TAKING_ASKED, *WAYS[asked], S.HUMAN):
        row = book.move(row, state)
    book.let_go([row], clock.now())
    return row


def word(decision: Decision, by: str = "Kari Drift") -> PersonsWord:
    return PersonsWord(decision, by, "asked them by telephone")


def test_every_question_has_decisions():
    assert MAY_DECIDE.keys() == WAYS.keys() == QUESTIONED
    assert {decision for _, decision in ALLOWED} == set(Decision)


@pytest.mark.parametrize(("asked", "decision"), ALLOWED)
def test_a_decision_leads_where_it_says_and_the_timer_goes_on(
    book: Book, evidence: JournalEvidence, store: Store, asked: DispensationState, decision: Decision
):
    row = waiting(book, asked)
    assert undecided(store) == 1
    assert undecided_since(store) is not None
    assert decide("r-1", word(decision), book, evidence, clock.now()) is LEADS[decision]
    (after,) = book.submission(row.submission)
    assert (after.state, undecided(store), undecided_since(store)) == (LEADS[decision], 0, None)
    (event,) = newest_events(store, 1)
    assert (event["transaction"], event["access"]["origins"]) == ("DISPENSATION-DECIDED", [after.state.value])
    assert event["access"]["purpose"] == "asked them by telephone"
    assert book.due(10) == (() if after.settled else (row.submission,))


REFUSED = [(asked, decision) for asked in MAY_DECIDE for decision in Decision if decision not in MAY_DECIDE[asked]]


@pytest.mark.parametrize(("asked", "decision"), REFUSED)
def test_refuses_a_decision_about_another_question(
    book: Book, evidence: JournalEvidence, asked: DispensationState, decision: Decision
):
    row = waiting(book, asked)
    with pytest.raises(DecisionRefused) as refused:
        decide("r-1", word(decision), book, evidence, clock.now())
    assert refused.value.may == MAY_DECIDE[asked]
    assert book.submission(row.submission)[0].state is S.HUMAN


def test_refuses_a_row_that_waits_for_nobody_and_a_second_decision(book: Book, evidence: JournalEvidence):
    with pytest.raises(DecisionRefused):
        decide("r-1", word(Decision.HELD), book, evidence, clock.now())
    waiting(book, S.TAKING_ASKED)
    decide("r-1", word(Decision.HELD), book, evidence, clock.now())
    with pytest.raises(DecisionRefused):
        decide("r-1", word(Decision.NOT_IN_FORCE), book, evidence, clock.now())


def test_refuses_a_person_without_a_name(book: Book, evidence: JournalEvidence):
    row = waiting(book, S.TAKING_ASKED)
    with pytest.raises(AcceptanceIncomplete):
        decide("r-1", word(Decision.HELD, by=" "), book, evidence, clock.now())
    assert book.submission(row.submission)[0].state is S.HUMAN


def test_what_cannot_be_recorded_is_not_decided(book: Book, store: Store, monkeypatch: pytest.MonkeyPatch):
    row = waiting(book, S.TAKING_ASKED)
    evidence = JournalEvidence(Chain(store), KEYS, "no-1", clock.new_id)

    def fails(_unit: object) -> None:
        raise StoreUnavailable("full")

    monkeypatch.setattr(evidence, "adding", lambda *_: fails)
    with pytest.raises(StoreUnavailable):
        decide("r-1", word(Decision.HELD), book, evidence, clock.now() + timedelta(seconds=1))
    assert book.submission(row.submission)[0].state is S.HUMAN
