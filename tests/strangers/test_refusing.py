"""A stranger who is not in order is refused in the form, with the code and in the words that the table states."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from tests.strangers.client import SOAP, Answer, Client, unique_id
from tests.strangers.refusals import refused

KINDS = {"ITI-55": "xcpd", "ITI-38": "query", "ITI-39": "retrieve"}
Given = tuple[bytes, bytes]
UNKNOWN = "04816130080"


@pytest.fixture
def ask(client: Client, entry: etree._Element) -> Callable[..., Answer]:
    """One transaction about the richest sample person with these assertions; the TRC stays at home in a discovery."""

    def asking(transaction: str, *given: bytes, number: str | None = None) -> Answer:
        number = number or client.person("rich")
        bodies = {
            "ITI-55": client.discovery(number),
            "ITI-38": client.query(number),
            "ITI-39": client.retrieval((None, None, unique_id(entry))),
        }
        return client.ask(KINDS[transaction], given, bodies[transaction])

    return asking


def given_for(transaction: str, client: Client, hcp: bytes) -> tuple[bytes, ...]:
    return (hcp,) if transaction == "ITI-55" else (hcp, client.trc(hcp, client.person("rich")))


def yesterday() -> datetime:
    return datetime.now(UTC) - timedelta(days=1)


# --- who asks --------------------------------------------------------------------------------------------------------

HCP: dict[str, Callable[[Client], bytes]] = {
    "SignatureMissing": lambda client: client.hcp(sign=False),
    "SignatureInvalid": lambda client: client.hcp().replace(b"Rui Estranho", b"Rui Estranha"),
    "CertificateKindForbidden": lambda client: client.hcp(key="tls_client"),
    "TlsCountryDiffers": lambda client: client.hcp(of="NO"),
    "AssertionExpired": lambda client: client.hcp(at=yesterday()),
    "HcpRepeated": lambda client: client.hcp() + client.hcp(),
}


@pytest.mark.parametrize("transaction", KINDS)
def test_a_caller_in_order_is_answered(client: Client, ask: Callable[..., Answer], transaction: str):
    answer = ask(transaction, *given_for(transaction, client, client.hcp()))
    assert len(answer.patients) + len(answer.structured) + len(answer.documents) == 1
    assert answer.codes == []


@pytest.mark.parametrize("transaction", KINDS)
@pytest.mark.parametrize("cause", HCP)
def test_refuses_an_hcp_that_is_not_in_order(client: Client, ask: Callable[..., Answer], cause: str, transaction: str):
    hcp = HCP[cause](client)
    good = client.hcp() if cause == "HcpRepeated" else hcp
    given = (hcp, *given_for(transaction, client, good)[1:])
    refused(ask(transaction, *given), cause, transaction)


@pytest.mark.parametrize("transaction", KINDS)
def test_refuses_a_caller_without_an_hcp(ask: Callable[..., Answer], transaction: str):
    refused(ask(transaction), "HcpMissing", transaction)


TRC: dict[str, Callable[[Client, bytes, str], bytes]] = {
    "TrcMissing": lambda client, hcp, number: b"",
    "TrcRepeated": lambda client, hcp, number: client.trc(hcp, number) + client.trc(hcp, number),
    "SignatureMissing": lambda client, hcp, number: client.trc(hcp, number, sign=False),
    "CertificateKindForbidden": lambda client, hcp, number: client.trc(hcp, number, key="tls_client"),
    "TrcSignerCountryDiffers": lambda client, hcp, number: client.trc(hcp, number, of="NO"),
    "AssertionExpired": lambda client, hcp, number: client.trc(hcp, number, at=yesterday()),
    "TrcPointsToAnotherHcp": lambda client, hcp, number: client.trc(client.hcp(), number),
}


@pytest.mark.parametrize("transaction", ["ITI-38", "ITI-39"])
@pytest.mark.parametrize("cause", TRC)
def test_refuses_a_trc_that_is_not_in_order(client: Client, ask: Callable[..., Answer], cause: str, transaction: str):
    hcp = client.hcp()
    trc = TRC[cause](client, hcp, client.person("rich"))
    refused(ask(transaction, hcp, trc), cause, transaction, trc=True)


def test_a_stranger_without_a_client_certificate_gets_no_answer(client: Client, given: Given):
    message = client.envelope("query", given, client.query(client.person("rich")), addressing="")
    assert client.send("xca", message, known=False).status == 0
    assert client.send("xca", message).status == 200


# --- about whom, and what --------------------------------------------------------------------------------------------


def test_refuses_a_query_about_another_patient_than_the_trcs(client: Client, given: Given):
    answer = client.ask("query", given, client.query(client.person("ordinary-man")))
    refused(answer, "PatientDiffers", "ITI-38")


def test_refuses_the_document_of_another_patient_than_the_trcs(client: Client, ask: Callable[..., Answer]):
    hcp = client.hcp()
    other = client.trc(hcp, client.person("ordinary-man"))
    refused(ask("ITI-39", hcp, other), "DocumentOfAnotherPatient", "ITI-39")


def test_refuses_an_unknown_patient(client: Client, given: Given, ask: Callable[..., Answer]):
    refused(ask("ITI-55", given[0], number=UNKNOWN), "PatientUnknown", "ITI-55")
    trc = client.trc(given[0], UNKNOWN)
    refused(ask("ITI-38", given[0], trc, number=UNKNOWN), "PatientUnknown", "ITI-38")


def test_refuses_an_unknown_class_code(client: Client, given: Given):
    body = client.query(client.person("rich"), classes="('99999-9^^2.16.840.1.113883.6.1')")
    refused(client.ask("query", given, body), "ClassCodeUnknown", "ITI-38")


def test_refuses_an_unknown_document(client: Client, given: Given):
    answer = client.ask("retrieve", given, client.retrieval((None, None, "1.2.3^unknown")))
    refused(answer, "DocumentUnknown", "ITI-39")


def test_refuses_a_repository_that_is_not_ours(client: Client, given: Given, entry: etree._Element):
    answer = client.ask("retrieve", given, client.retrieval((None, "1.2.3", unique_id(entry))))
    refused(answer, "RepositoryUnknown", "ITI-39")


@pytest.mark.parametrize("transaction", KINDS)
def test_refuses_a_repeated_message(client: Client, given: Given, entry: etree._Element, transaction: str):
    number = client.person("rich")
    bodies = {
        "ITI-55": client.discovery(number),
        "ITI-38": client.query(number),
        "ITI-39": client.retrieval((None, None, unique_id(entry))),
    }
    own = given[:1] if transaction == "ITI-55" else given
    kind, service = KINDS[transaction], "xcpd" if transaction == "ITI-55" else "xca"
    message = client.envelope(kind, own, bodies[transaction])
    assert client.send(service, message, kind=kind).codes == []
    refused(client.send(service, message, kind=kind), "MessageRepeated", transaction)


# --- what cannot be dispatched ---------------------------------------------------------------------------------------

XDR = (
    '<x:ProvideAndRegisterDocumentSetRequest xmlns:x="urn:ihe:iti:xds-b:2007"><x:Document id="urn:uuid:1"><xop:Include '
    'xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:urn:uuid:1"/></x:Document>'
    "</x:ProvideAndRegisterDocumentSetRequest>"
)
PLAIN = f'<e:Envelope xmlns:e="{SOAP}"><e:Header>%s</e:Header><e:Body>%s</e:Body></e:Envelope>'
FAULTS = {
    "SoapVersionUnknown": PLAIN.replace(SOAP, "http://schemas.xmlsoap.org/soap/envelope/") % ("", "<a/>"),
    "BodyElementUnknown": PLAIN % ("", "<a/>"),
    "NotUnderstood": PLAIN % ('<x:Must xmlns:x="urn:x" e:mustUnderstand="1"/>', "<a/>"),
    "XmlNotWellFormed": "<e",
    "SoapMalformed": "<a/>",
    "DoctypeForbidden": "<!DOCTYPE a>" + PLAIN % ("", "<a/>"),
    "MultipartMalformed": PLAIN % ("", XDR),
}


@pytest.mark.parametrize("cause", FAULTS)
def test_a_message_that_cannot_be_dispatched_gets_a_fault(client: Client, cause: str):
    refused(client.send("xca", FAULTS[cause].encode()), cause, "unknown")


def test_another_media_type_gets_a_fault(client: Client, given: Given):
    message = client.envelope("query", given, client.query(client.person("rich")), addressing="")
    refused(client.send("xca", message, headers=("Content-Type: application/json",)), "MediaTypeUnsupported", "unknown")
    assert len(client.send("xca", message).structured) == 1


def multipart(envelope: str, *parts: str) -> bytes:
    root = f"--B\r\nContent-Type: application/xop+xml; charset=UTF-8\r\nContent-ID: <r@x>\r\n\r\n{envelope}\r\n"
    others = (
        f"--B\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <{part}>\r\n\r\nx\r\n"
        for part in parts
    )
    return (root + "".join(others) + "--B--\r\n").encode()


def test_xop_is_unpacked_before_the_body_is_dispatched(client: Client):
    """The queries take no binary content; a submission to the wrong service gets as far as its body element."""
    kind = ('Content-Type: multipart/related; boundary=B; type="application/xop+xml"; start="<r@x>"',)
    whole, partless, other = (multipart(PLAIN % ("", XDR), *parts) for parts in (("urn:uuid:1",), (), ("urn:uuid:2",)))
    refused(client.send("xca", whole, headers=kind), "BodyElementUnknown", "unknown")
    refused(client.send("xca", partless, headers=kind), "MultipartMalformed", "unknown")
    refused(client.send("xca", other, headers=kind), "MultipartMalformed", "unknown")


def test_an_xop_include_where_an_identifier_stands_is_refused(client: Client, given: Given):
    include = '<xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:a"/>'
    message = client.envelope("retrieve", given, client.retrieval((None, None, include)), addressing="").decode()
    kind = ('Content-Type: multipart/related; boundary=B; type="application/xop+xml"; start="<r@x>"',)
    answer = client.send("xca", multipart(message, "a"), headers=kind)
    assert answer.documents == {}
    refused(answer, "RequestMalformed", "ITI-39")
