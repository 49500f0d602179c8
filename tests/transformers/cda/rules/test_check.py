"""Our own last look: every rule finds its breach and nothing in the sound twin."""

import re

import pytest
from lxml import etree

from tests.support.documents.elements import NS
from tests.support.pivots.summaries import empty_content, summary
from transformers.cda.documents.patient_summary import write_patient_summary
from transformers.cda.rules.check import check_integrity
from transformers.model.finding import Severity
from trust.xml import parse

H = "{urn:hl7-org:v3}"
SOUND = write_patient_summary(summary()).content


def rules(content):
    return {finding.rule for finding in check_integrity(content).findings}


def edited(path, change):
    """The sound document with the first element at a path changed."""
    root = parse(SOUND)
    change(root.xpath(path, namespaces=NS)[0])
    return etree.tostring(root)


def put(**attributes):
    def change(element):
        element.attrib.update(attributes)

    return change


def drop(name):
    def change(element):
        del element.attrib[name]

    return change


def say(words):
    def change(element):
        element.text = words

    return change


def remove(element):
    element.getparent().remove(element)


def add(name, **attributes):
    def change(element):
        etree.SubElement(element, f"{H}{name}", attributes)

    return change


def repeat(element):
    element.addnext(parse(etree.tostring(element)))


def copy_id(element):
    """Give an element the id of another statement."""
    other = element.getroottree().xpath("//h:entry//h:observation/h:id", namespaces=NS)[0]
    element.set("root", other.get("root"))


def own_parent(element):
    element.attrib.update(element.getroottree().xpath("/*/h:id", namespaces=NS)[0].attrib)


XSI_LOCATION = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
TRANSLATION = "//h:section//h:value[h:translation]"
DEVICE = "//h:supply/h:effectiveTime"

BREACHES = [
    ("own-root-1", "/*", put(**{XSI_LOCATION: "urn:hl7-org:v3 CDA.xsd"})),
    ("own-root-1", "//h:recordTarget", put(**{XSI_LOCATION: "urn:hl7-org:v3 CDA.xsd"})),
    ("own-id-1", "//h:entry//h:observation/h:id", drop("root")),
    ("own-id-1", "//h:entry//h:observation/h:id", put(root="31b4cc36-105c-55b0-bd09-c336c2ee81c6")),
    ("own-id-1", "/*/h:id", put(root="urn:oid:1.2.3")),
    ("own-id-1", "/*/h:templateId", put(root="1.02.3")),
    ("own-id-2", "//h:procedure/h:id", copy_id),
    ("own-id-3", "//h:parentDocument/h:id", own_parent),
    ("own-reference-1", "//h:observation/h:text/h:reference", put(value="#nowhere")),
    ("own-reference-1", "//h:observation/h:text/h:reference", put(value="alg1")),
    ("own-reference-1", "//h:originalText/h:reference", put(value="#nowhere")),
    ("own-reference-2", "//h:tr[@ID='alg2']", put(ID="alg1")),
    ("own-empty-1", "//h:td", add("paragraph")),
    ("own-empty-1", "//h:entry//h:observation", add("value")),
    ("own-empty-1", "//h:patient/h:name/h:family", say(" ")),
    ("own-empty-1", "//h:patientRole/h:addr/h:city", say(None)),
    ("own-empty-1", "//h:legalAuthenticator//h:given", lambda given: (put(qualifier="CL")(given), say(" ")(given))),
    ("own-header-1", "//h:legalAuthenticator//h:assignedPerson", remove),
    ("own-header-1", "//h:legalAuthenticator//h:family", say(" ")),
    ("own-header-1", "//h:legalAuthenticator//h:name", lambda name: [remove(g) for g in name.findall("h:given", NS)]),
    ("own-section-1", "//h:component[h:section/h:code/@code='11450-4']", remove),
    ("own-section-1", "//h:section[h:code/@code='46264-8']/h:entry", remove),
    ("own-section-1", "//h:section/h:title", remove),
    ("own-section-1", "//h:section/h:title", say(" ")),
    ("own-section-1", "//h:section/h:text", remove),
    ("own-file-1", "h:component/h:structuredBody", lambda body: setattr(body, "tag", f"{H}nonXMLBody")),
    ("own-narrative-1", "//h:section//h:translation", put(displayName="Noe ganske annet")),
    ("own-code-1", TRANSLATION, drop("displayName")),
    ("own-code-1", "//h:section//h:translation", put(displayName=" ")),
    ("own-code-2", "//h:value[@nullFlavor='OTH']", lambda value: [remove(c) for c in list(value)]),
    ("own-code-3", TRANSLATION, lambda value: repeat(value[-1])),
    ("own-code-3", TRANSLATION, add("translation", code="x", codeSystem="1.2.3", displayName="Stent")),
    ("own-code-4", "//h:observation/h:value[@code='high']", put(**{XSI_TYPE: "CD"})),
    ("own-code-4", "//h:observation/h:value[@code='E11']", put(**{XSI_TYPE: "CE"})),
    ("own-code-4", "//h:observation/h:value[@code='I10']", drop(XSI_TYPE)),
    ("own-code-6", "//h:observation/h:value[@code='E11']", drop("codeSystem")),
    ("own-code-6", "//h:section/h:code", drop("codeSystem")),
    ("own-time-1", "//h:author/h:time", put(value="20250101120000")),
    ("own-time-1", "//h:birthTime", put(value="1962-07-13")),
    ("own-time-1", f"{DEVICE}/h:low", put(value="202006151")),
    ("own-time-2", "/*/h:effectiveTime", put(value="20260504")),
    ("own-time-2", "/*/h:effectiveTime", remove),
    ("own-time-3", "//h:documentationOf//h:high", put(value="20260506")),
    ("own-time-3", "//h:entry//h:author/h:time", put(value="20260601")),
    ("own-time-4", "//h:act/h:effectiveTime[h:high]/h:high", put(value="2001")),
    ("own-time-4", "//h:act/h:effectiveTime[h:high]/h:high", put(value="200012")),
    ("own-unit-1", "//h:doseQuantity/h:low", drop("unit")),
    ("own-unit-1", "//h:doseQuantity/h:low", drop("value")),
    ("own-unit-1", "//h:numerator", drop("unit")),
    ("own-unit-1", "//h:period[@value]", drop("unit")),
    ("own-unit-1", "//h:doseQuantity/h:low", put(unit="1 tablett")),
    ("own-unit-1", "//h:doseQuantity/h:low", put(unit="{tablett")),
    ("own-telecom-1", "//h:patientRole/h:telecom", put(value="+4799999999")),
    ("own-telecom-1", "//h:patientRole/h:telecom", put(value="tel:+47 99999999")),
    ("own-telecom-1", "//h:patientRole/h:telecom", put(value="tel:ring")),
    ("own-country-1", "//h:country", say("Norge")),
    ("own-country-1", "//h:country", say("XX")),
]


@pytest.mark.parametrize(("rule", "path", "change"), BREACHES, ids=[f"{b[0]}-{n}" for n, b in enumerate(BREACHES)])
def test_rule_finds_its_breach(rule, path, change):
    assert rule in rules(edited(path, change))


def test_sound_documents_have_no_finding():
    assert check_integrity(SOUND).findings == []
    assert check_integrity(write_patient_summary(summary(empty_content())).content).findings == []


def test_every_rule_has_a_breach_here():
    from transformers.cda.rules.check import DOCUMENT_RULES
    from transformers.cda.rules.values import VALUE_RULES

    assert {rule for rule, _ in (*DOCUMENT_RULES, *VALUE_RULES)} == {rule for rule, _, _ in BREACHES}


def test_byte_order_mark_is_found():
    assert rules(b"\xef\xbb\xbf" + SOUND) == {"own-bytes-1"}


@pytest.mark.parametrize("content", [b"", b"<a>", b"<!DOCTYPE a []><a/>", b"%PDF-1.4"])
def test_bytes_that_are_no_document_are_fatal(content):
    [finding] = check_integrity(content).findings
    assert (finding.severity, finding.rule) == (Severity.FATAL, "own-xml-1")


def test_prefixed_root_is_found():
    plain = b'<ClinicalDocument xmlns="urn:hl7-org:v3"'
    content = SOUND.replace(plain, plain.replace(b"<", b"<h:") + b' xmlns:h="urn:hl7-org:v3"')
    assert rules(content.replace(b"</ClinicalDocument>", b"</h:ClinicalDocument>")) == {"own-root-1"}


def test_other_root_is_found():
    assert "own-root-1" in rules(b'<Bundle xmlns="http://hl7.org/fhir"/>')


def test_internal_reference_may_repeat_an_id():
    root = parse(SOUND)
    identity = root.xpath("//h:procedure/h:id/@root", namespaces=NS)[0]
    relation = etree.SubElement(root.xpath("//h:procedure", namespaces=NS)[0], f"{H}entryRelationship", typeCode="REFR")
    act = etree.SubElement(relation, f"{H}act", classCode="ACT", moodCode="EVN")
    etree.SubElement(act, f"{H}templateId", root="1.3.6.1.4.1.12559.11.10.1.3.1.3.14")
    etree.SubElement(act, f"{H}id", root=identity)
    assert rules(etree.tostring(root)) == set()


@pytest.mark.parametrize("day", ["20260504", "20260505", "2026"])
def test_item_of_the_documents_own_day_is_not_later(day):
    assert rules(edited("//h:documentationOf//h:high", put(value=day))) == set()


@pytest.mark.parametrize("unit", ["mg", "1", "{Tablet}", "10*6.[iU]", "mm[Hg]", "%", "{cigarettes}/d"])
def test_ucum_units_are_let_pass(unit):
    assert rules(edited("//h:doseQuantity/h:low", put(unit=unit))) == set()


def test_timing_event_needs_no_display():
    root = parse(SOUND)
    time = root.xpath("//h:effectiveTime[h:period]", namespaces=NS)[0]
    etree.SubElement(time, f"{H}event", code="ACM", codeSystem="2.16.840.1.113883.5.139")
    assert rules(etree.tostring(root)) == set()


def test_document_without_required_sections_of_a_patient_summary_is_let_pass_when_it_is_none():
    root = parse(SOUND)
    root.find("h:templateId", NS).set("root", "1.3.6.1.4.1.12559.11.10.1.3.1.1.1")
    for component in root.xpath("//h:structuredBody/h:component", namespaces=NS)[1:]:
        remove(component)
    assert rules(etree.tostring(root)) == set()


def test_paths_name_elements_with_positions_and_texts_hold_no_values():
    [finding] = check_integrity(edited("//h:patientRole/h:telecom", put(value="ring Per"))).findings
    assert finding.path == "/hl7:ClinicalDocument[1]/hl7:recordTarget[1]/hl7:patientRole[1]/hl7:telecom[1]"
    assert not re.search("ring|Per", finding.text)


def test_a_time_that_is_not_there_is_looked_for_at_the_document():
    (found,) = [f for f in check_integrity(edited("/*/h:effectiveTime", remove)).findings if f.rule == "own-time-2"]
    assert found.path == "/hl7:ClinicalDocument[1]"
