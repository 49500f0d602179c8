"""Our country B is answered by contact points of every generation, and by ones that lie."""

import base64
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.strangers import certificates, contact_points
from tests.strangers.client import FNR, NS, SOAP, WSA, Client
from tests.strangers.server import Script, answering

ROOT = Path(__file__).resolve().parents[2]
NORWAY, DENMARK = "2.16.578.1.12.4.5.10.1", "1.2.208"
NUMBER = "13837424032"
UNIQUE = f"{NORWAY}.1^DOC-1"
DOCUMENT = (
    '<ClinicalDocument xmlns="urn:hl7-org:v3">'
    f'<id root="{NORWAY}.1" extension="DOC-1"/><code code="60591-5" codeSystem="2.16.840.1.113883.6.1"/>'
    '<languageCode code="nb"/><recordTarget><patientRole>'
    f'<id root="{FNR}" extension="{NUMBER}"/><patient><name><given>Ryddig</given><family>Havreaaker</family></name>'
    '<administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="19740313"/></patient>'
    "</patientRole></recordTarget><component><structuredBody/></component></ClinicalDocument>"
)
OF_ANOTHER = DOCUMENT.replace(NUMBER, "08827919994")
OK = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success"
FAILURE = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Failure"
PARTIAL = "urn:ihe:iti:2007:ResponseStatusType:PartialSuccess"
SEVERITY = "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType"

Ask = Callable[..., dict]


@pytest.fixture(scope="module")
def servers(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path]]:
    """Server credentials by what is wrong with them; made before country B reads the revocation lists."""
    return certificates.made(demo_folder / "pki", tmp_path_factory.mktemp("servers"))


@pytest.fixture(scope="module")
def child(demo_folder: Path, servers: dict[str, tuple[Path, Path]]) -> Iterator[subprocess.Popen[str]]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("NCPEH_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.nodes.ask_abroad", str(demo_folder)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    yield process
    process.stdin.close()
    assert process.wait(180) == 0
    process.stdout.close()


@pytest.fixture
def ask(child: subprocess.Popen[str], client: Client, servers: dict[str, tuple[Path, Path]]) -> Ask:
    """Let country B ask a server that answers as told; ``server`` says what is wrong with its certificate."""
    theirs = client.demo["countries"]["NO"]
    own = Path(theirs["tls_server_certificate"])
    usual = own, own.with_suffix(".key")

    def asking(step: str, body: str | bytes = "", *, server: str = "", address: str = "127.0.0.1", envelope: str = "",
               headers: str = "", listed: str = DOCUMENT, sha1: str | None = None,
               size: int | None = None, meaning: str = "bytes-sent", entry: dict[str, str] | None = None,
               **said: object) -> dict:  # fmt: skip
        script = Script()
        script.body = body if isinstance(body, bytes) else (envelope or soap(body, headers)).encode()
        for name, value in said.items():
            setattr(script, name, value)
        credential = servers[server] if server else usual
        with answering(*credential, Path(theirs["ca"]), script, address) as url:
            command = {
                "step": step, "url": url, "number": NUMBER, "unique_id": UNIQUE,
                "size": len(listed) if size is None else size,
                "sha1": hashlib.sha1(listed.encode()).hexdigest() if sha1 is None else sha1,
                "row": {"listing_hash": meaning}, "entry": entry or {},
            }  # fmt: skip
            child.stdin.write(json.dumps(command) + "\n")
            child.stdin.flush()
            return {**json.loads(child.stdout.readline()), "asked": script.received != b""}

    return asking


def soap(body: str, headers: str = "") -> str:
    return f'<s:Envelope xmlns:s="{SOAP}"><s:Header>{headers}</s:Header><s:Body>{body}</s:Body></s:Envelope>'


def found(
    *, number: str = NUMBER, custodian: str = NORWAY, sender: str = NORWAY, response: str = "AE", more: str = ""
) -> str:
    """PRPA_IN201306UV02 as OpenNCP 8 writes it: queryResponseCode is AE on success too."""
    subject = (
        '<subject typeCode="SUBJ"><registrationEvent classCode="REG" moodCode="EVN"><id nullFlavor="NA"/>'
        '<statusCode code="active"/><subject1 typeCode="SBJ"><patient classCode="PAT">'
        f'<id root="{FNR}" extension="{number}"/><statusCode code="active"/><patientPerson classCode="PSN" '
        'determinerCode="INSTANCE"><name><family>Havreåker</family><given>Ryddig</given></name>'
        '<administrativeGenderCode code="F"/><birthTime value="19740313"/></patientPerson></patient></subject1>'
        f'<custodian typeCode="CST"><assignedEntity classCode="ASSIGNED"><id root="{custodian}"/></assignedEntity>'
        "</custodian></registrationEvent></subject>"
    )
    return discovery(subject if number else "", sender, response, more)


def discovery(subject: str, sender: str = NORWAY, response: str = "AE", detail: str = "", issue: str = "") -> str:
    """The whole answer; ``detail`` stands in the acknowledgement, ``issue`` in the control act."""
    return (
        '<PRPA_IN201306UV02 xmlns="urn:hl7-org:v3" ITSVersion="XML_1.0"><id root="1.2" extension="1"/>'
        f'<acknowledgement><typeCode code="AA"/>{detail}</acknowledgement>'
        f'<sender typeCode="SND"><device classCode="DEV" determinerCode="INSTANCE"><id root="{sender}"/></device></sender>'
        f'<controlActProcess classCode="CACT" moodCode="EVN">{subject}{issue}<queryAck><queryId root="1.2"/>'
        f'<queryResponseCode code="{response}"/></queryAck></controlActProcess></PRPA_IN201306UV02>'
    )


def listing(*, number: str = NUMBER, home: str = NORWAY, status: str | None = OK, entry: bool = True, errors: str = "",
            slot: bool = True) -> str:  # fmt: skip
    """AdhocQueryResponse; ``slot`` False leaves the classification without its Slot."""
    own = (
        '<rim:Slot name="codingScheme"><rim:ValueList><rim:Value>2.16.840.1.113883.6.1</rim:Value></rim:ValueList></rim:Slot>'
        if slot
        else ""
    )

    def identifier(scheme: str, value: str, name: str) -> str:
        return (
            f'<rim:ExternalIdentifier id="urn:uuid:{name}" identificationScheme="urn:uuid:{scheme}" registryObject="urn:uuid:1" '
            f'value="{value}"><rim:Name><rim:LocalizedString value="XDSDocumentEntry.{name}"/></rim:Name>'
            "</rim:ExternalIdentifier>"
        )

    classes = "".join(
        f'<rim:Classification id="urn:uuid:{scheme[:4]}" classificationScheme="urn:uuid:{scheme}" '
        f'classifiedObject="urn:uuid:1" nodeRepresentation="{code}">{own}<rim:Name><rim:LocalizedString value="x"/></rim:Name>'
        "</rim:Classification>"
        for scheme, code in (
            ("41a5887f-8865-4c09-adf7-e362475b143a", "60591-5"),
            ("a09d5840-386c-46f2-b5ad-9c3699a4309d", "urn:epSOS:ps:ps:2010"),
        )
    )
    cx = f"{number}^^^&amp;{FNR}&amp;ISO"
    objects = (
        f'<rim:ExtrinsicObject id="urn:uuid:1" home="urn:oid:{home}" mimeType="text/xml" '
        'objectType="urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"><rim:Slot name="creationTime"><rim:ValueList>'
        '<rim:Value>20261101120000</rim:Value></rim:ValueList></rim:Slot><rim:Slot name="repositoryUniqueId">'
        "<rim:ValueList><rim:Value>1.2.3</rim:Value></rim:ValueList></rim:Slot>"
        f'<rim:Name><rim:LocalizedString value="Patient Summary"/></rim:Name>{classes}'
        f"{identifier('58a6f841-87b3-4a3e-92fd-a8ffeff98427', cx, 'patientId')}"
        f"{identifier('2e82c1f6-a085-4c72-9da3-8640a32e42ab', UNIQUE, 'uniqueId')}</rim:ExtrinsicObject>"
        if entry
        else ""
    )
    said = f' status="{status}"' if status else ""
    return (
        f'<query:AdhocQueryResponse xmlns:query="{NS["query"]}" xmlns:rim="{NS["rim"]}" xmlns:rs="{NS["rs"]}"{said}>{errors}'
        f"<rim:RegistryObjectList>{objects}</rim:RegistryObjectList></query:AdhocQueryResponse>"
    )


def errors(code: str, severity: str) -> str:
    return (
        f'<rs:RegistryErrorList xmlns:rs="{NS["rs"]}"><rs:RegistryError errorCode="{code}" codeContext="why" '
        f'severity="{SEVERITY}:{severity}" location="x"/></rs:RegistryErrorList>'
    )


def retrieved(*, unique_id: str = UNIQUE, home: str = NORWAY, status: str = OK, content: str | None = None,
              more: str = "") -> str:  # fmt: skip
    inline = base64.b64encode(DOCUMENT.encode()).decode() if content is None else content
    return (
        f'<xds:RetrieveDocumentSetResponse xmlns:xds="{NS["xds"]}"><rs:RegistryResponse xmlns:rs="{NS["rs"]}" '
        f'status="{status}">{more}</rs:RegistryResponse><xds:DocumentResponse>'
        f"<xds:HomeCommunityId>urn:oid:{home}</xds:HomeCommunityId><xds:RepositoryUniqueId>1.2.3</xds:RepositoryUniqueId>"
        f"<xds:DocumentUniqueId>{unique_id}</xds:DocumentUniqueId><xds:mimeType>text/xml</xds:mimeType>"
        f"<xds:Document>{inline}</xds:Document></xds:DocumentResponse></xds:RetrieveDocumentSetResponse>"
    )


def nothing(status: str, more: str = "") -> str:
    """A retrieve's answer without a document."""
    whole = retrieved(status=status, more=more)
    return whole[: whole.index("<xds:DocumentResponse>")] + "</xds:RetrieveDocumentSetResponse>"


NO_MATCH = '<acknowledgementDetail><code code="ERROR_PI_NO_MATCH"/><text>no</text></acknowledgementDetail>'
FAULT = (
    f'<s:Fault xmlns:s="{SOAP}"><s:Code><s:Value>s:Receiver</s:Value></s:Code><s:Reason><s:Text xml:lang="en">broken'
    "</s:Text></s:Reason></s:Fault>"
)


@pytest.mark.parametrize("response", ["AE", "OK"])
def test_a_match_is_used_whatever_the_query_response_code_says(ask: Ask, response: str):
    assert ask("identify", found(response=response)) == {"used": [NUMBER], "refused": None, "asked": True}


def test_a_mandatory_action_in_the_answer_is_understood(ask: Ask):
    action = f'<a:Action xmlns:a="{WSA}" xmlns:e="{SOAP}" e:mustUnderstand="1">urn:x</a:Action>'
    assert ask("identify", found(), headers=action)["used"] == [NUMBER]


def test_an_answer_that_relates_to_our_message_is_used(ask: Ask):
    related = f'<a:RelatesTo xmlns:a="{WSA}">@MESSAGE-ID@</a:RelatesTo>'
    assert ask("identify", found(), headers=related)["used"] == [NUMBER]
    assert len(ask("list", listing(), headers=related)["used"]) == 1
    assert ask("retrieve", retrieved(), headers=related)["used"]["documents"] == [DOCUMENT]


ISSUE = (
    '<reasonOf typeCode="RSON"><detectedIssueEvent classCode="ALRT" moodCode="EVN"><code '
    'code="ActAdministrativeDetectedIssueCode" codeSystem="2.16.840.1.113883.5.4"/><mitigatedBy typeCode="MITGT">'
    '<detectedIssueManagement classCode="ACT" moodCode="EVN"><code code="AnswerNotAvailable" '
    'codeSystem="1.3.6.1.4.1.19376.1.2.27.3"/></detectedIssueManagement></mitigatedBy></detectedIssueEvent></reasonOf>'
)
TARGET = '<targetMessage><id root="1.2" extension="somebody-else"/></targetMessage>'
OTHER = f'<a:RelatesTo xmlns:a="{WSA}">urn:uuid:other</a:RelatesTo>'
IDENTIFY = {
    "no match with detail only": ({"body": discovery("", detail=NO_MATCH)}, "PeerSaidNo"),
    "no match with detail and issue": ({"body": discovery("", detail=NO_MATCH, issue=ISSUE)}, "PeerSaidNo"),
    "no match and no reason": ({"body": discovery("")}, "PeerSaidNo"),
    "to another target message": ({"body": found(more=TARGET)}, "AnswerToAnother"),
    "from another sender": ({"body": found(sender=DENMARK)}, "AnswerFromAnother"),
    "held by another community": ({"body": found(custodian=DENMARK)}, "AnswerFromAnother"),
    "a match without root": ({"body": found().replace(f'root="{FNR}" ', "")}, "PeerAnswerUnreadable"),
    "a match without number": (
        {"body": found().replace(f'extension="{NUMBER}"', 'extension=" "')},
        "PeerAnswerUnreadable",
    ),
    "a fault": ({"body": FAULT, "status": 500}, "PeerFault"),
    "relates to another message": ({"body": found(), "headers": OTHER}, "AnswerToAnother"),
    "a DOCTYPE": ({"envelope": "<!DOCTYPE a>" + soap(found())}, "PeerAnswerUnreadable"),
    "11 MB of text": ({"body": discovery(f"<x>{'y' * 11_000_000}</x>")}, "PeerAnswerUnreadable"),
    "a web page": ({"envelope": "<html/>", "content_type": "text/html"}, "PeerAnswerUnreadable"),
    "nothing": ({"envelope": " "}, "PeerAnswerUnreadable"),
    "too slow": ({"body": found(), "delay": 3.0}, "PeerSlow"),
}


@pytest.mark.parametrize("case", IDENTIFY)
def test_an_answer_to_a_discovery_that_cannot_be_used_is_refused(ask: Ask, case: str):
    said, reason = IDENTIFY[case]
    assert ask("identify", **said)["refused"] == reason


def test_of_several_identifiers_of_a_match_the_first_whole_one_is_used(ask: Ask):
    whole = f'<id root="{FNR}" extension="{NUMBER}"/>'
    several = found().replace(whole, f'<id extension="7"/>{whole}<id root="2.999.9" extension="8"/>')
    assert ask("identify", several)["used"] == [NUMBER]


def test_what_a_peer_says_beside_its_code_is_kept_with_its_place(ask: Ask):
    reason = NO_MATCH.replace("<text>no</text>", "<text>no</text><location>as Germany gives it</location>")
    said = ask("identify", discovery("", detail=reason))["reasons"]
    assert said == [["ERROR_PI_NO_MATCH", "no", "as Germany gives it"]]
    refused = ask("retrieve", nothing(FAILURE, errors("4703", "Error")))["reasons"]
    assert refused == [["4703", "why", "x"]]


@pytest.mark.parametrize("issue", ["", ISSUE], ids=["detail only", "detail and issue"])
def test_the_reason_of_no_match_is_read_wherever_it_stands(ask: Ask, issue: str):
    assert ask("identify", discovery("", detail=NO_MATCH, issue=issue))["codes"] == ["ERROR_PI_NO_MATCH"]


@pytest.mark.parametrize(("step", "whole"), [("list", "listing"), ("retrieve", "retrieved")])
@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"body": FAULT, "status": 500}, "PeerFault"),
        ({"headers": OTHER}, "AnswerToAnother"),
        ({"envelope": "<!DOCTYPE a>%s"}, "PeerAnswerUnreadable"),
        ({"delay": 3.0}, "PeerSlow"),
        ({"content_type": "text/html"}, "PeerAnswerUnreadable"),
    ],
    ids=["a fault", "to another message", "a DOCTYPE", "too slow", "a web page"],
)
def test_a_query_and_a_retrieve_are_as_careful(ask: Ask, step: str, whole: str, said: dict, reason: str):
    body = {"listing": listing, "retrieved": retrieved}[whole]()
    said = {key: value.replace("%s", soap(body)) if key == "envelope" else value for key, value in said.items()}
    assert ask(step, **{"body": body, **said})["refused"] == reason


def test_a_listing_is_used(ask: Ask):
    assert [entry["unique_id"] for entry in ask("list", listing())["used"]] == [UNIQUE]


def test_a_listing_whose_classification_has_no_slot_is_used(ask: Ask):
    assert [entry["unique_id"] for entry in ask("list", listing(slot=False))["used"]] == [UNIQUE]


def test_an_entry_of_a_class_that_was_not_asked_for_is_not_used(ask: Ask):
    assert ask("list", listing().replace('"60591-5"', '"57833-6"'))["used"] == []
    assert len(ask("list", listing())["used"]) == 1


EMPTY = hashlib.sha1(b"").hexdigest()


def test_a_document_listed_as_denmark_lists_those_made_on_demand_is_used(ask: Ask):
    for meaning in ("bytes-sent", "before-transformation", "unknown"):
        assert ask("retrieve", retrieved(), sha1=EMPTY, size=0, meaning=meaning)["used"]["documents"] == [DOCUMENT]


def test_a_document_serialised_anew_as_openncp_does_is_used_and_of_another_peer_refused(ask: Ask):
    national = DOCUMENT.replace("><", ">\n<")
    used = ask("retrieve", retrieved(), listed=national, meaning="before-transformation")["used"]
    assert (used["documents"], used["findings"]) == ([DOCUMENT], ["listed-hash-differs"])
    assert ask("retrieve", retrieved(), listed=national)["refused"] == "DocumentDamaged"


def test_another_document_of_the_patient_in_a_right_envelope_is_refused(ask: Ask):
    for old, new in (("60591-5", "57833-6"), ("DOC-1", "DOC-2"), ("structuredBody", "nonXMLBody")):
        other = DOCUMENT.replace(old, new)
        content = retrieved(content=base64.b64encode(other.encode()).decode())
        assert ask("retrieve", content, listed=other)["refused"] == "DocumentUnlisted"
    assert ask("retrieve", retrieved())["used"]["documents"] == [DOCUMENT]


def test_a_document_in_another_language_than_openncp_lists_for_all_is_used_with_a_finding(ask: Ask):
    other = DOCUMENT.replace('"nb"', '"pt"')
    used = ask("retrieve", retrieved(content=base64.b64encode(other.encode()).decode()), listed=other)["used"]
    assert (used["documents"], used["findings"]) == ([other], ["listed-language-differs"])


def test_warnings_beside_a_listing_do_not_refuse_it(ask: Ask):
    assert len(ask("list", listing(errors=errors("WARNING_PS_GENERIC", "Warning")))["used"]) == 1


LIST = {
    "without a status, as OpenNCP rejects": (listing(status=None, entry=False), "PeerSaidNo"),
    "empty and failed": (listing(status=FAILURE, entry=False), "PeerSaidNo"),
    "failure": (listing(status=FAILURE, entry=False, errors=errors("4703", "Error")), "PeerSaidNo"),
    "an error beside entries": (listing(errors=errors("ERROR_PS_GENERIC", "Error")), "PeerSaidNo"),
    "another patient": (listing(number="08827919994"), "AnswerAboutAnother"),
    "another community": (listing(home=DENMARK), "AnswerFromAnother"),
    "not an answer to a query": (retrieved(), "PeerAnswerUnreadable"),
}


@pytest.mark.parametrize("case", LIST)
def test_an_answer_to_a_query_that_cannot_be_used_is_refused(ask: Ask, case: str):
    body, reason = LIST[case]
    assert ask("list", body)["refused"] == reason


@pytest.mark.parametrize(
    ("status", "more"), [(OK, ""), (PARTIAL, errors("2502", "Warning")), (OK, errors("2502", "Warning"))]
)
def test_a_document_is_used_with_success_and_partial_success(ask: Ask, status: str, more: str):
    assert ask("retrieve", retrieved(status=status, more=more))["used"]["documents"] == [DOCUMENT]


def large() -> str:
    """The document with 12 MB of narrative."""
    text = f"<component><section><text>{'Ord ' * 3_000_000}</text></section></component>"
    return DOCUMENT.replace("<structuredBody/>", f"<structuredBody>{text}</structuredBody>")


@pytest.mark.prove
@pytest.mark.timed
def test_a_document_of_12_mb_is_used_inline(ask: Ask):
    document = large()
    assert len(document) > 12_000_000
    content = base64.b64encode(document.encode()).decode()
    assert ask("retrieve", retrieved(content=content), listed=document)["used"]["documents"] == [document]


def test_a_document_by_mtom_is_used(ask: Ask):
    include = '<xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:doc@x"/>'
    message = soap(retrieved(content=include))
    body = (
        b'--B\r\nContent-Type: application/xop+xml; charset=UTF-8; type="application/soap+xml"\r\nContent-ID: <r@x>\r\n\r\n'
        + message.encode()
        + b"\r\n--B\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n"
        b"Content-ID: <doc@x>\r\n\r\n" + DOCUMENT.encode() + b"\r\n--B--\r\n"
    )
    kind = 'multipart/related; boundary=B; type="application/xop+xml"; start="<r@x>"; start-info="application/soap+xml"'
    assert ask("retrieve", body, content_type=kind)["used"]["documents"] == [DOCUMENT]


RETRIEVE = {
    "another document": (retrieved(unique_id="1.2^OTHER"), "DocumentNotAsked"),
    "another community": (retrieved(home=DENMARK), "AnswerFromAnother"),
    "damaged": (
        retrieved(content=base64.b64encode(DOCUMENT.replace("Ryddig", "Ruddig").encode()).decode()),
        "DocumentDamaged",
    ),
    "beside a failure": (retrieved(status=FAILURE), "PeerSaidNo"),
    "beside a status nobody knows": (retrieved(status="urn:x:Splendid"), "PeerSaidNo"),
    "beside no status": (retrieved(status=""), "PeerSaidNo"),
    "no base64": (retrieved(content="***"), "PeerAnswerUnreadable"),
    "25 MB": (retrieved(content="QUJD" * 6_300_000), "PeerAnswerUnreadable"),
    "none, partially": (nothing(PARTIAL, errors("XDSMissingDocument", "Error")), "PeerSaidNo"),
    "none, failed": (nothing(FAILURE, errors("4703", "Error")), "PeerSaidNo"),
    "none, and a success": (nothing(OK), "PeerSaidNo"),
}


@pytest.mark.parametrize("case", RETRIEVE)
def test_a_document_that_is_not_what_was_listed_is_refused(ask: Ask, case: str):
    body, reason = RETRIEVE[case]
    assert ask("retrieve", body)["refused"] == reason


def test_another_patients_document_that_is_what_was_listed_is_refused(ask: Ask):
    content = retrieved(content=base64.b64encode(OF_ANOTHER.encode()).decode())
    assert ask("retrieve", content, listed=OF_ANOTHER)["refused"] == "PatientUnproven"
    assert ask("retrieve", retrieved(), listed=DOCUMENT)["used"]["documents"] == [DOCUMENT]


@pytest.mark.parametrize("server", [fault for fault in certificates.FAULTS if fault != "in order"])
def test_a_server_whose_certificate_does_not_verify_is_told_nothing(ask: Ask, server: str):
    assert ask("identify", found(), server="in order")["used"] == [NUMBER]
    answer = ask("identify", found(), server=server)
    reason = "ServerOfAnother" if server == "of another country" else "PeerUnreachable"
    assert (answer["refused"], answer["asked"]) == (reason, False)


def test_a_server_at_another_address_than_its_certificate_says_is_told_nothing(ask: Ask):
    answer = ask("identify", found(), address="127.0.0.2")
    assert (answer["refused"], answer["asked"]) == ("PeerUnreachable", False)
    assert ask("identify", found(), address="127.0.0.1")["asked"]


def test_an_original_as_a_bare_pdf_is_used_with_what_it_does_not_prove(ask: Ask):
    pdf = "%PDF-1.7 an original %%EOF"
    as_pdf = retrieved(content=base64.b64encode(pdf.encode()).decode()).replace("text/xml", "application/pdf")
    entry = {"mime_type": "application/pdf", "format_code": "urn:ihe:iti:xds-sd:pdf:2008"}
    used = ask("retrieve", as_pdf, listed=pdf, entry=entry)["used"]
    assert (used["documents"], used["findings"]) == ([pdf], ["patient-not-stated"])
    assert ask("retrieve", as_pdf, listed=pdf + " ", entry=entry, meaning="unknown")["refused"] == "DocumentDamaged"
    assert ask("retrieve", as_pdf, listed=pdf)["refused"] == "DocumentUnlisted"


LERKE = contact_points.Patient(NUMBER, "Havreåker", "Ryddig", "19740313", "F")
MEANINGS = ("bytes-sent", "before-transformation", "unknown")


@pytest.mark.parametrize("meaning", MEANINGS)
def test_the_pair_of_an_openncp_9_that_serialises_anew_is_shown_with_findings_or_refused_by_its_row(
    ask: Ask, meaning: str
):
    there = contact_points.OpenNcp9(LERKE, NORWAY)
    said = ask("whole way", answer=there.answer, meaning=meaning)
    if meaning == "bytes-sent":
        assert said["refused"] == "DocumentDamaged"
        return
    structured, original = said["used"]
    assert [one["document"].encode() for one in said["used"]] == [there.sent(one["unique_id"]) for one in said["used"]]
    assert [one["format"] for one in said["used"]] == list(contact_points.FORMATS.values())
    assert (structured["rendering_of"], original["rendering_of"]) == (None, structured["unique_id"])
    for one in said["used"]:
        assert one["findings"] == ["listed-hash-differs", "listed-language-differs"]
        assert one["differences"] == []
        assert one["document"].encode() != there.files[one["unique_id"]][1]


@pytest.mark.parametrize("meaning", MEANINGS)
def test_the_pair_that_denmark_makes_on_demand_is_shown_whatever_its_row_says(ask: Ask, meaning: str):
    there = contact_points.Denmark(LERKE, NORWAY)
    first, second = (ask("whole way", answer=there.answer, meaning=meaning)["used"] for _ in range(2))
    for came in (first, second):
        assert [one["document"].encode() for one in came] == [there.sent(one["unique_id"]) for one in came]
        assert [one["findings"] for one in came] == [[], []]
    assert not {one["unique_id"] for one in first} & {one["unique_id"] for one in second}


@pytest.mark.parametrize("kind", [contact_points.OpenNcp9, contact_points.Denmark])
def test_another_patients_document_from_either_is_refused_and_a_married_name_shown(ask: Ask, kind: type):
    def mixed(patient: contact_points.Patient) -> dict:
        there, usual = kind(LERKE, NORWAY), contact_points.document
        there.sent = lambda unique_id: usual(patient, unique_id, there.files[unique_id][0])
        return ask("whole way", answer=there.answer, meaning="unknown")

    another = contact_points.Patient("08827919994", "Havreåker", "Ryddig", "19740313", "F")
    assert mixed(another)["refused"] == "PatientUnproven"
    married = contact_points.Patient(NUMBER, "Heretter", "Ryddig", "19740313", "F")
    assert [one["differences"] for one in mixed(married)["used"]] == [["name"], ["name"]]
