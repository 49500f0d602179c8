"""When and how much, as E.3.2 prints it: effectiveTime after the first one, doseQuantity (HL7 data types R1, GTS).

A regimen is printed whole or as unknown: half of one would be another one. The text says it in any case.
"""

from dataclasses import dataclass
from typing import Final

from transformers.cda.composer import CdaComposer
from transformers.cda.times import precise_to_day
from transformers.cda.view_medications import QuantityView, quantity_view
from transformers.model.finding import Severity
from transformers.model.summary import Dosage, Timing
from transformers.model.values import Quantity

TIMING_EVENTS: Final = frozenset(
    {"AC", "ACD", "ACM", "ACV", "HS", "IC", "ICD", "ICM", "ICV", "PC", "PCD", "PCM", "PCV"}
)
"""Value set 42.41 as far as the schema takes it: HL7 TimingEvent alone."""
TIMING_SYSTEM: Final = "2.16.840.1.113883.5.139"
PERIOD_UNITS: Final = frozenset({"us", "ms", "s", "min", "h", "d", "wk", "mo", "a"})
_DECIMALS: Final = 4


@dataclass(frozen=True, slots=True)
class TimingView:
    """One effectiveTime: once (``at``), at an ``event``, or every ``period``; with none of them a period unknown."""

    at: str | None = None
    event: str | None = None
    offset: QuantityView | None = None
    period: QuantityView | None = None
    institution_specified: bool = False


@dataclass(frozen=True, slots=True)
class DoseView:
    """doseQuantity, both edges."""

    low: QuantityView
    high: QuantityView


UNKNOWN: Final = TimingView()


def timing_views(dosage: Dosage, path: str, composer: CdaComposer) -> tuple[TimingView, ...]:
    """At least one: the rules of the dosage when each can be printed, else one of unknown period."""
    if dosage.why_text_only is not None:
        return (UNKNOWN,)
    rules = dosage.timings or ((Timing(period=dosage.period),) if dosage.period is not None else ())
    views = [_timing(rule) for rule in rules]
    made = tuple(view for view in views if view is not None)
    if len(made) < len(views):
        text = "A time of the dosage is none that CDA can hold; all of them are in the narrative alone."
        composer.note(Severity.WARNING, "timing-not-expressible", f"{path}.timings", text)
        return (UNKNOWN,)
    return made or (UNKNOWN,)


def dose_view(dosage: Dosage, path: str, composer: CdaComposer) -> DoseView | None:
    """The dose or its range; None when the dosage is text or its unit has no European code."""
    if dosage.why_text_only is not None or dosage.dose is None:
        return None
    low = quantity_view(dosage.dose)
    high = low if dosage.dose_high is None else quantity_view(dosage.dose_high)
    ordered = dosage.dose_high is None or dosage.dose.value <= dosage.dose_high.value
    if low is None or high is None or low.unit != high.unit or not ordered:
        text = "The dose is no number or range with one coded unit; it is in the narrative."
        composer.note(Severity.WARNING, "unit-not-expressible", f"{path}.dose", text, dosage.dose.unit)
        return None
    return DoseView(low, high)


def _timing(rule: Timing) -> TimingView | None:
    """One rule; None when it says nothing, two things, or what its data type cannot hold."""
    said = [part for part in (rule.period, rule.event, rule.at) if part is not None]
    if len(said) != 1:
        return None
    if rule.at is not None:
        return TimingView(at=rule.at.hl7()) if precise_to_day(rule.at) else None
    if rule.event is not None:
        known = rule.event.system == TIMING_SYSTEM and rule.event.code in TIMING_EVENTS
        offset = None if rule.offset is None else _time_quantity(rule.offset)
        lost = rule.offset is not None and offset is None
        return TimingView(event=rule.event.code, offset=offset) if known and not lost else None
    period = None if rule.period is None else _time_quantity(rule.period)
    if period is None:
        return None
    return TimingView(period=period, institution_specified=rule.institution_specified)


def _time_quantity(quantity: Quantity) -> QuantityView | None:
    """A duration in a unit of time of UCUM with at most four decimals (PIVL of DTr1)."""
    view = quantity_view(quantity)
    if view is None or view.unit not in PERIOD_UNITS or len(view.value.partition(".")[2]) > _DECIMALS:
        return None
    return view
