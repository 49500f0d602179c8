"""The narrative of a foreign document (CDA R2 StrucDoc.Text) as plain text: lines for blocks, nothing that acts.

Script, styles and pictures are left out by name; what was struck out is not read as what holds. Nothing is cut.
"""

import re
from copy import deepcopy
from html import unescape
from typing import Final, cast

from lxml import etree

from transformers.cda.types.walk import Element, local
from trust.xml import serialise

_DROPPED: Final = frozenset({"script", "style", "renderMultiMedia", "iframe", "object", "embed"})
_ACTS: Final = ("revised=", *(f"{before}{name}" for before in "<:" for name in sorted(_DROPPED)))
"""What a serialised text has in it wherever it may hold what is not read."""
_BLOCK: Final = re.compile(
    r"</?(?:[^\s<>/:]+:)?(?:table|caption|thead|tbody|tfoot|tr|list|item|paragraph|br|title|text)(?=[\s/>])[^>]*>"
)
_CELL: Final = re.compile(r"</?(?:[^\s<>/:]+:)?(?:td|th)(?=[\s/>])[^>]*>")
_TAG: Final = re.compile(r"<[^>]*>")
_LINE_MARK, _CELL_MARK = "\x01", "\x02"
"""No characters of an XML document, so nobody else can make one."""
_NO_WORDS: Final = f" {_CELL_MARK}"
_CELLS: Final = re.compile(f" ?{_CELL_MARK}[{_NO_WORDS}]*")
_BARE: Final = tuple(
    (written, mark)
    for name, mark in (("paragraph", _LINE_MARK), ("td", _CELL_MARK), ("th", _CELL_MARK), ("tr", _LINE_MARK))
    for written in (f"<{name}>", f"</{name}>")
)
"""The tags of which most narratives are made, as they are written without attributes: found without a pattern."""


def anchors_of(root: Element) -> tuple[dict[str, Element], list[Element]]:
    """Elements by their ID, and those whose ID stands twice (they are no target)."""
    found: dict[str, Element] = {}
    doubled: dict[str, Element] = {}
    anchored = etree.XPath("descendant-or-self::*[@ID]")  # its own: threads would wait for one that they share
    for element in cast("list[Element]", anchored(root)):
        name = element.get("ID") or ""
        if name in found:
            doubled[name] = element
        found[name] = element
    for name in doubled:
        del found[name]
    return found, list(doubled.values())


def words_of(element: Element) -> str:
    """All that the element says, a line for every block, cells apart by a dash; never markup."""
    if len(element) == 0:
        return " ".join((element.text or "").split())
    written = serialise(element).decode()
    if any(map(written.__contains__, _ACTS)) and removed_from(element):
        return words_of(_without(element))
    for tag, mark in _BARE:
        written = written.replace(tag, mark)
    marked = unescape(_TAG.sub("", _CELL.sub(_CELL_MARK, _BLOCK.sub(_LINE_MARK, written))))
    lines = [line for each in " ".join(marked.split()).split(_LINE_MARK) if (line := each.strip(_NO_WORDS))]
    return "\n".join(_CELLS.sub(" – ", line) if _CELL_MARK in line else line for line in lines)


def removed_from(narrative: Element) -> list[Element]:
    """Elements of a narrative whose content is not read as text: script, styles, pictures, words struck out."""
    written = serialise(narrative).decode()
    if not any(map(written.__contains__, _ACTS)):
        return []
    return [e for e in narrative.iter("*") if local(e) in _DROPPED or e.get("revised") == "delete"]


def _without(element: Element) -> Element:
    """A copy of the text without what is not read; what follows it stays."""
    copied = deepcopy(element)
    for gone in removed_from(copied):
        words = gone.tail
        gone.clear()
        gone.tag, gone.tail = "removed", words
    return copied
