"""Every ePrescription and eDispensation is valid: CDA_Pharma.xsd, the wave-8 Schematron, our own rules.

Random pivots, the same ones every time, and made ones: each posology, nested packages, substance level, a kit. Warnings
of the official rules are let pass only when `EXPLAINED` says why the document is right all the same.
"""

from dataclasses import replace

import pytest
from hypothesis import given

from tests.support.machine.generated import pivots
from tests.support.machine.require import artefacts
from tests.support.pivots.prescription_strategies import DISPENSATIONS, PRESCRIPTIONS
from tests.support.pivots.rich_prescriptions import (
    DAY,
    ML,
    TABLET,
    at_event,
    dispensation,
    dispensed,
    dosage,
    every,
    item,
    prescription,
    product,
    quantity,
    substance,
    system,
)
from tests.support.pivots.summaries import ATC, EDQM, UCUM, mapped
from transformers.cda.documents.dispensation import write_discard, write_dispensation
from transformers.cda.documents.prescription import write_prescription
from transformers.cda.rules.check import check_integrity
from transformers.model.finding import Finding, Severity
from transformers.model.summary import Ingredient, PackageLayer, Timing
from transformers.model.values import Coded, Coding, Moment, Period
from transformers.validation import check

EXPLAINED = {
    "dtr1-4-EN": "a name that begins with a quotation mark is printed as its source wrote it",
    "dtr1-2-TS.EPSOS.TZ": "the source knows the day of the prescription, not the second",
    "dtr1-5-IVL_TS.EPSOS.TZ.OPT": "the source knows the day of the dispensing to the year or month only",
}


def remarks(content: bytes) -> list[Finding]:
    """What the official rules and our own say, without notes on the machine and explained warnings."""
    checked = check(content, artefacts())
    assert checked.layers_run == ("xsd", "schematron", "own")
    return [f for f in checked.report.findings if f.severity is not Severity.INFO and not _explained(f)]


def _explained(finding: Finding) -> bool:
    return finding.severity is Severity.WARNING and finding.text.partition(":")[0] in EXPLAINED


HALF_HOUR = quantity("30", mapped("min", UCUM, "minute"))
POSOLOGIES = {
    "three times daily": dosage(timings=(every("8", institution_specified=True),)),
    "third of a day": dosage(timings=(every("0.3333", DAY),)),
    "one to two": dosage(dose_high=quantity("2", TABLET)),
    "morning and evening meal": dosage(timings=(at_event("ACM"), at_event("PCV", HALF_HOUR))),
    "once": dosage(timings=(Timing(at=Moment("2026-05-05T08:00:00+02:00")),)),
    "as needed": dosage(timings=(every("6"),), as_needed=True),
    "tapering": dosage(why_text_only="tapering", text="3 i dag, 2 i morgen, deretter 1 daglig"),
    "unknown frequency": dosage(timings=()),
    "without dose": dosage(dose=None),
    "twice a day at different times": dosage(timings=(every("24"), every("12"))),
}


@pytest.mark.parametrize("name", POSOLOGIES)
def test_every_posology_is_valid_without_a_warning(name):
    assert remarks(write_prescription(prescription(item(dosage=POSOLOGIES[name]))).content) == []


SYRINGE = PackageLayer(quantity("0.5", ML), mapped("30051000", EDQM, "Pre-filled syringe"))
OUTER = PackageLayer(quantity("5"), name="Ti")
CODEINE = Ingredient(mapped("N02AA59", ATC, "codeine, combinations"), quantity("30", TABLET), quantity("1"))
THERAPEUTIC = mapped("TE", "2.16.840.1.113883.5.1070", "therapeutic")
PRODUCTS = {
    "package": product(),
    "three containers": product(packages=(SYRINGE, PackageLayer(quantity("2")), OUTER)),
    "unknown package": product(packages=(PackageLayer(quantity("20")),), codes=()),
    "several ingredients": product(ingredients=(*product().ingredients, CODEINE)),
    "brand with codes": product(level="brand", codes=(Coding("A", "1.2.3", "En"), Coding("B", "1.2.4", "To"))),
    "no code mapped": product(atc=Coded("Noe"), form=Coded("Rar form")),
    "kit": product(parts=(product(part_quantity=quantity("2")), product(level="unknown", codes=(), packages=()))),
    "further classification": product(kinds=(Coded(target=Coding("PH1", "1.2.5", "PhPID")),)),
    "no strength": product(strength_text=None, ingredients=()),
    "content named in words": product(packages=(PackageLayer(quantity("21", Coded("tablet"))),), codes=()),
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_every_product_is_valid_in_both_documents(name):
    assert remarks(write_prescription(prescription(item(product=PRODUCTS[name]))).content) == []
    what = dispensed(product=PRODUCTS[name], prescribed_product=PRODUCTS[name])
    assert remarks(write_dispensation(dispensation(what)).content) == []


ITEMS = {
    "rich": item(),
    "substance": item(product=substance(), packages=None, amount=quantity("30", TABLET)),
    "amount instead of packages": item(packages=None, amount=quantity("100", ML)),
    "nothing optional": item(
        treatment=Period(),
        prescribed=None,
        valid_until=None,
        repeats=None,
        substitution=None,
        reason=None,
        to_patient=None,
        to_dispenser=None,
        prescriber=None,
    ),
    "completed": item(completed=True),
    "substitution code": item(substitution_code=THERAPEUTIC, substitution=None),
    "reason without code": item(reason=Coded("Vondt i kneet")),
}


@pytest.mark.parametrize("name", ITEMS)
def test_every_item_is_valid_without_a_warning(name):
    assert remarks(write_prescription(prescription(ITEMS[name])).content) == []


@pytest.mark.parametrize(
    "pivot",
    [
        dispensation(),
        dispensation(author=system()),
        dispensation(dispensed(substituted=False, dispensed=None, provenance=None)),
        dispensation(dispensed(dosage=dosage())),
    ],
)
def test_every_dispensation_is_valid_without_a_warning(pivot):
    assert remarks(write_dispensation(pivot).content) == []


def test_a_document_with_an_error_is_found_here():
    content = write_prescription(prescription()).content
    assert remarks(content.replace(b"<title>Prescriptions</title>", b"<title>Resepter</title>")) != []


def test_discard_breaks_the_official_rules_only_by_what_makes_it_one():
    discard, written = write_discard(dispensation()), write_dispensation(dispensation()).content
    found = check(discard.content, artefacts(), layers=("xsd", "own")).report.findings
    template = "/hl7:ClinicalDocument[1]/hl7:templateId[1]"
    assert [(f.code, f.path) for f in found] == [("document-kind-unknown", "/"), ("xsd", template), ("own", template)]
    restored = discard.content.replace(b".1.2-DISCARD", b".1.2").replace(b"DISCARD-60593-1", b"60593-1")
    display = b"Medication dispensed.extended Document"
    assert restored.replace(b"Discard Medication dispensed", display) == written


@pivots(160)
@given(PRESCRIPTIONS)
def test_any_prescription_is_valid(pivot):
    content = write_prescription(pivot).content
    assert remarks(content) == []
    assert check_integrity(content).findings == []
    assert write_prescription(replace(pivot)).content == content


@pivots(160)
@given(DISPENSATIONS)
def test_any_dispensation_is_valid(pivot):
    content = write_dispensation(pivot).content
    assert remarks(content) == []
    assert check_integrity(content).findings == []
