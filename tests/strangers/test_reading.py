"""A stranger reads a Norwegian patient summary; each deviation of the field is accepted or answered as stated."""

import ast
import base64
import hashlib
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from tests.strangers.client import ACTIONS, NS, SOAP, WSA, Answer, Client

PARTIAL = "urn:ihe:iti:2007:ResponseStatusType:PartialSuccess"
SUCCESS = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success"
FAILURE = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Failure"


def test_nothing_of_the_gateway_is_imported_here():
    for path in Path(__file__).parent.glob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        names = {n.name for node in ast.walk(tree) if isinstance(node, ast.Import) for n in node.names}
        names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        ours = {n for n in names if n.split(".")[0] in ("gateway", "transformers", "trust")}
        known = {"tests.support.require", "tests.strangers.client", "tests.strangers.server"}
        theirs = {n for n in names if n.startswith("tests.")} - known
        assert (ours, theirs) == (set(), set()), path


def patients(answer: Answer) -> list[etree._Element]:
    assert answer.body is not None
    return answer.body.findall(".//v3:subject1/v3:patient", NS)


def entries(answer: Answer) -> list[etree._Element]:
    assert answer.body is not None
    return answer.body.findall(".//rim:ExtrinsicObject", NS)


def documents(answer: Answer) -> dict[str, bytes]:
    assert answer.body is not None
    found = {}
    for response in answer.body.findall("xds:DocumentResponse", NS):
        content = base64.b64decode(response.findtext("xds:Document", "", NS))
        found[response.findtext("xds:DocumentUniqueId", "", NS)] = content
    return found


def unique_id(entry: etree._Element) -> str:
    (value,) = [
        e.get("value", "")
        for e in entry.findall("rim:ExternalIdentifier", NS)
        if e.get("identificationScheme") == "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab"
    ]
    return value


def slot(entry: etree._Element, name: str) -> str:
    return entry.findtext(f"rim:Slot[@name='{name}']/rim:ValueList/rim:Value", "", NS)


def listed(client: Client, person: str = "rich") -> tuple[tuple[bytes, bytes], etree._Element]:
    number = client.person(person)
    hcp = client.hcp()
    given = (hcp, client.trc(hcp, number))
    (entry,) = entries(client.send("xca", client.envelope("query", given, client.query(number))))
    return given, entry


def test_the_document_arrives(client: Client):
    number, hcp = client.person("rich"), client.hcp()
    found = client.send("xcpd", client.envelope("xcpd", (hcp,), client.discovery(number)), kind="xcpd")
    (patient,) = patients(found)
    assert patient.find("v3:id", NS).get("extension") == number
    assert found.body.find("v3:acknowledgement/v3:typeCode", NS).get("code") == "AA"
    assert found.body.find(".//v3:queryResponseCode", NS).get("code") == "OK"
    given = (hcp, client.trc(hcp, number))
    (entry,) = entries(client.send("xca", client.envelope("query", given, client.query(number))))
    home, repository = entry.get("home"), slot(entry, "repositoryUniqueId")
    body = client.retrieval((home.removeprefix("urn:oid:"), repository, unique_id(entry)))
    retrieved = client.send("xca", client.envelope("retrieve", given, body), kind="retrieve")
    ((own_id, content),) = documents(retrieved).items()
    assert own_id == unique_id(entry)
    assert hashlib.sha1(content).hexdigest() == slot(entry, "hash")
    assert str(len(content)) == slot(entry, "size")
    identifier = etree.fromstring(content).find("{urn:hl7-org:v3}id")
    assert f"{identifier.get('root')}^{identifier.get('extension')}" == own_id


def test_every_classification_has_a_slot_and_every_object_a_name(client: Client):
    _, entry = listed(client)
    assert entry.find("rim:Name/rim:LocalizedString", NS) is not None
    for classification in entry.findall("rim:Classification", NS):
        assert classification.findall("rim:Slot/rim:ValueList/rim:Value", NS)
    for identifier in entry.findall("rim:ExternalIdentifier", NS):
        assert identifier.find("rim:Name/rim:LocalizedString", NS) is not None


def test_the_same_assertions_serve_three_retrieves(client: Client):
    given, entry = listed(client)
    body = client.retrieval((None, None, unique_id(entry)))
    contents = set()
    for _ in range(3):
        answer = client.send("xca", client.envelope("retrieve", given, body), kind="retrieve")
        contents |= set(documents(answer).values())
    assert len(contents) == 1


ADDRESSING = {
    "none at all": "",
    "message id only": f'<a:MessageID xmlns:a="{WSA}">urn:uuid:{{id}}</a:MessageID>',
    "with To and ReplyTo": (
        f'<a:To xmlns:a="{WSA}" xmlns:e="{SOAP}" e:mustUnderstand="1">https://x</a:To>'
        f'<a:Action xmlns:a="{WSA}">{ACTIONS["query"]}</a:Action>'
        f'<a:MessageID xmlns:a="{WSA}">urn:uuid:{{id}}</a:MessageID>'
        f'<a:ReplyTo xmlns:a="{WSA}"><a:Address>{WSA}/anonymous</a:Address></a:ReplyTo>'
    ),
    "in the odd namespace of OpenNCP's retrieve": (
        f'<a:Action xmlns:a="{WSA}/anonymous">{ACTIONS["query"]}</a:Action>'
        f'<a:MessageID xmlns:a="{WSA}/anonymous">urn:uuid:1</a:MessageID>'
    ),
    "with a header nobody knows": '<x:Trace xmlns:x="urn:somebody">1</x:Trace>',
}


@pytest.mark.parametrize("form", ADDRESSING)
def test_accepts_ws_addressing(client: Client, form: str):
    number, hcp = client.person("rich"), client.hcp()
    addressing = ADDRESSING[form].format(id=uuid.uuid4())
    message = client.envelope("query", (hcp, client.trc(hcp, number)), client.query(number), addressing=addressing)
    assert len(entries(client.send("xca", message))) == 1


PACKAGING = {
    "no action parameter": (("Content-Type: application/soap+xml; charset=UTF-8",), ""),
    "SOAPAction header": (("Content-Type: application/soap+xml", f"SOAPAction: {ACTIONS['query']}"), ""),
    "text/xml": (("Content-Type: text/xml; charset=utf-8",), ""),
    "chunked": (("Content-Type: application/soap+xml", "Transfer-Encoding: chunked"), ""),
    "trailing slash": (("Content-Type: application/soap+xml",), "/"),
}


@pytest.mark.parametrize("form", PACKAGING)
def test_accepts_packaging(client: Client, form: str):
    headers, slash = PACKAGING[form]
    number, hcp = client.person("rich"), client.hcp()
    message = client.envelope("query", (hcp, client.trc(hcp, number)), client.query(number))
    assert len(entries(client.send("xca", message, headers=headers, slash=slash))) == 1


def test_accepts_a_multipart_of_one_part_as_axis2_sends_it(client: Client):
    given, entry = listed(client)
    message = client.envelope("retrieve", given, client.retrieval((None, None, unique_id(entry))))
    start = "0.urn:uuid:8F2B@apache.org"
    part = (
        f'--MIMEBoundary\r\nContent-Type: application/xop+xml; charset=UTF-8; type="application/soap+xml"\r\n'
        f"Content-Transfer-Encoding: binary\r\nContent-ID: <{start}>\r\n\r\n"
    )
    body = part.encode() + message + b"\r\n--MIMEBoundary--\r\n"
    kind = (
        f'Content-Type: multipart/related; boundary=MIMEBoundary; type="application/xop+xml"; start="<{start}>"; '
        f'start-info="application/soap+xml"; action="{ACTIONS["retrieve"]}"'
    )
    assert len(documents(client.send("xca", body, headers=(kind,)))) == 1


@pytest.mark.parametrize(
    "attribute", ["", f' xmlns:m="{SOAP}" m:mustUnderstand="0"', f' xmlns:m="{SOAP}" m:mustUnderstand="1"']
)
def test_accepts_a_security_header_whatever_it_says_of_must_understand(client: Client, attribute: str):
    number, hcp = client.person("rich"), client.hcp()
    message = client.envelope("query", (hcp, client.trc(hcp, number)), client.query(number), security=attribute)
    assert len(entries(client.send("xca", message))) == 1


def test_accepts_the_finnish_manner_of_an_assertion(client: Client):
    number, hcp = client.person("rich"), client.hcp(style="finland")
    message = client.envelope("query", (hcp, client.trc(hcp, number)), client.query(number))
    assert len(entries(client.send("xca", message))) == 1


def test_accepts_trc_before_hcp(client: Client):
    number, hcp = client.person("rich"), client.hcp()
    message = client.envelope("query", (client.trc(hcp, number), hcp), client.query(number))
    assert len(entries(client.send("xca", message))) == 1


@pytest.mark.parametrize(
    "classes",
    ["'60591-5^^2.16.840.1.113883.6.1'", "('60591-5^^2.16.840.1.113883.6.1','60591-5^^2.16.840.1.113883.6.1')"],
)
def test_accepts_class_codes_in_every_spelling(client: Client, classes: str):
    number, hcp = client.person("rich"), client.hcp()
    message = client.envelope("query", (hcp, client.trc(hcp, number)), client.query(number, classes=classes, home=True))
    assert len(entries(client.send("xca", message))) == 1


def test_two_documents_one_unknown_is_a_partial_success(client: Client):
    given, entry = listed(client)
    body = client.retrieval((None, None, unique_id(entry)), (None, None, "1.2.3^unknown"))
    answer = client.send("xca", client.envelope("retrieve", given, body), kind="retrieve")
    assert answer.body.find("rs:RegistryResponse", NS).get("status") == PARTIAL
    assert list(documents(answer)) == [unique_id(entry)]
    assert "ERROR_GENERIC_DOCUMENT_MISSING" in answer.codes


# --- refused ---------------------------------------------------------------------------------------------------------


def refused(answer: Answer, code: str) -> None:
    assert answer.status == 200
    assert answer.body.get("status") == FAILURE
    assert answer.codes == [code]
    assert entries(answer) == []


def test_an_unsigned_assertion_is_refused(client: Client):
    number, hcp = client.person("rich"), client.hcp(sign=False)
    answer = client.send("xca", client.envelope("query", (hcp, client.trc(hcp, number)), client.query(number)))
    refused(answer, "4704")


def test_a_seal_that_is_a_tls_certificate_is_refused(client: Client):
    number, hcp = client.person("rich"), client.hcp(key="tls_client")
    answer = client.send("xca", client.envelope("query", (hcp, client.trc(hcp, number)), client.query(number)))
    assert answer.body.get("status") == FAILURE
    assert entries(answer) == []


def test_one_changed_letter_is_refused(client: Client):
    number, hcp = client.person("rich"), client.hcp()
    forged = hcp.replace(b"Rui Estranho", b"Rui Estranha")
    answer = client.send("xca", client.envelope("query", (forged, client.trc(hcp, number)), client.query(number)))
    refused(answer, "ERROR_SEC_DATA_INTEGRITY_NOT_ENSURED")


def test_assertions_of_yesterday_are_refused(client: Client):
    number, then = client.person("rich"), datetime.now(UTC) - timedelta(days=1)
    hcp = client.hcp(at=then)
    answer = client.send("xca", client.envelope("query", (hcp, client.trc(hcp, number, at=then)), client.query(number)))
    refused(answer, "1001")


def test_another_patient_than_the_trcs_is_refused(client: Client):
    hcp = client.hcp()
    given = (hcp, client.trc(hcp, client.person("rich")))
    answer = client.send("xca", client.envelope("query", given, client.query(client.person("ordinary-man"))))
    refused(answer, "4206")


def test_an_unknown_class_code_is_refused(client: Client):
    number, hcp = client.person("rich"), client.hcp()
    body = client.query(number, classes="('11369-6^^2.16.840.1.113883.6.1')")
    answer = client.send("xca", client.envelope("query", (hcp, client.trc(hcp, number)), body))
    refused(answer, "ERROR_GENERIC_SERVICE_SIGNIFIER_UNKNOWN")


def test_a_repeated_message_is_refused(client: Client):
    number, hcp = client.person("rich"), client.hcp()
    message = client.envelope("query", (hcp, client.trc(hcp, number)), client.query(number))
    assert len(entries(client.send("xca", message))) == 1
    refused(client.send("xca", message), "ERROR_SEC_GENERIC")


def test_an_unknown_patient_is_no_match_with_detail_and_issue(client: Client):
    answer = client.send("xcpd", client.envelope("xcpd", (client.hcp(),), client.discovery("04816130080")), kind="xcpd")
    assert answer.codes == ["ERROR_PI_NO_MATCH"]
    assert answer.body.find("v3:acknowledgement/v3:typeCode", NS).get("code") == "AA"
    assert answer.body.find(".//v3:reasonOf/v3:detectedIssueEvent", NS) is not None
    assert patients(answer) == []


def test_soap_1_1_and_unknown_bodies_are_faults(client: Client):
    old = b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><a/></e:Body></e:Envelope>'
    for message in (old, client.envelope("query", (), "<a/>")):
        answer = client.send("xca", message)
        assert answer.status >= 400
        assert answer.body.tag == f"{{{SOAP}}}Fault"
