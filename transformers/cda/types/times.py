"""Moments and periods of the pivot as HL7 v3 intervals (IVL_TS), no more and no less precise than their source.

Data types R1, IVL_TS: low is never later than high and never the same text (DTr1 pattern IVL_TS). A period of one day,
month or year is that low with a width of one; a period that ends before it begins says nothing but that it ended.
"""

from calendar import isleap, monthrange
from dataclasses import dataclass, replace
from datetime import date, datetime

from transformers.model.values import Moment, Period

_DAY = 86_400
_ZONES = 14 * 3600
"""Seconds that a moment without zone may be away from UTC."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Children of an IVL_TS; an edge without value is printed as unknown when ``…_unknown`` says so."""

    low: str | None
    low_unknown: bool
    high: str | None
    high_unknown: bool
    width: str | None
    """Unit of a width of one (a, mo, d, min, s), in place of a high."""
    finding: str | None
    """Code of what deserves a word: ``period-reversed`` or ``period-end-in-narrative``."""


UNKNOWN = Interval(None, low_unknown=True, high=None, high_unknown=False, width=None, finding=None)
_WIDTHS = {4: "a", 7: "mo", 10: "d"}


def interval(period: Period) -> Interval:
    """The period as an interval whose low is always there, with a value or as unknown."""
    start, end = period.start, period.end
    if start is None:
        high = None if end is None else end.hl7()
        return Interval(None, low_unknown=True, high=high, high_unknown=False, width=None, finding=None)
    low = start.hl7()
    if end is None:
        return Interval(low, low_unknown=False, high=None, high_unknown=False, width=None, finding=None)
    if same(start, end):
        return Interval(low, low_unknown=False, high=None, high_unknown=False, width=width_of(start), finding=None)
    if _start(start) + _doubt(start, end) <= _start(end):
        return Interval(low, low_unknown=False, high=end.hl7(), high_unknown=False, width=None, finding=None)
    if ends_before(end, start):
        return Interval(None, low_unknown=True, high=None, high_unknown=True, width=None, finding="period-reversed")
    return Interval(low, low_unknown=False, high=None, high_unknown=True, width=None, finding="period-end-in-narrative")


def of_concern(period: Interval, status: str | None) -> Interval:
    """The period of a concern: a completed one has an end, if only one that nobody knows."""
    ended = period.high is not None or period.high_unknown or period.width is not None
    return period if ended or status != "completed" else replace(period, high_unknown=True)


def same(one: Moment, other: Moment) -> bool:
    """The same moment at the same precision, zones put aside."""
    if len(one.iso) > 10 and len(other.iso) > 10 and one.to_the_minute == other.to_the_minute:
        return datetime.fromisoformat(one.iso) == datetime.fromisoformat(other.iso)
    return one.iso == other.iso


def ends_before(one: Moment, other: Moment) -> bool:
    """True only when the whole of ``one`` is certainly before the beginning of ``other``."""
    return _after(one) + _doubt(one, other) <= _start(other)


def width_of(moment: Moment) -> str:
    """The unit of which one is as long as the moment: a year, a month, a day, a minute or a second."""
    return _WIDTHS.get(len(moment.iso)) or ("min" if moment.to_the_minute else "s")


def precise_to_day(moment: Moment | None) -> bool:
    """At least a day, as a time stamp of a document (TS.EPSOS.TZ) must be."""
    return moment is not None and len(moment.iso) >= 10


def spoken(moment: Moment) -> str:
    """The moment as a reader sees it, ISO order, blank before the time."""
    return moment.iso.replace("T", " ")


def _start(moment: Moment) -> int:
    """The first second of the moment, counted from year 1; a moment without zone is read as UTC."""
    text = moment.iso
    if len(text) > 10:
        instant = datetime.fromisoformat(text)
        offset = instant.utcoffset()
        seconds = instant.hour * 3600 + instant.minute * 60 + instant.second
        return instant.toordinal() * _DAY + seconds - (int(offset.total_seconds()) if offset else 0)
    return date.fromisoformat((text + "-01-01")[:10]).toordinal() * _DAY


def _after(moment: Moment) -> int:
    """The first second after the moment at its own precision."""
    text = moment.iso
    match len(text):
        case 4:
            length = 366 if isleap(int(text)) else 365
        case 7:
            length = monthrange(int(text[:4]), int(text[5:]))[1]
        case 10:
            length = 1
        case _:
            return _start(moment) + (60 if moment.to_the_minute else 1)
    return _start(moment) + length * _DAY


def _doubt(one: Moment, other: Moment) -> int:
    """Seconds by which two moments may be misplaced to each other: only where one tells its zone and the other not."""
    return _ZONES if (len(one.iso) > 10) != (len(other.iso) > 10) else 0
