"""Each element of the CDA narrative in each place: no word lost, no two words glued, whoever reads it."""

import re

import pytest
from lxml import etree, html

from transformers.cda.types.narrative import words_of
from transformers.display.narrative import Anchors, safe_html
from transformers.display.narrative_lines import plain_lines
from trust.xml import parse

NOTE = "Take 5<footnote ID='f1'>per week, not per day</footnote> mg"
MARK = "Take 5<footnoteRef IDREF='f1'/> mg"
ELEMENTS = {
    "footnote": ("Ta 5<footnote>per uke</footnote>mg", "Ta 5 (per uke) mg"),
    "footnote before a point": ("Ta 5 mg<footnote>per uke</footnote>.", "Ta 5 mg (per uke)."),
    "mark of a footnote": ("Ta 5<footnoteRef IDREF='f1'/>mg", "Ta 5 (*) mg"),
    "mark with words": ("Ta 5<footnoteRef IDREF='f1'>se under</footnoteRef>mg", "Ta 5 (se under) mg"),
    "nested": ("Ta <content>5<footnote><content>per</content> uke</footnote></content> mg", "Ta 5 (per uke) mg"),
    "sub": ("H<sub>2</sub>O", "H2O"),
    "link": ("se <linkHtml href='x'>her</linkHtml> nå", "se her nå"),
}
PLACES = {
    "text": "{}",
    "paragraph": "<paragraph>{}</paragraph>",
    "item": "<list><item>{}</item></list>",
    "cell": "<table><tbody><tr><td>{}</td></tr></tbody></table>",
    "caption": "<table><caption>{}</caption><tbody><tr><td>x</td></tr></tbody></table>",
}
READERS = {
    "pivot": words_of,
    "page": lambda text: html.fromstring(f"<div>{safe_html(text)[0]}</div>").text_content(),
    "paper": lambda text: "\n".join(plain_lines(text)),
    "code": lambda text: Anchors(text).words(parse(b"<reference value='#t'/>")) or "",
}


def narrative(inside: str) -> etree._Element:
    return parse(f'<text xmlns="urn:hl7-org:v3" ID="t">{inside}</text>'.encode())


def said(reader: str, inside: str) -> str:
    return re.sub(r"\s+", " ", READERS[reader](narrative(inside)))


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("element", ELEMENTS)
def test_no_word_of_an_element_is_lost_or_glued(reader: str, place: str, element: str):
    inside, expected = ELEMENTS[element]
    assert expected in said(reader, PLACES[place].format(inside))


@pytest.mark.parametrize("reader", READERS)
def test_a_footnote_does_not_run_into_the_dose(reader: str):
    assert said(reader, NOTE).strip() == "Take 5 (per week, not per day) mg"
    assert said(reader, MARK).strip() == "Take 5 (*) mg"


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "inside",
    [
        "<list><caption>Overskrift</caption><item>punkt</item></list>",
        "<list><item><caption>Overskrift</caption>punkt</item></list>",
        "<paragraph><caption>Overskrift</caption>punkt</paragraph>",
        "foran<renderMultiMedia referencedObject='M1'><caption>Overskrift</caption></renderMultiMedia>punkt",
    ],
)
def test_a_caption_is_words_of_its_own_wherever_it_stands(reader: str, inside: str):
    words = said(reader, inside)
    assert re.search(r"(^|\W)Overskrift\W", words)
    assert re.search(r"(^|\W)punkt(\W|$)", words)
    assert ("foran" in inside) == bool(re.search(r"foran\W", words))


@pytest.mark.parametrize("kind", ["ordered", "unordered"])
def test_a_list_of_the_page_holds_items_alone(kind: str):
    shown, _ = safe_html(narrative(f'<list listType="{kind}"><caption>Om</caption>løst<item>a</item></list>'))
    lists = html.fromstring(f"<div>{shown}</div>").xpath("//ul | //ol")
    assert [[child.tag for child in one] for one in lists] == [["li"]]
    assert [one.tag for one in lists] == ["ol" if kind == "ordered" else "ul"]
    assert "løst" in str(shown)


def test_a_picture_itself_is_named_as_left_out():
    _, reduced = safe_html(narrative("<renderMultiMedia referencedObject='M1'/>"))
    assert reduced == ["renderMultiMedia"]


def test_words_that_were_struck_out_stay_out_of_a_footnote_too():
    assert "10" not in words_of(narrative("5<footnote><content revised='delete'>10</content>per uke</footnote>"))
