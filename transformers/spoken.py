"""Amounts, rhythms and points in time as a person reads them: the dress of a number, never another number.

Units are UCUM's (2.1, case sensitive) and EDQM's by the table `config/words/measures.csv`; after ISMP, "Error-prone
abbreviations, symbols and dose designations": micro in letters, a zero before the decimal sign and none after the last
digit. Arbitrary units are no international ones. What the table lacks stays as the document writes it.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from transformers.model.summary import Timing
from transformers.model.values import Moment, Quantity
from transformers.words import LANGUAGES, Language, Words, read_words

SPOKEN: Final = read_words("measures")
"""``unit.X`` and ``units.X`` one and several of a unit (UCUM, EDQM), ``every.X`` rhythms, ``month.X``, ``age.X``."""
_HALVES: Final = {Decimal("0.5"): "½", Decimal("0.25"): "¼"}
_SOLID: Final = frozenset({"{tablet}", "10219000", "15054000"})
"""What can be broken: UCUM's annotation, EDQM's dose form and its unit of presentation "Tablet"."""
_LONGEST: Final = 30
"""Digits of a number that are written out."""
_GROUPED_FROM: Final = 10_000
_BLANK: Final = "\N{NO-BREAK SPACE}"
_DAY: Final = 24
_INFANT: Final = 24
"""Months up to which an age is told in months."""
TIMES: Final = frozenset({"min", "h", "d", "wk", "mo", "a"})
"""UCUM's units of time in which something is taken again and again."""
_DATE: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(?:T([0-9]{2}:[0-9]{2})(:[0-9.]+)?(.*))?)?)?")


@dataclass(frozen=True, slots=True)
class Measures:
    """The measures of one reader's language."""

    language: Language

    @property
    def words(self) -> Words:
        """The words of the language."""
        return SPOKEN[self.language]

    def number(self, value: Decimal) -> str:
        """The digits of a number: no exponent, no zero at its end, one before its decimal sign, thousands apart."""
        if abs(value.adjusted()) > _LONGEST:
            return str(value)
        whole, _, part = format(abs(value), "f").partition(".")
        whole = whole.lstrip("0") or "0"
        if int(whole) >= _GROUPED_FROM:
            head = len(whole) % 3
            parts = [whole[:head]] if head else []
            whole = _BLANK.join(parts + [whole[at : at + 3] for at in range(head, len(whole), 3)])
        part = part.rstrip("0")
        sign = "." if self.language == "en" else ","
        return f"{'-' if value < 0 else ''}{whole}{sign if part else ''}{part}"

    def counted(self, value: Decimal, code: str) -> str:
        """The number of something that can be broken in halves and quarters, or of anything else."""
        part = value % 1
        if code.lower() not in _SOLID or value < 0 or part not in _HALVES:
            return self.number(value)
        return f"{self.number(value - part) if value >= 1 else ''}{_HALVES[part]}"

    def amount(self, amount: Quantity, high: Quantity | None = None) -> str:
        """A quantity, or a range up to ``high`` in the same unit; one without unit says so."""
        code = code_of(amount)
        last = amount if high is None else high
        number = self.counted(amount.value, code)
        if high is not None:
            number = f"{number}–{self.counted(high.value, code)}"
        return f"{number}{_BLANK}{self.unit(last)}" if code else f"{number} ({self.words['no_unit']})"

    def unit(self, amount: Quantity) -> str:
        """The unit's words for this number of it."""
        code = code_of(amount)
        return self._unit(code, amount.value) or _written(amount) or code

    def strength(self, numerator: Quantity, denominator: Quantity | None) -> str:
        """How much there is in how much; of one unit of the product the amount alone."""
        told = self.amount(numerator)
        if denominator is None or (not code_of(denominator) and denominator.value == 1):
            return told
        if denominator.value == 1 and code_of(denominator) not in TIMES:
            return f"{told}/{self.unit(denominator)}"
        of = self.number(denominator.value) if not code_of(denominator) else self.amount(denominator)
        return f"{told} {self.words['per']} {of}"

    def rhythm(self, timing: Timing) -> str | None:
        """How often; None where it is none that a period states."""
        period = timing.period
        if period is None:
            return None
        unit, value = code_of(period), period.value
        if unit == "h" and value == _DAY:
            unit, value = "d", Decimal(1)
        hours = value if unit == "h" else value * _DAY if unit == "d" else None
        if timing.institution_specified and hours and hours <= _DAY and _DAY % hours == 0:
            times = Decimal(_DAY) / hours
            return self.words["times.1"] if times == 1 else self.words["times.n"].replace("{}", self.number(times))
        of_week = {"d": 7, "h": 168}.get(unit)
        if of_week and value and value % of_week == 0:
            unit, value = "wk", value / of_week
        own = self.words.get(f"every.{self.number(value)}.{unit}")
        if own:
            return own
        if unit not in TIMES or value != value.to_integral_value():
            return self.words["apart"].replace("{}", self.amount(period))
        return self.words[f"every.{unit}"].replace("{}", self.number(value))

    def moment(self, moment: Moment, *, seconds: bool = False) -> str:
        """A point in time, as precise as it is, its seconds left out unless they are asked for; with its zone."""
        found = _DATE.fullmatch(moment.iso)
        if found is None:
            return moment.iso
        year, month, day, clock, second, zone = found.groups()
        if month is None:
            return str(year)
        if self.language == "en":
            date = moment.iso[:10]
        elif day is None:
            date = f"{self.words[f'month.{month}']} {year}"
        else:
            date = f"{day}.{month}.{year}"
        if clock is None:
            return date
        at = clock + (second or "" if seconds else "")
        at = at if self.language == "en" else at.replace(".", ",").replace(":", ".")
        return f"{date} {self.words['at_clock']} {at} ({'UTC' if zone == 'Z' else f'UTC{zone}'})"

    def age(self, born: Moment, when: Moment) -> str | None:
        """Whole years from a day to another, months below two years; None where the days are not told."""
        if min(len(born.iso), len(when.iso)) < 10 or when.iso[:10] < born.iso[:10]:
            return None
        years = int(when.iso[:4]) - int(born.iso[:4])
        months = years * 12 + int(when.iso[5:7]) - int(born.iso[5:7]) - (when.iso[8:10] < born.iso[8:10])
        if months < _INFANT:
            return self.words["age.months"].replace("{}", str(months))
        return self.words["age.years"].replace("{}", str(months // 12))

    def _unit(self, code: str, value: Decimal) -> str | None:
        lower = code.lower() if code.startswith("{") else code
        several = value == 0 or (value > 1 if self.language == "en" else value >= 2)
        own = (self.words.get(f"units.{lower}") if several else None) or self.words.get(f"unit.{lower}")
        if own or "/" not in code:
            return own or _annotation(code)
        top, _, below = code.partition("/")
        over = self._unit(top, value) or top
        under = self._unit(below, Decimal(1)) or below
        return f"{over} {self.words['per']} {under}" if below in TIMES else f"{over}/{under}"


def measures_of(words: Words) -> Measures:
    """The measures of the language that a table of words names in its row ``spoken``."""
    return Measures(next(language for language in LANGUAGES if language == words["spoken"]))


def code_of(amount: Quantity) -> str:
    """The unit's code, else its words; empty for a bare count."""
    unit = amount.unit
    if unit is None:
        return ""
    coding = unit.target or unit.original
    return coding.code if coding is not None else unit.text or ""


def _written(amount: Quantity) -> str | None:
    """A unit in the words of the document: its display or its text."""
    unit = amount.unit
    if unit is None:
        return None
    displays = (coding.display for coding in (unit.target, unit.original) if coding is not None)
    return next((words for words in (*displays, unit.text) if words), None)


def _annotation(code: str) -> str | None:
    """An annotation of UCUM is words already: its braces and joints are not."""
    return code[1:-1].replace("_", " ") if code.startswith("{") and code.endswith("}") else None
