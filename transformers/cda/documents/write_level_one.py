"""An original Norwegian document as PDF in an eHDSI CDA of level 1: Patient Summary E.1.7, ePrescription E.1.6.

Wave 8. The header is its level 3 pair's: the same patient, people and times from the same views. The two are paired by
what both were made from (relatedDocument XFRM, one parent); the exchange says it once more as an XDS association.
Headers of level 1 are translated by nobody: the pivot's codes must have their targets already.
"""

from base64 import b64encode
from collections.abc import Mapping
from typing import Final
from uuid import UUID, uuid5

from transformers.cda.documents.header import Authored, Header, HeaderForm, document_of, made_from, print_header
from transformers.cda.documents.written import Written, refuse_forbidden_characters
from transformers.cda.errors import KindNotWritten, OriginalInvalid, RequiredMissing, WaveUnknown
from transformers.cda.types.composer import CdaComposer
from transformers.cda.types.vocabulary import CONFIDENTIALITY_SYSTEM, PATIENT_SUMMARY, PRESCRIPTION, FixedCode
from transformers.cda.words import words_for
from transformers.model.finding import Report
from transformers.model.people import Professional
from transformers.model.prescription import OriginalDocument, Prescription
from transformers.model.summary import PatientSummary
from transformers.model.values import Coding, Identifier, Moment, Period

_WAVES: Final = frozenset({8})
_PDF: Final = "application/pdf"
_LARGEST: Final = 15 * 1024 * 1024
_IDS: Final = UUID("2c1a5f0e-9a44-5d7e-8a51-6a0b8f3d2e17")
"""Namespace of the ids of originals, made of the ids of their structured documents; fixed for ever."""


_KINDS: Final[Mapping[str, HeaderForm]] = {
    "ps-l1": HeaderForm(
        "1.3.6.1.4.1.12559.11.10.1.3.1.1.7",
        PATIENT_SUMMARY,
        of_summary=True,
        whole_authors=True,
        custodian_stands_in=True,
    ),
    "ep-l1": HeaderForm("1.3.6.1.4.1.12559.11.10.1.3.1.1.6", PRESCRIPTION, whole_authors=True, function_required=True),
}


def original_of_summary(summary: PatientSummary, pdf: bytes) -> OriginalDocument:
    """The level 1 pair of a (transcoded) summary: its header, its parent, an id of its own made of the summary's."""
    return OriginalDocument(
        kind="ps-l1",
        id=_paired_id(summary.id),
        code=_coding(PATIENT_SUMMARY),
        patient=summary.patient,
        created=summary.created,
        language=summary.language,
        author=summary.author,
        custodian=summary.custodian,
        legal_authenticator=summary.legal_authenticator,
        title=summary.title,
        media_type=_PDF,
        content=pdf,
        confidentiality=Coding(summary.confidentiality, CONFIDENTIALITY_SYSTEM),
        parent=summary.parent,
        related=(summary.id,),
        last_updated=summary.last_updated,
    )


def original_of_prescription(prescription: Prescription, pdf: bytes) -> OriginalDocument:
    """The level 1 pair of a (transcoded) prescription: its header, its parent, an id of its own."""
    return OriginalDocument(
        kind="ep-l1",
        id=_paired_id(prescription.id),
        code=_coding(PRESCRIPTION),
        patient=prescription.patient,
        created=prescription.created,
        language=prescription.language,
        author=prescription.author,
        custodian=prescription.custodian,
        legal_authenticator=prescription.legal_authenticator,
        title=prescription.title,
        media_type=_PDF,
        content=pdf,
        confidentiality=prescription.confidentiality,
        parent=prescription.parent,
        related=(prescription.id,),
        authored=prescription.item.prescribed,
    )


def write_level_one(original: OriginalDocument, wave: int = 8) -> Written:
    """The document of an original (``ps-l1``, ``ep-l1``), valid for that wave of eHDSI.

    Raises KindNotWritten, OriginalInvalid for a body that is no PDF, or another CdaError when the header lacks what the
    document type demands.
    """
    if wave not in _WAVES:
        raise WaveUnknown(wave)
    if original.kind not in _KINDS:
        raise KindNotWritten(original.kind)
    _refuse_what_is_no_pdf(original)
    refuse_forbidden_characters(original)
    if original.created.tzinfo is None or not original.patient.identifiers:
        raise RequiredMissing("created" if original.created.tzinfo is None else "patient.identifiers")
    created = Moment.at(original.created)
    composer = CdaComposer(
        words=words_for(original.language),
        report=Report(),
        patient=original.patient.identifiers[0],
        created=created,
        updated=original.last_updated or created,
    )
    if original.parent is None:
        raise RequiredMissing("parent")
    header = print_header(_header_of(original, composer), _KINDS[original.kind], composer)
    pdf = b64encode(original.content).decode("ascii")
    body = (
        '<nonXMLBody classCode="DOCBODY" moodCode="EVN"><text mediaType="application/pdf" representation="B64">'
        f"{pdf}</text></nonXMLBody>"
    )
    return Written(document_of(header, body), composer.report)


def _header_of(original: OriginalDocument, composer: CdaComposer) -> Header:
    """The header of its level 3 pair: whoever prescribes wrote it when it was prescribed."""
    of_summary = _KINDS[original.kind].of_summary
    by_person = isinstance(original.author, Professional)
    when = original.authored if by_person and not of_summary else composer.created
    return Header(
        id=original.id,
        patient=original.patient,
        created=original.created,
        title=original.title,
        language=original.language,
        confidentiality=original.confidentiality,
        authors=(Authored(original.author, when),),
        custodian=original.custodian,
        legal_authenticator=original.legal_authenticator,
        related=made_from(original.parent),
        documented=Period(end=composer.updated),
    )


def _paired_id(structured: Identifier) -> Identifier:
    name = f"{structured.root}^{structured.extension or ''}"
    return Identifier(structured.root, str(uuid5(_IDS, name)).upper())


def _coding(code: FixedCode) -> Coding:
    return Coding(code.code, code.system, code.display, code.system_name)


def _refuse_what_is_no_pdf(original: OriginalDocument) -> None:
    if original.media_type != _PDF:
        raise OriginalInvalid("media_type")
    if not original.content.startswith(b"%PDF-") or len(original.content) > _LARGEST:
        raise OriginalInvalid("content")
