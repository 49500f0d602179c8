"""Country A, find: ITI-38 without the protocol. Listing composes, so that what is listed has its hash and size."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from gateway.admission import VerifiedTreatment
from gateway.errors import ClassCodeUnknown
from gateway.exchange.country_a.compose import Composer, compose_patient_summary
from gateway.exchange.country_a.find_prescriptions import NOTHING as NO_PRESCRIPTION
from gateway.exchange.country_a.find_prescriptions import prescriptions_of
from gateway.exchange.country_a.gather import gather
from gateway.exchange.country_a.person import known_person, may_share_clinical
from gateway.exchange.ports import CountryOfAffiliation, KeptDocument, Trail
from gateway.messages import DocumentsReply, FindDocuments, Remark
from gateway.national.ports import RegisteredPerson
from transformers.cda.kinds import PATIENT_SUMMARY_CODE, PRESCRIPTION_CODE

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
    finding = _DocumentQuery(treatment, person, country, composer, trail, new_id)
    fitting: list[KeptDocument] = []
    problems: list[Remark] = []
    for class_code in dict.fromkeys(code for code, _ in query.class_codes):
        documents, remarks, nothing = _CLASSES[class_code](finding)
        found = [kept for kept in documents if _fits(query, kept)]
        fitting += found
        problems += remarks if found or remarks else (nothing,)
    trail.layers = composer.gate.layers if trail.release else ()
    for kept in fitting:
        country.shelf.keep(kept)
        trail.documents.append((kept.entry.class_code, kept.entry.unique_id))
    return DocumentsReply(tuple(replace(kept.entry, patient=query.patient) for kept in fitting), tuple(problems))


_Found = tuple[tuple[KeptDocument, ...], tuple[Remark, ...], Remark]
"""Documents, what is said beside them, and what is said when none fits."""


def _summary(finding: _DocumentQuery) -> _Found:
    gathered = gather(finding.treatment, finding.person, finding.country, finding.composer.words, finding.trail)
    composed = compose_patient_summary(finding.treatment, finding.person, gathered, finding.composer, finding.new_id)
    finding.trail.release = composed.document.release
    return (composed.document,), (), _NO_SUMMARY


def _prescriptions(finding: _DocumentQuery) -> _Found:
    source = finding.country.prescriptions
    if source is None:
        raise ClassCodeUnknown
    documents, remarks = prescriptions_of(
        finding.treatment, finding.person, source, finding.composer, finding.trail, finding.new_id
    )
    if documents:
        finding.trail.release = documents[0].release
    return documents, remarks, NO_PRESCRIPTION


_CLASSES: dict[str, Callable[[_DocumentQuery], _Found]] = {
    PATIENT_SUMMARY_CODE: _summary,
    PRESCRIPTION_CODE: _prescriptions,
}


def _fits(query: FindDocuments, kept: KeptDocument) -> bool:
    created, size = kept.created, kept.entry.size
    return (
        (query.created_after is None or created >= query.created_after)
        and (query.created_before is None or created <= query.created_before)
        and (query.maximum_size is None or size <= query.maximum_size)
    )
