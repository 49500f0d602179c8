"""Only XML's four blanks are trimmed, and only ASCII digits are numbers: anything else is another value."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.norway.source_messages import (
    NOW,
    OUR_MESSAGE,
    PATIENT,
    SYSTEMS,
    m912,
    sok_response,
    vaccination,
)
from tests.transformers.norway.test_read_critical_information import allergy, read
from transformers.model.summary import NoInformation, Present
from transformers.model.values import Moment
from transformers.norway.dosage_text import normalised
from transformers.norway.errors import Malformed, NorwegianMessageError, NumberInvalid, WrongPatient
from transformers.norway.identifiers import read_person_number
from transformers.norway.moments import read_date, read_date_time, read_either, read_fhir
from transformers.norway.prescription_status import read_search_status, read_status
from transformers.norway.read_medicine_list_m912 import read_medicines_in_use
from transformers.norway.read_prescription_m1 import MedicineReading
from transformers.norway.read_vaccinations_sysvak import VaccinationSubject, read_vaccinations
from transformers.norway.xml_fields import decimal, plain

OTHERS = ["\u00a0", "\u2003", "\u0085", "\u2007", "\u202f", "\u3000", "\ufeff", "\u200b", "\u180e"]
ENDS = ["{0}{1}", "{1}{0}", "{0}{1}{0}"]
HERSELF = frozenset({PATIENT})


def medicines(number: str) -> Any:
    reading = MedicineReading(HERSELF, SYSTEMS, NOW, False, {})
    return read_medicines_in_use(m912(patient=number), reading, answers=OUR_MESSAGE)


def vaccinations(number: str) -> Any:
    return read_vaccinations(sok_response(vaccination(), patient=number), VaccinationSubject(HERSELF, None), SYSTEMS)


def allergies(number: str) -> Any:
    return read(allergy(patient={"identifier": {"value": number}}))


DOORS = {"M9.12": medicines, "SYSVAK": vaccinations, "kritisk informasjon": allergies}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("blank", OTHERS)
@pytest.mark.parametrize("door", DOORS)
def test_a_number_with_another_blank_is_another_persons(door: str, blank: str, end: str):
    with pytest.raises(WrongPatient):
        DOORS[door](end.format(blank, PATIENT))


@pytest.mark.parametrize("blank", [" ", "\t", "\n"])
@pytest.mark.parametrize("door", DOORS)
def test_the_blanks_of_xml_are_no_part_of_a_number(door: str, blank: str):
    assert DOORS[door](f"{blank}{PATIENT}{blank}")


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("blank", OTHERS)
def test_a_code_or_an_id_with_another_blank_is_another(blank: str, end: str):
    assert plain(end.format(blank, "E")) != "E"
    for reader in (read_status, read_search_status):
        with pytest.raises(Malformed):
            reader(end.format(blank, "1"))
    with pytest.raises(NumberInvalid):
        read_person_number(end.format(blank, PATIENT))


def test_what_is_nothing_but_blanks_is_nothing():
    assert [plain(text) for text in ("", " ", "\u00a0", "\u2003\t")] == [None] * 4


DIGITS = {"Arabic-Indic": "٠", "Devanagari": "०", "fullwidth": "０", "mathematical": "𝟎"}


def in_script(zero: str, text: str) -> list[str]:
    """The text with one of its digits after the other written in that script."""
    return [text[:at] + chr(ord(zero) + int(char)) + text[at + 1 :] for at, char in enumerate(text) if char.isdecimal()]


READERS = {
    "date": ("2024-05-22", lambda text: read_date(text, "x")),
    "dateTime": ("2024-05-22T10:20:30+02:00", lambda text: read_date_time(text, "x")),
    "either": ("2024-05-22", lambda text: read_either(text, "x")),
    "FHIR": ("2024-05-22T10:20:30+02:00", lambda text: read_fhir(text, "x")),
    "decimal": ("12,5", lambda text: decimal(text, "x")),
    "person number": (PATIENT, read_person_number),
}


@pytest.mark.parametrize("script", DIGITS)
@pytest.mark.parametrize("name", READERS)
def test_a_digit_of_another_script_is_none(name: str, script: str):
    valid, reader = READERS[name]
    assert reader(valid)
    for spoilt in in_script(DIGITS[script], valid):
        with pytest.raises(NorwegianMessageError):
            reader(spoilt)


@pytest.mark.parametrize("script", DIGITS)
def test_a_moment_of_the_pivot_has_ascii_digits(script: str):
    for spoilt in (*in_script(DIGITS[script], "2024-05-22"), "2024-05-22\n"):
        with pytest.raises(ValueError, match="moment"):
            Moment(spoilt)
    assert Moment.at(datetime(2024, 5, 22, tzinfo=UTC))


@pytest.mark.parametrize("script", DIGITS)
def test_a_dosage_of_other_digits_is_no_number(script: str):
    assert normalised("1,5 tablett") == "1.5 tablett"
    assert all(normalised(f"{spoilt} tablett") != "1.5 tablett" for spoilt in in_script(DIGITS[script], "1,5"))


def test_the_readers_answer_for_the_valid_twins():
    assert isinstance(vaccinations(PATIENT)[0], Present)
    assert isinstance(medicines(PATIENT)[0].medications, NoInformation)
