"""What a clinician abroad gets: the right person, her documents, the very bytes; what may not be seen is not there."""

import hashlib
import json
import re

import pytest

from gateway.configuration.shipped import shipped
from gateway.wire.soap import read_envelope
from tests.support.nodes.node import CLINICAL, NORWAY, PRIVACY, UNKNOWN, Abroad, Came
from transformers.validation import check
from trust.xml import parse

HL7 = "{urn:hl7-org:v3}"


def document(abroad: Abroad, person: str = "rich") -> bytes:
    came = abroad.retrieve(abroad.listed(person).unique_id, person=person)
    return bytes(came.documents[0].content)


def test_a01_a_patient_is_identified_by_her_national_number(abroad: Abroad):
    came = abroad.discover("rich")
    (patient,) = came.patients
    assert patient.identifier == abroad.number("rich")
    assert (patient.family, " ".join(patient.given)) == ("Havreåker", "Ryddig Lerke")
    assert (patient.birth_date, patient.gender, patient.country) == ("19740313", "F", "NO")
    assert (came.acknowledgement, came.response) == ("AA", "OK")
    assert abroad.calls() == PRIVACY


def test_a02_a_person_without_documents_to_give_is_no_match(abroad: Abroad):
    came = abroad.discover(UNKNOWN)
    assert (came.patients, came.codes, came.response) == ((), ("ERROR_PI_NO_MATCH",), "NF")


def test_a04_a_query_lists_the_patient_summary_with_hash_and_size(abroad: Abroad):
    came = abroad.query()
    (entry,) = came.structured
    assert (came.registry, came.codes) == ("Success", ())
    assert (entry.class_code, entry.format_code) == ("60591-5", "urn:epSOS:ps:ps:2010")
    assert (entry.home_community, entry.patient) == (NORWAY, abroad.number("rich"))
    assert len(entry.sha1) == 40
    assert entry.size > 10_000
    assert abroad.calls() == CLINICAL
    assert abroad.written()[0] == 0


def test_who_lists_again_gets_the_pair_that_is_kept_and_nothing_more_is_kept(abroad: Abroad):
    first = abroad.query("sami-names")
    kept = abroad.kept()
    again = abroad.query("sami-names")
    assert again.entries == first.entries
    assert [entry.transformed_from for entry in again.entries] == [None, first.entries[0].unique_id]
    assert abroad.kept() == kept
    for entry in again.entries:
        (document,) = abroad.retrieve(entry.unique_id, person="sami-names").documents
        assert hashlib.sha1(document.content, usedforsecurity=False).hexdigest() == entry.sha1


def test_a06_the_document_retrieved_is_the_document_listed(abroad: Abroad):
    entry = abroad.listed()
    abroad.reset()
    came = abroad.retrieve(entry.unique_id)
    (found,) = came.documents
    assert hashlib.sha1(found.content).hexdigest() == entry.sha1
    assert len(found.content) == entry.size
    own = parse(found.content).find(f"{HL7}id")
    assert f"{own.get('root')}^{own.get('extension')}" == entry.unique_id == found.request.unique_id
    assert abroad.calls() == PRIVACY
    assert abroad.event()["documents"] == [{"class_code": "60591-5", "unique_id": entry.unique_id}]
    assert check(found.content, None).valid


def test_the_same_assertions_serve_discovery_query_and_many_retrieves(abroad: Abroad):
    given = abroad.assertions()
    assert abroad.discover(given=given[:1]).patients
    (entry,) = abroad.query(given=given).structured
    retrieved = {bytes(abroad.retrieve(entry.unique_id, given=given).documents[0].content) for _ in range(5)}
    assert len(retrieved) == 1


def test_one_of_two_documents_missing_is_a_partial_success(abroad: Abroad):
    entry = abroad.listed()
    came = abroad.retrieve("1.2.3^NOT-THERE", entry.unique_id)
    assert came.registry == "PartialSuccess"
    assert [d.request.unique_id for d in came.documents] == [entry.unique_id]
    assert came.codes[0] == "ERROR_GENERIC_DOCUMENT_MISSING"


def test_unmapped_codes_come_with_a_warning_and_success(abroad: Abroad):
    came = abroad.retrieve(abroad.listed().unique_id)
    assert (came.registry, came.codes) == ("Success", ("WARNING_PS_MISSING_EXPECTED_MAPPING",))


def test_a_discontinued_number_finds_the_person_under_her_current_one(abroad: Abroad):
    (patient,) = abroad.discover("discontinued").patients
    assert patient.identifier != abroad.number("discontinued")
    entry = abroad.listed("discontinued")
    by_current = abroad.retrieve(entry.unique_id, person=patient.identifier.extension)
    assert len(by_current.documents) == 1


@pytest.mark.parametrize("person", ["d-number", "rule-2032", "known-absences", "no-information", "ordinary-child"])
def test_every_kind_of_number_and_of_content_becomes_a_valid_document(abroad: Abroad, person: str):
    assert len(abroad.discover(person).patients) == 1
    assert check(document(abroad, person), None).valid


def test_names_with_sami_letters_arrive_as_they_are(abroad: Abroad):
    (patient,) = abroad.discover("sami-names").patients
    assert set("ŋđšŧž") & set((patient.family + " ".join(patient.given)).lower())
    assert patient.family.encode() in document(abroad, "sami-names")


def test_kode_7_is_answered_without_anything_that_tells_where_she_lives(abroad: Abroad):
    discovered = abroad.discover("kode-7")
    (patient,) = discovered.patients
    assert (patient.street, patient.city, patient.postal_code, patient.country) == (None, None, None, None)
    listed = abroad.query("kode-7")
    content = document(abroad, "kode-7")
    for secret in secrets("kode-7"):
        for body in (discovered.body, listed.body, content):
            assert secret.encode() not in body, secret


_WHERE = re.compile("street|city|postal|mobile|email", re.I)


def secrets(person: str) -> set[str]:
    """Words of a person's sources that tell where: address, telecom, clinics."""
    folder = shipped("samples") / "persons" / person
    words: set[str] = set()
    for holder in walk(json.loads((folder / "person.json").read_text("utf-8"))):
        words |= {v for k, v in holder.items() if isinstance(v, str) and _WHERE.search(k)}
    message = (folder / "m912.xml").read_text("utf-8")
    words |= set(re.findall(r"<(?:\w+:)?(?:StreetAdr|City|OrganisationName)>([^<]+)<", message))
    ours = {"Reseptformidleren", "Norsk helsenett SF", "Norsk Helsenett SF", "Trondheim", "TRONDHEIM"}
    found = {word for word in words if len(word) > 3} - ours
    assert found
    return found


def walk(value):
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from walk(inner)


# --- unknown, protected and reserved cannot be told apart ----------------------------------------------------------

_OURS = re.compile(
    rb"urn:uuid:[0-9a-f-]{36}|[0-9A-Fa-f]{8}-[0-9A-Fa-f-]{27}|(?<=extension=\")\d{10}(?=\")|\d{14}\.\d{3}\+0000"
)
"""What differs from answer to answer whoever asks: message ids and times."""


def normalised(came: Came, number: str) -> bytes:
    return _OURS.sub(b"#", came.body).replace(number.encode(), b"NUMBER")


@pytest.mark.parametrize("person", ["kode-6", "reserved", "deceased"])
def test_h15_the_answer_is_byte_for_byte_an_unknown_patients(abroad: Abroad, person: str):
    unknown = normalised(abroad.discover(UNKNOWN), UNKNOWN)
    theirs = normalised(abroad.discover(person), abroad.number(person).extension)
    assert theirs == unknown
    assert normalised(abroad.query(person), "-") == normalised(abroad.query(UNKNOWN), "-")


def test_no_identifier_stands_in_the_nodes_log(abroad: Abroad):
    abroad.discover("rich")
    abroad.query("kode-6")
    log = (abroad.world.folder / "NO.log").read_text("utf-8")
    assert log.count("answered") > 1
    for number in (abroad.number("rich").extension, abroad.number("kode-6").extension, "Havreåker"):
        assert number not in log


def test_the_database_holds_no_number_and_no_document_in_clear(abroad: Abroad):
    content = document(abroad)
    number = abroad.number("rich").extension.encode()
    assert number in content
    raw = b"".join(path.read_bytes() for path in (abroad.world.folder / "NO").glob("ncpeh.db*"))
    assert number not in raw
    assert b"Fenoksymetylpenicillin" not in raw


def test_answers_relate_to_the_message_they_answer(abroad: Abroad):
    message_id = "urn:uuid:5b2f5a1e-6b6c-4f0d-9d7e-0e5f8c3a1a77"
    came = abroad.discover(message_id=message_id)
    assert read_envelope("application/soap+xml", came.body).relates_to == message_id
