"""The file inside a document of level 1 (nonXMLBody/text): decoded, and what it is told by its own first bytes.

eHDSI CDA, documents of level 1: PDF, for medical images PNG or JPEG (the templates write ``application/png``, senders
``image/png``: both are read). Nobody else checks that the body is not empty, is base64, and is what it says.
"""

from base64 import b64decode
from binascii import Error
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from transformers.cda.integrity_tree import HL7, Element

_PDF: Final = "application/pdf"
_MAGIC: Final = ((b"%PDF-", _PDF), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))
_NAMES: Final = {"application/png": "image/png", "application/jpeg": "image/jpeg", "image/jpg": "image/jpeg"}


class FileFault(StrEnum):
    """Why the body is no file that may be handed to a reader."""

    ABSENT = "absent"
    """No text, or nothing in it (a reference to elsewhere is not followed)."""
    NOT_BASE64 = "not-base64"
    UNKNOWN_TYPE = "unknown-type"
    """Its first bytes are those of no PDF, PNG or JPEG."""
    OTHER_TYPE = "other-type"
    """Its first bytes are not those of the media type it claims."""


@dataclass(frozen=True, slots=True)
class OriginalFile:
    """The bytes and what they are (``application/pdf``, ``image/png``, ``image/jpeg``)."""

    media_type: str
    content: bytes = field(repr=False)


def file_body(root: Element) -> Element | None:
    """The nonXMLBody of a document, None for one that is structured."""
    return root.find(f"{HL7}component/{HL7}nonXMLBody")


def read_file(body: Element) -> OriginalFile | FileFault:
    """The file of a nonXMLBody, or why there is none. Whitespace within base64 is allowed (RFC 2045)."""
    text = body.find(f"{HL7}text")
    packed = "" if text is None else "".join((text.text or "").split())
    if text is None or not packed:
        return FileFault.ABSENT
    try:
        content = b64decode(packed, validate=True)
    except (Error, ValueError):
        return FileFault.NOT_BASE64
    found = next((name for magic, name in _MAGIC if content.startswith(magic)), None)
    if found is None:
        return FileFault.UNKNOWN_TYPE
    claimed = text.get("mediaType", found)
    return OriginalFile(found, content) if _NAMES.get(claimed, claimed) == found else FileFault.OTHER_TYPE
