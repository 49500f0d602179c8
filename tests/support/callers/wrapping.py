"""The eight classic ways of wrapping a signed assertion: the genuine one is valid, only its arrangement is attacked.

Each takes a genuine HCP assertion of the builders (its holder is called Inês) and gives a message in which another
stands to be believed. `WAYS` names each with the refusal it must meet.
"""

from collections.abc import Callable, Mapping

from lxml import etree

from tests.support.callers.assertions import SAML, envelope
from tests.support.callers.signatures import DS
from trust.errors import (
    AssertionMisplaced,
    DoctypeForbidden,
    HcpRepeated,
    ReferenceNotOwnId,
    SignatureInvalid,
    SignatureRepeated,
    TrustError,
)

Way = Callable[[bytes], bytes]


def _evil(genuine: bytes, new_id: str | None = "_evil") -> bytes:
    """The same assertion with another name in it and, if given, another ID; its signature no longer fits."""
    assert "Inês".encode() in genuine
    own_id = etree.fromstring(genuine).get("ID", "")
    forged = genuine.replace("Inês".encode(), b"Eve")
    return forged if new_id is None else forged.replace(own_id.encode(), new_id.encode())


def _unsigned(genuine: bytes) -> bytes:
    root = etree.fromstring(genuine)
    root.remove(_signature(root))
    return etree.tostring(root)


def _signature(root: etree._Element) -> etree._Element:
    found = root.find(f"{{{DS}}}Signature")
    assert found is not None
    return found


def before(genuine: bytes) -> bytes:
    """A forged one first, the genuine one after it."""
    return envelope(_unsigned(_evil(genuine)), genuine)


def moved_to_another_header(genuine: bytes) -> bytes:
    """A forged one in its place, the genuine one in a header of no meaning."""
    return envelope(_unsigned(_evil(genuine)), header=b"<x>" + genuine + b"</x>")


def inside_an_object(genuine: bytes) -> bytes:
    """The forged one carries the genuine one's signature, and that the genuine one in a ds:Object."""
    evil = etree.fromstring(_unsigned(_evil(genuine)))
    signature = _signature(etree.fromstring(genuine))
    holder = etree.SubElement(signature, f"{{{DS}}}Object")
    holder.append(etree.fromstring(_unsigned(genuine)))
    evil.insert(1, signature)
    return envelope(etree.tostring(evil))


def inside_advice(genuine: bytes) -> bytes:
    """The genuine one inside the forged one's Advice."""
    evil = etree.fromstring(_unsigned(_evil(genuine)))
    advice = etree.SubElement(evil, f"{{{SAML}}}Advice")
    advice.append(etree.fromstring(genuine))
    return envelope(etree.tostring(evil))


def same_id_twice(genuine: bytes) -> bytes:
    """Both under one ID: which of them was signed depends on who looks."""
    return envelope(_evil(genuine, None), genuine)


def signature_twice(genuine: bytes) -> bytes:
    """Two signatures in one assertion."""
    root = etree.fromstring(genuine)
    root.append(_signature(etree.fromstring(genuine)))
    return envelope(etree.tostring(root))


def signature_borrowed(genuine: bytes) -> bytes:
    """The forged one under the genuine one's ID and signature."""
    return envelope(_evil(genuine, None))


def doctype(genuine: bytes) -> bytes:
    """A DTD that says which attribute is an ID."""
    return b"<!DOCTYPE e [<!ATTLIST q ID ID #IMPLIED>]>" + envelope(genuine)


WAYS: Mapping[str, tuple[Way, type[TrustError]]] = {
    "before": (before, HcpRepeated),
    "moved-to-another-header": (moved_to_another_header, AssertionMisplaced),
    "inside-an-object": (inside_an_object, AssertionMisplaced),
    "inside-advice": (inside_advice, AssertionMisplaced),
    "same-id-twice": (same_id_twice, ReferenceNotOwnId),
    "signature-twice": (signature_twice, SignatureRepeated),
    "signature-borrowed": (signature_borrowed, SignatureInvalid),
    "doctype": (doctype, DoctypeForbidden),
}
