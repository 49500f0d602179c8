"""SYSVAK (FHI): SokRequest out, SokResponse back, over whatever transport carries MsgHeads."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from gateway.admission import VerifiedTreatment
from gateway.national.calls import read_as
from gateway.national.message_transport import MessageTransport
from gateway.national.people import current_number, her_numbers, is_protected
from gateway.national.ports import RegisteredPerson, Vaccinations
from transformers.norway.code_systems import CodeSystems
from transformers.norway.identifiers import read_person_number
from transformers.norway.read_vaccinations_sysvak import VaccinationSubject, read_vaccinations
from transformers.norway.write_msghead import CommunicationParty, MsgInfo
from transformers.norway.write_vaccination_request_sysvak import KIND, write_vaccination_request

SERVICE = "vaccinations"


@dataclass(frozen=True, slots=True)
class VaccinationsSettings:
    """Who asks and who is asked."""

    sender: CommunicationParty
    receiver: CommunicationParty
    systems: CodeSystems = field(repr=False)


class Sysvak:
    """Vaccinations given."""

    def __init__(
        self, settings: VaccinationsSettings, transport: MessageTransport, *, new_id: Callable[[], UUID]
    ) -> None:
        self._settings = settings
        self._transport = transport
        self._new_id = new_id

    def read(self, treatment: VerifiedTreatment, person: RegisteredPerson) -> Vaccinations:
        """Vaccinations of the person, those that were deleted left out."""
        message_id = str(self._new_id())
        envelope = MsgInfo(KIND, message_id, treatment.request.now, self._settings.sender, self._settings.receiver)
        with read_as(SERVICE):
            number = read_person_number(current_number(person))
            message = write_vaccination_request(envelope, patient_number=number.value, kind=number.kind)
            answer = self._transport.exchange(
                message, message_id=message_id, receiver_her_id=self._settings.receiver.her_id
            )
            asked = VaccinationSubject(her_numbers(person), person.person.birth, is_protected(person))
            immunisations, report = read_vaccinations(answer.content, asked, self._settings.systems, answers=message_id)
        return Vaccinations(immunisations, report)
