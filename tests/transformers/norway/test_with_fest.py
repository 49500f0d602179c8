"""A prescription joined with FEST: what is added at each level, and what stays text when FEST is silent or differs."""

import re
from dataclasses import replace
from decimal import Decimal
from functools import cache
from io import BytesIO

import pytest

from gateway.configuration.shipped import shipped
from tests.support.authoring.fest import fest_id
from tests.support.norway.m1 import mini_fest
from tests.support.norway.source_messages import SYSTEMS
from tests.support.persons.prescriptions import sample_prescription
from transformers.model.finding import Finding
from transformers.model.summary import Ingredient, MedicinalProduct
from transformers.model.values import Coded, Coding, Quantity
from transformers.norway.fest import Fest
from transformers.norway.prescription import Dispensing, NorwegianPrescription
from transformers.norway.read_fest_m30 import read_fest
from transformers.norway.with_fest import sized_by_fest, with_fest

FORM = "2.16.578.1.12.4.1.1.7448"
ROUTE = "2.16.578.1.12.4.1.1.7477"


def joined(key: str, fest: Fest | None = None) -> tuple[NorwegianPrescription, list[Finding]]:
    found, report = with_fest(sample_prescription(key), fest or mini_fest())
    return found, report.findings


def product(key: str) -> MedicinalProduct:
    return joined(key)[0].item.product


def strengths(medicine: MedicinalProduct) -> list[tuple[str | None, str, str]]:
    def said(quantity: Quantity | None) -> str:
        if quantity is None:
            return "-"
        unit = quantity.unit.original.code if quantity.unit and quantity.unit.original else ""
        return f"{quantity.value} {unit}".strip()

    return [(one.substance.text, said(one.numerator), said(one.denominator)) for one in medicine.ingredients]


def codes(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(one.code, one.path) for one in findings]


@cache
def another_fest(old: str, new: str) -> Fest:
    data = (shipped("samples") / "fest" / "mini-fest.xml").read_text("utf-8")
    assert old in data
    return read_fest(BytesIO(data.replace(old, new).encode()), SYSTEMS)[0]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("daily", [("Cetirizindihydroklorid", "10 mg", "1")]),
        ("brand", [("Levotyroksinnatrium", "100 mikrog", "1")]),
        ("three-times", [("Amoksicillin", "500 mg", "1")]),
        ("single-dose", [("Paracetamol", "500 mg", "1")]),
        ("nested", [("Kloramfenikol", "5 mg", "1 ml")]),
        ("insulin", [("Insulin glargin", "100 E", "1 ml")]),
        ("inhaler", [("Salbutamol", "0.2 mg", "1 dose")]),
        ("patch", [("Rivastigmin", "4.6 mg", "24 timer")]),
        ("combination", [("Losartankalium", "50 mg", "1"), ("Hydroklortiazid", "12.5 mg", "1")]),
        ("combination-package", [("Amoksicillin", "500 mg", "1"), ("Klavulansyre", "125 mg", "1")]),
    ],
)
def test_strengths_are_ratios_at_every_level(key: str, expected: list[tuple[str, str, str]]):
    assert sample_prescription(key).item.product.ingredients == ()
    assert strengths(product(key)) == expected


def test_a_single_substance_has_the_products_code_and_its_english_name():
    (one,) = product("daily").ingredients
    assert one.substance.original is not None
    assert (one.substance.original.code, one.english) == ("R06AE07", "Cetirizine dihydrochloride")


def test_substances_of_a_combination_have_codes_of_their_own_or_none():
    first, second = product("combination").ingredients
    assert first.substance.original is not None
    assert second.substance.original is not None
    assert (first.substance.original.code, second.substance.original.code) == ("C09CA01", "C03AA03")
    _, without = product("combination-package").ingredients
    assert without == Ingredient(Coded(text="Klavulansyre"), without.numerator, without.denominator, "Clavulanic acid")


def test_a_bound_is_no_strength():
    found, findings = joined("bound-strength")
    assert strengths(found.item.product) == [("Melkesyrebakterier", "-", "-")]
    assert ("strength-not-exact", "item.product.ingredients") in codes(findings)


def test_a_substance_without_strength_is_named():
    assert strengths(product("vaccine")) == [("Influensavirus (inaktivert)", "-", "-")]


def test_the_route_is_fests_only_one():
    route = joined("daily")[0].item.dosage.route
    assert route is not None
    assert route.original == Coding("53", ROUTE, "Oral bruk", "Administrasjonsvei")
    several, findings = joined("vaccine")
    assert several.item.dosage.route is None
    assert ("route-ambiguous", "item.dosage.route") in codes(findings)


def test_a_route_the_prescription_states_is_kept_and_a_difference_told():
    stated = Coded("Rektal bruk", Coding("59", ROUTE))
    one = sample_prescription("daily")
    one = replace(one, item=replace(one.item, dosage=replace(one.item.dosage, route=stated)))
    found, report = with_fest(one, mini_fest())
    assert found.item.dosage.route == stated
    assert ("fest-differs", "item.dosage.route") in codes(report.findings)


def test_the_long_form_names_the_form_but_not_for_a_substance():
    assert (product("daily").form_text, product("daily").form and product("daily").form.text) == (
        "Tablett, filmdrasjert",
        "Tablett",
    )
    assert product("three-times").form_text == "Kapsel"


def test_form_173_of_both_is_no_form():
    assert product("form-not-stated").form is None
    assert product("form-not-stated").form_text is None


def test_the_long_name_of_a_form_that_has_no_code_is_not_taken():
    without = another_fest(f'<LegemiddelformKort V="173" S="{FORM}" DN="(ikke angitt)"/>', "")
    found = joined("form-not-stated", without)[0].item.product
    assert (found.form, found.form_text) == (None, None)


def test_containers_have_the_kind_of_the_innermost():
    inner, outer = product("nested").packages
    assert inner.form is not None
    assert inner.form.text == "Endosebeholder"
    assert (inner.quantity and inner.quantity.value, outer.quantity and outer.quantity.value) == (
        Decimal("0.5"),
        Decimal(10),
    )
    assert (outer.form, outer.name) == (None, "Kloramfenikol Øyedr 5 mg/ml")


def test_a_package_that_fest_describes_otherwise_stays_as_prescribed():
    fest = another_fest("<Pakningsstr>10x0,5</Pakningsstr>", "<Pakningsstr>20x0,5</Pakningsstr>")
    found, findings = joined("nested", fest)
    assert found.item.product.packages == sample_prescription("nested").item.product.packages
    assert ("fest-differs", "item.product.packages") in codes(findings)


def test_a_substance_has_no_package_and_no_holder():
    assert product("three-times").packages == ()
    assert product("three-times").manufacturer is None
    holder = product("daily").manufacturer
    assert holder is not None
    assert holder.name == "Prøvefarma AS"


def test_a_kit_has_its_products_as_parts():
    kit = product("kit")
    assert (kit.ingredients, kit.packages) == ((), ())
    tablet, cream = kit.parts
    assert (tablet.name, cream.name) == ("Klotrimazol Vagtab 500 mg", "Klotrimazol Krem 1 %")
    assert (strengths(tablet), strengths(cream)) == (
        [("Klotrimazol", "500 mg", "1")],
        [("Klotrimazol", "10 mg", "1 g")],
    )
    assert cream.packages[0].quantity is not None
    assert cream.packages[0].quantity.value == Decimal(20)


def test_the_unit_of_the_dose_gets_its_code():
    dose = joined("daily")[0].item.dosage.dose
    assert dose is not None
    assert dose.unit is not None
    assert dose.unit.original == Coding("13", "2.16.578.1.12.4.1.1.7480", "tablett", "Enhet for dosering")


def test_a_unit_fest_does_not_know_for_the_product_stays_text():
    one = sample_prescription("daily")
    dose = Quantity(Decimal(1), Coded("drypp"))
    one = replace(one, item=replace(one.item, dosage=replace(one.item.dosage, dose=dose)))
    found, report = with_fest(one, mini_fest())
    assert found.item.dosage.dose == dose
    assert ("dose-unit-uncoded", "item.dosage.dose") in codes(report.findings)


def test_what_fest_does_not_know_keeps_its_text():
    fest = another_fest("<Varenr>990060</Varenr>", "<Varenr>990061</Varenr>")
    found, findings = joined("daily", fest)
    assert found == sample_prescription("daily")
    assert codes(findings) == [("fest-silent", "item.product")]


@pytest.mark.parametrize("key", ["compounded", "goods"])
def test_what_fest_cannot_know_is_not_asked_for(key: str):
    found, findings = joined(key)
    assert (found, findings) == (sample_prescription(key), [])


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("Cetirizin Tab 10 mg", "Cetirizin Tab 20 mg", "item.product.name"),
        ('<Atc V="R06AE07"', '<Atc V="R06AE09"', "item.product.atc"),
        ('<LegemiddelformKort V="53"', '<LegemiddelformKort V="57"', "item.product.form"),
    ],
)
def test_where_fest_describes_something_else_the_text_stays(old: str, new: str, path: str):
    found, findings = joined("daily", another_fest(old, new))
    assert found.item == sample_prescription("daily").item
    assert ("fest-differs", path) in codes(findings)


def test_blanks_and_letter_case_of_a_name_are_no_difference():
    found, _ = joined("daily", another_fest("Cetirizin Tab 10 mg", "CETIRIZIN  tab 10 mg"))
    assert found.item.product.ingredients


def test_an_entry_at_another_level_is_something_else():
    wrong = replace(sample_prescription("three-times"), fest_id=fest_id("amoxicillin-brand"))
    found, report = with_fest(wrong, mini_fest())
    assert found.item == wrong.item
    assert ("fest-differs", "item.level") in codes(report.findings)


def test_the_group_of_fest_is_told_even_where_nothing_else_is_taken():
    fest = another_fest('<Reseptgruppe V="C" DN="Reseptgruppe C"/>', '<Reseptgruppe V="A" DN="Reseptgruppe A"/>')
    found, findings = joined("daily", fest)
    assert (found.reseptgruppe, found.fest_group) == ("C", "A")
    assert ("fest-differs", "item.reseptgruppe") in codes(findings)
    daily = joined("daily")[0]
    assert (daily.fest_group, daily.fest_atc) == ("C", "R06AE07")


def test_a_product_that_needs_an_exemption_by_fest_needs_one():
    fest = another_fest('<Preparattype V="7" DN="Legemiddel"/>', '<Preparattype V="11" DN="Krever godkj. Fritak"/>')
    assert joined("daily", fest)[0].approval_exemption
    assert not joined("daily")[0].approval_exemption


def test_a_withdrawn_product_is_described_and_told():
    found, findings = joined("withdrawn")
    assert strengths(found.item.product) == [("Ranitidin", "150 mg", "1")]
    assert codes(findings) == [("fest-withdrawn", "item.product")]


def test_a_reference_that_leads_nowhere_is_told_and_nothing_is_invented():
    strength = mini_fest().package("990060")
    assert strength is not None
    (brand,) = mini_fest().brands_of(strength)
    broken = brand.ingredients[0].strength or ""
    fest = another_fest(f"<Id>{broken}</Id>", "<Id>ID_ELSEWHERE</Id>")
    found, findings = joined("daily", fest)
    assert found.item.product.ingredients == ()
    assert ("strength-unknown", "item.product.ingredients") in codes(findings)


def test_the_text_of_the_prescription_is_never_changed():
    for key in ("daily", "brand", "three-times", "kit", "other-than-fest"):
        before, after = sample_prescription(key), joined(key)[0]
        assert after.item.product.name == before.item.product.name
        assert after.item.dosage.text == before.item.dosage.text


@cache
def fest_without_contents() -> Fest:
    data = (shipped("samples") / "fest" / "mini-fest.xml").read_text("utf-8")
    bare, removed = re.subn("<Pakningsinfo>.*?</Pakningsinfo>", "", data, flags=re.DOTALL)
    assert removed
    return read_fest(BytesIO(bare.encode()), SYSTEMS)[0]


def test_a_package_whose_contents_fest_does_not_state_keeps_the_prescriptions():
    prescribed = sample_prescription("nested").item.product.packages
    assert prescribed
    assert product("nested").packages != prescribed  # where FEST states them, they are its own
    assert joined("nested", fest_without_contents())[0].item.product.packages == prescribed


def test_a_report_that_does_not_say_what_a_package_holds_is_told_it_by_fest():
    made = Dispensing(packages=Decimal(2), item_number="990094")
    assert sized_by_fest(made, mini_fest()).holds == Quantity(Decimal(100), Coded("stk"))
    stated = replace(made, holds=Quantity(Decimal(30), Coded("stk")))
    assert sized_by_fest(stated, mini_fest()) == stated
    for number in (None, "999999", "990383"):
        unknown = replace(made, item_number=number)
        assert sized_by_fest(unknown, mini_fest()) == unknown
