"""Country A, compose: gathered content becomes the bytes of a Patient Summary and its original, ready to be listed.

Transcoding, writing and the last integrity check are transformers'; here they are put in order, and a document that is
not good enough becomes a refusal. The bytes listed are the bytes retrieved.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from gateway.admission import VerifiedTreatment
from gateway.errors import DocumentInvalid, RequiredMappingMissing
from gateway.exchange.country_a.conceal import conceal_content, conceal_person
from gateway.exchange.country_a.gather import Gathered
from gateway.exchange.country_a.original import OriginalPrinter, print_here
from gateway.exchange.document_gate import DocumentGate
from gateway.exchange.ports import KeptDocument
from gateway.messages import DocumentEntry, PatientIdentifier
from gateway.national.ports import AddressConfidentiality, NationalWords, RegisteredPerson
from transformers.cda.documents.patient_summary import write_patient_summary
from transformers.cda.documents.written import WAVES, unwritten
from transformers.cda.errors import CdaError
from transformers.cda.kinds import PATIENT_SUMMARY_CODE
from transformers.cda.rules.check import check_integrity
from transformers.cda.words import is_written
from transformers.display.original import OriginalMade, make_original
from transformers.model.finding import Report, Severity
from transformers.model.people import Device, Organisation, Professional
from transformers.model.summary import PatientSummary, Present, SummaryContent
from transformers.model.values import Identifier, Moment
from transformers.terminology.release import Release
from transformers.terminology.transcode import transcode_summary

_SOURCE = UUID("7a4a9c1e-52b5-5a3e-9d3e-3f7a1f0b6c10")
"""Namespace of the ids of what a composed document was made from."""

WAVES_WRITTEN: Mapping[str, frozenset[int]] = {"ps": WAVES, "ep": WAVES}
"""The waves whose documents we can write, by service: a country of another wave cannot be answered."""
_FORMAT = "urn:epSOS:ps:ps:2010"
_UNMAPPED = "unmapped-code"
_REQUIRED = "required-code-unmapped"


@dataclass(frozen=True, slots=True)
class Composer:
    """Who stands behind our documents and where they are kept."""

    author: Device
    custodian: Organisation
    legal_authenticator: Professional
    root: str
    home_community: str
    default_language: str
    words: NationalWords
    keep: timedelta
    release: Callable[[int], Release]
    """The release in force now for a wave; a transaction asks once, and ends on what it was given."""
    required_codes: frozenset[str] = frozenset()
    """Coded elements without which a patient summary does not leave (`config/document_types.toml`)."""
    required_codes_of_prescriptions: frozenset[str] = frozenset()
    """The same of an ePrescription; they hold for its item."""
    gate: DocumentGate = field(default_factory=DocumentGate)
    """What looks at a document last."""
    originals: OriginalPrinter = print_here
    """Who prints the PDF of a document's pair."""

    def settled(self, wave: int) -> "Composer":
        """The same with the release that is in force now, whatever is activated while a query is answered."""
        release = self.release(wave)
        return replace(self, release=lambda _wave: release)


@dataclass(frozen=True, slots=True)
class Composed:
    """The document to keep, what was remarked on the way, and its original, which is being printed."""

    document: KeptDocument
    report: Report
    original: Callable[[], OriginalMade]
    """Waits for it; raises InternalFault when it was lost."""


def compose_patient_summary(
    treatment: VerifiedTreatment,
    person: RegisteredPerson,
    gathered: Gathered,
    composer: Composer,
    new_id: Callable[[], UUID],
) -> Composed:
    """A Patient Summary CDA L3 of the gathered content. Raises RequiredMappingMissing or DocumentInvalid."""
    request = treatment.request
    release = composer.release(request.wave)
    summary = summary_of(request.now, person, gathered.content, composer, new_id())
    transcoded, report = transcode_summary(summary, release, composer.required_codes)
    content = _printed(transcoded, request.wave, report)
    refuse_unfit(report)
    original = composer.originals(summary, transcoded, request.wave)
    looked = composer.gate.look(content, request.wave, release)
    report.extend(looked)
    if not composer.gate.passes(looked):
        raise DocumentInvalid
    said = Report([*gathered.report.findings, *report.findings])
    entry = _entry(summary, content, composer)
    kept = KeptDocument(
        entry=entry,
        patient=entry.patient,
        service="ps",
        content=content,
        warnings=_warnings(report, gathered),
        release=release.id,
        wave=request.wave,
        created=request.now,
        expires=request.now + composer.keep,
        guardian_reserved=gathered.guardian_reserved,
    )
    return Composed(kept, said, original)


def write_document(
    summary: PatientSummary,
    release: Release,
    wave: int,
    required: frozenset[str] = frozenset(),
    gate: DocumentGate = DocumentGate(),  # noqa: B008 - frozen, holds nothing
) -> tuple[bytes, Report]:
    """Transcode, print, check. Raises RequiredMappingMissing, DocumentInvalid or InternalFault: it is good, or none."""
    transcoded, report = transcode_summary(summary, release, required)
    content = _printed(transcoded, wave, report)
    refuse_unfit(report)
    looked = gate.look(content, wave, release)
    report.extend(looked)
    if not gate.passes(looked):
        raise DocumentInvalid
    return content, report


def draft_document(summary: PatientSummary, release: Release, wave: int) -> tuple[bytes, Report]:
    """As `write_document`, good or not: `refuse_unfit` says which. Empty when it cannot be printed (FATAL)."""
    transcoded, report = transcode_summary(summary, release)
    content = _printed(transcoded, wave, report)
    if content:
        report.extend(DocumentGate().look(content, wave, release))
    return content, report


def _printed(transcoded: PatientSummary, wave: int, report: Report) -> bytes:
    """Level 3, its findings added; empty with a FATAL one when it cannot be printed."""
    try:
        written = write_patient_summary(transcoded, wave=wave)
    except CdaError as fault:
        report.add(unwritten("summary", fault))
        return b""
    report.extend(written.report)
    return written.content


def draft_original(summary: PatientSummary, release: Release, wave: int) -> tuple[bytes, Report]:
    """The level 1 pair, as `draft_document` good or not.

    What transcoding remarks about the clinical content is level 3's: nothing of it is coded here.
    """
    transcoded, _ = transcode_summary(summary, release)
    return checked_original(make_original(summary, transcoded, wave))


def checked_original(made: OriginalMade) -> tuple[bytes, Report]:
    """The original with what our own rules find added."""
    if made.content:
        made.report.extend(check_integrity(made.content))
    return made.content, made.report


def summary_of(
    now: datetime, person: RegisteredPerson, content: SummaryContent, composer: Composer, document: UUID
) -> PatientSummary:
    """The content as a document of ``document``'s id, before transcoding; of a protected person only what may leave."""
    who = person.person
    if person.confidentiality is not AddressConfidentiality.UNCLASSIFIED:
        who, content = conceal_person(who), conceal_content(content)
    language = next((spoken for spoken in who.languages if is_written(spoken)), composer.default_language)
    extension = str(document).upper()
    return PatientSummary(
        id=Identifier(composer.root, extension),
        parent=Identifier(composer.root, str(uuid5(_SOURCE, extension)).upper()),
        patient=who,
        content=content,
        created=now,
        last_updated=min(_newest(content) or Moment.at(now), Moment.at(now), key=_instant),
        language=language,
        author=composer.author,
        custodian=composer.custodian,
        legal_authenticator=composer.legal_authenticator,
        title=composer.words.summary_title,
    )


def _newest(content: SummaryContent) -> Moment | None:
    sections = (getattr(content, f.name) for f in fields(content))
    entries = (entry for s in sections if isinstance(s, Present) for entry in s.entries)
    return max(
        (e.provenance.recorded for e in entries if e.provenance.recorded is not None), key=_instant, default=None
    )


def _instant(moment: Moment) -> datetime:
    """When a moment began, for comparing moments of different precision and zone."""
    start = datetime.fromisoformat((moment.iso + "-01-01")[:10] if len(moment.iso) < 10 else moment.iso)
    return start if start.tzinfo else start.replace(tzinfo=UTC)


def refuse_unfit(report: Report) -> None:
    """Raise RequiredMappingMissing or DocumentInvalid when a document with these findings must not leave."""
    grave = [f for f in report.findings if f.severity in (Severity.ERROR, Severity.FATAL)]
    if any(f.code == _REQUIRED for f in grave):
        raise RequiredMappingMissing
    if grave:
        raise DocumentInvalid


def _warnings(report: Report, gathered: Gathered) -> tuple[str, ...]:
    unmapped = any(f.code == _UNMAPPED for f in report.findings)
    lacking = gathered.unavailable or gathered.unread
    codes = ("WARNING_PS_MISSING_EXPECTED_MAPPING", unmapped), ("WARNING_PS_MISSING_BASIC_DATA", lacking)
    return tuple(code for code, present in codes if present)


def _entry(summary: PatientSummary, content: bytes, composer: Composer) -> DocumentEntry:
    current = summary.patient.identifiers[0]
    return DocumentEntry(
        unique_id=f"{summary.id.root}^{summary.id.extension}",
        patient=PatientIdentifier(current.root, current.extension or ""),
        class_code=PATIENT_SUMMARY_CODE,
        format_code=_FORMAT,
        title="Patient Summary",
        description="Patient Summary",
        created=summary.created,
        language=summary.language,
        size=len(content),
        sha1=hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        confidentiality=summary.confidentiality,
        repository=composer.root,
        home_community=composer.home_community,
    )
