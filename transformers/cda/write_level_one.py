"""An original Norwegian document as PDF in an eHDSI CDA of level 1: Patient Summary E.1.7, ePrescription E.1.6.

Wave 8. The header is its level 3 pair's: the same patient, people and times from the same views. The two are paired by
what both were made from (relatedDocument XFRM, one parent); the exchange says it once more as an XDS association.
Headers of level 1 are translated by nobody: the pivot's codes must have their targets already.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID, uuid5

from transformers.cda.composer import CdaComposer, CodeView, fixed
from transformers.cda.errors import KindNotWritten, OriginalInvalid, RequiredMissing, WaveUnknown
from transformers.cda.printing import Written, refuse_forbidden_characters, render
from transformers.cda.times import precise_to_day
from transformers.cda.view_header import AuthorView, HeaderView, header_view
from transformers.cda.view_people import organisation_view
from transformers.cda.vocabulary import LOINC, PATIENT_SUMMARY, FixedCode
from transformers.cda.words import words_for
from transformers.model.finding import Report
from transformers.model.people import Organisation, Professional
from transformers.model.prescription import OriginalDocument, Prescription
from transformers.model.summary import NoInformation, PatientSummary, SummaryContent
from transformers.model.values import Coding, Identifier, Moment

_WAVES: Final = frozenset({8})
_PDF: Final = "application/pdf"
_LARGEST: Final = 15 * 1024 * 1024
_IDS: Final = UUID("2c1a5f0e-9a44-5d7e-8a51-6a0b8f3d2e17")
"""Namespace of the ids of originals, made of the ids of their structured documents; fixed for ever."""
_PRESCRIPTION: Final = FixedCode("57833-6", LOINC, "LOINC", "Prescription for medication")


@dataclass(frozen=True, slots=True)
class _Kind:
    template: str
    code: FixedCode
    is_summary: bool


_KINDS: Final[Mapping[str, _Kind]] = {
    "ps-l1": _Kind("1.3.6.1.4.1.12559.11.10.1.3.1.1.7", PATIENT_SUMMARY, is_summary=True),
    "ep-l1": _Kind("1.3.6.1.4.1.12559.11.10.1.3.1.1.6", _PRESCRIPTION, is_summary=False),
}


@dataclass(frozen=True, slots=True)
class LevelOneView:
    """Everything a document of level 1 prints. ``body`` is base64 without whitespace."""

    template: str
    code: CodeView
    header: HeaderView
    is_summary: bool
    body: str


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
        confidentiality=Coding(summary.confidentiality, "2.16.840.1.113883.5.25"),
        parent=summary.parent,
        related=(summary.id,),
        last_updated=summary.last_updated,
    )


def original_of_prescription(prescription: Prescription, pdf: bytes) -> OriginalDocument:
    """The level 1 pair of a (transcoded) prescription: its header, its parent, an id of its own."""
    return OriginalDocument(
        kind="ep-l1",
        id=_paired_id(prescription.id),
        code=_coding(_PRESCRIPTION),
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
    kind = _KINDS[original.kind]
    header = header_view(_as_summary(original, composer), composer)
    if not kind.is_summary:
        header = replace(header, authors=(_prescriber(header.authors[0], original),))
    function = header.authors[0].function
    if not kind.is_summary and (function is None or function.code is None):
        raise RequiredMissing("author.role")
    view = LevelOneView(
        template=kind.template,
        code=fixed(kind.code),
        header=header,
        is_summary=kind.is_summary,
        body=b64encode(original.content).decode("ascii"),
    )
    return Written(render("level_one.xml.j2", view=view, header=header), composer.report)


def _prescriber(view: AuthorView, original: OriginalDocument) -> AuthorView:
    """The author of a prescription as its level 3 has it: when it was prescribed, at no other place than the author's.

    A system is left as it is.
    """
    if not isinstance(original.author, Professional):
        return view
    when = original.authored
    time = when.hl7() if when is not None and precise_to_day(when) else None
    return replace(view, time=time, organisation=organisation_view(original.author.organisation or Organisation(None)))


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


def _as_summary(original: OriginalDocument, composer: CdaComposer) -> PatientSummary:
    """The header's data in the shape that its view is made of."""
    nothing = NoInformation()
    return PatientSummary(
        id=original.id,
        parent=original.parent,
        patient=original.patient,
        content=SummaryContent(nothing, nothing, nothing, nothing, nothing),
        created=original.created,
        last_updated=composer.updated,
        language=original.language,
        author=original.author,
        custodian=original.custodian,
        legal_authenticator=original.legal_authenticator,
        title=original.title,
        confidentiality="N" if original.confidentiality is None else original.confidentiality.code,
    )
