"""What nobody can find out, a named person decides; the decision is evidence, in one transaction with the move."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.evidence.named import words_of_person
from gateway.journal.book import Book, Fall, JournalRow
from gateway.journal.decisions import LEADS_TO, MAY_DECIDE, DispensationDecision
from gateway.journal.ports import FallReason
from gateway.journal.recorded import JournalEvidence
from gateway.journal.states import DispensationState

_S = DispensationState


class DecisionRefused(Exception):
    """A row that waits for no person, or not for this decision; ``may``: the decisions that it waits for."""

    def __init__(self, may: tuple[DispensationDecision, ...] = ()) -> None:
        super().__init__(*may)
        self.may = may


@dataclass(frozen=True, slots=True)
class PersonsWord:
    """Who decides what, and why."""

    decision: DispensationDecision
    by: str
    reason: str


def rows_that_wait(book: Book) -> Sequence[JournalRow]:
    """Rows that a person must decide, the oldest first. Raises StoreUnavailable, StoreTampered."""
    return book.in_states([_S.HUMAN])


def decide(row_id: str, word: PersonsWord, book: Book, evidence: JournalEvidence, now: datetime) -> DispensationState:
    """Record the decision; the state that it leads to. What follows is the timer's.

    Raises DecisionRefused, AcceptanceIncomplete, RowTakenOver, EvidenceUnavailable, StoreUnavailable.
    """
    by, reason = words_of_person("by", word.by), words_of_person("reason", word.reason)
    waiting = next((row for row in rows_that_wait(book) if row.row_id == row_id), None)
    if waiting is None:
        raise DecisionRefused
    may = MAY_DECIDE[waiting.asked_in or _S.TAKING_ASKED]
    if word.decision not in may:
        raise DecisionRefused(may)
    taken = book.take_over(waiting.submission)
    row = next((one for one in taken if one.row_id == row_id and one.state is _S.HUMAN), None)
    if row is None:
        raise DecisionRefused
    to = LEADS_TO[word.decision]
    # what is in force, or was taken back, has its reason already: a discard, or another document's fall
    fall = Fall(FallReason.DECIDED) if to in (_S.REFUSED, _S.RELEASING) else None
    event = evidence.decided(row, (by, to.value, reason), now)
    book.move(row, to, fall=fall, record=evidence.adding(event))
    book.let_go(book.own(taken), now)
    return to
