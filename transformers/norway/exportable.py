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


class ExportBar(StrEnum):
    """Every reason why a prescription may be barred from crossing, in the order in which a reader gets them."""

    SIGNATURE = "signature"
    GROUP_A = "group-a"
    GROUP_UNKNOWN = "group-unknown"
    STATUS = "status"
    EXPIRED = "expired"
    NOTHING_LEFT = "nothing-left"
    LEFT_NOT_COMPARABLE = "left-not-comparable"
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
        *(
            ExportBar.SIGNATURE,
            ExportBar.GROUP_A,
            ExportBar.GROUP_UNKNOWN,
            ExportBar.STATUS,
            ExportBar.EXPIRED,
            ExportBar.NOTHING_LEFT,
            ExportBar.LEFT_NOT_COMPARABLE,
            ExportBar.LOCKED,
        ),
        *(ExportBar.AMOUNT_MISSING, ExportBar.GUARDIAN_RESERVED),
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

    why: ExportBar
    applies: bool
    legal_source: str
    text_nb: str
    text_en: str


@dataclass(frozen=True, slots=True)
class ExportPolicy:
    """The table; it has every reason once, and no mandatory one is switched off."""

    reasons: Mapping[ExportBar, Reason]
    scheduled: tuple[str, ...]
    """ATC codes, or their beginnings, of internationally scheduled substances."""

    def __post_init__(self) -> None:
        missing = [why for why in ExportBar if why not in self.reasons or self.reasons[why].why is not why]
        if missing:
            raise ValueError(f"rules without a row: {', '.join(missing)}")
        off = [why for why in ExportBar if why in MANDATORY and not self.reasons[why].applies]
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
        policy.reasons[why]
        for why in ExportBar
        if policy.reasons[why].applies and _HOLDS[why](prescription, asking, policy)
    )


def names_against_export(prescription: NorwegianPrescription, policy: ExportPolicy, asking: Asking) -> tuple[str, ...]:
    """The same by name, as evidence keeps them; of a signature and of amounts with what is wrong with them."""
    details = {
        ExportBar.SIGNATURE: (prescription.signature.value,),
        ExportBar.LEFT_NOT_COMPARABLE: prescription.not_comparable,
    }
    against = reasons_against_export(prescription, policy, asking)
    return tuple("/".join((reason.why.value, *details.get(reason.why, ()))) for reason in against)


_Rule = Callable[[NorwegianPrescription, Asking, ExportPolicy], bool]


def _in_group(group: str) -> _Rule:
    """By the prescription or by FEST: the stricter one counts."""
    return lambda one, _asking, _policy: group in (one.reseptgruppe, one.fest_group)


def _group_unknown(one: NorwegianPrescription, _asking: Asking, _policy: ExportPolicy) -> bool:
    """A medicine whose group the prescription, or FEST, tells in no word of the list could be of A. Goods have none."""
    if one.level in (Level.GOODS, Level.COMPOUNDED):
        return False
    return one.reseptgruppe not in _GROUPS or (one.fest_group is not None and one.fest_group not in _GROUPS)


def _scheduled(one: NorwegianPrescription, _asking: Asking, policy: ExportPolicy) -> bool:
    """On the deny list by the prescription or by FEST; in group B also a substance without a code to look up."""
    atc = one.item.product.atc
    if (atc is None or atc.original is None) and "B" in (one.reseptgruppe, one.fest_group):
        return True
    return any(code.startswith(policy.scheduled) for code in _atc_codes(one))


def _atc_codes(one: NorwegianPrescription) -> list[str]:
    """ATC by the prescription, in each of its codings, and by FEST: a rule that looks at a code looks at all."""
    atc = one.item.product.atc
    codings = () if atc is None else (atc.original, *atc.others)
    stated = (coding.code for coding in codings if coding is not None)
    return [code.strip().upper() for code in (*stated, one.fest_atc) if code is not None]


def _expired(one: NorwegianPrescription, asking: Asking, _policy: ExportPolicy) -> bool:
    """After the Norwegian day it is valid until; one without an end cannot be told to be valid."""
    until = one.item.valid_until
    return until is None or until.iso[:10] < norwegian_day(asking.now).isoformat()


def _not_yet(one: NorwegianPrescription, asking: Asking, _policy: ExportPolicy) -> bool:
    return one.earliest is not None and one.earliest.iso[:10] > norwegian_day(asking.now).isoformat()


def _locked(one: NorwegianPrescription, asking: Asking, _policy: ExportPolicy) -> bool:
    return one.locked and (one.reference_number is None or one.reference_number not in asking.reference_numbers)


def _amount_missing(one: NorwegianPrescription, _asking: Asking, _policy: ExportPolicy) -> bool:
    """No amount that a pharmacy abroad could dispense: neither packages nor an amount is stated, or only packages are,
    and no source describes what one holds (as of a substance or a brand prescribed without an item number)."""
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
    """Said to be one (Bruk), or of the ATC group of vaccines by the prescription or by FEST."""
    said = one.use is not None and one.use.original is not None and one.use.original.code == _VACCINE
    return said or any(code.startswith(_VACCINES) for code in _atc_codes(one))


_HOLDS: Mapping[ExportBar, _Rule] = {
    ExportBar.SIGNATURE: lambda one, _asking, _policy: one.signature is not SignatureState.VALID,
    ExportBar.GROUP_A: _in_group("A"),
    ExportBar.GROUP_UNKNOWN: _group_unknown,
    ExportBar.STATUS: lambda one, _asking, _policy: one.status != _DISPENSABLE,
    ExportBar.EXPIRED: _expired,
    ExportBar.NOTHING_LEFT: lambda one, _asking, _policy: one.item.completed,
    ExportBar.LEFT_NOT_COMPARABLE: lambda one, _asking, _policy: bool(one.not_comparable),
    ExportBar.LOCKED: _locked,
    ExportBar.AMOUNT_MISSING: _amount_missing,
    ExportBar.GOODS: _level(Level.GOODS),
    ExportBar.COMPOUNDED: _level(Level.COMPOUNDED),
    ExportBar.SINGLE_DOSE: _level(Level.DOSE),
    ExportBar.MULTIDOSE: lambda one, _asking, _policy: one.multidose,
    ExportBar.OWN_PRACTICE: lambda one, _asking, _policy: one.own_practice,
    ExportBar.GROUP_B: _in_group("B"),
    ExportBar.SCHEDULED: _scheduled,
    ExportBar.GROUP_F: _in_group("F"),
    ExportBar.SUPPLEMENT: _in_group("K"),
    ExportBar.APPROVAL_EXEMPTION: lambda one, _asking, _policy: one.approval_exemption or one.status in _APPLICATION,
    ExportBar.HOSPITAL: _hospital,
    ExportBar.GUARDIAN_RESERVED: _reserved,
    ExportBar.GUARDIAN_RESERVED_FROM_ALL: _reserved_from_all,
    ExportBar.EXPEDITION_REQUESTED: lambda one, _asking, _policy: one.expedition_requested,
    ExportBar.NOT_YET: _not_yet,
    ExportBar.VACCINE: _vaccine,
}
