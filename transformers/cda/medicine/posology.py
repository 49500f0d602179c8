"""When and how much: effectiveTime, doseQuantity and routeCode of a substanceAdministration, read and printed.

HL7 data types R1 (GTS, IVL_PQ), eHDSI E.3.2 and E.3.4. One reader and one printer for summaries and prescriptions. Half
of a regimen is another regimen, so it is structured whole or not at all: what the pivot cannot hold, or cannot be,
leaves times and dose to the words, with a finding; what the structure cannot say is printed as unknown, with a finding.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeVar

from transformers.cda.types import elements
from transformers.cda.types.composer import CdaComposer
from transformers.cda.types.times import Interval
from transformers.cda.types.tree import Element, Tree, child, children, local, type_of
from transformers.cda.types.values import coded, coding_of, moment, period, quantity, value_holder
from transformers.cda.types.vocabulary import MVC, ValueSets
from transformers.cda.types.walk import XSI_TYPE
from transformers.model.amounts import is_least_dose, is_period, is_strength
from transformers.model.finding import Severity
from transformers.model.summary import Dosage, Timing
from transformers.model.values import Coding, Period, Quantity

T = TypeVar("T")
VALUE_SETS: Final[ValueSets] = {
    (Dosage, "route"): (f"{MVC}12",),
    (Quantity, "unit"): (f"{MVC}16", f"{MVC}56"),
}
TIMING_SYSTEM: Final = "2.16.840.1.113883.5.139"
TIMING_EVENTS: Final = frozenset(
    {"AC", "ACD", "ACM", "ACV", "HS", "IC", "ICD", "ICM", "ICV", "PC", "PCD", "PCM", "PCV"}
)
"""Value set 42.41 as far as the schema takes it: HL7 TimingEvent alone."""
PERIOD_UNITS: Final = frozenset({"us", "ms", "s", "min", "h", "d", "wk", "mo", "a"})
_DECIMALS: Final = 4
_COMPLEX: Final = "complex-timing"
"""The times are of a shape that the pivot does not hold: SXPR, phases, alignment, exclusions, split doses, limits."""
_NO_PERIOD: Final = "period-unbelievable"
_BOUND: Final = "dose-bound"
"""At least so much, or at most: an IVL_PQ with one end is no dose."""
_UNREAD: Final = "dose-unreadable"
_UNBELIEVABLE: Final = "dose-unbelievable"
UNBELIEVABLE: Final = frozenset({_NO_PERIOD, _UNBELIEVABLE})
"""Reasons for which a regimen is left to the words although it was read whole: numbers that nobody can mean."""
_LIMITS: Final = ("rateQuantity", "precondition")
"""What belongs to a regimen and has no place in the pivot: with one of them, time and dose alone are half of it."""

_DAYS: Final = frozenset({(Decimal(1), "d"), (Decimal(24), "h")})
_RULE: Final = frozenset({XSI_TYPE, "operator"})
_PLAIN: Final = frozenset({"A", "I", ""})
_AMOUNT: Final = frozenset({XSI_TYPE, "value", "unit", "inclusive"})
_NEVER_TOLD: Final = '<effectiveTime xsi:type="IVL_TS" nullFlavor="UNK"/><effectiveTime nullFlavor="UNK"/>'
"""Neither the period of treatment nor how often: pages of other countries say "unknown" by a null of effectiveTime
itself, which beside a period would be an official error (dtr1-3-QTY, RIM-001)."""
_UNKNOWN: Final = '<effectiveTime xsi:type="PIVL_TS" operator="A"><period nullFlavor="UNK"/></effectiveTime>'
_CODE: Final = frozenset({XSI_TYPE, "code", "codeSystem", "codeSystemName", "codeSystemVersion", "displayName"})


def read_posology(tree: Tree, entry: Element, text: str | None) -> tuple[Period, Dosage]:
    """The period of treatment and the dosage, whose words are ``text``.

    Where times and dose are left to the words, ``why_text_only`` says why and a finding of that code where: the gravest
    reason, for a dose that nobody can take is found beside times of any shape.
    """
    treatment, times = _treatment(tree, entry)
    route = coded(tree, child(entry, "routeCode"))
    refusals: list[_LeftToWords] = []

    def part(read: Callable[[], T]) -> T | None:
        try:
            return read()
        except _LeftToWords as refusal:
            refusals.append(refusal)
            return None

    def whole() -> Dosage | None:
        rules, dose = part(lambda: _rules(tree, entry, times)), part(lambda: _dose(tree, entry))
        if rules is None or dose is None:
            return None
        low, high = dose
        most = part(lambda: _daily_maximum(tree, entry, low))
        if refusals:
            return None
        high = None if high == low else high
        return Dosage(text=text, route=route, dose=low, dose_high=high, timings=rules, daily_maximum=most)

    dosage = tree.attempt(whole)
    for why in sorted(refusals, key=lambda refusal: refusal.severity is Severity.ERROR):
        tree.note(why.severity, why.code, why.element, f"{why.text}: times and dose are left to the words.")
        dosage = Dosage(text=text, why_text_only=why.code, route=route)
    return treatment, dosage or Dosage(text=text, route=route)


@dataclass
class _LeftToWords(Exception):
    """Why a regimen is not structured, and where in the document."""

    code: str
    element: Element
    text: str
    severity: Severity = Severity.WARNING


def _treatment(tree: Tree, entry: Element) -> tuple[Period, list[Element]]:
    interval, rest = split_times(entry)
    return Period() if interval is None else period(tree, interval), rest


def split_times(entry: Element) -> tuple[Element | None, list[Element]]:
    """The period of treatment, and the rules of when: what each effectiveTime is, for whoever reads or shows them.

    The period is the first plain interval that says something; every other time that does is a rule.
    """
    interval, rest = None, []
    for time in filter(_says_something, children(entry, "effectiveTime")):
        if interval is None and _is_interval(time) and holds(time):
            interval = time
        else:
            rest.append(time)
    return interval, rest


def holds(time: Element) -> bool:
    """Whether a time is one of those that are meant: E excludes it, H and P make hulls (SetOperator)."""
    return (time.get("operator") or "") in _PLAIN


def _is_interval(time: Element) -> bool:
    kind = type_of(time)
    return kind == "IVL_TS" or (not kind and (child(time, "low") is not None or child(time, "high") is not None))


def _says_something(element: Element) -> bool:
    """An unknown time or dose says nothing that could be lost."""
    return any(
        e.get("value") is not None or e.get("code") is not None or (e.text and e.text.strip())
        for e in element.iter("*")
    )


def _rules(tree: Tree, entry: Element, times: list[Element]) -> tuple[Timing, ...]:
    """The rules of when. Raises _LeftToWords when one of them is not read whole, or is not all there is."""
    limit = next((e for name in _LIMITS for e in children(entry, name) if _says_something(e)), None)
    if limit is not None:
        raise _LeftToWords(_COMPLEX, limit, "A rate, a limit or a condition")
    for relation in children(entry, "entryRelationship"):
        if child(relation, "substanceAdministration") is not None:
            raise _LeftToWords(_COMPLEX, relation, "A split dose")
    rules = []
    for time in times:
        rule = _rule(tree, time)
        if rule is None:
            raise _LeftToWords(_COMPLEX, time, "A time of a shape that is not read whole")
        if rule.period is not None and not is_period(rule.period.value):
            raise _LeftToWords(_NO_PERIOD, time, "Every so often as cannot be", Severity.ERROR)
        rules.append(rule)
    return tuple(rules)


def _rule(tree: Tree, time: Element) -> Timing | None:
    """One rule, when every part of it is read; None for any other."""
    if not holds(time):
        return None
    match type_of(time):
        case "PIVL_TS":
            return _every(tree, time)
        case "EIVL_TS":
            return _event(tree, time)
        case "" | "TS" | "SXCM_TS":
            at = moment(tree, time) if _holds(time, _RULE | {"value"}) else None
            return None if at is None else Timing(at=at)
    return None


def _every(tree: Tree, time: Element) -> Timing | None:
    """PIVL_TS: its period, a time; a phase or an alignment would say more than "every"."""
    each, free = child(time, "period"), time.get("institutionSpecified") or "false"
    if each is None or free not in {"true", "false"} or not _holds(time, _RULE | {"institutionSpecified"}, "period"):
        return None
    every = quantity(tree, each) if _holds(each, _AMOUNT, "translation") else None
    if every is None or _unit(every) not in PERIOD_UNITS:
        return None
    tree.use(time, "institutionSpecified")
    return Timing(period=every, institution_specified=free == "true")


def _event(tree: Tree, time: Element) -> Timing | None:
    """EIVL_TS. The event's code system is fixed by its data type; many leave it out."""
    event, offset = child(time, "event"), child(time, "offset")
    if event is None or not _holds(time, _RULE, "event", "offset") or not _holds(event, _CODE, "translation"):
        return None
    code = coding_of(tree, event)
    if event.get("code") and not event.get("codeSystem"):
        tree.use(event, *_CODE)
        code = Coding(event.get("code") or "", TIMING_SYSTEM, event.get("displayName"))
    shift = None if offset is None else _offset(tree, offset)
    if code is None or (offset is not None and (shift is None or not _is_shift(shift))):
        return None
    return Timing(event=Coding(code.code, code.system, code.display), offset=shift)


def _offset(tree: Tree, offset: Element) -> Quantity | None:
    """How long after the event it begins (before: below zero); None where it is a span of time."""
    if offset.get("value") is not None:
        return quantity(tree, offset) if _holds(offset, _AMOUNT, "translation") else None
    low, high = child(offset, "low"), child(offset, "high")
    if low is None or not _holds(offset, _RULE, "low", "high") or not _is_end(low):
        return None
    begins = quantity(tree, low)
    return begins if high is None or (_is_end(high) and quantity(tree, high) == begins) else None


def _is_shift(offset: Quantity) -> bool:
    """Whether it is a time before or after an event, or none at all ("at meals")."""
    return _unit(offset) in PERIOD_UNITS and (offset.value == 0 or is_period(abs(offset.value)))


def _unit(number: Quantity) -> str | None:
    """The unit by its UCUM code, else as it was written; None of a bare count."""
    unit = number.unit
    coding = None if unit is None else unit.target or unit.original
    return None if unit is None else coding.code if coding is not None else unit.text


def _is_end(edge: Element) -> bool:
    """A number that is itself of the interval; a null flavour stands where a translation has the number."""
    attributes = _AMOUNT if edge.get("value") is not None else _AMOUNT | {"nullFlavor"}
    return _holds(edge, attributes, "translation") and edge.get("inclusive") != "false"


def _holds(element: Element, attributes: frozenset[str], *names: str) -> bool:
    """Whether an element holds at most these attributes, and of these children at most one each (any translations)."""
    found = [name for e in element.iterchildren("*") if (name := local(e)) != "translation" or name not in names]
    known = len(set(found)) == len(found) and set(found) <= set(names)
    return known and attributes.issuperset(map(str, element.keys()))


def _dose(tree: Tree, entry: Element) -> tuple[Quantity | None, Quantity | None]:
    """Both ends of the dose. Raises _LeftToWords when the document states one that is not read whole."""
    stated = [e for e in children(entry, "doseQuantity") if _says_something(e)]
    if not stated:
        return None, None
    one = stated[0]
    alone = value_holder(one) is not None
    ends = (one, one) if alone else (child(one, "low"), child(one, "high"))
    told = [end for end in ends if end is not None and value_holder(end) is not None]
    whole = len(stated) == 1 and (alone or _holds(one, _RULE, "low", "high")) and all(_is_end(end) for end in told)
    if whole and len(told) == 1:
        raise _LeftToWords(_BOUND, one, "A bound, at least or at most so much, is no dose")
    read = [quantity(tree, end) for end in told] if whole else []
    low, high = read if len(read) == 2 else (None, None)
    if low is None or high is None:
        raise _LeftToWords(_UNREAD, one, "A dose that is not read whole")
    if _unit(low) != _unit(high):
        raise _LeftToWords(_UNREAD, one, "A range from one unit to another")
    ordered = low.value <= high.value
    if not (ordered and is_least_dose(low.value) and is_strength(high.value)):
        raise _LeftToWords(_UNBELIEVABLE, one, "A dose that nobody can take, or a range upside down", Severity.ERROR)
    return low, high


def _daily_maximum(tree: Tree, entry: Element, dose: Quantity | None) -> Quantity | None:
    """maxDoseQuantity, where it is so much of the dose's unit a day. Raises _LeftToWords for any other limit."""
    stated = [e for e in children(entry, "maxDoseQuantity") if _says_something(e)]
    if not stated:
        return None
    one = stated[0]
    halves = child(one, "numerator"), child(one, "denominator")
    known = len(stated) == 1 and _holds(one, _RULE, "numerator", "denominator")
    numbers = [half for half in halves if half is not None and _holds(half, _AMOUNT, "translation")] if known else []
    read = [quantity(tree, half) for half in numbers]
    most, per = read if len(read) == 2 else (None, None)
    if most is None or per is None or dose is None or _unit(most) != _unit(dose):
        raise _LeftToWords(_COMPLEX, one, "A limit that is not read whole")
    if (per.value, _unit(per)) not in _DAYS or not is_strength(most.value) or most.value < dose.value:
        raise _LeftToWords(_COMPLEX, one, "A limit of another time than a day, or below the dose")
    return most


def print_schedule(treatment: Interval, dosage: Dosage, path: str, composer: CdaComposer, *, one_rule: bool) -> str:
    """effectiveTime: the period of treatment, then when (`print_times`).

    When nobody knows either, both are null: pages of other countries look for that null.
    """
    times = print_times(dosage, path, composer, one_rule=one_rule)
    if times == _UNKNOWN and (treatment.low, treatment.high, treatment.width) == (None, None, None):
        return _NEVER_TOLD
    return f"{elements.interval('effectiveTime', treatment, 'IVL_TS')}{times}"


def print_times(dosage: Dosage, path: str, composer: CdaComposer, *, one_rule: bool) -> str:
    """effectiveTime after the first one: the rules of the dosage when each can be printed, else one of unknown period.

    No template takes a condition: every eight hours as needed is not every eight hours. ``one_rule``: it takes one rule
    (E.3.4), and of several none is chosen.
    """
    if dosage.why_text_only is not None:
        return _UNKNOWN
    rules = dosage.timings or ((Timing(period=dosage.period),) if dosage.period is not None else ())
    if dosage.as_needed or (one_rule and len(rules) > 1):
        text = "The structure takes one rule of when and no condition; the dosage is in words."
        composer.note(Severity.INFO, "timing-in-narrative", f"{path}.timings", text)
        return _UNKNOWN
    printed = [made for rule in rules if (made := _print_rule(rule)) is not None]
    if len(printed) < len(rules):
        text = "A time of the dosage is none that CDA can hold; all of them are in the narrative alone."
        composer.note(Severity.WARNING, "timing-not-expressible", f"{path}.timings", text)
        return _UNKNOWN
    return "".join(printed) or _UNKNOWN


def _print_rule(rule: Timing) -> str | None:
    """One rule; None when it says nothing, two things, or what its data type cannot hold."""
    if len([part for part in (rule.period, rule.event, rule.at) if part is not None]) != 1:
        return None
    if rule.at is not None:
        return f'<effectiveTime value="{rule.at.hl7()}"/>'
    if rule.event is not None:
        return _print_event(rule.event, rule.offset)
    every = None if rule.period is None else _time_view(rule.period)
    if every is None:
        return None
    free = ' institutionSpecified="true"' if rule.institution_specified else ""
    period_ = elements.quantity("period", every)
    return f'<effectiveTime xsi:type="PIVL_TS" operator="A"{free}>{period_}</effectiveTime>'


def _print_event(event: Coding, offset: Quantity | None) -> str | None:
    """EIVL_TS; None for a code of another system, which is not relabelled, or one that the schema does not take."""
    if event.system != TIMING_SYSTEM or event.code not in TIMING_EVENTS:
        return None
    later = None if offset is None else _time_view(offset)
    if offset is not None and later is None:
        return None
    shift = "" if later is None else f"<offset>{elements.quantity('low', later)}</offset>"
    code = f'<event code="{event.code}" codeSystem="{TIMING_SYSTEM}"/>'
    return f'<effectiveTime xsi:type="EIVL_TS" operator="A">{code}{shift}</effectiveTime>'


def _time_view(duration: Quantity) -> elements.QuantityView | None:
    """A duration in a unit of time of UCUM with at most four decimals (PIVL of DTr1)."""
    view = elements.quantity_view(duration)
    if view is None or view.unit not in PERIOD_UNITS or len(view.value.partition(".")[2]) > _DECIMALS:
        return None
    return view


def print_dose(dosage: Dosage, path: str, composer: CdaComposer) -> str:
    """doseQuantity with both ends, the same twice where it is one number, and the most a day; nothing where it is text.

    A range that cannot be is in words, and so is a dose whose limit cannot be printed: without it, it is another.
    """
    low, high = dosage.dose, dosage.dose_high or dosage.dose
    if dosage.why_text_only is not None or high is None:
        return ""
    if low is None:
        text = "At most so much is no dose; it is in the narrative."
        composer.note(Severity.WARNING, _BOUND, f"{path}.dose_high", text)
        return ""
    least, most = elements.quantity_view(low), elements.quantity_view(high)
    if least is None or most is None or least.unit != most.unit:
        text = "The dose is no number or range with one coded unit; it is in the narrative."
        end = "dose" if least is None else "dose_high"
        composer.note(Severity.WARNING, "unit-not-expressible", f"{path}.{end}", text, low.unit)
        return ""
    if low.value > high.value:
        text = "The range begins above its end; it is in the narrative."
        composer.note(Severity.WARNING, "dose-reversed", f"{path}.dose_high", text)
        return ""
    limit = _print_maximum(dosage, most, path, composer)
    if limit is None:
        return ""
    return f"<doseQuantity>{elements.quantity('low', least)}{elements.quantity('high', most)}</doseQuantity>{limit}"


def _print_maximum(dosage: Dosage, dose: elements.QuantityView, path: str, composer: CdaComposer) -> str | None:
    """maxDoseQuantity, nothing where there is none; None where it is not of the dose's unit, or below the dose."""
    if dosage.daily_maximum is None:
        return ""
    view = elements.quantity_view(dosage.daily_maximum)
    if view is None or view.unit != dose.unit or Decimal(view.value) < Decimal(dose.value):
        text = "The most a day is no amount of the dose's unit; dose and limit are in the narrative."
        composer.note(Severity.WARNING, _BOUND, f"{path}.daily_maximum", text)
        return None
    most = elements.quantity("numerator", view, "PQ")
    day = elements.quantity("denominator", elements.QuantityView("1", "d"), "PQ")
    return f"<maxDoseQuantity>{most}{day}</maxDoseQuantity>"
