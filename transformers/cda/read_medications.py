"""Medicines of a foreign summary: E.3.4 with product, dosage, reason E.3.41, instruction E.3.12 and who prescribed.

A dosage keeps one rule of when (PIVL, EIVL, TS) or several; what is nested deeper (SXPR, split doses) stays unread.
"""

from typing import Final

from transformers.cda.read_people import professional
from transformers.cda.read_product import read_product
from transformers.cda.read_statement import (
    Origin,
    comment,
    completed,
    instruction,
    own_words,
    provenance,
    statement_id,
    status_of,
)
from transformers.cda.read_tree import Element, Tree, child, children, type_of
from transformers.cda.read_values import believable_dose, coded, coding_of, is_code, moment, period, quantity
from transformers.cda.statements.absence import Absence, absences
from transformers.cda.statements.parts import MEDICINE, parts_below, single
from transformers.cda.statements.signs import affirmed, unreadable
from transformers.model.people import Professional
from transformers.model.summary import Dosage, MedicationStatement, Timing
from transformers.model.values import Coded, Period, Quantity

_PROBLEM: Final = "55607006"


def read_medication(tree: Tree, entry: Element, origin: Origin) -> MedicationStatement | list[Absence] | None:
    """One medicine, or the absence of any; None for an entry that names no product."""
    material = entry.find("{*}consumable/{*}manufacturedProduct/{*}manufacturedMaterial/{*}code")
    said = absences(tree, entry, (child(entry, "code"), material), (origin, "medicine"))
    if said is not None:
        return said
    if not single(tree, entry, MEDICINE, "medicine"):
        return None
    text, own = own_words(tree, entry)
    product = read_product(tree, entry.find("{*}consumable/{*}manufacturedProduct"), text)
    if product is None:
        unreadable(tree, entry, "product")
        return None
    is_code(tree, child(entry, "code"), "DRUG")
    parts = parts_below(entry)
    used, rules = read_times(tree, entry)
    made = provenance(tree, entry, origin)
    return MedicationStatement(
        id=made.source_id or "",
        product=product,
        dosage=read_dosage(tree, entry, instruction(tree, parts), rules),
        used=used,
        ordered=entry.get("moodCode") == "INT",
        reason=_reason(tree, parts.get("reason", [])),
        provenance=made,
        prescriber=_prescriber(tree, entry),
        note=comment(tree, parts, own),
        status=status_of(tree, entry, frozenset({"active", "completed"})),
    )


def read_times(tree: Tree, entry: Element) -> tuple[Period, tuple[Timing, ...]]:
    """The period of use, and the rules of when, of a substanceAdministration."""
    used, rules = Period(), []
    for element in children(entry, "effectiveTime"):
        kind = type_of(element)
        if kind == "IVL_TS" or (not kind and (child(element, "low") is not None or child(element, "high") is not None)):
            used = period(tree, element) if used == Period() else used
        else:
            rule = _timing(tree, element, kind)
            rules += [] if rule is None else [rule]
    return used, tuple(rules)


def _timing(tree: Tree, element: Element, kind: str) -> Timing | None:
    if kind == "PIVL_TS":
        every = quantity(tree, child(element, "period"))
        if every is None:
            return None
        tree.use(element, "institutionSpecified")
        return Timing(period=every, institution_specified=element.get("institutionSpecified") == "true")
    if kind == "EIVL_TS":
        event = coding_of(tree, child(element, "event"))
        offset = child(element, "offset")
        shift = None if offset is None else quantity(tree, offset) or quantity(tree, child(offset, "low"))
        return None if event is None else Timing(event=event, offset=shift)
    at = moment(tree, element) if kind in {"", "TS"} else None
    return None if at is None else Timing(at=at)


def read_dosage(tree: Tree, entry: Element, text: str | None, rules: tuple[Timing, ...]) -> Dosage:
    """The dosage of a substanceAdministration; a plain interval alone is ``period``."""
    element = child(entry, "doseQuantity")
    low, high = _dose(tree, element)
    if not believable_dose(tree, element, low, high):
        low = high = None
    plain = rules[0].period if len(rules) == 1 and rules[0] == Timing(period=rules[0].period) else None
    return Dosage(
        text=text,
        route=coded(tree, child(entry, "routeCode")),
        dose=low,
        period=plain,
        dose_high=None if high == low else high,
        timings=() if plain is not None else rules,
    )


def _dose(tree: Tree, element: Element | None) -> tuple[Quantity | None, Quantity | None]:
    if element is None:
        return None, None
    whole = quantity(tree, element)
    if whole is not None:
        return whole, whole
    if child(element, "low") is not None and child(element, "high") is None:
        return None, None  # at least so much: no dose, and reported as unread
    return quantity(tree, child(element, "low")), quantity(tree, child(element, "high"))


def _reason(tree: Tree, elements: list[Element]) -> Coded | None:
    """The first reason; a second one stays unread."""
    for element in elements:
        text, _ = own_words(tree, element)
        reason = coded(tree, child(element, "value"), text) if affirmed(tree, element, "part") else None
        if reason is not None:
            is_code(tree, child(element, "code"), _PROBLEM)
            completed(tree, element)
            statement_id(tree, element)
            return reason
    return None


def _prescriber(tree: Tree, entry: Element) -> Professional | None:
    author = child(entry, "author")
    if author is None:
        return None
    return professional(tree, child(author, "assignedAuthor"), child(author, "functionCode"))
