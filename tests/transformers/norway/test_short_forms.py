"""Texts too long for an M10: the short form says that it is one, and says nothing that the whole does not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.norway.eresept_messages import abroad, dispensing, foreign_dispensation, norwegian_medicine
from transformers.model.summary import Dosage
from transformers.norway.dispensing_report import Dispenser, DispensingReport
from transformers.norway.foreign_dispensing import report_of_dispensing_abroad
from transformers.norway.short_forms import LEFT_OUT, SHORTENED, SHORTEST, ShortField, with_short_forms

NAME = "Amoxicilina e ácido clavulânico Farmoz comprimidos revestidos por película 875 mg + 125 mg"


def named(name: str) -> DispensingReport:
    medicine = norwegian_medicine()
    return dispensing(medicine=replace(medicine, product=replace(medicine.product, name=name)))


def shortened(name: str, most: int) -> str:
    made = with_short_forms(named(name), {ShortField.NAME: most}).medicine
    assert made is not None
    return made.product.name


def test_a_name_keeps_its_first_whole_words_and_says_that_it_is_shortened():
    assert shortened(NAME, 60) == "Amoxicilina e ácido clavulânico Farmoz … (forkortet)"
    assert shortened(NAME, len(NAME)) == NAME


def test_a_short_form_has_no_number_for_half_a_strength_is_another():
    assert shortened(NAME, len(NAME) - 1).endswith("por película … (forkortet)")
    assert shortened("Insulin 100 enheter per milliliter i ferdigfylt penn", 44) == "Insulin … (forkortet)"
    assert shortened("5 tabletter i en eske av papp fra et annet land", 40) == LEFT_OUT


def test_half_a_dosage_is_never_told():
    report = dispensing(
        medicine=norwegian_medicine(dosage_text="1 tablett daglig, og aldri mer enn 3 i uken til sammen")
    )
    made = with_short_forms(report, {ShortField.DOSAGE: 45}).medicine
    assert made is not None
    assert made.dosage_text == LEFT_OUT
    assert with_short_forms(report, {ShortField.DOSAGE: 60}) == report


def test_a_pharmacy_keeps_its_country():
    report = dispensing(dispenser=Dispenser("8190099", "Farmácia Central de Nossa Senhora da Conceição do Porto (PT)"))
    made = with_short_forms(report, {ShortField.DISPENSER: 45})
    assert made.dispenser.name == "Farmácia Central de Nossa … (forkortet) (PT)"
    assert with_short_forms(report, {}) == report
    for most in range(SHORTEST, 70):
        assert len(with_short_forms(report, {ShortField.DISPENSER: most}).dispenser.name) <= most


def test_what_is_reported_abroad_is_shortened_as_agreed():
    dosage = Dosage("1 comprimido por dia, " * 5)
    product = replace(foreign_dispensation().item.product, name="Z" + "yrtec" * 20)
    about = abroad(longest={ShortField.NAME: 50, ShortField.DOSAGE: 50})
    made, _ = report_of_dispensing_abroad(foreign_dispensation(dosage=dosage, product=product), about)
    assert made.medicine is not None
    assert (made.medicine.product.name, made.medicine.dosage_text) == (LEFT_OUT, LEFT_OUT)


def test_refuses_a_length_that_has_no_room_to_say_so():
    with pytest.raises(ValueError, match="too short"):
        with_short_forms(dispensing(), {ShortField.NAME: SHORTEST - 1})
    assert with_short_forms(dispensing(), {ShortField.NAME: SHORTEST})


@given(st.text("ab1 ,.%æ", min_size=1, max_size=120), st.integers(SHORTEST, 120))
def test_a_short_form_fits_and_is_the_beginning_of_the_whole(name: str, most: int):
    found = shortened(name, most)
    assert len(found) <= most
    if found != name:
        assert found == LEFT_OUT or (found.endswith(SHORTENED) and name.startswith(found.removesuffix(SHORTENED)))
        assert not any(map(str.isdigit, found))
        assert len(name) > most
