"""Which Norwegian prescriptions may cross a border: one pure function, a list of named reasons against.

The table (which rule applies, its legal source, its words) is data: `config/exportability.toml`, read by
`gateway/national/exportability.py`. Here is what each rule looks at. No reason means it may cross; what is not known
counts as a reason wherever the rule is not a matter of policy.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from transformers.norway.moments import norwegian_day
from transformers.norway.prescription import Level, NorwegianPrescription, SignatureState

HOSPITAL_PRESCRIPTION = "950"
"""RefHjemmel, Volven 7427: H-resept."""
_VACCINE = "4"
"""Bruk, Volven 9101."""
_VACCINES = "J07"
"""ATC."""
_DISPENSABLE = "E"
_APPLICATION = ("A", "B")
"""Status, Volven 7408: application refused, application being decided."""
_GROUPS = frozenset({"A", "B", "C", "CF", "F", "K"})


class Why(StrEnum):
    """Every reason there is, in the order it is told."""

    SIGNATURE = "signature"
    GROUP_A = "group-a"
    GROUP_UNKNOWN = "group-unknown"
    STATUS = "status"
    EXPIRED = "expired"
    NOTHING_LEFT = "nothing-left"
    LOCKED = "locked"
    AMOUNT_MISSING = "amount-missing"
    GOODS = "goods"
    COMPOUNDED = "compounded"
    SINGLE_DOSE = "single-dose"
    MULTIDOSE = "multidose"
    OWN_PRACTICE = "own-practice"
    GROUP_B = "group-b"
    SCHEDULED = "scheduled-substance"
    GROUP_F = "group-f"
    SUPPLEMENT = "supplement"
    APPROVAL_EXEMPTION = "approval-exemption"
    HOSPITAL = "hospital-prescription"
    GUARDIAN_RESERVED = "guardian-reserved"
    GUARDIAN_RESERVED_FROM_ALL = "guardian-reserved-from-all"
    EXPEDITION_REQUESTED = "expedition-requested"
    NOT_YET = "not-yet"
    VACCINE = "vaccine"


MANDATORY = frozenset(
    {
        *(Why.SIGNATURE, Why.GROUP_A, Why.GROUP_UNKNOWN, Why.STATUS, Why.EXPIRED, Why.NOTHING_LEFT, Why.LOCKED),
        *(Why.AMOUNT_MISSING, Why.GUARDIAN_RESERVED),
    }
)
"""Rules no configuration switches off."""


class AskedBy(StrEnum):
    """Who stands at the foreign pharmacy, as the asker tells it."""

    PATIENT = "patient"
    GUARDIAN = "guardian"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reason:
    """A row of the table."""

    why: Why
    applies: bool
    legal_source: str
    text_nb: str
    text_en: str


@dataclass(frozen=True, slots=True)
class ExportPolicy:
    """The table; it has every reason once, and no mandatory one is switched off."""

    reasons: Mapping[Why, Reason]
    scheduled: tuple[str, ...]
    """ATC codes, or their beginnings, of internationally scheduled substances."""

    def __post_init__(self) -> None:
        missing = [why for why in Why if why not in self.reasons or self.reasons[why].why is not why]
        if missing:
            raise ValueError(f"rules without a row: {', '.join(missing)}")
        off = [why for why in Why if why in MANDATORY and not self.reasons[why].applies]
        if off:
            raise ValueError(f"rules that cannot be switched off: {', '.join(off)}")
        if not all(self.scheduled):
            raise ValueError("scheduled: an empty code would be the beginning of every code")


@dataclass(frozen=True, slots=True)
class Asking:
    """The circumstances of one request."""

    now: datetime
    by: AskedBy = AskedBy.UNKNOWN
    reference_numbers: frozenset[str] = field(default=frozenset(), repr=False)
    """RefNr the patient handed over."""


def reasons_against_export(
    prescription: NorwegianPrescription, policy: ExportPolicy, asking: Asking
) -> tuple[Reason, ...]:
    """Every applying reason why the prescription may not cross, in the table's order; none: it may."""
    return tuple(
        policy.reasons[why] for why in Why if policy.reasons[why].applies and _HOLDS[why](prescription, asking, policy)
    )


_Rule = Callable[[NorwegianPrescription, Asking, ExportPolicy], bool]


def _in_group(group: str) -> _Rule:
    """By the prescription or by FEST: the stricter one counts."""
    return lambda one, _asking, _policy: group in (one.reseptgruppe, one.fest_group)


def _group_unknown(one: NorwegianPrescription, _asking: Asking, _policy: ExportPolicy) -> bool:
    """A medicine whose group is not told could be of group A. Goods have none."""
    if one.level in (Level.GOODS, Level.COMPOUNDED):
        return False
    return one.reseptgruppe not in _GROUPS


def _scheduled(one: NorwegianPrescription, _asking: Asking, policy: ExportPolicy) -> bool:
    """On the deny list by the prescription or by FEST; in group B also a substance without a code to look up."""
    atc = one.item.product.atc
    stated = None if atc is None or atc.original is None else atc.original.code
    codes = [code.strip().upper() for code in (stated, one.fest_atc) if code is not None]
    if stated is None and "B" in (one.reseptgruppe, one.fest_group):
        return True
    return any(code.startswith(policy.scheduled) for code in codes)


def _expired(one: NorwegianPrescription, asking: Asking, _policy: ExportPolicy) -> bool:
    """After the Norwegian day it is valid until; one without an end cannot be told to be valid."""
    until = one.item.valid_until
    return until is None or until.iso[:10] < norwegian_day(asking.now).isoformat()


def _not_yet(one: NorwegianPrescription, asking: Asking, _policy: ExportPolicy) -> bool:
    return one.earliest is not None and one.earliest.iso[:10] > norwegian_day(asking.now).isoformat()


def _locked(one: NorwegianPrescription, asking: Asking, _policy: ExportPolicy) -> bool:
    return one.locked and (one.reference_number is None or one.reference_number not in asking.reference_numbers)


def _amount_missing(one: NorwegianPrescription, _asking: Asking, _policy: ExportPolicy) -> bool:
    """Neither packages nor an amount; and what is counted in packages of nobody knows what (a substance, a brand)."""
    item = one.item
    if one.level is Level.SUBSTANCE or item.packages is None:
        return item.amount is None
    return not (item.product.packages or item.product.parts)


def _level(*levels: Level) -> _Rule:
    return lambda one, _asking, _policy: one.level in levels


def _reserved(one: NorwegianPrescription, asking: Asking, _policy: ExportPolicy) -> bool:
    return one.guardian_reserved and asking.by is not AskedBy.PATIENT


def _reserved_from_all(one: NorwegianPrescription, asking: Asking, _policy: ExportPolicy) -> bool:
    return one.guardian_reserved and asking.by is AskedBy.PATIENT


def _hospital(one: NorwegianPrescription, _asking: Asking, _policy: ExportPolicy) -> bool:
    return one.reimbursement is not None and one.reimbursement.original is not None and (
        one.reimbursement.original.code == HOSPITAL_PRESCRIPTION
    )  # fmt: skip


def _vaccine(one: NorwegianPrescription, _asking: Asking, _policy: ExportPolicy) -> bool:
    """Said to be one (Bruk), or of the ATC group of vaccines."""
    said = one.use is not None and one.use.original is not None and one.use.original.code == _VACCINE
    atc = one.item.product.atc
    return said or (atc is not None and atc.original is not None and atc.original.code.upper().startswith(_VACCINES))


_HOLDS: Mapping[Why, _Rule] = {
    Why.SIGNATURE: lambda one, _asking, _policy: one.signature is not SignatureState.VALID,
    Why.GROUP_A: _in_group("A"),
    Why.GROUP_UNKNOWN: _group_unknown,
    Why.STATUS: lambda one, _asking, _policy: one.status != _DISPENSABLE,
    Why.EXPIRED: _expired,
    Why.NOTHING_LEFT: lambda one, _asking, _policy: one.item.completed,
    Why.LOCKED: _locked,
    Why.AMOUNT_MISSING: _amount_missing,
    Why.GOODS: _level(Level.GOODS),
    Why.COMPOUNDED: _level(Level.COMPOUNDED),
    Why.SINGLE_DOSE: _level(Level.DOSE),
    Why.MULTIDOSE: lambda one, _asking, _policy: one.multidose,
    Why.OWN_PRACTICE: lambda one, _asking, _policy: one.own_practice,
    Why.GROUP_B: _in_group("B"),
    Why.SCHEDULED: _scheduled,
    Why.GROUP_F: _in_group("F"),
    Why.SUPPLEMENT: _in_group("K"),
    Why.APPROVAL_EXEMPTION: lambda one, _asking, _policy: one.approval_exemption or one.status in _APPLICATION,
    Why.HOSPITAL: _hospital,
    Why.GUARDIAN_RESERVED: _reserved,
    Why.GUARDIAN_RESERVED_FROM_ALL: _reserved_from_all,
    Why.EXPEDITION_REQUESTED: lambda one, _asking, _policy: one.expedition_requested,
    Why.NOT_YET: _not_yet,
    Why.VACCINE: _vaccine,
}
