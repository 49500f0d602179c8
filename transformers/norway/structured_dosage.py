"""When a structured dosage may be believed: only when, written out, it is the very sentence the prescriber wrote.

The sentence (DosVeiledEnkel, or the words of Kortdose 7478 where there is no text) is read whole by `dosage_sentence`.
Where e-resept's Dosering stands beside it, both must say the same. Everything else is text with a named reason; the
list of reasons is closed. Parts of the day (Volven 8325) have no code in value set 42.41: of "1 tablett kveld" the
structure says once a day at an hour that it does not fix, and the words beside it say which. What a record system puts
into Dosering to spell "three times daily" (three parts of the day, not exact) is read as what the text says, a
frequency, and nothing more is claimed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from transformers.model.summary import Timing
from transformers.model.values import Coded, Coding, Moment, Quantity
from transformers.norway.dosage_sentence import EVENTS, NotRead, Regimen, read_sentence
from transformers.norway.dosing import FixedDose, Regime

UCUM: Final = "2.16.840.1.113883.6.8"
TIMING_EVENT: Final = "2.16.840.1.113883.5.139"
AS_NEEDED: Final = "3"
"""Bruk, Volven 9101."""
_DAY_HOURS: Final = Decimal(24)
_UNITS: Final = {"døgn": "dag", "dag": "dag", "uke": "uke", "time": "time", "timer": "time"}
"""Unit of Intervall to its word in a sentence."""
_PERIODS: Final = {"time": ("h", "hour"), "dag": ("d", "day"), "uke": ("wk", "week"), "måned": ("mo", "month")}
_WEEK: Final = (7, "dag")
_THOUSANDS: Final = re.compile(r"[1-9][.,][0-9]{3}(?![0-9])")
_DAY_LENGTH: Final = 10
"""Of an ISO date."""


class WhyTextOnly(StrEnum):
    """Why a dosage stays text: of `NotRead` each, and what only a message can show."""

    NOT_STATED = "not-stated"
    """No text and no short dose: there is nothing a structure could say exactly."""
    NO_STRUCTURE = "no-structure"
    """Goods, and a Dosering without a dose."""
    STRUCTURE_UNREADABLE = "structure-unreadable"
    SEVERAL_PHASES = "several-phases"
    BY_SCHEME = "administered-by-scheme"
    DOSING_RULE = "dosing-rule"
    AS_NEEDED_WITH_MAXIMUM = "as-needed-with-maximum"
    """DoseEtterBehov, which always has one."""
    BOUND = "bound"
    """The text bounds what may be taken otherwise than by an amount a day; without its bound, a dose is another."""
    AS_NEEDED_DIFFERS = "as-needed-differs"
    """Bruk says as needed and the text does not, or the other way round."""
    COURSE_LENGTH = "course-length"
    """The text's number of days is not that from Starttidspunkt to Sluttidspunkt, or one of the two is missing."""
    CLOCK_TIMES = "clock-times"
    EXACT_TIMES = "exact-times"
    WEEKDAYS = "weekdays"
    DAYS_ON_AND_OFF = "days-on-and-off"
    INFUSION_RATE = "infusion-rate"
    UNEQUAL_DOSES = "unequal-doses"
    UNIT_NOT_STATED = "unit-not-stated"
    INTERVAL_UNREADABLE = "interval-unreadable"
    FREQUENCY_NOT_EXPRESSIBLE = "frequency-not-expressible"
    DAILY_AMOUNT = "daily-amount"
    """So much a day or a week; whether at once or in parts is not told."""
    TEXT_DIFFERS = "text-differs"
    """Dosering says one thing, and the text another or more."""
    SITE = "site-or-route"
    SEVERAL_READINGS = "several-readings"
    NO_AMOUNT = "amount-not-stated"
    NO_FREQUENCY = "frequency-not-stated"
    OTHER_WORDS = "other-words"
    """The text has words that are not read, and there is no Dosering."""


_OF_TEXT: Final = {
    NotRead.BOUND: WhyTextOnly.BOUND,
    NotRead.PHASES: WhyTextOnly.SEVERAL_PHASES,
    NotRead.SCHEME: WhyTextOnly.BY_SCHEME,
    NotRead.WEEKDAYS: WhyTextOnly.WEEKDAYS,
    NotRead.CLOCK: WhyTextOnly.CLOCK_TIMES,
    NotRead.SITE: WhyTextOnly.SITE,
    NotRead.UNEQUAL: WhyTextOnly.UNEQUAL_DOSES,
    NotRead.SEVERAL_READINGS: WhyTextOnly.SEVERAL_READINGS,
    NotRead.NO_AMOUNT: WhyTextOnly.NO_AMOUNT,
    NotRead.NO_FREQUENCY: WhyTextOnly.NO_FREQUENCY,
    NotRead.OTHER_WORDS: WhyTextOnly.OTHER_WORDS,
}


@dataclass(frozen=True, slots=True)
class Structured:
    """A dose and when, saying exactly what the text says; parts of the day and a course's length stand elsewhere."""

    dose: Quantity
    timings: tuple[Timing, ...]
    """None for what is taken as needed and says no more of when."""
    dose_high: Quantity | None = None
    as_needed: bool = False
    daily_maximum: Quantity | None = None


def structured(
    said: str | None, regimes: Sequence[Regime], *, use: str | None, by_scheme: bool
) -> Structured | WhyTextOnly:
    """The structure of a dosage, or why there is none.

    ``said``: the prescriber's words; ``use``: Bruk (Volven 9101); ``by_scheme``: AdmEtterSkjema.
    """
    if said is None:
        return WhyTextOnly.NOT_STATED
    if by_scheme:
        return WhyTextOnly.BY_SCHEME
    if len(regimes) > 1:
        return WhyTextOnly.SEVERAL_PHASES
    stated = _stated(regimes[0]) if regimes else None
    if isinstance(stated, WhyTextOnly):
        return stated
    read = read_sentence(said)
    if isinstance(read, NotRead):
        return _OF_TEXT[read] if stated is None else WhyTextOnly.TEXT_DIFFERS
    if use is not None and (use == AS_NEEDED) != read.as_needed:
        return WhyTextOnly.AS_NEEDED_DIFFERS
    agreed = _alone(read, said) if stated is None else _agreed(read, stated)
    return agreed if isinstance(agreed, WhyTextOnly) else _expressed(agreed)


def _alone(read: Regimen, said: str) -> Regimen | WhyTextOnly:
    """A sentence beside which no Dosering stands; "1,000 mg" may then be a thousand."""
    if _THOUSANDS.search(said):
        return WhyTextOnly.SEVERAL_READINGS
    if read.unit is None:
        return WhyTextOnly.UNIT_NOT_STATED
    if not read.at_once:
        return WhyTextOnly.DAILY_AMOUNT
    return read if read.days is None else WhyTextOnly.COURSE_LENGTH


def _stated(regime: Regime) -> Regimen | WhyTextOnly:
    """What one Dosering says, as a sentence would."""
    if regime.as_needed:
        return WhyTextOnly.AS_NEEDED_WITH_MAXIMUM
    if regime.ruled:
        return WhyTextOnly.DOSING_RULE
    if not regime.fixed:
        return WhyTextOnly.NO_STRUCTURE
    for reason, holds in _NOT_STRUCTURED:
        if any(holds(dose) for dose in regime.fixed):
            return reason
    if len({(dose.amount.value, _unit(dose), dose.interval) for dose in regime.fixed}) != 1:
        return WhyTextOnly.UNEQUAL_DOSES
    days = _days(regime.start, regime.end)
    if regime.end is not None and days is None:
        return WhyTextOnly.COURSE_LENGTH
    timed = _timed(regime.fixed)
    return timed if isinstance(timed, WhyTextOnly) else replace(timed, days=days)


_NOT_STRUCTURED: Final = (
    (WhyTextOnly.CLOCK_TIMES, lambda dose: dose.clock is not None),
    (WhyTextOnly.EXACT_TIMES, lambda dose: dose.exact),
    (WhyTextOnly.WEEKDAYS, lambda dose: dose.weekdays),
    (WhyTextOnly.DAYS_ON_AND_OFF, lambda dose: dose.days_on_and_off),
    (WhyTextOnly.INFUSION_RATE, lambda dose: dose.infused),
    (WhyTextOnly.UNIT_NOT_STATED, lambda dose: not _unit(dose)),
)
"""What one dose may say that is not structured here, in the order it is told."""


def _unit(dose: FixedDose) -> str:
    return ("" if dose.amount.unit is None else dose.amount.unit.text or "").casefold()


def _days(start: Moment | None, end: Moment | None) -> int | None:
    """From the first day to the end, as record systems write a course (17 to 23 July for six days)."""
    if start is None or end is None or {len(start.iso), len(end.iso)} != {_DAY_LENGTH}:
        return None
    days = (date.fromisoformat(end.iso) - date.fromisoformat(start.iso)).days
    return days if days > 0 else None


def _timed(doses: tuple[FixedDose, ...]) -> Regimen | WhyTextOnly:
    """Equal doses of one interval."""
    first, parts = doses[0], tuple(dose.part_of_day for dose in doses if dose.part_of_day is not None)
    regimen = Regimen(first.amount.value, first.amount.value, _unit(first), parts=parts)
    if first.interval is None or first.interval.unit is None:
        return WhyTextOnly.INTERVAL_UNREADABLE
    count, word = first.interval.value, _UNITS.get((first.interval.unit.text or "").casefold())
    if word is None or count != int(count) or count < 1:
        return WhyTextOnly.INTERVAL_UNREADABLE
    if (int(count), word) == (1, "dag"):
        return replace(regimen, times=len(doses))
    if len(doses) != 1:
        return WhyTextOnly.FREQUENCY_NOT_EXPRESSIBLE
    return replace(regimen, every=_interval((int(count), word)))


def _interval(every: tuple[int, str] | None) -> tuple[int, str] | None:
    return (1, "uke") if every == _WEEK else every


def _agreed(read: Regimen, stated: Regimen) -> Regimen | WhyTextOnly:
    """The sentence, with the unit of the structure where it names none, when both say the same."""
    if read.days != stated.days:
        return WhyTextOnly.COURSE_LENGTH
    named = stated.parts
    events = {"ved leggetid": {"kveld", "natt"}, "før leggetid": {"kveld", "natt"}}.get(read.event or "", {"morgen"})
    same = (
        read.low == read.high == stated.low,
        read.unit in {None, stated.unit},
        (read.times, _interval(read.every)) == (stated.times, stated.every),
        not (read.parts and named) or read.parts == named,
        read.event is None or not named or set(named) <= events,
        read.daily_maximum is None,
    )
    return replace(read, unit=stated.unit) if all(same) else WhyTextOnly.TEXT_DIFFERS


def _expressed(regimen: Regimen) -> Structured | WhyTextOnly:
    """The regimen in the pivot: a dose or a range, and one rule of when or none."""
    unit = Coded(regimen.unit)
    low = Quantity(regimen.low, unit)
    high = None if regimen.high == regimen.low else Quantity(regimen.high, unit)
    timings: tuple[Timing, ...] = ()
    if regimen.event is not None:
        code = EVENTS[regimen.event]
        timings = (Timing(event=Coding(code, TIMING_EVENT, code)),)
    elif regimen.every is not None:
        count, word = regimen.every
        timings = (Timing(period=_every(Decimal(count), *_PERIODS[word])),)
    elif regimen.times is not None:
        hours = _DAY_HOURS / regimen.times
        if hours != round(hours, 1):
            return WhyTextOnly.FREQUENCY_NOT_EXPRESSIBLE
        timings = (Timing(period=_every(hours, "h", "hour"), institution_specified=not regimen.same_time),)
    most = None if regimen.daily_maximum is None else Quantity(regimen.daily_maximum, unit)
    return Structured(low, timings, high, regimen.as_needed, most)


def _every(value: Decimal, code: str, display: str) -> Quantity:
    return Quantity(value, Coded(text=display, target=Coding(code, UCUM, display, "UCUM")))
