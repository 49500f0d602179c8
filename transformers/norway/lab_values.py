"""Values of a laboratory's observation (NilarObservation): Quantity, CodeableConcept, dateTime, Range; reference range.

A number with a comparator ("< 5") or a range is no plain quantity: it is kept as text, as it was reported.
"""

from decimal import Decimal

from transformers.model.finding import Severity
from transformers.model.values import Coded, Coding, Moment, Quantity
from transformers.norway.errors import Malformed
from transformers.norway.fhir_fields import Context, concept
from transformers.norway.json_fields import Member, member, objects, words
from transformers.norway.moments import read_fhir

UCUM = "2.16.840.1.113883.6.8"

_COMPARATORS = ("<", "<=", ">=", ">")
_KINDS = ("valueQuantity", "valueCodeableConcept", "valueDateTime", "valueRange", "valueString")


def value_of(resource: Member, context: Context, path: str) -> "Quantity | Coded | Moment | str | None":
    """The one value of an observation, None when it has none; raises ``Malformed("value")`` for several or another."""
    stated = [key for key in resource if key.startswith("value")]
    if len(stated) > 1 or (stated and stated[0] not in _KINDS):
        raise Malformed("value")
    if not stated:
        return None
    kind = stated[0]
    if kind == "valueQuantity":
        quantity = member(resource, kind) or {}
        comparator = words(quantity, "comparator")
        if comparator is None:
            return quantity_of(quantity)
        if comparator not in _COMPARATORS:
            raise Malformed("comparator")
        shown = f"{comparator} {shown_quantity(quantity)}"
        context.note(Severity.INFO, "value-as-text", f"{path}.value", "a bound, no plain number", shown)
        return shown
    if kind == "valueRange":
        bounds = _range(member(resource, kind) or {})
        if not bounds:
            raise Malformed("valueRange")
        context.note(Severity.INFO, "value-as-text", f"{path}.value", "a range, no plain number", bounds)
        return bounds
    if kind == "valueDateTime":
        return read_fhir(resource[kind], kind)
    return words(resource, kind) if kind == "valueString" else concept(member(resource, kind), context, f"{path}.value")


def quantity_of(quantity: Member) -> Quantity:
    """A FHIR Quantity with its unit as shown and, where it states UCUM, as coded."""
    value = quantity.get("value")
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise Malformed("valueQuantity")
    shown, code = words(quantity, "unit"), words(quantity, "code")
    ucum = words(quantity, "system") == "http://unitsofmeasure.org" and code is not None
    said = shown or code
    if said is None:
        return Quantity(Decimal(value))
    return Quantity(Decimal(value), Coded(text=said, original=Coding(code or "", UCUM, said) if ucum else None))


def shown_quantity(quantity: Member) -> str:
    """Value and unit as one reads them; raises ``Malformed``."""
    made = quantity_of(quantity)
    unit = None if made.unit is None else made.unit.text
    return " ".join(part for part in (format(made.value, "f"), unit) if part)


def range_text(resource: Member) -> str | None:
    """Every reference range in words: its text, else its bounds."""
    said = [words(one, "text") or _range(one) for one in objects(resource, "referenceRange")]
    return "; ".join(part for part in said if part) or None


def _range(holder: Member) -> str:
    low, high = member(holder, "low"), member(holder, "high")
    if low is not None and high is not None:
        return f"{shown_quantity(low)} – {shown_quantity(high)}"
    if low is not None:
        return f">= {shown_quantity(low)}"
    return "" if high is None else f"<= {shown_quantity(high)}"
