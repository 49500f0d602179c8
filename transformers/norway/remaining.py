"""What is left of a Norwegian prescription: the total prescribed less what was dispensed, in one exact arithmetic.

Prescribed is (1 + Reiterasjon) times Antall packages or Mengde (R0908), in the prescription's own measure: what its
packages hold, where that is stated; else packages of its item number, or the amount. Each report in force (M10) is
counted in that measure, by whatever it states: so many packages of so much, or an amount. Either all of them compare
and the sum is exact, or nothing is said of what is left but why not. Whoever lists a prescription, decides about a
dispensing or closes a prescription asks here; `transformers/norway/measures.py` knows which units compare.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final, TypeAlias

from transformers.model.finding import Finding, Report, Severity
from transformers.model.values import Coded, Coding, Quantity
from transformers.norway.code_systems import VOLVEN
from transformers.norway.measures import code_of, in_unit
from transformers.norway.package_sizes import held_by
from transformers.norway.prescription import Dispensing, Level, NorwegianPrescription

PACKAGES: Final = "packages"
"""The measure of a prescription whose package does not say what it holds: packages of its own item number."""
DISPENSINGS: Final = "dispensings"
"""The measure of a prescription that states no amount at all."""
_ROUNDED: Final = Fraction(1, 2000)
"""Antall has at most three decimals: half a thousandth of a package is no contradiction."""


class WhyNotComparable(StrEnum):
    """Why nobody can tell how much of a prescription a report used up."""

    AMOUNT_NOT_STATED = "amount-not-stated"
    """Neither packages nor an amount, or a number that cannot be."""
    PACKAGE_UNKNOWN = "package-unknown"
    """Packages of another product, or of a product that is not named, that do not say what they hold."""
    UNIT_DIFFERS = "unit-differs"
    """What was handed out is measured otherwise than what was prescribed."""
    CONTRADICTED = "contradicted"
    """Its packages and its amount, or its package and the same one prescribed, say different things."""
    PRESCRIBED_UNKNOWN = "prescribed-unknown"
    """The prescription states no amount to compare with."""


@dataclass(frozen=True, slots=True)
class PrescribedAmount:
    """How much one dispensing is by the prescription, and how often it may be made again (Reiterasjon)."""

    packages: Decimal | None = None
    amount: Quantity | None = None
    """Mengde, where it is not stated in packages."""
    item_number: str | None = None
    """Varenr."""
    holds: Quantity | None = None
    """How much one package holds, in a Norwegian unit."""
    repeats: int = 0

    @property
    def unit(self) -> str | None:
        """The measure: a unit as Norwegian messages write it (None: a bare number), `PACKAGES` or `DISPENSINGS`."""
        if self.packages is not None:
            return PACKAGES if self.holds is None else code_of(self.holds.unit)
        return DISPENSINGS if self.amount is None else code_of(self.amount.unit)

    @property
    def once(self) -> Fraction:
        """One dispensing in that measure."""
        if self.packages is not None:
            return Fraction(self.packages) * (1 if self.holds is None else Fraction(self.holds.value))
        return Fraction(1 if self.amount is None else self.amount.value)

    @property
    def total(self) -> Fraction:
        """All of them."""
        return self.once * (self.repeats + 1)


@dataclass(frozen=True, slots=True)
class CountedReport:
    """One report in force, as it was counted."""

    report_id: str | None
    """MsgId of the M10."""
    stated: str
    """What it states, in numbers and units."""
    amount: Fraction | None
    """In the prescription's measure; None: it does not compare."""
    why: WhyNotComparable | None = None


@dataclass(frozen=True, slots=True)
class AmountsLeft:
    """What is left, with its proof: sum of ``counted`` + ``left`` + ``lapsed`` = ``prescribed`` + ``excess``.

    Numbers are exact, in ``unit``.
    """

    unit: str | None
    prescribed: Fraction
    counted: tuple[CountedReport, ...]
    closed: bool = False
    """A report says that nothing more is to be dispensed (Avsluttet): what it left is ``lapsed``."""

    @property
    def used(self) -> Fraction:
        """The sum of the reports in force."""
        return sum((one.amount or Fraction(0) for one in self.counted), Fraction(0))

    @property
    def left(self) -> Fraction:
        """What may still be dispensed."""
        return Fraction(0) if self.closed else max(self.prescribed - self.used, Fraction(0))

    @property
    def lapsed(self) -> Fraction:
        """What may not be dispensed any more, since a report closed the prescription."""
        return max(self.prescribed - self.used, Fraction(0)) if self.closed else Fraction(0)

    @property
    def excess(self) -> Fraction:
        """What was dispensed beyond what was prescribed."""
        return max(self.used - self.prescribed, Fraction(0))


@dataclass(frozen=True, slots=True)
class AmountsNotComparable:
    """Reports that cannot all be counted in the prescription's measure: what is left is known to nobody."""

    unit: str | None
    prescribed: Fraction
    counted: tuple[CountedReport, ...]
    closed: bool = False

    @property
    def reasons(self) -> tuple[WhyNotComparable, ...]:
        """Why not, each once, in the order of the reports."""
        return tuple(dict.fromkeys(one.why for one in self.counted if one.why is not None))


Balance: TypeAlias = AmountsLeft | AmountsNotComparable


def what_is_left(prescribed: PrescribedAmount, made: Sequence[Dispensing]) -> Balance:
    """The balance of a prescription and its reports in force, in whichever order these come."""
    counted = tuple(_counted(prescribed, one) for one in made)
    closed = any(one.completes for one in made)
    whole = all(one.amount is not None for one in counted)
    kind = AmountsLeft if whole else AmountsNotComparable
    return kind(prescribed.unit, prescribed.total, counted, closed)


def _counted(prescribed: PrescribedAmount, made: Dispensing) -> CountedReport:
    found = _used(prescribed, made)
    why = found if isinstance(found, WhyNotComparable) else None
    return CountedReport(made.report_id, _stated(made), None if isinstance(found, WhyNotComparable) else found, why)


def _used(prescribed: PrescribedAmount, made: Dispensing) -> Fraction | WhyNotComparable:
    """What a dispensing used in the prescription's measure, by its packages and by its amount, which must agree."""
    if made.as_prescribed:
        return prescribed.once
    if made.packages is None and made.amount is None:
        return WhyNotComparable.AMOUNT_NOT_STATED
    stated = [one for one in (made.packages, None if made.amount is None else made.amount.value) if one is not None]
    if not all(one.is_finite() and one > 0 for one in stated):
        return WhyNotComparable.AMOUNT_NOT_STATED
    if prescribed.unit == DISPENSINGS:
        return WhyNotComparable.PRESCRIBED_UNKNOWN
    packed = None if made.packages is None else _by_packages(prescribed, made, made.packages)
    measured = None if made.amount is None else _by_amount(prescribed, made.amount)
    if not isinstance(measured, Fraction):
        return packed or measured or WhyNotComparable.AMOUNT_NOT_STATED
    if isinstance(packed, Fraction) and made.packages is not None:
        one_package = packed / Fraction(made.packages)
        if abs(packed - measured) > one_package * _ROUNDED:
            return WhyNotComparable.CONTRADICTED
    return WhyNotComparable.CONTRADICTED if packed is WhyNotComparable.CONTRADICTED else measured


def _by_packages(prescribed: PrescribedAmount, made: Dispensing, packages: Decimal) -> Fraction | WhyNotComparable:
    """Packages of the item prescribed as they are; of any other by what they hold."""
    count, holds = Fraction(packages), prescribed.holds
    if prescribed.item_number is not None and prescribed.item_number == made.item_number:
        if holds is None or prescribed.packages is None:
            return count if prescribed.unit == PACKAGES else _by_content(prescribed, made, count)
        theirs = None if made.holds is None else in_unit(made.holds, code_of(holds.unit))
        if theirs is not None and theirs != Fraction(holds.value):
            return WhyNotComparable.CONTRADICTED
        return count * Fraction(holds.value)
    return _by_content(prescribed, made, count)


def _by_content(prescribed: PrescribedAmount, made: Dispensing, count: Fraction) -> Fraction | WhyNotComparable:
    if made.holds is None or prescribed.unit == PACKAGES:
        return WhyNotComparable.PACKAGE_UNKNOWN
    content = in_unit(made.holds, prescribed.unit)
    if content is None:
        return WhyNotComparable.UNIT_DIFFERS
    return count * content if content > 0 else WhyNotComparable.AMOUNT_NOT_STATED


def _by_amount(prescribed: PrescribedAmount, amount: Quantity) -> Fraction | WhyNotComparable:
    if prescribed.unit == PACKAGES:
        return WhyNotComparable.PACKAGE_UNKNOWN
    found = in_unit(amount, prescribed.unit)
    return WhyNotComparable.UNIT_DIFFERS if found is None else found


def _stated(made: Dispensing) -> str:
    """``2 × 28 stk``, ``30 stk`` or both: numbers and units, never a name."""
    if made.as_prescribed:
        return "as prescribed"
    of = None if made.packages is None else f"{made.packages:f}"
    if of is not None and made.holds is not None:
        of += f" × {_said(made.holds)}"
    return "; ".join(part for part in (of, None if made.amount is None else _said(made.amount)) if part) or "nothing"


def _said(quantity: Quantity) -> str:
    unit = code_of(quantity.unit)
    return f"{quantity.value:f}" + (f" {unit}" if unit else "")


class AmountVerdict(StrEnum):
    """What the amounts of one submission are, held against what is left."""

    WITHIN = "within"
    CLOSES = "closes"
    OVER_BY_LESS_THAN_A_PACKAGE = "over-by-less-than-a-package"
    """Reported whole, closes, and is a warning in answer and evidence."""
    OVER = "over"
    """Refused, and an alarm: it may have been handed out."""
    EXHAUSTED = "exhausted"
    """Nothing was left before it. Refused, and an alarm too."""
    NOT_COMPARABLE = "not-comparable"
    """Its own measure does not compare: reported, not closed (a Norwegian pharmacist judges), not listed again."""
    LEFT_UNKNOWN = "left-unknown"
    """Refused: reports before it, or others of the submission, do not compare, so that nobody knows what is left."""


@dataclass(frozen=True, slots=True)
class AmountDecision:
    """A verdict with its proof: the balance before, and as it would be after."""

    verdict: AmountVerdict
    before: Balance
    after: Balance
    over: Fraction | None = None
    """How much more than was left, in the prescription's measure."""
    package: Fraction | None = None
    """What the smallest package handed out holds, in the same measure."""

    @property
    def refused(self) -> bool:
        """Nothing of the submission may be reported."""
        return self.verdict in (AmountVerdict.OVER, AmountVerdict.EXHAUSTED, AmountVerdict.LEFT_UNKNOWN)

    @property
    def closes(self) -> bool:
        """Nothing is left after it (Avsluttet)."""
        return self.verdict in (AmountVerdict.CLOSES, AmountVerdict.OVER_BY_LESS_THAN_A_PACKAGE)

    @property
    def alarms(self) -> bool:
        """Somebody must look: more than was left may have been handed out."""
        return self.verdict in (AmountVerdict.OVER, AmountVerdict.EXHAUSTED)


def decide_amounts(
    prescribed: PrescribedAmount, made: Sequence[Dispensing], new: Sequence[Dispensing], *, refuse_excess: bool = False
) -> AmountDecision:
    """Judge the dispensings of one submission together, before anything of it is reported.

    ``made`` are the reports in force, ``new`` (at least one) those of the submission as they would be reported
    (`transformers.norway.dispensing_report.counted` of each). More than is left by less than the smallest package
    handed out is a warning, or refused with ``refuse_excess``.
    """
    if not new:
        raise ValueError("a submission has a dispensing")
    before, after = what_is_left(prescribed, made), what_is_left(prescribed, [*made, *new])
    if before.closed or (isinstance(before, AmountsLeft) and before.left == 0):
        return AmountDecision(AmountVerdict.EXHAUSTED, before, after)
    if isinstance(before, AmountsNotComparable):
        return AmountDecision(AmountVerdict.LEFT_UNKNOWN, before, after)
    if isinstance(after, AmountsNotComparable):
        alone = len(new) == 1
        return AmountDecision(AmountVerdict.NOT_COMPARABLE if alone else AmountVerdict.LEFT_UNKNOWN, before, after)
    over, package = after.used - after.prescribed, _smallest_package(prescribed, new)
    if over <= 0:
        verdict = AmountVerdict.CLOSES if over == 0 else AmountVerdict.WITHIN
        return AmountDecision(verdict, before, after)
    within = not refuse_excess and package is not None and over < package
    verdict = AmountVerdict.OVER_BY_LESS_THAN_A_PACKAGE if within else AmountVerdict.OVER
    return AmountDecision(verdict, before, after, over, package)


def _smallest_package(prescribed: PrescribedAmount, new: Sequence[Dispensing]) -> Fraction | None:
    """What the smallest package of them holds; None where one does not say."""
    sizes = [_by_packages(prescribed, replace(one, amount=None), Decimal(1)) for one in new]
    known = [size for size in sizes if isinstance(size, Fraction)]
    return min(known) if len(known) == len(sizes) else None


def prescribed_amount(prescription: NorwegianPrescription) -> PrescribedAmount:
    """What a prescription allows; of one whose dispensings were not taken off yet (`with_dispensings`)."""
    item = prescription.item
    holds = prescription.package_holds or held_by(item.product.packages)
    packages = None if item.packages is None else item.packages.value
    return PrescribedAmount(packages, item.amount, prescription.item_number, holds, prescription.reiterasjon)


def with_dispensings(
    prescription: NorwegianPrescription, made: Sequence[Dispensing]
) -> tuple[NorwegianPrescription, Report]:
    """The prescription with its item as it is left after these dispensings; of goods they are noted, not counted.

    ``prescription`` is one that nobody counted yet: ValueError for one with dispensings, for its item is what was left.
    """
    if prescription.dispensed is not None:
        raise ValueError("dispensings were counted already")
    noted, report = replace(prescription, dispensed=tuple(made)), Report()
    if prescription.level is Level.GOODS:
        return noted, report
    prescribed = prescribed_amount(prescription)
    balance = what_is_left(prescribed, made)
    if balance.closed or (isinstance(balance, AmountsLeft) and balance.left == 0):
        return replace(noted, item=replace(prescription.item, completed=True)), report
    if isinstance(balance, AmountsNotComparable):
        why = tuple(reason.value for reason in balance.reasons)
        words = "what is left cannot be told: dispensings are measured otherwise than the prescription"
        report.add(Finding(Severity.WARNING, "left-not-comparable", "item.packages", words, ", ".join(why)))
        return replace(noted, not_comparable=why), report
    return _as_left(noted, prescribed, balance.left, report), report


def _as_left(
    noted: NorwegianPrescription, prescribed: PrescribedAmount, left: Fraction, report: Report
) -> NorwegianPrescription:
    """The item with its next dispensing and the repeats after it.

    Of less than one dispensing whole packages are told as such, else the amount: no part of a package is prescribed.
    """
    item = noted.item
    full, rest = divmod(left, prescribed.once)
    if full >= 1:
        if rest:
            words = "what is left holds no whole number of dispensings"
            report.add(Finding(Severity.WARNING, "rest-outside-repeats", "item.repeats", words))
        return replace(noted, item=replace(item, repeats=int(full) - 1))
    if prescribed.packages is None or prescribed.holds is None:
        amount = item.amount if item.amount is None else replace(item.amount, value=exact_decimal(left))
        packages = None if item.packages is None else replace(item.packages, value=exact_decimal(left))
        return replace(noted, item=replace(item, packages=packages, amount=amount, repeats=0))
    count = left / Fraction(prescribed.holds.value)
    if count.denominator == 1:
        packages = Quantity(exact_decimal(count), None if item.packages is None else item.packages.unit)
        return replace(noted, item=replace(item, packages=packages, repeats=0))
    amount = Quantity(exact_decimal(left), _coded_unit(noted, prescribed.holds))
    return replace(noted, item=replace(item, packages=None, amount=amount, repeats=0))


def _coded_unit(prescription: NorwegianPrescription, holds: Quantity) -> Coded | None:
    """The unit of what a package holds with its code, as the prescription's own container states it."""
    inner = prescription.item.product.packages[0].quantity if prescription.item.product.packages else None
    if inner is not None and code_of(inner.unit) == code_of(holds.unit):
        return inner.unit
    code = code_of(holds.unit)
    return None if code is None else Coded(code, Coding(code, f"{VOLVEN}7452"))


def exact_decimal(value: Fraction) -> Decimal:
    """A number of finitely many decimals as a decimal, digit for digit; ValueError for any other, which is no sum."""
    rest, scale = value.denominator, 0
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        raise ValueError("no number of finitely many decimals")
    while value.denominator != 1:
        value, scale = value * 10, scale + 1
    return Decimal((int(value < 0), tuple(map(int, str(abs(value.numerator)))), -scale))
