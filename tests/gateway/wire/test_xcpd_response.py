"""ITI-55 answer: clients of OpenNCP read what we write, we read what its servers and the German simulator write."""

from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.configuration.refusals import RefusalForm, Transaction
from gateway.errors import AnswerMalformed
from gateway.messages import FoundPatient, PatientsReply
from gateway.wire.xcpd import (
    Instance,
    read_find_patient,
    read_patients,
    read_request_head,
    write_find_patient,
    write_find_patient_refusal,
    write_patients,
)
from tests.support.callers import openncp_client
from tests.support.machine.require import artefacts
from tests.support.nodes.wire import (
    KARI,
    NORWAY,
    PATIENTS,
    PORTUGAL,
    WORDS,
    assert_valid,
    edited,
    find_patient,
    found_patient,
    received,
    refusals,
    row,
    sender,
    tree,
)

REQUEST = received(write_find_patient(find_patient(), sender(PORTUGAL))).body
HEAD = read_find_patient(REQUEST).head
ANSWER = write_patients(HEAD, PatientsReply((found_patient(),)), sender())
XCPD_ROWS = [r for r in refusals() if r.form is RefusalForm.XCPD]
NO_MATCH = write_find_patient_refusal(HEAD, row(Transaction.FIND_PATIENT, "PatientUnknown"), sender())
SCHEMA = ("xcpd", "PRPA_IN201306UV02.xsd")

FOUND = st.builds(
    FoundPatient,
    identifier=PATIENTS,
    family=WORDS,
    given=WORDS.map(lambda name: (name,)),
    gender=st.none() | st.sampled_from(["M", "F", "UN"]),
    birth_date=st.dates().map(lambda day: f"{day:%Y%m%d}".rjust(8, "0")),
    street=st.none() | WORDS,
    postal_code=st.none() | WORDS,
    city=st.none() | WORDS,
    country=st.none() | st.sampled_from(["NO", "SE"]),
)


@given(st.lists(FOUND, min_size=1, max_size=3).map(tuple))
def test_any_match_comes_back_as_it_was(patients):
    answer = read_patients(tree(write_patients(HEAD, PatientsReply(patients), sender())))
    assert tuple(match.patient for match in answer.matches) == patients
    assert {match.home_community for match in answer.matches} == {NORWAY}


def test_a_match_is_answered_as_ihe_has_it():
    answer = read_patients(tree(ANSWER))
    assert (answer.acknowledgement, answer.response, answer.issue, answer.problems) == ("AA", "OK", None, ())
    assert answer.sender == NORWAY
    assert answer.in_reply_to == Instance("00000000-0000-0000-0000-000000000001", "0000000002")


@pytest.mark.parametrize(
    "patient",
    [
        found_patient(),
        found_patient(street=None, postal_code=None, city=None, country=None, gender=None),
        found_patient(birth_date="1999", given=()),
    ],
    ids=["full", "protected address", "year of birth"],
)
def test_what_we_answer_is_valid(patient):
    assert_valid(write_patients(HEAD, PatientsReply((patient, patient)), sender()), *SCHEMA)


@pytest.mark.parametrize("refusal", XCPD_ROWS, ids=lambda r: r.cause)
def test_every_refusal_is_valid(refusal):
    assert_valid(write_find_patient_refusal(HEAD, refusal, sender()), *SCHEMA)


def test_an_openncp_client_reads_a_match():
    (found,) = openncp_client.patients(ANSWER)
    assert (found.id, found.root) == (KARI.extension, KARI.root)
    assert (found.family, found.given, found.gender, found.birth) == ("Nordmann", "Kari Ærlig", "F", "19990713")
    assert (found.street, found.postal_code, found.city, found.country) == ("Storgata 1 <B>", "0181", "Oslo", "NO")


def test_prints_all_given_names_in_one_element():
    answer = write_patients(HEAD, PatientsReply((found_patient(given=("Kari", "Čáhppe", "Ærlig")),)), sender())
    (found,) = openncp_client.patients(answer)
    assert found.given == "Kari Čáhppe Ærlig"


@pytest.mark.parametrize("legal_first", [True, False])
def test_of_several_names_and_addresses_the_legal_one_and_the_home_are_read(legal_first: bool):
    root = tree(ANSWER)
    for tag, use, other in (("name", "L", "P"), ("addr", "HP", "TMP")):
        (one,) = root.iter(f"{{urn:hl7-org:v3}}{tag}")
        another = deepcopy(one)
        one.set("use", use)
        another.set("use", other)
        for part in another.iter("{*}family", "{*}city"):
            part.text = "Annet"
        (one.addnext if legal_first else one.addprevious)(another)
    (match,) = read_patients(root).matches
    assert (match.patient.family, match.patient.city) == ("Nordmann", "Oslo")


def test_a_birth_date_less_precise_than_a_day_is_left_out():
    answer = write_patients(HEAD, PatientsReply((found_patient(birth_date="199907"),)), sender())
    (found,) = openncp_client.patients(answer)
    assert found.birth is None


def test_a_protected_address_leaves_no_trace():
    bare = found_patient(street=None, postal_code=None, city=None, country=None)
    answer = write_patients(HEAD, PatientsReply((bare,)), sender())
    assert b"<addr" not in answer
    (found,) = openncp_client.patients(answer)
    assert (found.city, found.street) == (None, None)


@pytest.mark.parametrize("refusal", XCPD_ROWS, ids=lambda r: r.cause)
def test_an_openncp_client_reads_both_codes_and_the_text_of_every_refusal(refusal):
    with pytest.raises(openncp_client.ClientError) as error:
        openncp_client.patients(write_find_patient_refusal(HEAD, refusal, sender()))
    assert error.value.code == refusal.code
    assert refusal.issue is not None
    assert error.value.xcpd == refusal.issue.code
    assert error.value.text == refusal.text


@pytest.mark.parametrize("refusal", XCPD_ROWS, ids=lambda r: r.cause)
def test_we_read_both_codes_of_every_refusal(refusal):
    answer = read_patients(tree(write_find_patient_refusal(HEAD, refusal, sender())))
    assert answer.matches == ()
    assert [(p.code, p.text, p.severity) for p in answer.problems] == [(refusal.code, refusal.text, "Error")]
    assert (answer.acknowledgement, answer.response) == (refusal.acknowledgement, refusal.response)
    assert refusal.issue is not None
    assert answer.issue == refusal.issue.code


@pytest.mark.parametrize("cause", ["PatientProtected", "PatientReserved", "PatientDeceased", "DemographicsDiffer"])
def test_a_protected_person_is_answered_byte_for_byte_as_an_unknown_one(cause):
    assert write_find_patient_refusal(HEAD, row(Transaction.FIND_PATIENT, cause), sender()) == NO_MATCH


def test_a_query_is_delivered_unless_it_failed():
    failed = write_find_patient_refusal(HEAD, row(Transaction.FIND_PATIENT, "NationalServiceDown"), sender())
    path = "{urn:hl7-org:v3}controlActProcess/{urn:hl7-org:v3}queryAck/{urn:hl7-org:v3}statusCode"
    codes = [code.get("code") for sent in (ANSWER, NO_MATCH, failed) if (code := tree(sent).find(path)) is not None]
    assert codes == ["deliveredResponse", "deliveredResponse", "aborted"]


def test_the_query_is_echoed_as_received():
    echo = tree(NO_MATCH).find("{urn:hl7-org:v3}controlActProcess/{urn:hl7-org:v3}queryByParameter")
    asked = REQUEST.find("{urn:hl7-org:v3}controlActProcess/{urn:hl7-org:v3}queryByParameter")
    assert echo is not None
    assert asked is not None
    assert [(e.tag, dict(e.attrib), e.text) for e in echo.iter()] == [
        (e.tag, dict(e.attrib), e.text) for e in asked.iter()
    ]


@pytest.mark.parametrize("body", ['<PRPA_IN201305UV02 xmlns="urn:hl7-org:v3"/>', '<x id="1"/>'])
def test_a_malformed_request_is_refused_in_its_form(body):
    head = read_request_head(tree(body))
    answer = write_find_patient_refusal(head, row(Transaction.FIND_PATIENT, "RequestMalformed"), sender())
    assert_valid(answer, *SCHEMA)
    assert read_patients(tree(answer)).problems[0].code == "ERROR_PI_MISSING_REQUIRED_FIELDS"


def test_no_match_is_written_from_its_row_alone():
    with pytest.raises(ValueError, match="refusal row"):
        write_patients(HEAD, PatientsReply(()), sender())


@pytest.mark.parametrize("transaction", [Transaction.RETRIEVE, Transaction.UNKNOWN])
def test_a_row_of_another_form_is_not_written(transaction):
    with pytest.raises(ValueError, match="another form"):
        write_find_patient_refusal(HEAD, row(transaction, "PatientUnknown"), sender())


# --- what peers answer ---


def test_the_german_simulators_answer_is_read():
    answer = read_patients(tree(artefacts("messages", "PRPA_IN201306UV02.xml").read_bytes()))
    (match,) = answer.matches
    assert (match.patient.identifier.root, match.patient.gender, match.patient.birth_date) == ("", "UN", "19670630")
    assert (match.patient.city, match.patient.country) == ("Patientstadt", "D")
    assert (answer.acknowledgement, answer.response) == (None, None)


def test_success_of_an_openncp_server_says_ae_and_is_a_match():
    body = edited(ANSWER, {'<queryResponseCode code="OK"/>': '<queryResponseCode code="AE"/>'})
    answer = read_patients(body)
    assert (len(answer.matches), answer.response) == (1, "AE")


def test_a_street_name_is_a_street():
    body = edited(ANSWER, {"streetAddressLine>": "streetName>"})
    assert read_patients(body).matches[0].patient.street == "Storgata 1 <B>"


def test_an_older_detected_issue_code_is_read_the_same():
    old = {"_ActAdministrativeDetectedIssueManagementCode": "ActAdministrativeDetectedIssueCode"}
    assert read_patients(edited(NO_MATCH, old)).issue == "AnswerNotAvailable"


def test_a_refusal_without_detected_issue_keeps_its_code_and_text():
    start, end = NO_MATCH.index(b"<reasonOf"), NO_MATCH.index(b"</reasonOf>") + len(b"</reasonOf>")
    answer = read_patients(tree(NO_MATCH[:start] + NO_MATCH[end:]))
    assert answer.issue is None
    assert answer.problems[0].code == "ERROR_PI_NO_MATCH"


def test_a_detected_issue_with_nothing_below_has_no_issue_code():
    start, end = NO_MATCH.index(b"<mitigatedBy"), NO_MATCH.index(b"</mitigatedBy>") + len(b"</mitigatedBy>")
    assert read_patients(tree(NO_MATCH[:start] + NO_MATCH[end:])).issue is None


def test_a_stack_line_as_location_is_kept():
    body = edited(NO_MATCH, {"</text></ack": "</text><location>eu.Foo.bar(Foo.java:7)</location></ack"})
    assert read_patients(body).problems[0].location == "eu.Foo.bar(Foo.java:7)"


def test_an_answer_without_acknowledgement_says_nothing_about_itself():
    start, end = ANSWER.index(b"<acknowledgement>"), ANSWER.index(b"</acknowledgement>") + len(b"</acknowledgement>")
    answer = read_patients(tree(ANSWER[:start] + ANSWER[end:]))
    assert (answer.problems, answer.acknowledgement, answer.in_reply_to) == ((), None, Instance())
    assert len(answer.matches) == 1


@pytest.mark.parametrize(("code", "severity"), [("W", "Warning"), ("I", "Warning"), ("E", "Error"), ("", "Error")])
def test_anything_but_a_warning_is_an_error(code, severity):
    body = edited(NO_MATCH, {'typeCode="E"': f'typeCode="{code}"' if code else ""})
    assert read_patients(body).problems[0].severity == severity


def test_a_sender_without_organisation_is_its_device():
    start = ANSWER.index(b"<asAgent", ANSWER.index(b"<sender"))
    end = ANSWER.index(b"</asAgent>", start) + len(b"</asAgent>")
    assert read_patients(tree(ANSWER[:start] + ANSWER[end:])).sender == NORWAY


def test_an_answer_without_sender_or_custodian_says_so():
    body = edited(
        ANSWER, {"<sender ": "<other ", "</sender>": "</other>", "<custodian ": "<x ", "</custodian>": "</x>"}
    )
    answer = read_patients(body)
    assert (answer.sender, answer.matches[0].home_community) == (None, None)


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        (
            "another body",
            {"PRPA_IN201306UV02 xmlns": "PRPA_IN201307UV02 xmlns", "</PRPA_IN201306UV02": "</PRPA_IN201307UV02"},
        ),
        ("no control act", {"controlActProcess": "other"}),
        ("a subject without patient", {"<patient ": "<other ", "</patient>": "</other>"}),
        ("a subject without registration", {"registrationEvent": "other"}),
        ("a patient without person", {"patientPerson": "other"}),
        (
            "a patient without id",
            {f'<id root="{KARI.root}" extension="{KARI.extension}"/>\n<statusCode': "<statusCode"},
        ),
        (
            "a patient without extension",
            {f'root="{KARI.root}" extension="{KARI.extension}"/>\n<statusCode': "/>\n<statusCode"},
        ),
    ],
)
def test_refuses_an_answer_with(rule, changes):
    with pytest.raises(AnswerMalformed):
        read_patients(edited(ANSWER, changes))
