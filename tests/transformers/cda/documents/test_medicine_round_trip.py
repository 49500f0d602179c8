"""Pivot to CDA to pivot is the pivot's projection; foreign CDA to pivot to CDA keeps every code, quantity and text.

`PROJECTION` is the reviewed table of what an ePrescription or eDispensation does not carry as it was; everything else
must come back equal. No clinical field is on it: what a template has no place for is told to the patient or the reader.
"""

import re
from dataclasses import fields, is_dataclass, replace

import pytest
from hypothesis import given

from tests.support.machine.generated import pivots
from tests.support.machine.require import artefacts
from tests.support.pivots.prescription_strategies import DISPENSATIONS, PRESCRIPTIONS
from tests.support.pivots.rich_prescriptions import dispensation, item, pharmacist, prescription
from tests.support.pivots.summaries import professional
from transformers.cda.documents.dispensation import read_dispensation, write_dispensation
from transformers.cda.documents.prescription import instruction_text, read_prescription, write_prescription
from transformers.cda.types.narrative import label_of
from transformers.cda.words import words_for
from transformers.model.finding import Severity
from transformers.model.values import Coded, Quantity
from transformers.validation import check
from trust.xml import parse

PROJECTION = {
    "map_entry": "how a code was found is ours, not the document's",
    "provenance": "the document's custodian is what a reader knows of the source",
    "recorded_by": "as provenance",
    "dosage.text": "the whole instruction: dosage, as needed, to the patient, remaining repeats (PINSTRUCT)",
    "dosage.as_needed": "told in the instruction",
    "dosage.why_text_only": "a reader sees no times",
    "to_patient": "told in the instruction",
    "repeats": "told in the instruction",
    "valid_until": "told in the narrative; no template has a place",
    "amount": "the content of the one package stated",
    "product.level": "a document tells packages and brands, not how it was prescribed",
    "form_text": "told in the narrative",
    "prescriber": "the document's author",
    "unit": "UCUM, or the English name of the EDQM unit in braces",
    "narrative": "made anew",
    "others": "further codings of a source are told in the narrative",
}


def blanks(words):
    """As a reader reads a text: blanks put together, lines kept."""
    lines = (" ".join(line.split()) for line in re.split(r"\r\n|\r|\n", (words or "").replace("\u00a0", " ")))
    return "\n".join(line for line in lines if line)


def line(words):
    """A text of one line, as a name is."""
    return " ".join(blanks(words).split())


def codes(concept):
    """The European code that comes back, or the source's own."""
    if concept is None:
        return None
    target = concept.target
    return (target.code, target.system) if target is not None and target.display and target.display.strip() else None


def number(quantity):
    """Number and the unit's code, words of an annotation included."""
    if quantity is None:
        return None
    unit = quantity.unit
    if unit is None:
        return quantity.value, "1"
    if unit.target is None:
        return quantity.value, unit.text
    target = unit.target
    return quantity.value, target.code if target.system.endswith("6.8") else f"{{{target.display}}}"


def whole(ingredients):
    """All of them or none are structured."""
    numbers = [(codes(i.substance), number(i.numerator), number(i.denominator)) for i in ingredients]
    complete = all(_coded(i.numerator) and _coded(i.denominator) for i in ingredients)
    return numbers if complete else []


def _coded(quantity):
    return quantity is not None and (quantity.unit is None or quantity.unit.target is not None)


def product(of):
    """What of a product comes back."""
    return {
        "name": line(of.name),
        "atc": codes(of.atc),
        "form": codes(of.form),
        "strength": line(of.strength_text),
        "kinds": [codes(kind) for kind in of.kinds],
        "ingredients": whole(of.ingredients),
        "parts": [(product(part), number(part.part_quantity)) for part in of.parts],
    }


def layers(of):
    return [(number(e.quantity), codes(e.form), line(e.name), None if e.code is None else e.code.code) for e in of]


@pivots(120)
@given(PRESCRIPTIONS)
def test_prescription_comes_back_as_its_projection(pivot):
    back, report = read_prescription(write_prescription(pivot).content)
    assert [f for f in report.findings if f.severity is Severity.ERROR] == []
    assert [f for f in report.findings if f.code == "not-carried"] == []
    sent, got = pivot.item, back.item
    assert (back.id, back.parent, back.language) == (pivot.id, pivot.parent, pivot.language)
    assert back.created == pivot.created.replace(microsecond=0)
    assert (got.id, got.completed, got.repeats, got.valid_until) == (sent.id, sent.completed, None, None)
    assert product(got.product) == product(sent.product)
    assert blanks(got.dosage.text) == blanks(instruction_text(sent, words_for(pivot.language)))
    assert blanks(got.to_dispenser) == blanks(sent.to_dispenser)
    assert codes(got.dosage.route) == codes(sent.dosage.route)
    assert codes(got.reason) == codes(sent.reason)
    assert got.substitution == sent.substitution
    if sent.packages is not None and sent.product.level != "substance":
        expected = layers(sent.product.packages)
        assert layers(got.product.packages)[: len(expected) - 1] == expected[:-1]
        assert layers(got.product.packages)[-1][:3] == expected[-1][:3]
        assert number(got.packages) == number(sent.packages)
    else:
        assert [number(layer.quantity) for layer in got.product.packages] == [number(sent.amount)]
        assert number(got.packages) == number(Quantity(got.packages.value))


@pivots(80)
@given(DISPENSATIONS)
def test_dispensation_comes_back_as_its_projection(pivot):
    back, report = read_dispensation(write_dispensation(pivot).content)
    undated = ["time-missing"] if pivot.item.dispensed is None else []
    assert [f.code for f in report.findings if f.severity is Severity.ERROR] == undated
    assert [f for f in report.findings if f.code == "not-carried"] == []
    sent, got = pivot.item, back.item
    assert (back.id, back.prescription, back.parent) == (pivot.id, pivot.prescription, pivot.parent)
    assert (got.id, got.prescription_item, got.substituted) == (sent.id, sent.prescription_item, sent.substituted)
    assert number(got.quantity) == number(sent.quantity)
    assert product(got.product) == product(sent.product)
    assert product(got.prescribed_product) == product(sent.prescribed_product)
    assert line(got.product.lot) == line(sent.product.lot)
    assert (got.dispensed is None) == (sent.dispensed is None)


def test_structured_dosage_comes_back_whole():
    sent = item().dosage
    got = read_prescription(write_prescription(prescription()).content)[0].item.dosage
    assert number(got.dose) == (1, "{Tablet}")
    assert number(got.timings[0].period) == number(sent.timings[0].period)
    assert got.timings[0].institution_specified
    assert got.why_text_only is None


def test_a_document_read_and_written_again_tells_the_patient_the_same():
    once, _ = read_prescription(write_prescription(prescription()).content)
    twice, _ = read_prescription(write_prescription(replace(once, narrative=None)).content)
    assert twice.item.dosage == once.item.dosage
    assert twice.item.product == once.item.product


FOREIGN_PRESCRIPTIONS = (
    "ep/openncp-1-1234-W8.xml",
    "skeletons/ep_a.xml",
    "skeletons/ep_e_pack2.xml",
    "skeletons/ep_k5_bid_pivl.xml",
)
FOREIGN_DISPENSATIONS = ("ed/PlRequest1.xml", "ed/PlRequest2.xml", "skeletons/ed_a.xml")
OWN_FORM = {"DRUG", "SUBST", "PINSTRUCT", "FINSTRUCT", "57828-6", "60590-7", "57833-6", "60593-1", "NO"}


def said(content):
    """Every code, quantity and text of the clinical entry, wherever it stands."""
    root = parse(content)
    found = set()
    for element in root.iterfind(".//{urn:hl7-org:v3}entry//*"):
        if element.get("code") and element.get("code") not in OWN_FORM and element.get("codeSystem"):
            found.add((element.get("code"), element.get("codeSystem")))
        name = str(element.tag).rpartition("}")[2]
        if element.get("value") and name in {"quantity", "low", "high", "numerator", "denominator", "period"}:
            found.add((element.get("value"), element.get("unit") or "1"))
        if name in {"name", "desc", "originalText", "lotNumberText"} and (element.text or "").strip():
            found.add(" ".join(element.text.split()))
    return found


def everything(content):
    """All words of a document, codes and attributes included."""
    root = parse(content)
    words = [" ".join(" ".join(root.itertext()).split())]
    return " ".join(words + [value for element in root.iter("*") for value in element.attrib.values()])


@pytest.mark.parametrize("name", FOREIGN_PRESCRIPTIONS)
def test_foreign_prescription_written_again_keeps_every_code_quantity_and_text(name):
    content = (artefacts() / "cda-examples" / name).read_bytes()
    read, report = read_prescription(content)
    again = write_prescription(replace(read, legal_authenticator=professional())).content
    assert said(content) - said(again) == set()
    assert [f for f in report.findings if f.severity is not Severity.INFO] == []
    assert all(line in everything(again) for line in (read.narrative or "").split("\n"))


@pytest.mark.parametrize("name", FOREIGN_DISPENSATIONS)
def test_foreign_dispensation_written_again_keeps_every_code_quantity_and_text(name):
    content = (artefacts() / "cda-examples" / name).read_bytes()
    read, report = read_dispensation(content)
    again = write_dispensation(replace(read, legal_authenticator=pharmacist())).content
    assert said(content) - said(again) == set()
    assert {f.code for f in report.findings if f.severity is not Severity.INFO} <= {"reference-unrelated"}


@pytest.mark.parametrize("name", FOREIGN_DISPENSATIONS)
def test_a_foreign_dispensation_is_written_again_in_its_language(name):
    content = (artefacts() / "cda-examples" / name).read_bytes()
    read = replace(read_dispensation(content)[0], legal_authenticator=pharmacist())
    again = parse(write_dispensation(read).content)
    assert again.find("{*}languageCode").get("code") == read.language
    marked = None if read.language.startswith("nb") else "en"
    assert {again.find(f".//{{*}}section/{{*}}{e}").get("language") for e in ("title", "text//{*}thead")} == {marked}
    assert check(write_dispensation(read).content, artefacts(), layers=("xsd",)).report.findings == []


def test_what_is_lost_is_found_here():
    one, other = write_dispensation(dispensation()).content, write_prescription(prescription()).content
    assert said(one) - said(other) != set()
    assert is_dataclass(item()) and {f.name for f in fields(item())} > {"repeats", "amount"}
    assert label_of(Coded("x")) == "x"
