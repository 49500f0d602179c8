"""How often a reference number may be tried: at most ten different ones a day (UTC) for one person, from anywhere.

The number that opens a locked prescription (RefNr) is short enough to be found by trying. Each number tried takes one
of the person's ten places of the day, before Reseptformidleren is asked, in the memory that every process of the node
shares; a number tried before on that day has its place already, so that the right one is never used up by asking
again. Neither number is kept, only keyed digests of both; the count begins anew with a new key.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Final

from gateway.store.keys import KeyRing
from trust.ports import SeenOnce

A_DAY: Final = 10
"""Different numbers of one person that are asked with on one day."""
_SPACE: Final = "reference-number"
_KEPT: Final = timedelta(days=2)
"""From the beginning of the day: longer than any clock of a node may differ."""


@dataclass(frozen=True, slots=True)
class ReferenceGuesses:
    """The places of each day."""

    seen: SeenOnce
    keys: KeyRing = field(repr=False)

    def may_try(self, person: str, number: str, now: datetime) -> bool:
        """Whether this number may be asked with; it has its place then. ``person`` is her current Norwegian number.

        Raises MemoryForgotten, StoreUnavailable.
        """
        today = now.astimezone(UTC).date()
        until = datetime.combine(today, time(), UTC) + _KEPT
        place = self.keys.mac(_SPACE, f"{person}\0{today}".encode()).hex()
        tried = self.keys.mac(_SPACE, f"{person}\0{number}".encode()).hex()
        return any(self.seen.first_seen(_SPACE, f"{place}/{n}", tried, until, now) == tried for n in range(A_DAY))
