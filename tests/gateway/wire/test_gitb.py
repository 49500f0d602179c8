"""The test bed's validation service: calls read or refused by what is wrong with them, and reports that count."""

from base64 import b64encode
from datetime import UTC, datetime

import pytest

from gateway.errors import RequestMalformed
from gateway.wire.gitb import print_fault, print_module, print_report, print_wsdl, read_call
from transformers.model.finding import Finding, Severity
from trust.xml import parse

NS = {
    "soap": "http://schemas.xmlsoap.org/soap/envelope/",
    "vs": "http://www.gitb.com/vs/v1/",
    "tr": "http://www.gitb.com/tr/v1/",
    "core": "http://www.gitb.com/core/v1/",
    "wsdl": "http://schemas.xmlsoap.org/wsdl/",
}
AT = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
DOCUMENT = b"<ClinicalDocument xmlns='urn:hl7-org:v3'>\xc3\xa6</ClinicalDocument>"
IN_BASE64 = b64encode(DOCUMENT).decode()


def call(inside: str) -> bytes:
    declared = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NS.items())
    return f"<soap:Envelope {declared}><soap:Body>{inside}</soap:Body></soap:Envelope>".encode()


def validate(inputs: str) -> bytes:
    return call(f"<vs:ValidateRequest><sessionId>7</sessionId>{inputs}</vs:ValidateRequest>")


def given(value: str, how: str = 'embeddingMethod="BASE64"', name: str = "document") -> str:
    return f'<input name="{name}" {how}><core:value>{value}</core:value></input>'


@pytest.mark.parametrize(
    "inputs",
    [
        given(IN_BASE64),
        given(f"{IN_BASE64[:8]}\n {IN_BASE64[8:]}"),
        given(f"<![CDATA[{DOCUMENT.decode()}]]>", 'embeddingMethod="STRING"'),
        given(f"\n<![CDATA[{DOCUMENT.decode()}]]>\n", ""),
        given("eHDSI", 'embeddingMethod="STRING"', "other") + given(IN_BASE64),
    ],
    ids=["base64", "base64 in lines", "text", "text by default", "another input beside it"],
)
def test_a_document_is_read_as_it_was_sent(inputs):
    assert read_call(validate(inputs)).document == DOCUMENT


def test_the_definition_is_asked_for_without_a_document():
    assert read_call(call("<vs:GetModuleDefinitionRequest/>")).document is None


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (b"<a", "Envelope"),
        (b"<!DOCTYPE a><a/>", "Envelope"),
        (b"<a/>", "Body"),
        (call(""), "Body"),
        (call("<vs:Other/>"), "ValidateRequest"),
        (validate(""), "input[@name='document']"),
        (validate(given(IN_BASE64, name="xml")), "input[@name='document']"),
        (validate(given(IN_BASE64) * 2), "input[@name='document']"),
        (validate(given(" ")), "value"),
        (validate('<input name="document"/>'), "value"),
        (validate(given("not base64!")), "value"),
        (validate(given("http://127.0.0.1/secret", 'embeddingMethod="URI"')), "embeddingMethod"),
    ],
)
def test_refuses_a_call_and_names_what_is_wrong_with_it(content, field):
    with pytest.raises(RequestMalformed) as refused:
        read_call(content)
    assert refused.value.field == field


def finding(severity: Severity, text: str = "What and how to mend it.") -> Finding:
    return Finding(severity, "own", "/hl7:ClinicalDocument[1]", text, rule="own-country-1")


@pytest.mark.parametrize(
    ("severities", "checked", "result", "counted"),
    [
        ((), True, "SUCCESS", ["0", "0", "0"]),
        ((), False, "UNDEFINED", ["0", "0", "0"]),
        ((Severity.INFO,), True, "SUCCESS", ["1", "0", "0"]),
        ((Severity.INFO, Severity.WARNING), True, "WARNING", ["2", "0", "1"]),
        ((Severity.ERROR, Severity.FATAL, Severity.WARNING), True, "FAILURE", ["3", "2", "1"]),
    ],
)
def test_a_report_counts_and_judges(severities, checked, result, counted):
    root = parse(print_report([finding(severity) for severity in severities], checked=checked, at=AT))
    assert root.findtext(".//tr:result", namespaces=NS) == result
    assert root.findtext(".//tr:date", namespaces=NS) == "2026-12-01T09:00:00+00:00"
    assert [number.text for number in root.find(".//tr:counters", NS)] == counted
    assert len(root.find(".//tr:reports", NS)) == len(severities)


def test_an_item_of_a_report_names_rule_place_and_mend_and_cannot_leave_its_element():
    root = parse(print_report([finding(Severity.ERROR, "a </tr:description> & more")], checked=True, at=AT))
    (item,) = root.find(".//tr:reports", NS)
    assert [part.text for part in item] == ["own-country-1", "a </tr:description> & more", "/hl7:ClinicalDocument[1]"]
    assert item.get("{http://www.w3.org/2001/XMLSchema-instance}type") == "tr:BAR"


def test_definition_fault_and_description_are_what_the_test_bed_reads():
    module = parse(print_module("0.1.0")).find(".//module")
    assert (module.get("operation"), module.get("id")) == ("V", "ncpeh-validate")
    assert module.find(".//core:param", NS).get("name") == "document"
    assert parse(print_fault("a < b")).findtext(".//faultstring") == "a < b"
    wsdl = parse(print_wsdl("http://127.0.0.1:1/validation"))
    assert [o.get("name") for o in wsdl.find("wsdl:portType", NS)] == ["getModuleDefinition", "validate"]
    assert wsdl.get("targetNamespace") == NS["vs"]
