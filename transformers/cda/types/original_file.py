"""The file inside a document of level 1 (nonXMLBody/text): decoded, and what it is told by its own first bytes.

eHDSI CDA, documents of level 1: PDF, for medical images PNG or JPEG (the templates write ``application/png``, senders
``image/png``: both are read). Nobody else checks that the body is not empty, is base64, and is what it says. Pivot,
page and own rules read it here, with every attribute of data type ED (R1, 2.4).
"""

import hashlib
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from transformers.cda.types.walk import HL7, Element
from transformers.model.finding import Severity
from transformers.model.spelling import trimmed
from trust.xml import XML_BLANKS

PDF: Final = "application/pdf"
_PDF_MAGIC: Final = b"%PDF-"
_PDF_END: Final = b"%%EOF"
_HEAD: Final = 1024
_NO_BLANKS: Final = dict.fromkeys(map(ord, XML_BLANKS))
_MAGIC: Final = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))
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
    COMPRESSED = "compressed"
    """Said to be compressed, and of no known type as it stands: nothing is unpacked here."""


class FileRemark(StrEnum):
    """What deserves a word of a file that is read all the same. The value is the code of the finding."""

    PRECEDED = "original-preceded"
    REPRESENTATION = "representation-missing"
    TYPE_MISSING = "media-type-missing"
    CUT = "original-cut"
    COMPRESSION = "compression-untrue"
    INTEGRITY = "integrity-differs"
    INTEGRITY_UNCHECKED = "integrity-unchecked"


REMARKS: Final[Mapping[FileRemark, tuple[Severity, str]]] = {
    FileRemark.PRECEDED: (Severity.WARNING, "Other bytes stand before the original's first; viewers pass over them."),
    FileRemark.REPRESENTATION: (Severity.WARNING, "The original is not said to be base64; it is."),
    FileRemark.TYPE_MISSING: (Severity.WARNING, "The original has no media type; its first bytes tell it."),
    FileRemark.CUT: (Severity.WARNING, "The PDF does not end as one: the rest of it may be missing."),
    FileRemark.COMPRESSION: (Severity.WARNING, "The original is said to be compressed; it is not."),
    FileRemark.INTEGRITY: (Severity.ERROR, "The original is not what its sender made the check of (integrityCheck)."),
    FileRemark.INTEGRITY_UNCHECKED: (Severity.WARNING, "The integrityCheck is of an algorithm nobody here knows."),
}
"""Severity and words of each."""


@dataclass(frozen=True, slots=True)
class OriginalFile:
    """The bytes and what they are (``application/pdf``, ``image/png``, ``image/jpeg``)."""

    media_type: str
    content: bytes = field(repr=False)
    remarks: tuple[FileRemark, ...] = ()


@dataclass(frozen=True, slots=True)
class EmbeddedData:
    """What a nonXMLBody holds, whether a file or none: ``fault`` says why there is none for a reader."""

    fault: FileFault | None
    claimed: str
    """The media type that it states, without parameters, in lower case; empty when it states none."""
    found: str | None = None
    content: bytes = field(repr=False, default=b"")
    remarks: tuple[FileRemark, ...] = ()


def file_body(root: Element) -> Element | None:
    """The nonXMLBody of a document, None for one that is structured."""
    return root.find(f"{HL7}component/{HL7}nonXMLBody")


def read_file(body: Element) -> OriginalFile | FileFault:
    """The file of a nonXMLBody, or why there is none. Blanks within base64 are allowed (RFC 2045)."""
    read = read_data(body.find(f"{HL7}text"))
    if read.fault is not None or read.found is None:
        return read.fault or FileFault.UNKNOWN_TYPE
    return OriginalFile(read.found, read.content, read.remarks)


def read_bare_file(content: bytes, claimed: str) -> OriginalFile | FileFault:
    """A file that came without a document around it; ``claimed``: its media type, as its sender says."""
    found = _type_of(content)
    if found is None:
        return FileFault.UNKNOWN_TYPE if content else FileFault.ABSENT
    stated = trimmed(claimed.partition(";")[0]).lower()
    if _NAMES.get(stated, stated) != found:
        return FileFault.OTHER_TYPE
    return OriginalFile(found, content, tuple(_remarks_of_pdf(found, content)))


def read_data(text: Element | None) -> EmbeddedData:
    """The ED of a nonXMLBody with all its attributes; bytes that are no file are there too."""
    claimed = "" if text is None else trimmed((text.get("mediaType") or "").partition(";")[0]).lower()
    packed = "" if text is None else (text.text or "").translate(_NO_BLANKS)
    if text is None or not packed:
        return EmbeddedData(FileFault.ABSENT, claimed)
    try:
        content = b64decode(packed, validate=True)
    except (Error, ValueError):
        return EmbeddedData(FileFault.NOT_BASE64, claimed)
    found = _type_of(content)
    remarks = tuple(_remarks(text, claimed, found, content))
    return EmbeddedData(_fault(text, claimed, found), claimed, found, content, remarks)


def _type_of(content: bytes) -> str | None:
    """By its first bytes; of a PDF, viewers look for them in the first 1,024 (PDF 1.7, appendix H, 3.4.1)."""
    if content.find(_PDF_MAGIC, 0, _HEAD) >= 0:
        return PDF
    return next((name for magic, name in _MAGIC if content.startswith(magic)), None)


def _fault(text: Element, claimed: str, found: str | None) -> FileFault | None:
    if found is None:
        return FileFault.COMPRESSED if text.get("compression") else FileFault.UNKNOWN_TYPE
    return None if not claimed or _NAMES.get(claimed, claimed) == found else FileFault.OTHER_TYPE


def _remarks(text: Element, claimed: str, found: str | None, content: bytes) -> Iterator[FileRemark]:
    if text.get("representation") != "B64":
        yield FileRemark.REPRESENTATION
    if found is not None and not claimed:
        yield FileRemark.TYPE_MISSING
    if found is not None and text.get("compression"):
        yield FileRemark.COMPRESSION
    yield from _remarks_of_pdf(found, content)
    check = text.get("integrityCheck")
    if check:
        make = _ALGORITHMS.get(text.get("integrityCheckAlgorithm") or "SHA-1")
        if make is None:
            yield FileRemark.INTEGRITY_UNCHECKED
        elif not _is_digest(check, make(content)):
            yield FileRemark.INTEGRITY


def _remarks_of_pdf(found: str | None, content: bytes) -> Iterator[FileRemark]:
    if found == PDF and not content.startswith(_PDF_MAGIC):
        yield FileRemark.PRECEDED
    if found == PDF and _PDF_END not in content[-_HEAD:]:
        yield FileRemark.CUT


def _is_digest(check: str, digest: bytes) -> bool:
    """Base64 as the data type says (BIN); hexadecimal, which some write, is the same number."""
    return check.translate(_NO_BLANKS) == b64encode(digest).decode("ascii") or check.lower() == digest.hex()


def _sha1(content: bytes) -> bytes:
    return hashlib.sha1(content, usedforsecurity=False).digest()


def _sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


_ALGORITHMS: Final[Mapping[str, Callable[[bytes], bytes]]] = {"SHA-1": _sha1, "SHA-256": _sha256}
"""HL7 IntegrityCheckAlgorithm; SHA-1 is the default of the data type."""
