"""The paper says what the page says: the same rows, the same words, the same patient; or it is not printed."""

import pytest

from gateway.exchange.country_a.compose import write_document
from tests.support.documents.pages import document, edispensation, eprescription, level_one, rows, show, tree_of, words
from tests.support.documents.pdf import holds, opened, text_of
from tests.support.machine.require import artefacts
from tests.support.persons import samples
from transformers.display.errors import NotAClinicalDocument, NotPrintable, SeveralPatients
from transformers.display.pdf import PdfMade
from transformers.display.write_pdf import write_pdf
from trust.errors import XmlNotWellFormed


def printed(content: str | bytes, language: str = "en") -> PdfMade:
    whole = content if isinstance(content, bytes) else content.encode()
    return write_pdf(whole, release=samples.release(), language=language)


def lost(content: str | bytes, language: str = "en") -> list[str]:
    """Texts of the page's header, rows, codes and headings that the paper does not say."""
    tree = tree_of(show(content, language))
    said = [cell for row in rows(tree) for cell in row]
    said += [part for text in tree.xpath("//header/dl/dd//text()") for part in text.split(", ")]
    said += [words(e) for e in tree.xpath("//ul[@class='codes']/li | //main//h2/span | //main//h3")]
    paper = "".join(text_of(printed(content, language).content, body_alone=True).split())
    return [text for text in said if "".join(text.split()).strip(",·") not in paper]


@pytest.mark.parametrize(
    "content", [eprescription(), edispensation(), level_one(), document("", "<paragraph>Ord</paragraph>")]
)
@pytest.mark.parametrize("language", ["en", "nb"])
def test_the_paper_says_what_the_page_says(content: str, language: str):
    assert lost(content, language) == []


def test_the_paper_of_our_summary_says_what_its_page_says():
    content, _ = write_document(samples.summary("rich"), samples.release(), 8)
    assert lost(content) == []


def test_a_lost_row_is_found_here(monkeypatch):
    monkeypatch.setattr("transformers.display.write_pdf._row", lambda *_: ((), (), ()))
    assert "Strength (Paracetamol)" in lost(eprescription())


def test_every_foreign_example_is_printed_as_pdf_a():
    examples = sorted(artefacts("cda-examples").rglob("*.xml"))
    assert examples
    for path in examples:
        with opened(printed(path.read_bytes()).content) as made, made.open_metadata() as metadata:
            assert metadata["pdfaid:part"] == "1", path.name


def test_the_narrative_is_printed_row_by_row_and_what_was_struck_out_says_so():
    text = """<table><thead><tr><th>Medicamento</th><th>Dose</th></tr></thead><tbody><tr><td>A<br/>B</td>
      <td><paragraph>1</paragraph><paragraph>2</paragraph></td></tr></tbody></table><list><item>x</item><item>y</item></list>
      <paragraph>dose <content revised="delete">500</content> 50 mg</paragraph><script>no()</script>"""
    content = printed(document("", text)).content
    for line in ("Medicamento · Dose", "A / B · 1 / 2", "dose [[– 500 –]] 50 mg"):
        assert holds(content, line)
    assert not holds(content, "no()")


def test_the_same_document_gives_the_same_paper():
    assert printed(eprescription()).content == printed(eprescription()).content


def test_whose_it_is_stands_on_every_page():
    content = printed(eprescription()).content
    with opened(content) as made:
        pages = len(made.pages)
    assert pages > 1
    assert text_of(content).count("Ana Prøve · Born 1974-03-13 · 13837424032 · ePrescription") == pages


@pytest.mark.parametrize("stamp", ["", '<effectiveTime value="no time"/>', '<effectiveTime value="2026"/>'])
def test_a_document_without_a_readable_time_is_printed_and_that_is_told(stamp: str):
    content = eprescription().replace(
        '<effectiveTime value="20260501093000+0200"/><languageCode', f"{stamp}<languageCode"
    )
    made = printed(content)
    assert "document-undated" in {f.code for f in made.report.findings}
    assert "document-undated" not in {f.code for f in printed(eprescription()).report.findings}


def test_a_character_no_font_has_is_told():
    made = printed(eprescription().replace("Pakkes i dosett", "Pakkes 中"))
    assert ("character-without-glyph", "[U+4E2D]") in {(f.code, f.original) for f in made.report.findings}


def test_refuses_what_the_page_refuses_and_what_is_too_large_for_paper():
    with pytest.raises(XmlNotWellFormed):
        printed("nothing")
    with pytest.raises(NotAClinicalDocument):
        printed("<a/>")
    with pytest.raises(SeveralPatients):
        printed("<ClinicalDocument xmlns='urn:hl7-org:v3'><recordTarget/><recordTarget/></ClinicalDocument>")
    with pytest.raises(NotPrintable):
        printed(document("", "<paragraph>Ord</paragraph>" * 13_000))
    with pytest.raises(NotPrintable):
        printed(document("", f"<paragraph>{'Ord ' * 800_000}</paragraph>"))
