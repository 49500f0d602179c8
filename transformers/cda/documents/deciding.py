"""Where in an ePrescription and an eDispensation the fields stand that decisions stand on, and whether they are stated.

What the absence of a field means is a row of `transformers.model.decisions`; here is where it is looked for. A null
element, or one within a null element, states nothing; an element that may stand once and stands twice leaves open
which one is meant. eHDSI E.1.1, E.1.2, E.2.1, E.3.2, E.3.3.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from transformers.cda.types.tree import Element, Tree, local, text_of
from transformers.model.decisions import DecisionKind, field_of
from transformers.model.finding import Severity


@dataclass(frozen=True, slots=True)
class FieldPlace:
    """One field: from where its elements are found, how, and what makes one of them state it."""

    field: str
    base: str
    """``root``, ``section`` or ``statement``."""
    path: str
    states: Callable[[Element, frozenset[str]], bool]
    alone: bool = True
    """It may stand once only."""
    of_another: bool = False
    """An attribute of an element that is a field itself: without the element nothing is said of it here."""


def _ident(element: Element, series: frozenset[str]) -> bool:
    """An id that names one thing: a root that is no series of the document, else with a number in the series."""
    root, extension = _words(element.get("root")), element.get("extension")
    return bool(root) and (bool(_words(extension)) if extension is not None else root not in series)


def _copied(element: Element, series: frozenset[str]) -> bool:
    """The id of something of another document: an OID alone may be its series, which cannot be seen here."""
    whole = bool(_words(element.get("extension"))) or "-" in _words(element.get("root"))
    return whole and _ident(element, series)


def _number(element: Element, _series: frozenset[str]) -> bool:
    """A person's number: the series alone names nobody."""
    return bool(_words(element.get("root")) and _words(element.get("extension")))


def _code(element: Element, _series: frozenset[str]) -> bool:
    return bool(_words(element.get("code")))


def _value(element: Element, _series: frozenset[str]) -> bool:
    return bool(_words(element.get("value")))


def _amount(element: Element, _series: frozenset[str]) -> bool:
    """A number, whose unit is stated, or 1 by the data type; an empty unit is neither."""
    return bool(_words(element.get("value"))) and element.get("unit") != "" and bool(_words(element.get("unit", "1")))


def _mood(element: Element, _series: frozenset[str]) -> bool:
    return bool(_words(element.get("moodCode")))


def _text(element: Element, _series: frozenset[str]) -> bool:
    return bool(text_of(element).strip())


_NAME: Final = "{*}manufacturedProduct/{*}manufacturedMaterial/{*}name"
_SUPPLY: Final = "{*}entryRelationship/{*}supply"
_DOCUMENT: Final = (
    FieldPlace("document-id", "root", "{*}id", _ident),
    FieldPlace("created", "root", "{*}effectiveTime", _value),
    FieldPlace("patient", "root", "{*}recordTarget/{*}patientRole/{*}id", _number, alone=False),
    FieldPlace("patient", "root", "{*}recordTarget/{*}patientRole/{*}patient/{*}name", _text, alone=False),
    FieldPlace("patient", "root", "{*}recordTarget/{*}patientRole/{*}patient/{*}birthTime", _value),
)
PLACES: Final[Mapping[DecisionKind, tuple[FieldPlace, ...]]] = {
    DecisionKind.DISPENSE: (
        *_DOCUMENT,
        FieldPlace("prescription-id", "section", "{*}id", _ident),
        FieldPlace("item-id", "statement", "{*}id", _ident),
        FieldPlace("mood", "statement", ".", _mood),
        FieldPlace("status", "statement", "{*}statusCode", _code),
        FieldPlace("product", "statement", f"{{*}}consumable/{_NAME}", _text),
        FieldPlace("amount-mood", "statement", _SUPPLY, _mood, of_another=True),
        FieldPlace("amount", "statement", f"{_SUPPLY}/{{*}}quantity", _amount),
    ),
    DecisionKind.FULFIL: (
        *_DOCUMENT,
        FieldPlace("order", "root", "{*}inFulfillmentOf/{*}order/{*}id", _copied, alone=False),
        FieldPlace("dispensation-id", "statement", "{*}id", _ident),
        FieldPlace(
            "reference", "statement", "{*}entryRelationship/{*}substanceAdministration/{*}id", _copied, alone=False
        ),
        FieldPlace("mood", "statement", ".", _mood),
        FieldPlace("product", "statement", f"{{*}}product/{_NAME}", _text),
        FieldPlace("amount", "statement", "{*}quantity", _amount),
    ),
}
"""Of a prescription and of a dispensation; prescriber, performer and time have several places: their readers look."""
ONCE: Final = frozenset(
    {"consumable", "product", "manufacturedProduct", "manufacturedMaterial", "code", "statusCode", "formCode", "desc"}
    | {"lotNumberText", "asContent", "containerPackagedProduct", "containerPackagedMedicine", "capacityQuantity"}
    | {"generalizedMaterialKind", "generalizedMedicineClass", "ingredientSubstance", "partProduct", "partMedicine"}
    | {"quantity", "numerator", "denominator", "routeCode", "repeatNumber", "period", "event", "offset"}
)
"""Elements that hold one medicine, one amount or one way to take it, and stand once in whatever holds them, by the
schemas of CDA and of its pharmacy extension; ``asContent`` by the templates (E.3.30, E.3.32: 0..1)."""


def check_stated(tree: Tree, decision: DecisionKind, section: Element, statement: Element) -> None:
    """An ERROR for each field of the decision that the document does not state, or states twice, and for each part of
    the medicine that does.

    Its code is the row's reason (``status-missing``), or ``field-doubled``.
    """
    bases = {"root": tree.root, "section": section, "statement": statement}
    series = frozenset(_words(e.get("root")) for e in tree.root.iter("{*}id") if _words(e.get("extension")))
    doubled: dict[Element, str] = {}
    for place in PLACES[decision]:
        found = bases[place.base].findall(place.path)
        if not found and place.of_another:
            continue
        row = field_of(decision, place.field)
        if not any(place.states(e, series) and not _null(e) for e in found):
            absent(tree, decision, place.field, found[0] if found else bases[place.base])
        elif place.alone and len(found) > 1:
            doubled[found[1]] = f" {row.source}."
    doubled = dict.fromkeys(surplus_in(statement), "") | doubled
    for element, source in doubled.items():
        text = f"It stands more than once, and once is all it may: which one is meant is not known.{source}"
        tree.note(Severity.ERROR, "field-doubled", element, text)


def surplus_in(statement: Element) -> Iterator[Element]:
    """The second of every element below a statement that stands once in what holds it (`ONCE`): what to choose from."""
    for holder in statement.iter("*"):
        if len(holder) < 2:
            continue
        seen = Counter[str]()
        for element in holder.iterchildren("*"):
            name = local(element)
            seen[name] += 1
            if name in ONCE and seen[name] == 2:
                yield element


def absent(tree: Tree, decision: DecisionKind, name: str, element: Element) -> None:
    """The ERROR of a field that is not stated, once: another reader may have missed it before."""
    row = field_of(decision, name)
    if row.reason is not None and row.reason not in tree.doubts():
        tree.note(Severity.ERROR, row.reason, element, f"{row.text} ({row.source})")


def _null(element: Element) -> bool:
    return element.get("nullFlavor") is not None or any(
        e.get("nullFlavor") is not None for e in element.iterancestors()
    )


def _words(value: str | None) -> str:
    return (value or "").strip()
