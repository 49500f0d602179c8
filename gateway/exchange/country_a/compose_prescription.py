"""Country A, compose: one Norwegian prescription becomes the bytes of an ePrescription, and its original as PDF.

The prescriber is author and legal authenticator (eHDSI ePrescription E.1.1); Norway's contact point is custodian. Order
as in `compose`: transcode, write, check; what is not good enough is a refusal.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid5

from gateway.admission import VerifiedTreatment
from gateway.errors import DocumentInvalid
from gateway.exchange.country_a.compose import Composed, Composer, checked_original, refuse_unfit
from gateway.exchange.country_a.conceal import conceal_item, conceal_person
from gateway.exchange.country_a.prescription_entry import prescription_entry
from gateway.exchange.document_gate import DocumentGate
from gateway.exchange.ports import KeptDocument
from gateway.national.ports import AddressConfidentiality, RegisteredPerson
from transformers.cda.documents.prescription import write_prescription
from transformers.cda.documents.written import unwritten
from transformers.cda.errors import CdaError
from transformers.cda.words import is_written
from transformers.display.original import make_original
from transformers.model.finding import Report
from transformers.model.prescription import PrescribedItem, Prescription
from transformers.model.values import Identifier
from transformers.terminology.release import Release
from transformers.terminology.transcode import transcode_prescription

_SOURCE = UUID("3d6f0c52-8f0b-5b0f-9b57-52f1f0a4d6e1")
"""Namespace of the ids of what a composed document was made from."""
_UNMAPPED = "unmapped-code"


def compose_prescription(
    treatment: VerifiedTreatment,
    person: RegisteredPerson,
    item: PrescribedItem,
    composer: Composer,
    new_id: Callable[[], UUID],
) -> Composed:
    """An ePrescription CDA L3 of the item, to be kept. Raises RequiredMappingMissing or DocumentInvalid."""
    request = treatment.request
    release = composer.release(request.wave)
    made = prescription_of(request.now, person, item, composer, new_id())
    transcoded, report = transcode_prescription(made, release, composer.required_codes_of_prescriptions)
    content = _printed(transcoded, request.wave, report)
    refuse_unfit(report)
    original = composer.originals(made, transcoded, request.wave)
    looked = composer.gate.look(content, request.wave, release)
    report.extend(looked)
    if not composer.gate.passes(looked):
        raise DocumentInvalid
    entry = prescription_entry(transcoded, content, repository=composer.root, home_community=composer.home_community)
    unmapped = any(finding.code == _UNMAPPED for finding in report.findings)
    kept = KeptDocument(
        entry=entry,
        patient=entry.patient,
        service="ep",
        content=content,
        warnings=("WARNING_EP_MISSING_EXPECTED_MAPPING",) if unmapped else (),
        release=release.id,
        wave=request.wave,
        created=request.now,
        expires=request.now + composer.keep,
    )
    return Composed(kept, report, original)


def prescription_of(
    now: datetime, person: RegisteredPerson, item: PrescribedItem, composer: Composer, document: UUID
) -> Prescription:
    """The item as a document of ``document``'s id, before transcoding; of a protected person only what may leave."""
    who = person.person
    if person.confidentiality is not AddressConfidentiality.UNCLASSIFIED:
        who, item = conceal_person(who), conceal_item(item)
    prescriber = item.prescriber
    extension = str(document).upper()
    return Prescription(
        id=Identifier(composer.root, extension),
        parent=Identifier(composer.root, str(uuid5(_SOURCE, extension)).upper()),
        patient=who,
        item=item,
        created=now,
        language=next((spoken for spoken in who.languages if is_written(spoken)), composer.default_language),
        author=prescriber or composer.author,
        custodian=composer.custodian,
        legal_authenticator=prescriber if prescriber and prescriber.identifiers else composer.legal_authenticator,
        title=composer.words.prescription_title,
    )


def draft_prescription(
    prescription: Prescription, release: Release, wave: int, required: frozenset[str] = frozenset()
) -> tuple[bytes, Report]:
    """Transcode, write (level 3), check, good or not: `refuse_unfit` says which. Empty when it cannot be printed."""
    transcoded, report = transcode_prescription(prescription, release, required)
    content = _printed(transcoded, wave, report)
    if content:
        report.extend(DocumentGate().look(content, wave, release))
    return content, report


def draft_prescription_original(prescription: Prescription, release: Release, wave: int) -> tuple[bytes, Report]:
    """The level 1 pair: the Norwegian words as PDF/A-1b, as `draft_prescription` good or not.

    What transcoding remarks about the medicine is level 3's: nothing of it is coded here.
    """
    transcoded, _ = transcode_prescription(prescription, release)
    return checked_original(make_original(prescription, transcoded, wave))


def _printed(transcoded: Prescription, wave: int, report: Report) -> bytes:
    try:
        written = write_prescription(transcoded, wave=wave)
    except CdaError as fault:
        report.add(unwritten("prescription", fault))
        return b""
    report.extend(written.report)
    return written.content
