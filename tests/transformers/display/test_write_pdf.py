"""The paper says what the page says: the same rows, the same words, the same patient; or it is not printed."""

import re

import pytest

from gateway.exchange.country_a.compose import write_document
from tests.support.documents.foreign import absent, allergy, medicine, section
from tests.support.documents.foreign import document as foreign
from tests.support.documents.pages import document, edispensation, eprescription, level_one, rows, show, tree_of, words
from tests.support.documents.pdf import holds, opened, text_of, text_of_page
from tests.support.machine.require import artefacts
from tests.support.persons import samples
from transformers.display.chrome import CHROME
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
    said += tree.xpath("//div[@id='overview']//text()")
    said += [words(e) for e in tree.xpath("//ul[@class='codes']/li | //main//h2/span | //main//h3")]
    paper = letters(text_of(printed(content, language).content, body_alone=True))
    return [text for text in said if letters(text).strip(",") not in paper]


def letters(text: str) -> str:
    """A text without what parts its cells and lines."""
    return re.sub(r"[\s·/–]+", "", text)


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
    monkeypatch.setattr("transformers.display.write_pdf._row", lambda *_: ("", (), ()))
    assert "Strength (Paracetamol)" in lost(eprescription())


def test_the_paper_of_a_summary_opens_with_what_is_asked_first_and_ends_with_codes():
    content, _ = write_document(samples.summary("rich"), samples.release(), 8)
    made = printed(content, "nb").content
    with opened(made) as pages:
        assert len(pages.pages) <= 6
    first = " ".join(text_of_page(made, 1).split())
    places = [
        first.index(one) for one in ("Allergier og", "Fenoksymetylpenicillin [1]", "Legemidler nå (6)", "Pacemaker")
    ]
    assert places == sorted(places)
    assert "1 tablett daglig på fastende mage" in first
    whole = text_of(made)
    assert whole.index("Helseproblemer (7)") < whole.index("Slik dokumentet skriver det")
    annex = whole[whole.index("Koder og identifikatorer") :]
    assert re.search(r"\[1\] J01CE02", annex)
    assert "J01CE02 (Anatomical" not in whole[: whole.index("Koder og identifikatorer")]


def test_the_paper_of_a_summary_says_all_of_the_overview_past_things_and_contradictions_too():
    ended = medicine(
        "<name>Prøvex</name>", times='<effectiveTime xsi:type="IVL_TS"><high value="20240101"/></effectiveTime>'
    )
    ended = ended.replace('<statusCode code="active"/>', '<statusCode code="completed"/>')
    table = "<table><tbody><tr><td>Latex</td><td>utslett</td></tr></tbody></table>"
    content = foreign(section("allergies", absent("no-known-allergies"), text=table), section("medications", ended))
    assert lost(content, "nb") == []
    paper = printed(content, "nb").content
    assert holds(paper, "1 avsluttede")
    banner = f"▲ {CHROME['nb']['absence.contradicted']}"
    assert holds(paper, banner)
    alone = foreign(section("allergies", absent("no-known-allergies"), text="<paragraph>Ingen kjente</paragraph>"))
    assert not holds(printed(alone, "nb").content, banner)


def test_a_row_of_narrative_that_an_entry_refers_to_is_printed_once():
    text = '<table><tbody><tr ID="a"><td>Penicilina</td><td>choque</td></tr></tbody></table>'
    refers = allergy("Latex").replace("<statusCode", '<text><reference value="#a"/></text><statusCode', 1)
    paper = printed(foreign(section("allergies", refers, text=text)), "nb").content
    assert letters(text_of(paper)).count("Penicilinachoque") == 1


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
    summary, _ = write_document(samples.summary("rich"), samples.release(), 8)
    content = printed(summary, "nb").content
    with opened(content) as made:
        pages = len(made.pages)
    assert pages > 1
    head = "Ryddig Lerke Havreåker · Født 13.03.1974 · 13837424032 · Pasientsammendrag"
    assert text_of(content).count(head) == pages


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
