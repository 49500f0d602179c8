"""The XSD layer: verdict, line, our own path, on a schema of our own."""

import threading
from pathlib import Path

import pytest

from tests.support.documents.schematrons import HL7, LAX_XSD
from transformers.model.finding import Finding
from transformers.model.positions import Positions
from transformers.validation.paths import path_of, readable
from transformers.validation.xsd import check_xsd, explain_xsd
from trust.xml import parse

BAD = '<effectiveTime value="x"/>'


@pytest.fixture
def xsd(tmp_path: Path) -> Path:
    path = tmp_path / "lax.xsd"
    path.write_text(LAX_XSD, "utf-8")
    return path


def found(content: str, xsd: Path) -> list[Finding]:
    return list(check_xsd(parse(f'<ClinicalDocument xmlns="{HL7}">{content}</ClinicalDocument>'.encode()), xsd))


def test_a_valid_document_has_no_finding(xsd):
    assert found('<effectiveTime value="2024"/>', xsd) == []


def test_an_error_tells_its_line_and_its_place_among_its_like(xsd):
    findings = found(f'\n<effectiveTime value="2024"/>\n<a xmlns="urn:a"/>{BAD}', xsd)
    assert {f.path for f in findings} == {"/hl7:ClinicalDocument[1]/hl7:effectiveTime[2]"}
    assert {f.text.split(":")[0] for f in findings} == {"line 3"}


def test_an_element_that_the_document_writes_with_a_prefix_is_found(xsd):
    findings = found(f'<x:o xmlns:x="urn:x"><h:effectiveTime xmlns:h="{HL7}" value="y"/></x:o>', xsd)
    assert {f.path for f in findings} == {"/hl7:ClinicalDocument[1]/Q{urn:x}o[1]/hl7:effectiveTime[1]"}


def test_a_root_the_schema_does_not_know_is_an_error(xsd):
    (finding,) = check_xsd(parse(b"<other/>"), xsd)
    assert (finding.path, finding.code) == ("/other[1]", "xsd")


def test_explanations_name_the_same_place(xsd):
    document = parse(f'<ClinicalDocument xmlns="{HL7}"><title/>{BAD}</ClinicalDocument>'.encode())
    assert {f.path for f in explain_xsd(document, xsd)} == {f.path for f in check_xsd(document, xsd)}


def test_threads_see_only_their_own_errors(xsd):
    lines: dict[int, set[str]] = {}

    def judge(number: int) -> None:
        lines[number] = {f.text.split(":")[0] for _ in range(50) for f in found("\n" * number + BAD, xsd)}

    threads = [threading.Thread(target=judge, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lines == {number: {f"line {number + 1}"} for number in range(4)}


def test_paths_are_written_with_known_prefixes_and_positions():
    root = parse(b'<a xmlns="urn:hl7-org:v3"><b/><c/><b><d xmlns="urn:other"/></b><e xmlns=""/></a>')
    positions = Positions()
    assert [path_of(element, positions) for element in root.iter()] == [
        "/hl7:a[1]",
        "/hl7:a[1]/hl7:b[1]",
        "/hl7:a[1]/hl7:c[1]",
        "/hl7:a[1]/hl7:b[2]",
        "/hl7:a[1]/hl7:b[2]/Q{urn:other}d[1]",
        "/hl7:a[1]/e[1]",
    ]


def test_a_namespace_without_a_prefix_is_written_out():
    assert readable("/Q{urn:x}a[1]/Q{urn:y}b[2]/@Q{}c", {"urn:x": "x"}) == "/x:a[1]/Q{urn:y}b[2]/@c"
