"""Which of several names or addresses is the one to call and to find somebody by (data types R1, EN and AD).

The order of a document says nothing. What is in force at the document's time comes before what is not (validTime,
useablePeriod); then the use decides, and between equals the text, so that any order of the same parts gives the same
answer. A name to search by and an address that is bad come last.
"""

from collections.abc import Mapping
from typing import Final

from transformers.cda.types.times import ends_before
from transformers.cda.types.walk import child, local, text_of
from transformers.model.timestamps import read_timestamp
from transformers.model.values import Moment
from trust.xml import Element

_UNSTATED: Final = 2
_USES: Final[Mapping[str, Mapping[str, int]]] = {
    "name": {"L": 0, "OR": 1, "C": 1, "I": 3, "R": 3, "ASGN": 4, "A": 5, "P": 5}
    | dict.fromkeys(("SRCH", "SNDX", "PHON"), 9),
    "addr": {"HP": 0, "H": 1, "PHYS": 1, "WP": 3, "DIR": 3, "PUB": 3, "PST": 4, "HV": 5, "TMP": 6, "BAD": 9},
}
"""HL7 EntityNameUse and PostalAddressUse, the first to be taken lowest; one that is not stated is an ordinary one."""
_LAST: Final = 9
_PERIODS: Final = ("validTime", "useablePeriod")


def in_precedence(holder: Element, tag: str) -> list[Element]:
    """The names or addresses of somebody, the one to be taken first; ``tag`` is ``name`` or ``addr``."""
    found = list(holder.iterchildren(f"{{*}}{tag}"))
    if len(found) < 2:
        return found
    day = day_of(holder)
    return sorted(found, key=lambda one: (*rank(one, day), text_of(one)))


def rank(one: Element, day: Moment | None) -> tuple[int, int]:
    """Smaller comes first: whether it is out of force on a day (2 for one never to be used), and what its use says."""
    uses = _USES[local(one)]
    stated = [uses.get(use, _UNSTATED) for use in (one.get("use") or "").split()]
    use = min(stated, default=_UNSTATED) if _LAST not in stated else _LAST
    return 2 if use == _LAST else 0 if day is None or _in_force(one, day) else 1, use


def _in_force(one: Element, day: Moment) -> bool:
    for period in (e for name in _PERIODS for e in one.iterchildren(f"{{*}}{name}")):
        low, high = (_moment(child(period, edge)) for edge in ("low", "high"))
        if (low is not None and ends_before(day, low)) or (high is not None and ends_before(high, day)):
            return False
    return True


def day_of(element: Element) -> Moment | None:
    """The day of the document, or of the message, that an element is of."""
    root = element.getroottree().getroot()
    made = child(root, "effectiveTime") if local(root) == "ClinicalDocument" else None
    if made is None:
        made = next((e for above in element.iterancestors() if (e := child(above, "creationTime")) is not None), None)
    return _moment(made)


def _moment(element: Element | None) -> Moment | None:
    return None if element is None else read_timestamp(element.get("value") or "").moment
