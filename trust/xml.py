"""The one place where bytes become an XML tree, and where a tree becomes bytes again.

XML 1.0 (fifth edition), Exclusive XML Canonicalization 1.0. Hostile input ends here: what a document may hold is stated
in `XmlLimits`, everything else is refused with its own class. What a tree means is left to its reader.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from lxml import etree
from lxml.etree import _Element as Element

from trust.errors import (
    DoctypeForbidden,
    ProcessingInstructionForbidden,
    XIncludeForbidden,
    XmlEncodingForbidden,
    XmlNotWellFormed,
    XmlRefused,
    XmlTooDeep,
    XmlTooLarge,
    XmlTooManyNodes,
    XmlVersionForbidden,
)

__all__ = ["DEFAULT", "PIECES", "Element", "XmlLimits", "XmlRefused", "canonical", "parse", "pieces", "serialise"]

XML_BLANKS = " \t\r\n"
"""What XML 1.0 (production 3, S) calls white space. An identifier, a code, a number is trimmed of these and of no other
blank: with a no-break space it is another value."""
_DECLARATION = re.compile(rb"""\A(?:\xef\xbb\xbf)?<\?xml\s[^>]*?\bencoding\s*=\s*["']([^"'>]*)["']""")
_ENCODINGS = frozenset({"utf-8", "us-ascii"})
_XINCLUDE = "http://www.w3.org/2001/XInclude"
_DEFAULT_PREFIX = "#default"


@dataclass(frozen=True, slots=True)
class XmlLimits:
    """What one document may hold. Widening a limit is a decision of the caller, never of the sender."""

    bytes: int = 16 * 1024 * 1024
    """Size of the document. A larger one is refused before it is looked at."""
    depth: int = 128
    """Elements from the root to the deepest, the root counted."""
    elements: int = 200_000
    attributes: int = 300_000
    """In the whole document."""
    attributes_of_one_element: int = 256
    namespaces: int = 10_000
    """Occurrences of ``xmlns`` in the bytes: never fewer than the declarations, counted before the tree is built."""
    huge_text: bool = False
    """Let one text node pass libxml2's 10 MB (a level 1 CDA whose PDF is over 7.5 MB). Entities stay forbidden."""


DEFAULT = XmlLimits()

PIECES = XmlLimits(bytes=512 * 1024 * 1024, depth=32, elements=20_000, attributes=40_000, namespaces=1_000)
"""For `pieces`: ``bytes`` is the whole document's, everything else one piece's (the namespaces are not counted)."""

_HEAD = 64 * 1024


def parse(data: bytes, limits: XmlLimits = DEFAULT) -> Element:
    """The root element of ``data``.

    The encoding is UTF-8 (or its subset US-ASCII), with or without a byte order mark; what cannot be told from another
    encoding is refused. Comments are dropped and CDATA becomes text, so that ``.text`` is never cut short; canonical
    form without comments is not changed by it. No entity, external resource or XInclude is ever followed.

    Raises a leaf of `XmlRefused`.
    """
    if len(data) > limits.bytes:
        raise XmlTooLarge
    _check_encoding(data)
    if data.count(b"xmlns") > limits.namespaces:
        raise XmlTooManyNodes
    try:
        root = etree.fromstring(data, _parser(limits))  # noqa: TID251 - this is the place
    except etree.XMLSyntaxError as error:
        raise _reason(error) from None
    _check_tree(root, limits)
    return root


def pieces(source: BinaryIO, names: Sequence[str], limits: XmlLimits = PIECES) -> Iterator[Element]:
    """Every element of these Clark names, one after the other, of a document too large to be one tree (FEST).

    An element is gone once the next one is asked for: what it held is copied by then. The names must not be nested in
    one another. What `parse` forbids is forbidden here, each limit but ``bytes`` for one element.

    Raises a leaf of `XmlRefused`, at the piece where the reason is met: what came before it was well.
    """
    check = _piece_check(limits)
    try:
        reading = etree.iterparse(
            _BoundedSource(source, limits),
            events=("end", "pi"),
            tag=tuple(names),
            no_network=True,
            load_dtd=False,
            remove_comments=True,
            encoding="utf-8",
            resolve_entities=False,
        )
        for event, element in reading:
            if event == "pi":
                raise ProcessingInstructionForbidden
            _check_prolog(element.getroottree())
            check(element)
            yield element
            _forget(element)
        _check_prolog(reading.root.getroottree())
    except etree.XMLSyntaxError as error:
        raise _reason(error) from None


class _BoundedSource:
    """A source that hands on no more than it may, and no other encoding than `parse` reads."""

    def __init__(self, source: BinaryIO, limits: XmlLimits) -> None:
        self._source = source
        self._left = limits.bytes
        self._first = True

    def read(self, size: int) -> bytes:
        data = self._source.read(max(size, _HEAD))
        self._left -= len(data)
        if self._left < 0:
            raise XmlTooLarge
        if self._first:
            declared = _DECLARATION.match(data)
            if declared and declared[1].decode("ascii", "replace").lower() not in _ENCODINGS:
                raise XmlEncodingForbidden
            if b"<!DOCTYPE" in data:
                raise DoctypeForbidden
            self._first = False
        if b"\0" in data:
            raise XmlEncodingForbidden
        return data


def _piece_check(limits: XmlLimits) -> Callable[[Element], None]:
    """The check of one piece, its XPath compiled once for the whole document."""
    within = {
        ".//xi:*": XIncludeForbidden,
        "./" + "*/" * (limits.depth - 1) + "*": XmlTooDeep,
        f"count(.//*) > {limits.elements}": XmlTooManyNodes,
        f"count(.//@*) > {limits.attributes}": XmlTooManyNodes,
        f".//*[@*[{limits.attributes_of_one_element + 1}]]": XmlTooManyNodes,
    }

    def asked(expression: str) -> etree.XPath:
        return etree.XPath(f"boolean({expression})", namespaces={"xi": _XINCLUDE})

    broken = asked(" or ".join(within))
    rules = [(asked(expression), refusal) for expression, refusal in within.items()]

    def check(element: Element) -> None:
        if broken(element) is True:
            raise next(refusal for rule, refusal in rules if rule(element) is True)

    return check


def _forget(element: Element) -> None:
    """Empty the piece and drop what stands before it: memory stays that of one piece."""
    element.clear()
    parent = element.getparent()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]


def serialise(element: Element) -> bytes:
    """UTF-8 bytes of an element without an XML declaration and without what follows it.

    Every namespace in scope is declared on it, those of its ancestors too: a subtree cut out this way keeps the meaning
    of prefixes that only its attribute values use, and the signature over it.
    """
    return etree.tostring(element, with_tail=False, encoding="utf-8")


def canonical(element: Element, inclusive_prefixes: Sequence[str] = ()) -> bytes:
    """Exclusive canonical form without comments.

    ``inclusive_prefixes``: the tokens of InclusiveNamespaces/@PrefixList, ``#default`` among them. A relative namespace
    name has no canonical form: `XmlNotWellFormed`.
    """
    prefixes = list(inclusive_prefixes)
    if _DEFAULT_PREFIX in prefixes:
        # libxml2 knows the empty prefix as the default namespace; lxml hands it over only when this thread has met it.
        parse(b'<met xmlns=""/>')
        element = parse(serialise(element))
        prefixes = ["" if prefix == _DEFAULT_PREFIX else prefix for prefix in prefixes]
    try:
        return etree.tostring(
            element, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=prefixes
        )
    except etree.C14NError:
        raise XmlNotWellFormed from None


def _parser(limits: XmlLimits) -> etree.XMLParser:  # noqa: TID251 - this is the place
    """A parser of its own for each call: a shared one makes threads wait and keeps state."""
    return etree.XMLParser(  # noqa: TID251 - this is the place
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=limits.huge_text,
        remove_comments=True,
    )


def _check_encoding(data: bytes) -> None:
    """UTF-8 without a doubt: the parser is told so; a document that says otherwise is refused."""
    declared = _DECLARATION.match(data)
    if declared and declared[1].decode("ascii", "replace").lower() not in _ENCODINGS:
        raise XmlEncodingForbidden
    if b"\0" in data:
        raise XmlEncodingForbidden
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        raise XmlEncodingForbidden from None


def _reason(error: etree.XMLSyntaxError) -> XmlRefused:
    """libxml2 has one code for all its limits, its words tell them apart; they may hold input, so they are not kept."""
    words = str(error)
    if "Excessive depth" in words:
        return XmlTooDeep()
    if "XML_PARSE_HUGE" in words:
        return XmlTooLarge()
    return XmlNotWellFormed()


def _check_tree(root: Element, limits: XmlLimits) -> None:
    tree = root.getroottree()
    _check_prolog(tree)

    def holds(expression: str) -> bool:
        return tree.xpath(f"boolean({expression})", namespaces={"xi": _XINCLUDE}) is True

    forbidden = _forbidden(limits)
    if holds(" or ".join(forbidden)):  # one question for the many documents that break no rule
        raise next(refusal for expression, refusal in forbidden.items() if holds(expression))


def _check_prolog(tree: etree._ElementTree) -> None:
    if tree.docinfo.doctype:  # type: ignore[attr-defined]  # lxml-stubs lack it
        raise DoctypeForbidden
    if tree.docinfo.xml_version != "1.0":
        raise XmlVersionForbidden


def _forbidden(limits: XmlLimits) -> dict[str, type[XmlRefused]]:
    """XPath 1.0 of what a document must not hold, to its refusal."""
    return {
        "//processing-instruction()": ProcessingInstructionForbidden,
        "//xi:*": XIncludeForbidden,
        "/*" * (limits.depth + 1): XmlTooDeep,
        f"count(//*) > {limits.elements}": XmlTooManyNodes,
        f"count(//@*) > {limits.attributes}": XmlTooManyNodes,
        f"//@*[{limits.attributes_of_one_element + 1}]": XmlTooManyNodes,
    }
