"""Norwegian dates and times to `Moment`: xs:date and xs:dateTime of e-resept and SYSVAK, FHIR dateTime.

A time without zone is Norwegian civil time (summer time by Directive 2000/84/EC, in force as such since 1996). Where
that is not unique, or older, the day alone is kept: less precise, never wrong.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone

from transformers.model.values import Moment
from transformers.norway.errors import Malformed
from trust.xml import XML_BLANKS

_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(Z|[+-]\d{2}:\d{2})?", re.ASCII)
_DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})?", re.ASCII)


def read_date(text: str, what: str) -> Moment:
    """An xs:date as its day; its zone, if any, says nothing more. Raises ``Malformed(what)``."""
    match = _DATE.fullmatch(text.strip(XML_BLANKS))
    if match is None:
        raise Malformed(what)
    return _moment(match[1], what)


def read_date_time(text: str, what: str) -> Moment:
    """An xs:dateTime to the second, with the zone it states or Norway's. Raises ``Malformed(what)``."""
    text = text.strip(XML_BLANKS)
    if not _DATE_TIME.fullmatch(text):
        raise Malformed(what)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise Malformed(what) from None
    if instant.tzinfo is None:
        offset = _norwegian_offset(instant)
        if offset is None:
            return _moment(text[:10], what)
        instant = instant.replace(tzinfo=offset)
    return Moment(instant.isoformat(timespec="seconds"))


def read_either(text: str, what: str) -> Moment:
    """An xs:date or an xs:dateTime (kith TS)."""
    return read_date_time(text, what) if "T" in text else read_date(text, what)


def read_fhir(text: object, what: str) -> Moment:
    """A FHIR date or dateTime, as precise as it is. Raises ``Malformed(what)``."""
    if not isinstance(text, str):
        raise Malformed(what)
    return _moment(text, what)


def is_past(moment: Moment, now: datetime) -> bool:
    """Whether ``moment`` lies before ``now``; a day, month or year is past once the whole of it is."""
    if len(moment.iso) > 10:
        return datetime.fromisoformat(moment.iso) < now
    return moment.iso < now.astimezone(UTC).date().isoformat()[: len(moment.iso)]


def norwegian_day(now: datetime) -> date:
    """The date in Norway at an aware instant: prescriptions expire and begin at Norwegian midnight."""
    utc = now.astimezone(UTC)
    hour = timedelta(hours=1)
    changes = [_last_sunday(utc.year, month).replace(tzinfo=UTC) + hour for month in (3, 10)]
    return (utc + (2 * hour if changes[0] <= utc < changes[1] else hour)).date()


def _moment(text: str, what: str) -> Moment:
    try:
        return Moment(text)
    except ValueError:
        raise Malformed(what) from None


def _norwegian_offset(local: datetime) -> timezone | None:
    if local.year < 1996:
        return None
    spring = _last_sunday(local.year, 3) + timedelta(hours=2)
    autumn = _last_sunday(local.year, 10) + timedelta(hours=2)
    hour = timedelta(hours=1)
    if spring <= local < spring + hour or autumn <= local < autumn + hour:
        return None
    return timezone(2 * hour if spring <= local < autumn else hour)


def _last_sunday(year: int, month: int) -> datetime:
    last = date(year, month, 31)
    day = last - timedelta(days=(last.weekday() + 1) % 7)
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - civil time, compared with civil time
