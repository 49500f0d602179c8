"""Deviations of assertions from the eHDSI profile (XUA revision 19) that a country may be tolerated for a time.

Closed: OpenNCP 8 and 9 take each of the four, and none of them weakens a signature, the binding of a message to one
country, the memory against replay or a window of time. An operator names them in the country's row.
"""

from dataclasses import dataclass, field
from typing import Final, Literal, get_args

Deviation = Literal[
    "no-audience", "home-community-without-urn", "purpose-of-another-system", "trc-issuer-without-country"
]
"""In this order: an assertion without AudienceRestriction (one that names others is refused as ever); a home community
id without ``urn:oid:``; a purpose of use whose code is right and whose code system is another; a TRC whose Issuer names
no country (one that names another is refused as ever)."""
DEVIATIONS: Final[tuple[Deviation, ...]] = get_args(Deviation)


@dataclass(slots=True)
class ToleratedDeviations:
    """What is tolerated in the assertions of one message, and which of it there was."""

    allowed: frozenset[Deviation] = frozenset()
    met: set[Deviation] = field(default_factory=set)

    def tolerates(self, deviation: Deviation) -> bool:
        """Whether this one, which there is, is tolerated."""
        if deviation not in self.allowed:
            return False
        self.met.add(deviation)
        return True
