"""A desk for dispensings in memory: what its rules and its journal say is given, and every call is written down."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from gateway.admission import VerifiedTreatment
from gateway.errors import Refusal
from gateway.exchange.ports import CountryOfAffiliation, DispensingDesk, KeptDocument
from gateway.journal.ports import DecidedDispensation, DiscardAsked, DispensationAnswer, DispensationOutcome
from gateway.messages import DocumentEntry, PatientIdentifier
from gateway.national.ports import (
    AmountRemark,
    PrescriptionState,
    RegisteredPerson,
    ReportableDispensing,
    WantedDispensing,
)
from tests.support.callers.verified import EP, NORWAY, NOW, PATIENT
from tests.support.norway.in_memory import Remembered, norway
from tests.support.pivots.rich_prescriptions import prescription
from transformers.cda.documents.prescription import write_prescription
from transformers.model.values import Identifier

STATE = PrescriptionState("0a1b", "ab" * 32, 0)
LISTED = "2.16.578.1.12.4.9999.21^EP-0001"
"""Unique id of the ePrescription that `edispensation` is of."""
DONE = DispensationOutcome(DispensationAnswer.SUCCESS, messages=("m-1", "m-2"))


@dataclass
class Desk:
    """Rules and journal at once. What is a refusal is raised."""

    verdict: Refusal | AmountRemark | None = None
    outcome: DispensationOutcome | Exception = DONE
    before: DispensationOutcome | None = None
    """Of documents that came before."""
    calls: list[str] = field(default_factory=list)
    decided: list[DecidedDispensation] = field(default_factory=list)
    wanted: list[WantedDispensing] = field(default_factory=list)
    came: list[tuple[str, str]] = field(default_factory=list)
    """Extension and digest of each document that was asked about."""

    def decide(
        self, _treatment: VerifiedTreatment, _person: RegisteredPerson, wanted: Sequence[WantedDispensing]
    ) -> tuple[ReportableDispensing, ...]:
        self.calls.append("decide")
        self.wanted += wanted
        if isinstance(self.verdict, Refusal):
            raise self.verdict
        product = prescription().item.product
        made = ReportableDispensing(
            STATE, "C", product, closes=False, verdict="within", remark=self.verdict, proof=("before: prescribed 2",)
        )
        return (made,) * (len(wanted) - 1) + (replace(made, closes=True),)

    def answered(self, country: str, documents: Sequence[tuple[Identifier, str]]) -> DispensationOutcome | None:
        self.calls.append(f"answered {country}")
        self.came += [(document.extension or "", digest) for document, digest in documents]
        return self.before

    def submit(
        self, _treatment: VerifiedTreatment, _person: RegisteredPerson, decided: Sequence[DecidedDispensation]
    ) -> DispensationOutcome:
        self.calls.append("submit")
        self.decided += decided
        said = self._said()
        return replace(said, remarks=tuple(one.remark for one in decided if one.remark is not None))

    def discard(self, _treatment: VerifiedTreatment, asked: DiscardAsked) -> DispensationOutcome:
        self.calls.append(f"discard {asked.document.extension} by {asked.discard}")
        return self._said()

    def _said(self) -> DispensationOutcome:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def listed_prescription(patient: PatientIdentifier = PATIENT, **changes: object) -> KeptDocument:
    """The ePrescription as it was listed."""
    made = prescription()
    whose = replace(made.patient, identifiers=(Identifier(patient.root, patient.extension),))
    content = write_prescription(replace(made, patient=whose)).content
    entry = DocumentEntry(
        unique_id=LISTED, patient=patient, class_code=EP[0], format_code="urn:epsos:ep:pre:2010", title="eP",
        description="eP", created=NOW, language="nb-NO", size=len(content), sha1="ab", repository="1.2",
        home_community=NORWAY,
    )  # fmt: skip
    usual = KeptDocument(
        entry=entry, patient=patient, service="ep", content=content, warnings=(), release="starter", wave=8,
        created=NOW, expires=NOW + timedelta(hours=4), prescription=STATE,
    )  # fmt: skip
    return replace(usual, **changes)  # type: ignore[arg-type]  # changes are named fields


def dispensing_norway(
    desk: Desk, remembered: Remembered | None = None, *documents: KeptDocument, country: str = "PT", ago: timedelta
) -> CountryOfAffiliation:
    """Norway with that desk, the prescription on its shelf, listed to that country so long ago."""
    place = norway(remembered or Remembered())
    kept = documents or (listed_prescription(),)
    place.shelf.keep(*kept)
    place.shelf.note_listed([one.entry.unique_id for one in kept], country, NOW - ago, NOW + timedelta(hours=4))
    return replace(place, dispensing=DispensingDesk(desk, desk, timedelta(hours=4)))
