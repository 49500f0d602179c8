"""The national adapters put together: one HelseID, one HTTP client, six doors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

from gateway.last_good import Reloads
from gateway.national.calls import Api, Http
from gateway.national.critical_information import SERVICE as CRITICAL_INFORMATION
from gateway.national.critical_information import CriticalInformationSettings, KritiskInformasjon
from gateway.national.helseid import HelseId, HelseIdSettings, Resource
from gateway.national.medicines import MedicinesSettings, Reseptformidleren
from gateway.national.message_seal import MessageSeal, PrescriberRole
from gateway.national.message_transport import SERVICE as TRANSPORT
from gateway.national.message_transport import Edi20, FiledMail, TransportSettings
from gateway.national.person_register import SERVICE as PERSON_REGISTER
from gateway.national.person_register import PersonRegisterSettings, Persontjenesten
from gateway.national.ports import (
    CriticalInformationSource,
    MedicineSource,
    PersonRegister,
    PrivacyServices,
    VaccinationSource,
)
from gateway.national.prescription_broker import PrescriptionBroker
from gateway.national.prescriptions import Prescriptions, PrescriptionsSettings
from gateway.national.privacy_services import SERVICE as PRIVACY
from gateway.national.privacy_services import PrivacySettings, PvkAndStatus
from gateway.national.settings import ApiTable, NationalRole, NationalTable, PartyTable
from gateway.national.vaccinations import Sysvak, VaccinationsSettings
from transformers.norway.code_systems import CodeSystems
from transformers.norway.fest import Fest
from transformers.norway.write_msghead import CommunicationParty, SendingProfessional, VisitingAddress


@dataclass(frozen=True, slots=True)
class NationalDoors:
    """The doors to Norway, each as its port says."""

    person_register: PersonRegister
    privacy_services: PrivacyServices
    critical_information: CriticalInformationSource
    medicines: MedicineSource
    vaccinations: VaccinationSource
    prescriptions: PrescriptionBroker | None = None
    """None: this node is not configured for prescriptions, or has no role at Reseptformidleren."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the adapters need and do not make themselves. ``elapsed`` is monotonic seconds, ``pause`` waits seconds."""

    http: Http
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    elapsed: Callable[[], float]
    pause: Callable[[float], None]
    deadline_seconds: float
    """For each exchange over the message transport; the HTTP client has the limit of each call."""
    systems: CodeSystems = field(repr=False)
    sensitive: Mapping[str, bool]
    key_file: Path
    """HelseID's key file, made absolute."""
    personal: Callable[[], MessageSeal] | None
    """What the prescriber's messages are signed with; None: there is no [national.prescriber]."""
    enterprise: Callable[[], MessageSeal] | None
    """What reports are signed with."""
    mail: FiledMail
    """What is found in the mailbox that every process with our HER-id shares."""
    fest: Fest | None = field(default=None, repr=False)
    """FEST, where the node has one (`prescription_export.fest_file`)."""
    reloads: Reloads = field(default_factory=Reloads)
    """Where the key is made anew with everything else."""


def open_doors(table: NationalTable, around: Surroundings) -> NationalDoors:
    """Put the adapters together; raises ``ValueError`` for a key file that holds no key. Calls nothing."""
    helseid = HelseId(_helseid(table, around), around.http, now=around.now, new_id=around.new_id)
    around.reloads.keep(helseid.key)

    def api(service: str, of: ApiTable) -> Api:
        authority = helseid.for_resource(Resource(of.audience, of.scope))
        return Api(service, of.base_url, around.http, authority)

    source = table.source_system
    sender = _sender(table)
    transport = Edi20(
        TransportSettings(
            sender.her_id,
            source,
            around.deadline_seconds,
            table.poll_pause.total_seconds(),
            table.report_deadline.total_seconds(),
        ),
        api(TRANSPORT, table.transport),
        around.mail,
        elapsed=around.elapsed,
        pause=around.pause,
    )
    privacy = PrivacySettings(table.privacy.definition_guid, table.privacy.part_code, source)
    critical = CriticalInformationSettings(
        source, around.sensitive, around.systems, table.critical_information.parallel
    )
    medicines = MedicinesSettings(
        sender,
        _party(table.medicines),
        around.systems,
        around.sensitive,
        around.fest,
        _prescriber(table, around),
    )
    vaccinations = VaccinationsSettings(sender, _party(table.vaccinations), around.systems)
    return NationalDoors(
        person_register=Persontjenesten(PersonRegisterSettings(source), api(PERSON_REGISTER, table.person_register)),
        privacy_services=PvkAndStatus(privacy, api(PRIVACY, table.privacy), api(PRIVACY, table.critical_information)),
        critical_information=KritiskInformasjon(critical, api(CRITICAL_INFORMATION, table.critical_information)),
        medicines=Reseptformidleren(medicines, transport, new_id=around.new_id),
        vaccinations=Sysvak(vaccinations, transport, new_id=around.new_id),
        prescriptions=_prescriptions(table, around, transport),
    )


def _prescriptions(table: NationalTable, around: Surroundings, transport: Edi20) -> Prescriptions | None:
    known = table.prescriptions
    if known is None or known.role is not NationalRole.PRESCRIBER:
        return None
    settings = PrescriptionsSettings(
        _sender(table),
        _party(known),
        known.foreign_item_number,
        around.systems,
        _prescriber(table, around),
        around.enterprise if known.sign_reports else None,
        known.report_lengths,
    )
    return Prescriptions(settings, transport, new_id=around.new_id)


def _helseid(table: NationalTable, around: Surroundings) -> HelseIdSettings:
    known = table.helseid
    return HelseIdSettings(
        issuer=known.issuer,
        client_id=known.client_id,
        key_file=around.key_file,
        algorithm=known.algorithm,
        organisation=known.organisation,
        renew_before_seconds=int(known.renew_before.total_seconds()),
        assertion_seconds=int(known.assertion_lifetime.total_seconds()),
        wait_seconds=around.deadline_seconds,
    )


def _prescriber(table: NationalTable, around: Surroundings) -> PrescriberRole | None:
    known = table.prescriber
    if known is None or around.personal is None:
        return None
    professional = SendingProfessional(known.family, known.given, known.hpr_number, (known.kind, known.kind_name))
    return PrescriberRole(professional, around.personal)


def _sender(table: NationalTable) -> CommunicationParty:
    known = table.sender
    address = VisitingAddress(known.street, known.postal_code, known.city)
    return replace(_party(known), telephone=known.telephone, address=address)


def _party(table: PartyTable) -> CommunicationParty:
    return CommunicationParty(table.name, table.organisation_number, table.her_id)
