"""Own rules for products, prescriptions and dispensations: what the wave-8 Schematron does not look at.

eHDSI CDA, entries E.3.2, E.3.3, E.3.30 and E.3.32, and the composition rules 12 and 13. A predicate without its
namespace, a wrong code that drops out of a rule's context and a unit in words pass the official rules in silence.
"""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final

from transformers.cda.medicine.product import PRESCRIBED, SUMMARY
from transformers.cda.rules.units import is_ucum
from transformers.cda.types.identifiers import belong_together, share_a_number, within
from transformers.cda.types.vocabulary import (
    ATC,
    DISPENSATION_SECTION,
    DISPENSED_ITEM,
    EDQM,
    PRESCRIBED_ITEM,
    PRESCRIPTION_SECTION,
    SUBSTITUTION_ALLOWED,
    SUBSTITUTION_FORBIDDEN,
    SUBSTITUTION_SYSTEM,
)
from transformers.cda.types.walk import (
    HL7,
    PHARM,
    XSI_TYPE,
    Breach,
    DocumentElements,
    Element,
    Rule,
    child,
    children,
    local,
    text_of,
)
from transformers.model.amounts import is_content, is_package_count, is_period, is_strength
from transformers.model.finding import Severity
from transformers.model.spelling import decimal
from transformers.model.values import Identifier

_SMS: Final = "2.16.840.1.113883.3.6905.2"
"""EMA's substances (value set 42.61)."""
_ATC_CODE = re.compile(r"[A-Z]([0-9][0-9]([A-Z]([A-Z]([0-9][0-9])?)?)?)?")
_EDQM_CODE = re.compile(r"[0-9]{5}([0-9]{3})?(-[0-9]{3})?")
_LAYERS: Final = 3
_SECTIONS: Final = (PRESCRIPTION_SECTION, DISPENSATION_SECTION)
_PRODUCTS: Final = (PRESCRIBED.material, SUMMARY.material)
"""A vaccine (E.3.18) is none of these: there the material's code is the vaccine's."""


def _atc_classified(document: DocumentElements) -> Iterator[Breach]:
    """What a product is a kind of (GRIC) is an ATC code, or said to be none."""
    for special in document.named(f"{PHARM}asSpecializedKind"):
        code = special.find(f"{PHARM}generalizedMaterialKind/{PHARM}code")
        if special.get("classCode") != "GRIC" or code is None or code.get("nullFlavor") is not None:
            continue
        if code.get("codeSystem") != ATC or not _ATC_CODE.fullmatch(code.get("code") or ""):
            yield Breach(code, "The product's classification is no code of ATC.")


def _product_identified(document: DocumentElements) -> Iterator[Breach]:
    """The product's own code identifies the product: it is never its ATC code, and never its package's."""
    for material in document.named(f"{HL7}manufacturedMaterial"):
        code = child(material, "code")
        if code is None or code.get("code") is None or not document.claims(material, *_PRODUCTS):
            continue
        if code.get("codeSystem") == ATC:
            yield Breach(code, "An ATC code where the product's own code belongs.")
        for package in material.iter(f"{PHARM}containerPackagedProduct"):
            if _pair(package.find(f"{PHARM}code")) == _pair(code):
                yield Breach(code, "The package's code where the product's own code belongs.")


def _packages_inside_out(document: DocumentElements) -> Iterator[Breach]:
    """Containers nest from the innermost outwards, three at most; the package code is on the outermost."""
    for package in document.named(f"{PHARM}containerPackagedProduct"):
        code, outer = package.find(f"{PHARM}code"), package.find(f"{PHARM}asContent")
        if code is not None and code.get("code") is not None and outer is not None:
            yield Breach(code, "A package code on a container that has another around it.")
        depth = sum(1 for above in package.iterancestors(f"{PHARM}containerPackagedProduct"))
        if depth == _LAYERS:
            yield Breach(package, "More than three containers around each other.")


def _forms_known(document: DocumentElements) -> Iterator[Breach]:
    """Dose forms, packages and routes are EDQM standard terms, or said to be none."""
    for element in document.named(f"{PHARM}formCode", f"{HL7}routeCode"):
        if element.get("nullFlavor") is not None:
            continue
        if element.get("codeSystem") != EDQM or not _EDQM_CODE.fullmatch(element.get("code") or ""):
            yield Breach(element, "No EDQM standard term.")


def _substances_known(document: DocumentElements) -> Iterator[Breach]:
    """An ingredient is a code of ATC or of EMA's substances, or said to be none."""
    substances = document.named(f"{PHARM}ingredientSubstance")
    for code in (code for substance in substances for code in substance.iterchildren(f"{PHARM}code")):
        known = code.get("codeSystem") == _SMS or (
            code.get("codeSystem") == ATC and _ATC_CODE.fullmatch(code.get("code") or "")
        )
        if code.get("nullFlavor") is None and not known:
            yield Breach(code, "The ingredient is no code of ATC or of EMA's substances.")


def _units_ucum(document: DocumentElements) -> Iterator[Breach]:
    """Strengths, contents and doses have units of UCUM; words stand in braces."""
    for element in document.having("unit"):
        unit = element.get("unit")
        if unit is not None and unit.isascii() and " " not in unit and not is_ucum(unit):
            yield Breach(element, "The unit is none of UCUM.")


def _one_entry(document: DocumentElements) -> Iterator[Breach]:
    """A prescription or dispensation is one document with one section and one entry."""
    sections = [s for s in document.named(f"{HL7}section") if document.claims(s, *_SECTIONS)]
    entries = [entry for section in sections for entry in children(section, "entry")]
    for surplus in (*sections[1:], *entries[1:]):
        yield Breach(surplus, "More than one prescription or dispensation in one document.")


def _doses_believable(document: DocumentElements) -> Iterator[Breach]:
    """A dose is above zero, and a range of doses does not begin above its end."""
    for dose in document.named(f"{HL7}doseQuantity"):
        low, high = child(dose, "low"), child(dose, "high")
        edges = [e for e in (low, high) if e is not None and e.get("value") is not None]
        most = edges[-1] if edges else dose
        if most.get("value") is not None and not _positive(most.get("value")):
            yield Breach(most, "The dose is no number above zero.")
        elif len(edges) > 1 and not _in_order(edges[0], edges[1]):
            yield Breach(dose, "The range of doses is none: below zero, or its beginning above its end.")


def _supply_counted(document: DocumentElements) -> Iterator[Breach]:
    """What is supplied is more than nothing; a prescription counts packages (unit 1)."""
    for supply in document.named(f"{HL7}supply"):
        above = next((e for e in supply.iterancestors(f"{HL7}substanceAdministration")), None)
        prescribed = above is not None and document.claims(above, PRESCRIBED_ITEM)
        amount = child(supply, "quantity")
        if amount is None or not (prescribed or document.claims(supply, DISPENSED_ITEM)):
            continue
        counted = prescribed or (amount.get("unit") or "1").strip() == "1"
        if not _possible(amount.get("value"), is_package_count if counted else is_content):
            yield Breach(amount, "The quantity supplied is no number that can be: whole packages, above zero.")
        if prescribed and amount.get("unit") != "1":
            yield Breach(amount, "The quantity prescribed is no count of packages.")


def _substitution_typed(document: DocumentElements) -> Iterator[Breach]:
    """The substitution's value is a CE of HL7's substitution codes, not of the value set's own OID."""
    for observation in document.named(f"{HL7}observation"):
        code = child(observation, "code")
        if code is None or code.get("code") != "SUBST":
            continue
        value = child(observation, "value")
        typed = value is not None and (value.get(XSI_TYPE) or "").rpartition(":")[2] == "CE"
        if value is None or not typed or value.get("codeSystem") != SUBSTITUTION_SYSTEM:
            yield Breach(observation if value is None else value, "The value is no CE of HL7's substitution codes.")
        elif value.get("code") not in {SUBSTITUTION_FORBIDDEN, *SUBSTITUTION_ALLOWED}:
            yield Breach(value, "The value says neither that substitution is allowed nor that it is not.")


def _instructed(document: DocumentElements) -> Iterator[Breach]:
    """A prescription tells the patient in words how to take it: a PINSTRUCT that leads to words, if it has one."""
    for statement in document.named(f"{HL7}substanceAdministration"):
        if not document.claims(statement, PRESCRIBED_ITEM):
            continue
        acts = [
            act
            for act in statement.iterfind(f"{HL7}entryRelationship/{HL7}act")
            if (code := child(act, "code")) is not None and code.get("code") == "PINSTRUCT"
        ]
        told = [
            document.anchors.get((reference.get("value") or "").removeprefix("#"), [None])[-1]
            for act in acts
            for reference in act.iterfind(f"{HL7}text/{HL7}reference")
        ]
        if not any(target is not None and text_of(target) for target in told):
            severity = Severity.ERROR if acts else Severity.WARNING
            yield Breach(statement, "No instruction to the patient in words.", severity)


def _strength_whole(document: DocumentElements) -> Iterator[Breach]:
    """A strength is a ratio of two numbers, each with its unit; the lower one is not zero."""
    ingredients = document.named(f"{PHARM}ingredient")
    for strength in (amount for one in ingredients for amount in one.iterchildren(f"{PHARM}quantity")):
        for half in ("numerator", "denominator"):
            number = child(strength, half)
            if number is None or number.get("value") is None or number.get("unit") is None:
                yield Breach(strength if number is None else number, "Half of the strength has no value with unit.")
            elif not _possible(number.get("value"), is_strength):
                yield Breach(number, "Half of the strength is no number that can be.")


def _content_possible(document: DocumentElements) -> Iterator[Breach]:
    """What a container holds, and how much of a part a kit has, is above zero."""
    for holder in document.named(f"{PHARM}asContent", f"{PHARM}part"):
        amount = holder.find(f"{PHARM}quantity")
        if amount is not None and amount.get("value") is not None and not _possible(amount.get("value"), is_content):
            yield Breach(amount, "The container holds no such amount.")


def _periods_possible(document: DocumentElements) -> Iterator[Breach]:
    """From one dose to the next some time passes."""
    for period in document.named(f"{HL7}period"):
        if period.get("value") is not None and not _possible(period.get("value"), is_period):
            yield Breach(period, "No time from one dose to the next, or none that can be.")


def _one_prescription(document: DocumentElements) -> Iterator[Breach]:
    """The section's id is the prescription's: its entry has the same, or a number within it."""
    for section in document.named(f"{HL7}section"):
        group = _id_of(child(section, "id"))
        for entry in section.iterfind(f"{HL7}entry/{HL7}substanceAdministration"):
            item = _id_of(child(entry, "id"))
            if group is None or item is None or not document.claims(entry, PRESCRIBED_ITEM):
                continue
            if not within(item, group):
                yield Breach(section, "The section's id is another than its entry's.")


def _not_denied(document: DocumentElements) -> Iterator[Breach]:
    """What a prescription prescribes and a dispensation hands out is not denied (negationInd)."""
    for statement in document.having("negationInd"):
        denied = (statement.get("negationInd") or "").strip() in {"true", "1"}
        if denied and document.claims(statement, PRESCRIBED_ITEM, DISPENSED_ITEM):
            yield Breach(statement, "The one statement of the document is denied.")


def _fulfils_one(document: DocumentElements) -> Iterator[Breach]:
    """The prescription and the item that a dispensation names belong together, as far as their series tells."""
    order = _id_of(document.root.find(f"{HL7}inFulfillmentOf/{HL7}order/{HL7}id"))
    for supply in document.named(f"{HL7}supply") if order is not None else ():
        element = supply.find(f"{HL7}entryRelationship/{HL7}substanceAdministration/{HL7}id")
        item = _id_of(element)
        if not document.claims(supply, DISPENSED_ITEM) or element is None or item is None or order is None:
            continue
        if not belong_together(order, item) and not share_a_number(order, item):
            yield Breach(element, "The item is of another prescription than the one that is fulfilled.")


def _fulfilled(document: DocumentElements) -> Iterator[Breach]:
    """A dispensation names the prescription and its item by ids with a root, and neither is the dispensation's own."""
    own = _pair(child(document.root, "id"))
    for supply in document.named(f"{HL7}supply"):
        if not document.claims(supply, DISPENSED_ITEM):
            continue
        order = document.root.find(f"{HL7}inFulfillmentOf/{HL7}order/{HL7}id")
        item = supply.find(f"{HL7}entryRelationship/{HL7}substanceAdministration/{HL7}id")
        for identity, mine in ((order, own), (item, _pair(child(supply, "id")))):
            if identity is None or identity.get("root") is None or _pair(identity) == mine:
                yield Breach(supply if identity is None else identity, "No id of the prescription dispensed.")


def _id_of(element: Element | None) -> Identifier | None:
    root = "" if element is None else (element.get("root") or "").strip()
    return None if element is None or not root else Identifier(root, (element.get("extension") or "").strip() or None)


def _possible(text: str | None, rule: Callable[[Decimal], bool]) -> bool:
    """A number by a rule of `transformers.model.amounts`."""
    value = decimal(text or "")
    return value is not None and rule(value)


def _positive(text: str | None) -> bool:
    found = decimal(text or "")
    return found is not None and found > 0


def _in_order(low: Element, high: Element) -> bool:
    """From zero upwards; ends of two measures cannot be compared here."""
    least, most = decimal(low.get("value") or ""), decimal(high.get("value") or "")
    if least is None or most is None:
        return False
    return least >= 0 and (low.get("unit") != high.get("unit") or least <= most)


def _pair(element: Element | None) -> tuple[str | None, ...]:
    if element is None:
        return ()
    names = ("root", "extension") if local(element) == "id" else ("code", "codeSystem")
    return tuple(element.get(name) for name in names)


MEDICINE_RULES: Final[tuple[tuple[str, Rule], ...]] = (
    ("own-product-1", _atc_classified),
    ("own-product-2", _product_identified),
    ("own-product-3", _packages_inside_out),
    ("own-product-4", _forms_known),
    ("own-product-5", _substances_known),
    ("own-product-6", _strength_whole),
    ("own-product-7", _content_possible),
    ("own-unit-2", _units_ucum),
    ("own-entry-1", _one_entry),
    ("own-entry-2", _one_prescription),
    ("own-entry-3", _not_denied),
    ("own-supply-1", _supply_counted),
    ("own-dose-1", _doses_believable),
    ("own-dose-2", _periods_possible),
    ("own-substitution-1", _substitution_typed),
    ("own-instruction-1", _instructed),
    ("own-fulfilment-1", _fulfilled),
    ("own-fulfilment-2", _fulfils_one),
)
