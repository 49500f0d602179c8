"""Why the pharmacy's desk goes no further: a closed tree, one class per reason. Values that were entered stay out.

HandoutRefused
├── HandoutBarred        a rule keeps it from being handed out; ``decision`` has every reason and what may pass it
├── HandoutUnknown       there is no such draft or dispensation
├── HandoutOfAnother     it is another pharmacy's, patient's or country's
├── HandoutUnsettled     another dispensation of the prescription, or this one, is not settled
├── HandoutNotOpen       it is in no state in which that may be done; ``state`` says in which
├── DraftTooOld          the draft was made too long ago: the prescription is fetched again
├── DiscardTooLate       it was accepted more than 24 hours ago
├── DraftUnwritable      no document can be written of it; ``what`` is the part that is lacking
└── HandoutTaken         another process works on it
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.counter.decide import CounterDecision


class HandoutRefused(Exception):
    """Base of everything the desk refuses with."""

    def __str__(self) -> str:
        return type(self).__name__


@dataclass
class HandoutBarred(HandoutRefused):
    """The counter's rules say no."""

    decision: "CounterDecision" = field(repr=False)


class HandoutUnknown(HandoutRefused):
    """No draft and no dispensation has that id."""


class HandoutOfAnother(HandoutRefused):
    """Another pharmacy, patient or country than asks."""


class HandoutUnsettled(HandoutRefused):
    """One of this prescription was sent and not answered: until that is closed nobody knows what is left."""


@dataclass
class HandoutNotOpen(HandoutRefused):
    """Nothing of that kind may be done in ``state``."""

    state: str


class DraftTooOld(HandoutRefused):
    """What the draft stands on may have changed."""


class DiscardTooLate(HandoutRefused):
    """The country takes nothing back after 24 hours (requirement 07.04)."""


@dataclass
class DraftUnwritable(HandoutRefused):
    """``what``: the part of the document, or the rule, for which it cannot be written."""

    what: str


class HandoutTaken(HandoutRefused):
    """Somebody else moved it meanwhile: whoever asks again is told how it stands."""
