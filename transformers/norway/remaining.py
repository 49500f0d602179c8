"""How much of a prescription is left: Reiterasjon counts dispensings beyond the first, M10 reports count those made.

R0908: total = (1 + Reiterasjon) times one dispensing (Antall packages, or Mengde). Both ways of counting are asked, by
dispensings and by amount where every report states the same unit; the smaller answer counts. What cannot be counted is
refused, never guessed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from transformers.model.values import Quantity
from transformers.norway.dispensing_report import DispensedMedicine, DispensingReport


@dataclass(frozen=True, slots=True)
class Prescribed:
    """What one dispensing of the prescription is, and how many there may be beyond the first."""

    repeats: int
    packages: Decimal | None = None
    item_number: str | None = None
    package_size: str | None = None
    amount: Quantity | None = None


@dataclass(frozen=True, slots=True)
class Remaining:
    """``dispensings`` that may still be made."""

    dispensings: int
    counted_by_amount: bool
    """The amounts dispensed could be compared with what was prescribed."""


def remaining(prescribed: Prescribed, made: Sequence[DispensingReport]) -> Remaining:
    """What is left after the dispensings ``made`` (those in force); 0 once one of them closed the prescription."""
    total = 1 + prescribed.repeats
    by_count = max(0, total - len(made))
    used = _used(prescribed, made)
    if any(one.closed for one in made):
        return Remaining(0, used is not None)
    if used is None:
        return Remaining(by_count, counted_by_amount=False)
    by_amount = max(0, total - int(used.to_integral_value(ROUND_CEILING)))
    return Remaining(min(by_count, by_amount), counted_by_amount=True)


def _used(prescribed: Prescribed, made: Sequence[DispensingReport]) -> Decimal | None:
    """Dispensings used up, by amount; None where a report states something that cannot be compared."""
    shares = [None if one.medicine is None else _share(prescribed, one.medicine) for one in made]
    known = [share for share in shares if share is not None]
    return sum(known, Decimal()) if len(known) == len(shares) else None


def _share(prescribed: Prescribed, medicine: DispensedMedicine) -> Decimal | None:
    """One report's part of one dispensing."""
    if prescribed.packages and medicine.packages is not None and _same_package(prescribed, medicine):
        return medicine.packages / prescribed.packages
    wanted, given = prescribed.amount, medicine.amount
    if wanted is not None and given is not None and wanted.value and _unit(wanted) == _unit(given):
        return given.value / wanted.value
    return None


def _same_package(prescribed: Prescribed, medicine: DispensedMedicine) -> bool:
    """Packages compare only when they are the same item, or the same size in the same writing."""
    if prescribed.item_number is not None and prescribed.item_number == medicine.item_number:
        return True
    size = medicine.package_size
    return prescribed.package_size is not None and size is not None and size.written == prescribed.package_size


def _unit(quantity: Quantity) -> str | None:
    return None if quantity.unit is None else (quantity.unit.text or "").casefold()
