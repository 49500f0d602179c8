"""The file of a document of level 1: each way of being none has its name, each twin is read."""

from base64 import b64encode

import pytest

from transformers.cda.integrity import check_integrity
from transformers.cda.original_file import FileFault, OriginalFile, file_body, read_file
from trust.xml import parse

PDF, PNG, JPEG = b"%PDF-1.4 x", b"\x89PNG\r\n\x1a\nx", b"\xff\xd8\xff\xe0x"


def document(text: str) -> str:
    return (
        f'<ClinicalDocument xmlns="urn:hl7-org:v3"><component><nonXMLBody>{text}</nonXMLBody></component>'
        "</ClinicalDocument>"
    )


def body(content: bytes, media_type: str = "application/pdf") -> str:
    return f'<text mediaType="{media_type}" representation="B64">{b64encode(content).decode()}</text>'


def found(text: str) -> OriginalFile | FileFault:
    element = file_body(parse(document(text).encode()))
    assert element is not None
    return read_file(element)


@pytest.mark.parametrize(
    ("text", "media_type", "content"),
    [
        (body(PDF), "application/pdf", PDF),
        (body(PDF).replace(' mediaType="application/pdf"', ""), "application/pdf", PDF),
        (body(PDF * 90).replace("J", "\n J ", 1), "application/pdf", PDF * 90),
        (body(PNG, "image/png"), "image/png", PNG),
        (body(PNG, "application/png"), "image/png", PNG),
        (body(JPEG, "application/jpeg"), "image/jpeg", JPEG),
        (body(JPEG, "image/jpeg"), "image/jpeg", JPEG),
    ],
)
def test_a_file_is_what_its_first_bytes_are(text: str, media_type: str, content: bytes):
    assert found(text) == OriginalFile(media_type, content)
    assert "own-file-1" not in {f.rule for f in check_integrity(document(text).encode()).findings}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", FileFault.ABSENT),
        (body(b""), FileFault.ABSENT),
        ('<text mediaType="application/pdf"><reference value="https://example.org/a.pdf"/></text>', FileFault.ABSENT),
        ('<text mediaType="application/pdf">JVB*</text>', FileFault.NOT_BASE64),
        ('<text mediaType="application/pdf">JVBERi0</text>', FileFault.NOT_BASE64),
        ('<text mediaType="application/pdf">å</text>', FileFault.NOT_BASE64),
        (body(b"<html><script>alert(1)</script>"), FileFault.UNKNOWN_TYPE),
        (body(b"x%PDF-1.4"), FileFault.UNKNOWN_TYPE),
        (body(PDF, "image/png"), FileFault.OTHER_TYPE),
        (body(PNG), FileFault.OTHER_TYPE),
        (body(PDF, "text/html"), FileFault.OTHER_TYPE),
    ],
)
def test_what_is_no_file_has_a_name_and_is_an_error_of_the_document(text: str, fault: FileFault):
    assert found(text) is fault
    (told,) = [f.text for f in check_integrity(document(text).encode()).findings if f.rule == "own-file-1"]
    assert told.startswith(f"The file of the document cannot be handed to a reader: {fault.value}.")


def test_a_structured_document_has_none():
    assert file_body(parse(b'<ClinicalDocument xmlns="urn:hl7-org:v3"/>')) is None
