"""Country A, identify: who is found, who is answered as unknown, and which doors were opened on the way."""

from dataclasses import replace
from datetime import date

import pytest

from gateway.errors import (
    DemographicsDiffer,
    NationalServiceDown,
    PatientDeceased,
    PatientProtected,
    PatientReserved,
    PatientUnknown,
    SharingBlocked,
)
from gateway.exchange.country_a.identify import identify
from gateway.exchange.ports import Trail
from gateway.messages import DayRange, PatientIdentifier
from gateway.national.ports import AddressConfidentiality, PrivacyStatus, Sharing
from tests.support.callers.verified import OTHER, PATIENT
from tests.support.norway.in_memory import ASKED, Remembered, norway, person, request
from transformers.model.values import Identifier, Moment


def ask(remembered, asked=ASKED, **policy):
    trail = Trail()
    return identify(request(), asked, norway(remembered, **policy), trail), trail


def refused(remembered, reason, asked=ASKED, **policy):
    with pytest.raises(reason):
        ask(remembered, asked, **policy)
    return remembered.calls


def test_a_person_is_found_with_name_birth_date_gender_and_address():
    reply, trail = ask(Remembered())
    (found,) = reply.patients
    assert (found.identifier, found.family, found.given) == (PATIENT, "Prøve", ("Kari", "Anne"))
    assert (found.gender, found.birth_date) == ("F", "19740313")
    assert (found.street, found.postal_code, found.city, found.country) == ("Prøvegata 1", "0001", "Oslo", "NO")
    assert trail.origins == ["person-register", "privacy-services"]
    assert trail.patient == PATIENT


def test_a_discontinued_number_is_answered_with_the_current_one():
    current = replace(person().person, identifiers=(Identifier(OTHER.root, OTHER.extension),))
    reply, trail = ask(Remembered(register=person(person=current, historical=(PATIENT,))))
    assert reply.patients[0].identifier == OTHER
    assert trail.patient == OTHER


@pytest.mark.parametrize("hidden", [AddressConfidentiality.CONFIDENTIAL, AddressConfidentiality.CLIENT])
def test_a_confidential_address_does_not_leave(hidden):
    reply, _ = ask(Remembered(register=person(confidentiality=hidden)))
    found = reply.patients[0]
    assert (found.street, found.postal_code, found.city, found.country) == (None, None, None, None)
    assert found.family == "Prøve"


def test_an_unknown_person_is_asked_about_everywhere_by_the_number_asked_by():
    assert refused(Remembered(register=None), PatientUnknown) == ["person-register", "privacy-services"]


def test_kode_6_is_asked_about_everywhere():
    protected = person(confidentiality=AddressConfidentiality.STRICTLY_CONFIDENTIAL)
    assert refused(Remembered(register=protected), PatientProtected) == ["person-register", "privacy-services"]


@pytest.mark.parametrize(
    "register",
    [
        None,
        person(),
        person(deceased=True),
        person(confidentiality=AddressConfidentiality.STRICTLY_CONFIDENTIAL),
    ],
    ids=["unknown", "known", "deceased", "kode-6"],
)
def test_privacy_services_that_do_not_answer_refuse_everybody_alike(register):
    down = Remembered(register=register, privacy=NationalServiceDown("privacy-services"))
    assert refused(down, NationalServiceDown) == ["person-register", "privacy-services"]


def test_a_deceased_person_is_refused_unless_policy_answers():
    deceased = Remembered(register=person(deceased=True))
    assert refused(deceased, PatientDeceased) == ["person-register", "privacy-services"]
    reply, _ = ask(deceased, deceased_as_unknown=False)
    assert reply.patients


def test_a_reserved_person_is_refused_and_by_policy_told_so():
    reserved = Remembered(privacy=PrivacyStatus(Sharing.RESERVED))
    assert refused(reserved, PatientReserved) == ["person-register", "privacy-services"]
    refused(reserved, SharingBlocked, reserved_as_unknown=False)


def test_one_who_blocked_a_professional_is_still_identified():
    reply, _ = ask(Remembered(privacy=PrivacyStatus(Sharing.BLOCKED)))
    assert reply.patients


@pytest.mark.parametrize("differs", [{"birth_date": date(1974, 3, 14)}, {"gender": "M"}])
def test_demographics_that_contradict_the_register_refuse(differs):
    refused(Remembered(), DemographicsDiffer, replace(ASKED, **differs))


@pytest.mark.parametrize(
    "agrees", [{"birth_date": date(1974, 3, 13)}, {"gender": "F"}, {"gender": "UN"}, {"family": "Another"}]
)
def test_demographics_that_agree_or_say_nothing_do_not(agrees):
    reply, _ = ask(Remembered(), replace(ASKED, **agrees))
    assert reply.patients


def test_a_person_whose_gender_the_register_does_not_know_matches_any():
    unknown = person(person=replace(person().person, gender=None))
    reply, _ = ask(Remembered(register=unknown), replace(ASKED, gender="M"))
    assert reply.patients[0].gender is None


@pytest.mark.parametrize("door", ["register", "privacy"])
def test_a_service_that_is_down_refuses(door):
    refused(Remembered(**{door: NationalServiceDown(door)}), NationalServiceDown)


def test_the_trail_names_whom_it_is_about_even_when_unknown():
    trail = Trail()
    with pytest.raises(PatientUnknown):
        identify(request(), ASKED, norway(Remembered(register=None)), trail)
    assert trail.patient == PatientIdentifier(PATIENT.root, PATIENT.extension)


PRECISIONS = ["1974", "1974-03", "1974-03-13", "1974-03-13T10:00:00+01:00"]
ASKED_BIRTHS = {
    "day": ("19740313", "19750313"), "month": ("197403", "197503"), "year": ("1974", "1975"),
}  # fmt: skip


@pytest.mark.parametrize("known", PRECISIONS)
@pytest.mark.parametrize("precision", ASKED_BIRTHS)
def test_a_birth_date_is_compared_as_far_as_both_know(known, precision):
    register = person(person=replace(person().person, birth=Moment(known)))
    agrees, contradicts = (DayRange.of_hl7(text) for text in ASKED_BIRTHS[precision])
    reply, _ = ask(Remembered(register=register), replace(ASKED, birth_date=None, born=agrees))
    assert reply.patients
    refused(Remembered(register=register), DemographicsDiffer, replace(ASKED, birth_date=None, born=contradicts))


@pytest.mark.parametrize("known", PRECISIONS)
@pytest.mark.parametrize(
    ("first", "last", "agrees"),
    [
        (date(1973, 1, 1), date(1974, 12, 31), True),
        (None, date(1974, 12, 31), True),
        (date(1974, 1, 1), None, True),
        (None, None, True),
        (date(1975, 1, 1), None, False),
        (None, date(1973, 12, 31), False),
        (date(1974, 3, 14), date(1974, 12, 31), "1974 alone"),
    ],
)
def test_an_interval_is_compared_as_far_as_both_know(known, first, last, agrees):
    register = person(person=replace(person().person, birth=Moment(known)))
    asked = replace(ASKED, birth_date=None, born=DayRange(first, last))
    if agrees is True or (agrees == "1974 alone" and len(known) < len("1974-03-13")):
        assert ask(Remembered(register=register), asked)[0].patients
    else:
        refused(Remembered(register=register), DemographicsDiffer, asked)
