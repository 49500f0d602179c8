"""When a structured dosage may be believed: only when, written out, it is the very sentence the prescriber wrote.

e-resept Dosering against DosVeiledEnkel (or the words of Kortdose 7478 where there is no text). Everything else is text
with a named reason; the list of reasons is closed. Parts of the day (Volven 8325) have no code in value set 42.41, so
what the text says about them cannot be structured. What a record system puts into the structure to spell "three times
daily" (three parts of the day, not exact) is read as what the text says, a frequency, and nothing more is claimed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from transformers.model.summary import Timing
from transformers.model.values import Coded, Coding, Quantity
from transformers.norway.dosage_text import at_parts_of_day, daily, every, knows, normalised
from transformers.norway.dosing import FixedDose, Regime

UCUM = "2.16.840.1.113883.6.8"
_AS_NEEDED = " ved behov"
_DAY_HOURS = Decimal(24)
_WEEK = 7
_PERIODS = {"døgn": ("dag", "d", "day"), "dag": ("dag", "d", "day"), "uke": ("uke", "wk", "week"),
            "time": ("time", "h", "hour"), "timer": ("time", "h", "hour")}  # fmt: skip
"""Unit of Intervall: its word in a sentence, its UCUM code and display."""


class WhyTextOnly(StrEnum):
    """Why a dosage stays text."""

    NOT_STATED = "not-stated"
    """No text and no short dose: there is nothing a structure could say exactly."""
    NO_STRUCTURE = "no-structure"
    STRUCTURE_UNREADABLE = "structure-unreadable"
    SEVERAL_PHASES = "several-phases"
    BY_SCHEME = "administered-by-scheme"
    DOSING_RULE = "dosing-rule"
    AS_NEEDED_WITH_MAXIMUM = "as-needed-with-maximum"
    AS_NEEDED_DIFFERS = "as-needed-differs"
    """Bruk says as needed, the text does not."""
    COURSE_LENGTH = "course-length"
    """The structure ends; whether its last day is inside the text's number of days is not told."""
    CLOCK_TIMES = "clock-times"
    EXACT_TIMES = "exact-times"
    WEEKDAYS = "weekdays"
    DAYS_ON_AND_OFF = "days-on-and-off"
    INFUSION_RATE = "infusion-rate"
    UNEQUAL_DOSES = "unequal-doses"
    UNIT_UNKNOWN = "unit-unknown"
    INTERVAL_UNREADABLE = "interval-unreadable"
    FREQUENCY_NOT_EXPRESSIBLE = "frequency-not-expressible"
    TIMES_OF_DAY = "times-of-day"
    """The text says which part of the day, and no European code does."""
    TEXT_DIFFERS = "text-differs"


@dataclass(frozen=True, slots=True)
class Structured:
    """A dose and when, saying exactly what the text says."""

    dose: Quantity
    timings: tuple[Timing, ...]


def structured(
    said: str | None, regimes: Sequence[Regime], *, as_needed: bool, by_scheme: bool
) -> Structured | WhyTextOnly:
    """The structure of a dosage, or why there is none.

    ``said``: the prescriber's words; ``as_needed``: Bruk is 3 (Volven 9101); ``by_scheme``: AdmEtterSkjema.
    """
    if said is None:
        return WhyTextOnly.NOT_STATED
    if by_scheme:
        return WhyTextOnly.BY_SCHEME
    if not regimes:
        return WhyTextOnly.NO_STRUCTURE
    if len(regimes) > 1:
        return WhyTextOnly.SEVERAL_PHASES
    return _of_regime(said, regimes[0], as_needed=as_needed)


def _of_regime(said: str, regime: Regime, *, as_needed: bool) -> Structured | WhyTextOnly:
    if regime.as_needed:
        return WhyTextOnly.AS_NEEDED_WITH_MAXIMUM
    if regime.ruled:
        return WhyTextOnly.DOSING_RULE
    if not regime.fixed:
        return WhyTextOnly.NO_STRUCTURE
    for reason, holds in _SIMPLE:
        if any(holds(dose) for dose in regime.fixed):
            return reason
    if regime.end is not None:
        return WhyTextOnly.COURSE_LENGTH
    return _compared(said, regime.fixed, as_needed=as_needed)


_SIMPLE = (
    (WhyTextOnly.CLOCK_TIMES, lambda dose: dose.clock is not None),
    (WhyTextOnly.EXACT_TIMES, lambda dose: dose.exact),
    (WhyTextOnly.WEEKDAYS, lambda dose: dose.weekdays),
    (WhyTextOnly.DAYS_ON_AND_OFF, lambda dose: dose.days_on_and_off),
    (WhyTextOnly.INFUSION_RATE, lambda dose: dose.infused),
    (WhyTextOnly.UNIT_UNKNOWN, lambda dose: not knows(_unit(dose))),
)
"""What one dose may say that is not structured here, in the order it is told."""


def _unit(dose: FixedDose) -> str:
    return "" if dose.amount.unit is None else dose.amount.unit.text or ""


def _compared(said: str, doses: tuple[FixedDose, ...], *, as_needed: bool) -> Structured | WhyTextOnly:
    text = normalised(said)
    if _names_parts_of_day(text, doses):
        return WhyTextOnly.TIMES_OF_DAY
    if len({(dose.amount.value, _unit(dose), dose.interval) for dose in doses}) != 1:
        return WhyTextOnly.UNEQUAL_DOSES
    found = _frequency(doses)
    if isinstance(found, WhyTextOnly):
        return found
    sentence, timing = found
    if as_needed and text == sentence:
        return WhyTextOnly.AS_NEEDED_DIFFERS
    if text != sentence + (_AS_NEEDED if as_needed else ""):
        return WhyTextOnly.TEXT_DIFFERS
    return Structured(doses[0].amount, (timing,))


def _names_parts_of_day(text: str, doses: tuple[FixedDose, ...]) -> bool:
    parts = [(dose.amount.value, _unit(dose), dose.part_of_day) for dose in doses if dose.part_of_day]
    return len(parts) == len(doses) and text.removesuffix(_AS_NEEDED) in at_parts_of_day(parts)


def _frequency(doses: tuple[FixedDose, ...]) -> tuple[str, Timing] | WhyTextOnly:
    """The sentence and the timing of equal doses of one interval."""
    amount, unit, interval = doses[0].amount.value, _unit(doses[0]), doses[0].interval
    if interval is None or interval.unit is None or interval.value != int(interval.value) or interval.value < 1:
        return WhyTextOnly.INTERVAL_UNREADABLE
    period = _PERIODS.get((interval.unit.text or "").casefold())
    if period is None:
        return WhyTextOnly.INTERVAL_UNREADABLE
    word, code, display = period
    count, times = int(interval.value), len(doses)
    if (word, count) == ("dag", 1):
        hours = _DAY_HOURS / times
        if hours != round(hours, 1):
            return WhyTextOnly.FREQUENCY_NOT_EXPRESSIBLE
        return daily(amount, unit, times), Timing(period=_every(hours, "h", "hour"), institution_specified=True)
    if times != 1:
        return WhyTextOnly.FREQUENCY_NOT_EXPRESSIBLE
    if (word, count) == ("dag", _WEEK):
        word, code, display, count = "uke", "wk", "week", 1
    return every(amount, unit, count, word), Timing(period=_every(Decimal(count), code, display))


def _every(value: Decimal, code: str, display: str) -> Quantity:
    return Quantity(value, Coded(text=display, target=Coding(code, UCUM, display, "UCUM")))
