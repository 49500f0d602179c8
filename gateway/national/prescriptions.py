"""Reseptformidleren's prescriptions: searched, read, locked, given back, reported dispensed and annulled.

M9.1 to M9.8 and M10 over whatever transport carries MsgHeads. A search or a reading locks nothing; only ``lock`` does,
and what was locked is ended by an M10 alone: a report, or one that gives it back (R1408, 4.4; R1308, 4.2.4). Whoever
takes a prescription makes the ids of the messages once, and keeps the reports: one sent twice is one message.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from gateway.admission import ResumedRequest, VerifiedTreatment
from gateway.errors import (
    NationalAccessDenied,
    NationalAnswerUnreadable,
    NationalRefused,
    NationalServiceDown,
    NationalServiceSlow,
)
from gateway.national.calls import read_as
from gateway.national.message_seal import MessageSeal, PrescriberRole
from gateway.national.message_transport import MessageTransport
from gateway.national.people import current_number, her_numbers
from gateway.national.ports import RegisteredPerson
from gateway.national.prescription_broker import (
    DispensingOpener,
    FoundPrescriptions,
    HeldPrescription,
    LockedPrescription,
    PrescriptionOriginals,
    PrescriptionPatient,
    PrescriptionStanding,
    ReportedAbroad,
    WrittenReport,
)
from transformers.model.finding import Report
from transformers.norway.cancellation import Cancellation
from transformers.norway.code_systems import CodeSystems
from transformers.norway.dispensing_report import (
    Dispenser,
    DispensingReport,
    GivenBack,
    annulment_of,
    cancellation_of,
    in_force,
)
from transformers.norway.errors import Rejected
from transformers.norway.foreign_dispensing import DispensedAbroad, report_of_dispensing_abroad
from transformers.norway.msghead_patient import Subject, head_patient
from transformers.norway.prescription_status import PrescriptionStatus, SearchStatus
from transformers.norway.read_dispensing_report_m10 import read_dispensing_report
from transformers.norway.read_dispensings_m98 import Answered, read_dispensings
from transformers.norway.read_download_m94 import Wanted, read_download
from transformers.norway.read_msghead import read_msghead
from transformers.norway.read_prescriber_list_m96 import read_prescriber_list
from transformers.norway.read_prescription_list_m92 import PrescriptionList, read_prescription_list
from transformers.norway.short_forms import ShortField
from transformers.norway.write_dispensing_report_m10 import KIND as M10
from transformers.norway.write_dispensing_report_m10 import report_payload
from transformers.norway.write_download_request_m93 import KIND as M93
from transformers.norway.write_download_request_m93 import write_download_request, write_list_declined
from transformers.norway.write_msghead import CommunicationParty, Conversation, MsgInfo, write_msghead
from transformers.norway.write_prescriber_requests_m95_m97 import (
    M95_KIND,
    M97_KIND,
    write_dispensings_request,
    write_prescriber_search,
)
from transformers.norway.write_prescription_search_m91 import KIND as M91
from transformers.norway.write_prescription_search_m91 import write_prescription_search
from trust.xml import Element, parse, serialise

SERVICE = "prescriptions"

_GIVEN_BACK = frozenset({"41", "69", "96", "97"})
"""Volven 7419: not held by us. Given back, reported, recalled, or never taken."""
_TAKEN_BEFORE = frozenset({"65"})
"""Received before; whether it was accepted then, the list of reports tells."""


@dataclass(frozen=True, slots=True)
class PrescriptionsSettings:
    """Who asks, who is asked, and the item number that stands for a product dispensed abroad."""

    sender: CommunicationParty
    receiver: CommunicationParty
    foreign_item_number: str
    systems: CodeSystems = field(repr=False)
    prescriber: PrescriberRole | None = None
    """In whose name M9.5 and M9.7 are asked."""
    enterprise: Callable[[], MessageSeal] | None = None
    """What reports are signed with; None: they are not."""
    report_lengths: Mapping[ShortField, int] = field(default_factory=dict)
    """How long the texts of a report may be."""


@dataclass(frozen=True, slots=True)
class _Search:
    """By which number an M9.1 asks, which numbers its answer may name, and reference numbers to open what is locked."""

    number: str | None = field(repr=False)
    numbers: frozenset[str] = field(repr=False)
    reference_numbers: tuple[str, ...] = field(repr=False)


class Prescriptions:
    """Prescriptions at Reseptformidleren."""

    def __init__(
        self, settings: PrescriptionsSettings, transport: MessageTransport, *, new_id: Callable[[], UUID]
    ) -> None:
        self._settings = settings
        self._transport = transport
        self._new_id = new_id

    def search(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, *, reference_numbers: tuple[str, ...] = ()
    ) -> FoundPrescriptions:
        """Active prescriptions with their statuses."""
        with read_as(SERVICE):
            asked = _Search(current_number(person), her_numbers(person), reference_numbers)
            found, report, listed = self._listed(treatment, asked)
        return FoundPrescriptions(found.prescriptions, listed, report, found.multidose, found.unreadable)

    def _listed(
        self, opener: DispensingOpener, asked: _Search, *, every: bool = False
    ) -> tuple[PrescriptionList, Report, Conversation]:
        """An M9.2, and what a lock goes on with. ``every``: of every status."""
        envelope = self._envelope(opener, M91)
        message = write_prescription_search(
            envelope,
            patient_number=asked.number,
            reference_numbers=asked.reference_numbers,
            employee_id=_employee(opener),
            every=every,
            guardian_reserved=True,
        )
        answer = self._answer(envelope, message)
        found, report = read_prescription_list(
            answer, asked.numbers, self._settings.systems,
            answers=envelope.message_id, reference_numbers=frozenset(asked.reference_numbers),
        )  # fmt: skip
        if found.search is SearchStatus.CONSENT_MISSING:
            raise NationalAccessDenied(SERVICE)
        return found, report, Conversation(read_msghead(answer).id, envelope.message_id)

    def originals(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, *, reference_numbers: tuple[str, ...] = ()
    ) -> PrescriptionOriginals:
        """Active prescriptions in full."""
        with read_as(SERVICE):
            envelope = self._prescribers(treatment, M95_KIND)
            message = write_prescriber_search(
                envelope, patient_number=current_number(person), reference_numbers=reference_numbers
            )
            found, report = read_prescriber_list(
                self._answer(envelope, self._personal(message)), _subject(person), self._settings.systems,
                answers=envelope.message_id, reference_numbers=frozenset(reference_numbers),
            )  # fmt: skip
        if found.blocked or found.search is SearchStatus.CONSENT_MISSING:
            raise NationalAccessDenied(SERVICE)
        return PrescriptionOriginals(found.rows, found.originals, found.locked_exist, report, found.unreadable)

    def dispensings(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, prescription_id: str
    ) -> tuple[DispensingReport, ...]:
        """Dispensings in force; a prescription nobody knows has none."""
        with read_as(SERVICE):
            made, report = self._reports(treatment, _subject(person), prescription_id)
            return in_force(made, report)

    def _reports(
        self, opener: DispensingOpener, subject: Subject, prescription_id: str
    ) -> tuple[tuple[DispensingReport, ...], Report]:
        """Every report of a prescription, annulments too."""
        envelope = self._prescribers(opener, M97_KIND)
        message = self._personal(write_dispensings_request(envelope, prescription_id=prescription_id))
        wanted = Wanted(prescription_id, subject, envelope.message_id)
        found, report = read_dispensings(self._answer(envelope, message), wanted, self._settings.systems)
        if found.answered is Answered.BLOCKED:
            raise NationalAccessDenied(SERVICE)
        return found.reports, report

    def standing(
        self,
        opener: DispensingOpener,
        patient: PrescriptionPatient,
        prescription_id: str,
        *,
        reference_number: str | None = None,
    ) -> PrescriptionStanding:
        """How one prescription stands now."""
        references = () if reference_number is None else (reference_number,)
        with read_as(SERVICE):
            asked = _Search(patient.head.number, patient.subject.numbers, references)
            found, _, listed = self._listed(opener, asked, every=True)
        if prescription_id.lower() in {one.lower() for one in found.unreadable}:
            raise NationalAnswerUnreadable(SERVICE)
        for one in found.prescriptions:
            if one.id.lower() == prescription_id.lower():
                ours = one.status is PrescriptionStatus.LOCKED and one.dispenser == self._settings.sender.name
                return PrescriptionStanding(one.status, ours, one.last_dispensed, listed)
        return PrescriptionStanding(None, ours=False, last_dispensed=None, conversation=listed)

    def lock(
        self,
        opener: DispensingOpener,
        patient: PrescriptionPatient,
        wanted: HeldPrescription,
        *,
        message_id: str,
        reference_number: str | None = None,
    ) -> LockedPrescription:
        """Take a prescription for dispensing."""
        prescription_id = wanted.prescription_id
        envelope = replace(self._envelope(opener, M93, wanted.conversation), message_id=message_id)
        with read_as(SERVICE):
            message = write_download_request(
                envelope,
                prescription_id=prescription_id,
                employee_id=_employee(opener),
                reference_number=reference_number,
            )
            answer = self._answer(envelope, message)
            expected = Wanted(prescription_id, patient.subject, message_id)
            found, report = read_download(answer, expected, self._settings.systems)
            conversation = Conversation(read_msghead(answer).id, wanted.conversation.first)
        held = HeldPrescription(prescription_id, conversation)
        return LockedPrescription(held, found.original, in_force(found.dispensings, report), report)

    def returned(
        self,
        opener: DispensingOpener,
        patient: PrescriptionPatient,
        held: HeldPrescription,
        why: Cancellation,
        *,
        message_id: str,
    ) -> WrittenReport:
        """The report that gives it back."""
        sender = self._settings.sender
        download = GivenBack(
            held.prescription_id, patient.head, Dispenser(sender.her_id, sender.name), _employee(opener), why
        )
        with read_as(SERVICE):
            report = cancellation_of(download, new_id=message_id, now=_now(opener))
            return self._written(opener, patient, held, report_payload(report), message_id)

    def decline(self, treatment: VerifiedTreatment, listed: Conversation, why: Cancellation) -> None:
        """Say why nothing of a list was taken."""
        with read_as(SERVICE):
            envelope = self._envelope(treatment, M93, listed)
            message = write_list_declined(envelope, employee_id=_employee(treatment), why=why)
            self._deliver(envelope.message_id, message)

    def drafted(self, opener: DispensingOpener, patient: PrescriptionPatient, dispensed: ReportedAbroad) -> bytes:
        """What a report of a dispensing abroad says."""
        with read_as(SERVICE):
            about = DispensedAbroad(
                report_id="",
                prescription_id=dispensed.prescription_id,
                patient=patient.head,
                group=dispensed.group,
                item_number=self._settings.foreign_item_number,
                her_id=self._settings.sender.her_id,
                country=_country(opener),
                employee_id=_employee(opener),
                closes=dispensed.closes,
                systems=self._settings.systems,
                prescribed=dispensed.prescribed,
                longest=self._settings.report_lengths,
            )
            report, _ = report_of_dispensing_abroad(dispensed.dispensation, about)
            return serialise(report_payload(report))

    def reported(
        self,
        opener: DispensingOpener,
        patient: PrescriptionPatient,
        held: HeldPrescription,
        draft: bytes,
        *,
        message_id: str,
    ) -> WrittenReport:
        """A draft with its head."""
        with read_as(SERVICE):
            return self._written(opener, patient, held, parse(draft), message_id)

    def annulled(
        self,
        opener: DispensingOpener,
        patient: PrescriptionPatient,
        held: HeldPrescription,
        report: WrittenReport,
        *,
        message_id: str,
    ) -> WrittenReport:
        """The report that takes another of ours back."""
        with read_as(SERVICE):
            before, _ = read_dispensing_report(report.document, self._settings.systems)
            annulment = annulment_of(before, new_id=message_id, employee_id=_employee(opener))
            return self._written(opener, patient, held, report_payload(annulment), message_id)

    def give_back(self, written: WrittenReport) -> None:
        """Give a prescription back."""
        with read_as(SERVICE), _already(_GIVEN_BACK):
            self._report(written.message_id, written.document)

    def report(self, opener: DispensingOpener, patient: PrescriptionPatient, written: WrittenReport) -> None:
        """Send a report; whenever it may have been received, Reseptformidleren is asked before anything else.

        It may after any fault once its bytes have left: no receipt in time, a connection that broke, an answer that
        says nothing. That the message came before (65) proves no acceptance either: what is listed was taken. Nor does
        a receipt that rejects a message sent twice prove that the first was not taken.
        """
        with read_as(SERVICE):
            again = self._transport.sent_before(written.message_id)
            if again and self.listed(opener, patient, written):
                return
            try:
                self._report(written.message_id, written.document)
            except (NationalServiceDown, NationalServiceSlow, NationalAnswerUnreadable):
                if not self.listed(opener, patient, written):
                    raise
            except Rejected as rejected:
                if not (again or _TAKEN_BEFORE.issuperset(rejected.codes)):
                    raise
                listed = self.listed(opener, patient, written)
                if listed is None:
                    raise NationalServiceSlow(SERVICE) from None
                if not listed:
                    raise

    def listed(self, opener: DispensingOpener, patient: PrescriptionPatient, written: WrittenReport) -> bool | None:
        """Whether a report is listed."""
        try:
            with read_as(SERVICE):
                reports, _ = self._reports(opener, patient.subject, written.prescription_id)
        except NationalRefused:
            return None
        return written.message_id.lower() in {one.id.lower() for one in reports}

    def _written(
        self,
        opener: DispensingOpener,
        patient: PrescriptionPatient,
        held: HeldPrescription,
        payload: Element,
        message_id: str,
    ) -> WrittenReport:
        envelope = self._envelope(opener, M10, held.conversation)
        message = write_msghead(replace(envelope, message_id=message_id, patient=patient.head), payload)
        enterprise = self._settings.enterprise
        signed = message if enterprise is None else enterprise().sign(message)
        return WrittenReport(message_id, held.prescription_id, signed)

    def _personal(self, message: bytes) -> bytes:
        prescriber = self._settings.prescriber
        return message if prescriber is None else prescriber.seal().sign(message)

    def _prescribers(self, opener: DispensingOpener, kind: tuple[str, str]) -> MsgInfo:
        """A prescriber's head: the professional, and the organisation's address."""
        prescriber = self._settings.prescriber
        professional = None if prescriber is None else prescriber.professional
        return replace(self._envelope(opener, kind), sender=self._settings.sender, professional=professional)

    def _envelope(
        self, opener: DispensingOpener, kind: tuple[str, str], conversation: Conversation | None = None
    ) -> MsgInfo:
        known, now = self._settings, _now(opener)
        sender = replace(known.sender, address=None)  # a dispenser's head states none
        return MsgInfo(kind, str(self._new_id()), now, sender, known.receiver, conversation=conversation)

    def _answer(self, envelope: MsgInfo, message: bytes) -> bytes:
        her_id = self._settings.receiver.her_id
        return self._transport.exchange(message, message_id=envelope.message_id, receiver_her_id=her_id).content

    def _report(self, message_id: str, message: bytes) -> None:
        self._transport.report(message, message_id=message_id, receiver_her_id=self._settings.receiver.her_id)

    def _deliver(self, message_id: str, message: bytes) -> None:
        self._transport.deliver(message, message_id=message_id, receiver_her_id=self._settings.receiver.her_id)


@contextmanager
def _already(codes: frozenset[str]) -> Iterator[None]:
    """A rejection that says it was done before is no refusal; any other is one."""
    try:
        yield
    except Rejected as rejected:
        if not rejected.codes or not codes.issuperset(rejected.codes):
            raise


def _subject(person: RegisteredPerson) -> Subject:
    return Subject(her_numbers(person), person.person.birth)


def patient_of(person: RegisteredPerson) -> PrescriptionPatient:
    """The patient of a registered person's prescriptions; raises ``Malformed`` for one without a number."""
    return PrescriptionPatient(head_patient(person.person, number=current_number(person)), _subject(person))


def _employee(opener: DispensingOpener) -> str:
    """AnsattId: the foreign professional, told from Norwegian ones by her country."""
    who = opener if isinstance(opener, ResumedRequest) else opener.request.asker
    return f"{who.country}:{who.professional_id}"


def _country(opener: DispensingOpener) -> str:
    return opener.country if isinstance(opener, ResumedRequest) else opener.request.asker.country


def _now(opener: DispensingOpener) -> datetime:
    return opener.now if isinstance(opener, ResumedRequest) else opener.request.now
