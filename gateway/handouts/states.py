"""State table B: a foreign prescription that a Norwegian pharmacy dispenses. States and arrows, and nothing else.

One row for each dispensation, by its ClinicalDocument/id, which is made with the draft. A state with a question mark is
recorded before the message is sent: from then on it may have taken effect, and nothing is sent a second time but to a
country that is known to take the same document once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class HandoutState(StrEnum):
    """Where one dispensation abroad stands."""

    DRAFT = "DRAFT"
    """Written and shown; nothing is decided."""
    READY = "READY"
    """The pharmacist confirmed it; nothing has left."""
    SENT_ASKED = "SENT?"
    """The dispensation was, or may have been, sent, and the country has not answered."""
    ACCEPTED = "ACCEPTED"
    """The country answered that it took effect."""
    REFUSED = "REFUSED"
    """The country answered no, or nothing was sent."""
    DISCARD_ASKED = "DISCARD?"
    """The discard was, or may have been, sent, and the country has not answered."""
    DISCARDED = "DISCARDED"
    """The country answered that it is taken back."""
    DISCARD_REFUSED = "DISCARD-REFUSED"
    """The country answered that it stands: the medicine is accounted for on paper."""
    HUMAN = "HUMAN"
    """Nobody answered in time; a person closes it."""
    CLOSED_DISPENSED = "CLOSED-DISPENSED"
    """A person closed it: the medicine counts as handed out. The country has not said so."""
    CLOSED_NOT_DISPENSED = "CLOSED-NOT-DISPENSED"
    """A person closed it: it counts as not handed out, or as taken back. The country has not said so."""


@dataclass(frozen=True, slots=True)
class HandoutArrow:
    """``name``: row of the table. ``asked``: the state that is durable before something is sent; None: nothing is."""

    name: str
    sources: frozenset[HandoutState]
    event: str
    asked: HandoutState | None
    targets: frozenset[HandoutState]


_S = HandoutState


def _arrow(name: str, source: str, event: str, targets: str, asked: HandoutState | None = None) -> HandoutArrow:
    states = (frozenset(_S(one) for one in several.split()) for several in (source, targets))
    sources, ends = states
    return HandoutArrow(name, sources, event, asked, ends)


ARROWS: Mapping[str, HandoutArrow] = {
    one.name: one
    for one in (
        _arrow("B1", "DRAFT", "the pharmacist confirms", "READY"),
        _arrow("B1-not-sent", "READY", "what was confirmed was not sent", "REFUSED"),
        _arrow("B2", "READY SENT?", "to be sent", "ACCEPTED REFUSED", _S.SENT_ASKED),
        _arrow("B4", "ACCEPTED CLOSED-DISPENSED DISCARD?", "discarded", "DISCARDED DISCARD-REFUSED", _S.DISCARD_ASKED),
        _arrow("B6", "SENT? DISCARD?", "not answered within ten minutes", "HUMAN"),
        _arrow("B6-closed", "SENT? DISCARD? HUMAN", "a person closes it", "CLOSED-DISPENSED CLOSED-NOT-DISPENSED"),
    )
}
"""By name. B3 (the record at home) is the pharmacy system's; B5 (a discard while it is not known) moves nothing."""

SETTLED = frozenset(
    {_S.ACCEPTED, _S.REFUSED, _S.DISCARDED, _S.DISCARD_REFUSED, _S.CLOSED_DISPENSED, _S.CLOSED_NOT_DISPENSED}
)
"""Nothing follows by itself."""
OPEN = frozenset({_S.READY, _S.SENT_ASKED, _S.DISCARD_ASKED, _S.HUMAN})
"""The prescription is this row's alone: no other dispensation of it is confirmed."""
COUNTS = frozenset({_S.SENT_ASKED, _S.ACCEPTED, _S.DISCARD_ASKED, _S.DISCARD_REFUSED, _S.HUMAN, _S.CLOSED_DISPENSED})
"""It counts as handed out, as far as anybody knows."""


def moves(arrow: HandoutArrow) -> frozenset[tuple[HandoutState, HandoutState]]:
    """The moves from state to state that an arrow allows: to the question first where something is sent."""
    if arrow.asked is None:
        return frozenset((source, target) for source in arrow.sources for target in arrow.targets)
    asked = {(source, arrow.asked) for source in arrow.sources}
    return frozenset(asked | {(arrow.asked, target) for target in arrow.targets})


MOVES = frozenset(move for arrow in ARROWS.values() for move in moves(arrow))
"""Every move that is allowed."""


class ClosingDecision(StrEnum):
    """How a person closes what nobody answered."""

    HANDED_OUT = "handed-out"
    NOT_HANDED_OUT = "not-handed-out"


CLOSES_AS: Mapping[ClosingDecision, HandoutState] = {
    ClosingDecision.HANDED_OUT: _S.CLOSED_DISPENSED,
    ClosingDecision.NOT_HANDED_OUT: _S.CLOSED_NOT_DISPENSED,
}
