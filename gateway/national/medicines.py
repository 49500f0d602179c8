"""Reseptformidleren: M9.11 out, M9.12 back, over whatever transport carries MsgHeads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from gateway.admission import VerifiedTreatment
from gateway.national.calls import read_as
from gateway.national.message_transport import MessageTransport
from gateway.national.people import current_number, her_numbers, is_protected
from gateway.national.ports import Medicines, RegisteredPerson
from transformers.model.finding import Report
from transformers.norway.code_systems import CodeSystems
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
        envelope = MsgInfo(KIND, message_id, now, self._settings.sender, self._settings.receiver)
        with read_as(SERVICE):
            message = write_medicine_list_request(envelope, patient_number=current_number(person))
            answer = self._transport.exchange(
                message, message_id=message_id, receiver_her_id=self._settings.receiver.her_id
            )
            known = self._settings
            reading = MedicineReading(her_numbers(person), known.systems, now, is_protected(person), known.sensitive)
            found, report = read_medicines_in_use(answer.content, reading, answers=message_id)
        return in_use(found, report)


def in_use(found: MedicinesInUse, report: Report) -> Medicines:
    """What was read, as the port says it."""
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
