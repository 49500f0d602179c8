"""A document too large for one tree, piece by piece: what `parse` forbids is forbidden here."""

from collections.abc import Iterator
from io import BytesIO

import pytest

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
from trust.xml import PIECES, Element, XmlLimits, pieces

NAME = "{urn:u}one"


def document(*inside: str) -> bytes:
    return f'<all xmlns="urn:u">{"".join(f"<one>{text}</one>" for text in inside)}</all>'.encode()


def read(data: bytes, limits: XmlLimits = PIECES) -> list[str]:
    return ["".join(piece.itertext()) for piece in pieces(BytesIO(data), [NAME], limits)]


def refused(data: bytes, limits: XmlLimits = PIECES) -> type[XmlRefused]:
    with pytest.raises(XmlRefused) as refusal:
        read(data, limits)
    return refusal.type


def test_every_piece_comes_once_and_in_order():
    assert read(document("a", "<b>c</b>d", "e")) == ["a", "cd", "e"]


def test_a_document_without_pieces_has_none():
    assert read(b"<all/>") == []


def test_a_piece_is_gone_when_the_next_one_is_asked_for():
    met: Iterator[Element] = pieces(BytesIO(document("a", "b")), [NAME])
    first = next(met)
    assert first.text == "a"
    next(met)
    assert first.text is None


def test_only_the_names_asked_for_are_pieces():
    data = b'<all xmlns="urn:u"><two>x</two><one>y</one></all>'
    assert read(data) == ["y"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'<!DOCTYPE all [<!ENTITY e "x">]>' + document("&e;"), DoctypeForbidden),
        (b"<!--" + b" " * 70_000 + b'--><!DOCTYPE all [<!ENTITY e "x">]>' + document("a"), DoctypeForbidden),
        (document("<?run it?>"), ProcessingInstructionForbidden),
        (document('<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="file:///etc"/>'), XIncludeForbidden),
        (document("a")[:-3], XmlNotWellFormed),
        (b"", XmlNotWellFormed),
        (b'<?xml version="1.0" encoding="iso-8859-1"?>' + document("a"), XmlEncodingForbidden),
        (b'<?xml version="1.1"?>' + document("a"), XmlVersionForbidden),
        (document("\0"), XmlEncodingForbidden),
        (document("a").replace(b"a<", b"\xff<"), XmlNotWellFormed),
    ],
)  # fmt: skip
def test_refuses_what_no_tree_may_be_made_of(data: bytes, reason: type[XmlRefused]):
    assert refused(data) is reason


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (XmlLimits(bytes=60), XmlTooLarge),
        (XmlLimits(depth=2), XmlTooDeep),
        (XmlLimits(elements=2), XmlTooManyNodes),
        (XmlLimits(attributes=1), XmlTooManyNodes),
        (XmlLimits(attributes_of_one_element=1), XmlTooManyNodes),
    ],
)
def test_each_limit_is_one_of_a_piece_or_of_the_whole(limits: XmlLimits, reason: type[XmlRefused]):
    data = document('<a><b><c x="1" y="2"/></b></a>')
    assert read(data) == [""]
    assert refused(data, limits) is reason


def test_what_came_before_the_reason_was_well():
    met = pieces(BytesIO(document("a", "b")[:-8]), [NAME])
    assert next(met).text == "a"
    with pytest.raises(XmlNotWellFormed):
        list(met)
