"""What a peer's list says of one ePrescription: the event codes of its entry, by what they mean (eHDSI CP-051).

A peer that sends none is not asked for them: every member is then None, and the document itself says it.
"""

from dataclasses import dataclass
from typing import Final

from gateway.messages import STATUS_SCHEME, DocumentEntry, EventCode

_ATC: Final = "2.16.840.1.113883.6.73"
_EDQM: Final = "0.4.0.127.0.16.1.1.2.1"
_STRENGTH: Final = "eHDSI_Strength_CodeSystem"
_SUBSTITUTION: Final = "2.16.840.1.113883.5.1070"


@dataclass(frozen=True, slots=True)
class ListedMedicine:
    """One prescription as listed."""

    description: str
    atc: EventCode | None = None
    form: EventCode | None = None
    strength: str | None = None
    substitution: EventCode | None = None
    dispensable: bool | None = None
    """None: the peer does not say."""


def listed_medicine(entry: DocumentEntry) -> ListedMedicine:
    """The entry's event codes told apart by their coding scheme; the first of each counts."""
    by_scheme: dict[str, EventCode] = {}
    for event in entry.events:
        by_scheme.setdefault(event.system.removeprefix("urn:oid:"), event)
    strength, status = by_scheme.get(_STRENGTH), by_scheme.get(STATUS_SCHEME)
    state = "" if status is None else status.code.rpartition(":")[2]
    return ListedMedicine(
        description=entry.description,
        atc=by_scheme.get(_ATC),
        form=by_scheme.get(_EDQM),
        strength=None if strength is None else strength.code or None,
        substitution=by_scheme.get(_SUBSTITUTION),
        dispensable={"open": True, "closed": False}.get(state),
    )
