"""The header of a Patient Summary (eHDSI 8.0.0, template E.1.3)."""

from dataclasses import replace
from datetime import datetime

import pytest

from tests.support.documents.elements import NS, Document
from tests.support.pivots.summaries import (
    NOW,
    empty_content,
    organisation,
    person,
    problem,
    professional,
    rich_content,
    summary,
    unmapped,
)
from transformers.cda.documents.patient_summary import write_patient_summary
from transformers.cda.errors import (
    CharacterForbidden,
    IdentifierInvalid,
    LanguageUnknown,
    ParentIsItself,
    RequiredMissing,
    WaveUnknown,
)
from transformers.model.people import Address, Contact, Name, Organisation, Telecom
from transformers.model.summary import Present
from transformers.model.values import Identifier, Moment, Period


def with_person(**changes):
    return summary(empty_content(), patient=replace(person(), **changes))


def test_same_pivot_gives_the_same_bytes():
    assert write_patient_summary(summary()).content == write_patient_summary(summary()).content


def test_is_utf8_without_byte_order_mark_with_unprefixed_root():
    content = write_patient_summary(summary()).content
    assert content.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<ClinicalDocument xmlns="urn:hl7-org:v3"')
    assert "Áile" in content.decode("utf-8")


def test_has_no_schema_location():
    assert b"schemaLocation" not in write_patient_summary(summary()).content


def test_states_document_id_parent_code_and_language():
    document = Document(summary())
    assert document.one("/*/h:id").attrib == {"root": "2.16.578.1.12.4.9999.10", "extension": "PS-0001"}
    assert document.one("//h:relatedDocument[@typeCode='XFRM']//h:id").get("extension") == "SRC-0001"
    assert document.one("/*/h:code").attrib == {
        "code": "60591-5",
        "codeSystem": "2.16.840.1.113883.6.1",
        "codeSystemName": "LOINC",
        "displayName": "Patient summary Document",
    }
    assert document.values("/*/h:languageCode/@code") == ["nb-NO"]
    assert document.values("/*/h:effectiveTime/@value") == ["20260504093015+0000"]


def test_documentation_ends_when_the_newest_item_was_recorded():
    document = Document(summary())
    assert document.values("//h:documentationOf/h:serviceEvent[@classCode='PCPR']//h:high/@value") == ["20260105"]


def test_patient_carries_all_given_names_birth_and_gender():
    document = Document(summary())
    patient = document.one("//h:patientRole/h:patient")
    assert [e.text for e in patient.findall("h:name/h:given", NS)] == ["Áile", "Marie"]
    assert patient.findtext("h:name/h:family", namespaces=NS) == "Nordlåtta Sørbø"
    assert document.values("//h:birthTime/@value") == ["19620713"]
    assert document.values("//h:administrativeGenderCode/@displayName") == ["Female"]
    assert document.values("//h:languageCommunication/h:languageCode/@code") == ["nb-NO", "se-NO"]


def test_current_identifier_is_the_first_id():
    old = Identifier("2.16.578.1.12.4.1.4.2", "41876200000")
    both = (*person().identifiers, old)
    assert Document(with_person(identifiers=both)).values("//h:patientRole/h:id/@extension") == [
        person().identifiers[0].extension,
        old.extension,
    ]


def test_protected_address_and_absent_telecom_are_said_to_be_unknown():
    document = Document(with_person(address=None, telecoms=(), gender=None))
    role = document.one("//h:patientRole")
    assert [role.find(f"h:{tag}", NS).get("nullFlavor") for tag in ("addr", "telecom")] == ["NI", "NI"]
    assert document.one("//h:administrativeGenderCode").get("nullFlavor") == "UNK"


def test_address_without_a_part_that_says_anything_is_unknown():
    document = Document(with_person(address=Address((" ", ""), "", " ", "Norge")))
    assert document.one("//h:patientRole/h:addr").get("nullFlavor") == "NI"
    assert document.codes() == ["country-not-carried"]


def test_repeated_address_line_is_printed_once():
    twice = Address(("Testveien 1", "Testveien 1"), "0150", "Oslo", "NO")
    assert Document(with_person(address=twice)).values("//h:patientRole//h:streetAddressLine/text()") == ["Testveien 1"]


def test_telephone_loses_its_blanks_and_a_number_without_scheme_is_left_out():
    telecoms = (Telecom("tel:+47 22 33 44 55", "PUB"), Telecom("99999999", "H"))
    document = Document(with_person(telecoms=telecoms))
    assert [dict(t.attrib) for t in document.all("//h:patientRole/h:telecom")] == [{"value": "tel:+4722334455"}]
    assert [(f.code, f.path) for f in document.report.findings] == [("telecom-not-carried", "patient.telecoms[1]")]


def test_language_without_known_region_is_reported_and_not_guessed():
    document = Document(with_person(languages=("pl",)))
    assert document.all("//h:languageCommunication") == []
    assert document.codes() == ["language-not-carried"]


def test_death_has_no_place_and_is_reported():
    assert Document(with_person(death=Moment("2026-01-01"))).codes() == ["not-carried"]


def test_author_is_the_composing_system_of_an_organisation():
    document = Document(summary())
    author = document.one("/*/h:author")
    assert author.findtext(".//h:assignedAuthoringDevice/h:softwareName", namespaces=NS) == "ncpeh"
    assert author.findtext(".//h:representedOrganization/h:name", namespaces=NS) == organisation().name
    assert author.find(".//h:assignedPerson", NS) is None


def test_legal_authenticator_is_a_named_person():
    document = Document(summary())
    assert document.values("//h:legalAuthenticator//h:assignedPerson/h:name/*/text()") == ["Eva", "Lise", "Ansvarlig"]
    assert document.values("//h:legalAuthenticator/h:signatureCode/@code") == ["S"]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"legal_authenticator": replace(professional(), name=None)}, "legal_authenticator.name.family"),
        (
            {"legal_authenticator": replace(professional(), name=Name((" ",), "Solberg"))},
            "legal_authenticator.name.given",
        ),
        ({"legal_authenticator": replace(professional(), identifiers=())}, "legal_authenticator.identifiers"),
        ({"custodian": replace(organisation(), name=" ")}, "custodian.name"),
        ({"custodian": replace(organisation(), identifiers=())}, "custodian.identifiers"),
        ({"patient": replace(person(), name=Name(("Per",), ""))}, "patient.name.family"),
        ({"patient": replace(person(), identifiers=())}, "patient.identifiers"),
        ({"created": datetime(2026, 1, 1)}, "created"),  # noqa: DTZ001 - the naive one is refused
        ({"title": "  "}, "title"),
        ({"confidentiality": "L"}, "confidentiality"),
    ],
)
def test_refuses_pivot_without_what_the_header_demands(changes, path):
    with pytest.raises(RequiredMissing) as refused:
        write_patient_summary(summary(**changes))
    assert refused.value.path == path
    assert write_patient_summary(summary()).content


def test_refuses_document_that_is_its_own_parent():
    with pytest.raises(ParentIsItself):
        write_patient_summary(summary(parent=summary().id))


@pytest.mark.parametrize("root", ["urn:oid:1.2.3", "1.2.03", "1." * 40 + "1", "6f3f6d2e-0f0d-5b0c-9c57"])
def test_refuses_document_id_that_is_no_instance_identifier(root):
    with pytest.raises(IdentifierInvalid):
        write_patient_summary(summary(id=Identifier(root, "1")))


@pytest.mark.parametrize(("length", "refused"), [(64, False), (65, True)])
def test_document_id_extension_has_at_most_64_characters(length, refused):
    changed = summary(id=Identifier("1.2.3", "x" * length))
    if refused:
        with pytest.raises(IdentifierInvalid):
            write_patient_summary(changed)
    else:
        assert write_patient_summary(changed).content


def test_uuid_root_is_written_in_upper_case():
    document = Document(summary(id=Identifier("6f3f6d2e-0f0d-5b0c-9c57-2b1f0e6a8d41")))
    assert dict(document.one("/*/h:id").attrib) == {"root": "6F3F6D2E-0F0D-5B0C-9C57-2B1F0E6A8D41"}


@pytest.mark.parametrize("language", ["ja-JP", "sv", "", "fr-NO"])
def test_refuses_language_that_is_none_of_a_country_that_takes_part(language: str):
    with pytest.raises(LanguageUnknown):
        write_patient_summary(summary(language=language))
    assert write_patient_summary(summary(language="sv-SE")).content


def test_refuses_wave_without_templates():
    with pytest.raises(WaveUnknown):
        write_patient_summary(summary(), wave=7)
    eight, nine = (write_patient_summary(summary(), wave=wave).content for wave in (8, 9))
    assert eight == nine


@pytest.mark.parametrize("character", ["\x00", "\x08", "\x0b", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_refuses_character_that_xml_cannot_hold(character):
    with pytest.raises(CharacterForbidden) as refused:
        write_patient_summary(summary(title=f"Tittel{character}"))
    assert refused.value.path == "title"
    assert character not in str(refused.value)


def test_refused_character_is_told_by_its_place():
    entry = problem(note="Kostregulert\x07")
    with pytest.raises(CharacterForbidden) as refused:
        write_patient_summary(summary(rich_content(problems=Present((problem(), entry)))))
    assert refused.value.path == "content.problems.entries[1].note"


@pytest.mark.parametrize("character", ["\t", "\n", "\r", "\x7f", "\ue000", "\U0010ffff", "š"])
def test_carries_character_that_xml_holds(character):
    assert write_patient_summary(summary(title=f"Tittel{character}x")).content


def test_physician_and_practice_become_two_participants_with_the_role():
    document = Document(summary())
    assert document.values("//h:participant[h:functionCode/@code='PCP']//h:associatedPerson//h:family/text()") == [
        "Solberg"
    ]
    assert document.values("//h:participant[h:functionCode/@code='PCP']//h:scopingOrganization/h:name/text()") == [
        "Fjordgløtt legesenter"
    ]
    assert document.values("//h:participant/h:time/h:low/@value") == ["20190101", "20190101"]


def test_next_of_kin_and_emergency_contact_keep_their_class_and_relationship():
    document = Document(summary())
    assert document.values("//h:associatedEntity[@classCode='NOK']/h:code/@displayName") == ["spouse"]
    assert document.values("//h:associatedEntity[@classCode='ECON']//h:given/text()") == ["Berit"]


def test_unmapped_relationship_keeps_its_words():
    contact = Contact("NOK", Name(("Per",), "Sørbø"), relationship=unmapped("Samboer", "X", "9999"))
    document = Document(with_person(contacts=(contact,)))
    code = document.one("//h:associatedEntity/h:code")
    assert (code.get("nullFlavor"), code.findtext("h:originalText", namespaces=NS)) == ("OTH", "Samboer")
    assert document.codes() == ["unmapped-code"]


def test_custodian_stands_in_without_claiming_to_be_the_physician():
    document = Document(with_person(contacts=()))
    participant = document.one("//h:participant[h:associatedEntity]")
    assert participant.find("h:functionCode", NS) is None
    assert participant.findtext(".//h:scopingOrganization/h:name", namespaces=NS) == organisation().name


def test_guardian_is_printed_with_the_patient():
    guardian = Contact("GUARD", Name(("Mor",), "Sørbø"), telecoms=(Telecom("tel:+4711111111"),))
    document = Document(with_person(contacts=(guardian,)))
    assert document.values("//h:guardian/h:guardianPerson//h:given/text()") == ["Mor"]
    assert document.codes() == []


def test_guardian_organisation_has_no_place_and_is_reported():
    guardian = Contact("GUARD", organisation=Organisation("Barnevernet"))
    document = Document(with_person(contacts=(guardian,)))
    assert document.all("//h:guardian") == []
    assert document.codes() == ["contact-not-carried"]


def test_contacts_number_that_is_no_uri_is_reported():
    contact = Contact("NOK", Name(("Per",), "Sørbø"), telecoms=(Telecom("ring meg"), Telecom("mailto:per@example.no")))
    document = Document(with_person(contacts=(contact,)))
    assert document.values("//h:associatedEntity/h:telecom/@value") == ["mailto:per@example.no"]
    assert document.codes() == ["telecom-not-carried"]


def test_contact_of_unknown_role_is_reported_and_left_out():
    document = Document(with_person(contacts=(Contact("COACH", Name(("A",), "B"), period=Period()),)))
    assert document.codes() == ["contact-not-carried"]
    assert len(document.all("//h:participant[h:associatedEntity]")) == 1


def test_created_is_printed_with_its_own_zone():
    from zoneinfo import ZoneInfo

    local = NOW.astimezone(ZoneInfo("Europe/Oslo"))
    assert Document(summary(created=local)).values("/*/h:effectiveTime/@value") == ["20260504113015+0200"]


@pytest.mark.parametrize("lacking", ["legal_authenticator", "custodian"])
def test_refuses_a_document_that_nobody_answers_for_or_keeps_and_names_which(lacking: str):
    assert write_patient_summary(summary()).content
    with pytest.raises(RequiredMissing) as refused:
        write_patient_summary(replace(summary(), **{lacking: None}))
    assert refused.value.path == lacking
