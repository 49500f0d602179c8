"""The eight classic ways of wrapping a signed assertion: the genuine one is valid, only its arrangement is attacked.

Each takes a genuine assertion of the builders, of any kind, and gives a message in which a forged one stands to be
believed: of another professional, about another patient, for another next of kin. What else the message must show
stands beside it, and is genuine. `WAYS` names each with the refusal it must meet with an HCP assertion.
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

Way = Callable[..., bytes]
FORGED = (("Inês", "Eve"), ("13837424032", "08827919994"), ("PT-KIN-1", "PT-KIN-2"))
"""What an assertion says that is worth a lie, and the lie: the professional, the patient, the next of kin."""


def _evil(genuine: bytes, new_id: str | None = "_evil") -> bytes:
    """The same assertion with a lie in it and, if given, another ID; its signature no longer fits."""
    own_id = etree.fromstring(genuine).get("ID", "")
    true, lie = next((true.encode(), lie.encode()) for true, lie in FORGED if true.encode() in genuine)
    forged = genuine.replace(true, lie)
    return forged if new_id is None else forged.replace(own_id.encode(), new_id.encode())


def _unsigned(genuine: bytes) -> bytes:
    root = etree.fromstring(genuine)
    root.remove(_signature(root))
    return etree.tostring(root)


def _signature(root: etree._Element) -> etree._Element:
    found = root.find(f"{{{DS}}}Signature")
    assert found is not None
    return found


def before(genuine: bytes, *beside: bytes) -> bytes:
    """A forged one first, the genuine one after it."""
    return envelope(_unsigned(_evil(genuine)), genuine, *beside)


def moved_to_another_header(genuine: bytes, *beside: bytes) -> bytes:
    """A forged one in its place, the genuine one in a header of no meaning."""
    return envelope(_unsigned(_evil(genuine)), *beside, header=b"<x>" + genuine + b"</x>")


def inside_an_object(genuine: bytes, *beside: bytes) -> bytes:
    """The forged one carries the genuine one's signature, and that the genuine one in a ds:Object."""
    evil = etree.fromstring(_unsigned(_evil(genuine)))
    signature = _signature(etree.fromstring(genuine))
    holder = etree.SubElement(signature, f"{{{DS}}}Object")
    holder.append(etree.fromstring(_unsigned(genuine)))
    evil.insert(1, signature)
    return envelope(etree.tostring(evil), *beside)


def inside_advice(genuine: bytes, *beside: bytes) -> bytes:
    """The genuine one inside the forged one's Advice."""
    evil = etree.fromstring(_unsigned(_evil(genuine)))
    advice = etree.SubElement(evil, f"{{{SAML}}}Advice")
    advice.append(etree.fromstring(genuine))
    return envelope(etree.tostring(evil), *beside)


def same_id_twice(genuine: bytes, *beside: bytes) -> bytes:
    """Both under one ID: which of them was signed depends on who looks."""
    return envelope(_evil(genuine, None), genuine, *beside)


def signature_twice(genuine: bytes, *beside: bytes) -> bytes:
    """Two signatures in one assertion."""
    root = etree.fromstring(genuine)
    root.append(_signature(etree.fromstring(genuine)))
    return envelope(etree.tostring(root), *beside)


def signature_borrowed(genuine: bytes, *beside: bytes) -> bytes:
    """The forged one under the genuine one's ID and signature."""
    return envelope(_evil(genuine, None), *beside)


def doctype(genuine: bytes, *beside: bytes) -> bytes:
    """A DTD that says which attribute is an ID."""
    return b"<!DOCTYPE e [<!ATTLIST q ID ID #IMPLIED>]>" + envelope(genuine, *beside)


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
