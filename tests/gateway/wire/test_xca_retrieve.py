"""ITI-39: several documents in one request, each answered for itself; documents come back byte for byte."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.configuration.refusals import RefusalForm, Transaction
from gateway.errors import AnswerMalformed, BodyElementUnknown, RequestMalformed
from gateway.messages import DocumentRequest, Remark, RetrievedDocument, RetrieveDocuments, RetrieveReply
from gateway.wire.soap import packed, read_envelope
from gateway.wire.xca_retrieve import (
    APART_FROM,
    read_retrieve,
    read_retrieved,
    write_retrieve,
    write_retrieve_refusal,
    write_retrieved,
    write_retrieved_apart,
)
from tests.support.machine.require import artefacts
from tests.support.nodes.wire import (
    MULTIPART,
    NORWAY,
    OIDS,
    PROBLEMS,
    WORDS,
    assert_valid,
    document_request,
    edited,
    enveloped,
    multipart,
    received,
    refusals,
    row,
    sender,
    tree,
)
from trust.xml import ANSWER

REQUEST = document_request()
DOCUMENT = RetrievedDocument(REQUEST, b"<?xml version='1.0'?>\r\n<ClinicalDocument/>\n")
MISSING = row(Transaction.RETRIEVE, "DocumentUnknown").problem("2.999^missing")
WARNING = Remark("2506", "Warning", "No translation")
ROWS = [r for r in refusals() if r.transaction is Transaction.RETRIEVE and r.form is RefusalForm.REGISTRY]
SCHEMA = ("xds", "IHEXDS.xsd")

REQUESTS = st.builds(
    DocumentRequest,
    unique_id=st.tuples(OIDS, WORDS).map("^".join),
    home_community=st.none() | OIDS,
    repository=st.none() | OIDS,
)
FULL_REQUESTS = st.builds(DocumentRequest, unique_id=WORDS, home_community=OIDS, repository=OIDS)
DOCUMENTS = st.builds(
    RetrievedDocument,
    FULL_REQUESTS,
    st.binary(min_size=1, max_size=500),
    st.sampled_from(["text/xml", "application/pdf"]),
)


def written(*documents: RetrievedDocument, problems: tuple[Remark, ...] = ()) -> bytes:
    return write_retrieved(RetrieveReply(documents, problems), sender())


@given(st.lists(REQUESTS, min_size=1, max_size=5).map(tuple).map(RetrieveDocuments))
def test_any_request_comes_back_as_it_was(request):
    assert read_retrieve(received(write_retrieve(request)).body) == request


@given(st.lists(DOCUMENTS, max_size=3).map(tuple), st.lists(PROBLEMS, min_size=1, max_size=3).map(tuple))
def test_any_answer_comes_back_as_it_was(documents, problems):
    answer = read_retrieved(received(written(*documents, problems=problems)).body, {})
    assert (answer.documents, answer.problems) == (documents, problems)


def test_what_we_send_is_valid():
    assert_valid(write_retrieve(RetrieveDocuments((REQUEST, document_request("2.999^other")))), *SCHEMA)
    assert_valid(written(DOCUMENT, problems=(MISSING, WARNING)), *SCHEMA)


@pytest.mark.parametrize("refusal", ROWS, ids=lambda r: r.cause)
def test_every_refusal_is_valid_and_a_failure_with_its_code(refusal):
    sent = write_retrieve_refusal(refusal)
    assert_valid(sent, *SCHEMA)
    answer = read_retrieved(tree(sent), {})
    assert (answer.status, answer.documents, answer.rejected) == ("Failure", (), True)
    assert answer.problems == (Remark(refusal.code, "Error", refusal.text),)


def test_a_document_of_another_patient_is_answered_byte_for_byte_as_an_unknown_one():
    refused = {
        write_retrieve_refusal(row(Transaction.RETRIEVE, c)) for c in ("DocumentOfAnotherPatient", "DocumentUnknown")
    }
    assert len(refused) == 1


def test_the_german_simulators_request_asks_for_two_documents():
    request = read_retrieve(tree(artefacts("messages", "RetrieveDocumentSetRequest.xml").read_bytes()))
    assert [one.unique_id for one in request.requests] == [
        "2.16.17.710.813.1000.990.1.1^PS.XML",
        "2.16.17.710.813.1000.990.1.1^PS.PDF",
    ]
    assert request.requests[0].home_community == "1.2.276.0.76.4.291"


def test_a_request_without_community_is_read():
    body = edited(
        write_retrieve(RetrieveDocuments((REQUEST,))), {f"<HomeCommunityId>urn:oid:{NORWAY}</HomeCommunityId>": ""}
    )
    assert read_retrieve(body).requests[0].home_community is None


def test_a_community_without_urn_is_the_same_community():
    body = edited(write_retrieve(RetrieveDocuments((REQUEST,))), {"urn:oid:": ""})
    assert read_retrieve(body).requests == (REQUEST,)


@pytest.mark.parametrize("count", [0, 64, 65])
def test_one_to_sixty_four_documents_in_a_request(count):
    body = tree(write_retrieve(RetrieveDocuments((REQUEST,) * count)))
    if count == 64:
        assert len(read_retrieve(body).requests) == 64
    else:
        with pytest.raises(RequestMalformed):
            read_retrieve(body)


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("no unique id", {"DocumentUniqueId": "Other"}),
        ("a blank unique id", {REQUEST.unique_id: " "}),
        ("two unique ids", {"</DocumentRequest>": "<DocumentUniqueId>2</DocumentUniqueId></DocumentRequest>"}),
        (
            "two communities",
            {"<RepositoryUniqueId>": "<HomeCommunityId>urn:oid:2.9</HomeCommunityId><RepositoryUniqueId>"},
        ),
        ("two repositories", {"<DocumentUniqueId>": "<RepositoryUniqueId>2.9</RepositoryUniqueId><DocumentUniqueId>"}),
    ],
)
def test_refuses_a_request_with(rule, changes):
    with pytest.raises(RequestMalformed):
        read_retrieve(edited(write_retrieve(RetrieveDocuments((REQUEST,))), changes))


def test_another_body_is_unknown():
    with pytest.raises(BodyElementUnknown):
        read_retrieve(tree(written(DOCUMENT)))


@pytest.mark.parametrize(
    ("documents", "problems", "status"),
    [
        ((DOCUMENT,), (), "Success"),
        ((DOCUMENT,), (WARNING,), "Success"),
        ((DOCUMENT,), (MISSING,), "PartialSuccess"),
        ((), (MISSING,), "Failure"),
    ],
)
def test_the_status_follows_from_what_is_given_and_what_is_missing(documents, problems, status):
    answer = read_retrieved(tree(written(*documents, problems=problems)), {})
    assert answer.status == status
    assert answer.rejected is (status == "Failure")


def test_an_answer_is_never_empty():
    with pytest.raises(ValueError, match="never empty"):
        written()


def test_what_the_asker_left_out_is_filled_in():
    bare = RetrievedDocument(DocumentRequest("2.999^1"), b"x")
    (document,) = read_retrieved(tree(written(bare)), {}).documents
    assert document.request == DocumentRequest("2.999^1", NORWAY, "2.16.578.1.12.4.5.10.1.2")


def test_a_document_is_printed_once_and_inline():
    sent = written(DOCUMENT)
    assert sent.count(base64.b64encode(DOCUMENT.content)) == 1
    assert b"Include" not in sent


# --- what peers answer ---


def test_the_german_simulators_answer_is_read():
    answer = read_retrieved(tree(artefacts("messages", "RetrieveDocumentSetResponse.xml").read_bytes()), {})
    assert answer.status == "Success"
    assert [document.mime_type for document in answer.documents] == ["text/xml", "application/pdf"]
    assert answer.documents[0].content.lstrip().startswith(b"<ClinicalDocument")
    assert answer.documents[1].content.startswith(b"%PDF")


LARGE = RetrievedDocument(document_request("2.999^large"), b"\x00\r\n--" * (APART_FROM // 5 + 1), "text/xml")


def test_large_documents_are_apart_and_small_ones_stay_inline():
    body, attachments = write_retrieved_apart(RetrieveReply((LARGE, DOCUMENT), (WARNING,)), sender())
    assert list(attachments.values()) == [LARGE.content]
    assert len(body) < 5_000
    assert base64.b64encode(DOCUMENT.content) in body
    envelope = read_envelope(*packed(enveloped(body), attachments, action="urn:x", boundary="part-1"), ANSWER)
    answer = read_retrieved(envelope.body, envelope.attachments)
    assert [d.content for d in answer.documents] == [LARGE.content, DOCUMENT.content]
    assert answer.problems == (WARNING,)


def test_a_document_one_byte_below_the_line_stays_inline():
    below = RetrievedDocument(REQUEST, b"x" * (APART_FROM - 1))
    body, attachments = write_retrieved_apart(RetrieveReply((below,)), sender())
    assert not attachments
    assert body == written(below)


def test_no_more_documents_are_apart_than_a_reader_takes_parts():
    many = tuple(RetrievedDocument(document_request(f"2.999^{n}"), b"x" * APART_FROM) for n in range(17))
    body, attachments = write_retrieved_apart(RetrieveReply(many), sender())
    envelope = read_envelope(*packed(enveloped(body), attachments, action="urn:x", boundary="part-1"), ANSWER)
    assert len(attachments) == 15
    assert read_retrieved(envelope.body, envelope.attachments).documents == many


def test_an_mtom_answer_is_read():
    inline = base64.b64encode(DOCUMENT.content).decode()
    include = '<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:urn:uuid:7"/>'
    body = written(DOCUMENT).decode().replace(inline, include)
    envelope = read_envelope(MULTIPART, multipart(enveloped(body), ("urn:uuid:7", DOCUMENT.content)))
    assert read_retrieved(envelope.body, envelope.attachments).documents == (DOCUMENT,)


def test_partial_success_with_a_document_gives_the_document_and_the_reason():
    answer = read_retrieved(tree(written(DOCUMENT, problems=(MISSING,))), {})
    assert (answer.documents, answer.problems, answer.rejected) == ((DOCUMENT,), (MISSING,), False)


def test_a_partial_success_without_a_document_as_openncp_sends_it_is_read():
    failure, partial = (
        "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Failure",
        "urn:ihe:iti:2007:ResponseStatusType:PartialSuccess",
    )
    changes = {failure: partial}
    answer = read_retrieved(edited(written(problems=(MISSING,)), changes), {})
    assert (answer.status, answer.documents) == ("PartialSuccess", ())


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("another body", {"RetrieveDocumentSetResponse": "Other"}),
        ("no registry response", {"rs:RegistryResponse": "rs:Other"}),
        ("no document in its response", {"<Document>": "<Other>", "</Document>": "</Other>"}),
        ("an empty document", {base64.b64encode(DOCUMENT.content).decode(): ""}),
        ("a document that is not base64", {base64.b64encode(DOCUMENT.content).decode(): "<x/>"}),
        ("no id", {"<DocumentUniqueId>": "<Other>", "</DocumentUniqueId>": "</Other>"}),
        ("no media type", {"<mimeType>text/xml": "<mimeType>"}),
    ],
)
def test_refuses_an_answer_with(rule, changes):
    with pytest.raises(AnswerMalformed):
        read_retrieved(edited(written(DOCUMENT), changes), {})


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("field", ["DocumentUniqueId", "mimeType", "Document"])
def test_an_answer_survives_its_worst_document_and_says_so(field, position):
    body = tree(written(DOCUMENT, DOCUMENT, DOCUMENT))
    spoilt = body.findall("{*}DocumentResponse")[position]
    spoilt.remove(next(spoilt.iterfind(f"{{*}}{field}")))
    answer = read_retrieved(body, {})
    assert len(answer.documents) == 2
    assert [(one.severity, one.location) for one in answer.problems] == [("Error", f"DocumentResponse[{position}]")]
    assert read_retrieved(tree(written(DOCUMENT, DOCUMENT, DOCUMENT)), {}).problems == ()
