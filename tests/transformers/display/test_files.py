"""A document that is a file: whose it is, what kind of file, and the file itself to save; never run, never believed."""

import re
from base64 import b64encode
from hashlib import sha256

import pytest
from lxml import html

from tests.support.documents.pages import level_one, show, tree_of, words
from tests.support.machine.require import artefacts
from tests.support.persons import samples
from transformers.display.first_page import PNG, FirstPage
from transformers.display.write_html import write_html

PDF = b"%PDF-1.4 pr\xc3\xb8ve"


def body(content: bytes, media_type: str) -> str:
    return f'<text mediaType="{media_type}" representation="B64">{b64encode(content).decode()}</text>'


def test_the_file_can_be_saved_and_its_facts_are_told():
    tree = tree_of(show(level_one()))
    (link,) = tree.xpath("//a")
    assert link.get("href") == f"data:application/pdf;base64,{b64encode(PDF).decode()}"
    assert link.get("download") == "document.pdf"
    said = words(tree.find(".//main"))
    for fact in ("PDF", "1 kB", sha256(PDF).hexdigest(), "not translated"):
        assert fact in said
    assert words(tree.find(".//h1")) == "Ana Prøve"


def test_nothing_of_the_page_opens_the_file_by_itself():
    tree = tree_of(show(level_one()))
    assert tree.xpath("//iframe | //object | //embed | //img | //script") == []
    (policy,) = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none';")


def test_the_first_page_of_a_pdf_is_seen_and_nothing_else_is_loaded():
    asked = []

    def picture(pdf: bytes) -> FirstPage:
        asked.append(pdf)
        return FirstPage(PNG + b"x", 3)

    tree = html.fromstring(write_html(level_one().encode(), release=samples.release(), picture=picture).html)
    (image,) = tree.xpath("//img")
    assert image.get("src") == f"data:image/png;base64,{b64encode(PNG + b'x').decode()}"
    assert image.get("alt")
    assert words(tree.find(".//figcaption")) == "The first page, as a picture; number of pages: 3"
    assert asked == [PDF]
    (policy,) = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none';")
    assert policy.endswith("; img-src data:")
    assert tree.xpath("//iframe | //object | //embed | //script") == []


def test_a_file_of_which_there_is_no_picture_says_so_and_can_be_saved():
    tree = html.fromstring(write_html(level_one().encode(), release=samples.release(), picture=lambda _: None).html)
    assert tree.xpath("//img") == []
    assert "Its first page cannot be shown here" in words(tree.find(".//main"))
    assert len(tree.xpath("//a[@download]")) == 1


@pytest.mark.parametrize(
    ("media_type", "content", "name"),
    [
        ("image/png", b"\x89PNG\r\n\x1a\nx", "document.png"),
        ("application/jpeg", b"\xff\xd8\xff\xe0x", "document.jpeg"),
    ],
)
def test_a_picture_is_handed_on_as_what_it_is(media_type: str, content: bytes, name: str):
    tree = tree_of(show(level_one("11", "x-clinical-image", body(content, media_type))))
    (link,) = tree.xpath("//a")
    assert tree.xpath("//img/@src") == [link.get("href")]
    assert link.get("download") == name
    assert link.get("href").startswith(f"data:image/{name.rpartition('.')[2]};base64,")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "There is no file in the document."),
        ("<text>*</text>", "The file is damaged."),
        (body(b"<html onload=x()>", "application/pdf"), "The file is neither a PDF nor a picture."),
        (
            body(b"\x78\x9c", "application/pdf").replace("<text ", '<text compression="DF" '),
            "The file is compressed and is not unpacked here.",
        ),
        (body(PDF, "text/html"), "The file is not what the document says it is."),
    ],
)
def test_what_is_no_such_file_is_not_handed_on_and_the_page_says_why(text: str, said: str):
    page = show(level_one(text=text))
    tree = tree_of(page)
    assert tree.xpath("//a") == []
    assert said in words(tree.find(".//main"))
    assert [f.code for f in page.report.findings] == ["not-shown"]


def test_a_media_type_of_the_document_never_reaches_the_page():
    evil = body(PDF, "application/pdf").replace("application/pdf", "application/pdf&quot; onclick=&quot;x()")
    assert tree_of(show(level_one(text=evil))).xpath("//a | //@onclick") == []


@pytest.mark.parametrize(
    ("template", "code", "language", "title"),
    [
        ("7", "60591-5", "en", "Patient Summary, original"),
        ("6", "57833-6", "nb", "E-resept, original"),
        ("8", "11502-2", "nn", "Laboratoriesvar"),
        ("9", "34105-7", "nb", "Epikrise"),
        ("10", "18748-4", "en", "Medical imaging report"),
        ("11", "x-clinical-image", "en", "Medical images"),
    ],
)
def test_the_pages_title_is_the_kind_of_document_and_names_nobody(template: str, code: str, language: str, title: str):
    assert tree_of(show(level_one(template, code), language)).findtext(".//title") == title


@pytest.mark.parametrize("name", ["11502-2-3-1234-W8.xml", "18748-4-3-1234-W8.xml", "34105-7-3-1234-W8.xml"])
def test_the_file_of_a_foreign_document_is_handed_on(name: str):
    tree = tree_of(show(artefacts("cda-examples", "orcd", name).read_bytes()))
    (link,) = tree.xpath("//a")
    assert re.match("data:application/pdf;base64,JVBERi0", link.get("href"))
