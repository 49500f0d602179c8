"""Where a document is not shown a page says why, in the reader's language, without a word of the document."""

import pytest
from lxml import html

from tests.support.documents.pages import document, show, words
from transformers.display.errors import DisplayRefused, NotAClinicalDocument, NotPrintable, SeveralPatients
from transformers.display.write_html import write_refusal
from trust.errors import DoctypeForbidden, XmlNotWellFormed, XmlRefused, XmlTooDeep, XmlTooLarge, XmlTooManyNodes
from trust.xml import SHOWN


def said(reason: Exception, language: str = "en") -> str:
    return words(html.document_fromstring(write_refusal(reason, language=language).decode()).find(".//main"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("<html/>", "It is no clinical document (HL7 CDA)."),
        ("<ClinicalDocument xmlns='urn:hl7-org:v3'><recordTarget/><recordTarget/></ClinicalDocument>", "more than one"),
        ("nothing", "It is damaged."),
        ("<!DOCTYPE a><a/>", "It asks for something outside itself"),
        (document("", "<content>" * 300 + "</content>" * 300), "built in a way that is not safe"),
        (document("", "<br/>" * (SHOWN.elements + 1)), "more statements than can be shown"),
        (document("", "a" * SHOWN.bytes), "It is too large."),
    ],
)
def test_the_reason_is_readable(content: str, reason: str):
    with pytest.raises((DisplayRefused, XmlRefused)) as refused:
        show(content)
    page = said(refused.value)
    assert reason in page
    assert "Nothing is known from this about the patient." in page
    assert type(refused.value).__name__ in page


@pytest.mark.parametrize("language", ["en", "nb", "nn"])
def test_every_reason_of_the_display_has_words(language: str):
    own = [NotAClinicalDocument, SeveralPatients, NotPrintable]
    assert set(own) == set(DisplayRefused.__subclasses__())
    xml = [XmlNotWellFormed, XmlTooLarge, XmlTooManyNodes, XmlTooDeep, DoctypeForbidden]
    pages = [said(reason(), language) for reason in (*own, *xml)]
    assert len(set(pages)) == len(pages)
    other = said(XmlRefused(), language)
    assert all(
        other.replace("XmlRefused", "") != page.replace(r.__name__, "")
        for page, r in zip(pages, (*own, *xml), strict=True)
    )


def test_the_page_speaks_the_readers_language():
    assert "Dokumentet vises ikke" in said(SeveralPatients(), "nb")
    assert "Dokumentet blir ikkje vist" in said(SeveralPatients(), "nn")


def test_the_page_runs_and_loads_nothing():
    tree = html.document_fromstring(write_refusal(SeveralPatients()).decode())
    assert tree.xpath("//script | //a | //img | //link") == []
    assert tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0].startswith("default-src 'none';")
