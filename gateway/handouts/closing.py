"""A dispensation abroad that nobody answered: after ten minutes it waits for a person, and she closes it."""

from collections.abc import Callable
from datetime import datetime, timedelta

from gateway.evidence.named import words_of_person
from gateway.handouts.book import HandoutBook, HandoutRow, undecided_handouts, undecided_handouts_since
from gateway.handouts.errors import HandoutNotOpen, HandoutTaken, HandoutUnknown
from gateway.handouts.recorded import HandoutEvidence
from gateway.handouts.states import CLOSES_AS, ClosingDecision, HandoutState
from gateway.journal.book import undecided, undecided_since
from gateway.store.engine import Store

_S = HandoutState
_ASKED = frozenset({_S.SENT_ASKED, _S.DISCARD_ASKED})
_DRAFTS = timedelta(days=1)
"""Drafts that nobody confirmed are forgotten after that."""


class HandoutQueue:
    """What is done beside requests, round by round."""

    def __init__(
        self,
        book: HandoutBook,
        evidence: HandoutEvidence,
        now: Callable[[], datetime],
        *,
        answer: timedelta,
        keep: timedelta,
    ) -> None:
        """``answer``: how long a country may be silent; ``keep``: a foreign prescription after its last dispensing."""
        self._book, self._evidence, self._now, self._answer, self._keep = book, evidence, now, answer, keep

    def sweep(self) -> int:
        """What was confirmed and never sent is refused; what nobody answered waits for a person. How many moved.

        Raises StoreUnavailable, StoreTampered.
        """
        now = self._now()
        never_sent = [self._moved(row, _S.REFUSED) for row in self._book.waiting_since({_S.READY}, now)]
        silent = [self._moved(row, _S.HUMAN) for row in self._book.waiting_since(_ASKED, now - self._answer)]
        self._book.forget(now - _DRAFTS, now - self._keep)
        return sum((*never_sent, *silent))

    def _moved(self, row: HandoutRow, to: HandoutState) -> bool:
        """Whether it was ours to move: what somebody else takes meanwhile is theirs."""
        now = self._now()
        try:
            own = self._book.take(row)
            queued = to is _S.HUMAN
            event = self._evidence.queued(own, now) if queued else self._evidence.settled(own, to, (), now)
            self._book.let_go(self._book.move(own, to, self._evidence.adding(event)))
        except HandoutTaken:
            return False
        return True


def cases_for_people(store: Store) -> int:
    """How many dispensings, abroad and here, wait for a person. Raises StoreUnavailable."""
    return undecided(store) + undecided_handouts(store)


def oldest_case(store: Store) -> datetime | None:
    """Since when the oldest of them waits; None: none does. Raises StoreUnavailable."""
    found = [since for since in (undecided_since(store), undecided_handouts_since(store)) if since is not None]
    return min(found, default=None)


def close_handout(
    row_id: str,
    decision: ClosingDecision,
    word: tuple[str, str],
    book: HandoutBook,
    evidence: HandoutEvidence,
    now: datetime,
) -> HandoutState:
    """A person closes what nobody answered; ``word``: who she is and how she knows. Both are evidence.

    Raises HandoutUnknown, HandoutNotOpen, HandoutTaken while it is being sent, AcceptanceIncomplete.
    """
    by, why = words_of_person("by", word[0]), words_of_person("reason", word[1])
    row = book.by_id(row_id)
    if row is None:
        raise HandoutUnknown
    if row.state not in (_S.SENT_ASKED, _S.DISCARD_ASKED, _S.HUMAN):
        raise HandoutNotOpen(row.state.value)
    to = CLOSES_AS[decision]
    own = book.take(row)
    book.move(own, to, evidence.adding(evidence.closed(own, to, (by, why), now)))
    return to
