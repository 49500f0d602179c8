"""The one place where bytes become an XML tree, and where a tree becomes bytes again.

XML 1.0 (fifth edition), Exclusive XML Canonicalization 1.0. Hostile input ends here: what a document may hold is stated
in `XmlLimits`, everything else is refused with its own class. What a tree means is left to its reader. Every step costs
time in proportion to the bytes, and what would make a large tree of few bytes is counted before there is a tree.
"""

import codecs
import re
import threading
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

__all__ = [
    "ANSWER",
    "DEFAULT",
    "DOCUMENT",
    "ENVELOPE",
    "PIECES",
    "SHOWN",
    "Element",
    "XmlLimits",
    "XmlRefused",
    "canonical",
    "holds_instructions",
    "parse",
    "pieces",
    "serialise",
]

XML_BLANKS = " \t\r\n"
"""What XML 1.0 (production 3, S) calls white space. An identifier, a code, a number is trimmed of these and of no other
blank: with a no-break space it is another value."""
_DECLARATION = re.compile(rb"""\A(?:\xef\xbb\xbf)?<\?xml\s[^>]*?\bencoding\s*=\s*["']([^"'>]*)["']""")
_ANY_DECLARATION = re.compile(rb"\A(?:\xef\xbb\xbf)?<\?xml\s[^>]*>")
_ENCODINGS = frozenset({"utf-8", "us-ascii"})
_UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
"""The first two bytes of a document in UTF-16, with a byte order mark or (XML 1.0, appendix F) without."""
_NAMES_OF_UTF_16 = frozenset({"utf-16", "utf-16le", "utf-16be"})
_BLANK = b" \t\r\n"
_MARKUP = re.compile(
    rb"""<!--[^-]*+(?:-[^-]++)*+(?:-->)?|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)|<!DOCTYPE"""
    rb"""|<[^!?/<][^<>"']*+(?:"[^"<]*"[^<>"']*+|'[^'<]*'[^<>"']*+)*+""",
    re.DOTALL,
)
"""What a well-formed document has besides text and end tags (no ``--`` in a comment). Nothing is looked at twice."""
_VALUE = re.compile(rb"""=[ \t\r\n]*(?:"[^"]*"|'[^']*')""")
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
    """Elements; and, where more tags than that are in the bytes, comments and other markup with them."""
    attributes: int = 300_000
    """In the whole document."""
    attributes_of_one_element: int = 256
    namespaces: int = 10_000
    """Occurrences of ``xmlns`` in the bytes: never fewer than the declarations, counted before the tree is built."""
    huge_text: bool = False
    """Let one text node pass libxml2's 10 MB (a level 1 CDA whose PDF is over 7.5 MB). Entities stay forbidden."""
    lenient: bool = False
    """Read what XML allows a clinical document and nobody sends in a protocol message: processing instructions are
    dropped and never followed, a byte order mark and UTF-16 are decoded (XML 1.0, 4.3.3), blanks before the declaration
    are skipped. A DOCTYPE is refused as ever."""


DEFAULT = XmlLimits()

ENVELOPE = XmlLimits(elements=2_000, attributes=4_000, namespaces=1_000)
"""A request before anyone is known: ours have 300 elements. An element costs fifty times the bytes it is written in."""

ANSWER = XmlLimits(bytes=24 * 1024 * 1024, elements=20_000, attributes=40_000, namespaces=2_000, huge_text=True)
"""A peer's answer that carries documents. Inline, as OpenNCP 9 sends them, one of 12 MB is one text node of 16 MB."""

DOCUMENT = XmlLimits(bytes=32 * 1024 * 1024, huge_text=True, lenient=True)
"""A clinical document in every room that reads one as it came or lets it leave: reader, own rules, validation,
transcoding. A level 1 document carries its PDF as one text node."""

SHOWN = XmlLimits(bytes=64 * 1024 * 1024, elements=600_000, attributes=1_500_000, huge_text=True, lenient=True)
"""A document to be shown: what was read within `DOCUMENT`, with a translation beside each of its codes."""

PIECES = XmlLimits(bytes=512 * 1024 * 1024, depth=32, elements=20_000, attributes=40_000, namespaces=1_000)
"""For `pieces`: ``bytes`` is the whole document's, everything else one piece's (the namespaces are not counted)."""

_HEAD = 64 * 1024


def parse(data: bytes, limits: XmlLimits = DEFAULT) -> Element:
    """The root element of ``data``.

    The encoding is UTF-8 (or its subset US-ASCII), with or without a byte order mark; what cannot be told from another
    encoding is refused, but for UTF-16 where the limits are lenient. Comments are dropped and CDATA becomes text, so
    that ``.text`` is never cut short; canonical form without comments is not changed by it. No entity, external
    resource, processing instruction or XInclude is ever followed.

    Raises a leaf of `XmlRefused`.
    """
    if len(data) > limits.bytes:
        raise XmlTooLarge
    if limits.lenient:
        data = _as_utf_8(data)
    _check_encoding(data)
    if data.count(b"xmlns") > limits.namespaces:
        raise XmlTooManyNodes
    _check_markup(data, limits)
    try:
        root = etree.fromstring(data, _parser(limits))  # noqa: TID251 - this is the place
    except etree.XMLSyntaxError as error:
        raise _reason(error) from None
    _check_tree(root, limits)
    return root


def holds_instructions(data: bytes) -> bool:
    """Whether a document that `parse` read with lenient limits holds a processing instruction, which it dropped."""
    data = _as_utf_8(data)
    start = _after_declaration(data)
    if data.find(b"<?", start) < 0:
        return False
    return any(found[0].startswith(b"<?") for found in _MARKUP.finditer(data, start))


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
    broken = _asked(" or ".join(within))
    rules = [(_asked(expression), refusal) for expression, refusal in within.items()]

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
        remove_pis=limits.lenient,
    )


def _as_utf_8(data: bytes) -> bytes:
    """A document in UTF-16 as UTF-8, nothing before its declaration; other bytes as they are."""
    name = _UTF_16.get(data[:2])
    if name is None:
        return data.removeprefix(codecs.BOM_UTF8).lstrip(_BLANK)
    try:
        decoded = data.decode(name).removeprefix("\ufeff").encode("utf-8").lstrip(_BLANK)
    except UnicodeError:
        raise XmlEncodingForbidden from None
    declared = _DECLARATION.match(decoded)
    if declared is None:
        return decoded
    if declared[1].decode("ascii", "replace").lower() not in _NAMES_OF_UTF_16:
        raise XmlEncodingForbidden
    return decoded[: declared.start(1)] + b"utf-8" + decoded[declared.end(1) :]


def _after_declaration(data: bytes) -> int:
    declaration = _ANY_DECLARATION.match(data)
    return 0 if declaration is None else declaration.end()


def _check_markup(data: bytes, limits: XmlLimits) -> None:
    """Refuse before there is a tree what would make it large, and what must not be in it.

    Of nearly all documents four searches show that nothing is to be counted. The count stops where a limit is passed;
    a declaration of a namespace is no attribute, but is not told from one here: the tree is counted exactly.
    """
    start = _after_declaration(data)
    if (
        b"<!DOCTYPE" not in data
        and data.count(b"<") <= limits.elements
        and data.count(b"=") <= limits.attributes
        and (limits.lenient or data.find(b"<?", start) < 0)
    ):
        return
    attributes = 0
    most = limits.attributes + limits.namespaces
    for nodes, found in enumerate(_MARKUP.finditer(data, start), start=1):
        token = found[0]
        if token == b"<!DOCTYPE":
            raise DoctypeForbidden
        if token.startswith(b"<?") and not limits.lenient:
            raise ProcessingInstructionForbidden
        if not token.startswith((b"<!", b"<?")):
            attributes += b"=" in token and len(_VALUE.findall(token))
        if nodes > limits.elements or attributes > most:
            raise XmlTooManyNodes


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


_Questions = tuple[etree.XPath, list[tuple[etree.XPath, type[XmlRefused]]]]
"""One question for the many documents that break no rule, and one for each rule."""


class _QuestionsOfOneThread(threading.local):
    """Compiled XPath belongs to one thread: another would wait for its lock while a hostile document is looked at."""

    def __init__(self) -> None:
        self.by_limits: dict[XmlLimits, _Questions] = {}


_kept = _QuestionsOfOneThread()


def _questions(limits: XmlLimits) -> _Questions:
    kept = _kept.by_limits
    if limits not in kept:
        within = _forbidden(limits)
        rules = [(_asked(expression), refusal) for expression, refusal in within.items()]
        kept[limits] = _asked(" or ".join(within)), rules
    return kept[limits]


def _asked(expression: str) -> etree.XPath:
    return etree.XPath(f"boolean({expression})", namespaces={"xi": _XINCLUDE})


def _check_tree(root: Element, limits: XmlLimits) -> None:
    _check_prolog(root.getroottree())
    broken, rules = _questions(limits)
    if broken(root) is True:
        raise next(refusal for rule, refusal in rules if rule(root) is True)


def _check_prolog(tree: etree._ElementTree) -> None:
    if tree.docinfo.doctype:  # type: ignore[attr-defined]  # lxml-stubs lack it
        raise DoctypeForbidden
    if tree.docinfo.xml_version != "1.0":
        raise XmlVersionForbidden


def _forbidden(limits: XmlLimits) -> dict[str, type[XmlRefused]]:
    """XPath 1.0 of what a tree must not hold, to its refusal; each looks at a node once (tests/trust/test_xml_cost)."""
    return {
        "//xi:*": XIncludeForbidden,
        "/*" * (limits.depth + 1): XmlTooDeep,
        f"count(//*) > {limits.elements}": XmlTooManyNodes,
        f"count(//@*) > {limits.attributes}": XmlTooManyNodes,
        f"//@*[{limits.attributes_of_one_element + 1}]": XmlTooManyNodes,
    }
