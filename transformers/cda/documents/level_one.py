"""An eHDSI CDA of level 1 around an original document (PS L1, eP L1, OrCD: E.1.6 to E.1.11), read and written.

Read, the body is the original as base64; what it claims to be and what its first bytes say are both looked at. A text
node of 15 MB is read here and nowhere else (`XmlLimits.huge_text`); the document's own limits stay.

Written is the Norwegian original as PDF (Patient Summary E.1.7, ePrescription E.1.6; waves as level 3). The header is
its level 3 pair's: the same patient, people and times. The two are paired by what both were made from (relatedDocument
XFRM, one parent); the exchange says it once more as an XDS association. Headers of level 1 are translated by nobody:
the pivot's codes must have their targets already.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

from transformers.cda.documents.header import (
    Authored,
    Header,
    HeaderForm,
    document_of,
    header_of,
    print_header,
    read_header,
)
from transformers.cda.documents.written import Written, begun
from transformers.cda.errors import DocumentUnreadable, KindNotWritten, OriginalInvalid, RequiredMissing
from transformers.cda.kinds import TEMPLATES, recognise, templated
from transformers.cda.types.original_file import REMARKS, EmbeddedData, FileFault, read_data
from transformers.cda.types.tree import Element, Tree, child, open_tree
from transformers.cda.types.vocabulary import CONFIDENTIALITY_SYSTEM, PATIENT_SUMMARY, PRESCRIPTION
from transformers.model.finding import Report, Severity
from transformers.model.people import Device, Organisation
from transformers.model.prescription import OriginalDocument, Prescription
from transformers.model.summary import PatientSummary
from transformers.model.values import Coding, Identifier, Period
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


_PDF: Final = "application/pdf"
_LARGEST: Final = 15 * 1024 * 1024
_IDS: Final = UUID("2c1a5f0e-9a44-5d7e-8a51-6a0b8f3d2e17")
"""Namespace of the ids of originals, made of the ids of their structured documents; fixed for ever."""


_KINDS: Final[Mapping[str, HeaderForm]] = {
    "ps-l1": HeaderForm(
        TEMPLATES["ps-l1"],
        PATIENT_SUMMARY,
        of_summary=True,
        whole_authors=True,
        custodian_stands_in=True,
    ),
    "ep-l1": HeaderForm(TEMPLATES["ep-l1"], PRESCRIPTION, whole_authors=True, function_required=True),
}


def original_of(document: PatientSummary | Prescription, pdf: bytes) -> OriginalDocument:
    """The level 1 pair of a (transcoded) document: its header, its parent, an id of its own made of the document's."""
    of_summary = isinstance(document, PatientSummary)
    code = PATIENT_SUMMARY if of_summary else PRESCRIPTION
    said = document.confidentiality
    return OriginalDocument(
        kind="ps-l1" if of_summary else "ep-l1",
        id=_paired_id(document.id),
        code=Coding(code.code, code.system, code.display, code.system_name),
        patient=document.patient,
        created=document.created,
        language=document.language,
        author=document.author,
        custodian=document.custodian,
        legal_authenticator=document.legal_authenticator,
        title=document.title,
        media_type=_PDF,
        content=pdf,
        confidentiality=Coding(said, CONFIDENTIALITY_SYSTEM) if isinstance(said, str) else said,
        parent=document.parent,
        related=(document.id,),
        last_updated=document.last_updated if isinstance(document, PatientSummary) else None,
        authored=None if isinstance(document, PatientSummary) else document.item.prescribed,
    )


def write_level_one(original: OriginalDocument, wave: int = 8) -> Written:
    """The document of an original (``ps-l1``, ``ep-l1``), valid for that wave of eHDSI.

    Raises KindNotWritten, OriginalInvalid for a body that is no PDF, or another CdaError when the header lacks what the
    document type demands.
    """
    if original.kind not in _KINDS:
        raise KindNotWritten(original.kind)
    _refuse_what_is_no_pdf(original)
    composer = begun(original, wave, original.last_updated)
    if original.parent is None:
        raise RequiredMissing("parent")
    form = _KINDS[original.kind]
    when = composer.created if form.of_summary or isinstance(original.author, Device) else original.authored
    stated = header_of(original, (Authored(original.author, when),), Period(end=composer.updated))
    header = print_header(stated, form, composer)
    pdf = b64encode(original.content).decode("ascii")
    body = (
        '<nonXMLBody classCode="DOCBODY" moodCode="EVN"><text mediaType="application/pdf" representation="B64">'
        f"{pdf}</text></nonXMLBody>"
    )
    return Written(document_of(header, body), composer.report)


def _paired_id(structured: Identifier) -> Identifier:
    name = f"{structured.root}^{structured.extension or ''}"
    return Identifier(structured.root, str(uuid5(_IDS, name)).upper())


def _refuse_what_is_no_pdf(original: OriginalDocument) -> None:
    if original.media_type != _PDF:
        raise OriginalInvalid("media_type")
    if not original.content.startswith(b"%PDF-") or len(original.content) > _LARGEST:
        raise OriginalInvalid("content")
