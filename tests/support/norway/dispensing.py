"""Taking, reporting and giving back at a door to prescriptions, without a journal: ids are made of what is reported."""

from dataclasses import dataclass, field
from uuid import NAMESPACE_OID, uuid4, uuid5

from gateway.admission import VerifiedTreatment
from gateway.national.ports import RegisteredPerson
from gateway.national.prescription_broker import (
    HeldPrescription,
    LockedPrescription,
    PrescriptionBroker,
    ReportedAbroad,
    WrittenReport,
)
from gateway.national.prescriptions import patient_of
from tests.support.norway.source_messages import SYSTEMS
from transformers.norway.cancellation import Cancellation
from transformers.norway.dispensing_report import DispensingReport
from transformers.norway.read_dispensing_report_m10 import read_dispensing_report
from transformers.norway.write_msghead import Conversation


@dataclass(frozen=True)
class Dispensed:
    """A dispensing abroad of a prescription that is held; another attempt is another message."""

    held: HeldPrescription
    reported: ReportedAbroad
    attempt: int = 1


@dataclass(frozen=True)
class Counter:
    """One patient's prescriptions at one door."""

    broker: PrescriptionBroker
    treatment: VerifiedTreatment
    person: RegisteredPerson
    sent: dict[str, WrittenReport] = field(default_factory=dict)
    """Reports by MsgId."""

    def lock(
        self, prescription_id: str, listed: Conversation, *, reference_number: str | None = None
    ) -> LockedPrescription:
        """Take one of a list."""
        wanted = HeldPrescription(prescription_id, listed)
        return self.broker.lock(
            self.treatment, patient_of(self.person), wanted, message_id=str(uuid4()), reference_number=reference_number
        )

    def take(self, prescription_id: str, **changes: str) -> LockedPrescription:
        """List her prescriptions and take one."""
        listed = self.broker.search(self.treatment, self.person).conversation
        return self.lock(prescription_id, listed, **changes)

    def give_back(self, held: HeldPrescription, why: Cancellation) -> None:
        """Give it back, under a new id each time."""
        written = self.broker.returned(self.treatment, patient_of(self.person), held, why, message_id=str(uuid4()))
        self.broker.give_back(written)

    def report(self, dispensed: Dispensed) -> DispensingReport:
        """Report a dispensing; the same one again is the same message."""
        patient, item = patient_of(self.person), dispensed.reported.dispensation.item.id
        key = str(uuid5(NAMESPACE_OID, f"m10/{item.root}^{item.extension}/{dispensed.attempt}"))
        draft = self.broker.drafted(self.treatment, patient, dispensed.reported)
        written = self.broker.reported(self.treatment, patient, dispensed.held, draft, message_id=key)
        self.broker.report(self.treatment, patient, written)
        self.sent[key] = written
        return read_dispensing_report(written.document, SYSTEMS)[0]

    def annul(self, report: DispensingReport, held: HeldPrescription) -> DispensingReport:
        """Take a report back; the same one again is the same message."""
        patient, key = patient_of(self.person), str(uuid5(NAMESPACE_OID, f"m10/{report.id}/annulment"))
        written = self.broker.annulled(self.treatment, patient, held, self.sent[report.id], message_id=key)
        self.broker.report(self.treatment, patient, written)
        return read_dispensing_report(written.document, SYSTEMS)[0]
