"""Section narrative (HL7 CDA R2) as safe HTML: an allow-list of markup, everything else becomes its text.

And the words a coded element refers to in the narrative: bounded, so that no document can make a page out of one
sentence said a hundred thousand times.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from html import escape

from markupsafe import Markup

from trust.xml import Element

_HL7 = "{urn:hl7-org:v3}"
_TAGS: Mapping[str, str] = {
    "table": "table",
    "thead": "thead",
    "tbody": "tbody",
    "tfoot": "tfoot",
    "tr": "tr",
    "th": "th",
    "td": "td",
    "caption": "caption",
    "list": "ul",
    "item": "li",
    "paragraph": "p",
    "content": "span",
    "sub": "sub",
    "sup": "sup",
}
_NUMBERS = ("rowspan", "colspan")
_SCOPES = frozenset({"col", "row", "colgroup", "rowgroup"})
_LAYOUT = frozenset({"col", "colgroup"})
"""Widths of columns: nothing to read."""
_DROPPED = frozenset({"script", "style"})
"""Not shown: what is no CDA at all."""
NOTES = frozenset({"footnote", "footnoteRef"})
"""In brackets where they stand, so that they do not run into the sentence; a mark without words is a star."""
_PICTURE = "renderMultiMedia"
"""Not shown: a picture of the document; its captions are."""
_CAPTION = f"{_HL7}caption"
_REVISED: Mapping[str, str] = {"delete": "del", "insert": "ins"}
"""``content/@revised``: what was struck out must not read as what holds."""
_BARE: tuple[list[str], ...] = ([], ["ID"])
"""Attributes of most elements: none, or one that nobody reads."""
_STYLED = frozenset({"content", "paragraph", "td", "th", "item", "caption"})
_EMPHASIS: Mapping[str, str] = {"Bold": "b", "Italics": "i", "Underline": "u", "Emphasis": "em"}
_RULES: Mapping[str, str] = {"Lrule": "lrule", "Rrule": "rrule", "Toprule": "toprule", "Botrule": "botrule"}
_NUMBERED: Mapping[str, str] = {"Arabic": "1", "LittleRoman": "i", "BigRoman": "I", "LittleAlpha": "a", "BigAlpha": "A"}
_BULLETS = frozenset({"Disc", "Circle", "Square"})
"""``styleCode`` (CDA R2, 4.3.5.11): what stands out, rules of a table, numbers and bullets of a list."""
_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,8}")
"""A language as BCP 47 writes it."""
_BLOCK = "\x00"
"""Between blocks while words are put together: no blank, and no character of any XML document."""
_CELL = "\x01"
"""The same around a cell, which becomes a line of its own."""
_CELLS = frozenset(f"{_HL7}{name}" for name in ("td", "th", "tr"))
_BLOCKS = frozenset(f"{_HL7}{name}" for name in ("paragraph", "item", "br", "caption"))
_LONGEST, _ALTOGETHER = 2_000, 2_000_000
"""Characters: of one reference, and of all that one page repeats beside its codes."""


def safe_html(text: Element) -> tuple[Markup, list[str]]:
    """HTML of a ``section/text``, and the names of elements that were reduced to their text or left out."""
    reduced: list[str] = []
    return Markup(_inside(text, reduced)), reduced  # noqa: S704 - every text and tag of it is made here


class Anchors:
    """What the narrative says at ``#id``. Longer than 2,000 characters it is cut; its section has it whole.

    An id that stands twice points nowhere: which words are meant cannot be told.
    """

    def __init__(self, root: Element) -> None:
        named = [(identifier, e) for e in root.iter() if (identifier := e.get("ID"))]
        self._targets = dict(named)
        for identifier, times in Counter(identifier for identifier, _ in named).items():
            if times > 1:
                del self._targets[identifier]
        self._known: dict[str, str | None] = {}
        self._left = _ALTOGETHER
        self.cut = False
        """True when something was not repeated in full."""

    def words(self, reference: Element) -> str | None:
        """The words a ``reference/@value`` points to, cells and paragraphs told apart; None when it points nowhere."""
        name = (reference.get("value") or "").removeprefix("#")
        if name not in self._known:
            target = self._targets.get(name)
            self._known[name] = None if target is None else self._read(target)
        words = self._known[name]
        if words is None:
            return None
        self._left -= len(words)
        if self._left < 0:
            self.cut = True
            return "…"
        return words

    def _read(self, target: Element) -> str | None:
        parts: list[str] = []
        length = 0
        for part in _running(target):
            parts.append(part[:_LONGEST])
            length += len(part)
            if length > _LONGEST:
                break
        words = " ".join("".join(parts).split())
        lines = (" · ".join(b.strip() for b in cell.split(_BLOCK) if b.strip()) for cell in words.split(_CELL))
        blocks = "\n".join(line for line in lines if line)
        if length > _LONGEST:
            self.cut = True
            return f"{blocks[:_LONGEST]}…"
        return blocks or None


def _running(element: Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        mark = _CELL if child.tag in _CELLS else _BLOCK if child.tag in _BLOCKS else ""
        note = child.tag.removeprefix(_HL7) in NOTES
        yield " (" if note else mark
        yield from () if child.get("revised") == "delete" else _running(child)
        yield end_of_note(child) if note else mark
        yield child.tail or ""


def _inside(element: Element, reduced: list[str]) -> str:
    parts = [escape(element.text or "")]
    for child in element:
        parts += [_element(child, reduced), escape(child.tail or "")]
    return "".join(parts)


def _element(element: Element, reduced: list[str]) -> str:
    name = element.tag.removeprefix(_HL7)
    if name == "br":
        return "<br>"
    if name in _LAYOUT:
        return ""
    if name.rpartition("}")[2] in _DROPPED:
        reduced.append(name)
        return ""
    if name in NOTES:
        return f" ({_inside(element, reduced)}{end_of_note(element)}"
    if name == _PICTURE:
        reduced.append(name)
        return "".join(_caption(one, reduced) for one in element.iterchildren(_CAPTION))
    if name == "caption" and not _heads_a_table(element):
        return _caption(element, reduced)
    if name == "list":
        return _list(element, reduced)
    tag = _TAGS.get(name)
    if tag is None:
        reduced.append(name)
        return _inside(element, reduced) + _address(name, element)
    if tag != "th" and element.keys() in _BARE:
        return f"<{tag}>{_inside(element, reduced)}</{tag}>"
    return _attributed(element, tag, reduced)


def _attributed(element: Element, tag: str, reduced: list[str]) -> str:
    """An element with what its attributes say: struck out, spans, language, style."""
    name = element.tag.removeprefix(_HL7)
    tag = _REVISED.get(element.get("revised", ""), tag) if name == "content" else tag
    style = element.get("styleCode", "").split()
    rules = " ".join(_RULES[code] for code in style if code in _RULES)
    lined = f' class="{rules}"' if rules else ""
    spans = "".join(f' {n}="{value}"' for n in _NUMBERS if _is_number(value := element.get(n, "")))
    scope = f' scope="{element.get("scope") if element.get("scope") in _SCOPES else "col"}"' if tag == "th" else ""
    inner = _inside(element, reduced)
    if style and name in _STYLED:
        inner = _emphasised(style, inner)
    return f"<{tag}{scope}{spans}{_language(element)}{lined}>{inner}</{tag}>"


def _language(element: Element) -> str:
    """The language of a part of the narrative, for eye and ear (WCAG 3.1.2)."""
    stated = element.get("language")
    return f' lang="{stated}"' if stated is not None and _TAG.fullmatch(stated) else ""


def _emphasised(style: list[str], inner: str) -> str:
    """What stands out in the document stands out here."""
    for code in dict.fromkeys(style):
        tag = _EMPHASIS.get(code)
        inner = f"<{tag}>{inner}</{tag}>" if tag else inner
    return inner


def _list(element: Element, reduced: list[str]) -> str:
    """A list; its captions, and words outside of its items, stand before it: HTML takes nothing but items in one."""
    tag = "ol" if element.get("listType") == "ordered" else "ul"
    style = element.get("styleCode", "").split()
    numbers = next((f' type="{_NUMBERED[code]}"' for code in style if tag == "ol" and code in _NUMBERED), "")
    bullets = next((f' class="{code.lower()}"' for code in style if tag == "ul" and code in _BULLETS), "")
    captions = "".join(_caption(one, reduced) for one in element.iterchildren(_CAPTION))
    items = "".join(_element(one, reduced) for one in element if one.tag != _CAPTION)
    stray = " ".join(text for each in (element.text, *(one.tail for one in element)) if (text := (each or "").strip()))
    return f"{captions}{escape(stray)}<{tag}{numbers}{bullets}{_language(element)}>{items}</{tag}>"


def _caption(element: Element, reduced: list[str]) -> str:
    """A caption of a list, an item, a paragraph or a picture: words with an end, for HTML has it in tables alone."""
    return f" <span{_language(element)}>{_inside(element, reduced)}</span>: "


def _heads_a_table(caption: Element) -> bool:
    above = caption.getparent()
    return above is not None and above.tag == f"{_HL7}table" and above[0] is caption


def end_of_note(note: Element) -> str:
    """The end of a footnote's brackets, with the star of one without words, and a blank where a word follows."""
    star = "" if any(text.strip() for text in note.itertext()) else "*"
    return f"{star})" + (" " if (note.tail or "")[:1].isalnum() else "")


def _is_number(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 4


def _address(name: str, element: Element) -> str:
    """Where a link leads, as text, when it leads to the web."""
    href = element.get("href", "") if name == "linkHtml" else ""
    return f" ({escape(href)})" if href.startswith(("https://", "http://")) else ""
