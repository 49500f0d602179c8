"""Country A, find: ITI-38 without the protocol. Listing composes, so that what is listed has its hash and size."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from gateway.admission import VerifiedTreatment
from gateway.exchange.country_a.compose import PATIENT_SUMMARY, Composer, compose_patient_summary
from gateway.exchange.country_a.gather import gather
from gateway.exchange.country_a.person import known_person, may_share_clinical
from gateway.exchange.ports import KeptDocument, Norway, Trail
from gateway.messages import DocumentsReply, FindDocuments, Problem

_NOTHING = Problem("ERROR_PS_NOT_FOUND", "Warning", "No patient summary fits the query's filters.")


def find_documents(
    treatment: VerifiedTreatment,
    query: FindDocuments,
    norway: Norway,
    composer: Composer,
    trail: Trail,
    new_id: Callable[[], UUID],
) -> DocumentsReply:
    """The documents of the classes asked for, kept until retrieved.

    Raises IdentityRefused, NationalRefused and MeaningRefused leaves.
    """
    person, privacy = known_person(treatment.request, norway, trail)
    may_share_clinical(treatment.request, privacy)
    gathered = gather(treatment, person, norway, trail)
    composed = compose_patient_summary(treatment, person, gathered, composer, new_id)
    kept = composed.document
    trail.release, trail.layers = kept.release, composer.gate.layers
    if not _fits(query, kept):
        return DocumentsReply((), (_NOTHING,))
    norway.shelf.keep(kept)
    trail.documents.append((PATIENT_SUMMARY, kept.entry.unique_id))
    return DocumentsReply((replace(kept.entry, patient=query.patient),))


def _fits(query: FindDocuments, kept: KeptDocument) -> bool:
    created, size = kept.created, kept.entry.size
    return (
        (query.created_after is None or created >= query.created_after)
        and (query.created_before is None or created <= query.created_before)
        and (query.maximum_size is None or size <= query.maximum_size)
    )
