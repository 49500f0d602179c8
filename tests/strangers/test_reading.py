"""A stranger reads a Norwegian patient summary; each deviation of the field is accepted."""

import base64
import hashlib
import uuid

import pytest
from lxml import etree

from tests.strangers import german
from tests.strangers.client import (
    ACTIONS,
    FNR,
    FORMAT,
    NS,
    PDF,
    SOAP,
    WSA,
    Answer,
    Client,
    classified,
    slot,
    unique_id,
)

PARTIAL = "urn:ihe:iti:2007:ResponseStatusType:PartialSuccess"
SUCCESS = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success"
LOINC = "2.16.840.1.113883.6.1"
Given = tuple[bytes, bytes]


def arrives(answer: Answer, entry: etree._Element) -> None:
    """A whole retrieve: the document that was listed, its size and hash, and nothing to complain of."""
    assert answer.status == 200
    assert answer.body.find("rs:RegistryResponse", NS).get("status") == SUCCESS
    ((own_id, content),) = answer.documents.items()
    assert own_id == unique_id(entry)
    assert (hashlib.sha1(content).hexdigest(), str(len(content))) == (slot(entry, "hash"), slot(entry, "size"))


# --- the whole way ---------------------------------------------------------------------------------------------------


def test_the_document_arrives(client: Client):
    number, hcp = client.person("rich"), client.hcp()
    found = client.ask("xcpd", (hcp,), client.discovery(number))
    (patient,) = found.patients
    assert patient.find("v3:id", NS).attrib == {"root": FNR, "extension": number}
    assert found.body.find("v3:acknowledgement/v3:typeCode", NS).get("code") == "AA"
    assert found.body.find(".//v3:queryResponseCode", NS).get("code") == "OK"

    given = (hcp, client.trc(hcp, number))
    listed = client.ask("query", given, client.query(number))
    assert listed.body.get("status") == SUCCESS
    (entry,) = listed.structured
    home = client.demo["nodes"]["NO"]["home_community_id"]
    assert entry.get("home") == f"urn:oid:{home}"

    body = client.retrieval((home, slot(entry, "repositoryUniqueId"), unique_id(entry)))
    retrieved = client.ask("retrieve", given, body)
    arrives(retrieved, entry)
    document = etree.fromstring(retrieved.documents[unique_id(entry)])
    assert document.tag == "{urn:hl7-org:v3}ClinicalDocument"
    own_id = document.find("v3:id", NS)
    assert f"{own_id.get('root')}^{own_id.get('extension')}" == unique_id(entry)
    patient_ids = document.findall("v3:recordTarget/v3:patientRole/v3:id", NS)
    assert number in [identifier.get("extension") for identifier in patient_ids]


def test_the_same_assertions_serve_identify_list_and_three_retrieves(client: Client):
    number, hcp = client.person("rich"), client.hcp()
    given = (hcp, client.trc(hcp, number))
    assert len(client.ask("xcpd", given[:1], client.discovery(number)).patients) == 1
    (entry,) = client.ask("query", given, client.query(number)).structured
    body = client.retrieval((None, None, unique_id(entry)))
    contents = {content for _ in range(3) for content in client.ask("retrieve", given, body).documents.values()}
    assert len(contents) == 1


# --- what OpenNCP's client demands of an answer ----------------------------------------------------------------------


def test_a_patient_has_what_the_openncp_client_reads(client: Client, given: Given):
    found = client.ask("xcpd", given[:1], client.discovery(client.person("rich")))
    (person,) = [patient.find("v3:patientPerson", NS) for patient in found.patients]
    assert person.findtext("v3:name/v3:family", "", NS)
    assert person.findtext("v3:name/v3:given", "", NS)
    assert person.find("v3:administrativeGenderCode", NS).get("code") in ("F", "M", "UN")
    assert len(person.find("v3:birthTime", NS).get("value")) == 8


def test_every_classification_has_a_slot_and_every_object_a_name(entry: etree._Element):
    assert entry.find("rim:Name/rim:LocalizedString", NS) is not None
    classifications = entry.findall("rim:Classification", NS)
    assert classifications
    for classification in classifications:
        assert classification.findall("rim:Slot/rim:ValueList/rim:Value", NS)
    for identifier in entry.findall("rim:ExternalIdentifier", NS):
        assert identifier.find("rim:Name/rim:LocalizedString", NS) is not None


def test_an_answer_is_plain_soap_with_inline_base64_that_names_its_request(
    client: Client, given: Given, entry: etree._Element
):
    own_id = f"urn:uuid:{uuid.uuid4()}"
    addressing = f'<a:MessageID xmlns:a="{WSA}">{own_id}</a:MessageID>'
    body = client.retrieval((None, None, unique_id(entry)))
    answer = client.ask("retrieve", given, body, addressing=addressing)
    arrives(answer, entry)
    assert answer.content_type.startswith("application/soap+xml")
    header = answer.envelope.find(f"{{{SOAP}}}Header")
    assert header.findtext(f"{{{WSA}}}RelatesTo") == own_id
    assert header.findtext(f"{{{WSA}}}Action") == ACTIONS["retrieve"] + "Response"


# --- headers ---------------------------------------------------------------------------------------------------------

ADDRESSING = {
    "none at all": "",
    "message id only": f'<a:MessageID xmlns:a="{WSA}">urn:uuid:{{id}}</a:MessageID>',
    "action only": f'<a:Action xmlns:a="{WSA}">{ACTIONS["query"]}</a:Action>',
    "with To and ReplyTo": (
        f'<a:To xmlns:a="{WSA}" xmlns:e="{SOAP}" e:mustUnderstand="1">https://x</a:To>'
        f'<a:Action xmlns:a="{WSA}" xmlns:e="{SOAP}" e:mustUnderstand="1">{ACTIONS["query"]}</a:Action>'
        f'<a:MessageID xmlns:a="{WSA}">urn:uuid:{{id}}</a:MessageID>'
        f'<a:ReplyTo xmlns:a="{WSA}"><a:Address>{WSA}/anonymous</a:Address></a:ReplyTo>'
    ),
    "in the odd namespace of OpenNCP's retrieve": (
        f'<a:Action xmlns:a="{WSA}/anonymous">{ACTIONS["query"]}</a:Action>'
        f'<a:MessageID xmlns:a="{WSA}/anonymous">urn:uuid:1</a:MessageID>'
    ),
    "in both namespaces": (
        f'<a:To xmlns:a="{WSA}/anonymous" xmlns:e="{SOAP}" e:mustUnderstand="1">https://x</a:To>'
        f'<a:MessageID xmlns:a="{WSA}/anonymous">urn:uuid:1</a:MessageID>'
        f'<a:Action xmlns:a="{WSA}">{ACTIONS["query"]}</a:Action><a:MessageID xmlns:a="{WSA}">urn:uuid:{{id}}</a:MessageID>'
    ),
    "with a header nobody knows": '<x:Trace xmlns:x="urn:somebody">1</x:Trace>',
}


@pytest.mark.parametrize("form", ADDRESSING)
def test_accepts_ws_addressing(client: Client, given: Given, form: str):
    addressing = ADDRESSING[form].format(id=uuid.uuid4())
    answer = client.ask("query", given, client.query(client.person("rich")), addressing=addressing)
    assert len(answer.structured) == 1


def test_a_message_without_an_id_is_answered_once_under_one_assertion(client: Client, given: Given):
    message = client.envelope("query", given, client.query(client.person("rich")), addressing="")
    assert [len(client.send("xca", message).structured) for _ in range(2)] == [1, 0]
    again = (given[0], client.trc(given[0], client.person("rich")))
    assert len(client.ask("query", again, client.query(client.person("rich")), addressing="").structured) == 1


def test_accepts_addressing_before_security(client: Client, given: Given):
    assert len(client.ask("query", given, client.query(client.person("rich")), last=True).structured) == 1


@pytest.mark.parametrize("value", ["0", "false", "1", "true"])
def test_accepts_a_security_header_whatever_it_says_of_must_understand(client: Client, given: Given, value: str):
    security = f' xmlns:m="{SOAP}" m:mustUnderstand="{value}"'
    assert len(client.ask("query", given, client.query(client.person("rich")), security=security).structured) == 1


# --- packaging -------------------------------------------------------------------------------------------------------

SOAP_TYPE = "Content-Type: application/soap+xml"
PACKAGING = {
    "no action parameter": ((f"{SOAP_TYPE}; charset=UTF-8",), ""),
    "SOAPAction header": ((SOAP_TYPE, f"SOAPAction: {ACTIONS['query']}"), ""),
    "SOAPAction header in quotes": ((SOAP_TYPE, f'SOAPAction: "{ACTIONS["query"]}"'), ""),
    "text/xml": (("Content-Type: text/xml; charset=utf-8",), ""),
    "chunked": ((SOAP_TYPE, "Transfer-Encoding: chunked", "User-Agent: Axis2"), ""),
    "trailing slash": ((SOAP_TYPE,), "/"),
    "an action that contradicts the body": ((f'{SOAP_TYPE}; action="{ACTIONS["retrieve"]}"',), ""),
}


@pytest.mark.parametrize("form", PACKAGING)
def test_accepts_packaging(client: Client, given: Given, form: str):
    headers, slash = PACKAGING[form]
    message = client.envelope("query", given, client.query(client.person("rich")), addressing="")
    assert len(client.send("xca", message, headers=headers, slash=slash).structured) == 1


@pytest.mark.parametrize("prologue", [b"", b"\r\n"])
def test_accepts_a_multipart_of_one_part_as_axis2_sends_it(
    client: Client, given: Given, entry: etree._Element, prologue: bytes
):
    message = client.envelope("retrieve", given, client.retrieval((None, None, unique_id(entry))), addressing="")
    start = "0.urn:uuid:8F2B@apache.org"
    part = (
        f'--MIMEBoundary_1\r\nContent-Type: application/xop+xml; charset=UTF-8; type="application/soap+xml"\r\n'
        f"Content-Transfer-Encoding: binary\r\nContent-ID: <{start}>\r\n\r\n"
    )
    body = prologue + part.encode() + message + b"\r\n--MIMEBoundary_1--\r\n"
    kind = (
        f'Content-Type: multipart/related; boundary=MIMEBoundary_1; type="application/xop+xml"; start="<{start}>"; '
        f'start-info="application/soap+xml"; action="{ACTIONS["retrieve"]}"'
    )
    arrives(client.send("xca", body, headers=(kind,)), entry)


# --- assertions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["nok hcp trc", "hcp nok trc", "hcp trc nok", "trc hcp"])
def test_accepts_assertions_in_any_order(client: Client, given: Given, order: str):
    own = {"hcp": given[0], "trc": given[1], "nok": client.nok(given[0])}
    answer = client.ask("query", tuple(own[kind] for kind in order.split()), client.query(client.person("rich")))
    assert len(answer.structured) == 1


def test_a_next_of_kin_may_identify(client: Client, given: Given):
    answer = client.ask("xcpd", (client.nok(given[0]), given[0]), client.discovery(client.person("rich")))
    assert len(answer.patients) == 1


def test_accepts_the_finnish_manner_of_an_assertion(client: Client):
    number, hcp = client.person("rich"), client.hcp(style="finland")
    assert b'PrefixList="xs"' in hcp
    assert len(client.ask("query", (hcp, client.trc(hcp, number)), client.query(number)).structured) == 1


# --- what is asked ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("home", [False, True])
@pytest.mark.parametrize(
    "classes",
    [
        f"('60591-5^^{LOINC}')",
        f"'60591-5^^{LOINC}'",
        f"('60591-5^^{LOINC}','60591-5^^{LOINC}')",
        f"('60591-5^^{LOINC},60591-5^^{LOINC}')",
    ],
    ids=["one", "bare", "quoted each, as 9", "in one pair of quotes, as 7 and 8"],
)
def test_accepts_class_codes_in_every_spelling(client: Client, given: Given, classes: str, home: bool):
    body = client.query(client.person("rich"), classes=classes, home=home)
    assert len(client.ask("query", given, body).structured) == 1


@pytest.mark.parametrize("named", ["nothing", "repository", "community", "both"])
def test_a_retrieve_may_leave_out_community_and_repository(
    client: Client, given: Given, entry: etree._Element, named: str
):
    home = client.demo["nodes"]["NO"]["home_community_id"] if named in ("community", "both") else None
    repository = slot(entry, "repositoryUniqueId") if named in ("repository", "both") else None
    body = client.retrieval((home, repository, unique_id(entry)))
    arrives(client.ask("retrieve", given, body), entry)


def test_two_documents_one_unknown_is_a_partial_success(client: Client, given: Given, entry: etree._Element):
    body = client.retrieval((None, None, unique_id(entry)), (None, None, "1.2.3^unknown"))
    answer = client.ask("retrieve", given, body)
    assert answer.body.find("rs:RegistryResponse", NS).get("status") == PARTIAL
    assert list(answer.documents) == [unique_id(entry)]
    assert answer.codes == ["ERROR_GENERIC_DOCUMENT_MISSING"]


def test_the_german_simulator_is_answered(client: Client, given: Given):
    number, nodes = client.person("rich"), client.demo["nodes"]
    norway, portugal = nodes["NO"]["home_community_id"], nodes["PT"]["home_community_id"]
    found = client.ask("xcpd", given[:1], german.discovery(norway, portugal, (FNR, number)))
    assert [patient.find("v3:id", NS).get("extension") for patient in found.patients] == [number]
    (entry,) = client.ask("query", given, german.query(number)).structured
    repository = slot(entry, "repositoryUniqueId")
    arrives(client.ask("retrieve", given, german.retrieval(norway, repository, unique_id(entry))), entry)
    both = german.retrieval(norway, repository, unique_id(entry), f"{unique_id(entry)}.PDF")
    assert list(client.ask("retrieve", given, both).documents) == [unique_id(entry)]


def test_denmarks_test_tool_is_answered(client: Client, given: Given, entry: etree._Element):
    def sent(kind: str, service: str, assertions: tuple[bytes, ...], body: str) -> Answer:
        message = client.envelope(kind, assertions, body)
        return client.send(service, message, headers=(SOAP_TYPE, f"SOAPAction: {ACTIONS[kind]}"), slash="/")

    number = client.person("rich")
    assert len(sent("xcpd", "xcpd", given[:1], client.discovery(number)).patients) == 1
    assert len(sent("query", "xca", given, client.query(number)).structured) == 1
    body = client.retrieval((None, slot(entry, "repositoryUniqueId"), unique_id(entry)))
    arrives(sent("retrieve", "xca", given, body), entry)


# --- pairs -----------------------------------------------------------------------------------------------------------

PRESCRIPTIONS = "57833-6"
OWN = ("id", "lid")


def metadata(listed: etree._Element) -> dict[str, object]:
    """Everything an entry says but what a PDF has of its own: ids, format, size and hash."""
    slots = {each.get("name"): slot(listed, each.get("name", "")) for each in listed.findall("rim:Slot", NS)}
    codes = [
        (fact.get("classificationScheme"), fact.get("nodeRepresentation"), slot(fact, "codingScheme"), name_of(fact))
        for fact in listed.findall("rim:Classification", NS)
        if fact.get("classificationScheme") != FORMAT
    ]
    said = {name: value for name, value in listed.attrib.items() if name not in OWN}
    texts = [listed.find(f"rim:{name}/rim:LocalizedString", NS).get("value") for name in ("Name", "Description")]
    return {
        **said,
        "slots": {n: v for n, v in slots.items() if n not in ("size", "hash")},
        "codes": codes,
        "texts": texts,
    }


def name_of(fact: etree._Element) -> str:
    return fact.find("rim:Name/rim:LocalizedString", NS).get("value", "")


def header(document: etree._Element) -> list[bytes]:
    """What stands before the body but the templates and the document's own id."""
    own = {f"{{urn:hl7-org:v3}}{name}" for name in ("id", "templateId", "component")}
    return [etree.tostring(part, method="c14n") for part in document if part.tag not in own]


@pytest.mark.parametrize(("person", "code", "most"), [("rich", "60591-5", 1), ("ordinary-old-woman", PRESCRIPTIONS, 2)])
def test_a_client_that_demands_pairs_is_given_them(client: Client, person: str, code: str, most: int):
    number, hcp = client.person(person), client.hcp()
    given = (hcp, client.trc(hcp, number))
    listed = client.ask("query", given, client.query(number, classes=f"('{code}^^{LOINC}')"))
    by_id = {unique_id(entry): entry for entry in listed.entries}
    assert (len(listed.pairs), len(by_id)) == (most, 2 * most)
    assert {unique_id(entry) for entry in listed.structured} == set(listed.pairs.values())
    for original_id, structured_id in listed.pairs.items():
        original, structured = by_id[original_id], by_id[structured_id]
        assert (classified(original, FORMAT), original.get("mimeType")) == (PDF, "text/xml")
        assert metadata(original) == metadata(structured)
        asked = [(None, slot(one, "repositoryUniqueId"), unique_id(one)) for one in (structured, original)]
        for one, entry in zip(asked, (structured, original), strict=True):
            arrives(client.ask("retrieve", given, client.retrieval(one)), entry)
        both = client.ask("retrieve", given, client.retrieval(*asked))
        assert (both.codes, list(both.documents)) == ([], [structured_id, original_id])
        first, second = map(etree.fromstring, both.documents.values())
        assert header(first) == header(second)
        assert second.find("v3:component/v3:structuredBody", NS) is None
        text = second.find("v3:component/v3:nonXMLBody/v3:text", NS)
        assert text.get("mediaType") == "application/pdf"
        assert base64.b64decode(text.text, validate=True).startswith(b"%PDF-1.")


def test_who_lists_again_is_given_the_very_pair_again(client: Client):
    number, hcp = client.person("ordinary-child"), client.hcp()
    given = (hcp, client.trc(hcp, number))
    first, second = (client.ask("query", given, client.query(number)) for _ in range(2))
    assert [etree.tostring(e, method="c14n") for e in first.entries] == [
        etree.tostring(e, method="c14n") for e in second.entries
    ]
    assert first.pairs == second.pairs
