"""Characters that nobody sees, and signs that turn the order of words: made visible before anybody reads a document.

Unicode 15, category Cf, C1 controls and the line and paragraph separators; the bidirectional ones as in CVE-2021-42574.
A foreign word may not change how the words around it read, nor hold what cannot be seen.
"""

import re
from collections.abc import Iterable
from typing import Final

from transformers.model.finding import Finding, Report, Severity
from trust.xml import Element

_UNSEEN: Final = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
"""Soft hyphen, zero-width space, non-joiner and joiner, word joiner, byte order mark: taken out of words."""
_RANGES: Final = (
    *((0x80, 0x9F), (0xAD, 0xAD), (0x600, 0x605), (0x61C, 0x61C), (0x6DD, 0x6DD), (0x70F, 0x70F), (0x890, 0x891)),
    *((0x8E2, 0x8E2), (0x180E, 0x180E), (0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F), (0xFEFF, 0xFEFF)),
    *((0xFFF9, 0xFFFB), (0x110BD, 0x110BD), (0x110CD, 0x110CD), (0x13430, 0x1343F), (0x1BCA0, 0x1BCA3)),
    *((0x1D173, 0x1D17A), (0xE0001, 0xE0001), (0xE0020, 0xE007F)),
)
_CLASS: Final = re.compile(f"[{''.join(f'{chr(first)}-{chr(last)}' for first, last in _RANGES)}]")
_WORDS: Final = frozenset({"displayName", "codeSystemName", "assigningAuthorityName"})
"""Attributes that hold words; in any other one every such character is marked, so that a wrong code is none."""


def make_visible(document: bytes, elements: Iterable[Element], report: Report) -> None:
    """Mark or take out such characters in the texts and attributes of these elements, in place; ``document`` is theirs.

    A finding ``invisible-character`` for each of them, once, without its place: the words may be a person's.
    """
    if not _may_hold_some(document):
        return
    found: dict[str, None] = {}
    for element in elements:
        if element.text and _CLASS.search(element.text):
            element.text = _plain(element.text, found)
        if element.tail and _CLASS.search(element.tail):
            element.tail = _plain(element.tail, found)
        for name, value in element.items():
            if _CLASS.search(str(value)):
                element.set(name, _plain(str(value), found, marked=name not in _WORDS))
    for character in found:
        text = f"A character that cannot be seen, or that turns the order of words, is marked or left out: {character}."
        report.add(Finding(Severity.WARNING, "invisible-character", "/", text))


def _may_hold_some(document: bytes) -> bool:
    """Whether the bytes may hold one: in a reference, in UTF-16, or as a character that is not printed."""
    if b"&#" in document or b"\0" in document[:4]:
        return True
    if document.isascii():
        return False
    text = document.decode("utf-8", "replace")
    lines = text.replace("\n", "").replace("\t", "").replace("\r", "").replace("\N{NO-BREAK SPACE}", "")
    return not lines.isprintable() and _CLASS.search(text) is not None


def _plain(text: str, found: dict[str, None], *, marked: bool = False) -> str:
    def shown(match: re.Match[str]) -> str:
        name = f"U+{ord(match[0]):04X}"
        found[name] = None
        return "" if match[0] in _UNSEEN and not marked else f"[{name}]"

    return _CLASS.sub(shown, text)
