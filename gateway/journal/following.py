"""What follows for a submission, from its rows alone: all of it comes into force, or none of it.

Everything is taken before anything is reported, so that most of what falls has changed nothing. A second dispensing of
one prescription waits until the first is reported: the report ends the lock that it would need.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.journal.book import JournalRow
from gateway.journal.states import SETTLED, DispensationState

_S = DispensationState


class NextStep(StrEnum):
    """What is done next with a row."""

    TAKE = "take"
    REPORT = "report"
    RELEASE = "release"
    UNDO = "undo"
    FALL = "fall"
    """Another document of its submission fell: what it did is to be taken back, what it has not done is not done."""
    FINISH = "finish"
    """Every row is in force."""


_BY_STATE = {
    _S.TAKING_ASKED: NextStep.TAKE,
    _S.REPORTED_ASKED: NextStep.REPORT,
    _S.RELEASING_ASKED: NextStep.RELEASE,
    _S.UNDOING_ASKED: NextStep.UNDO,
    _S.RELEASING: NextStep.RELEASE,
    _S.UNDOING: NextStep.UNDO,
}
"""In this order: what may have happened is found out first."""
_FELL = frozenset({_S.REFUSED, _S.RELEASING, _S.RELEASING_ASKED})
FALLS_TO = {_S.TAKING: _S.REFUSED, _S.HELD: _S.RELEASING, _S.REPORTED: _S.UNDOING}


@dataclass(frozen=True, slots=True)
class Following:
    """The next step, and the row it is for."""

    step: NextStep
    row: JournalRow


def following(rows: Sequence[JournalRow]) -> Following | None:
    """The next step of a submission; None when it is settled, waits for a person, or is held for the counter."""
    for state, step in _BY_STATE.items():
        for row in rows:
            if row.state is state:
                return Following(step, row)
    if any(row.state is _S.HUMAN for row in rows):
        return None
    if any(row.state in _FELL for row in rows):
        waiting = next((row for row in rows if row.state in FALLS_TO), None)
        return None if waiting is None else Following(NextStep.FALL, waiting)
    return _forward([row for row in rows if row.state not in SETTLED])


def _forward(rows: Sequence[JournalRow]) -> Following | None:
    """Nothing fell: take, report, finish."""
    first: dict[str, JournalRow] = {}
    for row in rows:
        if row.state is not _S.REPORTED:
            first.setdefault(row.facts.prescription.prescription_id, row)
    for row in first.values():
        if row.state is _S.TAKING:
            return Following(NextStep.TAKE, row)
    for row in first.values():
        if row.state is _S.HELD:
            return None if row.facts.draft is None else Following(NextStep.REPORT, row)
    return Following(NextStep.FINISH, rows[0]) if rows else None
