"""Which decisions a person may make about which question, and where each leads (A9 of state table A)."""

from enum import StrEnum

from gateway.journal.states import DispensationState

_S = DispensationState


class DispensationDecision(StrEnum):
    """What a person may decide."""

    IN_FORCE = "in-force"
    """The report is in force at Reseptformidleren."""
    NOT_IN_FORCE = "not-in-force"
    """It is not, and the prescription is not held by us."""
    HELD = "held"
    """It is not, and the prescription is held by us: it is given back."""
    UNDONE = "undone"
    """The report was taken back."""
    NOT_UNDONE = "not-undone"
    """It could not be taken back, and stands."""


LEADS_TO = {
    DispensationDecision.IN_FORCE: _S.REPORTED,
    DispensationDecision.NOT_IN_FORCE: _S.REFUSED,
    DispensationDecision.HELD: _S.RELEASING,
    DispensationDecision.UNDONE: _S.UNDONE,
    DispensationDecision.NOT_UNDONE: _S.UNDO_REFUSED,
}
MAY_DECIDE = {
    _S.TAKING_ASKED: (DispensationDecision.NOT_IN_FORCE, DispensationDecision.HELD),
    _S.REPORTED_ASKED: (DispensationDecision.IN_FORCE, DispensationDecision.NOT_IN_FORCE, DispensationDecision.HELD),
    _S.RELEASING_ASKED: (DispensationDecision.NOT_IN_FORCE, DispensationDecision.HELD),
    _S.UNDOING_ASKED: (DispensationDecision.UNDONE, DispensationDecision.NOT_UNDONE),
}
"""By the question that nobody could answer."""
