"""What each decision of the product stands on, and what it means when that is absent: the table, and its evaluation.

Absent is never a pass. A field that the guide demands refuses the decision when it is not stated; for one that the
guide leaves open the guide's own default holds, and whoever shows it says that it was not stated. Null, empty and
unreadable count as not stated; a reader that finds a field stated and unreadable notes an ERROR besides, and what was
found in error refuses as well (`Prescription.doubts`, `Dispensation.doubts`).

Sources: eHDSI 8.0.0 document templates E.1.1, E.1.2 and entries E.3.2, E.3.3 with their cardinalities (M, R: must be
stated); data types R1; the national rules of each country for what leaves it. Pure: no CDA, no message.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from transformers.model.prescription import Dispensation, Prescription
from transformers.model.summary import MedicinalProduct


class DecisionKind(StrEnum):
    """What is decided, each by one place of the product."""

    DISPENSE = "dispense"
    """Something is handed out on a foreign ePrescription (`ncpeh transform --to cda-ed-l3`)."""
    EXPORT = "export"
    """A Norwegian prescription may cross (`transformers.norway.exportable`)."""
    LIST = "list"
    """A prescription is listed as open (ITI-38 in both roles)."""
    FULFIL = "fulfil"
    """A foreign eDispensation is reported for a prescription (M10)."""
    ADMIT = "admit"
    """A request opens national doors (`gateway.admission`)."""
    ANNUL = "annul"
    """A dispensation is taken back (discard)."""


@dataclass(frozen=True, slots=True)
class DecidingField:
    """A row: one field, and what it means for a decision that it is not stated."""

    name: str
    reason: str | None
    """Why it is refused without the field: a finding's code, a bar of export, a class of refusal. None: it is not."""
    text: str
    """What is so when it is not stated, in a sentence: of a refusal the finding's, else the guide's own default."""
    source: str


def _refuse(name: str, text: str, source: str, reason: str | None = None) -> DecidingField:
    return DecidingField(name, reason or f"{name}-missing", text, source)


def _default(name: str, text: str, source: str) -> DecidingField:
    return DecidingField(name, None, text, source)


_DOCUMENT: Final = _refuse(
    "document-id", "The document has no id that names it alone.", "CDA R2 4.2.1; E.1.1, E.1.2: id M"
)
_CREATED: Final = _refuse("created", "The document does not say when it was made.", "E.1.1, E.1.2: effectiveTime M")
_PATIENT: Final = _refuse(
    "patient",
    "The document does not say whose it is: a number, a name and a birth date.",
    "recordTarget M; id R, name M, birthTime M",
)
_TABLE_DISPENSE: Final = (
    _DOCUMENT,
    _CREATED,
    _PATIENT,
    _refuse("prescriber", "No person is named as who prescribed it.", "E.1.1: author M, assignedPerson M"),
    _refuse("prescription-id", "The section has no id: the prescription is not named.", "E.2.1: id R"),
    _refuse("item-id", "The entry has no id: the item prescribed is not named.", "E.3.2: id M"),
    _refuse("mood", "It is not said that this is an order (moodCode).", "RIM 2.47 ActMood; E.3.2: moodCode INT"),
    _refuse(
        "status", "It is not said whether anything is left to dispense.", "E.3.2: statusCode M, active or completed"
    ),
    _refuse("product", "The product has no name.", "E.3.30: name R"),
    _refuse("package", "It is not said what a package holds.", "E.3.30: asContent M, its quantity M"),
    _refuse("amount-mood", "It is not said that the amount is ordered (moodCode).", "E.3.2: supply, moodCode RQO"),
    _refuse("amount", "The document does not state how much is to be dispensed.", "E.3.2: supply R, quantity M"),
    _default(
        "substitution", "Another product of the same kind may be handed out.", "E.3.2: SUBST 0..1, absence = allowed"
    ),
    _default("repeats", "One dispensing, the one that is stated.", "E.3.2 has no place for repeats"),
    _default("treatment", "No period limits when it is taken.", "E.3.2: effectiveTime, nullFlavor UNK allowed"),
    _default(
        "dosage", "The patient is told how to take it in the prescriber's words alone, if at all.", "E.3.12: 0..1"
    ),
    _default("unit", "A quantity without unit is a count.", "data types R1, PQ.unit: default 1"),
)
_TABLE_FULFIL: Final = (
    _DOCUMENT,
    _CREATED,
    _PATIENT,
    _refuse("order", "The document does not name the prescription it fulfils.", "E.1.2: inFulfillmentOf M, id R"),
    _refuse("dispensation-id", "The dispensation has no id.", "E.3.3: id M"),
    _refuse("reference", "The dispensation does not name the prescription item.", "E.3.3: REFR M, id M"),
    _refuse("mood", "It is not said that anything was handed out (moodCode).", "RIM 2.47 ActMood; E.3.3: moodCode EVN"),
    _refuse("product", "The product has no name.", "E.3.30: name R"),
    _refuse("amount", "The document does not state how much is handed out.", "E.3.3: quantity M"),
    _refuse("performer", "No performer is named; the author stands for it.", "E.3.3: performer R"),
    _refuse("time", "It is not said when it was dispensed.", "E.3.3: performer/time; M10 Utleveringsdato"),
    _default("substituted", "The product prescribed was handed out.", "E.3.3: SUBST 0..1, presence = substituted"),
    _default("package", "The product's packages are not described.", "received documents; M10 counts packages alone"),
    _default("status", "It was handed out, as its mood says.", "E.3.3 has no statusCode"),
    _default("unit", "A quantity without unit is a count.", "data types R1, PQ.unit: default 1"),
)
_RULES: Final = "config/exportability.toml, legal source of each row"
_TABLE_EXPORT: Final = (
    _refuse("signature", "A prescription whose signature was not verified does not cross.", _RULES, "signature"),
    _refuse("group", "Without its group it could be of group A.", _RULES, "group-unknown"),
    _refuse("status", "Without a status nothing can be told to be left.", _RULES, "status"),
    _refuse("valid-until", "Without an end it cannot be told to be valid.", _RULES, "expired"),
    _refuse("amount", "No pharmacy abroad could tell how much to hand out.", _RULES, "amount-missing"),
    _default("substitution", "The pharmacy may substitute.", "M1 BytteresRekvirent 0..1; E.3.2: absence = allowed"),
    _default("earliest", "It may be dispensed from the day it was written.", "M1 Utleveringsdato 0..1"),
)
_TABLE_LIST: Final = (
    _DOCUMENT,
    _refuse("patient", "An entry is about somebody.", "XDS sourcePatientId R"),
    _refuse("status", "Without a status it is not listed as open.", "eHDSI CP-051: event code of the status"),
    _default("strength", "The list says no strength.", "CP-051: event code 0..1"),
    _default("substitution", "The list does not speak of it.", "CP-051: event code 0..1"),
)
_ITI: Final = "IHE ITI TF-2, eHDSI security"
_TABLE_ADMIT: Final = (
    _refuse("caller's country", "A country that is not configured asks nothing.", _ITI, "CountryUnknown"),
    _refuse("agreement", "A service that was not agreed is not given.", "config/countries.toml", "ServiceNotAgreed"),
    _refuse("treatment relationship", "Clinical doors need a TRC.", _ITI, "TrcMissing"),
    _refuse("patient identifier", "A person is asked for by a number.", _ITI, "PatientIdentifierMissing"),
    _refuse("class code", "A question names the class of documents it wants.", _ITI, "ClassCodeUnknown"),
    _refuse("permission", "A right that was not stated is none.", "HL7 permission catalogue", "PermissionMissing"),
    _refuse("role", "A role that is not mapped has no rights here.", "config/roles.csv", "RoleForbidden"),
    _default("home community", "ITI-38 goes to whom it was sent to.", "ITI TF-2b 3.38: homeCommunityId 0..1"),
)
_TABLE_ANNUL: Final = (
    _refuse(
        "document-id", "A discard names the dispensation's document by its id.", "OpenNCP 8, 9: ClinicalDocument/id"
    ),
    _refuse("dispensation-id", "The dispensation to be taken back has no id.", "E.3.3: id M"),
)

TABLE: Final[Mapping[DecisionKind, tuple[DecidingField, ...]]] = {
    DecisionKind.DISPENSE: _TABLE_DISPENSE,
    DecisionKind.EXPORT: _TABLE_EXPORT,
    DecisionKind.LIST: _TABLE_LIST,
    DecisionKind.FULFIL: _TABLE_FULFIL,
    DecisionKind.ADMIT: _TABLE_ADMIT,
    DecisionKind.ANNUL: _TABLE_ANNUL,
}
"""Every decision with what it stands on, in the order in which reasons are given."""

NEGATED: Final = "negated"
CLOSED: Final = "completed"
"""Reasons that no absence makes: the item is denied; nothing is left of it."""
OPEN: Final = "active"
"""The one status of E.3.2 with which something is left to dispense."""


def field_of(decision: DecisionKind, name: str) -> DecidingField:
    """The row of that name. Raises KeyError."""
    return {row.name: row for row in TABLE[decision]}[name]


def reasons_against(decision: DecisionKind, facts: Mapping[str, bool]) -> tuple[str, ...]:
    """The reason of each field that refuses when it is absent and is not stated, in the table's order.

    ``facts``: whether the field of that name is stated; a field that is not in it is not.
    """
    return tuple(row.reason for row in TABLE[decision] if row.reason is not None and not facts.get(row.name, False))


def not_stated(decision: DecisionKind, facts: Mapping[str, bool]) -> tuple[DecidingField, ...]:
    """The fields that are not stated and whose default therefore holds: shown as not stated, never as a value."""
    return tuple(row for row in TABLE[decision] if row.reason is None and not facts.get(row.name, False))


_BY_READER: Final = frozenset({"mood", "amount-mood", "prescription-id"})
"""Fields that the pivot has no member for: the reader of the document notes an ERROR, and so a doubt, without them."""
_ALWAYS: Final = frozenset({"document-id", "created", "item-id", "dispensation-id", "reference"})
"""Members that no pivot value can lack: a document without them is not read."""


def against_dispensing(prescription: Prescription) -> tuple[str, ...]:
    """Every reason why nothing is handed out on a prescription; none: it may be.

    What its reader found in error, what the table demands and the pivot lacks, a denied item, a closed one.
    """
    item = prescription.item
    facts = {
        **_given(),
        "patient": any(one.extension for one in prescription.patient.identifiers),
        "prescriber": item.prescriber is not None,
        "status": item.status is not None,
        "product": bool(item.product.name.strip()),
        "package": _packed(item.product),
        "amount": item.packages is not None or item.amount is not None,
    }
    other = () if item.status in {None, OPEN, CLOSED} else ("status-unknown",)
    signs = _signs(negated=item.negated, closed=item.status == CLOSED)
    return _all(reasons_against(DecisionKind.DISPENSE, facts), prescription.doubts, other, signs)


def against_fulfilling(dispensation: Dispensation) -> tuple[str, ...]:
    """Every reason why a dispensation is not reported for any prescription; none: it may be, for the one it names."""
    item = dispensation.item
    facts = {
        **_given(),
        "patient": any(one.extension for one in dispensation.patient.identifiers),
        "order": dispensation.prescription is not None,
        "product": bool(item.product.name.strip()),
        "amount": item.quantity is not None,
        "performer": item.dispenser is not None,
        "time": item.dispensed is not None,
    }
    return _all(reasons_against(DecisionKind.FULFIL, facts), dispensation.doubts, _signs(negated=item.negated))


def against_listing(prescription: Prescription) -> tuple[str, ...]:
    """Every reason why a prescription is not listed as open; none: it is.

    Of a Norwegian prescription ``completed`` is its status; of a document that was read the status is a doubt.
    """
    item = prescription.item
    facts = {**_given(), "patient": bool(prescription.patient.identifiers), "status": True}
    return _all(
        reasons_against(DecisionKind.LIST, facts),
        prescription.doubts,
        _signs(negated=item.negated, closed=item.completed),
    )


def _given() -> dict[str, bool]:
    return dict.fromkeys((*_BY_READER, *_ALWAYS), True)


def _packed(product: MedicinalProduct) -> bool:
    """Whether it is said what each of its containers holds; a kit is described by its parts."""
    return bool(product.packages or product.parts) and all(one.quantity is not None for one in product.packages)


def _signs(*, negated: bool, closed: bool = False) -> tuple[str, ...]:
    return tuple(code for code, so in ((NEGATED, negated), (CLOSED, closed)) if so)


def _all(*reasons: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for group in reasons for code in group))
