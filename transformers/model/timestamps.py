"""Points in time as HL7 v3 writes them (data types R1, TS, 2.22): one table of forms, for every reader and rule.

Every text that the XSD's pattern of ``ts`` accepts and that names a day of the calendar is read, and keeps its day.
What else it says is kept when the pivot can hold it, and else named by a `TimeRemark`: an hour alone, half a number, a
zone that is none, the 24th hour. Nothing is made more precise than it was written.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from transformers.model.spelling import trimmed
from transformers.model.values import Moment

_FORM: Final = re.compile(r"([0-9]{1,14})(\.[0-9]+)?(Z|[+-][0-9]{1,4})?")
_ISO: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2})(?:T([0-9]{2})(?::([0-9]{2})(?::([0-9]{2})(\.[0-9]+)?)?)?"
    r"(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?)?"
)
_WHOLE: Final = {4: 4, 5: 4, 6: 6, 7: 6}
"""Digits of a year or month, by the digits written."""
_MICROSECONDS: Final = 7
"""A fraction of a second that the pivot holds, with its point."""


class TimeRemark(StrEnum):
    """What of a time was not as it should be, or was not kept. The value is the code of the reader's finding."""

    UNREADABLE = "time-unreadable"
    """No time, or a day that no calendar has."""
    WITHOUT_ZONE = "time-without-zone"
    """A clock time that says no moment: the day is kept."""
    IMPRECISE = "time-imprecise"
    """Something smaller than what was kept could not be: the day, or more, is."""
    OTHER_FORM = "time-form"
    """Written as ISO 8601 has it, with hyphens and colons."""


@dataclass(frozen=True, slots=True)
class Timestamp:
    """What a TS says: the moment, None when it is unreadable, and what there is to remark."""

    moment: Moment | None
    remark: TimeRemark | None = None


_UNREADABLE: Final = Timestamp(None, TimeRemark.UNREADABLE)


def read_timestamp(text: str) -> Timestamp:
    """A TS as precise as it was written and as the pivot holds it (year, month, day, minute or second with zone)."""
    plain = trimmed(text)
    found = _FORM.fullmatch(plain)
    if found is not None:
        return _of_digits(found[1], found[2] or "", found[3])
    iso = _ISO.fullmatch(plain)
    if iso is None:
        return _UNREADABLE
    digits = "".join(part for part in iso.groups()[:6] if part is not None)
    read = _of_digits(digits, iso[7] or "", None if iso[8] is None else iso[8].replace(":", ""))
    return read if read.remark is not None else Timestamp(read.moment, TimeRemark.OTHER_FORM)


def written_timestamp(text: str) -> str:
    """A TS for a reader, as ISO 8601 prints it and with every digit that stands there; what is none stays as it is."""
    found = _FORM.fullmatch(trimmed(text))
    if found is None or len(found[1]) < 4:
        return text
    digits, fraction, zone = found[1], found[2] or "", found[3] or ""
    day = "-".join(part for part in (digits[:4], digits[4:6], digits[6:8]) if part)
    clock = ":".join(part for part in (digits[8:10], digits[10:12], digits[12:]) if part) + fraction
    if len(zone) > 1:
        zone = f" {zone[:3]}" + (f":{zone[3:]}" if zone[3:] else "")
    return f"{day} {clock}".strip() + zone


def _of_digits(digits: str, fraction: str, zone: str | None) -> Timestamp:
    size = len(digits)
    if size < 4:
        return _UNREADABLE
    told = digits[: _WHOLE.get(size, 8)]
    day = "-".join(part for part in (told[:4], told[4:6], told[6:]) if part)
    if not _is_day(day):
        return _UNREADABLE
    if size <= 8:
        whole = size in {4, 6, 8} and not fraction and zone is None
        return Timestamp(Moment(day), None if whole else TimeRemark.IMPRECISE)
    if zone is None and size >= 12:
        return Timestamp(Moment(day), TimeRemark.WITHOUT_ZONE)
    offset = _offset(zone)
    clock, remark = _clock(digits[8:], fraction)
    if offset is None or clock is None:
        return Timestamp(Moment(day), TimeRemark.IMPRECISE)
    return Timestamp(Moment(f"{day}T{clock}{offset}"), remark)


def _is_day(day: str) -> bool:
    try:
        date.fromisoformat((day + "-01-01")[:10])
    except ValueError:
        return False
    return True


def _clock(digits: str, fraction: str) -> tuple[str | None, TimeRemark | None]:
    """The clock time as ISO has it, to the second or the minute, and whether something smaller is left out."""
    hour, minute, second = digits[:2], digits[2:4], digits[4:]
    if len(minute) < 2 or hour > "23" or minute > "59":
        return None, None
    to_the_minute = f"{hour}:{minute}"
    if len(second) < 2:
        return to_the_minute, TimeRemark.IMPRECISE if second or fraction else None
    if second > "60":
        return None, None
    if second == "60":
        return to_the_minute, TimeRemark.IMPRECISE
    kept = fraction[:_MICROSECONDS]
    lost = fraction[_MICROSECONDS:].strip("0")
    return f"{to_the_minute}:{second}{kept}", TimeRemark.IMPRECISE if lost else None


def _offset(zone: str | None) -> str | None:
    """The zone as ISO has it, to 14 hours; of one with half an hour's or a minute's digits nobody knows the rest."""
    if zone is None or zone == "Z":
        return zone
    hours, minutes = zone[1:3], zone[3:] or "00"
    if len(hours) < 2 or len(minutes) < 2 or minutes > "59" or hours + minutes > "1400":
        return None
    return f"{zone[0]}{hours}:{minutes}"
