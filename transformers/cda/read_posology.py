"""When and how much a foreign prescription says (effectiveTime, doseQuantity, routeCode of E.3.2), and in which words.

HL7 data types R1: GTS. A rule that cannot be read makes the whole regimen text alone: half of one is another one.
"""

from functools import partial
from typing import Final

from transformers.cda.read_tree import Element, Tree, child, children, type_of
from transformers.cda.read_values import believable_dose, coded, coding_of, moment, period, quantity
from transformers.model.summary import Dosage, Timing
from transformers.model.values import Coding, Period, Quantity

_TIMING_SYSTEM: Final = "2.16.840.1.113883.5.139"
_COMPLEX: Final = "complex-timing"
"""Why a dosage is text only: its times are of a shape the pivot does not hold (SXPR, phases, split doses)."""
_UNBELIEVABLE: Final = "dose-unbelievable"


def read_treatment(tree: Tree, entry: Element) -> tuple[Period, tuple[Timing, ...], str | None]:
    """Period of treatment, rules of when, and why there are none where the document has some that are not read."""
    treatment, rules, why = Period(), [], None
    bounded = False
    for element in children(entry, "effectiveTime"):
        if _is_interval(element):
            if not bounded:
                treatment, bounded = period(tree, element), True
            continue
        rule = tree.attempt(partial(_timing, tree, element))
        if rule is not None:
            rules.append(rule)
        elif _says_something(element):
            why = _COMPLEX
    split = any(child(e, "substanceAdministration") is not None for e in children(entry, "entryRelationship"))
    return treatment, tuple(rules), _COMPLEX if split else why


def read_dosage(tree: Tree, entry: Element, text: str | None, rules: tuple[Timing, ...], why: str | None) -> Dosage:
    """The dosage with its words; ``why`` leaves times and dose to the words, and the loss report names them."""
    route = coded(tree, child(entry, "routeCode"))
    if why is not None:
        return Dosage(text=text, why_text_only=why, route=route)
    element = child(entry, "doseQuantity")
    low, high = _dose(tree, element)
    if not believable_dose(tree, element, low, high):
        return Dosage(text=text, why_text_only=_UNBELIEVABLE, route=route)
    return Dosage(text=text, route=route, dose=low, dose_high=None if high == low else high, timings=rules)


def _is_interval(element: Element) -> bool:
    kind = type_of(element)
    return kind == "IVL_TS" or (not kind and (child(element, "low") is not None or child(element, "high") is not None))


def _says_something(element: Element) -> bool:
    """An unknown period says nothing that could be lost."""
    return any(e.get(name) is not None for e in element.iter("*") for name in ("value", "code"))


def _timing(tree: Tree, element: Element) -> Timing | None:
    kind = type_of(element)
    if kind == "PIVL_TS" and child(element, "phase") is None:
        every = quantity(tree, child(element, "period"))
        if every is None:
            return None
        tree.use(element, "institutionSpecified")
        return Timing(period=every, institution_specified=element.get("institutionSpecified") == "true")
    if kind == "EIVL_TS":
        return _event(tree, element)
    at = moment(tree, element) if kind in {"", "TS"} else None
    return None if at is None else Timing(at=at)


def _event(tree: Tree, element: Element) -> Timing | None:
    """The event's code system is fixed by its data type; many leave it out."""
    event = child(element, "event")
    code = coding_of(tree, event)
    if code is None and event is not None and event.get("code"):
        tree.use(event, "code")
        code = Coding(event.get("code") or "", _TIMING_SYSTEM)
    offset = child(element, "offset")
    shift = None if offset is None else quantity(tree, offset) or quantity(tree, child(offset, "low"))
    if code is None or (offset is not None and shift is None):
        return None
    return Timing(event=Coding(code.code, code.system, code.display), offset=shift)


def _dose(tree: Tree, element: Element | None) -> tuple[Quantity | None, Quantity | None]:
    if element is None:
        return None, None
    whole = quantity(tree, element)
    if whole is not None:
        return whole, whole
    low, high = quantity(tree, child(element, "low")), quantity(tree, child(element, "high"))
    return (low, high) if low is not None else (high, high)
