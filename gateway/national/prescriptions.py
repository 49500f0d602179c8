"""Reseptformidleren's prescriptions: searched, read, locked, given back, reported dispensed and annulled.

M9.1 to M9.8 and M10 over whatever transport carries MsgHeads. A search or a reading locks nothing; only ``lock`` does,
and what was locked is ended by an M10 alone: a report, or ``unlock`` (R1408, 4.4; R1308, 4.2.4). Ids of reports are
made of what they report, so that a report sent twice is one message and taken once.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from uuid import NAMESPACE_OID, UUID, uuid5

from gateway.admission import VerifiedTreatment
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
    FoundPrescriptions,
    HeldPrescription,
    LockedPrescription,
    PrescriptionOriginals,
    ReportedAbroad,
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
from transformers.norway.errors import NorwegianMessageError, Rejected
from transformers.norway.foreign_dispensing import DispensedAbroad, report_of_dispensing_abroad
from transformers.norway.msghead_patient import Subject, head_patient
from transformers.norway.prescription_status import SearchStatus
from transformers.norway.read_dispensings_m98 import Answered, read_dispensings
from transformers.norway.read_download_m94 import Wanted, read_download
from transformers.norway.read_msghead import read_msghead
from transformers.norway.read_prescriber_list_m96 import read_prescriber_list
from transformers.norway.read_prescription_list_m92 import read_prescription_list
from transformers.norway.write_dispensing_report_m10 import KIND as M10
from transformers.norway.write_dispensing_report_m10 import write_dispensing_report
from transformers.norway.write_download_request_m93 import KIND as M93
from transformers.norway.write_download_request_m93 import write_download_request, write_list_declined
from transformers.norway.write_msghead import CommunicationParty, Conversation, MsgInfo
from transformers.norway.write_prescriber_requests_m95_m97 import (
    M95_KIND,
    M97_KIND,
    write_dispensings_request,
    write_prescriber_search,
)
from transformers.norway.write_prescription_search_m91 import KIND as M91
from transformers.norway.write_prescription_search_m91 import write_prescription_search

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
            envelope = self._envelope(treatment, M91)
            message = write_prescription_search(
                envelope,
                patient_number=current_number(person),
                reference_numbers=reference_numbers,
                employee_id=_employee(treatment),
                guardian_reserved=True,
            )
            answer = self._answer(envelope, message)
            found, report = read_prescription_list(
                answer, her_numbers(person), self._settings.systems,
                answers=envelope.message_id, reference_numbers=frozenset(reference_numbers),
            )  # fmt: skip
            listed = Conversation(read_msghead(answer).id, envelope.message_id)
        if found.search is SearchStatus.CONSENT_MISSING:
            raise NationalAccessDenied(SERVICE)
        return FoundPrescriptions(found.prescriptions, listed, report, found.multidose, found.unreadable)

    def originals(self, treatment: VerifiedTreatment, person: RegisteredPerson) -> PrescriptionOriginals:
        """Active prescriptions in full."""
        with read_as(SERVICE):
            envelope = self._prescribers(treatment, M95_KIND)
            message = self._personal(write_prescriber_search(envelope, patient_number=current_number(person)))
            found, report = read_prescriber_list(
                self._answer(envelope, message), _subject(person), self._settings.systems, answers=envelope.message_id
            )
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
        self, treatment: VerifiedTreatment, subject: Subject, prescription_id: str
    ) -> tuple[tuple[DispensingReport, ...], Report]:
        """Every report of a prescription, annulments too."""
        envelope = self._prescribers(treatment, M97_KIND)
        message = self._personal(write_dispensings_request(envelope, prescription_id=prescription_id))
        wanted = Wanted(prescription_id, subject, envelope.message_id)
        found, report = read_dispensings(self._answer(envelope, message), wanted, self._settings.systems)
        if found.answered is Answered.BLOCKED:
            raise NationalAccessDenied(SERVICE)
        return found.reports, report

    def lock(
        self,
        treatment: VerifiedTreatment,
        person: RegisteredPerson,
        prescription_id: str,
        listed: Conversation,
        *,
        reference_number: str | None = None,
    ) -> LockedPrescription:
        """Take a prescription for dispensing; what was locked and cannot be used is given back at once."""
        envelope = self._envelope(treatment, M93, listed)
        try:
            with read_as(SERVICE):
                message = write_download_request(
                    envelope,
                    prescription_id=prescription_id,
                    employee_id=_employee(treatment),
                    reference_number=reference_number,
                )
                return self._downloaded(person, prescription_id, envelope, message)
        except (NationalServiceDown, NationalServiceSlow, NationalAnswerUnreadable):
            # the answer is not there to refer to: what asked for it is
            held = HeldPrescription(prescription_id, Conversation(envelope.message_id, listed.first))
            with suppress(NationalRefused):
                self.unlock(treatment, person, held, Cancellation.TECHNICAL)
            raise

    def _downloaded(
        self, person: RegisteredPerson, prescription_id: str, envelope: MsgInfo, message: bytes
    ) -> LockedPrescription:
        answer = self._answer(envelope, message)
        wanted = Wanted(prescription_id, _subject(person), envelope.message_id)
        found, report = read_download(answer, wanted, self._settings.systems)
        first = envelope.message_id if envelope.conversation is None else envelope.conversation.first
        held = HeldPrescription(prescription_id, Conversation(read_msghead(answer).id, first))
        return LockedPrescription(held, found.original, in_force(found.dispensings, report), report)

    def unlock(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, held: HeldPrescription, why: Cancellation
    ) -> None:
        """Give a prescription back."""
        sender = self._settings.sender
        with read_as(SERVICE), _already(_GIVEN_BACK):
            download = GivenBack(
                held.prescription_id,
                head_patient(person.person, number=current_number(person)),
                Dispenser(sender.her_id, sender.name),
                _employee(treatment),
                why,
            )
            report = cancellation_of(download, new_id=str(self._new_id()), now=treatment.request.now)
            self._report(report.id, self._written(treatment, report, held.conversation))

    def decline(self, treatment: VerifiedTreatment, listed: Conversation, why: Cancellation) -> None:
        """Say why nothing of a list was taken."""
        with read_as(SERVICE):
            envelope = self._envelope(treatment, M93, listed)
            message = write_list_declined(envelope, employee_id=_employee(treatment), why=why)
            self._deliver(envelope.message_id, message)

    def report_dispensed(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, dispensed: ReportedAbroad
    ) -> DispensingReport:
        """Report a dispensing abroad."""
        with read_as(SERVICE):
            identifier, attempt = dispensed.dispensation.item.id, dispensed.attempt
            key = f"m10/{identifier.root}^{identifier.extension or ''}{'' if attempt == 1 else f'/{attempt}'}"
            about = DispensedAbroad(
                report_id=str(uuid5(NAMESPACE_OID, key)),
                prescription_id=dispensed.held.prescription_id,
                patient=head_patient(person.person, number=current_number(person)),
                group=dispensed.group,
                item_number=self._settings.foreign_item_number,
                her_id=self._settings.sender.her_id,
                country=treatment.request.asker.country,
                employee_id=_employee(treatment),
                closes=dispensed.closes,
                systems=self._settings.systems,
            )
            report, _ = report_of_dispensing_abroad(dispensed.dispensation, about)
            self._send(treatment, report, dispensed.held.conversation)
        return report

    def annul(
        self, treatment: VerifiedTreatment, report: DispensingReport, conversation: Conversation
    ) -> DispensingReport:
        """Take a report back."""
        with read_as(SERVICE):
            key = str(uuid5(NAMESPACE_OID, f"m10/{report.id}/annulment"))
            annulment = annulment_of(report, new_id=key, employee_id=_employee(treatment))
            self._send(treatment, annulment, conversation)
        return annulment

    def _send(self, treatment: VerifiedTreatment, report: DispensingReport, conversation: Conversation) -> None:
        """Send a report; whenever it may have been received, Reseptformidleren is asked before anything else.

        It may after any fault once its bytes have left: no receipt in time, a connection that broke, an answer that
        says nothing. That the message came before (65) proves no acceptance either: what is listed was taken.
        """
        if self._transport.sent_before(report.id) and self._is_listed(treatment, report):
            return
        message = self._written(treatment, report, conversation)
        try:
            self._report(report.id, message)
        except (NationalServiceDown, NationalServiceSlow, NationalAnswerUnreadable):
            if not self._is_listed(treatment, report):
                raise
        except Rejected as rejected:
            if not _TAKEN_BEFORE.issuperset(rejected.codes) or not self._is_listed(treatment, report):
                raise

    def _is_listed(self, treatment: VerifiedTreatment, report: DispensingReport) -> bool:
        """Whether Reseptformidleren lists the report (M9.7); False when it does not say."""
        subject = Subject(frozenset({report.patient.number or ""}))
        try:
            listed, _ = self._reports(treatment, subject, report.prescription_id)
        except (NationalRefused, NorwegianMessageError):
            return False
        return report.id.lower() in {one.id.lower() for one in listed}

    def _written(self, treatment: VerifiedTreatment, report: DispensingReport, conversation: Conversation) -> bytes:
        message = write_dispensing_report(self._envelope(treatment, M10, conversation), report)
        enterprise = self._settings.enterprise
        return message if enterprise is None else enterprise().sign(message)

    def _personal(self, message: bytes) -> bytes:
        prescriber = self._settings.prescriber
        return message if prescriber is None else prescriber.seal().sign(message)

    def _prescribers(self, treatment: VerifiedTreatment, kind: tuple[str, str]) -> MsgInfo:
        """A prescriber's head: the professional, and the organisation's address."""
        prescriber = self._settings.prescriber
        professional = None if prescriber is None else prescriber.professional
        return replace(self._envelope(treatment, kind), sender=self._settings.sender, professional=professional)

    def _envelope(
        self, treatment: VerifiedTreatment, kind: tuple[str, str], conversation: Conversation | None = None
    ) -> MsgInfo:
        known, now = self._settings, treatment.request.now
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


def _employee(treatment: VerifiedTreatment) -> str:
    """AnsattId: the foreign professional, told from Norwegian ones by her country."""
    asker = treatment.request.asker
    return f"{asker.country}:{asker.professional_id}"
