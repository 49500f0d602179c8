"""SOAP envelopes: every packaging and header peers are known to send is read, what we send is plain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import (
    MediaTypeUnsupported,
    MultipartMalformed,
    NotUnderstood,
    SoapMalformed,
    SoapVersionUnknown,
)
from gateway.wire.names import ENV, WSA, WSSE
from gateway.wire.soap import content_type, read_envelope, read_fault, write_envelope, write_fault
from tests.support.machine.require import artefacts
from tests.support.nodes.wire import MULTIPART, SOAP, enveloped, multipart, tree
from trust.errors import DoctypeForbidden, XmlNotWellFormed, XmlTooDeep
from trust.xml import XML_BLANKS, XmlLimits, serialise

BODY = '<q:Ask xmlns:q="urn:q"/>'
ASSERTION = (
    "<saml:Assertion xmlns:saml='urn:s'  ID = \"_1\">\r\n<saml:X>\u00e6 &#x26;</saml:X></saml:Assertion >".encode()
)


def read(body: bytes, kind: str = SOAP):
    return read_envelope(kind, body)


def refused(error: type[Exception], body: bytes, kind: str = SOAP) -> None:
    with pytest.raises(error):
        read(body, kind)


def test_reads_body_and_addressing():
    header = (
        '<a:Action s:mustUnderstand="1">urn:act</a:Action><a:MessageID> urn:uuid:1 </a:MessageID>'
        "<a:RelatesTo>urn:uuid:0</a:RelatesTo>"
    )
    envelope = read(enveloped(BODY, header))
    assert envelope.body.tag == "{urn:q}Ask"
    assert envelope.root.tag == f"{{{ENV}}}Envelope"
    assert (envelope.action, envelope.message_id, envelope.relates_to) == ("urn:act", "urn:uuid:1", "urn:uuid:0")


def test_addressing_is_optional_and_the_action_may_stand_in_the_content_type():
    envelope = read(enveloped(BODY))
    assert (envelope.message_id, envelope.relates_to) == (None, None)
    assert envelope.action == "urn:ihe:iti:2007:CrossGatewayQuery"


@pytest.mark.parametrize("name", ["MessageID", "Action"])
def test_refuses_an_addressing_header_of_more_than_a_kibibyte(name: str):
    for letter, bytes_each in (("a", 1), ("\u00e6", 2)):
        longest = 1024 // bytes_each * letter
        assert read(enveloped(BODY, f"<a:{name}> {longest} </a:{name}>"))
        refused(SoapMalformed, enveloped(BODY, f"<a:{name}>{longest}a</a:{name}>"))


def test_a_message_id_of_an_older_addressing_is_none():
    older = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
    assert read(enveloped(BODY, f'<o:MessageID xmlns:o="{older}">urn:uuid:1</o:MessageID>')).message_id is None


def test_a_message_without_header_is_read():
    envelope = read(enveloped(BODY).replace(b"<s:Header></s:Header>", b""), "application/soap+xml")
    assert (envelope.body.tag, envelope.action) == ("{urn:q}Ask", None)


def test_ignores_the_addressing_headers_of_an_odd_namespace():
    odd = f'<o:Action xmlns:o="{WSA}/anonymous" s:mustUnderstand="1">urn:odd</o:Action>'
    odd += f'<o:MessageID xmlns:o="{WSA}/anonymous">urn:uuid:odd</o:MessageID>'
    envelope = read(enveloped(BODY, odd + "<a:Action>urn:act</a:Action><a:MessageID>urn:uuid:1</a:MessageID>"))
    assert (envelope.action, envelope.message_id) == ("urn:act", "urn:uuid:1")
    assert read(enveloped(BODY, odd)).message_id is None


def test_a_security_header_may_demand_to_be_understood():
    security = f'<w:Security xmlns:w="{WSSE}" s:mustUnderstand="true"/>'
    assert read(enveloped(BODY, security)).body.tag == "{urn:q}Ask"


def test_unknown_headers_are_ignored():
    assert read(enveloped(BODY, '<x:Trace xmlns:x="urn:x" s:mustUnderstand="0">1</x:Trace><y/>')).message_id is None


@pytest.mark.parametrize("demand", ["1", "true", " 1 ", "yes"])
def test_refuses_a_header_that_must_be_understood_and_is_not(demand):
    refused(NotUnderstood, enveloped(BODY, f'<x:Trace xmlns:x="urn:x" s:mustUnderstand="{demand}"/>'))


def test_refuses_a_header_without_namespace_that_must_be_understood():
    refused(NotUnderstood, enveloped(BODY, '<Action s:mustUnderstand="1"/>'))


@pytest.mark.parametrize(
    "header",
    [
        "<a:MessageID>urn:uuid:1</a:MessageID><a:MessageID>urn:uuid:2</a:MessageID>",
        "<a:MessageID> </a:MessageID>",
        "<a:MessageID>urn:uuid:1<b/></a:MessageID>",
        "<a:Action>urn:a</a:Action><a:Action>urn:b</a:Action>",
    ],
)
def test_refuses_a_message_that_cannot_be_named(header):
    refused(SoapMalformed, enveloped(BODY, header))


def test_a_relation_of_another_kind_is_no_reply():
    header = '<a:RelatesTo RelationshipType="urn:other">urn:uuid:9</a:RelatesTo><a:RelatesTo>urn:uuid:0</a:RelatesTo>'
    assert read(enveloped(BODY, header)).relates_to == "urn:uuid:0"


@pytest.mark.parametrize(
    "kind", ["application/soap+xml", "text/xml; charset=utf-8", "APPLICATION/SOAP+XML; charset=UTF-8"]
)
def test_reads_plain(kind):
    assert read(enveloped(BODY), kind).body.tag == "{urn:q}Ask"


@pytest.mark.parametrize(
    "kind",
    ["", "application/json", "application/xml", "multipart/mixed; boundary=B", "application/soap+xml; charset=utf-16"],
)
def test_refuses_another_media_type(kind):
    refused(MediaTypeUnsupported, enveloped(BODY), kind)


def test_reads_the_one_part_multipart_of_an_axis2_retrieve():
    envelope = read(multipart(enveloped(BODY)), MULTIPART)
    assert (envelope.body.tag, envelope.action, envelope.attachments) == ("{urn:q}Ask", "urn:a", {})


def test_reads_xop():
    body = '<D><i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="cid:urn:uuid:7"/></D>'
    envelope = read(multipart(enveloped(body), ("urn:uuid:7", b"\x00")), MULTIPART)
    assert envelope.attachments == {"urn:uuid:7": b"\x00"}


def test_refuses_an_unused_part():
    refused(MultipartMalformed, multipart(enveloped(BODY), ("urn:uuid:7", b"\x00")), MULTIPART)


def test_refuses_an_include_in_a_plain_message():
    body = '<D><i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="cid:urn:uuid:7"/></D>'
    refused(MultipartMalformed, enveloped(body))


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("no envelope", BODY.encode()),
        ("no body", f'<s:Envelope xmlns:s="{ENV}"><s:Header/></s:Envelope>'.encode()),
        ("an empty body", enveloped("")),
        ("text for a body", enveloped("hello")),
        ("two body elements", enveloped(BODY * 2)),
        ("two bodies", enveloped(BODY).replace(b"</s:Envelope>", b"<s:Body><x/></s:Body></s:Envelope>")),
        ("two headers", enveloped(BODY).replace(b"<s:Body>", b"<s:Header/><s:Body>")),
        (
            "a header after the body",
            f'<s:Envelope xmlns:s="{ENV}"><s:Body>{BODY}</s:Body><s:Header/></s:Envelope>'.encode(),
        ),
        ("something after the body", enveloped(BODY).replace(b"</s:Envelope>", b"<x/></s:Envelope>")),
    ],
)
def test_refuses_an_envelope_with(rule, message):
    refused(SoapMalformed, message)


def test_refuses_soap_1_1_as_another_version():
    old = enveloped(BODY).replace(ENV.encode(), b"http://schemas.xmlsoap.org/soap/envelope/")
    refused(SoapVersionUnknown, old, "text/xml")


def test_hostile_xml_is_refused_with_its_own_reason():
    refused(XmlNotWellFormed, b"<a>")
    refused(DoctypeForbidden, b"<!DOCTYPE a><a/>")
    with pytest.raises(XmlTooDeep):
        read_envelope(SOAP, enveloped(BODY), XmlLimits(depth=2))


def test_the_golden_header_is_read():
    header = artefacts("golden", "openncp-soap-header-hcp-trc-dk.xml").read_text(encoding="utf-8")
    message = f'<soapenv:Envelope xmlns:soapenv="{ENV}">{header}<soapenv:Body>{BODY}</soapenv:Body></soapenv:Envelope>'
    envelope = read(message.encode())
    assert envelope.message_id == "urn:uuid:67e2f278-6f1c-4dcf-9c21-c1d0392f079e"
    assert envelope.action == "urn:ihe:iti:2007:CrossGatewayQuery"


def test_writes_assertions_without_changing_a_byte():
    sent = write_envelope(BODY.encode(), action="urn:act", message_id="urn:uuid:1", assertions=[ASSERTION, ASSERTION])
    assert ASSERTION * 2 in sent
    assert b"mustUnderstand" not in sent.partition(b"<wsse:Security")[2]
    envelope = read(sent)
    assert len(envelope.root.findall(f"{{{ENV}}}Header/{{{WSSE}}}Security/{{urn:s}}Assertion")) == 2


def test_writes_an_answer_that_relates_to_its_request():
    envelope = read(write_envelope(BODY.encode(), action="urn:act", message_id="urn:uuid:2", relates_to="urn:uuid:1"))
    assert (envelope.action, envelope.message_id, envelope.relates_to) == ("urn:act", "urn:uuid:2", "urn:uuid:1")
    action = envelope.root.find(f"{{{ENV}}}Header/{{{WSA}}}Action")
    assert action is not None
    assert action.get(f"{{{ENV}}}mustUnderstand") == "1"


def test_writes_no_relation_when_the_request_had_no_id():
    sent = write_envelope(BODY.encode(), action="urn:act", message_id="urn:uuid:2")
    assert b"RelatesTo" not in sent
    assert b"Security" not in sent


def test_an_initiator_names_the_endpoint():
    sent = write_envelope(BODY.encode(), action="urn:act", message_id="urn:uuid:2", to="https://x/XCA_Service?a&b")
    assert b"https://x/XCA_Service?a&amp;b" in sent
    assert read(sent).root.findtext(f"{{{ENV}}}Header/{{{WSA}}}ReplyTo/{{{WSA}}}Address") == f"{WSA}/anonymous"


def test_an_xml_declaration_never_lands_inside_an_envelope():
    with pytest.raises(ValueError, match="declaration"):
        write_envelope(b"<?xml version='1.0'?><a/>", action="urn:act", message_id="urn:uuid:1")
    with pytest.raises(ValueError, match="declaration"):
        write_envelope(b"<a/>", action="urn:act", message_id="urn:uuid:1", assertions=[b"<?xml version='1.0'?><a/>"])


def test_the_body_is_not_changed_by_a_byte():
    body = b'<a xmlns="urn:d">\r\n<b  c = "1"/></a>'
    assert body in write_envelope(body, action="urn:act", message_id="urn:uuid:1")


def test_the_content_type_carries_the_action():
    assert content_type("urn:act") == 'application/soap+xml; charset=UTF-8; action="urn:act"'


@pytest.mark.parametrize("code", ["Sender", "Receiver", "MustUnderstand", "VersionMismatch"])
def test_a_fault_comes_back(code):
    sent = write_fault(
        code, "Bad <thing> & more", subcode="ERROR_GENERIC", message_id="urn:uuid:2", relates_to="urn:uuid:1"
    )
    envelope = read(sent)
    fault = read_fault(envelope.body)
    assert fault is not None
    assert (fault.code, fault.subcode, fault.text) == (code, "ERROR_GENERIC", "Bad <thing> & more")
    assert envelope.relates_to == "urn:uuid:1"


def test_a_fault_of_another_version_names_ours():
    assert b"SupportedEnvelope" in write_fault("VersionMismatch", "no")
    assert b"SupportedEnvelope" not in write_fault("Sender", "no")


def test_a_subcode_is_a_name():
    with pytest.raises(ValueError, match="QName"):
        write_fault("Sender", "no", subcode="4703")


def test_the_fault_of_a_newer_openncp_is_read():
    fault = read_fault(
        tree(
            f'<e:Fault xmlns:e="{ENV}"><e:Code><e:Value>e:Receiver</e:Value>'
            "<e:Subcode><e:Value>4703</e:Value></e:Subcode></e:Code>"
            '<e:Reason><e:Text xml:lang="en">not you^more</e:Text></e:Reason>'
            "</e:Fault>"
        )
    )
    assert fault is not None
    assert (fault.code, fault.subcode, fault.text) == ("Receiver", "4703", "not you^more")


def test_a_fault_without_subcode_has_none():
    fault = read_fault(read(write_fault("Receiver", "no")).body)
    assert fault is not None
    assert (fault.code, fault.subcode) == ("Receiver", None)


def test_a_fault_without_a_reason_is_one_without_words():
    code = f'<e:Fault xmlns:e="{ENV}"><e:Code><e:Value>e:Receiver</e:Value></e:Code>%s</e:Fault>'
    for reason in ("", "<e:Reason/>", "<e:Reason><e:Text/></e:Reason>"):
        fault = read_fault(tree(code % reason))
        assert fault is not None
        assert (fault.code, fault.subcode, fault.text) == ("Receiver", None, "")


def test_another_body_is_no_fault():
    assert read_fault(tree(BODY)) is None


def test_a_fault_without_code_is_malformed():
    with pytest.raises(SoapMalformed):
        read_fault(tree(f'<e:Fault xmlns:e="{ENV}"/>'))


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufffe\uffff")))
def test_any_text_survives_a_fault(text):
    fault = read_fault(read(write_fault("Sender", text)).body)
    assert fault is not None
    assert fault.text == text.strip(XML_BLANKS)


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1f", "\ufffe", "\uffff", "\ud800"])
def test_a_character_xml_cannot_hold_is_never_written(character):
    with pytest.raises(ValueError, match="XML cannot hold"):
        write_fault("Sender", f"a{character}b")


def test_the_tree_of_the_envelope_is_as_received():
    sent = enveloped(BODY, "<a:MessageID>urn:uuid:1</a:MessageID>")
    assert serialise(read(sent).root) == serialise(tree(sent))
