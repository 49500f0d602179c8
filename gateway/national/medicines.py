"""Reseptformidleren: M9.11 out, M9.12 back, over whatever transport carries MsgHeads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from gateway.admission import VerifiedTreatment
from gateway.national.calls import read_as
from gateway.national.message_seal import PrescriberRole
from gateway.national.message_transport import MessageTransport
from gateway.national.people import current_number, her_numbers, is_protected
from gateway.national.ports import Medicines, RegisteredPerson
from transformers.model.finding import Finding, Report, Severity
from transformers.model.summary import Present
from transformers.norway.code_systems import CodeSystems
from transformers.norway.fest import Fest
from transformers.norway.read_medicine_list_m912 import MedicinesInUse, read_medicines_in_use
from transformers.norway.read_prescription_m1 import MedicineReading
from transformers.norway.write_medicine_list_request_m911 import KIND, write_medicine_list_request
from transformers.norway.write_msghead import CommunicationParty, MsgInfo

SERVICE = "medicines"


@dataclass(frozen=True, slots=True)
class MedicinesSettings:
    """Who asks and who is asked."""

    sender: CommunicationParty
    receiver: CommunicationParty
    systems: CodeSystems = field(repr=False)
    sensitive: Mapping[str, bool]
    """The policy of sensitive elements (``list#code`` to whether it may leave)."""
    fest: Fest | None = field(default=None, repr=False)
    """What medicines are joined with; None: this node has none, and they stay as they are named."""
    prescriber: PrescriberRole | None = None
    """In whose name is asked."""


class Reseptformidleren:
    """Medicines in use."""

    def __init__(self, settings: MedicinesSettings, transport: MessageTransport, *, new_id: Callable[[], UUID]) -> None:
        self._settings = settings
        self._transport = transport
        self._new_id = new_id

    def read(self, treatment: VerifiedTreatment, person: RegisteredPerson) -> Medicines:
        """The doctor's list and the prescriptions beside it."""
        message_id = str(self._new_id())
        now = treatment.request.now
        prescriber = self._settings.prescriber
        professional = None if prescriber is None else prescriber.professional
        envelope = MsgInfo(
            KIND, message_id, now, self._settings.sender, self._settings.receiver, professional=professional
        )
        with read_as(SERVICE):
            message = write_medicine_list_request(envelope, patient_number=current_number(person))
            if prescriber is not None:
                message = prescriber.seal().sign(message)
            answer = self._transport.exchange(
                message, message_id=message_id, receiver_her_id=self._settings.receiver.her_id
            )
            known = self._settings
            numbers, protected = her_numbers(person), is_protected(person)
            reading = MedicineReading(numbers, known.systems, now, protected, known.sensitive, known.fest)
            found, report = read_medicines_in_use(answer.content, reading, answers=message_id)
        return in_use(found, report, looked_up=known.fest is not None)


def in_use(found: MedicinesInUse, report: Report, *, looked_up: bool) -> Medicines:
    """What was read, as the port says it; whether medicines were looked up in FEST is told where there are any."""
    if not looked_up and isinstance(found.medications, Present):
        told = "there is no FEST here: no medicine was looked up, and none has a strength, form or route of FEST's"
        report.add(Finding(Severity.WARNING, "fest-not-asked", "medications", told))
    listed = found.allergies
    return Medicines(
        found.medications,
        found.reconciled,
        found.guardian_reserved,
        report,
        listed.stated,
        listed.refuted,
        listed.unread,
    )
