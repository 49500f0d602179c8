"""Foreign text is foreign: isolated, in its language, with its emphasis, and without a character that nobody sees."""

import sys
import unicodedata

import pytest
from lxml import html

from tests.support.documents.foreign import SNOMED, document, observation, section
from tests.support.documents.pages import show, tree_of, words
from tests.support.documents.pdf import text_of
from tests.support.machine.generated import choices, of_the_day
from tests.support.machine.require import artefacts
from tests.support.persons import samples
from transformers.display.write_pdf import write_pdf

_PARTS = 8
UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
CONTROLS = [
    chr(code)
    for code in range(0x80, sys.maxunicode + 1)
    if unicodedata.category(chr(code)) in {"Cf", "Zl", "Zp"} or code <= 0x9F
]
BIDI = [one for one in CONTROLS if unicodedata.bidirectional(one) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI"}]


def holding(character: str) -> str:
    """A document that holds a character in a name, a display, a title, a narrative and an identifier."""
    value = f'<value xsi:type="CD" code="1" {SNOMED} displayName="Peni{character}cilin"/>'
    entry = observation(f'<code code="2" {SNOMED} displayName="Prova"/>', value)
    whole = document(section("results", entry, text=f"<paragraph>10 {character}mg</paragraph>")).decode()
    return whole.replace("Exemplo", f"Exem{character}plo").replace('extension="P1"', f'extension="P{character}1"')


def told(content: str) -> list[str]:
    """What was remarked of invisible characters."""
    report = show(content).report
    return [finding.text for finding in report.findings if finding.code == "invisible-character"]


@pytest.mark.parametrize("part", of_the_day("controls", range(_PARTS), 1))
def test_no_character_that_is_not_seen_reaches_the_page_and_each_is_told(part: int):
    for character in CONTROLS[part::_PARTS]:
        content = holding(character)
        page = show(content, "en" if part % 2 else "nb").html.decode()
        assert character not in page
        name = f"U+{ord(character):04X}"
        assert [name in text for text in told(content)] == [True]
        marked = "" if character in UNSEEN else f"[{name}]"
        for said in (f"Peni{marked}cilin", f"Exem{marked}plo", f"10 {marked}mg", f"P[{name}]1"):
            assert said in page


def test_such_a_character_as_a_reference_or_in_another_encoding_is_found_too():
    for content in (holding("&#x202E;").encode(), holding("\u202e").encode("utf-16")):
        shown = show(content)
        assert "\u202e" not in shown.html.decode()
        assert [finding.code for finding in shown.report.findings].count("invisible-character") == 1


def test_a_document_without_such_characters_keeps_every_letter_and_is_told_nothing_of():
    for letters in ("Łódź", "Čieŧŧa", "Αθήνα", "София", "e\u0301", "العربية"):
        content = holding(letters)
        assert letters in show(content).html.decode()
        assert told(content) == []


def test_paper_marks_them_too():
    for character in choices("controls").sample(BIDI, 2):
        made = write_pdf(holding(character).encode(), release=samples.release())
        assert f"Peni[U+{ord(character):04X}]cilin" in text_of(made.content)
        assert "invisible-character" in {finding.code for finding in made.report.findings}


@pytest.mark.parametrize("name", ["own", "W5"])
def test_every_original_is_isolated_from_the_words_around_it(name: str):
    content = (
        artefacts("cda-examples", "ps", "reference-test-data-W5.xml").read_bytes()
        if name == "W5"
        else document(section("results", observation(f'<code code="1" {SNOMED} displayName="א"/>', "")))
    )
    tree = tree_of(show(content, "nb"))
    originals = tree.xpath("//td[contains(@class, 'original')][normalize-space()]")
    assert [words(one) for one in originals if not one.xpath("./bdi")] == []
    assert all(each.get("dir") == "auto" for each in tree.xpath("//*[@class='scroll']"))


def narrative(inner: str) -> html.HtmlElement:
    """A narrative on the page."""
    (found,) = tree_of(show(document(section("results", text=inner)))).xpath("//*[@class='scroll']")
    return found


@pytest.mark.parametrize(
    ("element", "tag"), [("content", "span"), ("paragraph", "p"), ("td", "td"), ("item", "li"), ("list", "ul")]
)
def test_a_part_in_another_language_keeps_it(element: str, tag: str):
    around = {
        "td": "<table><tbody><tr>{}</tr></tbody></table>",
        "item": "<list>{}</list>",
        "content": "<paragraph>{}</paragraph>",
    }.get(element, "{}")
    inner = "<item>ord</item>" if element == "list" else "ord"
    for stated, kept in (("pt-PT", "pt-PT"), ("x&quot; onclick=&quot;y", None)):
        found = narrative(around.format(f'<{element} language="{stated}">{inner}</{element}>'))
        assert found.xpath(f".//{tag}")[0].get("lang") == kept
        assert found.xpath(".//@onclick") == []


STYLES = {
    "Bold": ("content", ".//b"),
    "Italics": ("content", ".//i"),
    "Underline": ("content", ".//u"),
    "Emphasis": ("content", ".//em"),
    "Lrule": ("td", ".//td[@class='lrule']"),
    "Rrule": ("td", ".//td[@class='rrule']"),
    "Toprule": ("td", ".//td[@class='toprule']"),
    "Botrule": ("td", ".//td[@class='botrule']"),
    "Arabic": ("ordered", ".//ol[@type='1']"),
    "LittleRoman": ("ordered", ".//ol[@type='i']"),
    "BigRoman": ("ordered", ".//ol[@type='I']"),
    "LittleAlpha": ("ordered", ".//ol[@type='a']"),
    "BigAlpha": ("ordered", ".//ol[@type='A']"),
    "Disc": ("unordered", ".//ul[@class='disc']"),
    "Circle": ("unordered", ".//ul[@class='circle']"),
    "Square": ("unordered", ".//ul[@class='square']"),
}
FORMS = {
    "content": '<paragraph><content styleCode="{}">ord</content></paragraph>',
    "td": '<table><tbody><tr><td styleCode="{}">ord</td></tr></tbody></table>',
    "ordered": '<list listType="ordered" styleCode="{}"><item>ord</item></list>',
    "unordered": '<list listType="unordered" styleCode="{}"><item>ord</item></list>',
}


@pytest.mark.parametrize("code", STYLES)
def test_each_style_code_has_its_element(code: str):
    form, path = STYLES[code]
    assert len(narrative(FORMS[form].format(code)).xpath(path)) == 1
    assert narrative(FORMS[form].format("xNational")).xpath(path) == []


def test_two_styles_at_once_are_both_kept():
    found = narrative(FORMS["content"].format("Bold Italics"))
    assert words(found.xpath(".//b[ancestor::i] | .//i[ancestor::b]")[0]) == "ord"
