"""Which amounts can be: one rule each for packages, contents, strengths, doses, periods and repeats, for every reader.

A number that breaks its rule is a slip of a system and says nothing: the reader keeps the words, reports the number at
its place and carries no value. Above zero and, of things that are counted, whole follows from what is counted. The
upper bounds are those of no rule book: each lies well above the largest true amount that is known and below what a
system writes when a field overflows, an amount in another unit is pasted or a code lands in the place of a number.
"""

from decimal import Decimal
from typing import Final

MOST_PACKAGES: Final = Decimal(9_999)
"""Of one dispensing. A year of daily single-dose packages is below 2,000; five digits are an article number."""
MOST_CONTENT: Final = Decimal(99_999_999)
"""What one container holds. Infusions and dialysis fluids hold 10,000 mL, vials 10,000,000 units of an antibiotic."""
MOST_STRENGTH: Final = Decimal(10) ** 16
"""A dose or a strength. Gene therapies count particles: 2 · 10^13 genomes a mL, 10^15 a treatment (EMA, EPAR)."""
MOST_PERIOD: Final = Decimal(99_999_999)
"""From one dose to the next, in whatever unit: three years in seconds are 94,608,000."""
MOST_REPEATS: Final = Decimal(999)
"""Dispensings beyond the first. A prescription of a year dispensed each day has 364."""

_PACKAGE_UNITS: Final = frozenset({"", "1", "{package}", "{pkg}"})
"""UCUM's words for a bare count of packages, in lower case."""


def are_packages(unit: str | None) -> bool:
    """Whether a supply's unit (UCUM; None: not stated) says that packages are counted."""
    return unit is None or unit.casefold() in _PACKAGE_UNITS


def is_package_count(value: Decimal) -> bool:
    """A number of packages that can be handed out: whole, at least one."""
    return value.is_finite() and 0 < value <= MOST_PACKAGES and value == value.to_integral_value()


def is_content(value: Decimal) -> bool:
    """What a container can hold, or an amount of one dispensing that is not counted in packages."""
    return 0 < value <= MOST_CONTENT


def is_strength(value: Decimal) -> bool:
    """A strength's half, or a dose."""
    return 0 < value <= MOST_STRENGTH


def is_least_dose(value: Decimal) -> bool:
    """The lower end of a range of doses, which may be none at all ("0 to 2 tablets")."""
    return 0 <= value <= MOST_STRENGTH


def is_period(value: Decimal) -> bool:
    """A time from one dose to the next."""
    return 0 < value <= MOST_PERIOD


def is_repeat_count(value: Decimal) -> bool:
    """Dispensings that remain beyond the one stated."""
    return 0 <= value <= MOST_REPEATS and value == value.to_integral_value()


def is_dose_number(value: Decimal) -> bool:
    """Which of a series of vaccinations it is; an early one before the series is its dose zero."""
    return 0 <= value <= MOST_REPEATS and value == value.to_integral_value()
