"""Country A, find: ITI-38 for prescriptions. One document for each that may cross; of the others nothing is said.

What was listed is asked for again before it is sent, once for all documents of a request (`as_they_stand_now`), and
each must be as it was (`still_stands`): the pharmacist must see what is left now.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from gateway.admission import VerifiedTreatment
from gateway.errors import (
    DocumentInvalid,
    MeaningRefused,
    PrescriptionDispensed,
    PrescriptionGone,
    PrescriptionTaken,
    RequiredMappingMissing,
)
from gateway.exchange.country_a.compose import Composed, Composer
from gateway.exchange.country_a.compose_prescription import compose_prescription
from gateway.exchange.country_a.content_key import prescription_key
from gateway.exchange.country_a.original import DocumentPair, paired, with_original
from gateway.exchange.ports import DocumentShelf, KeptDocument, Trail
from gateway.messages import Remark
from gateway.national.ports import OfferedPrescription, OfferedPrescriptions, PrescriptionSource, RegisteredPerson

NOTHING = Remark("ERROR_EP_NOT_FOUND", "Warning", "No prescription of this patient can be dispensed abroad.")
UNMAPPED = Remark(
    "WARNING_EP_MISSING_EXPECTED_MAPPING",
    "Warning",
    "A prescription is not listed because required information has no European code. Please ask the patient.",
)
UNREADABLE = Remark(
    "WARNING_EP_MISSING_BASIC_DATA",
    "Warning",
    "A prescription of this patient could not be read and is not listed. Please ask the patient.",
)
_ORIGIN, _UNCOMPOSED = "prescriptions", "uncomposed"
_REFUSED = {RequiredMappingMissing: "required-code-unmapped", DocumentInvalid: "document-invalid"}


@dataclass(frozen=True, slots=True)
class DocumentMaking:
    """What documents are made with and where those are that were made before."""

    composer: Composer
    shelf: DocumentShelf
    new_id: Callable[[], UUID]
    since: datetime
    """What was made before is made anew."""


def prescriptions_of(
    treatment: VerifiedTreatment,
    person: RegisteredPerson,
    source: PrescriptionSource,
    making: DocumentMaking,
    trail: Trail,
) -> tuple[tuple[DocumentPair, ...], tuple[Remark, ...]]:
    """The documents of the prescriptions that may cross, each with its original, and what must be said beside them.

    Those that are listed already are kept longer, the others are not kept yet. Raises NationalRefused leaves, and
    MeaningRefused leaves when no document could be made of what may cross.
    """
    _note(trail)
    gathered = source.offered(treatment, person)
    trail.withheld += gathered.withheld.items()
    trail.withheld += [(id_, (_UNCOMPOSED,)) for id_ in sorted(gathered.uncomposed)]
    composer, wave = making.composer, treatment.request.wave
    contents = [prescription_key(person, offered, composer, wave) for offered in gathered.offered]
    listed = _listed_already(contents, making, treatment.request.now)
    made: list[DocumentPair | tuple[KeptDocument, Composed]] = []
    failed: list[MeaningRefused] = []
    for content, offered in zip(contents, gathered.offered, strict=True):
        if content in listed:
            made.append(listed[content])
            continue
        try:
            composed = compose_prescription(treatment, person, offered.item, composer, making.new_id)
        except (RequiredMappingMissing, DocumentInvalid) as reason:
            failed.append(reason)
            trail.withheld.append((offered.state.prescription_id, (reason_of(reason),)))
        else:
            made.append((_about(composed.document, offered, content), composed))
    unmapped = [reason for reason in failed if isinstance(reason, RequiredMappingMissing)]
    if failed and not made:
        raise (unmapped or failed)[0]
    said = ((UNMAPPED, unmapped), (UNREADABLE, gathered.unreadable))
    return _awaited(made, composer, wave), tuple(remark for remark, holds in said if holds)


def reason_of(refusal: RequiredMappingMissing | DocumentInvalid) -> str:
    """The name by which evidence keeps why no document could be made of a prescription."""
    return _REFUSED[type(refusal)]


def _listed_already(contents: list[str], making: DocumentMaking, now: datetime) -> dict[str, DocumentPair]:
    """By content: the pair that is listed, unless it is older than wanted."""
    by_content: dict[str, list[KeptDocument]] = {}
    for kept in making.shelf.listed_of(contents, making.since, now, now + making.composer.keep):
        by_content.setdefault(kept.made_of or "", []).append(kept)
    pairs = {content: paired(tuple(documents)) for content, documents in by_content.items()}
    return {content: pair for content, pair in pairs.items() if pair is not None}


def _about(document: KeptDocument, offered: OfferedPrescription, content: str) -> KeptDocument:
    return replace(document, prescription=offered.state, guardian_reserved=offered.guardian_reserved, made_of=content)


def _awaited(
    made: list[DocumentPair | tuple[KeptDocument, Composed]], composer: Composer, wave: int
) -> tuple[DocumentPair, ...]:
    """Each with its original; all were begun before the first is waited for."""
    release = composer.release(wave)
    return tuple(
        each if isinstance(each, DocumentPair) else with_original(each[0], each[1].original, composer.gate, release)
        for each in made
    )


def as_they_stand_now(
    treatment: VerifiedTreatment,
    person: RegisteredPerson,
    source: PrescriptionSource,
    listed: Iterable[KeptDocument],
    trail: Trail,
) -> OfferedPrescriptions:
    """The prescriptions that these documents were made of, held together. Raises NationalRefused leaves."""
    ids = frozenset(kept.prescription.prescription_id for kept in listed if kept.prescription is not None)
    if not ids:
        return OfferedPrescriptions(())
    _note(trail)
    return source.held(treatment, person, ids)


def still_stands(kept: KeptDocument, now: OfferedPrescriptions, trail: Trail) -> None:
    """The prescription is as it was when it was listed, or a DocumentRefused leaf says what became of it.

    ``now`` is of `as_they_stand_now`, for this document among others.
    """
    listed = kept.prescription
    if listed is None:
        raise PrescriptionGone
    key = listed.prescription_id
    if key in now.withheld:
        trail.withheld.append((key, now.withheld[key]))
    if key in now.taken:
        raise PrescriptionTaken
    state = next((one.state for one in now.offered if one.state.prescription_id == key), None)
    if state is None:
        raise PrescriptionDispensed if now.dispensings.get(key, 0) > listed.dispensings else PrescriptionGone
    if (state.dispensings, state.reports) != (listed.dispensings, listed.reports):
        raise PrescriptionDispensed
    if state != listed:
        raise PrescriptionGone


def _note(trail: Trail) -> None:
    """That prescriptions were asked for."""
    trail.origins.append(_ORIGIN)
    trail.categories.append(_ORIGIN)
