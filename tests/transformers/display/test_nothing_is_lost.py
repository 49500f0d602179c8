"""Every display, code, value, identifier and text of a document's entries and narrative is on its page."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from gateway.exchange.country_a.compose import write_document
from tests.support.documents.pages import show, tree_of, words
from tests.support.machine.require import artefacts
from tests.support.persons import samples
from transformers.cda.types.vocabulary import WORDS_ONLY_SYSTEM
from transformers.model.timestamps import written_timestamp as spoken
from trust.xml import parse

NOT_FOR_EYES = {"templateId", "typeId", "realmCode", "reference"}
_WORDLESS = {"event", "statusCode"}
"""Codes with words of the page's own; each has a test."""
_INDEPENDENT = {"true": "Supplied on its own yes", "false": "Supplied on its own no"}
"""The whole row, in the page's words."""


def said(root: etree._Element) -> Iterator[str]:
    """What the entries of a document say, piece by piece."""
    for element in root.iterfind(".//{*}entry//*"):
        name = etree.QName(element).localname
        if name in NOT_FOR_EYES:
            continue
        if name not in _WORDLESS:
            # The words beside that code are looked for; it says only that there is no other.
            code = None if element.get("codeSystem") == WORDS_ONLY_SYSTEM else element.get("code")
            told = (element.get("displayName"), code, element.get("extension"), element.get("unit"))
            yield from (value for value in told if value not in (None, "1"))
        if name == "independentInd":
            yield _INDEPENDENT[element.get("value")]
        elif element.get("value"):
            timed = "ime" in name or name in ("low", "high", "value")
            yield spoken(element.get("value")) if timed else element.get("value")
        yield " ".join((element.text or "").split())
    for text in root.iterfind(".//{*}section/{*}text"):
        yield from (" ".join(str(part).split()) for part in text.itertext())


def detailed(content: bytes) -> str:
    """The page without its overview, which repeats the most urgent of it."""
    tree = tree_of(show(content))
    for overview in tree.xpath("//*[@id='overview']"):
        overview.drop_tree()
    return words(tree)


def missing(content: bytes) -> list[str]:
    page = detailed(content)
    return [piece for piece in said(parse(content)) if " ".join(piece.split()) not in page]


@pytest.mark.parametrize("person", samples.persons())
def test_all_that_our_document_says_is_on_its_page(person: str):
    content, _ = write_document(samples.summary(person), samples.release(), 8)
    assert missing(content) == []


def test_all_that_a_foreign_document_says_is_on_its_page():
    examples = sorted(artefacts("cda-examples").rglob("*.xml"))
    assert examples
    assert {path.name: lost for path in examples if (lost := missing(Path(path).read_bytes()))} == {}


def test_a_lost_piece_is_found_here():
    content, _ = write_document(samples.summary("rich"), samples.release(), 8)
    page = detailed(content.replace(b'displayName="Peanut"', b'displayName="Walnut"'))
    assert any(piece not in page for piece in said(parse(content)))
