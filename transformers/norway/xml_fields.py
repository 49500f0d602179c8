"""Reading Norwegian XML messages field by field: bytes to a tree, kith CS/CV/PQ to values, absent told from empty.

Types: kith.xsd (CS, CV, PQ, TS). Text is kept as written, but runs of blanks, also non-breaking ones, become one space.
"""

import base64
import binascii
import re
from decimal import Decimal

from lxml import etree

from transformers.model.values import Coded, Coding, Quantity
from transformers.norway.code_systems import CodeSystems, with_international
from transformers.norway.errors import Malformed
from trust.xml import XML_BLANKS, XmlRefused, parse

_BLANKS = re.compile(r"(?<=[^ \t\u00a0\u2007\u202f])[ \t\u00a0\u2007\u202f]+(?=[^ \t\u00a0\u2007\u202f])")
_NO_BLANKS = dict.fromkeys(map(ord, XML_BLANKS))
_NUMBER = re.compile(r"-?[0-9]{1,10}([.,][0-9]{1,18})?")
"""As many digits as `Decimal` keeps exactly (28): what is longer is no measure of anything."""


def read_tree(data: bytes, what: str) -> etree._Element:
    """The root of a hostile message; raises ``Malformed(what)`` when it must not become a tree."""
    try:
        return parse(data)
    except XmlRefused:
        raise Malformed(what) from None


def namespace_of(element: etree._Element) -> str:
    """The namespace URI of an element, empty when it has none."""
    return etree.QName(element).namespace or ""


def name_of(element: etree._Element) -> str:
    """The local name of an element."""
    return str(element.tag).rpartition("}")[2]


def plain(text: str | None) -> str | None:
    """Text without XML's blanks around it and with single spaces; None when nothing is left.

    Another blank at an end (a no-break space) stays: of an identifier or a code it makes another value.
    """
    if text is None or not text.strip():
        return None
    return _BLANKS.sub(" ", text.strip(XML_BLANKS))


def children(parent: etree._Element, name: str) -> list[etree._Element]:
    """Child elements of that local name in the parent's own namespace or, for KITH's mixed trees, in any."""
    return list(parent.iterchildren(f"{{*}}{name}"))


def child(parent: etree._Element, name: str) -> etree._Element | None:
    """The one child of that name, None when absent; raises ``Malformed(name)`` when repeated."""
    found = children(parent, name)
    if len(found) > 1:
        raise Malformed(name)
    return found[0] if found else None


def required(parent: etree._Element, name: str) -> etree._Element:
    """The one child of that name; raises ``Malformed(name)``."""
    found = child(parent, name)
    if found is None:
        raise Malformed(name)
    return found


def text(parent: etree._Element, name: str) -> str | None:
    """Text of a child, None when absent or blank."""
    found = child(parent, name)
    return None if found is None else plain(found.text)


def required_text(parent: etree._Element, name: str) -> str:
    """Text of a child; raises ``Malformed(name)`` when absent or blank."""
    found = text(parent, name)
    if found is None:
        raise Malformed(name)
    return found


def flag(parent: etree._Element, name: str) -> bool | None:
    """An xs:boolean child, None when absent; raises ``Malformed(name)`` for any other word."""
    found = text(parent, name)
    if found is None:
        return None
    if found not in ("true", "false", "1", "0"):
        raise Malformed(name)
    return found in ("true", "1")


def code(parent: etree._Element, name: str) -> str | None:
    """The code (@V) of a CS or CV child, None when absent."""
    found = child(parent, name)
    return None if found is None else plain(found.get("V"))


def words(element: etree._Element) -> str | None:
    """The words of a CV: the full text (@OT) where there is one, else the term (@DN)."""
    return plain(element.get("OT")) or plain(element.get("DN"))


def coding_of(element: etree._Element, systems: CodeSystems) -> Coding | None:
    """The coding of a CV with code and system; None when either is missing."""
    value, system = plain(element.get("V")), plain(element.get("S"))
    if value is None or system is None:
        return None
    return systems.coding(value, system, plain(element.get("DN")) or plain(element.get("OT")))


def coded_of(element: etree._Element | None, systems: CodeSystems) -> Coded | None:
    """A CV as a concept: its coding, and its words; None when the element is absent or says nothing."""
    if element is None:
        return None
    coding = coding_of(element, systems)
    said = plain(element.get("DN")) or plain(element.get("OT")) or plain(element.get("V"))
    if coding is None:
        return None if said is None else Coded(text=said)
    main, *others = with_international(coding)
    return Coded(text=said, original=main, others=tuple(others))


def decimal(written: str, what: str) -> Decimal:
    """A number written with point or comma; raises ``Malformed(what)``."""
    if not _NUMBER.fullmatch(written):
        raise Malformed(what)
    return Decimal(written.replace(",", "."))


def quantity(parent: etree._Element, name: str) -> Quantity | None:
    """A PQ child, its unit as written; None when absent or without a value."""
    found = child(parent, name)
    value = None if found is None else plain(found.get("V"))
    if found is None or value is None:
        return None
    unit = plain(found.get("U"))
    return Quantity(decimal(value, name), Coded(text=unit) if unit else None)


def base64_bytes(element: etree._Element) -> bytes:
    """The bytes of an xs:base64Binary element; raises ``Malformed`` with its name."""
    written = (element.text or "").translate(_NO_BLANKS)
    try:
        return base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed(name_of(element)) from None
