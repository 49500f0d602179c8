"""Section narrative (HL7 CDA R2) as plain lines, for paper: a row of a table is one line, its cells told apart."""

from collections.abc import Iterator
from typing import Final

from transformers.display.narrative import NOTES, end_of_note
from transformers.display.statements import local
from trust.xml import Element

_CELLS: Final = frozenset({"td", "th"})
_LINES: Final = frozenset({"tr", "caption", "table", "list"})
_BLOCKS: Final = frozenset({"paragraph", "item", "br"})
"""A line of their own, save in a cell."""
_NOT_TEXT: Final = frozenset({"script", "style", "col", "colgroup"})
_CELL, _WITHIN = "\x01", "\x00"
"""Marks between cells and within one: no characters of any XML document."""


def plain_lines(text: Element) -> tuple[str, ...]:
    """A ``section/text`` as lines without blank ones; what was struck out stands in double brackets with a bar."""
    lines = []
    for line in "".join(_marked(text, in_cell=False)).split("\n"):
        cells = (" / ".join(part for part in map(_tidy, cell.split(_WITHIN)) if part) for cell in line.split(_CELL))
        lines.append(" · ".join(cell for cell in cells if cell))
    return tuple(line for line in lines if line)


def _marked(element: Element, *, in_cell: bool) -> Iterator[str]:
    yield _tidy_inside(element.text)
    for child in element:
        name = local(child)
        within = in_cell or name in _CELLS
        mark = _CELL if name in _CELLS else "\n" if name in _LINES else ""
        if name in _BLOCKS:
            mark = _WITHIN if in_cell else "\n"
        struck = child.get("revised") == "delete"
        yield mark
        if name not in _NOT_TEXT:
            yield "[[– " if struck else " (" if name in NOTES else ""
            yield from _marked(child, in_cell=within)
            yield " –]]" if struck else end_of_note(child) if name in NOTES else ""
        yield mark
        yield _tidy_inside(child.tail)


def _tidy(text: str) -> str:
    return " ".join(text.split())


def _tidy_inside(text: str | None) -> str:
    """Line ends of the source are blanks; what stands at either end stays a blank."""
    return (text or "").replace("\n", " ")
