"""Doors to Norway. Each names the verified value that opens it; adapters in this room, simulators elsewhere.

A port returns what the service said, read into pivot values, with a Report of what was kept as text or left out. It
raises one `NationalRefused` leaf otherwise (down, slow, unreadable, denied) and nothing else. No port retries a
clinical read more than once, none keeps per-request state.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from gateway.admission import VerifiedRequest, VerifiedTreatment
from gateway.messages import PatientIdentifier
from transformers.model.finding import Report
from transformers.model.people import Person
from transformers.model.prescription import Dispensation
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
from transformers.norway.dispensing_report import DispensingReport
from transformers.norway.read_prescriber_list_m96 import PrescriberRow
from transformers.norway.read_prescription_list_m92 import ListedPrescription
from transformers.norway.write_download_request_m93 import Cancellation


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


@dataclass(frozen=True, slots=True)
class FoundPrescriptions:
    """Prescriptions of a person with their statuses; nothing is locked."""

    prescriptions: tuple[ListedPrescription, ...]
    report: Report = field(default_factory=Report)
    multidose: bool = False
    """She gets her medicines packed by dose."""


@dataclass(frozen=True, slots=True)
class PrescriptionOriginals:
    """Prescriptions as prescribers see them. ``originals``: M1 hodemelding by ReseptId in lower case, as received."""

    rows: tuple[PrescriberRow, ...]
    originals: Mapping[str, bytes] = field(repr=False)
    locked_exist: bool
    """There are prescriptions that only a reference number opens."""
    report: Report = field(default_factory=Report)


@dataclass(frozen=True, slots=True)
class LockedPrescription:
    """A prescription downloaded for dispensing: nobody else can until it is reported or given back."""

    prescription_id: str
    original: bytes = field(repr=False)
    """The M1 hodemelding as received, signature and all."""
    dispensings: tuple[DispensingReport, ...]
    """Earlier ones that are in force."""
    report: Report = field(default_factory=Report)


class NotLocked(StrEnum):
    """Why a prescription could not be taken for dispensing."""

    HELD_BY_ANOTHER = "held-by-another"
    """Another pharmacy is dispensing it, or was asked to."""
    NOT_DISPENSABLE = "not-dispensable"
    """Closed, recalled, expired, invalid, or waiting for an exemption."""
    REFERENCE_NEEDED = "reference-needed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ReportedAbroad:
    """A dispensing in another country, to be reported on a prescription that is locked."""

    prescription_id: str
    group: str
    """Reseptgruppe of the prescription."""
    dispensation: Dispensation
    closes: bool
    """Nothing is left to dispense."""


class PrescriptionBroker(Protocol):
    """Reseptformidleren's prescriptions: M9.1 to M9.8, M10."""

    def search(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, *, reference_numbers: tuple[str, ...] = ()
    ) -> FoundPrescriptions:
        """Active prescriptions (M9.1, M9.2). Locks nothing."""

    def originals(self, treatment: VerifiedTreatment, person: RegisteredPerson) -> PrescriptionOriginals:
        """Active prescriptions in full (M9.5, M9.6). Locks nothing; a patient who blocked is `NationalAccessDenied`."""

    def dispensings(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, prescription_id: str
    ) -> tuple[DispensingReport, ...]:
        """Dispensings in force of one prescription (M9.7, M9.8)."""

    def lock(
        self,
        treatment: VerifiedTreatment,
        person: RegisteredPerson,
        prescription_id: str,
        *,
        reference_number: str | None = None,
    ) -> LockedPrescription | NotLocked:
        """Take it for dispensing (M9.3, M9.4). Taking again what is held already is the same.

        A lock that came too late or cannot be read is given back at once, as far as the service answers; whoever keeps
        the journal of a dispensation gives it back again after a refusal.
        """

    def unlock(self, treatment: VerifiedTreatment, prescription_id: str, why: Cancellation) -> None:
        """Give it back (M9.3 Kansellering); one that is not held any longer is given back already."""

    def report_dispensed(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, dispensed: ReportedAbroad
    ) -> DispensingReport:
        """Report a dispensing (M10) and unlock; the same dispensation again is the same report, taken once."""

    def annul(self, treatment: VerifiedTreatment, report: DispensingReport) -> DispensingReport:
        """Take a report back (M10 Annullering); the same again is taken once."""


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
    """Carries one MsgHead to a HER-id and brings its answer back (EDI 2.0, AMQP or ebXML behind it).

    Raises NationalRefused leaves, and ``Rejected`` with the codes of a receipt that rejects the message.
    """

    def exchange(self, message: bytes, *, message_id: str, receiver_her_id: str) -> Transported:
        """Send and wait for the answer that refers to ``message_id``."""

    def deliver(self, message: bytes, *, message_id: str, receiver_her_id: str) -> None:
        """Send what is answered with a receipt alone, and wait for that."""
