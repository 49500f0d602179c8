"""Country A, find: ITI-38 without the protocol. Listing composes, so that what is listed has its hash and size.

A document and its original are listed as a pair. The same content is composed once: listed again, it is the very
document that was listed, kept from then on for as long as any.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from gateway.admission import VerifiedTreatment
from gateway.errors import ClassCodeUnknown
from gateway.exchange.country_a.compose import Composer, compose_patient_summary
from gateway.exchange.country_a.content_key import summary_key
from gateway.exchange.country_a.find_prescriptions import NOTHING as NO_PRESCRIPTION
from gateway.exchange.country_a.find_prescriptions import DocumentMaking, prescriptions_of
from gateway.exchange.country_a.gather import gather
from gateway.exchange.country_a.original import WITHOUT_ORIGINAL, DocumentPair, paired, with_original
from gateway.exchange.country_a.person import known_person, may_share_clinical
from gateway.exchange.ports import CountryOfAffiliation, KeptDocument, Trail
from gateway.messages import DocumentEntry, DocumentsReply, FindDocuments, Remark
from gateway.national.ports import RegisteredPerson
from transformers.cda.kinds import PATIENT_SUMMARY_CODE, PRESCRIPTION_CODE

_TICK = timedelta(microseconds=1)
_NO_SUMMARY = Remark("ERROR_PS_NOT_FOUND", "Warning", "No patient summary fits the query's filters.")


@dataclass(frozen=True, slots=True)
class _DocumentQuery:
    """One query about one person whose data may be shared."""

    treatment: VerifiedTreatment
    person: RegisteredPerson
    country: CountryOfAffiliation
    composer: Composer
    trail: Trail
    new_id: Callable[[], UUID]
    since: datetime
    """A pair that was made before is made anew."""


def find_documents(
    treatment: VerifiedTreatment,
    query: FindDocuments,
    country: CountryOfAffiliation,
    composer: Composer,
    trail: Trail,
    new_id: Callable[[], UUID],
) -> DocumentsReply:
    """The documents of the classes asked for, kept until retrieved.

    Raises IdentityRefused, NationalRefused and MeaningRefused leaves.
    """
    person, privacy = known_person(treatment.request, country, trail)
    may_share_clinical(treatment.request, privacy)
    settled = composer.settled(treatment.request.wave)
    since = _made_since(query, treatment.request.now, settled.keep)
    finding = _DocumentQuery(treatment, person, country, settled, trail, new_id, since)
    fitting: list[KeptDocument] = []
    new: list[KeptDocument] = []
    problems: list[Remark] = []
    for class_code in dict.fromkeys(code for code, _ in query.class_codes):
        pairs, remarks, nothing = _CLASSES[class_code](finding)
        found = [(kept, pair.listed) for pair in pairs for kept in pair.documents if _fits(query, kept)]
        fitting += (kept for kept, _ in found)
        new += (kept for kept, listed in found if not listed)
        problems += remarks if found or remarks else (nothing,)
        problems += _without_original(pairs, trail)
    trail.layers = composer.gate.layers if trail.release else ()
    country.shelf.keep(*new)
    _note_prescriptions(treatment, fitting, country, settled)
    trail.documents += ((kept.entry.class_code, kept.entry.unique_id) for kept in fitting)
    listed = frozenset(kept.entry.unique_id for kept in fitting)
    return DocumentsReply(tuple(_listed(kept, query, listed) for kept in fitting), tuple(problems))


def _note_prescriptions(
    treatment: VerifiedTreatment, fitting: list[KeptDocument], country: CountryOfAffiliation, composer: Composer
) -> None:
    """What is listed to a country may be dispensed there: without this it may not."""
    listed = [kept.entry.unique_id for kept in fitting if kept.prescription is not None]
    now = treatment.request.now
    country.shelf.note_listed(listed, treatment.request.asker.country, now, now + composer.keep)


def _listed(kept: KeptDocument, query: FindDocuments, listed: frozenset[str]) -> DocumentEntry:
    """Its entry: about the patient as she was asked for, beside its twin only where that is in the same list."""
    twin = kept.entry.transformed_from
    return replace(kept.entry, patient=query.patient, transformed_from=twin if twin in listed else None)


def _without_original(pairs: tuple[DocumentPair, ...], trail: Trail) -> tuple[Remark, ...]:
    """What is said of those whose original could not be made; why is said in the evidence alone."""
    alone = [pair for pair in pairs if pair.original is None]
    trail.withheld += ((pair.structured.entry.unique_id, (f"original/{pair.why_none or 'unknown'}",)) for pair in alone)
    return tuple(dict.fromkeys(WITHOUT_ORIGINAL[pair.structured.service] for pair in alone))


_Found = tuple[tuple[DocumentPair, ...], tuple[Remark, ...], Remark]
"""Documents, what is said beside them, and what is said when none fits."""


def _summary(finding: _DocumentQuery) -> _Found:
    request, composer = finding.treatment.request, finding.composer
    gathered = gather(finding.treatment, finding.person, finding.country, composer.words, finding.trail)
    content = summary_key(finding.person, gathered, composer, request.wave)
    now = request.now
    pair = paired(finding.country.shelf.listed_of((content,), finding.since, now, now + composer.keep))
    if pair is None:
        composed = compose_patient_summary(finding.treatment, finding.person, gathered, composer, finding.new_id)
        made = replace(composed.document, made_of=content)
        pair = with_original(made, composed.original, composer.gate, composer.release(request.wave))
    finding.trail.release = pair.structured.release
    return (pair,), (), _NO_SUMMARY


def _prescriptions(finding: _DocumentQuery) -> _Found:
    source = finding.country.prescriptions
    if source is None:
        raise ClassCodeUnknown
    making = DocumentMaking(finding.composer, finding.country.shelf, finding.new_id, finding.since)
    pairs, remarks = prescriptions_of(finding.treatment, finding.person, source, making, finding.trail)
    if pairs:
        finding.trail.release = pairs[0].structured.release
    return pairs, remarks, NO_PRESCRIPTION


_CLASSES: dict[str, Callable[[_DocumentQuery], _Found]] = {
    PATIENT_SUMMARY_CODE: _summary,
    PRESCRIPTION_CODE: _prescriptions,
}


def _made_since(query: FindDocuments, now: datetime, keep: timedelta) -> datetime:
    """From when on a listed pair is as good as one made now: while it may be kept, and never where it is older than the
    query wants, for the same content can be said today. What is wanted of the future cannot be made.
    """
    wanted = query.created_after
    return now - keep if wanted is None or wanted > now else max(now - keep, wanted - _TICK)


def _fits(query: FindDocuments, kept: KeptDocument) -> bool:
    created, size = kept.created, kept.entry.size
    return (
        (query.created_after is None or created >= query.created_after)
        and (query.created_before is None or created <= query.created_before)
        and (query.maximum_size is None or size <= query.maximum_size)
    )
