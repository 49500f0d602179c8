"""Displays as packages spell them, made fit to print: what is mended, what is refused, and why, as oddities.

Mended is only what can be mended without a guess; the text as it came is kept in the oddity.
"""

import re
from typing import NamedTuple

_CONTROL = re.compile(r"\s*[\x00-\x1f\x7f]+\s*")
_LOST = frozenset({"nan", "NaN", "null", "NULL", "#N/A"})
"""What spreadsheets and their libraries write for an empty cell."""


class Mended(NamedTuple):
    """A display fit to print, None when there is none; and what was odd: kind and what was done."""

    text: str | None
    oddities: tuple[tuple[str, str], ...]


def mend_display(raw: object) -> Mended:
    """The display of a concept: trimmed, in one line, with plain spaces, decoded once."""
    if not isinstance(raw, str) or not raw.strip():
        return Mended(None, (("display-absent", "left out"),))
    if raw.strip() in _LOST:
        return Mended(None, (("display-lost", "left out: an exported empty cell is no display"),))
    if raw.isascii() and raw.isprintable() and raw[0] != " " and raw[-1] != " ":
        return Mended(raw, ())
    odd: list[tuple[str, str]] = []
    text = _decoded_once(raw)
    if text != raw:
        odd.append(("double-encoded", "decoded once"))
    plain = text.replace("\xa0", " ")
    if plain != text:
        odd.append(("no-break-space", "made a space"))
    line = _CONTROL.sub(" ", plain)
    if line != plain:
        odd.append(("control-character", "made a space"))
    if line != line.strip():
        odd.append(("surrounding-space", "trimmed"))
    return Mended(line.strip(), tuple(odd)) if line.strip() else Mended(None, (("display-absent", "left out"),))


def code_is_lost(raw: object) -> bool:
    """A code that a spreadsheet lost: empty, or the word its library writes for an empty cell."""
    return not isinstance(raw, str) or not raw.strip() or raw in _LOST


def _decoded_once(text: str) -> str:
    """UTF-8 that was read as Latin-1 or Windows-1252, read as what it is; any other text as it is."""
    if text.isascii():
        return text
    for encoding in ("latin-1", "cp1252"):
        try:
            return text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return text
