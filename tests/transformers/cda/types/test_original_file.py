"""The file of a document of level 1: each way of being none has its name, each twin is read."""

from base64 import b64encode
from hashlib import sha1, sha256

import pytest

from tests.support.documents.foreign import HEADER
from tests.support.documents.pages import show
from transformers.cda.documents.level_one import read_level_one
from transformers.cda.rules.check import check_integrity
from transformers.cda.types.original_file import (
    REMARKS,
    FileFault,
    FileRemark,
    OriginalFile,
    file_body,
    read_bare_file,
    read_file,
)
from trust.xml import parse

PDF, PNG, JPEG = b"%PDF-1.4 x %%EOF", b"\x89PNG\r\n\x1a\nx", b"\xff\xd8\xff\xe0x"


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
        (body(PDF, "APPLICATION/PDF"), "application/pdf", PDF),
        (body(PDF, "application/pdf; name=x.pdf"), "application/pdf", PDF),
        (body(PNG, "Image/PNG"), "image/png", PNG),
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
        (body(b"x" * 1024 + b"%PDF-1.4"), FileFault.UNKNOWN_TYPE),
        (body(b"\n" + PNG, "image/png"), FileFault.UNKNOWN_TYPE),
        (body(PDF).replace("JVB", "JVB\u00a0"), FileFault.NOT_BASE64),
        (body(b"\x4b\xcc\x01").replace("<text", '<text compression="DF"'), FileFault.COMPRESSED),
        (body(PDF, "image/png"), FileFault.OTHER_TYPE),
        (body(PNG), FileFault.OTHER_TYPE),
        (body(PDF, "text/html"), FileFault.OTHER_TYPE),
    ],
)
def test_what_is_no_file_has_a_name_and_is_an_error_of_the_document(text: str, fault: FileFault):
    assert found(text) is fault
    (told,) = [f.text for f in check_integrity(document(text).encode()).findings if f.rule == "own-file-1"]
    assert told.startswith(f"The file of the document cannot be handed to a reader: {fault.value}.")


def whole(text: str) -> bytes:
    header = HEADER.replace("1.3.6.1.4.1.12559.11.10.1.3.1.1.3", "1.3.6.1.4.1.12559.11.10.1.3.1.1.7")
    return f"{header}<component><nonXMLBody>{text}</nonXMLBody></component></ClinicalDocument>".encode()


def checked(content: bytes, digest: str, algorithm: str = "") -> str:
    stated = f' integrityCheck="{digest}"' + (f' integrityCheckAlgorithm="{algorithm}"' if algorithm else "")
    return body(content).replace("<text", f"<text{stated}")


SHA_1, SHA_256 = sha1(PDF).digest(), sha256(PDF).digest()


@pytest.mark.parametrize(
    ("text", "remarks"),
    [
        (body(PDF), ()),
        (body(b"\n" + PDF), (FileRemark.PRECEDED,)),
        (body(b"\xef\xbb\xbf" + PDF), (FileRemark.PRECEDED,)),
        (body(b"x" * 1019 + PDF), (FileRemark.PRECEDED,)),
        (body(b"%PDF-1.4 half"), (FileRemark.CUT,)),
        (body(PDF).replace(' mediaType="application/pdf"', ""), (FileRemark.TYPE_MISSING,)),
        (body(PDF).replace(' representation="B64"', ""), (FileRemark.REPRESENTATION,)),
        (body(PDF).replace('"B64"', '"TXT"'), (FileRemark.REPRESENTATION,)),
        (body(PDF).replace("<text", '<text compression="DF"'), (FileRemark.COMPRESSION,)),
        (checked(PDF, b64encode(SHA_1).decode()), ()),
        (checked(PDF, b64encode(SHA_256).decode(), "SHA-256"), ()),
        (checked(PDF, SHA_256.hex().upper(), "SHA-256"), ()),
        (checked(PDF, b64encode(SHA_256).decode()), (FileRemark.INTEGRITY,)),
        (checked(PDF + b" ", b64encode(SHA_1).decode(), "SHA-1"), (FileRemark.INTEGRITY,)),
        (checked(PDF, "AAAA", "SHA-512"), (FileRemark.INTEGRITY_UNCHECKED,)),
    ],
)
def test_pivot_page_and_own_rules_remark_the_same_of_a_file(text: str, remarks: tuple[FileRemark, ...]):
    file = found(text)
    assert isinstance(file, OriginalFile)
    assert file.remarks == remarks
    told = [(REMARKS[r][0], r.value) for r in remarks]
    document_ = whole(text)
    pivot, page = read_level_one(document_), show(document_)
    assert pivot.document.content == file.content
    assert [(f.severity, f.code) for f in pivot.report.findings] == told
    assert b64encode(file.content) in page.html
    codes = {r.value for r in FileRemark}
    assert [(f.severity, f.code) for f in page.report.findings if f.code in codes] == told
    own = [f.severity for f in check_integrity(document_).findings if f.rule == "own-file-1"]
    assert own == [severity for severity, _ in told]


def test_a_structured_document_has_none():
    assert file_body(parse(b'<ClinicalDocument xmlns="urn:hl7-org:v3"/>')) is None


@pytest.mark.parametrize(
    ("content", "claimed", "what"),
    [
        (PDF, "application/pdf", OriginalFile("application/pdf", PDF)),
        (PNG, "application/png; name=x", OriginalFile("image/png", PNG)),
        (PNG, "application/pdf", FileFault.OTHER_TYPE),
        (b"MZ, a program", "application/pdf", FileFault.UNKNOWN_TYPE),
        (b"", "application/pdf", FileFault.ABSENT),
    ],
)
def test_a_file_without_a_document_is_what_its_first_bytes_are(content: bytes, claimed: str, what: object):
    assert read_bare_file(content, claimed) == what
