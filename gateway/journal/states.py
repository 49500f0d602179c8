"""State table A: a Norwegian prescription that a foreign pharmacy dispenses. States and arrows, and nothing else.

One row for each dispensation: peer country, ClinicalDocument/id, supply/id. A state with a question mark is recorded
before the effect is sent: from then on it may have happened, and Reseptformidleren is asked before it is sent again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class DispensationState(StrEnum):
    """Where one dispensation stands."""

    TAKING = "TAKING"
    """Decided; nothing has left."""
    TAKING_ASKED = "TAKING?"
    """M9.3 was, or may have been, sent."""
    HELD = "HELD"
    """Under ekspedering (U), by us."""
    REPORTED_ASKED = "REPORTED?"
    """M10 was, or may have been, sent."""
    REPORTED = "REPORTED"
    """Its M10 is in force; the other documents of its submission may not be."""
    DONE = "DONE"
    """The whole submission is in force: it is answered Success, whoever asks again."""
    RELEASING = "RELEASING"
    """Held, and nothing will be reported."""
    RELEASING_ASKED = "RELEASING?"
    """M10 with Kanselleringskode was, or may have been, sent."""
    REFUSED = "REFUSED"
    """Nothing is in force and nothing is held."""
    UNDOING = "UNDOING"
    """In force, and to be taken back."""
    UNDOING_ASKED = "UNDOING?"
    """M10 with Annullering was, or may have been, sent."""
    UNDONE = "UNDONE"
    """Taken back."""
    UNDO_REFUSED = "UNDO-REFUSED"
    """In force: Reseptformidleren did not let it be taken back."""
    HUMAN = "HUMAN"
    """Nobody can tell; a person decides."""


class NationalEffect(StrEnum):
    """What an arrow changes at Reseptformidleren."""

    NONE = "none"
    LOCK = "M9.3"
    DISPENSE = "M10"
    UNLOCK = "M10 Kanselleringskode"
    ANNUL = "M10 Annullering"


class StateQuestion(StrEnum):
    """How reconciliation finds out whether an effect happened."""

    NONE = "none"
    LIST = "M9.1 AlleResepter=1"
    RECEIPT_AND_LIST = "AppRec, M9.1 AlleResepter=1, M9.7"


@dataclass(frozen=True, slots=True)
class Arrow:
    """``name``: row of the table. ``asked``: the state that is durable before the effect; None where there is none."""

    name: str
    sources: frozenset[DispensationState]
    event: str
    effect: NationalEffect
    asked: DispensationState | None
    yes: DispensationState
    no: DispensationState | None
    question: StateQuestion


_S = DispensationState
QUESTIONED = frozenset({_S.TAKING_ASKED, _S.REPORTED_ASKED, _S.RELEASING_ASKED, _S.UNDOING_ASKED})
"""An effect may have happened: it is found out before it is sent again."""


def _arrow(
    name: str,
    sources: str,
    event: str,
    target: tuple[DispensationState, DispensationState | None],
    effect: tuple[NationalEffect, DispensationState, StateQuestion] | None = None,
) -> Arrow:
    what, asked, question = effect or (NationalEffect.NONE, None, StateQuestion.NONE)
    states = frozenset(_S(one) for one in sources.split())
    return Arrow(name, states, event, what, asked, *target, question)


ARROWS: Mapping[str, Arrow] = {
    one.name: one
    for one in (
        _arrow("A1", "", "accepted by every check", (_S.TAKING, _S.REFUSED)),
        _arrow(
            "A2", "TAKING TAKING?", "to be taken", (_S.HELD, _S.REFUSED),
            (NationalEffect.LOCK, _S.TAKING_ASKED, StateQuestion.LIST),
        ),
        _arrow(
            "A2-unreadable", "TAKING?", "held, and what came cannot be read", (_S.RELEASING, None)
        ),
        _arrow("A3", "HELD", "a check against the M1 and its M10s fails, or its time is over", (_S.RELEASING, None)),
        _arrow(
            "A4", "HELD REPORTED?", "dispensed", (_S.REPORTED, _S.RELEASING),
            (NationalEffect.DISPENSE, _S.REPORTED_ASKED, StateQuestion.RECEIPT_AND_LIST),
        ),
        _arrow("A5", "REPORTED", "the whole submission is in force", (_S.DONE, None)),
        _arrow(
            "A6", "RELEASING RELEASING?", "to be given back", (_S.REFUSED, None),
            (NationalEffect.UNLOCK, _S.RELEASING_ASKED, StateQuestion.LIST),
        ),
        _arrow(
            "A7", "DONE REPORTED", "discarded, or another document of the submission fell", (_S.UNDOING, None)
        ),
        _arrow(
            "A8", "UNDOING UNDOING?", "to be taken back", (_S.UNDONE, _S.UNDO_REFUSED),
            (NationalEffect.ANNUL, _S.UNDOING_ASKED, StateQuestion.RECEIPT_AND_LIST),
        ),
        _arrow("A8-closed", "UNDOING", "another report closed the prescription", (_S.UNDO_REFUSED, None)),
        _arrow("A9", " ".join(sorted(QUESTIONED)), "asked too often in vain", (_S.HUMAN, None)),
        _arrow("A9-in-force", "HUMAN", "a person decides: the dispensing is in force", (_S.REPORTED, None)),
        _arrow("A9-not-in-force", "HUMAN", "a person decides: it is not, and nothing is held", (_S.REFUSED, None)),
        _arrow("A9-held", "HUMAN", "a person decides: it is not, and the prescription is held", (_S.RELEASING, None)),
        _arrow("A9-undone", "HUMAN", "a person decides: it was taken back", (_S.UNDONE, None)),
        _arrow("A9-not-undone", "HUMAN", "a person decides: it could not be taken back", (_S.UNDO_REFUSED, None)),
        _arrow("A10", "", "a discard comes before it is settled: it is remembered, and then A7", (_S.UNDOING, None)),
    )
}  # fmt: skip
"""By name. A10 moves nothing: it marks a row, and A7 follows when the row is settled."""

SETTLED = frozenset({_S.DONE, _S.REFUSED, _S.UNDONE, _S.UNDO_REFUSED})
"""Nothing follows by itself."""

IN_FORCE = frozenset({_S.REPORTED, _S.DONE, _S.UNDOING, _S.UNDO_REFUSED})
"""An M10 of the row is in force at Reseptformidleren, as far as is known."""


def moves(arrow: Arrow) -> frozenset[tuple[DispensationState, DispensationState]]:
    """The moves from state to state that an arrow allows: to the question first where it has an effect."""
    if arrow.asked is None:
        targets = {arrow.yes} if arrow.no is None else {arrow.yes, arrow.no}
        return frozenset((source, target) for source in arrow.sources for target in targets)
    ends = {arrow.yes} if arrow.no is None else {arrow.yes, arrow.no}
    steps = {(source, arrow.asked) for source in arrow.sources}
    if arrow.effect in (NationalEffect.LOCK, NationalEffect.UNLOCK):  # the question alone may settle it
        steps |= {(source, end) for source in arrow.sources for end in ends}
    return frozenset(steps | {(arrow.asked, end) for end in ends})


MOVES = frozenset(move for arrow in ARROWS.values() for move in moves(arrow))
"""Every move that is allowed."""
