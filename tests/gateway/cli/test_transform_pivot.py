"""`ncpeh transform --to pivot`: a document as JSON of the pivot."""

import json
from base64 import b64encode

import pytest
import typer

from gateway.cli.transform_file import pivot_json
from tests.support.documents.foreign import HEADER, ICD10, document, problem, section

DIABETES = f'<value xsi:type="CD" code="E11" {ICD10} displayName="Type 2 diabetes mellitus"/>'


def test_a_patient_summary_is_told_with_its_types_and_identifiers():
    told, report = pivot_json(document(section("problems", problem(DIABETES))))
    made = json.loads(told)
    assert (made["version"], made["kind"], made["findings"]) == (1, "ps-l3", [])
    summary = made["document"]
    assert summary["patient"]["identifiers"] == [{"type": "Identifier", "root": "2.999.2", "extension": "P1"}]
    assert summary["created"] == "2026-03-01T10:15:00Z"
    problems = summary["content"]["problems"]
    assert (problems["type"], problems["entries"][0]["condition"]["target"]["code"]) == ("Present", "E11")
    assert summary["content"]["allergies"] == {"type": "NoInformation"}
    assert report.findings == []


def test_the_same_document_gives_the_same_bytes():
    content = document(section("problems", problem(DIABETES)))
    assert pivot_json(content) == pivot_json(content)


def test_losses_are_told_beside_the_document():
    told, report = pivot_json(document(section("problems", problem(DIABETES, '<repeatNumber value="3"/>'))))
    assert [f["code"] for f in json.loads(told)["findings"]] == ["not-carried"]
    assert [f.code for f in report.findings] == ["not-carried"]


def test_an_original_is_told_as_base64():
    header = HEADER.replace("1.3.6.1.4.1.12559.11.10.1.3.1.1.3", "1.3.6.1.4.1.12559.11.10.1.3.1.1.8")
    original = b64encode(b"%PDF-1.7").decode()
    body = f'<component><nonXMLBody><text mediaType="application/pdf" representation="B64">{original}</text>'
    told, _ = pivot_json(f"{header}{body}</nonXMLBody></component></ClinicalDocument>".encode())
    made = json.loads(told)
    assert (made["kind"], made["document"]["content"]) == ("orcd-lab", original)


@pytest.mark.parametrize("template", ["1.3.6.1.4.1.12559.11.10.1.3.1.1.3", "1.3.6.1.4.1.12559.11.10.1.3.1.1.1"])
def test_a_file_under_a_template_of_statements_is_called_a_file(template: str):
    header = HEADER.replace("1.3.6.1.4.1.12559.11.10.1.3.1.1.3", template)
    body = '<component><nonXMLBody><text mediaType="application/pdf" representation="B64">JVBERi0=</text></nonXMLBody>'
    content = f"{header}{body}</component></ClinicalDocument>".encode()
    with pytest.raises(typer.BadParameter, match="its body is a file, as a PDF, which --to html shows"):
        pivot_json(content)
    of_files = content.replace(template.encode(), b"1.3.6.1.4.1.12559.11.10.1.3.1.1.7")
    assert json.loads(pivot_json(of_files)[0])["kind"] == "ps-l1"


def test_a_file_of_an_unknown_template_is_read_by_code_and_body():
    header = HEADER.replace("1.3.6.1.4.1.12559.11.10.1.3.1.1.3", "2.999.7")
    body = '<component><nonXMLBody><text mediaType="application/pdf" representation="B64">JVBERi0=</text></nonXMLBody>'
    made = json.loads(pivot_json(f"{header}{body}</component></ClinicalDocument>".encode())[0])
    assert made["kind"] == "ps-l1"
    assert "template-missing" in {finding["code"] for finding in made["findings"]}


@pytest.mark.parametrize(("code", "named"), [("56446-8", "its code 56446-8 is"), ("Kari Nordmann", "its code is")])
def test_a_document_of_another_kind_is_named_by_its_code_and_can_be_shown(code: str, named: str):
    other = HEADER.replace("1.3.6.1.4.1.12559.11.10.1.3.1.1.3", "2.999.7").replace("60591-5", code)
    with pytest.raises(typer.BadParameter) as refused:
        pivot_json(f"{other}</ClinicalDocument>".encode())
    assert str(refused.value) == (
        f"no readable document: {named} that of no kind of document that has a pivot; --to html shows it"
    )


@pytest.mark.parametrize("content", [b"<a/>", b"", b"<ClinicalDocument xmlns='urn:hl7-org:v3'/>"])
def test_what_is_no_document_ends_with_one_message(content: bytes):
    with pytest.raises(typer.BadParameter, match="no readable document"):
        pivot_json(content)
