"""May this be handed out here, on this foreign prescription? A pure function with named reasons.

Called before a dispensation is drafted, so that nothing is sent that may not be handed out. A reason is a bar, or a
stop: a stop is passed by a reason that the pharmacist records, where the rule allows it, and stays in the decision
with that reason, for the evidence.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from gateway.counter.amounts import decide_amount
from gateway.counter.groups import GROUP_A, atc_codes, groups_of, matching
from gateway.counter.products import NorwegianMarket, ProductDecision
from gateway.counter.rules import CounterRules
from transformers.model.decisions import against_dispensing
from transformers.model.people import Professional
from transformers.model.prescription import Prescription
from transformers.model.values import Moment
from transformers.norway.fest import FestLevel, FestMedicine
from transformers.norway.moments import norwegian_day
from transformers.norway.prescription import Dispensing
from transformers.norway.remaining import AmountDecision, AmountVerdict


class CounterBar(StrEnum):
    """Every reason why something is not handed out, in the order in which a reader gets them."""

    PRESCRIPTION = "prescription"
    """The prescription itself forbids it (`transformers.model.decisions`); ``detail`` is which reason."""
    EXPIRED = "expired"
    VALIDITY_UNREADABLE = "validity-unreadable"
    GROUP_UNKNOWN = "group-unknown"
    """No Norwegian medicine is like it: it may be of group A."""
    GROUP_A = "group-a"
    SCHEDULED = "scheduled-substance"
    PRODUCT_UNKNOWN = "product-unknown"
    PRODUCT_WITHDRAWN = "product-withdrawn"
    NEEDS_PRESCRIBER = "needs-prescriber"
    """``detail`` is the `ProductVerdict`."""
    EXCHANGE_NOTE = "exchange-note"
    """A substitution that FEST has a note on (`ProductDecision.exchange_note`)."""
    RESTRICTED = "restricted"
    """Utleveringsbestemmelse; ``detail`` is its id."""
    AMOUNT_IMPOSSIBLE = "amount-impossible"
    AMOUNT_OVER = "amount-over"
    AMOUNT_UNKNOWN = "amount-unknown"
    """Nobody knows what is left."""
    AMOUNT_A_LITTLE_OVER = "amount-a-little-over"
    AMOUNT_NOT_COMPARABLE = "amount-not-comparable"


_MOST_PACKAGES: Final = 1000
_OF_AMOUNT: Final[Mapping[AmountVerdict, tuple[CounterBar, bool]]] = {
    AmountVerdict.OVER: (CounterBar.AMOUNT_OVER, False),
    AmountVerdict.EXHAUSTED: (CounterBar.AMOUNT_OVER, False),
    AmountVerdict.LEFT_UNKNOWN: (CounterBar.AMOUNT_UNKNOWN, False),
    AmountVerdict.OVER_BY_LESS_THAN_A_PACKAGE: (CounterBar.AMOUNT_A_LITTLE_OVER, True),
    AmountVerdict.NOT_COMPARABLE: (CounterBar.AMOUNT_NOT_COMPARABLE, True),
}
"""What an amount is here, and whether it may be passed: a pharmacist judges, and says why."""


@dataclass(frozen=True, slots=True)
class CounterReason:
    """One reason. ``key`` is what a recorded reason is filed under."""

    bar: CounterBar
    detail: str = ""
    may_pass: bool = False
    recorded: str | None = field(default=None, repr=False)
    """What the pharmacist recorded to pass it."""

    @property
    def key(self) -> str:
        """``restricted:isotretinoin``; without a detail the bar alone."""
        return f"{self.bar}:{self.detail}" if self.detail else self.bar.value

    @property
    def holds(self) -> bool:
        """Whether it still keeps the medicine from being handed out."""
        return not (self.may_pass and self.recorded)


@dataclass(frozen=True, slots=True)
class CounterHandout:
    """What a pharmacist wants to hand out: the Norwegian package, how many of it, and the reasons she recorded."""

    item_number: str
    packages: Decimal
    reasons: Mapping[str, str] = field(default_factory=dict, repr=False)
    """By `CounterReason.key`; blank is none."""


@dataclass(frozen=True, slots=True)
class CounterDecision:
    """Every reason that was met, product and amount as far as they could be judged."""

    reasons: tuple[CounterReason, ...]
    product: ProductDecision | None = None
    amount: AmountDecision | None = None
    prescriber: Professional | None = field(default=None, repr=False)
    """Whom to ask, with name and contact, when the prescriber has to decide."""

    @property
    def may_hand_out(self) -> bool:
        """Nothing keeps it back: what could be passed was, for a recorded reason."""
        return not any(reason.holds for reason in self.reasons)

    @property
    def recorded(self) -> tuple[CounterReason, ...]:
        """The stops that were passed, for the evidence."""
        return tuple(reason for reason in self.reasons if not reason.holds)


@dataclass(frozen=True, slots=True)
class CounterTables:
    """What is decided by: products and their codes, the counter's rules, and substances under the UN conventions."""

    market: NorwegianMarket
    rules: CounterRules
    scheduled: tuple[str, ...]
    """`ExportPolicy.scheduled`: the same list in both directions."""


def decide_handout(
    prescription: Prescription,
    handout: CounterHandout,
    made: Sequence[Dispensing],
    tables: CounterTables,
    now: datetime,
) -> CounterDecision:
    """Whether ``handout`` may be made on ``prescription`` at ``now`` (with zone).

    ``made``: what this node handed out on it before and the prescription does not count yet.
    """
    fest, day = tables.market.fest, norwegian_day(now).isoformat()
    entry = fest.package(handout.item_number)
    reasons = [*_of_prescription(prescription, now), *_of_substance(prescription, entry, tables)]
    if entry is None or entry.level is not FestLevel.PACKAGE:
        return _decision(handout, [*reasons, CounterReason(CounterBar.PRODUCT_UNKNOWN)])
    if not entry.active:
        reasons.append(CounterReason(CounterBar.PRODUCT_WITHDRAWN))
    product = tables.market.decide(entry, prescription, day)
    if product.needs_prescriber:
        reasons.append(CounterReason(CounterBar.NEEDS_PRESCRIBER, product.verdict.value))
    if product.exchange_note is not None:
        reasons.append(CounterReason(CounterBar.EXCHANGE_NOTE, may_pass=True))
    reasons += _restrictions(prescription, entry, tables.rules)
    packages = handout.packages
    if not packages.is_finite() or not 0 < packages <= _MOST_PACKAGES or packages != packages.to_integral_value():
        return _decision(handout, [*reasons, CounterReason(CounterBar.AMOUNT_IMPOSSIBLE)], product)
    amount = decide_amount(prescription.item, made, entry, packages, fest)
    if amount.verdict in _OF_AMOUNT:
        bar, may_pass = _OF_AMOUNT[amount.verdict]
        reasons.append(CounterReason(bar, may_pass=may_pass))
    prescriber = prescription.item.prescriber if product.needs_prescriber else None
    return _decision(handout, reasons, product, amount, prescriber)


def against_prescription(prescription: Prescription, tables: CounterTables, now: datetime) -> tuple[CounterReason, ...]:
    """What keeps a prescription from being dispensed here whatever the product, before one is chosen.

    Group and list go by its ATC code and substances alone. None of these reasons can be passed.
    """
    return (*_of_prescription(prescription, now), *_of_substance(prescription, None, tables))


def _decision(
    handout: CounterHandout,
    reasons: Sequence[CounterReason],
    product: ProductDecision | None = None,
    amount: AmountDecision | None = None,
    prescriber: Professional | None = None,
) -> CounterDecision:
    """With the recorded reasons at the stops they are for, in the order of `CounterBar`."""
    order = list(CounterBar)
    noted = (
        CounterReason(one.bar, one.detail, one.may_pass, handout.reasons.get(one.key, "").strip() or None)
        for one in sorted(reasons, key=lambda reason: order.index(reason.bar))
    )
    return CounterDecision(tuple(noted), product, amount, prescriber)


def _of_prescription(prescription: Prescription, now: datetime) -> Iterator[CounterReason]:
    for why in against_dispensing(prescription):
        yield CounterReason(CounterBar.PRESCRIPTION, why)
    until = prescription.item.valid_until
    if until is None:
        return
    if len(until.iso) < len("2000-01-01"):
        yield CounterReason(CounterBar.VALIDITY_UNREADABLE)
    elif _is_over(until, now):
        yield CounterReason(CounterBar.EXPIRED)


def _is_over(until: Moment, now: datetime) -> bool:
    """A day ends at Norwegian midnight, a time of day when it says."""
    if "T" in until.iso:
        return datetime.fromisoformat(until.iso) < now
    return until.iso < norwegian_day(now).isoformat()


def _of_substance(
    prescription: Prescription, entry: FestMedicine | None, tables: CounterTables
) -> Iterator[CounterReason]:
    """Group and list, by whatever Norwegian medicine it could be and by the product itself."""
    like = matching(prescription.item.product, tables.market.fest)
    everything = like if entry is None else (*like, entry)
    if not like:
        yield CounterReason(CounterBar.GROUP_UNKNOWN)
    if GROUP_A in groups_of(everything):
        yield CounterReason(CounterBar.GROUP_A)
    if any(code.startswith(tables.scheduled) for code in _codes(prescription, everything)):
        yield CounterReason(CounterBar.SCHEDULED)


def _codes(prescription: Prescription, medicines: Sequence[FestMedicine]) -> frozenset[str]:
    """ATC codes of a prescription and of Norwegian medicines."""
    of_fest = (one.atc.original.code.strip().upper() for one in medicines if one.atc and one.atc.original)
    return atc_codes(prescription.item.product) | frozenset(of_fest)


def _restrictions(prescription: Prescription, entry: FestMedicine, rules: CounterRules) -> Iterator[CounterReason]:
    codes = _codes(prescription, (entry,))
    form = None if entry.form is None or entry.form.original is None else entry.form.original.code
    for rule in rules.restrictions:
        limited = bool(rule.forms) and form is not None and form not in rule.forms
        if not limited and any(code.startswith(rule.atc) for code in codes):
            yield CounterReason(CounterBar.RESTRICTED, rule.id, rule.may_pass)
