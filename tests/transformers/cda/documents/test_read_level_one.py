"""Documents of level 1: the original comes out as its bytes, or the reason why not."""

import re
from base64 import b64encode

import pytest

from tests.support.documents.foreign import HEADER
from tests.support.machine.require import artefacts
from transformers.cda.documents.level_one import read_level_one
from transformers.cda.errors import DocumentUnreadable

PDF = b"%PDF-1.7\n%%EOF"


def document(
    original: str, attributes: str = 'mediaType="application/pdf" representation="B64"', number: int = 7
) -> bytes:
    header = HEADER.replace("1.3.6.1.4.1.12559.11.10.1.3.1.1.3", f"1.3.6.1.4.1.12559.11.10.1.3.1.1.{number}")
    body = f"<component><nonXMLBody><text {attributes}>{original}</text></nonXMLBody></component></ClinicalDocument>"
    return f"{header}{body}".encode()


def base64(content: bytes) -> str:
    return b64encode(content).decode()


def test_the_original_comes_out_as_its_bytes():
    result = read_level_one(document(base64(PDF)))
    assert result.report.findings == []
    made = result.document
    assert (made.kind, made.media_type, made.content, made.title) == ("ps-l1", "application/pdf", PDF, "Resumo")
    assert made.parent is not None
    assert made.parent.extension == "SRC"


@pytest.mark.parametrize(
    ("number", "kind"), [(6, "ep-l1"), (8, "orcd-lab"), (9, "orcd-hdr"), (10, "orcd-mir"), (11, "orcd-mi")]
)
def test_the_template_tells_what_it_is(number: int, kind: str):
    assert read_level_one(document(base64(PDF), number=number)).document.kind == kind


def test_blanks_in_base64_are_no_fault():
    assert read_level_one(document(f"\n {base64(PDF)[:8]}\n{base64(PDF)[8:]} \n")).document.content == PDF


def test_an_original_of_15_megabytes_is_read():
    large = PDF + b"x" * 15_000_000
    assert read_level_one(document(base64(large))).document.content == large


@pytest.mark.parametrize(
    ("original", "attributes", "code"),
    [
        (base64(b"<html>"), 'mediaType="application/pdf" representation="B64"', "original-not-of-type"),
        (base64(PDF), 'mediaType="text/html" representation="B64"', "media-type-unknown"),
        (base64(PDF), 'mediaType="application/pdf"', "representation-missing"),
    ],
)
def test_an_original_that_is_not_what_it_says_is_reported(original: str, attributes: str, code: str):
    assert [f.code for f in read_level_one(document(original, attributes)).report.findings] == [code]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (document("ikke base64!"), "NoBase64"),
        (document(""), "OriginalEmpty"),
        (document('<reference value="http://x"/>'), "OriginalNotEmbedded"),
        (document(base64(PDF), number=3), "KindUnknown"),
        (document("").replace(b"nonXMLBody", b"structuredBody"), "NoOriginal"),
        (b"%PDF-1.7", "XmlNotWellFormed"),
    ],
)
def test_without_a_readable_original_there_is_one_error(content: bytes, reason: str):
    with pytest.raises(DocumentUnreadable) as refused:
        read_level_one(content)
    assert refused.value.reason == reason


def official():
    orcd = ("11502-2-3-1234-W8", "18748-4-3-1234-W8", "34105-7-3-1234-W8")
    return [f"orcd/{n}.xml" for n in orcd] + [f"skeletons/l1_{n}.xml" for n in ("EP", "HDR", "LAB", "MIR", "PS")]


@pytest.mark.parametrize("name", official())
def test_the_official_examples_are_read_whole(name: str):
    result = read_level_one((artefacts() / "cda-examples" / name).read_bytes())
    stub = name.startswith("skeletons/")  # their PDFs are a first line and no more
    assert [f.code for f in result.report.findings] == (["original-cut"] if stub else [])
    assert re.match(rb"%PDF-", result.document.content)
