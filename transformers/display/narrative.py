"""Section narrative (HL7 CDA R2) as safe HTML: an allow-list of markup, everything else becomes its text."""

from collections.abc import Mapping
from html import escape

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
_DROPPED = frozenset({"renderMultiMedia", "script", "style"})
"""Not shown: pictures of the document, and what is no CDA at all."""


def safe_html(text: Element) -> tuple[str, list[str]]:
    """HTML of a ``section/text``, and the names of elements that were reduced to their text or left out."""
    reduced: list[str] = []
    return _inside(text, reduced), reduced


def _inside(element: Element, reduced: list[str]) -> str:
    parts = [escape(element.text or "")]
    for child in element:
        parts += [_element(child, reduced), escape(child.tail or "")]
    return "".join(parts)


def _element(element: Element, reduced: list[str]) -> str:
    name = element.tag.removeprefix(_HL7)
    if name == "br":
        return "<br>"
    if name.rpartition("}")[2] in _DROPPED:
        reduced.append(name)
        return ""
    tag = _TAGS.get(name)
    if tag is None:
        reduced.append(name)
        return _inside(element, reduced)
    if tag == "ul" and element.get("listType") == "ordered":
        tag = "ol"
    spans = "".join(f' {n}="{value}"' for n in _NUMBERS if (value := element.get(n, "")).isdigit() and len(value) < 4)
    scope = ' scope="col"' if tag == "th" else ""
    return f"<{tag}{scope}{spans}>{_inside(element, reduced)}</{tag}>"
