"""What bytes cost before there is a tree and in it: counted first, in proportion to their number, whatever they are."""

import re
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

import gateway
import transformers
import trust
from trust.errors import DoctypeForbidden, ProcessingInstructionForbidden, XmlRefused, XmlTooManyNodes
from trust.xml import DEFAULT, DOCUMENT, ENVELOPE, SHOWN, XmlLimits, holds_instructions, parse

_FLOOD = 40_000


def _flooded(piece: bytes, count: int = _FLOOD) -> bytes:
    return b"<a><b>" + piece * count + b"</b></a>"


def _trees_built(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes were handed to the parser each time."""
    built: list[int] = []
    genuine = etree.fromstring

    def counted(data: bytes, parser: etree.XMLParser) -> etree._Element:
        built.append(len(data))
        return genuine(data, parser)

    monkeypatch.setattr("trust.xml.etree.fromstring", counted)
    return built


@pytest.mark.parametrize(
    ("piece", "limits", "refusal"),
    [
        (b"<?a?>", DEFAULT, ProcessingInstructionForbidden),
        (b"<c/>", ENVELOPE, XmlTooManyNodes),
        (b"<c></c>", ENVELOPE, XmlTooManyNodes),
        (b'<c d=""/>', XmlLimits(attributes=10), XmlTooManyNodes),
        (b"<c d = ''/>", XmlLimits(attributes=10, namespaces=10), XmlTooManyNodes),
        (b"<!DOCTYPE a>", DEFAULT, DoctypeForbidden),
        (b"<!--c-->", ENVELOPE, XmlTooManyNodes),
        (b"<![CDATA[c]]>", ENVELOPE, XmlTooManyNodes),
        (b"<?c?>", replace(DOCUMENT, elements=10_000), XmlTooManyNodes),
    ],
)
def test_what_would_make_a_large_tree_is_refused_before_there_is_one(
    piece: bytes, limits: XmlLimits, refusal: type[XmlRefused], monkeypatch: pytest.MonkeyPatch
):
    built = _trees_built(monkeypatch)
    with pytest.raises(refusal):
        parse(_flooded(piece), limits)
    assert built == []
    assert parse(b"<a><c/></a>", limits).tag == "a"
    assert len(built) == 1


@pytest.mark.parametrize(
    "text",
    [
        b"<![CDATA[" + b"<?a?><c>" * 3_000 + b"]]>",
        b"<!--" + b"<?a?><c d=''> <!DOCTYPE a>" * 3_000 + b"-->",
        b"a='b' " * 5_000,
        b"</c>".join([b"<c>=====</c><c>"] * 500) + b"</c>",
    ],
    ids=["CDATA", "comment", "text", "text of elements"],
)
def test_what_only_looks_like_markup_is_not_counted(text: bytes):
    assert parse(b"<a>" + text + b"</a>", ENVELOPE).tag == "a"


@pytest.mark.parametrize("limit", ["elements", "attributes"])
def test_the_edge_is_the_same_before_the_tree_as_in_it(limit: str):
    limits = XmlLimits(**{limit: 3})
    at = {"elements": b"<a><b/><b>x</b></a>", "attributes": b'<a b="="><c d="=" e="="/></a>'}[limit]
    over = {"elements": b"<a><b/><b>x</b><b/></a>", "attributes": b'<a b="="><c d="=" e="=" f="="/></a>'}[limit]
    assert parse(at, limits).tag == "a"
    with pytest.raises(XmlTooManyNodes):
        parse(over, limits)


_PIECES = "<?x\ty?> <?x ?> <!-- --> <![CDATA[ ]]> <b> </b> <b/> x = ' <b\tc='>'/> <b\tc=\"<?x?>\"/> <b\tc='?>'/>"
_PIECE = st.sampled_from(_PIECES.split(" "))


@given(st.lists(_PIECE, max_size=12))
def test_instructions_are_told_from_text_as_libxml2_tells_them(pieces: list[str]):
    data = f"<a>{''.join(pieces)}</a>".encode()
    try:
        root = etree.fromstring(data)
    except etree.XMLSyntaxError:
        with pytest.raises(XmlRefused):
            parse(data)
        return
    there = next(root.iter(etree.PI), None) is not None
    assert holds_instructions(data) is there
    if there:
        with pytest.raises(ProcessingInstructionForbidden):
            parse(data)
    else:
        assert parse(data).tag == "a"


def test_an_envelope_is_refused_in_less_than_three_times_its_bytes():
    data = _flooded(b"<c/>", 500_000)
    tracemalloc.start()
    try:
        with pytest.raises(XmlTooManyNodes):
            parse(data, ENVELOPE)
        assert tracemalloc.get_traced_memory()[1] < 3 * len(data)
    finally:
        tracemalloc.stop()


def test_what_is_read_can_be_shown():
    for name in ("bytes", "depth", "elements", "attributes", "attributes_of_one_element", "namespaces"):
        assert getattr(ENVELOPE, name) <= getattr(DOCUMENT, name) <= getattr(SHOWN, name), name
    assert DOCUMENT.huge_text
    assert SHOWN.huge_text


_SLOW = re.compile(r"//@[\w:*]+/\.\.|//processing-instruction\(|preceding(?:-sibling)?::|following::")


@pytest.mark.parametrize("package", [trust, transformers, gateway], ids=lambda package: package.__name__)
def test_no_xpath_of_ours_looks_at_a_node_once_for_each_other(package):
    """Each of these was quadratic over a flood of what it looks for (libxml2 sorts or searches what it gathers)."""
    asked = re.compile(r"(?:XPath|xpath|findall|iterfind)\(\s*(?:f|rf?)?\"([^\"]*)\"")
    found = [
        (path.name, expression)
        for path in Path(package.__path__[0]).rglob("*.py")
        for expression in asked.findall(path.read_text(encoding="utf-8"))
        if _SLOW.search(expression)
    ]
    assert found == []
    assert asked.findall('etree.XPath("//@ID/..")') == ["//@ID/.."]
    assert _SLOW.search("//@ID/..")
