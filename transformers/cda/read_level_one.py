"""A document of level 1 (PS L1, eP L1, OrCD: E.1.6 to E.1.11) becomes the pivot's OriginalDocument.

The body is the original as base64; what it claims to be and what its first bytes say are both looked at. A text node of
15 MB is read here and nowhere else (`XmlLimits.huge_text`); the document's own limits stay.
"""

import binascii
from base64 import b64decode
from dataclasses import dataclass
from typing import Final

from transformers.cda.documents.header import Header, read_header
from transformers.cda.errors import DocumentUnreadable
from transformers.cda.read_tree import Element, Tree, child, open_tree
from transformers.model.finding import Report, Severity
from transformers.model.people import Device, Organisation
from transformers.model.prescription import OriginalDocument
from transformers.model.values import Coding
from transformers.validation.kinds import recognise, templated
from trust.xml import DOCUMENT, XmlLimits

_MAGIC: Final = {
    "application/pdf": b"%PDF-",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "application/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "application/jpeg": b"\xff\xd8\xff",
}


@dataclass(frozen=True, slots=True)
class ReadOriginal:
    """The original, and all that deserves a word."""

    document: OriginalDocument
    report: Report


def read_level_one(content: bytes, limits: XmlLimits = DOCUMENT) -> ReadOriginal:
    """The document of level 1 in ``content``, with a finding for everything not carried.

    Raises DocumentUnreadable when it is no XML, no ClinicalDocument, of an unknown kind, without an original, or when
    that is no base64; RequiredMissing as `read_header` does.
    """
    report = Report()
    tree = open_tree(content, report, limits)
    body = tree.root.find("{*}component/{*}nonXMLBody")
    text = None if body is None else child(body, "text")
    if text is None:
        raise DocumentUnreadable("NoOriginal")
    header = read_header(tree)
    kind = _kind(tree)
    media_type = (text.get("mediaType") or "").strip().lower()
    original = _decoded(text)
    _check_form(tree, text, media_type, original)
    document = _document(header, kind, (media_type, original))
    tree.losses()
    return ReadOriginal(document, report)


def _kind(tree: Tree) -> str:
    kind = recognise(tree.root)
    if kind is None or kind.body != "nonXMLBody":
        raise DocumentUnreadable("KindUnknown")
    if not templated(tree.root, kind):
        text = "The document claims no template of level 1; its code tells what it is."
        tree.note(Severity.WARNING, "template-missing", tree.root, text)
    return kind.id


def _decoded(text: Element) -> bytes:
    if len(text):
        raise DocumentUnreadable("OriginalNotEmbedded")
    try:
        original = b64decode("".join((text.text or "").split()), validate=True)
    except (binascii.Error, ValueError):
        raise DocumentUnreadable("NoBase64") from None
    if not original:
        raise DocumentUnreadable("OriginalEmpty")
    return original


def _check_form(tree: Tree, text: Element, media_type: str, original: bytes) -> None:
    if text.get("representation") != "B64":
        tree.note(Severity.WARNING, "representation-missing", text, "The original is not said to be base64; it is.")
    magic = _MAGIC.get(media_type)
    if magic is None:
        told = "The original is of a media type that no document of level 1 has."
        tree.note(Severity.ERROR, "media-type-unknown", text, told, media_type or None)
    elif not original.startswith(magic):
        told = "The original's first bytes are not those of its media type."
        tree.note(Severity.ERROR, "original-not-of-type", text, told, media_type)


def _document(header: Header, kind: str, original: tuple[str, bytes]) -> OriginalDocument:
    media_type, content = original
    authors = [a.who for a in header.authors]
    return OriginalDocument(
        kind=kind,
        id=header.id,
        code=header.code or Coding("", ""),
        patient=header.patient,
        created=header.created,
        language=header.language or "",
        author=authors[0] if authors else Device(""),
        custodian=header.custodian or Organisation(None),
        legal_authenticator=header.legal_authenticator,
        title=header.title or "",
        media_type=media_type,
        content=content,
        confidentiality=header.confidentiality,
        parent=header.parent(),
        related=tuple(r.id for r in header.related if r.type_code != "XFRM"),
        authored=header.authors[0].time if header.authors else None,
    )
