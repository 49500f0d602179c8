"""What reads a message from abroad is linear in it: twice as many of any part cost at most 2.3 times as much."""

from collections.abc import Callable, Mapping

import pytest

from gateway.messages import (
    DocumentsReply,
    FindDocuments,
    PatientsReply,
    ProvidedDocument,
    ProvideDocuments,
    ProvideReply,
    Remark,
    RetrievedDocument,
    RetrieveDocuments,
    RetrieveReply,
)
from gateway.wire.media_type import read_media_type
from gateway.wire.multipart import split
from gateway.wire.soap import read_envelope, read_fault, write_fault
from gateway.wire.xca_query import read_documents, read_find_documents, write_documents, write_find_documents
from gateway.wire.xca_retrieve import read_retrieve, read_retrieved, write_retrieve, write_retrieved
from gateway.wire.xcpd import read_find_patient, read_patients, write_find_patient, write_patients
from gateway.wire.xdr import read_provide, read_provided, write_provide, write_provided
from tests.support.documents.multiplied import Make, of_xml, slower_than_linear, worse_than_linear
from tests.support.nodes.wire import (
    KARI,
    PORTUGAL,
    SOAP,
    document_entry,
    document_request,
    document_types,
    enveloped,
    find_patient,
    found_patient,
    received,
    sender,
)
from trust.xml import Element

REQUEST = document_request()
ASKED = write_find_patient(find_patient(), sender(PORTUGAL))
PROBLEM = Remark("2506", "Warning", "No translation", "Observation/value")
SUBMITTED = ProvidedDocument(b"<a/>" * 9, "60593-1", "urn:epSOS:ep:dis:2010", "60593-1", KARI, "2.999^1", "pt-PT")
MESSAGES: Mapping[str, tuple[bytes, Callable[[Element], object]]] = {
    "ITI-55 request": (ASKED, read_find_patient),
    "ITI-55 answer": (
        write_patients(
            read_find_patient(received(ASKED).body).head,
            PatientsReply((found_patient(), found_patient())),
            sender(),
        ),
        read_patients,
    ),
    "ITI-38 request": (
        write_find_documents(FindDocuments(KARI, (("60591-5", "2.16.840.1.113883.6.1"),))),
        read_find_documents,
    ),
    "ITI-38 answer": (
        write_documents(DocumentsReply((document_entry(),), (PROBLEM,)), document_types(), sender()),
        read_documents,
    ),
    "ITI-39 request": (write_retrieve(RetrieveDocuments((REQUEST,))), read_retrieve),
    "ITI-39 answer": (
        write_retrieved(RetrieveReply((RetrievedDocument(REQUEST, b"<a/>" * 9),), (PROBLEM,)), sender()),
        lambda body: read_retrieved(body, {}),
    ),
    "ITI-41 request": (
        write_provide(ProvideDocuments("2.999.1", (SUBMITTED, SUBMITTED)), document_types(), sender(PORTUGAL)),
        lambda body: read_provide(body, {}),
    ),
    "ITI-41 answer": (write_provided(ProvideReply((PROBLEM,))), read_provided),
    "fault": (write_fault("Sender", "no", subcode="ERROR"), read_fault),
}


@pytest.mark.parametrize("kind", MESSAGES)
def test_twice_any_part_of_a_message_costs_at_most_twice(kind: str):
    message, codec = MESSAGES[kind]
    whole = message if kind == "fault" else enveloped(message.decode(), "<a:MessageID>urn:uuid:1</a:MessageID>")
    assert codec(read_envelope(SOAP, whole).body) is not None
    assert worse_than_linear(lambda content: codec(read_envelope(SOAP, content).body), of_xml(whole)) == {}


PART = b"\r\n--b\r\nContent-Type: application/octet-stream\r\nContent-ID: <p%d>\r\n%s\r\n"
ROOT = b'--b\r\nContent-Type: application/xop+xml; type="application/soap+xml"\r\nContent-ID: <root>\r\n\r\n'
BODIES: Mapping[str, Make] = {
    "parts": lambda n: ROOT + b"<a/>" + b"".join(PART % (i, b"\r\nx") for i in range(n)) + b"\r\n--b--",
    "fields of a part": lambda n: ROOT + b"<a/>" + PART % (1, b"X-A: b\r\n" * n + b"\r\nx") + b"\r\n--b--",
    "a long field": lambda n: ROOT + b"<a/>" + PART % (1, b"X-A: " + b"b " * 99 * n + b"\r\n\r\nx") + b"\r\n--b--",
    "folded lines": lambda n: ROOT + b"<a/>" + PART % (1, b"X-A: b\r\n" + b" c\r\n" * n + b"\r\nx") + b"\r\n--b--",
    "what looks like a boundary": lambda n: ROOT + b"<a/>" + b"\r\n--bb\r\n--" * n + b"\r\n--b--",
    "boundaries in a row": lambda n: ROOT + b"<a/>" + b"\r\n--b" * n + b"\r\n--b--",
    "line ends": lambda n: ROOT + b"<a/>" + PART % (1, b"\r\n" * n) + b"\r\n--b--",
}


@pytest.mark.parametrize("what", BODIES)
def test_twice_any_part_of_a_multipart_body_costs_at_most_twice(what: str):
    media_type = read_media_type('multipart/related; boundary="b"')
    assert media_type is not None
    assert split(media_type, BODIES["parts"](1)).root == b"<a/>"
    assert worse_than_linear(lambda body: split(media_type, body), {what: BODIES[what]}) == {}


@pytest.mark.parametrize("piece", ["; a%d=b", '; a%d="b;c"', '; a%d="\\""', ";", " ", "/", '"'])
def test_twice_any_part_of_a_media_type_costs_at_most_twice(piece: str):
    def make(count: int) -> bytes:
        return ("multipart/related" + "".join(piece.replace("%d", str(i)) for i in range(count))).encode()

    assert worse_than_linear(lambda content: read_media_type(content.decode()), {piece: make}) == {}


@pytest.mark.prove
@pytest.mark.timed
@pytest.mark.parametrize("kind", MESSAGES)
def test_twice_any_part_of_a_message_takes_at_most_twice_the_time(kind: str):
    message, codec = MESSAGES[kind]
    whole = message if kind == "fault" else enveloped(message.decode())
    assert slower_than_linear(lambda content: codec(read_envelope(SOAP, content).body), of_xml(whole), 500) == {}


@pytest.mark.prove
@pytest.mark.timed
def test_twice_any_part_of_a_multipart_body_takes_at_most_twice_the_time():
    media_type = read_media_type('multipart/related; boundary="b"')
    assert media_type is not None
    assert slower_than_linear(lambda body: split(media_type, body), BODIES, 2000) == {}
