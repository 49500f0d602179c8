"""The patient summary of the pivot, shaped like the Xt-EHR EHDSPatientSummary logical model.

A section is present, known absent, without information, not readable, or its source was unavailable, by type.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Generic, TypeVar

from transformers.model.people import Device, Organisation, Person, Professional
from transformers.model.standing import Standing
from transformers.model.values import Coded, Coding, Identifier, Moment, Period, Provenance, Quantity

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KeptInWords:
    """What the sender wrote in a section and is no statement of it: why, and its words. Empty words: it had none."""

    why: Standing
    words: str


@dataclass(frozen=True, slots=True)
class Present(Generic[T]):
    """At least one statement; ``unread`` counts, one by one, what stands beside them and could not be read as one."""

    entries: tuple[T, ...]
    unread: tuple[KeptInWords, ...] = ()

    def __post_init__(self) -> None:
        if not self.entries:
            raise ValueError("a present section has entries")


@dataclass(frozen=True, slots=True)
class KnownAbsent:
    """Somebody states that there is none. ``kind`` is the IPS code, e.g. ``no-known-allergies``."""

    kind: str
    provenance: Provenance
    scope: str | None = None
    """What alone it holds for, in the sender's words (no latex allergy); None: for the whole of ``kind``."""
    unread: tuple[KeptInWords, ...] = ()
    """What stands beside it and contradicts it not: denials, further absences, plans."""


@dataclass(frozen=True, slots=True)
class NotReadable:
    """The sender states something here, and none of it could be read as a statement: neither "none" nor "unknown"."""

    unread: tuple[KeptInWords, ...]
    source: str | None = None

    def __post_init__(self) -> None:
        if not self.unread:
            raise ValueError("a section that is not readable holds something")


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


Section = Present[T] | KnownAbsent | NoInformation | NotReadable | SourceUnavailable


@dataclass(frozen=True, slots=True)
class Reaction:
    """What happened to the patient."""

    manifestation: Coded
    severity: Coded | None = None
    onset: Moment | None = None
    kind: Coded | None = None
    """Value set 42.23 (finding, symptom, diagnosis); None: a clinical finding."""


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
    concern: str | None = None
    """How the sender follows it: ``active``, ``suspended``, ``aborted`` or ``completed``; None: as the status says."""
    severity: Coded | None = None
    """Of the allergy as a whole, as older waves state it; a reaction has its own."""


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
    kind: Coded | None = None
    """Value set 42.23 (problem, diagnosis, symptom); None: a problem."""
    status: Coded | None = None
    """Value set 42.15, as a foreign source coded it; `resolved` says what it comes to."""
    health_status: Coded | None = None
    """Value set 42.30: the patient's state with it."""
    concern: str | None = None
    """How the sender follows it: ``active``, ``suspended``, ``aborted`` or ``completed``; None: as `resolved` says."""


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
    body_sites: tuple[Coded, ...] = ()
    """Value set 42.65."""


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
    """Per how much; a bare count of 1 is one unit of the product (one tablet)."""
    english: str | None = None
    """The substance's English name, where the source has one (FEST NavnEngelsk)."""


@dataclass(frozen=True, slots=True)
class PackageLayer:
    """One container. ``quantity`` is what one of it holds: content in the innermost, containers in each outer one."""

    quantity: Quantity | None
    form: Coded | None = None
    """Kind of container, value set 42.3."""
    code: Coding | None = None
    """Package code; on the outermost layer, the packaged medicinal product."""
    name: str | None = None


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
    packages: tuple[PackageLayer, ...] = ()
    """Containers from the innermost to the outermost."""
    manufacturer: Organisation | None = None
    """Holder of the marketing authorisation."""
    lot: str | None = None
    parts: "tuple[MedicinalProduct, ...]" = ()
    """The products of a kit."""
    part_quantity: Quantity | None = None
    """How many of it a kit holds; of a part only."""
    kinds: tuple[Coded, ...] = ()
    """Further classifications beside ATC (PhPID and the like), as a document gave them."""


@dataclass(frozen=True, slots=True)
class Timing:
    """One rule of when: every ``period``, at an ``event`` of value set 42.41 (with ``offset``), or once at ``at``."""

    period: Quantity | None = None
    event: Coding | None = None
    offset: Quantity | None = None
    at: Moment | None = None
    institution_specified: bool = False
    """True: so many times a day at hours of the patient's choice (8 h means three times daily, not at 8 h sharp)."""


@dataclass(frozen=True, slots=True)
class Dosage:
    """How to take it. Structured only when that says exactly what the text says; otherwise ``why_text_only``."""

    text: str | None
    why_text_only: str | None = None
    route: Coded | None = None
    dose: Quantity | None = None
    """The dose, or the least of a range."""
    period: Quantity | None = None
    dose_high: Quantity | None = None
    """The most of a range; None where the dose is one number."""
    timings: tuple[Timing, ...] = ()
    as_needed: bool = False
    daily_maximum: Quantity | None = None
    """Never more than so much in 24 hours, in the unit of the dose."""


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
    status: str | None = None
    """``active`` or ``completed`` where a document says so; None: as the period of use tells."""


@dataclass(frozen=True, slots=True)
class Immunisation:
    """A vaccination given (eHDSI E.3.19)."""

    id: str
    vaccine: Coded
    given: Moment | None
    """None: the source knows that it was given and not when."""
    provenance: Provenance
    product_name: str | None = None
    target_diseases: tuple[Coded, ...] = ()
    lot: str | None = None
    dose_number: int | None = None
    performer: Organisation | None = None
    route: Coded | None = None
    dose: Quantity | None = None
    manufacturer: Organisation | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """Something measured, asked or seen: a vital sign, a result, a social habit, a pregnancy (E.3.22 to E.3.47)."""

    id: str
    code: Coded
    value: "Quantity | Coded | Moment | Decimal | str | None"
    when: Period
    provenance: Provenance
    status: str = "completed"
    interpretation: Coded | None = None
    reference_range: str | None = None
    note: str | None = None
    parts: "tuple[Observation, ...]" = ()
    """Observations that belong to this one (expected date of delivery below a pregnancy status)."""


@dataclass(frozen=True, slots=True)
class ObservationGroup:
    """Observations made together: a blood pressure, a panel of a laboratory (organizers E.3.21, E.3.39, E.3.42)."""

    id: str
    code: Coded | None
    when: Period
    observations: tuple[Observation, ...]
    provenance: Provenance
    status: str = "completed"
    performer: Organisation | None = None


@dataclass(frozen=True, slots=True)
class Narrated:
    """A section that is text alone: advance directives, care plan, or a foreign section no template of ours knows."""

    code: Coding | None
    title: str | None
    text: str
    provenance: Provenance | None = None


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
    vital_signs: Section[ObservationGroup] = field(default_factory=NoInformation)
    results: Section[ObservationGroup] = field(default_factory=NoInformation)
    social_history: Section[Observation] = field(default_factory=NoInformation)
    pregnancies: Section[Observation] = field(default_factory=NoInformation)
    functional_status: Section[ObservationGroup] = field(default_factory=NoInformation)
    advance_directives: Section[Narrated] = field(default_factory=NoInformation)
    care_plan: Section[Narrated] = field(default_factory=NoInformation)
    other_sections: tuple[Narrated, ...] = ()
    """Sections of a foreign document that no template of ours knows: kept as what they say."""
    narratives: tuple[Narrated, ...] = ()
    """What the sections of a foreign document say in words beside their entries, section by section."""
    medications_reconciled: bool = False
    """True when the medication section is a reconciled list (PLL); False is said in the narrative."""


@dataclass(frozen=True, slots=True)
class PatientSummary:
    """A patient summary as a document."""

    id: Identifier
    """root and extension; ``root^extension`` is the XDS uniqueId."""
    parent: Identifier | None
    """Id of what it was transformed from (relatedDocument XFRM), never its own; None where a foreign one tells none."""
    patient: Person
    content: SummaryContent
    created: datetime
    last_updated: Moment
    language: str
    """``nb-NO``, ``nn-NO``, …"""
    author: Professional | Device
    custodian: Organisation
    legal_authenticator: Professional | None
    """None only in a foreign document: no summary of ours is written without one."""
    title: str
    confidentiality: str = "N"
    further_authors: tuple[Professional | Device, ...] = ()
