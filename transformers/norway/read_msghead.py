"""Hodemelding (MsgHead) 1.2, HIS 80601:2006: who answers which message, and the payloads it carries.

The generation is told by the namespace alone. The signature, a person's or an enterprise's, is not verified here: the
transport has authenticated the sender.
"""

from dataclasses import dataclass, field

from lxml import etree

from transformers.model.values import Moment
from transformers.norway.errors import Malformed, UnknownVersion, WrongReference
from transformers.norway.moments import read_date_time
from transformers.norway.xml_fields import (
    child,
    children,
    code,
    name_of,
    namespace_of,
    plain,
    read_tree,
    required,
    required_text,
    text,
)

MSGHEAD = "http://www.kith.no/xmlstds/msghead/2006-05-24"
_PERSON_NUMBERS = ("FNR", "DNR", "FHN")


@dataclass(frozen=True, slots=True)
class MessageHead:
    """A hodemelding. ``payloads`` are the root elements inside Document/RefDoc/Content, in order."""

    kind: str
    """MsgInfo/Type/@V, e.g. ``ERM912``."""
    id: str
    """MsgId."""
    generated: Moment
    parent: str | None
    """ConversationRef/RefToParent: MsgId of the message this one answers."""
    sender_her_id: str | None
    patient_numbers: tuple[str, ...] = field(repr=False)
    payloads: tuple[etree._Element, ...] = field(repr=False)
    info: etree._Element = field(repr=False)
    """MsgInfo, for who reads the sender or the patient in full."""


def read_msghead(data: bytes, *, answers: str | None = None) -> MessageHead:
    """Read a MsgHead; with ``answers`` given, its RefToParent must be that MsgId (letter case aside: it is a UUID).

    Raises ``Malformed``, ``UnknownVersion`` (a root in another namespace), ``WrongReference``.
    """
    root = read_tree(data, "MsgHead")
    if name_of(root) != "MsgHead":
        raise Malformed("MsgHead")
    if namespace_of(root) != MSGHEAD:
        raise UnknownVersion(namespace_of(root))
    info = required(root, "MsgInfo")
    conversation = child(info, "ConversationRef")
    parent = None if conversation is None else text(conversation, "RefToParent")
    if answers is not None and (parent is None or parent.lower() != answers.lower()):
        raise WrongReference
    return MessageHead(
        kind=code(info, "Type") or "",
        id=required_text(info, "MsgId"),
        generated=read_date_time(required_text(info, "GenDate"), "GenDate"),
        parent=parent,
        sender_her_id=_her_id(required(info, "Sender")),
        patient_numbers=_patient_numbers(child(info, "Patient")),
        payloads=tuple(_payloads(root)),
        info=info,
    )


def _payloads(root: etree._Element) -> list[etree._Element]:
    found: list[etree._Element] = []
    for document in children(root, "Document"):
        content = child(required(document, "RefDoc"), "Content")
        if content is not None:
            found.extend(content)
    return found


def _idents(holder: etree._Element) -> list[tuple[str | None, str | None]]:
    return [(code(ident, "TypeId"), text(ident, "Id")) for ident in children(holder, "Ident")]


def _her_id(sender: etree._Element) -> str | None:
    return next((value for kind, value in _idents(required(sender, "Organisation")) if kind == "HER"), None)


def _patient_numbers(patient: etree._Element | None) -> tuple[str, ...]:
    if patient is None:
        return ()
    return tuple(value for kind, value in _idents(patient) if kind in _PERSON_NUMBERS and value is not None)


def the_payload(head: MessageHead, name: str, namespaces: frozenset[str]) -> etree._Element:
    """The one payload called ``name``; raises ``Malformed(name)`` when absent or repeated, ``UnknownVersion``."""
    found = [payload for payload in head.payloads if name_of(payload) == name]
    if len(found) != 1:
        raise Malformed(name)
    if namespace_of(found[0]) not in namespaces:
        raise UnknownVersion(namespace_of(found[0]))
    return found[0]


def same_number(written: str | None, accepted: frozenset[str]) -> bool:
    """Whether a number in an answer is one of the person asked for."""
    return plain(written) in accepted
