"""ITI-41: a submission with its documents inline or by XOP, and the one answer it gets, success or failure."""

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.configuration.refusals import RefusalForm, Transaction
from gateway.errors import AnswerMalformed, BodyElementUnknown, RequestMalformed
from gateway.messages import (
    PatientIdentifier,
    ProvidedDocument,
    ProvideDocuments,
    ProvideReply,
    Remark,
    SubmissionAuthor,
)
from gateway.wire.names import PROVIDE
from gateway.wire.soap import read_envelope
from gateway.wire.xdr import (
    ProvideAnswer,
    read_provide,
    read_provided,
    write_provide,
    write_provide_refusal,
    write_provided,
)
from tests.support.machine.require import artefacts
from tests.support.nodes.wire import (
    KARI,
    MULTIPART,
    OIDS,
    PORTUGAL,
    WORDS,
    assert_valid,
    document_types,
    edited,
    enveloped,
    multipart,
    received,
    refusals,
    row,
    sender,
    tree,
)

SCHEMA = ("xds", "IHEXDS.xsd")
DOCUMENT = ProvidedDocument(
    content=b"<?xml version='1.0'?>\r\n<ClinicalDocument/>\n",
    class_code="60593-1",
    format_code="urn:epSOS:ep:dis:2010",
    type_code="60593-1",
    patient=KARI,
    unique_id="2.16.17.710.820.1000.990.1^ED-77",
    language="pt-PT",
    created="20261124093015",
    patient_facts=("PID-3|1", "PID-5|Nordmann^Kari"),
)
DISCARD = ("DISCARD-60593-1", "urn:eHDSI:ed:discard:2020")
SUBMISSION = ProvideDocuments(
    submission_set="2.16.17.710.820.1000.990.1.99.4",
    documents=(DOCUMENT,),
    author=SubmissionAuthor("Farmácia^^^^^^^^^1.2.3", "Rui Estranho^^^&1.2.3&ISO"),
    submitted="20261124093015",
    source="1.3.6.1.4.1.21367.2009.1.2.1",
)
ROWS = [r for r in refusals() if r.transaction is Transaction.PROVIDE and r.form is RefusalForm.REGISTRY]
WARNING = Remark("WARNING_ED_MISSING_BASIC_DATA", "Warning", "More than was left")


def written(submission: ProvideDocuments = SUBMISSION) -> bytes:
    return write_provide(submission, document_types(), sender(PORTUGAL))


def of(kind: tuple[str, str]) -> st.SearchStrategy[ProvidedDocument]:
    return st.builds(
        ProvidedDocument,
        content=st.binary(min_size=1, max_size=300),
        class_code=st.just(kind[0]),
        format_code=st.just(kind[1]),
        type_code=st.sampled_from([None, kind[0]]),
        patient=st.just(KARI),
        unique_id=st.none() | st.tuples(OIDS, WORDS).map("^".join),
        language=st.none() | WORDS,
        created=st.none() | WORDS,
        patient_facts=st.lists(WORDS, max_size=3).map(tuple),
    )


SUBMISSIONS = st.sampled_from([(DOCUMENT.class_code, DOCUMENT.format_code), DISCARD]).flatmap(
    lambda kind: st.builds(
        ProvideDocuments,
        submission_set=OIDS,
        documents=st.lists(of(kind), min_size=1, max_size=3).map(tuple),
        author=st.none() | st.builds(SubmissionAuthor, WORDS, WORDS),
        submitted=st.none() | WORDS,
        source=st.none() | OIDS,
    )
)


@given(SUBMISSIONS)
def test_any_submission_comes_back_as_it_was(submission):
    envelope = received(written(submission))
    assert read_provide(envelope.body, envelope.attachments) == submission


def test_what_we_send_is_valid():
    assert_valid(written(), *SCHEMA)
    assert_valid(write_provided(ProvideReply()), "xds", "rs.xsd")
    assert_valid(write_provided(ProvideReply((WARNING,))), "xds", "rs.xsd")


def test_a_submission_names_its_things_as_openncp_does():
    text = written().decode()
    for name in ("Medication dispensed", "eDispensation", "eHDSI coded eDispensation", "Not Used", "Normal", "Norway"):
        assert f'<LocalizedString value="{name}"/>' in text
    assert '<Slot name="SubmissionSetStatus"><ValueList><Value>Original</Value></ValueList></Slot>' in text


def test_the_german_simulators_submission_is_read():
    content = artefacts("messages", "ProvideAndRegisterDocumentSetRequest.xml").read_bytes()
    read = read_provide(tree(content), {})
    (document,) = read.documents
    assert (document.class_code, document.format_code, document.type_code) == (
        DOCUMENT.class_code, DOCUMENT.format_code, DOCUMENT.type_code,
    )  # fmt: skip
    assert document.patient == PatientIdentifier("1.2.276.0.76.3.1.580.147", "B123456789|A2C4E6")
    assert (read.submission_set, read.further_patients) == ("2.16.840.1.113883.2.11.300.451", ())
    assert document.content.startswith(b"<ClinicalDocument")
    assert len(document.patient_facts) == 3


def test_a_document_comes_by_reference_as_axis2_sends_it():
    inline = base64.b64encode(DOCUMENT.content).decode()
    (name,) = re.findall(r'<xds:Document id="([^"]+)">', written().decode())
    include = f'<xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:{name}"/>'
    body = written().decode().replace(inline, include)
    envelope = read_envelope(MULTIPART, multipart(enveloped(body), (name, DOCUMENT.content)))
    assert read_provide(envelope.body, envelope.attachments) == SUBMISSION


def test_a_time_of_twelve_hours_is_kept_as_it_is_written():
    read = read_provide(edited(written(), {"<Value>20261124093015</Value>": "<Value>20261124123015PM</Value>"}), {})
    assert read.documents[0].created == "20261124123015PM"


def test_another_patient_in_the_metadata_is_named():
    other = KARI.extension.replace("4", "5")
    text = written().decode()
    for name in ("XDSDocumentEntry.patientId", "XDSSubmissionSet.patientId"):
        where = text.index(name)
        start = text.rindex(KARI.extension, 0, where)
        changed = text[:start] + other + text[start + len(other) :]
        assert read_provide(tree(changed), {}).further_patients == (PatientIdentifier(KARI.root, other),)
    assert read_provide(tree(text), {}).further_patients == ()


CX = "13879912340^^^&amp;2.16.578.1.12.4.1.4.1&amp;ISO"
SET = "2.16.17.710.820.1000.990.1.99.4"


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("SubmitObjectsRequest", {"lcm:SubmitObjectsRequest": "lcm:Other"}),
        ("RegistryPackage", {"RegistryPackage": "Other"}),
        ("sourcePatientId", {f'"sourcePatientId"><ValueList><Value>{CX}': '"sourcePatientId"><ValueList><Value>1'}),
        ("sourcePatientId", {'"sourcePatientId"': '"other"'}),
        ("patientId", {f'value="{CX}"': 'value="1"'}),
        ("classCode", {'urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a"': 'urn:x"'}),
        ("formatCode", {'urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d"': 'urn:x"'}),
        ("Classification", {"f0306f51-975f-434e-a61c-c59651d33983": "41a5887f-8865-4c09-adf7-e362475b143a"}),
        ("XDSSubmissionSet.uniqueId", {"urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8": "urn:x"}),
        ("ExternalIdentifier", {"554ac39e-e3fe-47fe-b233-965d2a147832": "96fdda7c-d067-4183-912e-bf5ee74998a8"}),
        ("ExternalIdentifier/@value", {f'value="{SET}"': 'value=" "'}),
        ("Association", {"AssociationType:HasMember": "AssociationType:RPLC"}),
        ("Slot", {'"languageCode"': '"creationTime"'}),
        ("sourcePatientId", {f">{CX}</Value>": f">{CX}</Value><Value>{CX}</Value>"}),
        ("Document", {"<xds:Document id": "<xds:Other id", "</xds:Document>": "</xds:Other>"}),
        ("Document", {'<xds:Document id="urn:uuid:': '<xds:Document id="urn:other:'}),
        ("Document", {base64.b64encode(DOCUMENT.content).decode(): ""}),
        ("Document", {base64.b64encode(DOCUMENT.content).decode(): "no base64!"}),
    ],
)
def test_a_submission_that_lacks_or_repeats_something_is_refused_by_its_name(field, changes):
    assert read_provide(tree(written()), {}) == SUBMISSION
    with pytest.raises(RequestMalformed) as refused:
        read_provide(edited(written(), changes), {})
    assert refused.value.field == field


@pytest.mark.parametrize("count", [15, 16])
def test_one_to_fifteen_documents_in_a_submission(count):
    body = tree(written(ProvideDocuments(SET, (DOCUMENT,) * count)))
    if count == 15:
        assert len(read_provide(body, {}).documents) == count
    else:
        with pytest.raises(RequestMalformed):
            read_provide(body, {})
    with pytest.raises(ValueError, match="has a document"):
        written(ProvideDocuments(SET, ()))


def test_an_entry_without_document_and_a_document_without_entry_are_refused():
    two = written(ProvideDocuments(SET, (DOCUMENT, DOCUMENT))).decode()
    documents = re.findall(r"<xds:Document .*?</xds:Document>", two, re.DOTALL)
    entries = re.findall(r"<ExtrinsicObject .*?</ExtrinsicObject>", two, re.DOTALL)
    for left_out in (documents[1], entries[0]):
        with pytest.raises(RequestMalformed):
            read_provide(tree(two.replace(left_out, "")), {})
    with pytest.raises(RequestMalformed):
        read_provide(tree(two.replace(documents[1], documents[0])), {})


def test_an_id_names_one_document_and_one_entry():
    once = written().decode()
    (document,) = re.findall(r"<xds:Document .*?</xds:Document>", once, re.DOTALL)
    (entry,) = re.findall(r"<ExtrinsicObject .*?</ExtrinsicObject>", once, re.DOTALL)
    for twice in (document, entry):
        with pytest.raises(RequestMalformed):
            read_provide(tree(once.replace(twice, twice * 2)), {})
    assert read_provide(tree(once), {}) == SUBMISSION


def test_another_body_is_no_submission():
    with pytest.raises(BodyElementUnknown):
        read_provide(tree("<a/>"), {})
    with pytest.raises(AnswerMalformed):
        read_provided(tree("<a/>"))
    assert tree(written()).tag == PROVIDE


@pytest.mark.parametrize("refusal", ROWS, ids=lambda r: r.cause)
def test_every_refusal_is_a_failure_with_severity_code_and_text(refusal):
    """OpenNCP's client shows nothing without the first, and breaks without the last (R21)."""
    sent = write_provide_refusal(refusal)
    assert_valid(sent, "xds", "rs.xsd")
    assert read_provided(tree(sent)) == ProvideAnswer("Failure", (Remark(refusal.code, "Error", refusal.text),))
    (error,) = tree(sent).iter("{urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0}RegistryError")
    assert error.get("severity") == "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error"
    assert error.get("codeContext") == refusal.text
    assert error.get("errorCode") == refusal.code


def test_only_a_success_without_error_is_accepted():
    assert read_provided(tree(write_provided(ProvideReply()))).accepted
    assert read_provided(tree(write_provided(ProvideReply((WARNING,))))).accepted
    failed = write_provide_refusal(row(Transaction.PROVIDE, "PrescriptionDispensed"))
    assert not read_provided(tree(failed)).accepted
    assert not read_provided(edited(failed, {"ResponseStatusType:Failure": "ResponseStatusType:Success"})).accepted
    assert not read_provided(edited(write_provided(ProvideReply()), {"ResponseStatusType:Success": "Fine"})).accepted


def test_a_failure_without_severity_is_a_failure():
    """OpenNCP sends an unknown format so."""
    case = artefacts("messages", "ProvideAndRegisterDocumentSetResponse.xml").read_bytes()
    assert read_provided(tree(case)).accepted
    answer = read_provided(
        tree(
            '<rs:RegistryResponse xmlns:rs="urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0" '
            'status="urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Failure"><rs:RegistryErrorList>'
            '<rs:RegistryError errorCode="4202" codeContext="Unknown document" location=""/>'
            "</rs:RegistryErrorList></rs:RegistryResponse>"
        )
    )
    assert (answer.accepted, answer.problems) == (False, (Remark("4202", "Error", "Unknown document", ""),))


def test_there_is_no_partial_success():
    with pytest.raises(ValueError, match="no partial success"):
        write_provided(ProvideReply((Remark("4106", "Error", "no"),)))
