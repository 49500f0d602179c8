"""Take anything from a prescription or a dispensation, and no decision on it becomes more lenient.

Every element and attribute, removed, emptied, null and null beside what it says: of documents on which something is
dispensed or reported, and of documents on which nothing is, for each reason. The short form draws some of the changes
each day; all of them are the long form (`make prove`). Numbers that cannot be stand in every place that has a number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

import pytest
from lxml import etree

from tests.support.documents.medicines import DISPENSED, PRESCRIBED
from tests.support.documents.spoiled import Element, Spoil, spoiled, spoils, where
from tests.support.machine.generated import LONG, choices
from tests.support.machine.require import artefacts
from tests.support.norway.eresept_messages import abroad
from transformers.cda.documents.dispensation import read_dispensation
from transformers.cda.documents.prescription import read_prescription
from transformers.cda.errors import CdaError
from transformers.model.decisions import against_dispensing, against_fulfilling, against_listing
from transformers.model.prescription import Dispensation, Prescription, Substitution
from transformers.model.summary import MedicinalProduct
from transformers.norway.errors import Malformed
from transformers.norway.foreign_dispensing import report_of_dispensing_abroad
from trust.xml import parse

DRAWN = 150
"""Changes of one document in the short form."""
EP, ED = "ePrescription", "eDispensation"
EXAMPLES = {
    "ep/openncp-1-1234-W8.xml": EP,
    "skeletons/ep_a.xml": EP,
    "skeletons/ep_e_pack2.xml": EP,
    "skeletons/ed_a.xml": ED,
}
OWN = {EP: PRESCRIBED, ED: DISPENSED}
ENTRY = ".//{*}section/{*}entry/*"


def decided(kind: str, root: Element) -> Prescription | Dispensation | None:
    """The document when something is dispensed, or reported, on it; None where it is refused."""
    try:
        if kind == EP:
            read, _ = read_prescription(etree.tostring(root))
            assert bool(against_dispensing(read)) >= bool(against_listing(read))
            return None if against_dispensing(read) else read
        found, _ = read_dispensation(etree.tostring(root))
        report_of_dispensing_abroad(found, abroad())
    except (CdaError, Malformed):
        return None
    assert against_fulfilling(found) == ()
    return found


def held(product: MedicinalProduct) -> Decimal:
    """What a package holds in all."""
    amount = Decimal(1)
    for layer in product.packages:
        assert layer.quantity is not None
        amount *= layer.quantity.value
    return amount


def lenient(kind: str, whole: Prescription | Dispensation, now: Prescription | Dispensation) -> list[str]:
    """In what a decision on a changed document gives more, or to another, than on the whole one."""
    told = {"number": whole.item.id == now.item.id, "name": whole.item.product.name == now.item.product.name}
    told["patient"] = whole.patient.identifiers[:1] == now.patient.identifiers[:1]
    if kind == EP:
        was, item = cast(Prescription, whole).item, cast(Prescription, now).item
        told["open"] = item.status == "active" and not item.completed
        told["amount"] = item.packages == was.packages and item.amount == was.amount
        told["content"] = held(item.product) <= held(was.product)
        told["substitution"] = item.substitution in {was.substitution, Substitution.NOT_ALLOWED}
    else:
        before, after = cast(Dispensation, whole), cast(Dispensation, now)
        told["amount"] = after.item.quantity == before.item.quantity
        told["order"] = after.item.prescription_item == before.item.prescription_item
    return [name for name, so in told.items() if not so]


def _is_whole_answer(element: Element, change: Spoil) -> bool:
    """The answer about substitution removed as a whole: the guide's own default, allowed."""
    whole = change.how == "removed" and change.attribute is None
    return whole and element.find(".//{*}value[@codeSystem='2.16.840.1.113883.5.1070']") is not None


def changes_of(name: str, content: bytes, count: int) -> list[Spoil]:
    """All of them in the long form, else so many of this day."""
    every = spoils(content)
    return every if LONG else choices(name).sample(every, min(count, len(every)))


def looked_at(name: str, kind: str, content: bytes, count: int) -> None:
    """Each change of a document on which something is decided."""
    root = parse(content)
    whole = decided(kind, root)
    assert whole is not None
    elements = list(root.iter("*"))
    for change in changes_of(name, content, count):
        now = decided(kind, spoiled(root, change))
        if now is None:
            continue
        more = lenient(kind, whole, now)
        if _is_whole_answer(elements[change.number], change):
            more = [one for one in more if one != "substitution"]
        assert more == [], (more, change, where(elements[change.number]))


@pytest.mark.parametrize("kind", OWN)
def test_nothing_taken_from_our_own_document_makes_a_decision_more_lenient(kind: str):
    looked_at(f"own {kind}", kind, OWN[kind], DRAWN)


@pytest.mark.parametrize("name", EXAMPLES)
def test_nothing_taken_from_a_document_of_others_makes_a_decision_more_lenient(name: str):
    looked_at(name, EXAMPLES[name], artefacts("cda-examples", *name.split("/")).read_bytes(), DRAWN // 3)


@dataclass(frozen=True)
class Barred:
    """A document on which nothing is decided: an attribute that says why, and where taking it away is legal."""

    kind: str
    path: str
    attribute: str
    value: str
    legal: Callable[[Element, Spoil], bool] = lambda _element, _change: False
    """Whether a change of an element takes the reason away as a whole, and the default of the guide holds."""


def _the_sign_itself(name: str) -> Callable[[Element, Spoil], bool]:
    return lambda _element, change: change == Spoil(change.number, name, "removed")


def _an_end_of_it(element: Element, change: Spoil) -> bool:
    names = [etree.QName(e).localname for e in (element, *element.iter("{*}low", "{*}high"))]
    return change.how != "doubted" and bool({"low", "high"} & set(names)) and change.attribute in {None, "value"}


BARRED = {
    "completed": Barred(EP, f"{ENTRY}/{{*}}statusCode", "code", "completed"),
    "suspended": Barred(EP, f"{ENTRY}/{{*}}statusCode", "code", "suspended"),
    "held": Barred(EP, f"{ENTRY}/{{*}}statusCode", "code", "held"),
    "nullified": Barred(EP, f"{ENTRY}/{{*}}statusCode", "code", "nullified"),
    "status of no form": Barred(EP, f"{ENTRY}/{{*}}statusCode", "code", ""),
    "proposed": Barred(EP, ENTRY, "moodCode", "PRP"),
    "denied": Barred(EP, ENTRY, "negationInd", "true", _the_sign_itself("negationInd")),
    "null": Barred(EP, ENTRY, "nullFlavor", "NI", _the_sign_itself("nullFlavor")),
    "another item": Barred(EP, f"{ENTRY}/{{*}}id", "extension", "ANOTHER"),
    "packages below zero": Barred(EP, f"{ENTRY}/{{*}}entryRelationship/{{*}}supply/{{*}}quantity", "value", "-1"),
    "unknown answer about substitution": Barred(
        EP, f"{ENTRY}/{{*}}entryRelationship/{{*}}observation/{{*}}value[@code='N']", "code", "X", _is_whole_answer
    ),
    "treatment upside down": Barred(EP, f"{ENTRY}/{{*}}effectiveTime/{{*}}high", "value", "20010101", _an_end_of_it),
    "reported: planned": Barred(ED, ENTRY, "moodCode", "RQO"),
    "reported: denied": Barred(ED, ENTRY, "negationInd", "true", _the_sign_itself("negationInd")),
    "reported: packages below zero": Barred(ED, f"{ENTRY}/{{*}}quantity", "value", "-1"),
    "reported: half a package": Barred(ED, f"{ENTRY}/{{*}}quantity", "value", "0.5"),
}


@pytest.mark.parametrize("name", BARRED)
def test_nothing_taken_from_a_document_that_is_refused_makes_it_pass(name: str):
    barred = BARRED[name]
    root = parse(OWN[barred.kind])
    assert decided(barred.kind, root) is not None
    root.find(barred.path).set(barred.attribute, barred.value)
    assert decided(barred.kind, root) is None
    elements = list(root.iter("*"))
    for change in changes_of(name, etree.tostring(root), DRAWN // 5):
        if barred.legal(elements[change.number], change):
            continue
        assert decided(barred.kind, spoiled(root, change)) is None, (change, where(elements[change.number]))


COUNT = ("-1", "-0", "0", "1.5", "1e9", "1e999", "", " ", "٣", "१", "１", "1,5", "1 000", "NaN", "INF", "0x10", "1_0")
CONTENT = tuple(number for number in COUNT if number != "1.5")
STRENGTH = (*(number for number in CONTENT if number != "1e9"), "1e17")
AT_LEAST = tuple(number for number in STRENGTH if number not in {"0", "-0"})
REPEATS = tuple(number for number in COUNT if number not in {"0", "-0"})
_DISPENSED, _ORDERED = f"{ENTRY}/{{*}}product", f"{ENTRY}/{{*}}entryRelationship/{{*}}substanceAdministration"
_HELD = "//{*}manufacturedMaterial/{*}asContent/{*}quantity"
_INNER = "//{*}manufacturedMaterial/{*}asContent/{*}containerPackagedProduct/{*}asContent/{*}quantity"
_SUPPLY = f"{ENTRY}/{{*}}entryRelationship/{{*}}supply"
NUMBERS = [
    (EP, f"{_SUPPLY}/{{*}}quantity", COUNT, ("1", "3", "1.0")),
    (EP, f"{_SUPPLY}/{{*}}repeatNumber", REPEATS, ("0", "2")),
    (EP, f"{ENTRY}/{{*}}consumable{_HELD}", CONTENT, ("0.5", "20")),
    (EP, f"{ENTRY}/{{*}}consumable{_INNER}", CONTENT, ("1", "0.5")),
    (EP, f"{ENTRY}/{{*}}consumable//{{*}}numerator", STRENGTH, ("0.5", "500", "1e9")),
    (EP, f"{ENTRY}/{{*}}consumable//{{*}}denominator", STRENGTH, ("1", "0.5")),
    (EP, f"{ENTRY}/{{*}}doseQuantity/{{*}}high", STRENGTH, ("1", "2")),
    (EP, f"{ENTRY}/{{*}}doseQuantity/{{*}}low", AT_LEAST, ("0", "0.5")),
    (EP, f"{ENTRY}/{{*}}effectiveTime/{{*}}period", CONTENT, ("8", "0.5")),
    (ED, f"{ENTRY}/{{*}}quantity", COUNT, ("1", "3")),
    (ED, f"{_DISPENSED}{_HELD}", CONTENT, ("0.5", "20")),
    (ED, f"{_DISPENSED}{_INNER}", CONTENT, ("1",)),
    (ED, f"{_DISPENSED}//{{*}}numerator", STRENGTH, ("0.5",)),
    (ED, f"{_DISPENSED}//{{*}}denominator", STRENGTH, ("1",)),
    (ED, f"{_ORDERED}{_HELD}", CONTENT, ("0.5",)),
    (ED, f"{_ORDERED}//{{*}}numerator", STRENGTH, ("0.5",)),
]


@pytest.mark.parametrize(("kind", "path", "impossible", "possible"), NUMBERS, ids=[f"{k} {p}" for k, p, *_ in NUMBERS])
def test_a_number_that_cannot_be_is_never_dispensed_and_never_reported(kind, path, impossible, possible):
    root = parse(OWN[kind])
    for supply in root.iterfind(_SUPPLY) if path.endswith("repeatNumber") else ():
        supply.insert(0, etree.Element("{urn:hl7-org:v3}repeatNumber", value="1"))
    element = root.find(path)
    for number in possible:
        element.set("value", number)
        assert decided(kind, root) is not None, number
    for number in impossible:
        element.set("value", number)
        assert decided(kind, root) is None, number
