"""A country's national services, as the exchange asks them. Each port names the verified value that opens it.

Nothing here is any one country's: Norway's adapters are the other modules of this room, simulators live elsewhere.
A port returns what the service said, read into pivot values, with a Report of what was kept as text or left out. It
raises one `NationalRefused` leaf otherwise (down, slow, unreadable, denied) and nothing else. No port retries a
clinical read more than once, none keeps per-request state.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from gateway.admission import VerifiedRequest, VerifiedTreatment
from gateway.messages import PatientIdentifier
from transformers.model.finding import Report
from transformers.model.people import Person
from transformers.model.prescription import Dispensation, PrescribedItem
from transformers.model.summary import (
    Allergy,
    Immunisation,
    ImplantedDevice,
    KeptInWords,
    MedicationStatement,
    MedicinalProduct,
    Problem,
    Procedure,
    Section,
)
from transformers.model.values import Coded


@dataclass(frozen=True, slots=True)
class NationalWords:
    """What a country's documents say in its own language, where no source says it."""

    critical_information: str
    """Name of that source, for the section that it did not fill; so with the next two."""
    medicines: str
    vaccinations: str
    medicine_list: str
    """What the patient's medicine list is called in ``refuted_in``."""
    refuted_in: str
    """Before the name of the source that refutes an allergy."""
    summary_title: str
    prescription_title: str


class AddressConfidentiality(StrEnum):
    """How far a person's address is protected. The values are those of Norway's register (Persontjenesten)."""

    UNCLASSIFIED = "Unclassified"
    CLIENT = "ClientAddress"
    CONFIDENTIAL = "Confidential"
    """Nothing leaves that tells where the person lives. Norway: fortrolig, kode 7."""
    STRICTLY_CONFIDENTIAL = "StrictlyConfidential"
    """The person is answered as unknown. Norway: strengt fortrolig, kode 6."""


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
    """What must be known before treatment (Norway: kritisk informasjon), as sections of a patient summary."""

    allergies: Section[Allergy]
    problems: Section[Problem]
    procedures: Section[Procedure]
    devices: Section[ImplantedDevice]
    report: Report = field(default_factory=Report)
    refuted_allergies: tuple[Coded, ...] = ()
    """Agents of allergies it refutes; they are in no section."""


@dataclass(frozen=True, slots=True)
class Medicines:
    """Medicines in use: a reconciled list (Norway: PLL) or prescriptions and dispensings, said which."""

    medications: Section[MedicationStatement]
    reconciled: bool
    guardian_reserved: bool
    """At least one prescription is reserved against guardians' insight."""
    report: Report = field(default_factory=Report)
    allergies: tuple[Allergy, ...] = ()
    """Reactions to medicines the list states (CAVE)."""
    refuted_allergies: tuple[Coded, ...] = ()
    """Agents of reactions the list refutes."""
    unread_allergies: tuple[KeptInWords, ...] = ()
    """Reactions of the list that could not be read, in words."""


@dataclass(frozen=True, slots=True)
class Vaccinations:
    """Vaccinations given."""

    immunisations: Section[Immunisation]
    report: Report = field(default_factory=Report)


@dataclass(frozen=True, slots=True)
class PrescriptionState:
    """How a prescription stood when it was listed: what must still be so when it is retrieved."""

    prescription_id: str
    """The national id, in lower case."""
    sha256: str
    """Of the prescription as its source gave it."""
    dispensings: int
    """In force."""
    reports: str = ""
    """Which they were (a digest of their ids), empty when none: one annulled and another made is not the same."""


def digest_of_reports(ids: Iterable[str]) -> str:
    """Stands for which reports are in force, in any order and case; empty when there are none."""
    ordered = sorted(id_.lower() for id_ in ids)
    return hashlib.sha256("\n".join(ordered).encode()).hexdigest() if ordered else ""


@dataclass(frozen=True, slots=True)
class OfferedPrescription:
    """A prescription that may cross a border now: its prescriber is verified, what is left of it is counted."""

    item: PrescribedItem
    state: PrescriptionState
    guardian_reserved: bool = False
    """The patient reserved it against guardians' insight."""
    report: Report = field(default_factory=Report)


@dataclass(frozen=True, slots=True)
class OfferedPrescriptions:
    """A patient's prescriptions as they stand now. Ids are national ones, in lower case."""

    offered: tuple[OfferedPrescription, ...]
    """In the source's order."""
    withheld: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By id of each other one that was read: names of the reasons why it may not cross."""
    taken: frozenset[str] = frozenset()
    """Ids of those that somebody is dispensing now."""
    unreadable: frozenset[str] = frozenset()
    """Ids (else places in the list) of those withheld because they could not be read."""
    dispensings: Mapping[str, int] = field(default_factory=dict)
    """By id: how many are in force, of those that are not offered and whose dispensings were asked for."""
    uncomposed: frozenset[str] = frozenset()
    """Ids of those that may cross as far as their list says, and that are seen whole only once they are held."""


@dataclass(frozen=True, slots=True)
class WantedDispensing:
    """A dispensing abroad that is to be reported: of which prescription, as it stood when it was listed there."""

    listed: PrescriptionState
    dispensation: Dispensation = field(repr=False)


class AmountRemark(StrEnum):
    """What is to be said about an amount that is reported."""

    EXCESS = "excess"
    """More than was left, by less than a package."""
    NOT_COMPARABLE = "not-comparable"
    """Measured otherwise than what was prescribed: nobody can tell what is left."""


@dataclass(frozen=True, slots=True)
class ReportableDispensing:
    """What was decided of it: it may be reported, so."""

    state: PrescriptionState
    """As the prescription stands now, before this dispensing and the others of its submission."""
    group: str
    """The national prescribing group, which the report states."""
    prescribed: MedicinalProduct = field(repr=False)
    closes: bool
    """Nothing is left after it and those before it in its submission."""
    verdict: str
    """What its amount is, held against what was left; a name."""
    remark: AmountRemark | None = None
    reference_number: str | None = field(default=None, repr=False)
    """What opens the prescription, where it is locked by one."""
    proof: tuple[str, ...] = ()
    """The arithmetic: prescribed, each report counted, what is left. Numbers and units."""


class PersonRegister(Protocol):
    """The register of persons. Norway: Persontjenesten."""

    def find(self, request: VerifiedRequest, identifier: PatientIdentifier) -> RegisteredPerson | None:
        """The person with that identifier, current or discontinued; None when there is none."""


class PrivacyServices(Protocol):
    """Where persons say what may be shared. Of several the strictest answer counts; unreachable raises.

    Asked also about an identifier that the register does not know, so that the calls made tell nobody apart.
    Norway: PVK and kritisk informasjon ``/status``.
    """

    def status(self, request: VerifiedRequest, identifier: PatientIdentifier) -> PrivacyStatus:
        """What may be shared of the data under this identifier: the current one of a person the register knows."""


class PrescriptionSource(Protocol):
    """A country's prescriptions, for dispensing in another, whatever role the agreement gives us where they lie.

    Offered in a list, held when one is retrieved, released when the pharmacy abroad gets nothing; what it dispenses is
    reported by the journal (`gateway.journal.ports`). A *prescriber* sees each prescription whole and holds nothing
    before it reports. A *dispenser* sees a list, and a prescription only by taking it, which then is nobody else's.
    """

    def offered(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, only: frozenset[str] | None = None
    ) -> OfferedPrescriptions:
        """Which of the person's prescriptions, or of these ``only`` (ids), may cross now.

        Each is verified, read and judged once. Nothing is taken: what cannot be seen so is said to be ``uncomposed``.
        Raises NationalRefused leaves: a list that may lack something is not given.
        """

    def held(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, only: frozenset[str]
    ) -> OfferedPrescriptions:
        """These (ids) as they are given to a pharmacy abroad now; ``uncomposed`` is empty.

        A role that sees them by taking them alone takes them: each that is offered is ours until it is released or
        reported, and what somebody else has is ``taken``. The same again is the same. Raises NationalRefused leaves.
        """

    def released(self, treatment: VerifiedTreatment, person: RegisteredPerson, only: frozenset[str]) -> None:
        """Of these, what was held and will not be given is free again; what is not held is no fault.

        Raises NationalRefused leaves: it may be held then, and the journal gives it back.
        """


class PrescriptionDispensing(Protocol):
    """Whether dispensings abroad may be reported: of prescriptions as they stand now, by product and amount."""

    def decide(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, wanted: Sequence[WantedDispensing]
    ) -> tuple[ReportableDispensing, ...]:
        """All of a submission, in its order. Asking locks nothing.

        Raises for the whole: PrescriptionTaken, PrescriptionGone, PrescriptionDispensed, MoreThanLeft,
        SubstitutionForbidden, ProductUnidentified, DispensationIncomplete, and NationalRefused leaves.
        """


class CriticalInformationSource(Protocol):
    """Norway: kritisk informasjon, FHIR R4."""

    def read(self, treatment: VerifiedTreatment, person: RegisteredPerson) -> CriticalInformation:
        """Allergies, conditions, procedures and implants."""


class MedicineSource(Protocol):
    """Norway: Reseptformidleren, M9.11 / M9.12 with M25.1 and embedded M1."""

    def read(self, treatment: VerifiedTreatment, person: RegisteredPerson) -> Medicines:
        """Medicines in use."""


class VaccinationSource(Protocol):
    """Norway: SYSVAK SokRequest / SokResponse."""

    def read(self, treatment: VerifiedTreatment, person: RegisteredPerson) -> Vaccinations:
        """Vaccinations."""
