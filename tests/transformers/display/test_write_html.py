"""The page shows the right patient, the original beside the English, and nothing a hostile document would like."""

import itertools
import re
from base64 import b64encode
from hashlib import sha256

import pytest
from lxml import html

from gateway.exchange.country_a.compose import write_document
from tests.support.machine.require import artefacts
from tests.support.persons import samples
from transformers.display.write_html import write_html
from trust.errors import DoctypeForbidden, XmlNotWellFormed

RELEASE = samples.release()


def document(person: str = "rich") -> bytes:
    content, _ = write_document(samples.summary(person), RELEASE, 8)
    return content


def page(content: bytes, language: str = "en"):
    return html.fromstring(write_html(content, release=RELEASE, language=language).html.decode())


def words(element) -> str:
    return " ".join(element.text_content().split())


def rows(tree) -> list[list[str]]:
    return [[words(cell) for cell in row] for row in tree.xpath("//tbody/tr[th[@scope='row']]")]


def test_shows_the_right_patient():
    tree = page(document())
    assert words(tree.find(".//h1")) == "Ryddig Lerke Havreåker"
    header = words(tree.find(".//header"))
    for said in ("13837424032", "1974-03-13", "Female", "Norwegian (Bokmål)"):
        assert said in header


def test_shows_the_original_beside_the_english():
    found = rows(page(document()))
    anaphylaxis = next(row for row in found if row[1].startswith("Anaphylaxis"))
    assert anaphylaxis[2] == "Anafylaktisk reaksjon"
    assert any(row[1].startswith("phenoxymethylpenicillin") and row[2] == "Fenoksymetylpenicillin" for row in found)


def test_words_without_a_code_are_shown_once_and_their_code_never():
    tree = page(document())
    assert "words-only" not in words(tree)
    shown = [row[2] for row in rows(tree) if row[0] == "Finding" and "Intubasjonsproblem" in row[2]]
    assert shown == ["Intubasjonsproblem"]


def test_says_that_a_text_is_not_coded_and_shows_it():
    found = rows(page(document()))
    assert any(row[1].startswith("not coded") and row[2] == "Irritasjon i slimhinner" for row in found)


@pytest.mark.parametrize(
    ("person", "said"),
    [("no-information", "No information about allergies"), ("known-absences", "No known medications")],
)
def test_says_what_is_absent_and_what_nobody_knows(person: str, said: str):
    assert said in words(page(document(person)))


def test_original_texts_carry_their_language():
    tree = page(document())
    assert {e.get("lang") for e in tree.xpath("//*[@class='original']")} == {"nb-NO"}


@pytest.mark.parametrize(("language", "said"), [("en", "As written"), ("nb", "Slik det er skrevet"), ("nn", "Fødd")])
def test_the_chrome_speaks_the_readers_language(language: str, said: str):
    tree = page(document(), language)
    assert tree.get("lang") == language
    assert said in words(tree)


def test_every_word_of_the_narrative_is_on_the_page():
    content = document()
    shown = words(page(content))
    for text in re.findall(r"<paragraph>([^<]+)</paragraph>", content.decode()):
        assert " ".join(html.fromstring(f"<p>{text}</p>").text_content().split()) in shown


def test_the_page_loads_nothing_and_runs_nothing():
    tree = page(document())
    policy = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    style = b64encode(sha256(tree.findtext(".//style").encode()).digest()).decode()
    assert policy == [f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'"]
    assert tree.xpath("//script | //iframe | //object | //img | //link | //form | //@onclick | //@style") == []
    assert {href[0] for href in tree.xpath("//a/@href")} == {"#"}


HOSTILE = """<table><tbody><tr><td onclick="x()" style="color:red">a
<script xmlns="http://www.w3.org/1999/xhtml">x()</script><linkHtml href="javascript:alert(1)">press</linkHtml>
<renderMultiMedia referencedObject="M1"/>&lt;script&gt;y()&lt;/script&gt;
</td></tr></tbody></table>"""


def test_a_hostile_narrative_becomes_harmless_and_that_is_said():
    content = document().decode()
    spoiled = re.sub(r"<text><table>.*?</text>", f"<text>{HOSTILE}</text>", content, count=1, flags=re.DOTALL).encode()
    shown = write_html(spoiled, release=RELEASE)
    tree = html.fromstring(shown.html.decode())
    assert tree.xpath("//script | //section//a | //@onclick | //tbody//@style") == []
    assert "press" in words(tree)
    assert "<script>y()</script>" in words(tree)
    reduced = {f.path.rpartition("//")[2] for f in shown.report.findings}
    assert {"linkHtml", "renderMultiMedia"} <= {name.rpartition("}")[2] for name in reduced}


def test_markup_in_a_name_is_text():
    spoiled = document().replace("Havreåker".encode(), b"&lt;b onmouseover=x()&gt;Havre&lt;/b&gt;")
    tree = page(spoiled)
    assert words(tree.find(".//h1")).endswith("<b onmouseover=x()>Havre</b>")
    assert tree.xpath("//h1/b") == []


def test_refuses_what_is_no_safe_xml():
    with pytest.raises(DoctypeForbidden):
        write_html(b"<!DOCTYPE a><a/>", release=RELEASE)
    with pytest.raises(XmlNotWellFormed):
        write_html(b"no document", release=RELEASE)


def test_a_document_without_anything_is_still_a_page():
    tree = page(b'<ClinicalDocument xmlns="urn:hl7-org:v3"/>')
    assert tree.find(".//h1") is not None


def test_every_foreign_example_is_shown_with_its_patient():
    examples = sorted(artefacts("cda-examples").rglob("*.xml"))
    assert examples
    for path in examples:
        shown = write_html(path.read_bytes(), release=RELEASE)
        assert html.fromstring(shown.html.decode()).find(".//h1") is not None, path.name


@pytest.mark.parametrize("person", ["rich", "no-information"])
def test_headings_go_down_one_level_at_a_time_and_every_table_names_its_columns(person: str):
    tree = page(document(person))
    levels = [int(e.tag[1]) for e in tree.xpath("//h1 | //h2 | //h3")]
    assert levels[0] == 1
    assert all(following - level <= 1 for level, following in itertools.pairwise(levels))
    for table in tree.xpath("//main//div[@class='entry']/table"):
        assert table.get("aria-label")
        assert [e.get("scope") for e in table.xpath("./thead//th")] == ["col"] * 3
        assert {e.get("scope") for e in table.xpath("./tbody/tr/th")} == {"row"}
