"""Country B: a document is about the patient who was identified, or nobody sees it (finding E2)."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace

import pytest

from gateway.exchange.country_b.patient import banner, check_patient, open_content, same_name
from gateway.messages import FoundPatient, PatientIdentifier
from gateway.peers.errors import PatientUnproven
from gateway.peers.ports import PatientDifference
from tests.support.documents.identified import identified
from tests.support.documents.integrity import edited, put, sound_summary
from transformers.words import LANGUAGES

SOUND = sound_summary()
PERSON = identified(SOUND)
NUMBER = PERSON.identifier
ID = "//h:recordTarget/h:patientRole/h:id"
PATIENT = "//h:recordTarget/h:patientRole/h:patient"
OTHER = PatientIdentifier(NUMBER.root, "02918530161")


def checked(content, person, roots):
    """What `check_patient` says of the bytes."""
    return check_patient(open_content(content), person, roots)


def doubled(element):
    element.addnext(deepcopy(element))


def removed(element):
    element.getparent().remove(element)


Change = Callable[..., None]
ANOTHERS: dict[str, tuple[str, Change, str]] = {
    "another number": (ID, put(extension="02918530161"), "recordTarget/id"),
    "the same number of another register": (ID, put(root="2.16.578.1.12.4.1.4.2"), "recordTarget/id"),
    "a register without a number": (ID, lambda e: e.attrib.pop("extension"), "recordTarget/id"),
    "a number with more behind it": (ID, put(extension=NUMBER.extension + " x"), "recordTarget/id"),
    "no number": (ID, removed, "recordTarget/id"),
    "born on another day": (f"{PATIENT}/h:birthTime", put(value="19110101"), "recordTarget/birthTime"),
    "born in another year": (f"{PATIENT}/h:birthTime", put(value="1911"), "recordTarget/birthTime"),
    "two patients": ("//h:recordTarget", doubled, "recordTarget"),
    "two roles of a patient": ("//h:recordTarget/h:patientRole", doubled, "recordTarget"),
    "two persons in one role": (PATIENT, doubled, "recordTarget"),
    "no patient": ("//h:recordTarget", removed, "recordTarget"),
}


@pytest.mark.parametrize("case", ANOTHERS)
def test_refuses_a_document_that_does_not_prove_to_be_the_patients(case: str):
    path, change, field = ANOTHERS[case]
    with pytest.raises(PatientUnproven) as refused:
        checked(edited(SOUND, path, change), PERSON, {})
    assert refused.value.field == field
    assert checked(SOUND, PERSON, {}) == ()


@pytest.mark.parametrize("content", [b"%PDF-1.4", b"<ClinicalDocument/>", b"<a/>", b"<a", b""])
def test_refuses_what_says_of_no_patient(content: bytes):
    with pytest.raises(PatientUnproven):
        checked(content, PERSON, {})


@pytest.mark.parametrize(
    ("stated", "known", "same"),
    [
        ("1974", "19740313", True), ("197403", "19740313", True), ("19740313", "1974", True),
        ("197403131200+0100", "19740313", True), ("197404", "19740313", False), ("1975", "19740313", False),
        ("19740313", "", True), ("19740314", "19740313", False),
    ],
)  # fmt: skip
def test_births_are_compared_as_far_as_both_are_known(stated: str, known: str, *, same: bool):
    document = edited(SOUND, f"{PATIENT}/h:birthTime", put(value=stated))
    person = replace(PERSON, birth_date=known)
    if same:
        assert checked(document, person, {}) == ()
    else:
        with pytest.raises(PatientUnproven):
            checked(document, person, {})


def test_a_document_without_a_birth_or_a_name_is_the_patients_by_her_number():
    unborn = edited(SOUND, f"{PATIENT}/h:birthTime", removed)
    assert checked(unborn, PERSON, {}) == ()
    (difference,) = checked(edited(unborn, f"{PATIENT}/h:name", removed), PERSON, {})
    assert (difference.what, difference.stated) == ("name", "")
    assert checked(SOUND, replace(PERSON, family="", given=()), {}) == ()


def test_any_identifier_of_the_match_proves_it_and_one_that_is_of_no_match_does_not():
    person = replace(PERSON, identifier=OTHER, further=(NUMBER,))
    assert checked(SOUND, person, {}) == ()
    with pytest.raises(PatientUnproven):
        checked(SOUND, replace(person, further=()), {})


def test_another_root_of_the_same_number_is_believed_by_the_countrys_row_alone():
    elsewhere = edited(SOUND, ID, put(root="1.2.3.4"))
    assert checked(elsewhere, PERSON, {"1.2.3.4": NUMBER.root}) == ()
    with pytest.raises(PatientUnproven):
        checked(elsewhere, PERSON, {"1.2.3.5": NUMBER.root})
    with pytest.raises(PatientUnproven):
        checked(edited(elsewhere, ID, put(extension="1")), PERSON, {"1.2.3.4": NUMBER.root})


def test_a_match_without_root_proves_nothing():
    person = replace(PERSON, identifier=PatientIdentifier("", NUMBER.extension))
    with pytest.raises(PatientUnproven):
        checked(SOUND, person, {})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kari Nordmann", "NORDMANN KARI"), ("Anne-Marie Dahl", "Annemarie Dahl"),
        ("Anne-Marie Dahl", "Anne Marie Dahl"),
        ("Bjørn Ærlig", "Bjoern Aerlig"), ("Bjørn Ås", "Bjorn As"), ("Åse Sæther", "Aase Saether"),
        ("Łukasz Żak", "Lukasz Zak"), ("Þór Guðmundsson", "Thor Gudmundsson"), ("Jürgen Groß", "Juergen Gross"),
        ("José Núñez", "Jose Nunez"),
        ("Sinéad O'Brien", "Sinead OBrien"), ("A\u030ase", "Åse"), ("Bjørn Øy", "Björn Öy"),
    ],
)  # fmt: skip
def test_names_are_the_same_without_case_accents_order_hyphen_and_transliteration(one: str, other: str):
    assert same_name(one, other)
    assert same_name(other, one)


@pytest.mark.parametrize("other", ["Kari Nordman", "Kari", "Kari Kari Nordmann", "Ola Nordmann", ""])
def test_other_names_are_other_names(other: str):
    assert not same_name("Kari Nordmann", other)


def test_a_name_or_sex_that_differs_is_shown_and_refuses_nothing():
    person = replace(PERSON, family="Annen", gender="M" if PERSON.gender == "F" else "F")
    differences = checked(SOUND, person, {})
    assert [one.what for one in differences] == ["name", "sex"]
    assert differences[0].identified.endswith("Annen")
    assert checked(SOUND, replace(PERSON, gender=None), {}) == ()


def test_a_second_name_of_the_patient_is_hers():
    def married(name):
        doubled(name)
        next(name.iterchildren("{*}family")).text = "Heretter"

    both = edited(SOUND, f"{PATIENT}/h:name", married)
    assert checked(both, PERSON, {}) == ()
    assert checked(both, replace(PERSON, family="Heretter"), {}) == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_banner_says_both_and_what_to_do(language):
    name = banner(PatientDifference("name", "Kari Annen", "Kari Nordmann"), language)
    assert "Kari Annen" in name
    assert "Kari Nordmann" in name
    sex = banner(PatientDifference("sex", "F", "M"), language)
    what_to_do = {"en": "identity document", "nb": "legitimasjon", "nn": "legitimasjonen"}[language]
    assert what_to_do in name
    assert what_to_do in sex
    assert "{" not in name + sex


def test_names_stand_in_no_text_of_a_refusal_and_no_representation():
    difference = PatientDifference("name", "Kari Annen", "Kari Nordmann")
    assert "Kari" not in repr(difference)
    with pytest.raises(PatientUnproven) as refused:
        checked(SOUND, FoundPatient(OTHER, "Annen", ("Kari",), None, ""), {})
    assert "029" not in repr(refused.value) + str(refused.value)
