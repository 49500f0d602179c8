"""What the exchange needs from outside and is given."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from gateway.errors import Refusal
from gateway.evidence.event import DispensingReference
from gateway.journal.ports import DispensationJournal
from gateway.messages import DocumentEntry, PatientIdentifier
from gateway.national.ports import (
    CriticalInformationSource,
    MedicineSource,
    PersonRegister,
    PrescriptionDispensing,
    PrescriptionSource,
    PrescriptionState,
    PrivacyServices,
    VaccinationSource,
)


@dataclass(frozen=True, slots=True)
class Doors:
    """The national services, real or simulated: nothing here can tell."""

    persons: PersonRegister
    privacy: PrivacyServices
    critical_information: CriticalInformationSource
    medicines: MedicineSource
    vaccinations: VaccinationSource


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """A document as it was listed: its metadata, its very bytes, and what must be said with it."""

    entry: DocumentEntry
    patient: PatientIdentifier
    service: str
    content: bytes = field(repr=False)
    warnings: tuple[str, ...]
    """Codes of warnings that go with the document (eHDSI, section 3)."""
    release: str
    wave: int
    created: datetime
    expires: datetime
    guardian_reserved: bool = False
    """Holds what the patient reserved against guardians: no next of kin gets it."""
    prescription: PrescriptionState | None = None
    """Of an ePrescription: what it was made of."""
    made_of: str | None = field(default=None, repr=False)
    """Digest of the content it was made of (`country_a/content_key.py`)."""


class DocumentShelf(Protocol):
    """Listed documents, kept encrypted and shared by every node of the database."""

    def keep(self, *documents: KeptDocument) -> None:
        """Keep each until it expires: all or none. Raises StoreUnavailable."""

    def listed_of(
        self, contents: Collection[str], since: datetime, now: datetime, expires: datetime
    ) -> tuple[KeptDocument, ...]:
        """What was listed of these contents (``made_of``) after ``since`` and is there at ``now``.

        It is kept to ``expires`` from now on. Raises StoreTampered, StoreUnavailable.
        """

    def note_listed(self, unique_ids: Collection[str], country: str, now: datetime, expires: datetime) -> None:
        """Remember to ``expires`` that they were listed to a country. Raises StoreUnavailable."""

    def listed(self, unique_id: str, country: str) -> datetime | None:
        """When that document was last listed to the country; None: never, or forgotten. Raises StoreUnavailable."""

    def find(self, unique_id: str, now: datetime) -> KeptDocument | None:
        """The document of that ``root^extension``; None when unknown or expired. Raises StoreUnavailable."""


@dataclass(frozen=True, slots=True)
class IdentityPolicy:
    """`[policies]`, as the exchange needs it."""

    reserved_as_unknown: bool
    deceased_as_unknown: bool
    source_unavailable: Mapping[str, str]
    """Port name to ``refuse`` or ``section``."""
    unreadable_records: Mapping[str, str] = field(default_factory=dict)
    """Section to ``refuse`` or ``send``; a section of no row is sent."""


@dataclass(frozen=True, slots=True)
class CountryOfAffiliation:
    """What country A, the patient's own, has at hand for every transaction: its national services and its rules."""

    doors: Doors
    policy: IdentityPolicy
    shelf: DocumentShelf
    prescriptions: PrescriptionSource | None = None
    """None: this node lists no prescriptions."""
    dispensing: "DispensingDesk | None" = None
    """None: this node has no door by which a dispensing is reported."""


@dataclass(frozen=True, slots=True)
class DispensingDesk:
    """What dispensings abroad are decided by and reported with."""

    rules: PrescriptionDispensing
    journal: DispensationJournal
    listed_within: timedelta
    """How long after it was listed to a country a prescription may be dispensed there."""


@dataclass
class Trail:
    """What happened in one transaction, for its evidence row; made by the pipeline, handed down, never shared."""

    origins: list[str] = field(default_factory=list)
    """National services asked, in order."""
    categories: list[str] = field(default_factory=list)
    """Categories of data that were read."""
    documents: list[tuple[str, str]] = field(default_factory=list)
    """Class code and unique id of each document listed or sent."""
    withheld: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    """National id of each prescription that was read and not listed or sent, and the names of the reasons; by its name
    a section of a summary some of whose records could not be read, and how many; by its unique id a document of another
    patient that was asked for, or one that is listed without its original."""
    patient: PatientIdentifier | None = None
    """Whom it is about: the identifier asked by, the current one once the register told it."""
    release: str | None = None
    dispensings: list[DispensingReference] = field(default_factory=list)
    """What was handed out and decided to be reported."""
    messages: list[str] = field(default_factory=list)
    """MsgIds of the national messages it took."""
    journalled: bool = False
    """The answer tells of a dispensing that the journal knows: the person is hidden from nobody any longer."""
    unsettled: Refusal | None = None
    """What a fault of ours is answered as, once something may have taken effect."""
    layers: tuple[str, ...] = ()
    """Layers of validation that looked at what was composed."""
