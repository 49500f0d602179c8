"""A null flavour with content beside it says two things at once: an error each time, wherever it stands."""

from collections.abc import Callable

import pytest
from lxml import etree

from tests.support.documents.medicines import DISPENSED, PRESCRIBED
from tests.support.machine.generated import LONG, choices
from tests.support.pivots.summaries import summary
from transformers.cda.documents.dispensation import read_dispensation
from transformers.cda.documents.patient_summary import read_patient_summary, write_patient_summary
from transformers.cda.documents.prescription import read_prescription
from transformers.cda.rules.check import check_integrity
from transformers.model.finding import Finding, Severity
from trust.xml import parse

H = "{urn:hl7-org:v3}"
SUMMARY = write_patient_summary(summary()).content
DOCUMENTS: list[tuple[bytes, Callable[[bytes], list[Finding]]]] = [
    (SUMMARY, lambda content: read_patient_summary(content).report.findings),
    (PRESCRIBED, lambda content: read_prescription(content)[1].findings),
    (DISPENSED, lambda content: read_dispensation(content)[1].findings),
]
FORM = ("templateId", "typeId", "realmCode", "reference")


def own_content(element: etree._Element) -> bool:
    """Not by the reader's rule: an attribute that holds data, words, or a reference to words."""
    data = any(element.get(name) for name in ("code", "value", "extension"))
    return data or (len(element) == 0 and bool((element.text or "").strip()))


def narrative(element: etree._Element) -> bool:
    holders = [e for e in (element, *element.iterancestors()) if e.tag == f"{H}text"]
    return any(e.getparent() is not None and e.getparent().tag == f"{H}section" for e in holders)


def speaking(root: etree._Element) -> list[etree._Element]:
    """Every element that says something itself or below, and is not null already."""
    return [
        element
        for element in root.iter("*")
        if element.get("nullFlavor") is None
        and etree.QName(element).localname not in FORM
        and not narrative(element)
        and any(own_content(e) and e.tag != f"{H}templateId" for e in element.iter("*") if not e.get("nullFlavor"))
    ]


def contradicted(findings: list[Finding]) -> list[Finding]:
    return [f for f in findings if f.code == "null-contradicted"]


@pytest.mark.parametrize(("content", "findings"), DOCUMENTS, ids=["summary", "prescription", "dispensation"])
def test_whatever_is_null_and_says_something_at_once_is_an_error(
    content: bytes, findings: Callable[[bytes], list[Finding]]
):
    root = parse(content)
    places = speaking(root)
    assert len(places) > 150
    silent = []
    for n, element in enumerate(places if LONG else choices("null").sample(places, 60)):
        flavour = ("UNK", "NI", "OTH", "NA", "MSK")[n % 5]
        element.set("nullFlavor", flavour)
        found = contradicted(findings(etree.tostring(root)))
        if [f.severity for f in found] != [Severity.ERROR]:
            silent.append((root.getroottree().getpath(element), flavour))
        del element.attrib["nullFlavor"]
    assert silent == []


@pytest.mark.parametrize(("content", "findings"), DOCUMENTS, ids=["summary", "prescription", "dispensation"])
def test_a_null_that_says_nothing_else_is_none(content: bytes, findings: Callable[[bytes], list[Finding]]):
    assert b"nullFlavor" in content
    assert contradicted(findings(content)) == []


@pytest.mark.parametrize(
    ("markup", "rules"),
    [
        ('<effectiveTime nullFlavor="UNK" value="2026"/>', ["own-null-1"]),
        ('<value nullFlavor="OTH" value="1" unit="mg"><originalText>en</originalText></value>', ["own-null-1"]),
        ('<id nullFlavor="NI" extension="1"/>', ["own-null-1"]),
        ('<effectiveTime nullFlavor="UNK"/>', []),
        ('<value nullFlavor="OTH"><originalText>a</originalText><translation value="1" nullFlavor="OTH"/></value>', []),
    ],
)
def test_own_rules_find_a_value_beside_a_null(markup: str, rules: list[str]):
    document = f'<ClinicalDocument xmlns="urn:hl7-org:v3"><x>{markup}</x></ClinicalDocument>'.encode()
    found = check_integrity(document).findings
    assert [f.rule for f in found if f.rule == "own-null-1"] == rules
