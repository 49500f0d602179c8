"""One product in summaries, prescriptions and dispensations: what acts, which codes it has, what its packages hold."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.support.documents.medicines import (
    DISPENSED,
    PRESCRIBED,
    edited,
    item,
    product_in_dispensation,
    product_in_prescription,
    product_in_summary,
)
from transformers.cda.documents.dispensation import read_dispensation
from transformers.cda.medicine.product import PRESCRIBED as WHOLE
from transformers.cda.medicine.product import SUMMARY, print_product
from transformers.cda.types.composer import CdaComposer
from transformers.cda.words import words_for
from transformers.model.finding import Finding, Report, Severity
from transformers.model.people import Organisation
from transformers.model.summary import Ingredient, MedicinalProduct, PackageLayer
from transformers.model.values import Coded, Coding, Identifier, Moment, Quantity

READERS: dict[str, Callable[[str], tuple[MedicinalProduct, list[Finding]]]] = {
    "summary": product_in_summary,
    "prescription": product_in_prescription,
    "dispensation": product_in_dispensation,
}
ATC = "2.16.840.1.113883.6.73"
NAME = "<name>Paracet tab 500 mg</name>"


def ingredient(role: str, code: str = "N02BE01", value: str = "500", name: str = "paracetamol") -> str:
    return (
        f'<pharm:ingredient classCode="{role}"><pharm:quantity><numerator xsi:type="PQ" value="{value}" unit="mg"/>'
        '<denominator xsi:type="PQ" value="1" unit="1"/></pharm:quantity><pharm:ingredientSubstance classCode="MMAT" '
        f'determinerCode="KIND"><pharm:code code="{code}" codeSystem="{ATC}" displayName="{name}"/>'
        "</pharm:ingredientSubstance></pharm:ingredient>"
    )


def content(value: str) -> str:
    return (
        f'<pharm:asContent classCode="CONT"><pharm:quantity value="{value}" unit="mL"/><pharm:containerPackagedProduct '
        'classCode="CONT" determinerCode="KIND"><pharm:formCode nullFlavor="UNK"/></pharm:containerPackagedProduct>'
        "</pharm:asContent>"
    )


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("role", ["ACTI", "ACTIB", "ACTIM", "ACTIR"])
def test_an_active_ingredient_is_one_by_whichever_basis_of_strength(role: str, reader: str):
    product, findings = READERS[reader](NAME + ingredient(role))
    assert [i.substance.target.code for i in product.ingredients if i.substance.target] == ["N02BE01"]
    assert "ingredient-inactive" not in {f.code for f in findings}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("role", ["IACT", "ADTV", "COLR", "FLVR", "PRSV", "STBL", "INGR", "BASE"])
def test_an_excipient_is_no_active_ingredient_and_is_named(role: str, reader: str):
    product, findings = READERS[reader](NAME + ingredient("ACTI") + ingredient(role, "X1", "60", "laktose"))
    assert [i.substance.target.code for i in product.ingredients if i.substance.target] == ["N02BE01"]
    assert [f.original for f in findings if f.code == "ingredient-inactive"] == ["laktose"]


@pytest.mark.parametrize("reader", READERS)
def test_an_empty_translation_of_the_products_code_leaves_the_atc_code_in_the_other(reader: str):
    code = (
        f'<code nullFlavor="OTH"><translation/><translation code="N02BE01" codeSystem="{ATC}" '
        'displayName="paracetamol"/></code>'
    )
    product, findings = READERS[reader](code + NAME)
    assert product.atc is not None
    assert (product.name, product.atc.original and product.atc.original.code) == ("Paracet tab 500 mg", "N02BE01")
    assert "translation-empty" in {f.code for f in findings}


@pytest.mark.parametrize("reader", READERS)
def test_an_atc_code_beside_a_national_code_is_told_apart_from_it(reader: str):
    code = (
        '<code nullFlavor="OTH"><translation code="123" codeSystem="1.2.3" displayName="Paracet"/>'
        f'<translation code="N02BE01" codeSystem="{ATC}" displayName="paracetamol"/></code>'
    )
    product, _ = READERS[reader](code + NAME)
    assert [c.code for c in product.codes] == ["123"]
    assert product.atc is not None


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("value", ["-12", "0", "1e9", "1e999", ""])
def test_a_container_holds_no_amount_that_cannot_be(value: str, reader: str):
    product, findings = READERS[reader](NAME + content(value))
    assert [layer.quantity for layer in product.packages] == [None]
    assert {f.severity for f in findings if f.code in {"amount-impossible", "number-unreadable"}} == {Severity.ERROR}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("value", ["-5", "0", "1e999", ""])
def test_a_strength_that_cannot_be_is_none(value: str, reader: str):
    product, findings = READERS[reader](NAME + ingredient("ACTI", value=value))
    assert [i.numerator for i in product.ingredients] == [None]
    assert {f.severity for f in findings if f.code in {"amount-impossible", "number-unreadable"}} == {Severity.ERROR}


@pytest.mark.parametrize("reader", READERS)
def test_half_a_millilitre_and_half_a_milligram_can_be(reader: str):
    product, findings = READERS[reader](NAME + content("0.5") + ingredient("ACTI", value="0.5"))
    assert [str(layer.quantity.value) for layer in product.packages if layer.quantity] == ["0.5"]
    assert [str(i.numerator.value) for i in product.ingredients if i.numerator] == ["0.5"]
    assert [f for f in findings if f.severity is Severity.ERROR] == []


@pytest.mark.parametrize("value", ["-1", "0", "1.5", "99999999", "1e999", ""])
def test_packages_are_whole_and_above_zero_in_prescription_and_dispensation(value: str):
    prescribed, told = item(edited(PRESCRIBED, "//h:supply/h:quantity", attributes={"value": value}))
    dispensed, report = read_dispensation(edited(DISPENSED, "//h:supply/h:quantity", attributes={"value": value}))
    assert (prescribed.packages, prescribed.amount, dispensed.item.quantity) == (None, None, None)
    for findings in (told, report.findings):
        assert {f.code for f in findings if f.severity is Severity.ERROR} >= {"amount-missing"}


@pytest.mark.parametrize(("value", "grave"), [("-1", True), ("2.5", True), ("1e9", True), ("0", False), ("3", False)])
def test_a_number_of_repeats_that_cannot_be_is_an_error(value: str, grave: bool):
    repeats = f'<repeatNumber value="{value}"/>'
    _, findings = item(edited(PRESCRIBED, "//h:entryRelationship/h:supply", children=repeats))
    assert ("amount-impossible" in {f.code for f in findings}) is grave


MG = Coded(target=Coding("mg", "2.16.840.1.113883.6.8", "milligram"))


def composer() -> CdaComposer:
    made = Moment("2026-11-30T10:00:00+01:00")
    return CdaComposer(words_for("nb-NO"), Report(), Identifier("2.999.1", "1"), made, made)


def product(**changes: object) -> MedicinalProduct:
    layer = PackageLayer(Quantity(Decimal(20)), code=Coding("012345", "2.16.578.1.12.4.1.1.7000", "eske"))
    made: dict[str, object] = {"name": "Paracet tab 500 mg", "level": "brand", "packages": (layer,)}
    return MedicinalProduct(**{**made, **changes})  # type: ignore[arg-type] - tests name real fields


@pytest.mark.parametrize("form", [SUMMARY, WHOLE])
def test_of_two_ingredients_none_is_printed_alone(form):
    whole = Ingredient(Coded("a", target=Coding("A01", ATC, "a")), Quantity(Decimal(1), MG), Quantity(Decimal(1)))
    half = Ingredient(Coded("b", target=Coding("B01", ATC, "b")), Quantity(Decimal(1), MG))
    made = composer()
    both = print_product(product(ingredients=(whole, whole)), form, "a", "p", made)
    assert both.count("<pharm:ingredient ") == 2
    assert "<pharm:ingredient " not in print_product(product(ingredients=(whole, half)), form, "a", "p", made)
    assert "strength-not-expressible" in {f.code for f in made.report.findings}


@pytest.mark.parametrize("form", [SUMMARY, WHOLE])
def test_form_in_words_and_maker_are_printed_as_far_as_they_are_known(form):
    maker = Organisation("Karo Pharma")
    printed = print_product(product(form_text="tablett", manufacturer=maker), form, "a", "p", composer())
    assert '<pharm:formCode nullFlavor="OTH"><originalText><reference value="#a-form"/>' in printed
    assert "<name>Karo Pharma</name></manufacturerOrganization>" in printed


def errors(findings: list[Finding]) -> set[str]:
    return {f.code for f in findings if f.severity is Severity.ERROR}


CODEINE = ingredient("ACTI", "N02AA59", "30", "codeine")
NAMELESS = f'<pharm:code code="N02AA59" codeSystem="{ATC}" displayName="codeine"/>'


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "second",
    [
        CODEINE.replace('classCode="ACTI"', 'classCode="ACTI" negationInd="true"'),
        CODEINE.replace(NAMELESS, '<pharm:code nullFlavor="UNK"/>'),
        CODEINE.replace('classCode="ACTI"', 'classCode="acti"'),
        CODEINE.replace('classCode="ACTI"', 'classCode="ACTIVE"'),
    ],
)
def test_an_active_ingredient_that_is_not_read_is_an_error_and_no_other_medicine(second: str, reader: str):
    assert second != CODEINE
    product, findings = READERS[reader](NAME + ingredient("ACTI") + second)
    assert [i.substance.target.code for i in product.ingredients if i.substance.target] == ["N02BE01"]
    assert "ingredient-unreadable" in errors(findings)
    both, without = READERS[reader](NAME + ingredient("ACTI") + CODEINE)
    assert (len(both.ingredients), errors(without)) == (2, set())


PART = (
    '<pharm:part classCode="PART"><pharm:quantity value="6" unit="1"/><pharm:partProduct classCode="MMAT" '
    'determinerCode="KIND"><pharm:name>Tablett</pharm:name></pharm:partProduct></pharm:part>'
)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "second",
    [
        PART.replace('classCode="PART"', 'classCode="PART" negationInd="true"'),
        PART.replace("<pharm:name>Tablett</pharm:name>", ""),
    ],
)
def test_a_part_of_a_kit_that_is_not_read_is_an_error_and_no_smaller_kit(second: str, reader: str):
    assert second != PART
    product, findings = READERS[reader](NAME + PART + second)
    assert (len(product.parts), errors(findings)) == (1, {"part-unreadable"})
    both, without = READERS[reader](NAME + PART + PART)
    assert (len(both.parts), errors(without)) == (2, set())


def beside(value: str) -> str:
    translation = f'<translation value="{value}" code="mL" codeSystem="2.16.840.1.113883.6.8"/>'
    return content("10").replace('value="10" unit="mL"/>', f'value="10" unit="mL">{translation}</pharm:quantity>')


@pytest.mark.parametrize("reader", READERS)
def test_two_numbers_in_one_unit_are_no_amount(reader: str):
    product, findings = READERS[reader](NAME + beside("20"))
    assert ([layer.quantity for layer in product.packages], errors(findings)) == ([None], {"amount-contradicted"})
    same, without = READERS[reader](NAME + beside("10.0"))
    assert ([str(layer.quantity.value) for layer in same.packages if layer.quantity], errors(without)) == (
        ["10"],
        set(),
    )


@pytest.mark.parametrize("unit", ["1", "{package}", "{Package}", "{pkg}"])
@pytest.mark.parametrize("value", ["-1", "0", "1.5", "99999999"])
def test_packages_are_whole_by_whichever_word_they_are_counted(value: str, unit: str):
    there = {"value": value, "unit": unit}
    prescribed, _ = item(edited(PRESCRIBED, "//h:supply/h:quantity", attributes=there))
    dispensed, _ = read_dispensation(edited(DISPENSED, "//h:supply/h:quantity", attributes=there))
    assert (prescribed.packages, prescribed.amount, dispensed.item.quantity) == (None, None, None)
    right = {"value": "2", "unit": unit}
    prescribed, _ = item(edited(PRESCRIBED, "//h:supply/h:quantity", attributes=right))
    dispensed, _ = read_dispensation(edited(DISPENSED, "//h:supply/h:quantity", attributes=right))
    assert prescribed.packages or prescribed.amount
    assert dispensed.item.quantity
