"""The narrative of a foreign document (CDA R2 StrucDoc.Text) as plain text: lines for blocks, nothing that acts.

Script, styles and pictures are left out by name; what was struck out is not read as what holds. Nothing is cut.
"""

from collections.abc import Iterator
from typing import Final

from transformers.cda.integrity_tree import HL7, Element, local

_DROPPED: Final = frozenset({"script", "style", "renderMultiMedia", "iframe", "object", "embed"})
_LINES: Final = frozenset(
    {"table", "caption", "thead", "tbody", "tfoot", "tr", "list", "item", "paragraph", "br", "title", "text"}
)
_CELLS: Final = frozenset({"td", "th"})
_LINE, _CELL = "\x01", "\x02"
"""Marks between blocks and cells: no character of an XML document, so nobody else can make one."""


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
    marked = "".join(_running(element))
    lines = []
    for line in marked.split(_LINE):
        cells = (" ".join(cell.split()) for cell in line.split(_CELL))
        joined = " – ".join(cell for cell in cells if cell)
        if joined:
            lines.append(joined)
    return "\n".join(lines)


def removed_from(narrative: Element) -> list[Element]:
    """Elements of a narrative whose content is not read as text: script, styles, pictures, words struck out."""
    return [e for e in narrative.iter("*") if _is_dropped(e)]


def _is_dropped(element: Element) -> bool:
    return local(element) in _DROPPED or element.get("revised") == "delete"


def _running(element: Element) -> Iterator[str]:
    """Texts and marks in document order; deep nesting is no recursion."""
    stack: list[Element | str] = [element]
    while stack:
        part = stack.pop()
        if isinstance(part, str):
            yield part
            continue
        if _is_dropped(part):
            continue
        name = local(part) if part.tag.startswith(HL7) else ""
        mark = _LINE if name in _LINES else _CELL if name in _CELLS else ""
        stack.append(mark)
        for inner in reversed(part):
            stack.extend((inner.tail or "", inner))
        yield mark
        yield part.text or ""
