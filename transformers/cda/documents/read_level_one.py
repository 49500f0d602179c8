"""A document of level 1 (PS L1, eP L1, OrCD: E.1.6 to E.1.11) becomes the pivot's OriginalDocument.

The body is the original as base64; what it claims to be and what its first bytes say are both looked at. A text node of
15 MB is read here and nowhere else (`XmlLimits.huge_text`); the document's own limits stay.
"""

from dataclasses import dataclass
from typing import Final

from transformers.cda.documents.header import Header, read_header
from transformers.cda.errors import DocumentUnreadable
from transformers.cda.kinds import recognise, templated
from transformers.cda.types.original_file import REMARKS, EmbeddedData, FileFault, read_data
from transformers.cda.types.tree import Element, Tree, child, open_tree
from transformers.model.finding import Report, Severity
from transformers.model.people import Device, Organisation
from transformers.model.prescription import OriginalDocument
from transformers.model.values import Coding
from trust.xml import DOCUMENT, XmlLimits

_TYPES: Final = frozenset({"application/pdf", "image/png", "application/png", "image/jpeg", "application/jpeg"})
"""Media types of documents of level 1."""
_UNREADABLE: Final = {FileFault.NOT_BASE64: "NoBase64", FileFault.COMPRESSED: "OriginalCompressed"}


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
    document = _document(header, kind, _original(tree, text))
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


def _original(tree: Tree, text: Element) -> EmbeddedData:
    """The original with a finding for each remark; bytes of another type are the original all the same."""
    read = read_data(text)
    if read.fault is FileFault.ABSENT:
        raise DocumentUnreadable("OriginalNotEmbedded" if len(text) else "OriginalEmpty")
    if read.fault in _UNREADABLE:
        raise DocumentUnreadable(_UNREADABLE[read.fault])
    tree.use(text, "integrityCheck", "integrityCheckAlgorithm", *(("compression",) if read.found else ()))
    for remark in read.remarks:
        severity, told = REMARKS[remark]
        tree.note(severity, remark.value, text, told)
    if read.fault is not None and read.claimed not in _TYPES:
        told = "The original is of a media type that no document of level 1 has."
        tree.note(Severity.ERROR, "media-type-unknown", text, told, read.claimed or None)
    elif read.fault is not None:
        told = "The original's first bytes are not those of its media type."
        tree.note(Severity.ERROR, "original-not-of-type", text, told, read.claimed)
    return read


def _document(header: Header, kind: str, original: EmbeddedData) -> OriginalDocument:
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
        media_type=original.claimed or original.found or "",
        content=original.content,
        confidentiality=header.confidentiality,
        parent=header.parent(),
        related=tuple(r.id for r in header.related if r.type_code != "XFRM"),
        authored=header.authors[0].time if header.authors else None,
    )
