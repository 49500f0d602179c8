"""Medicines: the source's text is authoritative, structure only where it says exactly that (E.3.4, E.3.32)."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.documents.elements import NS, Document
from tests.support.pivots.summaries import (
    ATC,
    EDQM,
    ICD10,
    UCUM,
    VOLVEN,
    mapped,
    medication,
    professional,
    rich_content,
    summary,
    text_medication,
    unmapped,
)
from transformers.model.people import Name
from transformers.model.summary import Dosage, Ingredient, Present
from transformers.model.values import Coding, Moment, Period, Quantity

XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


def written(statement):
    return Document(summary(rich_content(medications=Present((statement,)))))


def entry(statement):
    return written(statement).section("medications").find("h:entry/h:substanceAdministration", NS)


def with_dosage(**changes):
    return medication(dosage=replace(medication().dosage, **changes))


def with_product(**changes):
    return medication(product=replace(medication().product, **changes))


@pytest.mark.parametrize(("ordered", "mood"), [(True, "INT"), (False, "EVN")])
def test_ordered_is_told_from_taken(ordered, mood):
    assert entry(medication(ordered=ordered)).get("moodCode") == mood


@pytest.mark.parametrize(
    ("end", "status"), [(None, "active"), ("2026-05-04", "active"), ("2026", "active"), ("2026-05-01", "completed")]
)
def test_use_is_completed_only_when_it_certainly_ended_before_the_document(end, status):
    used = Period(Moment("2025-01-01"), None if end is None else Moment(end))
    assert entry(medication(used=used)).find("h:statusCode", NS).get("code") == status


def test_has_exactly_two_effective_times_of_which_the_second_is_the_frequency():
    times = entry(medication()).findall("h:effectiveTime", NS)
    assert [t.get(XSI_TYPE) for t in times] == ["IVL_TS", "PIVL_TS"]
    assert dict(times[1].find("h:period", NS).attrib) == {"value": "8", "unit": "h"}


@pytest.mark.parametrize("used", [Period(Moment("2025-01-01")), Period(None, Moment("2027-01-01"))])
def test_unknown_frequency_beside_a_period_is_a_period_of_unknown_length(used):
    times = entry(replace(text_medication(), used=used)).findall("h:effectiveTime", NS)
    assert [time.get("nullFlavor") for time in times] == [None, None]
    assert times[1].find("h:period", NS).get("nullFlavor") == "UNK"


def test_unknown_frequency_in_an_unknown_period_is_null_twice():
    times = entry(replace(text_medication(), used=Period())).findall("h:effectiveTime", NS)
    assert [dict(time.attrib) for time in times] == [{XSI_TYPE: "IVL_TS", "nullFlavor": "UNK"}, {"nullFlavor": "UNK"}]
    assert [len(time) for time in times] == [0, 0]


def test_text_only_dosage_gives_no_structured_dose():
    said = with_dosage(why_text_only="several-doses")
    assert entry(said).find("h:doseQuantity", NS) is None
    assert "Dose: 1 tablett" in written(said).said("medications")


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        (None, {"value": "2.50", "unit": "1"}),
        (mapped("mg", UCUM, "milligram"), {"value": "2.50", "unit": "mg"}),
        (mapped("15054000", EDQM, "Tablet"), {"value": "2.50", "unit": "{Tablet}"}),
    ],
)
def test_dose_is_a_range_of_one_value_with_a_european_unit(unit, expected):
    dose = entry(with_dosage(dose=Quantity(Decimal("2.50"), unit))).find("h:doseQuantity", NS)
    assert [dict(edge.attrib) for edge in dose] == [expected, expected]


def test_dose_is_written_without_exponent():
    dose = entry(with_dosage(dose=Quantity(Decimal("1E+3")))).find("h:doseQuantity/h:low", NS)
    assert dose.get("value") == "1000"


@pytest.mark.parametrize(
    "unit",
    [
        unmapped("hgl", "81", "7480"),
        mapped("15054000", EDQM, "Tab{let}"),
        mapped("15054000", EDQM, " "),
        mapped("X", "1.2.3", "Box"),
    ],
)
def test_dose_in_a_unit_europe_does_not_know_is_in_the_narrative_alone(unit):
    said = with_dosage(dose=Quantity(Decimal("1"), unit))
    assert entry(said).find("h:doseQuantity", NS) is None
    assert "unit-not-expressible" in written(said).codes()


@pytest.mark.parametrize(
    ("period", "kept"),
    [
        (Quantity(Decimal("0.3333"), mapped("d", UCUM, "day")), True),
        (Quantity(Decimal("0.33333"), mapped("d", UCUM, "day")), False),
        (Quantity(Decimal("8"), mapped("mg", UCUM, "milligram")), False),
        (Quantity(Decimal("8")), False),
    ],
)
def test_interval_is_a_ucum_time_of_at_most_four_decimals(period, kept):
    said = with_dosage(period=period)
    assert (entry(said).find("h:effectiveTime/h:period", NS).get("value") is not None) is kept
    assert ("timing-not-expressible" in written(said).codes()) is not kept


def test_dosage_text_is_the_patients_instruction():
    document = written(text_medication())
    reference = document.one("//h:act[h:code/@code='PINSTRUCT']/h:text/h:reference").get("value")
    assert document.anchored(reference) == "1 tablett ved behov, maks 3 daglig. Tas med mat."


def test_no_dosage_text_gives_no_instruction():
    assert written(medication(dosage=Dosage(None))).all("//h:act[h:code/@code='PINSTRUCT']") == []


def test_route_form_and_atc_are_coded_when_mapped():
    found = entry(medication())
    assert found.find("h:routeCode", NS).get("code") == "20053000"
    assert found.find(".//pharm:formCode", NS).get("code") == "10219000"
    assert found.find(".//pharm:generalizedMaterialKind/pharm:code", NS).get("codeSystem") == ATC


def test_unmapped_form_keeps_its_words():
    document = written(text_medication())
    form = document.one("//pharm:formCode")
    assert form.get("nullFlavor") == "OTH"
    assert document.anchored(form.find("h:originalText/h:reference", NS).get("value")) == "Tablett, drasjert, lokal"


def test_form_as_text_is_printed_as_its_words_without_a_code():
    said = with_product(form=None, form_text="Tablett, filmdrasjert")
    form = entry(said).find(".//pharm:formCode", NS)
    assert (form.get("nullFlavor"), form.get("code")) == ("OTH", None)
    document = written(said)
    assert document.anchored(form.find("h:originalText/h:reference", NS).get("value")) == "Tablett, filmdrasjert"
    assert "Legemiddelform: Tablett, filmdrasjert" in document.said("medications")


def test_strength_text_is_free_text():
    assert entry(medication()).findtext(".//pharm:desc", namespaces=NS) == "500 mg"
    assert entry(with_product(strength_text=None)).find(".//pharm:desc", NS) is None


def test_name_is_never_taken_apart():
    assert entry(medication()).findtext(".//h:manufacturedMaterial/h:name", namespaces=NS) == "Paracet tab 500 mg"


def test_brand_code_is_the_materials_code():
    assert entry(medication()).find(".//h:manufacturedMaterial/h:code", NS).get("code") == "ID-1234"


def test_package_code_is_never_the_materials_code():
    document = written(text_medication())
    assert document.all("//h:manufacturedMaterial/h:code[@code='012345']") == []
    assert "(012345, Varenummer)" in document.said("medications")


def test_product_code_that_cda_cannot_hold_is_in_the_narrative():
    said = with_product(codes=(Coding("1 2", f"{VOLVEN}.7507", "Lokal vare"),))
    assert entry(said).find(".//h:manufacturedMaterial/h:code", NS) is None
    assert "Lokal vare" in written(said).said("medications")
    assert "coding-not-expressible" in written(said).codes()


def test_ingredient_is_structured_with_a_whole_strength():
    ingredient = entry(medication()).find(".//pharm:ingredient", NS)
    assert dict(ingredient.find("pharm:quantity/h:numerator", NS).attrib) == {
        XSI_TYPE: "PQ",
        "value": "500",
        "unit": "mg",
    }
    assert ingredient.find("pharm:quantity/h:denominator", NS).get("unit") == "1"


@pytest.mark.parametrize(
    "strength",
    [
        {"numerator": None},
        {"denominator": None},
        {"numerator": Quantity(Decimal("5"), unmapped("SQ-E", "1", "7452"))},
    ],
)
def test_half_a_strength_is_no_ingredient(strength):
    whole = medication().product.ingredients[0]
    said = with_product(ingredients=(replace(whole, **strength),))
    assert entry(said).find(".//pharm:ingredient", NS) is None
    assert "Virkestoff: Paracetamol" in written(said).said("medications")
    assert "strength-not-expressible" in written(said).codes()


def test_ingredient_without_european_code_keeps_strength_and_words():
    whole = medication().product.ingredients[0]
    said = with_product(ingredients=(Ingredient(unmapped("Urte", "U1", "7180"), whole.numerator, whole.denominator),))
    assert entry(said).find(".//pharm:ingredientSubstance/pharm:code", NS).get("nullFlavor") == "OTH"


def test_prescriber_with_a_mapped_role_is_the_entrys_author():
    author = entry(medication()).find("h:author", NS)
    assert author.find("h:functionCode", NS).get("code") == "2211"
    assert author.find("h:time", NS).get("value") == "20250101120000+0100"
    assert author.findtext(".//h:assignedPerson/h:name/h:family", namespaces=NS) == "Solberg"


@pytest.mark.parametrize(
    ("recorded", "value", "null"),
    [(None, None, "UNK"), ("2025-01", None, "UNK"), ("2025-01-02", "20250102", None)],
)
def test_authors_time_is_at_least_a_day_or_unknown(recorded, value, null):
    moment = None if recorded is None else Moment(recorded)
    said = medication(provenance=replace(medication().provenance, recorded=moment))
    time = entry(said).find("h:author/h:time", NS)
    assert (time.get("value"), time.get("nullFlavor")) == (value, null)


def test_prescriber_without_european_role_is_named_in_the_narrative_alone():
    document = written(text_medication())
    assert document.section("medications").find(".//h:author", NS) is None
    assert "Rekvirent: Kari Solberg, Lege [LE, Volven 9060], Fjordgløtt legesenter" in document.said("medications")
    assert "medications[0].prescriber.role" in [f.path for f in document.report.findings]


def test_prescriber_without_a_name_is_not_invented():
    said = medication(prescriber=replace(professional(), name=None, organisation=None, identifiers=()))
    author = entry(said).find("h:author/h:assignedAuthor", NS)
    assert [n.get("nullFlavor") for n in author.find("h:assignedPerson/h:name", NS)] == ["NI", "NI"]
    assert author.find("h:id", NS).get("nullFlavor") == "NA"
    partly = medication(prescriber=replace(professional(), name=Name((), "Solberg")))
    assert entry(partly).find("h:author//h:given", NS).get("nullFlavor") == "NI"


def test_reason_is_a_typed_value_with_its_words():
    value = entry(medication()).find("h:entryRelationship[@typeCode='RSON']/h:observation/h:value", NS)
    assert (value.get(XSI_TYPE), value.get("codeSystem")) == ("CE", ICD10)


def test_prescription_is_named_in_the_narrative():
    assert f"Resept: {medication().prescription_id}" in written(medication()).said("medications")
