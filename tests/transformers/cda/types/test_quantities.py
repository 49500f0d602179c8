"""A quantity whose value stands in its translation is that quantity, wherever a PQ stands, in pivot and page."""

from decimal import Decimal

import pytest

from tests.support.documents.elements import NS
from tests.support.documents.foreign import LOINC, codes, document, medicine, observation, read, section
from tests.support.documents.medicines import PRESCRIBED, dosage_in_summary
from tests.support.documents.pages import show
from transformers.cda.documents.prescription import read_prescription
from transformers.model.finding import Severity
from transformers.model.summary import Present
from transformers.model.values import Coded, Coding, Quantity
from trust.xml import parse, serialise

POTASSIUM = f'<code code="2823-3" {LOINC} displayName="Potassium"/>'
IN_WORDS = (
    '<{} nullFlavor="OTH"><translation value="81" nullFlavor="OTH"><originalText>spots</originalText>'
    "</translation></{}>"
)
SPOTS = Quantity(Decimal(81), Coded("spots"))


def in_words(tag: str) -> str:
    name = tag.partition(" ")[0]
    return IN_WORDS.format(tag, name)


def result(value: str, more: str = "") -> bytes:
    return document(section("results", observation(POTASSIUM, value, more)))


def test_a_result_in_a_unit_of_words_is_its_number_and_its_words():
    made = read(section("results", observation(POTASSIUM, in_words('value xsi:type="PQ"'))))
    assert isinstance(made.summary.content.results, Present)
    (group,) = made.summary.content.results.entries
    assert group.observations[0].value == SPOTS
    assert "not-carried" not in codes(made)
    assert b"81 spots" in show(result(in_words('value xsi:type="PQ"'))).html


def test_a_translation_in_a_coded_unit_keeps_its_code():
    value = (
        '<value xsi:type="PQ" nullFlavor="OTH"><translation value="2" code="15002000"'
        ' codeSystem="0.4.0.127.0.16.1.1.2.1" displayName="Drop"/></value>'
    )
    made = read(section("results", observation(POTASSIUM, value)))
    assert isinstance(made.summary.content.results, Present)
    read_value = made.summary.content.results.entries[0].observations[0].value
    assert isinstance(read_value, Quantity)
    assert read_value.value == 2
    assert read_value.unit is not None
    assert read_value.unit.original == Coding("15002000", "0.4.0.127.0.16.1.1.2.1", "Drop", "EDQM")
    assert b"2 Drop" in show(result(value)).html


@pytest.mark.parametrize("number", ["8１", "1,5", "81 "[:1] + "\u00a01"])
def test_a_translation_that_is_no_number_is_no_quantity(number: str):
    value = in_words('value xsi:type="PQ"').replace('"81"', f'"{number}"')
    made = read(section("results", observation(POTASSIUM, value)))
    assert isinstance(made.summary.content.results, Present)
    assert made.summary.content.results.entries[0].observations[0].value is None
    assert "number-unreadable" in codes(made)


def test_a_dose_in_a_unit_of_words_is_its_number_and_its_words():
    alone, _ = dosage_in_summary(in_words("doseQuantity"))
    assert (alone.dose, alone.why_text_only) == (SPOTS, None)
    ends = in_words("low") + in_words("high").replace('"81"', '"82"')
    ranged, _ = dosage_in_summary(f"<doseQuantity>{ends}</doseQuantity>")
    assert (ranged.dose, ranged.dose_high) == (SPOTS, Quantity(Decimal(82), Coded("spots")))


def test_a_bound_in_a_unit_of_words_is_no_dose_either():
    dosage, _ = dosage_in_summary(f"<doseQuantity>{in_words('low')}</doseQuantity>")
    assert (dosage.dose, dosage.why_text_only) == (None, "dose-bound")


@pytest.mark.parametrize("half", ["numerator", "denominator"])
def test_half_a_strength_in_a_unit_of_words_is_read(half: str):
    halves = {"numerator": '<numerator xsi:type="PQ" value="5" unit="mg"/>', "denominator": "<denominator value='1'/>"}
    halves[half] = in_words(f'{half} xsi:type="PQ"')
    ingredient = (
        f'<pharm:ingredient classCode="ACTI"><pharm:quantity>{halves["numerator"]}{halves["denominator"]}'
        "</pharm:quantity><pharm:ingredientSubstance><pharm:code code='N02BE01' codeSystem='2.16.840.1.113883.6.73'"
        " displayName='paracetamol'/></pharm:ingredientSubstance></pharm:ingredient>"
    )
    made = read(section("medications", medicine(f"<name>Paracet</name>{ingredient}")))
    assert isinstance(made.summary.content.medications, Present)
    (one,) = made.summary.content.medications.entries[0].product.ingredients
    assert getattr(one, half) == SPOTS


def test_what_a_package_holds_in_a_unit_of_words_is_read():
    root = parse(PRESCRIBED)
    (held, *_) = root.xpath("//pharm:asContent/pharm:quantity", namespaces=NS)
    for name in ("value", "unit"):
        del held.attrib[name]
    held.set("nullFlavor", "OTH")
    for child in list(held):
        held.remove(child)
    told = parse(b'<x xmlns="urn:hl7-org:v3">' + in_words("quantity").encode() + b"</x>")[0][0]
    held.append(told)
    item, report = read_prescription(serialise(root))
    assert SPOTS in [layer.quantity for layer in item.item.product.packages]
    assert b"81 spots" in show(serialise(root)).html
    assert "unit-missing" not in {f.code for f in report.findings}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ('<value xsi:type="IVL_PQ"><high value="5" unit="mg/L"/></value>', "≤ 5 mg/L"),
        ('<value xsi:type="IVL_PQ"><high value="5" unit="mg/L" inclusive="false"/></value>', "< 5 mg/L"),
        ('<value xsi:type="IVL_PQ"><low value="2" unit="g" inclusive="false"/></value>', "> 2 g"),
        ('<value xsi:type="IVL_PQ"><low value="5" unit="g"/><high value="6" unit="g"/></value>', "5 – 6 g"),
        ('<value xsi:type="IVL_PQ"><low value="5"/><high value="6" inclusive="false"/></value>', "≥ 5, < 6"),
        ('<value xsi:type="IVL_PQ"><low value="5"/><high value="6,5"/></value>', None),
        ('<value xsi:type="RTO"><numerator value="1"/><denominator value="128"/></value>', "1 : 128"),
        ('<value xsi:type="RTO_PQ_PQ"><numerator value="1" unit="mg"/><denominator value="24" unit="h"/></value>',
         "1 mg : 24 h"),
        ('<value xsi:type="RTO"><numerator value="1"/></value>', None),
        ('<value xsi:type="SC">weakly positive</value>', "weakly positive"),
    ],
)  # fmt: skip
def test_a_result_that_is_no_single_number_is_kept_in_words_or_named(value: str, words: str | None):
    made = read(section("results", observation(POTASSIUM, value)))
    assert isinstance(made.summary.content.results, Present)
    assert made.summary.content.results.entries[0].observations[0].value == words
    assert ("not-carried" in codes(made)) == (words is None)


def test_a_bound_that_is_no_part_of_its_range_is_less_than():
    ranged = bounded('value="2"', 'value="4" inclusive="false"')
    made = read(section("results", observation(POTASSIUM, "", ranged)))
    assert isinstance(made.summary.content.results, Present)
    assert made.summary.content.results.entries[0].observations[0].reference_range == "≥ 2, < 4"


def bounded(low: str, high: str) -> str:
    return (
        '<referenceRange><observationRange><value xsi:type="IVL_PQ">'
        f"<low {low}/><high {high}/></value></observationRange></referenceRange>"
    )


@pytest.mark.parametrize(
    ("low", "high", "words", "reversed_"),
    [
        ('value="1000" unit="U/L"', 'value="100.000" unit="U/L"', "1000 – 100.000 U/L", True),
        ('value="1000" unit="U/L"', 'value="100000" unit="U/L"', "1000 – 100000 U/L", False),
        ('value="5"', 'value="4" unit="U/L"', "5 – 4 U/L", False),
        ('value="900" unit="mg"', 'value="2" unit="g"', "900 mg – 2 g", False),
    ],
)
def test_a_range_upside_down_is_an_error_and_stays_in_words(low: str, high: str, words: str, reversed_: bool):
    value = '<value xsi:type="PQ" value="4" unit="U/L"/>'
    made = read(section("results", observation(POTASSIUM, value, bounded(low, high))))
    assert isinstance(made.summary.content.results, Present)
    assert made.summary.content.results.entries[0].observations[0].reference_range == words
    found = [f.severity for f in made.report.findings if f.code == "range-reversed"]
    assert found == ([Severity.ERROR] if reversed_ else [])
