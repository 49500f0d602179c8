"""Binary content in a body: inline base64, or an xop:Include that points to a part (XOP 1.0 section 3).

The tree is left as it was received; an Include is looked up when its content is asked for.
"""

import binascii
from collections.abc import Mapping
from urllib.parse import quote, unquote

from gateway.errors import MultipartMalformed
from gateway.wire.names import XOP
from trust.xml import XML_BLANKS, Element

_INCLUDE = f"{{{XOP}}}Include"
_CID = "cid:"
_WHITE = b" \t\r\n"


def check_includes(root: Element, body: Element, attachments: Mapping[str, bytes]) -> None:
    """Every Include is in the body, alone in its element, and has its part; every part has its Include, once."""
    used = [_part_id(include) for include in body.iter(_INCLUDE)]
    everywhere = sum(1 for _ in root.iter(_INCLUDE))
    if everywhere != len(used) or sorted(used) != sorted(attachments):
        raise MultipartMalformed


def read_binary(element: Element, attachments: Mapping[str, bytes]) -> bytes | None:
    """The bytes an element holds, inline or by reference; None when they are not base64 or there is other content."""
    if len(element) == 0:
        try:
            text = (element.text or "").encode("ascii").translate(None, _WHITE)
            return binascii.a2b_base64(text, strict_mode=True)
        except ValueError:
            return None
    if len(element) > 1 or element[0].tag != _INCLUDE:
        return None
    return attachments.get(_part_id(element[0]))


def include(name: str) -> bytes:
    """The element that points to the part whose Content-ID is ``name``, alone in the element that it stands in."""
    return f'<xop:Include xmlns:xop="{XOP}" href="{_CID}{quote(name, safe="@")}"/>'.encode("ascii")


def _part_id(include: Element) -> str:
    """The Content-ID an Include points to (RFC 2392: percent-encoded after ``cid:``)."""
    parent, href = include.getparent(), include.get("href", "")
    if parent is None or len(parent) > 1 or len(include) or not href.startswith(_CID):
        raise MultipartMalformed
    if any((text or "").strip(XML_BLANKS) for text in (parent.text, include.text, include.tail)):
        raise MultipartMalformed
    return unquote(href.removeprefix(_CID))
