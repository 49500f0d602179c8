"""A prescription and a dispensation of the pivot, shaped like the Xt-EHR medication prescription and dispense models.

One document is one item (eHDSI ePrescription E.2.1, exactly one entry). What a source did not say is None: an amount, a
number of packages or a substitution is never invented.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from transformers.model.people import Device, Organisation, Person, Professional
from transformers.model.summary import Dosage, MedicinalProduct
from transformers.model.values import Coded, Coding, Identifier, Moment, Period, Provenance, Quantity


class Substitution(StrEnum):
    """May the dispenser give another product of the same kind? What was not stated is None, never a member."""

    ALLOWED = "allowed"
    NOT_ALLOWED = "not-allowed"


@dataclass(frozen=True, slots=True)
class PrescribedItem:
    """One medicine prescribed, whoever prescribed it."""

    id: Identifier
    """The prescription item's id (M1: ReseptId; eP: section and entry id); the dispensation repeats it verbatim."""
    product: MedicinalProduct
    dosage: Dosage
    treatment: Period
    """When the patient takes it; the validity of the prescription is `prescribed` to `valid_until`."""
    prescribed: Moment | None
    provenance: Provenance
    valid_until: Moment | None = None
    packages: Quantity | None = None
    """Number of packages of one dispensing (a bare count)."""
    amount: Quantity | None = None
    """Amount of one dispensing where it is not stated in packages (M1 Mengde)."""
    repeats: int | None = None
    """Dispensings that remain beyond the one stated; None: not said."""
    substitution: Substitution | None = None
    substitution_code: Coded | None = None
    """The code as the source gave it (value set 42.7), where it gave one."""
    reason: Coded | None = None
    to_patient: str | None = None
    """Instruction to the patient beside the dosage text."""
    to_dispenser: str | None = None
    prescriber: Professional | None = None
    completed: bool = False
    """Nothing is left to dispense: statusCode completed, or no status that a document states open."""
    status: str | None = None
    """The statusCode as the document states it (``active`` is open); None where it states none, and of our sources."""
    prescription: Identifier | None = None
    """Id of the prescription the item belongs to (section id), where it is another than the item's."""
    negated: bool = False
    """The document denies it, states it in another mood or as null: it is no prescription, and nothing is dispensed."""


@dataclass(frozen=True, slots=True)
class Prescription:
    """An ePrescription as a document."""

    id: Identifier
    parent: Identifier | None
    """Id of what it was transformed from (relatedDocument XFRM); None where the document does not say."""
    patient: Person
    item: PrescribedItem
    created: datetime
    language: str
    author: Professional | Device
    custodian: Organisation
    legal_authenticator: Professional | None
    title: str
    confidentiality: Coding | None = None
    narrative: str | None = None
    """The section's own words, of a document that was read."""
    doubts: tuple[str, ...] = ()
    """Codes of what its reader found in error, each once: no decision stands on a document that has any."""


@dataclass(frozen=True, slots=True)
class DispensedItem:
    """What was handed out on a prescription item (eHDSI E.3.3)."""

    id: Identifier
    """The dispensation's id; a discard names it."""
    prescription_item: Identifier
    """REFR id: the item's id, root and extension verbatim."""
    product: MedicinalProduct
    """The product dispensed; its outermost package carries the package code."""
    quantity: Quantity | None
    """Packages dispensed (or an amount in UCUM); None where unreadable, with a finding."""
    dispensed: Moment | None
    dispenser: Professional | None
    substituted: bool
    prescribed_product: MedicinalProduct | None = None
    dosage: Dosage | None = None
    provenance: Provenance | None = None
    negated: bool = False
    """The document denies it, states it in another mood or as null: nothing was handed out."""


@dataclass(frozen=True, slots=True)
class Dispensation:
    """An eDispensation as a document."""

    id: Identifier
    prescription: Identifier | None
    """inFulfillmentOf: the ePrescription document's id; None where a foreign document lacks it, with a finding."""
    patient: Person
    item: DispensedItem
    created: datetime
    language: str
    author: Professional | Device
    custodian: Organisation
    legal_authenticator: Professional | None
    title: str
    confidentiality: Coding | None = None
    parent: Identifier | None = None
    narrative: str | None = None
    """The section's own words, of a document that was read."""
    doubts: tuple[str, ...] = ()
    """Codes of what its reader found in error, each once: no decision stands on a document that has any."""


@dataclass(frozen=True, slots=True)
class OriginalDocument:
    """A document of level 1: a header and the original as PDF (PS, eP, OrCD)."""

    kind: str
    """Id of `transformers.cda.kinds`: ``ps-l1``, ``ep-l1``, ``orcd-lab``, …"""
    id: Identifier
    code: Coding
    patient: Person
    created: datetime
    language: str
    author: Professional | Device
    custodian: Organisation
    legal_authenticator: Professional | None
    title: str
    media_type: str
    content: bytes
    confidentiality: Coding | None = None
    parent: Identifier | None = None
    related: tuple[Identifier, ...] = ()
    """The same content at another level (relatedDocument)."""
    last_updated: Moment | None = None
    """When what a patient summary documents was last updated (documentationOf); None: when it was made."""
    authored: Moment | None = None
    """When its author wrote what it is the original of: the day of a prescription. None: not said."""
