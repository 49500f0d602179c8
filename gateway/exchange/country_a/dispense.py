"""Country A, dispense: what a foreign pharmacy hands out of a prescription is reported once, or it is refused before.

Everything is decided before the first effect, and of all documents together: whose it is, what she allows, that the
prescription was listed to this country for her, that each document is of that prescription, product, amount. What came
before is answered as it was then. Making it happen is the journal's.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Final

from gateway.admission import VerifiedTreatment
from gateway.errors import (
    DiscardUnmatched,
    DispensationDiscarded,
    DispensationIncomplete,
    DispensationLeftInForce,
    DispensationRewritten,
    DispensationUnreadable,
    DispensationUnsettled,
    DispensingClosed,
    EvidenceUnavailable,
    GuardianForbidden,
    NationalAnswerUnreadable,
    NationalRejected,
    NationalServiceDown,
    PatientDiffers,
    PrescriptionDispensed,
    PrescriptionGone,
    PrescriptionTaken,
    PrescriptionUnmatched,
    Refusal,
    RequestMalformed,
    StoreTampered,
    StoreUnavailable,
)
from gateway.evidence.event import DispensingReference
from gateway.exchange.country_a.content_key import canonical_form
from gateway.exchange.country_a.person import known_person, may_share_clinical
from gateway.exchange.country_a.submission import Submission, SubmittedDocument
from gateway.exchange.ports import CountryOfAffiliation, KeptDocument, Trail
from gateway.journal.ports import (
    DecidedDispensation,
    DiscardAsked,
    DispensationAnswer,
    DispensationOutcome,
    FallReason,
)
from gateway.messages import PatientIdentifier, ProvideReply, Remark
from gateway.national.ports import (
    AmountRemark,
    RegisteredPerson,
    ReportableDispensing,
    WantedDispensing,
)
from transformers.cda.documents.dispensation import check_fulfilment, read_dispensation
from transformers.cda.documents.prescription import read_prescription
from transformers.cda.errors import DocumentUnreadable, RequiredMissing
from transformers.model.decisions import against_fulfilling
from transformers.model.finding import Severity
from transformers.model.prescription import Dispensation
from transformers.model.values import Identifier, Quantity

_ORIGIN: Final = "prescriptions"
WARNINGS: Final[Mapping[AmountRemark, Remark]] = {
    AmountRemark.EXCESS: Remark(
        "WARNING_ED_MISSING_BASIC_DATA",
        "Warning",
        "More was handed out than was left of the prescription, by less than a package. It is registered whole, and "
        "nothing is left.",
    ),
    AmountRemark.NOT_COMPARABLE: Remark(
        "WARNING_ED_MISSING_BASIC_DATA",
        "Warning",
        "What was handed out is measured otherwise than what was prescribed. It is registered, and the prescription is "
        "not listed abroad again.",
    ),
}
"""What is said beside a success about an amount."""
REFUSED_AS: Final[Mapping[FallReason, Callable[[], Refusal]]] = {
    FallReason.UNREACHABLE: partial(NationalServiceDown, _ORIGIN),
    FallReason.STOPPED: partial(NationalServiceDown, _ORIGIN),
    FallReason.UNREADABLE: partial(NationalAnswerUnreadable, _ORIGIN),
    FallReason.CLOSED: PrescriptionDispensed,
    FallReason.GONE: PrescriptionGone,
    FallReason.DECIDED: PrescriptionGone,
    FallReason.ELSEWHERE: PrescriptionTaken,
    FallReason.CHANGED: PrescriptionTaken,
    FallReason.NOT_COLLECTED: PrescriptionTaken,
    FallReason.ANOTHER: PrescriptionTaken,
    FallReason.CONFLICT: DispensationRewritten,
    FallReason.DISCARDED: DispensationDiscarded,
}
"""By why a dispensation is not in force; `REJECTED` is refused by its codes."""
_MISSING: Final = "-missing"
"""How the name of a field that is not stated ends (`transformers.model.decisions`)."""


@dataclass(frozen=True, slots=True)
class ReadDispensation:
    """One document of a submission, read."""

    document: SubmittedDocument
    dispensation: Dispensation = field(repr=False)

    @property
    def digest(self) -> str:
        """Of what it says: the same document, written otherwise, is the same dispensation."""
        said = self.dispensation
        content = (said.patient.identifiers, said.prescription, said.item, said.doubts)
        return hashlib.sha256(canonical_form(content).encode("ascii")).hexdigest()


def report_dispensings(
    treatment: VerifiedTreatment, submission: Submission, country: CountryOfAffiliation, trail: Trail
) -> ProvideReply:
    """Every document of the submission is reported, or a leaf is raised and none is, but for what the leaf says.

    Raises DispensationRefused, DocumentRefused, IdentityRefused and NationalRefused leaves, DispensingClosed.
    """
    read = [_read(document) for document in submission.documents]
    desk = country.dispensing
    if desk is None:
        raise DispensingClosed
    came = [(one.document.id, one.digest) for one in read]
    before = desk.journal.answered(treatment.request.asker.country, came)
    if before is not None:
        trail.patient, trail.journalled = treatment.request.patient, True
        _require_in_force(before, trail)
        return _said_beside(before)
    person, privacy = known_person(treatment.request, country, trail)
    may_share_clinical(treatment.request, privacy)
    for one in read:
        _require_hers(one, person)
    wanted = [_listed(one, treatment, person, country) for one in read]
    trail.origins.append(_ORIGIN)
    trail.categories.append(_ORIGIN)
    reportable = desk.rules.decide(treatment, person, wanted)
    trail.dispensings += [_traced(*one) for one in zip(read, reportable, strict=True)]
    decided = [_decided(*one) for one in zip(read, reportable, strict=True)]
    outcome = _as_far_as_known(trail, DispensationUnsettled(), lambda: desk.journal.submit(treatment, person, decided))
    _require_in_force(outcome, trail)
    return _said_beside(outcome)


def _said_beside(outcome: DispensationOutcome) -> ProvideReply:
    """The success with what is to be said of its amounts, as often as it is answered."""
    return ProvideReply(tuple(WARNINGS[remark] for remark in dict.fromkeys(outcome.remarks)))


def take_back(
    treatment: VerifiedTreatment, submission: Submission, country: CountryOfAffiliation, trail: Trail
) -> ProvideReply:
    """The dispensation that the discard names is taken back, now or before.

    Nobody is asked about the person: it removes, and discloses nothing. Raises DiscardUnmatched, RequestMalformed for
    a discard of several, DispensingClosed.
    """
    if len(submission.documents) != 1:
        raise RequestMalformed("Document")
    desk = country.dispensing
    if desk is None:
        raise DispensingClosed
    trail.patient = treatment.request.patient
    asked = DiscardAsked(submission.documents[0].id, submission.submission_set)
    outcome = _as_far_as_known(trail, DiscardUnmatched(), lambda: desk.journal.discard(treatment, asked))
    trail.messages += outcome.messages
    if outcome.answer is not DispensationAnswer.SUCCESS:
        raise DiscardUnmatched
    return ProvideReply()


def _as_far_as_known(trail: Trail, unsettled: Refusal, call: Callable[[], DispensationOutcome]) -> DispensationOutcome:
    """What the journal says; from here on a fault of ours is answered as what is not known.

    What the journal itself raises it raises before anything has left.
    """
    trail.unsettled, trail.journalled = unsettled, True
    try:
        return call()
    except (StoreUnavailable, EvidenceUnavailable, StoreTampered):
        trail.unsettled = None
        raise


def _require_in_force(outcome: DispensationOutcome, trail: Trail) -> None:
    """Return when all of it is in force; else what it is refused as is raised."""
    trail.messages += outcome.messages
    if outcome.answer is DispensationAnswer.SUCCESS:
        return
    if outcome.answer is DispensationAnswer.UNKNOWN:
        raise DispensationUnsettled
    if outcome.in_force_alone:
        raise DispensationLeftInForce(tuple(map(_written, outcome.in_force_alone)))
    trail.unsettled = None
    if outcome.reason is None or outcome.reason is FallReason.REJECTED:
        raise NationalRejected(_ORIGIN, outcome.codes)
    raise REFUSED_AS[outcome.reason]()


def _read(document: SubmittedDocument) -> ReadDispensation:
    """The document as a dispensation that may be reported by what it says itself."""
    try:
        dispensation, _ = read_dispensation(document.content)
    except DocumentUnreadable as unreadable:
        raise DispensationUnreadable(unreadable.reason) from None
    except RequiredMissing as missing:
        raise DispensationIncomplete(missing.path) from None
    against = against_fulfilling(dispensation)
    absent = [reason for reason in against if reason.endswith(_MISSING)]
    if absent:
        raise DispensationIncomplete(absent[0])
    if against:
        raise DispensationUnreadable(against[0])
    return ReadDispensation(document, dispensation)


def _require_hers(read: ReadDispensation, person: RegisteredPerson) -> None:
    """No number of a register that knows her is another person's."""
    own = {(one.root, one.extension) for one in person.person.identifiers}
    own |= {(one.root, one.extension) for one in person.historical}
    roots = {root for root, _ in own}
    if any(one.root in roots and (one.root, one.extension) not in own for one in read.document.patients):
        raise PatientDiffers


def _listed(
    read: ReadDispensation, treatment: VerifiedTreatment, person: RegisteredPerson, country: CountryOfAffiliation
) -> WantedDispensing:
    """The dispensing of the prescription that the document names, as it was listed to this country for her in time.

    Raises PrescriptionUnmatched, one for whatever is wrong, and GuardianForbidden.
    """
    asker, now = treatment.request.asker, treatment.request.now
    kept = _on_the_shelf(read.dispensation.prescription, country, now)
    if kept is None or kept.prescription is None or not _is_of(person, kept):
        raise PrescriptionUnmatched
    at = country.shelf.listed(kept.entry.unique_id, asker.country)
    if at is None or country.dispensing is None or now - at > country.dispensing.listed_within:
        raise PrescriptionUnmatched
    if asker.next_of_kin and kept.guardian_reserved:
        raise GuardianForbidden
    prescription, _ = read_prescription(kept.content)
    named = replace(read.dispensation, prescription=prescription.id)  # its original names the same prescription
    report = check_fulfilment(named, prescription)
    if any(finding.severity in (Severity.ERROR, Severity.FATAL) for finding in report.findings):
        raise PrescriptionUnmatched
    return WantedDispensing(kept.prescription, read.dispensation)


def _on_the_shelf(order: Identifier | None, country: CountryOfAffiliation, now: datetime) -> KeptDocument | None:
    """The listed document that an order names; of an original what it is the original of."""
    kept = None if order is None else country.shelf.find(_written(order), now)
    twin = None if kept is None else kept.entry.transformed_from
    return kept if twin is None else country.shelf.find(twin, now)


def _is_of(person: RegisteredPerson, kept: KeptDocument) -> bool:
    current = person.person.identifiers[0]
    return kept.patient in (PatientIdentifier(current.root, current.extension or ""), *person.historical)


def _decided(read: ReadDispensation, how: ReportableDispensing) -> DecidedDispensation:
    return DecidedDispensation(
        document=read.document.id,
        supply=read.dispensation.item.id,
        digest=read.digest,
        content=read.document.content,
        prescription=how.state,
        group=how.group,
        dispensation=read.dispensation,
        closes=how.closes,
        prescribed=how.prescribed,
        reference_number=how.reference_number,
        remark=how.remark,
    )


def _traced(read: ReadDispensation, how: ReportableDispensing) -> DispensingReference:
    """For the evidence: what was handed out, how much, where, and the arithmetic that it was decided by."""
    item = read.dispensation.item
    organisation = None if item.dispenser is None else item.dispenser.organisation
    return DispensingReference(
        document=read.document.unique_id,
        prescription_id=how.state.prescription_id,
        product=item.product.name,
        amount=_amount(item.quantity),
        pharmacy=None if organisation is None else organisation.name,
        verdict=how.verdict,
        proof=how.proof,
    )


def _amount(quantity: Quantity | None) -> str:
    """As the document states it; a bare count is one of packages."""
    if quantity is None:
        return ""
    unit = quantity.unit
    coding = None if unit is None else unit.original or unit.target
    said = None if unit is None else unit.text or (None if coding is None else coding.code)
    return f"{quantity.value:f}" + (f" {said}" if said else "")


def _written(identifier: Identifier) -> str:
    return identifier.root if identifier.extension is None else f"{identifier.root}^{identifier.extension}"
