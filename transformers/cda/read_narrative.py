"""The narrative of a foreign document (CDA R2 StrucDoc.Text) as plain text: lines for blocks, nothing that acts.

Script, styles and pictures are left out by name; what was struck out is not read as what holds. Nothing is cut.
"""

import re
from copy import deepcopy
from html import unescape
from typing import Final

from transformers.cda.integrity_tree import Element, local
from trust.xml import serialise

_DROPPED: Final = frozenset({"script", "style", "renderMultiMedia", "iframe", "object", "embed"})
_ACTS: Final = re.compile(r"<(?:[^\s<>/:]+:)?(?:script|style|renderMultiMedia|iframe|object|embed)\b|\srevised=")
"""Whether a serialised text may hold what is not read; it has no ``<`` and no ``>`` but those of tags."""
_BLOCK: Final = re.compile(
    r"</?(?:[^\s<>/:]+:)?(?:table|caption|thead|tbody|tfoot|tr|list|item|paragraph|br|title|text)(?=[\s/>])[^>]*>"
)
_CELL: Final = re.compile(r"</?(?:[^\s<>/:]+:)?(?:td|th)(?=[\s/>])[^>]*>")
_TAG: Final = re.compile(r"<[^>]*>")
_LINE_MARK, _CELL_MARK = "\x01", "\x02"
"""No characters of an XML document, so nobody else can make one."""


def anchors_of(root: Element) -> tuple[dict[str, Element], list[Element]]:
    """Elements by their ID, and those whose ID stands twice (they are no target)."""
    found: dict[str, Element] = {}
    doubled: dict[str, Element] = {}
    for element in root.iterfind(".//*[@ID]"):
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
    if _ACTS.search(written) and removed_from(element):
        return words_of(_without(element))
    marked = _TAG.sub("", _CELL.sub(_CELL_MARK, _BLOCK.sub(_LINE_MARK, written)))
    lines = []
    for line in unescape(marked).split(_LINE_MARK):
        cells = (" ".join(cell.split()) for cell in line.split(_CELL_MARK))
        joined = " – ".join(cell for cell in cells if cell)
        if joined:
            lines.append(joined)
    return "\n".join(lines)


def removed_from(narrative: Element) -> list[Element]:
    """Elements of a narrative whose content is not read as text: script, styles, pictures, words struck out."""
    return [e for e in narrative.iter("*") if local(e) in _DROPPED or e.get("revised") == "delete"]


def _without(element: Element) -> Element:
    """A copy of the text without what is not read; what follows it stays."""
    copied = deepcopy(element)
    for gone in removed_from(copied):
        words = gone.tail
        gone.clear()
        gone.tag, gone.tail = "removed", words
    return copied
