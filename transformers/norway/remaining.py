"""What is left of a Norwegian prescription: the total allowed less what was dispensed (M1 with M9.8 and M10).

Total allowed is (1 + Reiterasjon) times Antall packages or Mengde (R0908). One eHDSI document states one dispensing;
the rest are its repeats.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from transformers.model.values import Quantity
from transformers.norway.prescription import Dispensing

_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class OneDispensing:
    """What one dispensing is by the prescription."""

    packages: Quantity | None
    amount: Quantity | None


@dataclass(frozen=True, slots=True)
class Remaining:
    """What may be dispensed now, and how often again."""

    next: OneDispensing
    repeats: int
    rest: Decimal = Decimal(0)
    """Packages (or amount) that no full dispensing holds: allowed, but outside ``repeats``."""


def remaining(one: OneDispensing, reiterasjon: int, made: Sequence[Dispensing]) -> Remaining | None:
    """What is left; None when nothing is.

    Dispensings are counted in the prescription's own measure where each tells it, else one for one.
    """
    if any(dispensing.completes for dispensing in made):
        return None
    measure = _measure(one)
    used = [_used(one, dispensing) for dispensing in made]
    known = [value for value in used if value is not None]
    size = measure.value if measure is not None and len(known) == len(used) else _ONE
    left = size * (reiterasjon + 1) - (sum(known, Decimal(0)) if len(known) == len(used) else Decimal(len(made)))
    if left <= 0:
        return None
    full = int(left // size)
    if full >= 1:
        return Remaining(one, full - 1, left - full * size)
    return Remaining(_less(one, left), 0)


def _measure(one: OneDispensing) -> Quantity | None:
    return one.packages if one.packages is not None else one.amount


def _used(one: OneDispensing, made: Dispensing) -> Decimal | None:
    """What a dispensing used in the prescription's measure, None when it cannot be compared."""
    if one.packages is not None:
        return made.packages
    if one.amount is None or made.amount is None or made.amount.unit != one.amount.unit:
        return None
    return made.amount.value


def _less(one: OneDispensing, left: Decimal) -> OneDispensing:
    if one.packages is not None:
        return OneDispensing(Quantity(left, one.packages.unit), one.amount)
    if one.amount is not None:
        return OneDispensing(None, Quantity(left, one.amount.unit))
    return one
