"""A printed document as data: blocks of text that the page of a PDF is set from, whatever they were made of.

Complete and plain: the typesetter decides on nothing but where lines break. A `SheetText` carries its own language, so
that a screen reader speaks a Portuguese word in a Norwegian document as Portuguese.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SheetText:
    """A text of one or more lines; ``language`` (BCP 47) where it is not the sheet's; ``soft`` for what stands back."""

    text: str
    language: str | None = None
    soft: bool = False


Cell = tuple[SheetText, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 2 or 3 (1 is the sheet's title)."""

    text: SheetText
    level: int = 2


@dataclass(frozen=True, slots=True)
class LabelledTexts:
    """Labels with what they say."""

    rows: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True, slots=True)
class SheetTable:
    """Column heads and rows; the first cell of a row names it. ``widths`` are shares of the page."""

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    widths: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Paragraphs:
    """Running text."""

    paragraphs: tuple[SheetText, ...]


Block = Heading | LabelledTexts | SheetTable | Paragraphs


@dataclass(frozen=True, slots=True)
class Sheet:
    """One document to print. ``running`` stands at the head of every page: whose it is."""

    title: str
    language: str
    """Of the sheet's own words (``nb-NO``, ``en``)."""
    created: datetime
    """Aware; the only time in the PDF, so that the same sheet gives the same bytes."""
    running: str
    foot: str
    blocks: tuple[Block, ...]
