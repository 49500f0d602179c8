"""A sheet becomes PDF/A-1b (ISO 19005-1), tagged, with its fonts inside; the same sheet gives the same bytes.

Set by typst from data: a text of a document is never read as markup. The fonts are those the typesetter brings
(Libertinus Serif; DejaVu Sans Mono and New Computer Modern for what it lacks), never the machine's. A character that
none of them has is printed as its code point in brackets and is a Finding.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import local
from typing import Final, Literal

from transformers.display.errors import NotPrintable
from transformers.display.sheet import (
    Block,
    Cell,
    Heading,
    LabelledTexts,
    Paragraphs,
    RunIn,
    Sheet,
    SheetTable,
    SheetText,
    SmallPrint,
)
from transformers.model.finding import Finding, Report, Severity

_TEMPLATE: Final = (Path(__file__).parent / "templates" / "sheet.typ").read_bytes()
_PLAIN: Final = re.compile("[\n\x20-\x7e\xa0-\xac\xae-\u017f\u0391-\u03a1\u03a3-\u03ce\u0410-\u044f–—‘’“”„•…€▲]*")
"""Texts that the fonts are known to hold whole (a test asks them); any other is tried before it is printed."""
_NEVER: Final = re.compile("[\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
"""Halves of a character, and signs that would print words in another order than they are written."""
_ESCAPES: Final = re.compile(r"\\(?:u([0-9a-f]{4})|([bf])|.)")
"""An escape of JSON; those of the two groups stand for a control character."""
_REFUSED: Final = re.compile(r'(?:the text|codepoint) `"((?:[^"\\]|\\.)+)"`')
_ESCAPED: Final = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)")
_LONG: Final = re.compile(r"\S{31}")
"""A word that a line may not hold; the sheet breaks it."""
_TAG: Final = re.compile(r"([a-z]{2,3})(?:-([A-Z]{2}))?")
_ROUNDS: Final = 8
_MOST_TEXTS, _MOST_CHARACTERS = 12_000, 3_000_000
"""Of one sheet: some five seconds of typesetting. PDF/A-1b itself ends soon after (arrays of 8,191 elements)."""
_TYPESETTER = local()


@dataclass(frozen=True, slots=True)
class PdfMade:
    """The PDF, and what of the document it does not show as it was."""

    content: bytes = field(repr=False)
    report: Report


def print_sheet(sheet: Sheet) -> PdfMade:
    """The sheet as PDF/A-1b. Raises NotPrintable for one that is too large or that the typesetter refuses.

    A character without glyph is no reason: it is printed as its code point.
    """
    if sheet.created.tzinfo is None:
        raise ValueError("a sheet's instant is aware")
    report = Report()
    data = _ESCAPES.sub(lambda match: _shown(match, report), _as_json(sheet))
    plain = _PLAIN.fullmatch(data) is not None
    if not plain:
        data = _NEVER.sub(lambda match: _told(match.group(), report), data)
    if len(data) > _MOST_CHARACTERS or data.count('"soft": ') > _MOST_TEXTS:
        raise NotPrintable
    if not plain:
        data = _with_printable_characters(data, sheet, report)
    return PdfMade(_set(data, sheet, "a-1b"), report)


def _set(data: str, sheet: Sheet, standard: Literal["a-1b", "a-2u"]) -> bytes:
    """One run of the typesetter; raises typst.TypstError for what the standard does not allow."""
    import typst  # where the first PDF is made: a process that makes none does not load the typesetter

    compiler = getattr(_TYPESETTER, "compiler", None)
    if compiler is None:
        compiler = _TYPESETTER.compiler = typst.Compiler(font_paths=typst.Fonts(include_system_fonts=False))
    try:
        made = compiler.compile(
            _TEMPLATE,
            format="pdf",
            sys_inputs={"sheet": data},
            pdf_standards=[standard],
            timestamp=int(sheet.created.timestamp()),
        )
    except typst.TypstError as fault:
        if standard != "a-1b":
            raise
        raise NotPrintable from fault
    if not isinstance(made, bytes):
        raise NotPrintable
    return made


def _with_printable_characters(data: str, sheet: Sheet, report: Report) -> str:
    """The data with every character that no font holds written as ``[U+XXXX]``.

    PDF/A-2u refuses a text without glyphs and names it; PDF/A-1b would print an empty box. When nothing it names can be
    found in the data, every character beyond the plain ones is written as its code point: no box is printed silently.
    """
    import typst  # as in `_set`

    for _ in range(_ROUNDS):
        try:
            _set(data, sheet, "a-2u")
        except typst.TypstError as fault:
            named = "".join(_unescaped(text) for text in _REFUSED.findall(fault.diagnostic))
            missing = {c for c in named if not _PLAIN.fullmatch(c)} & set(data)
            if not missing:
                break
            data = "".join(_told(c, report) if c in missing else c for c in data)
        else:
            return data
    return "".join(c if _PLAIN.fullmatch(c) else _told(c, report) for c in data)


def _told(character: str, report: Report) -> str:
    """How a character without glyph is printed; reported once."""
    shown = f"[U+{ord(character):04X}]"
    if all(finding.original != shown for finding in report.findings):
        text = "No font of the PDF holds this character; it is printed as its code point."
        report.add(Finding(Severity.WARNING, "character-without-glyph", "/", text, original=shown))
    return shown


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda m: chr(int(m.group(1), 16)) if m.group(1) else m.group(2), text)


def _shown(escape: re.Match[str], report: Report) -> str:
    """An escape as it is printed: a control character as its code point, any other as it was."""
    code, letter = escape.groups()
    if code is None and letter is None:
        return escape.group()
    return _told(chr(int(code, 16)) if code else {"b": "\b", "f": "\f"}[letter], report)


def _as_json(sheet: Sheet) -> str:
    language, region = _tag(sheet.language) or ("en", None)
    made = sheet.created.timetuple()[:6]
    blocks = [_BLOCKS[type(block)](block) for block in sheet.blocks]
    whole = {"title": sheet.title, "lang": language, "region": region, "created": list(made)}
    return json.dumps(whole | {"running": sheet.running, "foot": sheet.foot, "blocks": blocks}, ensure_ascii=False)


@lru_cache(maxsize=64)
def _tag(language: str | None) -> tuple[str, str | None] | None:
    found = _TAG.fullmatch(language or "")
    return None if found is None else (found.group(1), found.group(2))


def _said(said: SheetText) -> dict[str, object]:
    language, region = _tag(said.language) or (None, None)
    text = said.text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    long = _LONG.search(text) is not None
    return {"text": text, "lang": language, "region": region, "soft": said.soft, "strong": said.strong, "long": long}


def _cell(cell: Cell) -> list[dict[str, object]]:
    return [_said(said) for said in cell]


def _heading(block: Heading) -> dict[str, object]:
    return {"kind": "heading", "level": block.level, "text": _said(block.text)}


def _facts(block: LabelledTexts) -> dict[str, object]:
    return {"kind": "facts", "rows": [[label, _cell(cell)] for label, cell in block.rows], "inline": block.inline}


def _table(block: SheetTable) -> dict[str, object]:
    rows = [[{"parts": _cell(cell)} for cell in row] for row in block.rows]
    return {
        "kind": "table",
        "head": list(block.head),
        "rows": rows,
        "widths": list(block.widths),
        "inline": block.inline,
    }


def _run_in(block: RunIn) -> dict[str, object]:
    said = [[label, _cell(words), _cell(written)] for label, words, written in block.statements]
    return {"kind": "run-in", "mark": block.mark, "label": block.label, "statements": said}


def _paragraphs(block: Paragraphs) -> dict[str, object]:
    return {"kind": "paragraphs", "paragraphs": _cell(block.paragraphs), "small": block.small}


def _small_print(block: SmallPrint) -> dict[str, object]:
    return {"kind": "small-print", "paragraphs": _cell(block.paragraphs)}


_BLOCKS: Final[dict[type[Block], Callable[..., dict[str, object]]]] = {
    Heading: _heading,
    LabelledTexts: _facts,
    SheetTable: _table,
    RunIn: _run_in,
    Paragraphs: _paragraphs,
    SmallPrint: _small_print,
}
