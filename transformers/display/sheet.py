"""A printed document as data: blocks of text that the page of a PDF is set from, whatever they were made of.

Complete and plain: the typesetter decides on nothing but where lines break. A `SheetText` carries its own language, so
that a screen reader speaks a Portuguese word in a Norwegian document as Portuguese.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SheetText:
    """A text of one or more lines; ``language`` (BCP 47) where it is not the sheet's.

    ``soft`` for what stands back, ``strong`` for what stands out.
    """

    text: str
    language: str | None = None
    soft: bool = False
    strong: bool = False


Cell = tuple[SheetText, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 2 or 3 (1 is the sheet's title)."""

    text: SheetText
    level: int = 2


@dataclass(frozen=True, slots=True)
class LabelledTexts:
    """Labels with what they say; ``inline``: its texts follow each other on one line, else each has its own."""

    rows: tuple[tuple[str, Cell], ...]
    inline: bool = False


@dataclass(frozen=True, slots=True)
class SheetTable:
    """Column heads and rows; the first cell of a row names it. ``widths`` are shares of the page.

    ``inline``: the texts of a cell follow each other on one line; else each has its own.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    widths: tuple[int, ...]
    inline: bool = False


@dataclass(frozen=True, slots=True)
class RunIn:
    """What one entry says, run together to save paper: each label, its words, and between guillemets those as written.

    ``mark`` stands before it and names it wherever the sheet refers to it; ``label`` says what it is, where it is told.
    """

    mark: str
    label: str
    statements: tuple[tuple[str, Cell, Cell], ...]


@dataclass(frozen=True, slots=True)
class Paragraphs:
    """Running text; ``small`` where it repeats in its author's words what stands above."""

    paragraphs: tuple[SheetText, ...]
    small: bool = False


@dataclass(frozen=True, slots=True)
class SmallPrint:
    """Small letters in two columns: what is looked up and not read."""

    paragraphs: tuple[SheetText, ...]


Block = Heading | LabelledTexts | SheetTable | RunIn | Paragraphs | SmallPrint


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
