"""Synthetic Norwegian numbers for the sample persons: birth month +80, control digits of HIS 1001:2010 or 2032.

Used by the authoring script only; the tests check its output with an implementation of their own.
"""

from datetime import date

_FIRST = (3, 7, 6, 1, 8, 9, 4, 5, 2)
_SECOND = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


def _sum(weights: tuple[int, ...], digits: list[int]) -> int:
    return sum(weight * digit for weight, digit in zip(weights, digits, strict=True))


def _control(weights: tuple[int, ...], digits: list[int], remainder: int = 0) -> int | None:
    digit = (remainder - _sum(weights, digits)) % 11
    return digit if digit < 10 else None


def synthetic(born: date, start: int, *, d_number: bool = False, remainder: int = 0) -> str:
    """The first issuable number from individual number ``start``, its parity kept.

    ``remainder`` 1..3 makes a number of the 2032 rule.
    """
    day = born.day + (40 if d_number else 0)
    stem = f"{day:02}{born.month + 80:02}{born.year % 100:02}"
    for individual in range(start, start + 100, 2):
        digits = [int(digit) for digit in f"{stem}{individual:03}"]
        first = _control(_FIRST, digits, remainder)
        if first is None:
            continue
        second = _control(_SECOND, [*digits, first])
        if second is not None:
            return "".join(str(digit) for digit in [*digits, first, second])
    raise ValueError("no issuable number in the range")


def organisation(stem: str) -> str:
    """An organisation number of eight invented digits and its mod 11 control digit."""
    digit = -_sum((3, 2, 7, 6, 5, 4, 3, 2), [int(char) for char in stem]) % 11
    if digit == 10:
        raise ValueError("no such organisation number")
    return f"{stem}{digit}"
