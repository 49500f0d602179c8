"""Elements of data types R1 as CDA prints them: CD and CE, II, IVL_TS, PQ, a reference into the narrative.

Each function gives the text of whole elements, every value in it escaped; it leaves no blank inside a text. Whoever
prints a statement puts these texts together and escapes what it adds itself with `escaped`: here and nowhere else.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from transformers.cda.types.identifiers import Id
from transformers.cda.types.times import Interval
from transformers.cda.types.vocabulary import EDQM, UCUM, FixedCode
from transformers.model.values import Coding, Quantity

_BLANKS = re.compile(r" {2,}|[ \t\r\n]*[\t\r\n][ \t\r\n]*")


class CodeView(NamedTuple):
    """A CD or CE as printed: either ``code`` or ``null`` is set."""

    code: str | None = None
    system: str | None = None
    system_name: str | None = None
    version: str | None = None
    display: str | None = None
    null: str | None = None
    reference: str | None = None
    """xs:ID of the narrative that holds the original text."""
    text: str | None = None
    """The original text itself, where there is no narrative (header)."""
    translation: "CodeView | None" = None


def fixed(code: FixedCode) -> CodeView:
    """A code of the document's form."""
    return CodeView(code.code, code.system, code.system_name, None, code.display)


class QuantityView(NamedTuple):
    """A PQ."""

    value: str
    unit: str


def element(tag: str, text: str | None) -> str:
    """An element of that text; nothing at all without one."""
    return "" if text is None else f"<{tag}>{escaped(text)}</{tag}>"


def code(tag: str, view: CodeView, kind: str | None = None) -> str:
    """A CD or CE with its translations; ``kind`` is its xsi:type where the place needs one."""
    opened = f"<{tag}" if kind is None else f'<{tag} xsi:type="{kind}"'
    if view.null is not None:
        opened += f' nullFlavor="{view.null}"'
    else:
        opened += f' code="{escaped(view.code or "")}" codeSystem="{view.system}"'
        if view.system_name is not None:
            opened += f' codeSystemName="{escaped(view.system_name)}"'
        if view.version is not None:
            opened += f' codeSystemVersion="{escaped(view.version)}"'
        opened += f' displayName="{escaped(view.display or "")}"'
    inside = ""
    if view.reference is not None:
        inside = f'<originalText><reference value="#{view.reference}"/></originalText>'
    elif view.text is not None:
        inside = f"<originalText>{escaped(view.text)}</originalText>"
    if view.translation is not None:
        inside += code("translation", view.translation)
    return f"{opened}>{inside}</{tag}>" if inside else f"{opened}/>"


def fixed_code(tag: str, one: FixedCode) -> str:
    """A code of the document's own form."""
    name, display = escaped(one.system_name), escaped(one.display)
    return f'<{tag} code="{one.code}" codeSystem="{one.system}" codeSystemName="{name}" displayName="{display}"/>'


def templates(*roots: str) -> str:
    """The template ids of an act or a section, in this order."""
    return "".join(f'<templateId root="{root}"/>' for root in roots)


def ident(one: Id, tag: str = "id") -> str:
    """An instance identifier."""
    extension = "" if one.extension is None else f' extension="{escaped(one.extension)}"'
    return f'<{tag} root="{one.root}"{extension}/>'


def idents(found: Iterable[Id], null: str) -> str:
    """Identifiers in order; that null flavour where there is none."""
    return "".join(ident(one) for one in found) or f'<id nullFlavor="{null}"/>'


def reference(anchor: str) -> str:
    """The text of a statement: its words in the narrative."""
    return f'<text><reference value="#{anchor}"/></text>'


def interval(tag: str, view: Interval, kind: str | None = None) -> str:
    """An IVL_TS; an edge that nobody knows is said to be unknown."""
    opened = f"<{tag}>" if kind is None else f'<{tag} xsi:type="{kind}">'
    edges = _edge("low", view.low, unknown=view.low_unknown) + _edge("high", view.high, unknown=view.high_unknown)
    width = "" if view.width is None else f'<width value="1" unit="{view.width}"/>'
    return f"{opened}{edges}{width}</{tag}>"


def _edge(tag: str, value: str | None, *, unknown: bool) -> str:
    if value is None:
        return f'<{tag} nullFlavor="UNK"/>' if unknown else ""
    return f'<{tag} value="{value}"/>'


def stamp(tag: str, value: str | None) -> str:
    """A TS; without a value it is unknown."""
    return f'<{tag} nullFlavor="UNK"/>' if value is None else f'<{tag} value="{value}"/>'


def quantity(tag: str, view: QuantityView, kind: str | None = None) -> str:
    """A PQ."""
    typed = "" if kind is None else f' xsi:type="{kind}"'
    return f'<{tag}{typed} value="{view.value}" unit="{escaped(view.unit)}"/>'


def quantity_view(one: Quantity) -> QuantityView | None:
    """The quantity as a PQ, None when its unit has no European code."""
    if one.unit is None:
        return QuantityView(decimal_text(one.value), "1")
    unit = _unit(one.unit.target)
    return None if unit is None else QuantityView(decimal_text(one.value), unit)


def _unit(target: Coding | None) -> str | None:
    """UCUM as it is, a counted EDQM unit as a UCUM annotation (eHDSI unit rule of doseQuantity)."""
    if target is None:
        return None
    if target.system == UCUM:
        return target.code
    name = one_line(target.display or "")
    return f"{{{name}}}" if target.system == EDQM and name.isascii() and name and not set(name) & set("{}") else None


def written(text: str | None) -> str | None:
    """The text, None when it is blank."""
    return text if text is not None and text.strip() else None


def one_line(text: str) -> str:
    """A text for an attribute: blanks, tabs and line ends become one blank, as an XML parser would make them anyway.

    Blanks of any kind alone (a no-break space) are no text.
    """
    if text.isprintable() and "  " not in text:  # as nearly every text is
        return text.strip(" ")
    return _BLANKS.sub(" ", text).strip(" ") if text.strip() else ""


def decimal_text(value: Decimal) -> str:
    """A number with a decimal point and without exponent."""
    return f"{value:f}"


def escaped(text: str) -> str:
    """The text for an element or an attribute between double quotes; the characters of `markupsafe.escape`."""
    return (
        text.replace("&", "&amp;").replace(">", "&gt;").replace("<", "&lt;").replace("'", "&#39;").replace('"', "&#34;")
    )
