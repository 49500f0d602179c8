"""What is left of a Norwegian prescription: the total allowed less what was dispensed (M1 with M9.8 and M10).

Total allowed is (1 + Reiterasjon) times Antall packages or Mengde (R0908). One eHDSI document states one dispensing;
the rest are its repeats.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal

from transformers.model.finding import Finding, Report, Severity
from transformers.model.values import Quantity
from transformers.norway.prescription import Dispensing, Level, NorwegianPrescription

_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class OneDispensing:
    """What one dispensing is by the prescription."""

    packages: Quantity | None
    amount: Quantity | None
    item_number: str | None = None
    holds: Quantity | None = None
    """Varenr, and how much one package holds: packages of something else are not simply counted."""


@dataclass(frozen=True, slots=True)
class Remaining:
    """What may be dispensed now, and how often again."""

    next: OneDispensing
    repeats: int
    rest: Decimal = Decimal(0)
    """Packages (or amount) that no full dispensing holds: allowed, but outside ``repeats``."""


def remaining(one: OneDispensing, reiterasjon: int, made: Sequence[Dispensing]) -> Remaining | None:
    """What is left; None when nothing is.

    A dispensing is counted in the prescription's own measure where it can be compared with it. One that cannot be
    counts as a whole dispensing (one of nothing or less too), packages of another product as no fewer than they are.
    """
    if any(dispensing.completes for dispensing in made):
        return None
    measure = _measure(one)
    size = _ONE if measure is None else measure.value
    left = size * (reiterasjon + 1) - sum((_used(one, dispensing, size) for dispensing in made), Decimal(0))
    if left <= 0:
        return None
    full = int(left // size)
    if full >= 1:
        return Remaining(one, full - 1, left - full * size)
    return Remaining(_less(one, left), 0)


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
    item = prescription.item
    stated = OneDispensing(item.packages, item.amount, prescription.item_number, prescription.package_holds)
    left = remaining(stated, prescription.reiterasjon, made)
    if left is None:
        return replace(noted, item=replace(item, completed=True)), report
    if left.rest:
        words = "what is left holds no whole number of dispensings"
        report.add(Finding(Severity.WARNING, "rest-outside-repeats", "item.repeats", words))
    shown = replace(item, packages=left.next.packages, amount=left.next.amount, repeats=left.repeats)
    return replace(noted, item=shown), report


def _measure(one: OneDispensing) -> Quantity | None:
    return one.packages if one.packages is not None else one.amount


def _used(one: OneDispensing, made: Dispensing, size: Decimal) -> Decimal:
    """What a dispensing used in the prescription's measure."""
    if one.packages is not None:
        return size if made.packages is None or made.packages <= 0 else _packages(one, made, made.packages, size)
    handed = made.amount or _content(made)
    if one.amount is None or handed is None or handed.value <= 0 or _unit(handed) != _unit(one.amount):
        return size
    return handed.value


def _content(made: Dispensing) -> Quantity | None:
    """What the packages handed out hold, all of them."""
    if made.packages is None or made.holds is None:
        return None
    return Quantity(made.packages * made.holds.value, made.holds.unit)


def _unit(quantity: Quantity) -> str | None:
    """The unit as the messages write it."""
    return None if quantity.unit is None else quantity.unit.text


def _packages(one: OneDispensing, made: Dispensing, count: Decimal, size: Decimal) -> Decimal:
    """Packages of the product prescribed, or of one that nothing tells from it, as they are; others by what they hold.

    A part of a package is a whole one: what is left is never counted too high.
    """
    if one.item_number is None or made.item_number is None or one.item_number == made.item_number:
        return count
    ours, theirs = one.holds, made.holds
    if ours is None or theirs is None or _unit(ours) != _unit(theirs) or ours.value <= 0:
        return max(size, count)
    return (count * theirs.value / ours.value).to_integral_value(ROUND_CEILING)


def _less(one: OneDispensing, left: Decimal) -> OneDispensing:
    if one.packages is not None:
        return replace(one, packages=Quantity(left, one.packages.unit))
    if one.amount is not None:
        return replace(one, amount=Quantity(left, one.amount.unit))
    return one
