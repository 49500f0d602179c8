"""Doors to Norway. Each names the verified value that opens it; adapters in this room, simulators elsewhere.

A port returns what the service said, read into pivot values, with a Report of what was kept as text or left out. It
raises one `NationalRefused` leaf otherwise (down, slow, unreadable, denied) and nothing else. No port retries a
clinical read more than once, none keeps per-request state.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from gateway.admission import VerifiedRequest, VerifiedTreatment
from gateway.messages import PatientIdentifier
from transformers.model.finding import Report
from transformers.model.people import Person
from transformers.model.summary import (
    Allergy,
    Immunisation,
    ImplantedDevice,
    MedicationStatement,
    Problem,
    Procedure,
    Section,
)
from transformers.model.values import Coded


class AddressConfidentiality(StrEnum):
    """Persontjenesten AddressConfidentiality."""

    UNCLASSIFIED = "Unclassified"
    CLIENT = "ClientAddress"
    CONFIDENTIAL = "Confidential"
    """Fortrolig, kode 7."""
    STRICTLY_CONFIDENTIAL = "StrictlyConfidential"
    """Strengt fortrolig, kode 6."""


@dataclass(frozen=True, slots=True)
class RegisteredPerson:
    """A person as the register knows her now: ``person.identifiers[0]`` is the current identifier."""

    person: Person
    confidentiality: AddressConfidentiality
    deceased: bool
    historical: tuple[PatientIdentifier, ...] = ()
    """Discontinued identifiers of the same person."""


class Sharing(StrEnum):
    """What the privacy services say about cross-border sharing of this person's data."""

    ALLOWED = "allowed"
    RESERVED = "reserved"
    """General reservation against sharing (PVK: Reservation)."""
    BLOCKED = "blocked"
    """A general restriction, or at least one named professional blocked: nothing clinical may leave."""


@dataclass(frozen=True, slots=True)
class PrivacyStatus:
    """The strictest of all privacy services' answers."""

    sharing: Sharing
    guardian_reserved: bool = False
    """The patient (12 to 16) reserved prescriptions against guardians' insight."""


@dataclass(frozen=True, slots=True)
class CriticalInformation:
    """Kjernejournal's kritisk informasjon, as sections of a patient summary."""

    allergies: Section[Allergy]
    problems: Section[Problem]
    procedures: Section[Procedure]
    devices: Section[ImplantedDevice]
    report: Report = field(default_factory=Report)
    refuted_allergies: tuple[Coded, ...] = ()
    """Agents of allergies it refutes; they are in no section."""


@dataclass(frozen=True, slots=True)
class Medicines:
    """Medicines in use: a reconciled list (PLL) or prescriptions and dispensings, said which."""

    medications: Section[MedicationStatement]
    reconciled: bool
    guardian_reserved: bool
    """At least one prescription carries Vergeinnsynsreservasjon."""
    report: Report = field(default_factory=Report)
    allergies: tuple[Allergy, ...] = ()
    """Reactions to medicines the list states (CAVE)."""
    refuted_allergies: tuple[Coded, ...] = ()
    """Agents of reactions the list refutes."""


@dataclass(frozen=True, slots=True)
class Vaccinations:
    """Vaccinations given."""

    immunisations: Section[Immunisation]
    report: Report = field(default_factory=Report)


class PersonRegister(Protocol):
    """Persontjenesten (NHN)."""

    def find(self, request: VerifiedRequest, identifier: PatientIdentifier) -> RegisteredPerson | None:
        """The person with that identifier, current or discontinued; None when there is none."""


class PrivacyServices(Protocol):
    """PVK and kritisk informasjon ``/status``: asked both, the strictest answer counts; unreachable raises."""

    def status(self, request: VerifiedRequest, person: RegisteredPerson) -> PrivacyStatus:
        """What may be shared of this person's data."""


class CriticalInformationSource(Protocol):
    """Kritisk informasjon FHIR API (R4)."""

    def read(self, treatment: VerifiedTreatment, person: RegisteredPerson) -> CriticalInformation:
        """Allergies, conditions, procedures and implants."""


class MedicineSource(Protocol):
    """Reseptformidleren, M9.11 / M9.12 with M25.1 and embedded M1."""

    def read(self, treatment: VerifiedTreatment, person: RegisteredPerson) -> Medicines:
        """Medicines in use."""


class VaccinationSource(Protocol):
    """SYSVAK SokRequest / SokResponse."""

    def read(self, treatment: VerifiedTreatment, person: RegisteredPerson) -> Vaccinations:
        """Vaccinations."""


@dataclass(frozen=True, slots=True)
class Transported:
    """What came back over the message transport: the business message, or an application receipt."""

    content: bytes = field(repr=False)


class MessageTransport(Protocol):
    """Carries one MsgHead to a HER-id and brings its answer back (EDI 2.0, AMQP or ebXML behind it)."""

    def exchange(self, message: bytes, *, message_id: str, receiver_her_id: str) -> Transported:
        """Send and wait for the answer that refers to ``message_id``. Raises NationalRefused leaves."""
