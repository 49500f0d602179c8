"""The narrative block of a section (CDA R2 StrucDoc.Text): what a clinician reads and what the entries point to.

One table, one row per entry, every value that a code carries printed with the source's own words. A text is printed
whole: its lines are broken where the source broke them, nothing is cut.

Read, it is plain text: lines for blocks, nothing that acts. Script, styles and pictures are left out by name; what was
struck out is not read as what holds.
"""

import re
from collections.abc import Iterable
from copy import deepcopy
from html import unescape
from typing import Final, NamedTuple, cast

from lxml import etree

from transformers.cda.types.elements import decimal_text, escaped
from transformers.cda.types.times import spoken
from transformers.cda.types.walk import Element, local
from transformers.model.summary import KnownAbsent
from transformers.model.values import Coded, Coding, Moment, Period, Provenance, Quantity
from transformers.words import Words
from trust.xml import serialise

_LINE_END = re.compile(r"\r\n|\r|\n")


class Piece(NamedTuple):
    """A text with its own line breaks (``first`` and ``rest``), between a label and what says more.

    ``anchor`` is the xs:ID of the text alone when an entry points to it: an original text is not its label.
    """

    first: str
    rest: tuple[str, ...] = ()
    anchor: str | None = None
    label: str | None = None
    more: str | None = None
    own: bool = False
    """Words of ours and no source's; a label always is."""


Cell = tuple[Piece, ...]
_DASH: Final = "–"
_ENDS: Final = (".", "!", "?", ":", ";", "…")
_NOTHING: Final[Cell] = (Piece(_DASH),)


class NarrativeRow(NamedTuple):
    """One entry; ``anchor`` is the ID its text/reference points to."""

    anchor: str
    cells: tuple[Cell, ...]


def row(anchor: str, *cells: Cell) -> NarrativeRow:
    """The row of an entry; a cell without content holds a dash, for CDA wants no empty element."""
    return NarrativeRow(anchor, tuple(cell or _NOTHING for cell in cells))


class Narrative(NamedTuple):
    """Head of the columns, rows, and paragraphs after them; a section without entries has no table."""

    columns: tuple[str, ...]
    rows: tuple[NarrativeRow, ...]
    paragraphs: tuple[Piece, ...]


def piece(text: str, anchor: str | None = None, label: str | None = None, more: str | None = None) -> Piece:
    """The whole text as one piece; a blank one is a dash, for CDA wants no empty element."""
    first, *rest = _LINE_END.split(text) if text.strip() else (_DASH,)
    return Piece(first, tuple(rest), anchor, label, more)


def phrase(text: str, anchor: str | None = None) -> Piece:
    """Words of ours (`config/words/`)."""
    return Piece(text, anchor=anchor, own=True) if text.isprintable() else piece(text, anchor)._replace(own=True)


def sentence(text: str) -> str:
    """The text with its own end, so that what follows begins anew also where a page joins them in one line."""
    return text if text.rstrip().endswith(_ENDS) else f"{text.rstrip()}."


def optional(text: str | None, label: str, anchor: str | None = None) -> Cell:
    """A labelled piece, or nothing when there is no text."""
    return () if text is None or not text.strip() else (piece(text, anchor, label),)


def note_anchor(note: str | None, anchor: str) -> str | None:
    """The ID of a note's words in the row of ``anchor``, None when there is no note."""
    return None if note is None or not note.strip() else f"{anchor}-note"


def label_of(coded: Coded) -> str:
    """What a reader reads: the text as written, else the source's display, Europe's, the bare code, or a dash."""
    if coded.text and coded.text.strip():
        return coded.text
    codings = [coding for coding in (coded.original, coded.target) if coding is not None]
    candidates = [*(coding.display for coding in codings), *(coding.code for coding in codings)]
    return next((text for text in candidates if text and text.strip()), _DASH)


def codings_of(coded: Coded) -> Cell:
    """Every coding of the source, its own display with code and system; the main one first."""
    codings = tuple(c for c in (coded.original, *coded.others) if c is not None)
    return tuple(piece(_coding_text(coding)) for coding in dict.fromkeys(codings))


def coded_cell(coded: Coded | None, label: str, anchor: str) -> Cell:
    """A labelled concept on one line: its words, and in brackets the source's coding when that says more."""
    return () if coded is None else (piece(label_of(coded), anchor, label, _more(coded)),)


def coded_text(coded: Coded) -> str:
    """The same as plain text, for a place within a line."""
    more = _more(coded)
    return label_of(coded) if more is None else f"{label_of(coded)} [{more}]"


def quantity_text(quantity: Quantity) -> str:
    """A number and its unit in words; a code that is the very word (mg) is not said again."""
    number = decimal_text(quantity.value)
    if quantity.unit is None:
        return number
    unit, words = quantity.unit, label_of(quantity.unit)
    coded = any(coding.code != words for coding in (unit.original, *unit.others) if coding is not None)
    return f"{number} {coded_text(unit) if coded else words}"


def _more(coded: Coded) -> str | None:
    words = label_of(coded)
    codings = (coding for coding in dict.fromkeys((coded.original, *coded.others)) if coding is not None)
    return "; ".join(_coding_text(coding, shown=words) for coding in codings) or None


def codes_beside(unit: Coded | None, system: str) -> str:
    """Codings of the source in other code systems than ``system``, in brackets after a blank; empty without any."""
    codings = () if unit is None else (unit.original, *unit.others)
    others = dict.fromkeys(one for one in codings if one is not None and one.system != system)
    return f" [{'; '.join(map(_coding_text, others))}]" if others else ""


def moment_cell(moment: Moment | None, label: str) -> Cell:
    """A labelled moment."""
    return () if moment is None else (piece(spoken(moment), label=label),)


def period_cell(period: Period, words: Words) -> Cell:
    """From and to, as far as the source tells."""
    if period.start is None and period.end is None:
        return (phrase(words["value.not_stated"]),)
    return (*moment_cell(period.start, words["date.from"]), *moment_cell(period.end, words["date.to"]))


def source_cell(provenance: Provenance, words: Words) -> Cell:
    """Where the statement comes from, when and by whom it was recorded, and the source's own id of it."""
    when = () if provenance.recorded is None else (f"{words['label.recorded']} {spoken(provenance.recorded)}",)
    by = () if not provenance.recorded_by else (f"{words['label.recorded_by']} {provenance.recorded_by}",)
    reference = () if not provenance.source_id else (f"{words['label.reference']} {provenance.source_id}",)
    source = (piece(provenance.source),) if provenance.source.strip() else ()
    return (*source, *(phrase(part) for part in (" ".join((*when, *by)), *reference) if part.strip()))


def footer(sources: Iterable[str], updated: Moment, words: Words) -> Piece:
    """The data sources and the date of the newest item, which every section states."""
    named = ", ".join(dict.fromkeys(source for source in sources if source.strip())) or words["footer.none"]
    return phrase(f"{words['footer.sources']}: {named}. {words['footer.updated']}: {spoken(updated)}.")


def absent_sentence(absent: KnownAbsent, anchor: str, words: Words) -> Cell:
    """The sentence of a known absence and, after it, who says so."""
    said = phrase(words[f"absent.{absent.kind}"], anchor)
    return (said, *source_cell(absent.provenance, words))


def print_narrative(narrative: Narrative, language: str | None = None) -> str:
    """section/text: one table, a row per entry, then paragraphs; ``language`` is that of our own words, where the
    document has another.

    Each line and each text that is referred to ends in a line end: pages of other countries show what an element says
    without its markup, and lines would run into each other.
    """
    marked, table = language_mark(language), ""
    if narrative.rows:
        head = "".join(f"<th>{escaped(column)}</th>" for column in narrative.columns)
        rows = "".join(_print_row(one, marked) for one in narrative.rows)
        table = f"<table><thead{marked}><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f"<text>{table}{''.join(_print_piece(one, marked) for one in narrative.paragraphs)}</text>"


def language_mark(language: str | None) -> str:
    """The attribute that tells the language of words; nothing where it is the document's."""
    return "" if language is None else f' language="{language}"'


def _print_row(one: NarrativeRow, marked: str) -> str:
    cells = "".join(f"<td>{''.join(_print_piece(each, marked) for each in cell)}</td>" for cell in one.cells)
    return f'<tr ID="{one.anchor}">{cells}</tr>'


def _print_piece(one: Piece, marked: str) -> str:
    text = "\n<br/>".join(map(escaped, (one.first, *one.rest)))
    if one.anchor is not None:
        text = f'<content ID="{one.anchor}">{text}\n</content>'
    label = "" if one.label is None else f"{escaped(one.label)}: "
    if label and marked:
        label = f"<content{marked}>{label}</content>"
    more = "" if one.more is None else f" [{escaped(one.more)}]"
    return f"<paragraph{marked if one.own else ''}>{label}{text}{more}\n</paragraph>"


def _coding_text(coding: Coding, shown: str | None = None) -> str:
    name = coding.system_name or coding.system
    if coding.display and coding.display.strip() and coding.display != shown:
        return f"{coding.display} ({coding.code}, {name})"
    return f"{coding.code}, {name}"


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
    if "footnote" in written:
        written = _in_brackets(written)
    marked = unescape(_TAG.sub("", _CELL.sub(_CELL_MARK, _BLOCK.sub(_LINE_MARK, written))))
    lines = [line for each in " ".join(marked.split()).split(_LINE_MARK) if (line := each.strip(_NO_WORDS))]
    return "\n".join(_CELLS.sub(" – ", line) if _CELL_MARK in line else line for line in lines)


_NOTE: Final = re.compile(
    r"<(/?)(?:[^\s<>/:]+:)?footnote(?:Ref)?(?=[\s/>])[^>]*?(/?)>(?=(\w?))",
)


def _in_brackets(written: str) -> str:
    """A footnote in brackets where its mark stands, and a mark without words as a star: no word runs into another."""

    def mark(found: re.Match[str]) -> str:
        ends, empty, next_word = found.groups()
        return f"){' ' if next_word else ''}" if ends else f" (*){' ' if next_word else ''}" if empty else " ("

    return _NOTE.sub(mark, written)


def removed_from(narrative: Element) -> list[Element]:
    """Elements of a narrative whose content is not read as text: script, styles, pictures, words struck out.

    Of a picture its captions are read.
    """
    written = serialise(narrative).decode()
    if not any(map(written.__contains__, _ACTS)):
        return []
    return [e for e in narrative.iter("*") if local(e) in _DROPPED or e.get("revised") == "delete"]


def _without(element: Element) -> Element:
    """A copy of the text without what is not read; what follows it stays."""
    copied = deepcopy(element)
    for gone in removed_from(copied):
        words, captions = gone.tail, [e for e in gone if local(gone) == "renderMultiMedia" and local(e) == "caption"]
        gone.clear()
        gone.extend(captions)
        gone.tag, gone.tail = "removed", words
    return copied
