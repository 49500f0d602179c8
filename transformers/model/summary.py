"""The patient summary of the pivot, shaped like the Xt-EHR EHDSPatientSummary logical model.

A section is present, known absent, without information, or its source was unavailable, by type.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from transformers.model.people import Device, Organisation, Person, Professional
from transformers.model.values import Coded, Coding, Identifier, Moment, Period, Provenance, Quantity

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Present(Generic[T]):
    """At least one statement."""

    entries: tuple[T, ...]

    def __post_init__(self) -> None:
        if not self.entries:
            raise ValueError("a present section has entries")


@dataclass(frozen=True, slots=True)
class KnownAbsent:
    """Somebody states that there is none. ``kind`` is the IPS code, e.g. ``no-known-allergies``."""

    kind: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class NoInformation:
    """The source was asked and holds nothing, or no source carries this: nothing is said about the patient."""

    source: str | None = None


@dataclass(frozen=True, slots=True)
class SourceUnavailable:
    """The source could not be asked."""

    source: str
    beside: tuple[str, ...] = ()
    """What another source states nevertheless, in words: told to the reader, and no statement of the section."""


Section = Present[T] | KnownAbsent | NoInformation | SourceUnavailable


@dataclass(frozen=True, slots=True)
class Reaction:
    """What happened to the patient."""

    manifestation: Coded
    severity: Coded | None = None
    onset: Moment | None = None


@dataclass(frozen=True, slots=True)
class Allergy:
    """An allergy, intolerance or adverse reaction (eHDSI E.3.16 and E.3.17)."""

    id: str
    agent: Coded
    agent_is_medicine: bool
    kind: Coded
    """Value set 42.18: allergic disposition, intolerance, propensity to adverse reaction."""
    reactions: tuple[Reaction, ...]
    criticality: Coded | None
    certainty: Coded | None
    status: Coded | None
    onset: Moment | None
    provenance: Provenance
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """A condition (eHDSI E.3.15 and E.3.7). ``resolved`` problems belong in past illness."""

    id: str
    condition: Coded
    period: Period
    resolved: bool
    provenance: Provenance
    severity: Coded | None = None
    certainty: Coded | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Procedure:
    """Something done to the patient (eHDSI E.3.26)."""

    id: str
    procedure: Coded
    performed: Period
    status: str
    """``active``, ``completed``, ``cancelled`` or ``aborted``."""
    provenance: Provenance
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ImplantedDevice:
    """A device or implant (eHDSI E.3.5)."""

    id: str
    device: Coded
    implanted: Period
    provenance: Provenance
    device_id: Identifier | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Ingredient:
    """An active ingredient with its strength as a ratio, only when a source gives it structured (FEST)."""

    substance: Coded
    numerator: Quantity | None = None
    denominator: Quantity | None = None


@dataclass(frozen=True, slots=True)
class MedicinalProduct:
    """A medicine at whatever level the source names it: package, brand or substance."""

    name: str
    """NavnFormStyrke as written: name, form and strength together; never taken apart by guessing."""
    level: str
    """``package``, ``brand``, ``substance``, ``compounded`` or ``unknown``."""
    atc: Coded | None = None
    codes: tuple[Coding, ...] = ()
    form: Coded | None = None
    form_text: str | None = None
    strength_text: str | None = None
    ingredients: tuple[Ingredient, ...] = ()


@dataclass(frozen=True, slots=True)
class Dosage:
    """How to take it. Structured only when that says exactly what the text says; otherwise ``why_text_only``."""

    text: str | None
    why_text_only: str | None = None
    route: Coded | None = None
    dose: Quantity | None = None
    period: Quantity | None = None


@dataclass(frozen=True, slots=True)
class MedicationStatement:
    """A medicine the patient uses or is to use (eHDSI E.3.4)."""

    id: str
    product: MedicinalProduct
    dosage: Dosage
    used: Period
    ordered: bool
    """True: prescribed (moodCode INT); False: taken (EVN)."""
    reason: Coded | None
    provenance: Provenance
    prescription_id: str | None = None
    prescriber: Professional | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Immunisation:
    """A vaccination given (eHDSI E.3.19)."""

    id: str
    vaccine: Coded
    given: Moment
    provenance: Provenance
    product_name: str | None = None
    target_diseases: tuple[Coded, ...] = ()
    lot: str | None = None
    dose_number: int | None = None
    performer: Organisation | None = None


@dataclass(frozen=True, slots=True)
class SummaryContent:
    """The clinical content of a patient summary, before it becomes a document."""

    allergies: Section[Allergy]
    medications: Section[MedicationStatement]
    problems: Section[Problem]
    procedures: Section[Procedure]
    devices: Section[ImplantedDevice]
    past_illness: Section[Problem] = field(default_factory=NoInformation)
    immunisations: Section[Immunisation] = field(default_factory=NoInformation)
    medications_reconciled: bool = False
    """True when the medication section is a reconciled list (PLL); False is said in the narrative."""


@dataclass(frozen=True, slots=True)
class PatientSummary:
    """A patient summary as a document."""

    id: Identifier
    """root and extension; ``root^extension`` is the XDS uniqueId."""
    parent: Identifier
    """Id of what it was transformed from (relatedDocument XFRM); never its own id."""
    patient: Person
    content: SummaryContent
    created: datetime
    last_updated: Moment
    language: str
    """``nb-NO``, ``nn-NO``, …"""
    author: Device
    custodian: Organisation
    legal_authenticator: Professional
    title: str
    confidentiality: str = "N"
