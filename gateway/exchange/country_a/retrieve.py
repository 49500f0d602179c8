"""Country A, retrieve: ITI-39 without the protocol. The id alone says what a document is and whose.

Privacy is asked again at each retrieve: what was allowed at listing may be blocked now. So is the source of
prescriptions, once for all of a request: what was dispensed, taken or recalled since is not sent.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gateway.admission import VerifiedTreatment
from gateway.errors import (
    AdmissionRefused,
    DocumentOfAnotherPatient,
    DocumentRefused,
    DocumentUnknown,
    GuardianForbidden,
    MessageRefused,
    ReceiverWrong,
    Refusal,
    RepositoryUnknown,
)
from gateway.exchange.country_a.find_prescriptions import as_they_stand_now, still_stands
from gateway.exchange.country_a.person import known_person, may_share_clinical
from gateway.exchange.ports import CountryOfAffiliation, DocumentShelf, KeptDocument, Trail
from gateway.messages import DocumentRequest, PatientIdentifier, RetrieveDocuments
from gateway.national.ports import OfferedPrescriptions, RegisteredPerson

_PRESCRIPTIONS = "ep"
_OF_ANOTHER = "another-patient"


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What was found, and why the rest was not; in the order asked."""

    documents: tuple[tuple[DocumentRequest, KeptDocument], ...]
    refused: tuple[tuple[DocumentRequest, Refusal], ...]


def retrieve_documents(
    treatment: VerifiedTreatment,
    asked: RetrieveDocuments,
    country: CountryOfAffiliation,
    permitted: Callable[[KeptDocument], None],
    trail: Trail,
) -> Retrieved:
    """Each document asked for, or its refusal. Raises IdentityRefused and NationalRefused leaves for the whole.

    ``permitted`` raises an AdmissionRefused leaf for a document whose service or class the caller may not have.
    """
    found: list[tuple[DocumentRequest, KeptDocument]] = []
    refused: list[tuple[DocumentRequest, Refusal]] = []
    for request in asked.requests:
        try:
            kept = _on_the_shelf(request, country.shelf, treatment)
            permitted(kept)
        except (MessageRefused, DocumentRefused, AdmissionRefused) as reason:
            refused.append((request, reason))
        else:
            found.append((request, kept))
    if not found:
        return Retrieved((), tuple(refused))
    person, privacy = known_person(treatment.request, country, trail)
    may_share_clinical(treatment.request, privacy)
    own = [(request, kept) for request, kept in found if _is_hers(kept, person)]
    if treatment.request.asker.next_of_kin and any(kept.guardian_reserved for _, kept in own):
        raise GuardianForbidden
    for request, kept in found:
        if not _is_hers(kept, person):
            refused.append((request, DocumentOfAnotherPatient()))
            trail.withheld.append((kept.entry.unique_id, (_OF_ANOTHER,)))
    standing, gone = _as_listed(treatment, person, country, own, trail)
    refused += gone
    for _, kept in standing:
        trail.documents.append((kept.entry.class_code, kept.entry.unique_id))
        trail.categories.append(kept.service)
        trail.release = kept.release
    return Retrieved(tuple(standing), tuple(refused))


_Kept = list[tuple[DocumentRequest, KeptDocument]]


def _as_listed(
    treatment: VerifiedTreatment, person: RegisteredPerson, country: CountryOfAffiliation, own: _Kept, trail: Trail
) -> tuple[_Kept, list[tuple[DocumentRequest, Refusal]]]:
    """Those whose content is still so, as far as their kind asks for that; and of each other one what became of it."""
    listed = [kept for _, kept in own if kept.service == _PRESCRIPTIONS]
    source = country.prescriptions
    now = OfferedPrescriptions(()) if source is None else as_they_stand_now(treatment, person, source, listed, trail)
    standing: _Kept = []
    gone: list[tuple[DocumentRequest, Refusal]] = []
    for request, kept in own:
        try:
            if kept.service == _PRESCRIPTIONS:
                still_stands(kept, now, trail)
        except DocumentRefused as reason:
            gone.append((request, reason))
        else:
            standing.append((request, kept))
    not_given = _made_of(kept for _, kept in own) - _made_of(kept for _, kept in standing)
    if source is not None and not_given:
        source.released(treatment, person, not_given)
    return standing, gone


def _made_of(documents: Iterable[KeptDocument]) -> frozenset[str]:
    """Ids of the prescriptions that these were made of."""
    return frozenset(kept.prescription.prescription_id for kept in documents if kept.prescription is not None)


def _on_the_shelf(request: DocumentRequest, shelf: DocumentShelf, treatment: VerifiedTreatment) -> KeptDocument:
    kept = shelf.find(request.unique_id, treatment.request.now)
    if kept is None:
        raise DocumentUnknown
    if request.home_community is not None and request.home_community != kept.entry.home_community:
        raise ReceiverWrong
    if request.repository is not None and request.repository != kept.entry.repository:
        raise RepositoryUnknown
    return kept


def _is_hers(kept: KeptDocument, person: RegisteredPerson) -> bool:
    current = person.person.identifiers[0]
    own = (PatientIdentifier(current.root, current.extension or ""), *person.historical)
    return kept.patient in own
