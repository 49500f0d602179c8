"""Of `ncpeh dispensations` what is dispensed here, on foreign prescriptions: shown, and closed by a person."""

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from gateway.handouts.states import ClosingDecision
from gateway.journal.decisions import DispensationDecision

if TYPE_CHECKING:
    from gateway.handouts.book import HandoutRow
    from gateway.node.foundation import Foundation


class AnyDecision(StrEnum):
    """What a person may decide, of a dispensing abroad or of one here."""

    IN_FORCE = DispensationDecision.IN_FORCE.value
    NOT_IN_FORCE = DispensationDecision.NOT_IN_FORCE.value
    HELD = DispensationDecision.HELD.value
    UNDONE = DispensationDecision.UNDONE.value
    NOT_UNDONE = DispensationDecision.NOT_UNDONE.value
    HANDED_OUT = ClosingDecision.HANDED_OUT.value
    NOT_HANDED_OUT = ClosingDecision.NOT_HANDED_OUT.value


def handouts_shown(foundation: "Foundation", *, every: bool) -> list[dict[str, Any]]:
    """Rows of the desk without personal data: those that are not settled, or every one that was confirmed."""
    from gateway import clock
    from gateway.handouts.states import SETTLED, HandoutState
    from gateway.node.handouts import open_handouts

    book, _ = open_handouts(foundation, clock.now, clock.new_id)
    wanted = [one for one in HandoutState if one is not HandoutState.DRAFT and (every or one not in SETTLED)]
    return [_shown(row) for row in book.in_states(wanted)]


def handout_closed(foundation: "Foundation", row_id: str, decision: str, word: tuple[str, str]) -> str | None:
    """The state in which a row of the desk is closed; None for a row that is none of its.

    ``word``: who decides, and how she knows. Raises DecisionRefused, AcceptanceIncomplete.
    """
    from gateway import clock
    from gateway.handouts.closing import close_handout
    from gateway.handouts.errors import HandoutNotOpen, HandoutTaken
    from gateway.journal.deciding import DecisionRefused
    from gateway.node.handouts import open_handouts

    book, evidence = open_handouts(foundation, clock.now, clock.new_id)
    if book.by_id(row_id) is None:
        return None
    if decision not in tuple(ClosingDecision):
        raise DecisionRefused(tuple(ClosingDecision))
    try:
        return close_handout(row_id, ClosingDecision(decision), word, book, evidence, clock.now()).value
    except (HandoutNotOpen, HandoutTaken):
        raise DecisionRefused from None


def _shown(row: "HandoutRow") -> dict[str, Any]:
    from gateway.handouts.recorded import written_id
    from gateway.handouts.states import HandoutState

    facts = row.facts
    open_ones = (HandoutState.SENT_ASKED, HandoutState.DISCARD_ASKED, HandoutState.HUMAN)
    return {
        "row": row.row_id,
        "where": "here",
        "state": row.state.value,
        "asked_in": None if row.asked_in is None else row.asked_in.value,
        "may_decide": [one.value for one in ClosingDecision] if row.state in open_ones else [],
        "country": facts.place.country,
        "document": written_id(facts.document),
        "prescription": written_id(facts.item),
        "product": facts.product,
        "packages": str(facts.packages),
        "opened": facts.drafted.isoformat(timespec="seconds"),
        "changed": row.changed.isoformat(timespec="seconds"),
        "reason": ", ".join(one.code for one in row.answer) or None,
        "list": row.seen,
        "evidence": row.evidence,
    }
