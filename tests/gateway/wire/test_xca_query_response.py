"""ITI-38 answer: metadata as MyHealth@EU has it, readable for the strictest client; what a peer leaves out is empty."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.configuration.refusals import RefusalForm, Transaction
from gateway.errors import AnswerMalformed
from gateway.messages import DocumentEntry, DocumentsReply, EventCode, Remark
from gateway.wire.xca_query import read_documents, write_documents, write_find_documents_refusal
from tests.support.callers import openncp_client
from tests.support.machine.require import artefacts
from tests.support.nodes.wire import (
    KARI,
    NORWAY,
    OIDS,
    PATIENTS,
    PROBLEMS,
    WORDS,
    assert_valid,
    document_entry,
    document_types,
    edited,
    refusals,
    row,
    sender,
    tree,
)

PDF = "urn:ihe:iti:xds-sd:pdf:2008"
L3 = document_entry()
L1 = document_entry(unique_id="2.16.578.1.12.4.5.10.1.1^PS-1.PDF", format_code=PDF, transformed_from=L3.unique_id)
ROWS = [r for r in refusals() if r.transaction is Transaction.FIND_DOCUMENTS and r.form is RefusalForm.REGISTRY]
WARNING = Remark("2506", "Warning", 'No translation for "Ærlig" <x>', "Observation/value")
SCHEMA = ("xds", "query.xsd")

KINDS = st.sampled_from([(t.class_code, t.format_code) for t in document_types().document_type])
ENTRIES = st.builds(
    lambda kind, created, **values: DocumentEntry(
        class_code=kind[0], format_code=kind[1], created=created.replace(microsecond=0, tzinfo=UTC), **values
    ),
    kind=KINDS,
    created=st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)),  # noqa: DTZ001 - the zone is added above
    unique_id=st.tuples(OIDS, WORDS).map("^".join),
    patient=PATIENTS,
    title=WORDS,
    description=WORDS,
    language=st.sampled_from(["nb-NO", "se-NO"]),
    size=st.integers(0, 10**9),
    sha1=st.from_regex("[0-9a-f]{40}", fullmatch=True),
    confidentiality=st.sampled_from(["N", "R", "V"]),
    repository=OIDS,
    home_community=OIDS,
    events=st.lists(st.builds(EventCode, WORDS, OIDS, WORDS), max_size=3).map(tuple),
)


def written(*entries: DocumentEntry, problems: tuple[Remark, ...] = ()) -> bytes:
    return write_documents(DocumentsReply(entries, problems), document_types(), sender())


@given(
    st.lists(ENTRIES, max_size=3, unique_by=lambda e: e.unique_id).map(tuple),
    st.lists(PROBLEMS, min_size=1, max_size=3),
)
def test_any_answer_comes_back_as_it_was(entries, problems):
    answer = read_documents(tree(written(*entries, problems=tuple(problems))))
    assert (answer.entries, answer.problems) == (entries, tuple(problems))


def test_what_we_answer_is_valid():
    assert_valid(written(L3, L1, problems=(WARNING,)), *SCHEMA)


@pytest.mark.parametrize("refusal", ROWS, ids=lambda r: r.cause)
def test_every_refusal_is_valid_and_a_failure_with_its_code(refusal):
    sent = write_find_documents_refusal(refusal)
    assert_valid(sent, *SCHEMA)
    answer = read_documents(tree(sent))
    assert (answer.status, answer.entries, answer.rejected) == ("Failure", (), True)
    assert answer.problems == (Remark(refusal.code, "Error", refusal.text),)


@pytest.mark.parametrize("refusal", ROWS, ids=lambda r: r.cause)
def test_an_openncp_client_reads_every_refusal(refusal):
    with pytest.raises(openncp_client.ClientError) as error:
        openncp_client.documents(write_find_documents_refusal(refusal))
    assert (error.value.code, error.value.text) == (refusal.code, refusal.text)


def test_an_openncp_client_reads_the_entries():
    assert openncp_client.documents(written(L3, L1, problems=(WARNING,))) == {
        L3.unique_id: "urn:epSOS:ps:ps:2010",
        L1.unique_id: PDF,
    }


@pytest.mark.parametrize("kind", document_types().document_type, ids=lambda t: t.key)
def test_an_openncp_client_reads_each_kind_of_document(kind):
    entry = document_entry(class_code=kind.class_code, format_code=kind.format_code)
    assert openncp_client.documents(written(entry)) == {entry.unique_id: kind.format_code}


def test_the_metadata_of_a_patient_summary_is_the_fields():
    item = tree(written(L3))[0][0]
    assert item.get("mimeType") == "text/xml"
    assert item.get("home") == f"urn:oid:{NORWAY}"
    assert item.get("id") == item.get("lid")
    text = written(L3).decode()
    for classification in (
        ('nodeRepresentation="60591-5"', "2.16.840.1.113883.6.1", "Patient Summary"),
        ('nodeRepresentation="urn:epSOS:ps:ps:2010"', "eHDSI formatCodes", "epSOS coded Patient Summary"),
        ('nodeRepresentation="N"', "2.16.840.1.113883.5.25", "Normal"),
        ('nodeRepresentation="NO"', "1.0.3166.1", "Norway"),
        ('nodeRepresentation="Not Used"', "eHDSI Practice Setting Codes-Not Used", "Not Used"),
    ):
        start = text.index(classification[0])
        assert f"<Value>{classification[1]}</Value>" in text[start : start + 250]
        assert f'value="{classification[2]}"' in text[start : start + 330]
    assert "<Value>20261124093015</Value>" in text


def test_a_pdf_is_said_to_render_its_xml():
    answer = read_documents(tree(written(L3, L1)))
    assert [entry.transformed_from for entry in answer.entries] == [None, L3.unique_id]


def test_an_orcd_is_associated_with_itself():
    orcd = document_entry(class_code="11502-2", format_code="urn:eHDSI:orcd:pdf:2021")
    orcd = replace(orcd, transformed_from=orcd.unique_id)
    assert read_documents(tree(written(orcd))).entries == (orcd,)


def test_another_association_is_no_rendering():
    body = edited(written(L3, L1), {"AssociationType:XFRM": "AssociationType:APND"})
    assert [entry.transformed_from for entry in read_documents(body).entries] == [None, None]


def test_the_same_document_is_the_same_entry_in_every_answer():
    alone, among = written(L3), written(L1, L3)
    assert tree(alone)[0][0].get("id") == tree(among)[0][1].get("id")
    ids = [element.get("id") for element in tree(among).iter() if element.get("id")]
    assert len(ids) == len(set(ids))


def test_community_and_repository_are_the_senders_unless_stated():
    (entry,) = read_documents(tree(written(document_entry(repository="", home_community="")))).entries
    assert (entry.home_community, entry.repository) == (NORWAY, "2.16.578.1.12.4.5.10.1.2")


@pytest.mark.parametrize(
    ("entries", "severities", "status"),
    [
        ((L3,), (), "Success"),
        ((L3,), ("Warning",), "Success"),
        ((L3,), ("Warning", "Error"), "PartialSuccess"),
        ((), ("Warning",), "Success"),
        ((), ("Error",), "Failure"),
    ],
)
def test_the_status_follows_from_what_is_given_and_what_is_wrong(entries, severities, status):
    problems = tuple(Remark("X", severity, "text") for severity in severities)
    answer = read_documents(tree(written(*entries, problems=problems)))
    assert answer.status == status
    assert answer.rejected is (status == "Failure")


def test_a_hash_that_is_not_known_has_no_slot():
    assert b"hash" not in written(document_entry(sha1=""))


def test_an_answer_is_never_empty():
    with pytest.raises(ValueError, match="never empty"):
        written()


def test_a_class_and_format_that_do_not_belong_together_are_not_written():
    with pytest.raises(KeyError):
        written(document_entry(format_code="urn:epsos:ep:pre:2010"))


@pytest.mark.parametrize("transaction", [Transaction.FIND_PATIENT, Transaction.UNKNOWN])
def test_a_row_of_another_form_is_not_written(transaction):
    with pytest.raises(ValueError, match="another form"):
        write_find_documents_refusal(row(transaction, "PatientUnknown"))


# --- what peers answer ---


def test_the_german_simulators_answer_is_read():
    answer = read_documents(tree(artefacts("messages", "AdhocQueryResponsePSA.xml").read_bytes()))
    assert answer.status == "Success"
    assert [entry.format_code for entry in answer.entries] == ["urn:epSOS:ps:ps:2010", PDF]
    xml, pdf = answer.entries
    assert (xml.unique_id, xml.size, xml.sha1) == ("2.16.17.710.813.1000.990.1.1^PS.XML", 54321, "")
    assert xml.home_community == "1.2.276.0.76.4.291"
    assert pdf.transformed_from == xml.unique_id


def test_an_empty_answer_without_status_is_a_rejection():
    body = tree('<AdhocQueryResponse xmlns="urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0"/>')
    answer = read_documents(body)
    assert (answer.status, answer.entries, answer.problems, answer.rejected) == (None, (), (), True)


def test_an_unknown_status_is_no_success():
    body = edited(written(L3), {"ResponseStatusType:Success": "ResponseStatusType:Splendid"})
    assert read_documents(body).rejected


def test_partial_success_has_two_spellings():
    sent = written(L3, problems=(Remark("X", "Error", "text"),))
    for name in (
        "urn:ihe:iti:2007:ResponseStatusType:PartialSuccess",
        "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:PartialSuccess",
    ):
        body = edited(sent, {"urn:ihe:iti:2007:ResponseStatusType:PartialSuccess": name})
        assert read_documents(body).status == "PartialSuccess"


def test_an_error_without_severity_is_an_error():
    severity = ' severity="urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Warning"'
    body = edited(written(L3, problems=(WARNING,)), {severity: ""})
    assert read_documents(body).problems[0].severity == "Error"


def test_the_highest_severity_is_that_of_the_gravest_problem():
    error = Remark("X", "Error", "text")
    for problems, highest in (((WARNING,), "Warning"), ((WARNING, error), "Error")):
        errors = tree(written(L3, problems=problems))[0]
        assert errors.get("highestSeverity") == f"urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:{highest}"


def test_a_warning_is_read_as_one_and_a_reason_may_stand_as_text():
    sent = written(L3, problems=(WARNING,)).decode()
    assert read_documents(tree(sent)).problems == (WARNING,)
    start, end = sent.index("<rs:RegistryError "), sent.index("</rs:RegistryErrorList>")
    error = '<rs:RegistryError errorCode="X"> because </rs:RegistryError>'
    assert read_documents(tree(sent[:start] + error + sent[end:])).problems == (Remark("X", "Error", "because"),)


def test_the_unique_id_is_found_by_its_name_in_any_case():
    names = {"XDSDocumentEntry.uniqueId": "xdsdocumententry.UNIQUEID", "2e82c1f6-a085": "00000000-a085"}
    assert read_documents(edited(written(L3), names)).entries[0].unique_id == L3.unique_id


def test_the_patient_is_the_source_patient_when_nothing_else_is_said():
    body = edited(written(L3), {"58a6f841-87b3": "00000000-87b3"})
    assert read_documents(body).entries[0].patient == KARI


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026", datetime(2026, 1, 1, tzinfo=UTC)),
        ("202607", datetime(2026, 7, 1, tzinfo=UTC)),
        ("2026072410", datetime(2026, 7, 24, 10, tzinfo=UTC)),
        ("20260724101112.5+0200", datetime(2026, 7, 24, 8, 11, 12, tzinfo=UTC)),
    ],
)
def test_a_shorter_creation_time_is_its_first_instant(text, instant):
    body = edited(written(L3), {"20261124093015": text})
    assert read_documents(body).entries[0].created == instant


def test_what_a_peer_leaves_out_is_empty():
    gone = {'name="size"': 'name="a"', 'name="hash"': 'name="b"', 'name="languageCode"': 'name="c"'}
    gone |= {'name="repositoryUniqueId"': 'name="d"', "f4f85eac-e6cb": "00000000-e6cb", f' home="urn:oid:{NORWAY}"': ""}
    (entry,) = read_documents(edited(written(L3), gone)).entries
    assert (entry.size, entry.sha1, entry.language, entry.repository) == (0, "", "", "")
    assert (entry.confidentiality, entry.home_community) == ("", "")


def test_a_size_that_is_no_number_is_none():
    assert read_documents(edited(written(L3), {">12345<": ">about 12 kB<"})).entries[0].size == 0


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("another body", {"AdhocQueryResponse": "AdhocQueryRequest"}),
        ("no unique id", {"2e82c1f6-a085": "00000000-a085", "XDSDocumentEntry.uniqueId": "other"}),
        ("a blank unique id", {f'value="{L3.unique_id}"': 'value=" "'}),
        ("no class", {"41a5887f-8865": "00000000-8865"}),
        ("no format", {"a09d5840-386c": "00000000-386c"}),
        ("no patient", {"58a6f841-87b3": "00000000-87b3", "sourcePatientId": "other"}),
        ("a patient that is none", {KARI.cx().replace("&", "&amp;"): "Kari"}),
    ],
)
def test_refuses_an_answer_with(rule, changes):
    with pytest.raises(AnswerMalformed):
        read_documents(edited(written(L3), changes))


FORMS = {
    "2026": (2026, 1, 1), "202607": (2026, 7, 1), "20260724": (2026, 7, 24), "2026072410": (2026, 7, 24, 10),
    "202607241011": (2026, 7, 24, 10, 11), "20260724101112": (2026, 7, 24, 10, 11, 12),
    "20260724101112.123": (2026, 7, 24, 10, 11, 12),
}  # fmt: skip
OFFSETS = {"": 0, "+0000": 0, "-0000": 0, "+0200": 120, "-0530": -330, "+1400": 840}


@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_creation_time_is_the_right_instant(form, offset):
    year, *rest = FORMS[form]
    right = datetime(*(year, *rest), tzinfo=UTC) - timedelta(minutes=OFFSETS[offset])
    (entry,) = read_documents(edited(written(L3), {"20261124093015": form + offset})).entries
    assert entry.created == right


@pytest.mark.parametrize(
    "text",
    ["yesterday", "", "20261", "20260724101112+2", "20260724101112+1401", "20260724101112+0160", "20260724101160",
     "20260229", "2026.5", "20260724.5", "٢٠٢٦0724", "20260724101112\u00a0", "2026-07-24"],
)  # fmt: skip
def test_a_creation_time_that_cannot_be_read_is_unknown_and_said(text):
    answer = read_documents(edited(written(L3, L1), {"20261124093015": text}))
    assert [entry.created for entry in answer.entries] == [None, None]
    assert [(one.code, one.severity) for one in answer.problems] == [("NO_CREATION_TIME_UNKNOWN", "Warning")] * 2


def test_two_creation_times_are_none():
    body = edited(written(L3), {"<Value>20261124093015</Value>": "<Value>2026</Value><Value>2027</Value>"})
    assert read_documents(body).entries[0].created is None


def classified(item, scheme):
    return [one for one in item.iterfind("{*}Classification") if scheme in one.get("classificationScheme")]


SPOILT = {
    "uniqueId": lambda item: item.findall("{*}ExternalIdentifier"),
    "classCode": lambda item: classified(item, "41a5887f"),
    "formatCode": lambda item: classified(item, "a09d5840"),
    "creationTime": lambda item: [one for one in item.iterfind("{*}Slot") if one.get("name") == "creationTime"],
}


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("field", SPOILT)
def test_a_list_survives_its_worst_entry_and_says_so(field, position):
    others = [document_entry(unique_id=f"1.2.3^{n}") for n in range(3)]
    body = tree(written(*others))
    item = body.findall("{*}RegistryObjectList/{*}ExtrinsicObject")[position]
    for one in SPOILT[field](item):
        item.remove(one)
    answer = read_documents(body)
    assert len(answer.entries) == (3 if field == "creationTime" else 2)
    assert [(one.severity, one.location) for one in answer.problems] == [("Warning", f"ExtrinsicObject[{position}]")]
    assert read_documents(tree(written(*others))).problems == ()
