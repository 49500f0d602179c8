"""Whole messages attached to a hodemelding: Document/RefDoc/Content/Base64Container (namespace base64container).

Reseptformidleren attaches the prescriber's M1 and the pharmacies' M10 as they were received, signature and all. What is
attached is told by the payload's name; its version is the affair of whoever reads it.
"""

from dataclasses import dataclass, field

from lxml import etree

from transformers.model.finding import Finding, Report, Severity
from transformers.norway.errors import Malformed, UnknownVersion
from transformers.norway.read_msghead import MessageHead, read_msghead
from transformers.norway.xml_fields import base64_bytes, name_of, namespace_of

BASE64_CONTAINER = "http://www.kith.no/xmlstds/base64container"


@dataclass(frozen=True, slots=True)
class Attached:
    """One attached message: its bytes as received, its head, and the name of its payload's root element."""

    content: bytes = field(repr=False)
    head: MessageHead
    payload: str


def attached_messages(head: MessageHead) -> tuple[Attached, ...]:
    """Every attached message in order; raises ``Malformed`` for an attachment that is no hodemelding."""
    return tuple(_attached(base64_bytes(payload)) for payload in head.payloads if _holds_message(payload))


def readable_messages(head: MessageHead, report: Report, path: str) -> tuple[Attached, ...]:
    """Every attached message that can be read; one that is no hodemelding is named, and takes no other with it."""
    found = []
    for index, payload in enumerate(one for one in head.payloads if _holds_message(one)):
        try:
            found.append(_attached(base64_bytes(payload)))
        except (Malformed, UnknownVersion):
            text = "one attached message could not be read"
            report.add(Finding(Severity.WARNING, "attachment-unreadable", f"{path}/Base64Container[{index}]", text))
    return tuple(found)


def _holds_message(payload: etree._Element) -> bool:
    return name_of(payload) == "Base64Container" and namespace_of(payload) == BASE64_CONTAINER


def _attached(content: bytes) -> Attached:
    head = read_msghead(content)
    names = [name_of(payload) for payload in head.payloads if name_of(payload) != "Base64Container"]
    if not names:
        raise Malformed("Base64Container")
    return Attached(content, head, names[0])


def report_unread(attached: tuple[Attached, ...], known: frozenset[str], report: Report, path: str) -> None:
    """Name every attachment of another kind than ``known``: it is not read, and not lost from sight."""
    for one in attached:
        if one.payload not in known:
            report.add(
                Finding(
                    Severity.WARNING, "attachment-not-read", path, "an attached message of another kind", one.payload
                )
            )
