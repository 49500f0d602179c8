"""Persontjenesten: who she is now, which numbers were hers, and nothing about where under address protection."""

import json
from typing import Any

import pytest

from tests.support.norway.source_messages import FORMER, PATIENT, STRANGER
from transformers.model.people import Contact, Gender
from transformers.norway.errors import Malformed, WrongPatient
from transformers.norway.identifiers import DNR, FNR
from transformers.norway.read_person import RegisterEntry, read_person


def person(**parts: object) -> dict[str, Any]:
    """The register's answer; a part given as None is left out."""
    street = {
        "addressName": "Gråsteinsvegen", "addressNumber": {"houseNumber": "12", "houseLetter": "B"},
        "coAddressName": "c/o Nabo", "city": {"cityName": "OTTA", "postalCode": "2670"},
    }  # fmt: skip
    whole: dict[str, Any] = {
        "norwegianIdentificationNumber": [
            {"status": "Discontinued", "identificationNumber": FORMER, "identificationNumberType": "DNumber"},
            {"status": "InUse", "identificationNumber": PATIENT, "identificationNumberType": "NationalIdentityNumber"},
        ],
        "status": [{"isValid": True, "status": "Resident"}],
        "gender": [{"isValid": True, "gender": "Female"}],
        "birth": [{"isValid": True, "birthDate": "1974-07-13T00:00:00", "birthYear": "1974"}],
        "death": None,
        "name": [
            {"isValid": False, "givenName": "Gammel", "familyName": "Larve"},
            {"isValid": True, "givenName": "Máhtte Áilu", "middleName": "Čieŧŧa", "familyName": "Ŋuorjjot-Æsjåsen"},
        ],
        "addressProtection": [{"isValid": True, "protectionLevel": "Unclassified"}],
        "residentialAddress": [
            {"isValid": True, "addressConfidentiality": "Unclassified", "streetAddress": street},
        ],
        "commonContactRegisterInformation": {
            "contactInformation": {"email": "a@example.invalid", "phoneNumber": "+47 999 00 201"}, "language": "se",
        },
    }  # fmt: skip
    whole |= parts
    return {name: value for name, value in whole.items() if value is not None or name == "death"}


def read(source: dict[str, Any] | None = None, *, asked: str = PATIENT) -> RegisterEntry:
    return read_person(json.dumps(source or person()).encode(), asked=asked)[0]


def test_a_person_has_her_current_number_first_and_remembers_the_former():
    entry = read(asked=FORMER)
    assert [(i.root, i.extension) for i in entry.person.identifiers] == [(FNR, PATIENT)]
    assert [(i.root, i.extension) for i in entry.historical] == [(DNR, FORMER)]
    assert PATIENT not in repr(entry)


def test_a_middle_name_is_an_additional_given_name_and_former_names_are_history():
    name = read().person.name
    assert (name.given, name.family) == (("Máhtte Áilu", "Čieŧŧa"), "Ŋuorjjot-Æsjåsen")


def test_address_telecom_and_language_are_read():
    made = read().person
    assert made.address is not None
    assert made.address.lines == ("c/o Nabo", "Gråsteinsvegen 12B")
    assert (made.address.postal_code, made.address.city, made.address.country) == ("2670", "OTTA", "NO")
    assert [t.value for t in made.telecoms] == ["tel:+4799900201", "mailto:a@example.invalid"]
    assert made.languages == ("se-NO",)


@pytest.mark.parametrize("level", ["Confidential", "StrictlyConfidential"])
@pytest.mark.parametrize("where", ["addressProtection", "residentialAddress"])
def test_protection_stated_anywhere_hides_address_and_telecom(level: str, where: str):
    source = person()
    source[where][0]["protectionLevel" if where == "addressProtection" else "addressConfidentiality"] = level
    entry = read(source)
    assert (entry.confidentiality, entry.person.address, entry.person.telecoms) == (level, None, ())


def test_a_client_address_is_no_protection():
    source = person(addressProtection=[{"isValid": True, "protectionLevel": "ClientAddress"}])
    assert (read(source).confidentiality, read(source).person.address is not None) == ("ClientAddress", True)


def test_protection_that_is_over_protects_no_more():
    source = person()
    source["addressProtection"].append({"isValid": False, "protectionLevel": "StrictlyConfidential"})
    assert read(source).confidentiality == "Unclassified"


def test_protection_that_is_not_stated_is_refused():
    with pytest.raises(Malformed) as refused:
        read(person(addressProtection=None))
    assert refused.value.what == "addressProtection"


@pytest.mark.parametrize(
    ("part", "value", "deceased"),
    [
        ("death", {"isValid": True, "deceasedDate": "2025-10-17T00:00:00"}, True),
        ("status", [{"isValid": True, "status": "Deceased"}], True),
        ("status", [{"isValid": True, "status": "Emigrated"}], False),
    ],
)
def test_the_register_says_who_is_dead(part: str, value: object, deceased: bool):
    assert read(person(**{part: value})).deceased is deceased


def test_a_birth_known_by_year_only_stays_a_year():
    assert read(person(birth=[{"isValid": True, "birthDate": None, "birthYear": "1974"}])).person.birth.iso == "1974"


@pytest.mark.parametrize(("word", "read_as"), [("Male", Gender.MALE), ("Female", Gender.FEMALE), ("Unknown", None)])
def test_gender_is_what_the_register_says(word: str, read_as: Gender | None):
    assert read(person(gender=[{"isValid": True, "gender": word}])).person.gender is read_as


def test_an_address_of_another_kind_is_not_made_into_a_street():
    source = person(residentialAddress=[{"isValid": True, "cadastralAddress": {"cityName": "OTTA"}}])
    entry, report = read_person(json.dumps(source).encode(), asked=PATIENT)
    assert (entry.person.address, [f.code for f in report.findings]) == (None, ["address-not-read"])


def test_refuses_another_person():
    with pytest.raises(WrongPatient) as refused:
        read(asked=STRANGER)
    assert STRANGER not in str(refused.value)


def number(status: str = "InUse", kind: str = "NationalIdentityNumber", value: str = PATIENT) -> dict[str, str]:
    return {"status": status, "identificationNumber": value, "identificationNumberType": kind}


@pytest.mark.parametrize(
    ("parts", "what"),
    [
        ({"norwegianIdentificationNumber": [number("Discontinued")]}, "norwegianIdentificationNumber"),
        ({"norwegianIdentificationNumber": [number(), number()]}, "norwegianIdentificationNumber"),
        ({"norwegianIdentificationNumber": [number(value="13877430199")]}, "norwegianIdentificationNumber"),
        ({"norwegianIdentificationNumber": [number(kind="Passport")]}, "identificationNumberType"),
        ({"norwegianIdentificationNumber": [number("Perhaps")]}, "status"),
        ({"name": [{"isValid": True, "givenName": "Ola"}]}, "familyName"),
        ({"name": []}, "name"),
        ({"name": [{"isValid": True, "givenName": "A", "familyName": "B"}] * 2}, "name"),
        ({"birth": []}, "birth"),
        ({"birth": [{"isValid": True, "birthDate": "13.07.1974"}]}, "birthDate"),
        ({"status": []}, "status"),
        ({"addressProtection": [{"isValid": True, "protectionLevel": "Secret"}]}, "addressConfidentiality"),
        ({"residentialAddress": "Gata 1"}, "residentialAddress"),
    ],
)
def test_refuses_what_is_missing_contradictory_or_broken_by_name(parts: dict[str, object], what: str):
    with pytest.raises(Malformed) as refused:
        read(person(**parts))
    assert refused.value.what == what


@pytest.mark.parametrize(
    "data",
    [b"", b'{"a": [1, 2', b"[]", b'{"a": 1, "a": 2}', b'{"a": NaN}', '{"a": "æ"}'.encode("latin-1"), b"[" * 100_000],
    ids=["empty", "truncated", "list", "repeated", "nan", "latin-1", "deep"],
)
def test_refuses_what_is_no_json_object(data: bytes):
    with pytest.raises(Malformed):
        read_person(data, asked=PATIENT)


def guardianship(**parts: object) -> dict[str, Any]:
    """A guardianship in personal matters; ``guardian`` parts beside its own."""
    guardian = {
        "name": {"givenName": "Kjapp", "middleName": "Lys", "familyName": "Fjære"},
        "identificationNumber": STRANGER,
        "guardianshipScope": "PersonalAndFinancialInterests",
    } | {name: parts.pop(name) for name in ("name", "guardianshipScope") if name in parts}  # fmt: skip
    whole: dict[str, Any] = {
        "isValid": True, "guardianshipType": "Adult", "validFrom": "2020-02-03T00:00:00", "guardian": guardian,
    }  # fmt: skip
    return whole | parts


def contacts_of(*facts: dict[str, Any], **parts: object) -> tuple[tuple[Contact, ...], list[str]]:
    source = person(guardianshipOrFuturePowerOfAttorney=list(facts), **parts)
    entry, report = read_person(json.dumps(source).encode(), asked=PATIENT)
    return entry.person.contacts, [finding.code for finding in report.findings]


def test_a_guardian_in_personal_matters_is_a_contact_without_her_number():
    (contact,), codes = contacts_of(guardianship())
    assert contact.name is not None
    assert (contact.role, contact.name.plain(), codes) == ("GUARD", "Kjapp Lys Fjære", [])
    assert contact.relationship is not None
    assert contact.relationship.text == "Verge for voksen"
    assert contact.period is not None
    assert contact.period.start is not None
    assert contact.period.start.iso == "2020-02-03"
    assert STRANGER not in repr(contact)


@pytest.mark.parametrize(
    ("fact", "codes"),
    [
        (guardianship(isValid=False), []),
        (guardianship(guardianshipScope="FinancialInterests"), ["guardian-of-property"]),
        (guardianship(name=None), ["guardian-unnamed"]),
        (guardianship(guardian=None), ["guardian-unnamed"]),
    ],
    ids=["over", "property", "unnamed", "nobody"],
)
def test_who_is_no_personal_guardian_in_force_is_no_contact_and_is_told(fact: dict[str, Any], codes: list[str]):
    assert contacts_of(fact) == ((), codes)


def test_parents_told_by_number_alone_are_not_read_and_it_is_said():
    assert contacts_of(parentalResponsibility=[{"isValid": True, "responsible": STRANGER}]) == (
        (),
        ["parents-not-read"],
    )


def test_under_address_protection_no_guardian_is_read():
    protected = [{"isValid": True, "protectionLevel": "Confidential"}]
    assert contacts_of(guardianship(), addressProtection=protected)[0] == ()


@pytest.mark.parametrize(
    ("fact", "what"),
    [
        (guardianship(guardianshipType="Venn"), "guardianshipType"),
        (guardianship(guardianshipScope="Alt"), "guardianshipScope"),
        (guardianship(validTo="snart"), "validTo"),
    ],
)
def test_refuses_a_guardianship_the_register_does_not_know_by_name(fact: dict[str, Any], what: str):
    with pytest.raises(Malformed) as refused:
        contacts_of(fact)
    assert refused.value.what == what
