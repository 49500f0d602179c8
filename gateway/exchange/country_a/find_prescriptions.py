"""Country A, find: ITI-38 for prescriptions. One document for each that may cross; of the others nothing is said.

What was listed is asked for again before it is sent (`still_stands`): the pharmacist must see what is left now.
"""

from collections.abc import Callable
from dataclasses import replace
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
from gateway.exchange.country_a.compose import Composer
from gateway.exchange.country_a.compose_prescription import compose_prescription
from gateway.exchange.country_a.gather_prescriptions import gather_prescriptions
from gateway.exchange.ports import KeptDocument, Prescribing, Trail
from gateway.messages import Problem
from gateway.national.ports import RegisteredPerson
from transformers.norway.prescription_status import PrescriptionStatus

NOTHING = Problem("ERROR_EP_NOT_FOUND", "Warning", "No prescription of this patient can be dispensed abroad.")
UNMAPPED = Problem(
    "WARNING_EP_MISSING_EXPECTED_MAPPING",
    "Warning",
    "A prescription is not listed because required information has no European code. Please ask the patient.",
)
_REFUSED = {RequiredMappingMissing: "required-code-unmapped", DocumentInvalid: "document-invalid"}


def prescriptions_of(
    treatment: VerifiedTreatment,
    person: RegisteredPerson,
    prescribing: Prescribing,
    composer: Composer,
    trail: Trail,
    new_id: Callable[[], UUID],
) -> tuple[tuple[KeptDocument, ...], tuple[Problem, ...]]:
    """The documents of the prescriptions that may cross, not kept yet, and what must be said beside them.

    Raises NationalRefused leaves, and MeaningRefused leaves when no document could be made of what may cross.
    """
    gathered = gather_prescriptions(treatment, person, prescribing, trail)
    trail.withheld += gathered.withheld.items()
    documents: list[KeptDocument] = []
    failed: list[MeaningRefused] = []
    for offered in gathered.offered:
        try:
            made = compose_prescription(treatment, person, offered.prescription.item, composer, new_id)
        except (RequiredMappingMissing, DocumentInvalid) as reason:
            failed.append(reason)
            trail.withheld.append((offered.state.prescription_id, (_REFUSED[type(reason)],)))
        else:
            documents.append(
                replace(
                    made.document,
                    prescription=offered.state,
                    guardian_reserved=offered.prescription.guardian_reserved,
                )
            )
    unmapped = [reason for reason in failed if isinstance(reason, RequiredMappingMissing)]
    if failed and not documents:
        raise (unmapped or failed)[0]
    return tuple(documents), (UNMAPPED,) if unmapped else ()


def still_stands(
    treatment: VerifiedTreatment,
    person: RegisteredPerson,
    prescribing: Prescribing,
    kept: KeptDocument,
    trail: Trail,
) -> None:
    """The prescription is as it was when it was listed, or a DocumentRefused leaf says what became of it.

    Raises NationalRefused leaves when nobody can say.
    """
    listed = kept.prescription
    if listed is None:
        raise PrescriptionGone
    key = listed.prescription_id
    gathered = gather_prescriptions(treatment, person, prescribing, trail, frozenset({key}))
    trail.withheld += gathered.withheld.items()
    if gathered.statuses.get(key) is PrescriptionStatus.LOCKED:
        raise PrescriptionTaken
    if not gathered.offered:
        made = prescribing.broker.dispensings(treatment, person, key)
        raise PrescriptionDispensed if len(made) > listed.dispensings else PrescriptionGone
    now = gathered.offered[0].state
    if (now.dispensings, now.reports) != (listed.dispensings, listed.reports):
        raise PrescriptionDispensed
    if now != listed:
        raise PrescriptionGone
