"""A message as it came in: its type, id, parties, and what its payload says (MsgHead 1.2, HIS 80601:2006)."""

from dataclasses import dataclass, field
from datetime import datetime

from trust.xml import Element, XmlRefused, parse

_MH = "{http://www.kith.no/xmlstds/msghead/2006-05-24}"


class MessageUnreadable(Exception):
    """Not a MsgHead whose id, sender and receiver can be read: nothing can be answered to it."""


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """An incoming MsgHead."""

    document: bytes = field(repr=False)
    """As it was received."""
    root: Element = field(repr=False)
    type: str
    message_id: str
    generated: str
    sender: str
    """HER-id of the asker."""
    receiver: str

    @property
    def organisation(self) -> Element:
        """The asker's Organisation element."""
        found = self.root.find(f"{_MH}MsgInfo/{_MH}Sender/{_MH}Organisation")
        assert found is not None, "checked when the message was read"
        return found

    def content(self, path: str) -> str | None:
        """Text at a path below the document's Content."""
        found = self.root.find(f"{_MH}Document/{_MH}RefDoc/{_MH}Content/{path}")
        return None if found is None else (found.text or "").strip()

    def find(self, name: str) -> Element | None:
        """The first element of that local name in the payload."""
        content = self.root.find(f"{_MH}Document/{_MH}RefDoc/{_MH}Content")
        return None if content is None else next(iter(content.iter(f"{{*}}{name}")), None)

    def said(self, name: str) -> str | None:
        """Its text, None when absent or empty."""
        found = self.find(name)
        return None if found is None else (found.text or "").strip() or None

    def all_said(self, name: str) -> list[str]:
        """Texts of every element of that local name in the payload."""
        content = self.root.find(f"{_MH}Document/{_MH}RefDoc/{_MH}Content")
        return [] if content is None else [(one.text or "").strip() for one in content.iter(f"{{*}}{name}")]

    def code(self, name: str) -> str | None:
        """Its code (@V)."""
        found = self.find(name)
        return None if found is None else found.get("V")


def read_asked(document: bytes) -> ReceivedMessage:
    """Parse a MsgHead far enough to answer it; raises MessageUnreadable."""
    try:
        root = parse(document)
    except XmlRefused:
        raise MessageUnreadable from None
    info = root.find(f"{_MH}MsgInfo")
    kind = None if info is None else info.find(f"{_MH}Type")
    if root.tag != f"{_MH}MsgHead" or info is None or kind is None:
        raise MessageUnreadable
    texts = [info.findtext(f"{_MH}{name}") for name in ("MsgId", "GenDate")]
    parties = [_her_id(info.find(f"{_MH}{name}/{_MH}Organisation")) for name in ("Sender", "Receiver")]
    message_id, generated, sender, receiver = (*texts, *parties)
    if not message_id or not generated or not sender or not receiver or not sender.isdigit():
        raise MessageUnreadable
    try:
        datetime.fromisoformat(generated)
    except ValueError:
        raise MessageUnreadable from None
    return ReceivedMessage(document, root, kind.get("V", ""), message_id, generated, sender, receiver)


def _her_id(organisation: Element | None) -> str | None:
    """HER-id of the innermost organisation that has one."""
    if organisation is None:
        return None
    inner = _her_id(organisation.find(f"{_MH}Organisation"))
    if inner:
        return inner
    for ident in organisation.findall(f"{_MH}Ident"):
        kind = ident.find(f"{_MH}TypeId")
        if kind is not None and kind.get("V") == "HER":
            return ident.findtext(f"{_MH}Id")
    return None
