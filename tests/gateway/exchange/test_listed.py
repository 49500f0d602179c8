"""Country B: the document that came is the one that was listed, or nobody sees it (finding E2)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.configuration.document_types import load_document_types
from gateway.exchange.country_b.listed import check_listed
from gateway.exchange.country_b.patient import open_content
from gateway.messages import DocumentEntry
from gateway.peers.errors import DocumentUnlisted
from tests.support.documents.identified import identified
from tests.support.documents.integrity import edited, put, sound_prescription, sound_summary
from tests.support.persons.samples import NOW
from transformers.model.finding import Severity
from transformers.shipped import shipped

SOUND = sound_summary()
TYPES = load_document_types(shipped("config") / "document_types.toml")
ENTRY = DocumentEntry(
    unique_id="2.16.578.1.12.4.9999.10^PS-0001", patient=identified(SOUND).identifier, class_code="60591-5",
    format_code="urn:epSOS:ps:ps:2010", title="", description="", created=None, language="nb-NO", size=0, sha1="",
)  # fmt: skip
PDF_FORMAT = "urn:ihe:iti:xds-sd:pdf:2008"
ROOT = "/h:ClinicalDocument"


def checked(content: bytes = SOUND, entry: DocumentEntry = ENTRY, mime_type: str = "text/xml"):
    return check_listed(open_content(content), mime_type, entry, TYPES)


def refused(content: bytes = SOUND, entry: DocumentEntry = ENTRY, mime_type: str = "text/xml") -> str:
    with pytest.raises(DocumentUnlisted) as reason:
        checked(content, entry, mime_type)
    assert checked() == ()
    return reason.value.field


def without_code(element):
    element.attrib.pop("code")


def file_as_body(element):
    element.tag = element.tag.replace("structuredBody", "nonXMLBody")


@pytest.mark.parametrize(
    ("path", "change", "field"),
    [
        (f"{ROOT}/h:code", put(code="57833-6"), "classCode"),
        (f"{ROOT}/h:code", put(codeSystem="2.16.840.1.113883.6.96"), "classCode"),
        (f"{ROOT}/h:code", without_code, "classCode"),
        ("//h:structuredBody", file_as_body, "formatCode"),
        (f"{ROOT}/h:component", lambda e: e.getparent().remove(e), "formatCode"),
        (f"{ROOT}/h:id", put(extension="PS-0002"), "uniqueId"),
        (f"{ROOT}/h:id", put(root="1.2.3"), "uniqueId"),
        (f"{ROOT}/h:id", lambda e: e.attrib.pop("extension"), "uniqueId"),
    ],
)
def test_refuses_a_document_that_contradicts_its_list_entry(path, change, field: str):
    assert refused(edited(SOUND, path, change)) == field


def test_refuses_a_prescription_where_a_summary_was_listed():
    assert refused(sound_prescription()) == "classCode"


@pytest.mark.parametrize(
    "listed",
    [{"format_code": PDF_FORMAT}, {"format_code": "urn:epsos:ep:pre:2010"}, {"format_code": "urn:x:unknown"}],
)
def test_refuses_a_format_that_is_not_the_documents(listed: dict[str, str]):
    assert refused(entry=replace(ENTRY, **listed)) == "formatCode"


@pytest.mark.parametrize(("came", "listed"), [("application/pdf", "text/xml"), ("text/xml", "application/pdf")])
def test_refuses_a_mime_type_that_is_not_the_documents(came: str, listed: str):
    assert refused(entry=replace(ENTRY, mime_type=listed), mime_type=came) == "mimeType"


@pytest.mark.parametrize(
    "listed",
    [{"language": "nb"}, {"language": ""}, {"language": "NB-no"}, {"mime_type": ""}, {"mime_type": "application/xml"},
     {"mime_type": "text/xml; charset=UTF-8"}],
)  # fmt: skip
def test_lawful_spellings_of_one_entry_are_believed(listed: dict[str, str]):
    assert checked(entry=replace(ENTRY, **listed)) == ()


def test_another_language_than_listed_is_a_finding_and_refuses_where_one_was_asked_for():
    other = edited(SOUND, f"{ROOT}/h:languageCode", put(code="pt-PT"))
    (finding,) = checked(other)
    assert (finding.severity, finding.code) == (Severity.WARNING, "listed-language-differs")
    assert check_listed(open_content(SOUND), "text/xml", ENTRY, TYPES, "nb") == ()
    for content in (other, edited(SOUND, f"{ROOT}/h:languageCode", lambda e: e.getparent().remove(e))):
        with pytest.raises(DocumentUnlisted) as reason:
            check_listed(open_content(content), "text/xml", ENTRY, TYPES, "nb")
        assert reason.value.field == "languageCode"


def transformed(element):
    """As a peer that transforms sends it: under an id of its own, made from what was listed."""
    own = dict(element.attrib)
    element.set("extension", "TRANSFORMED")
    related = element.makeelement(f"{element.tag[:-2]}relatedDocument", {"typeCode": "XFRM"})
    parent = related.makeelement(f"{element.tag[:-2]}parentDocument", {})
    parent.append(parent.makeelement(element.tag, own))
    related.append(parent)
    element.getparent().append(related)


def replaced(element):
    transformed(element)
    element.getparent()[-1].set("typeCode", "RPLC")


def test_a_document_made_from_the_listed_one_is_it_and_one_that_replaces_it_is_not():
    assert checked(edited(SOUND, f"{ROOT}/h:id", transformed)) == ()
    assert refused(edited(SOUND, f"{ROOT}/h:id", replaced)) == "uniqueId"


def test_another_day_than_listed_is_a_finding_and_no_refusal():
    stated = edited(SOUND, f"{ROOT}/h:effectiveTime", put(value="20261130120000+0000"))
    day = NOW.replace(year=2026, month=11, day=30, hour=12, minute=0, second=0, microsecond=0)
    assert checked(stated, replace(ENTRY, created=day + timedelta(hours=14))) == ()
    (finding,) = checked(stated, replace(ENTRY, created=day - timedelta(days=2)))
    assert (finding.severity, finding.code) == (Severity.WARNING, "listed-time-differs")
