"""Norwegian person numbers: fødselsnummer, D-number and FH-number, checked and classified, never interpreted.

Rules: HIS 1001:2010 (numbers), Skatteetaten "Ny fødselsnummerserie fra 2032" (both generations live side by side for
ever, so the union is accepted). Birth date, sex and century are the register's to say: a number from 2032 on does not
carry them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from transformers.norway.errors import NumberInvalid

FNR = "2.16.578.1.12.4.1.4.1"
DNR = "2.16.578.1.12.4.1.4.2"
FHN = "2.16.578.1.12.4.1.4.3"
HPR = "2.16.578.1.12.4.1.4.4"
ENH = "2.16.578.1.12.4.1.4.101"
HER = "2.16.578.1.12.4.1.2"
RSH = "2.16.578.1.12.4.1.4.102"
KINDS_OF_ORGANISATION_IDS = "2.16.578.1.12.4.1.1.9051"
KINDS_OF_PERSON_IDS = "2.16.578.1.12.4.1.1.8116"
"""Volven: what a message says of an id of an organisation (HER, ENH, RSH) and of a person (FNR, HPR)."""

_FIRST = (3, 7, 6, 1, 8, 9, 4, 5, 2)
_SECOND = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_SYNTHETIC_OFFSETS = (80, 65, 40)
"""Added to the month in test numbers: Skatteetaten, NHN, NAV. Hospitals' local H-numbers use +40 too and are no
national number."""


class NumberKind(StrEnum):
    """What a number is, by its first digit."""

    FNR = FNR
    DNR = DNR
    FHN = FHN


CODES_OF_KINDS = {
    NumberKind.FNR: ("FNR", "Fødselsnummer"),
    NumberKind.DNR: ("DNR", "D-nummer"),
    NumberKind.FHN: ("FHN", "Felles hjelpenummer"),
}
"""Volven 8116 and 8327: code and words of a kind of person number in a message."""


@dataclass(frozen=True, slots=True)
class PersonNumber:
    """A number whose form, calendar and control digits are right. Prints masked."""

    value: str = field(repr=False)
    kind: NumberKind
    synthetic: bool
    """A test number: a node in production refuses it."""
    only_2032: bool
    """Right under the rule of 2032, wrong under today's."""

    @property
    def root(self) -> str:
        """OID of its series."""
        return str(self.kind)


def read_person_number(text: str) -> PersonNumber:
    """Check eleven digits; raises ``NumberInvalid`` with the rule that was broken."""
    if len(text) != 11 or not text.isascii() or not text.isdigit():
        raise NumberInvalid("digits")
    digits = tuple(int(c) for c in text)
    first = (_sum(_FIRST, digits) + digits[9]) % 11
    second = (_sum(_SECOND, digits) + digits[10]) % 11
    if digits[0] >= 8:
        if first or second:
            raise NumberInvalid("control")
        return PersonNumber(text, NumberKind.FHN, synthetic=False, only_2032=False)
    synthetic = _check_calendar(text)
    if second or first > 3:
        raise NumberInvalid("control")
    kind = NumberKind.DNR if digits[0] >= 4 else NumberKind.FNR
    return PersonNumber(text, kind, synthetic=synthetic, only_2032=first != 0)


def _sum(weights: Iterable[int], digits: tuple[int, ...]) -> int:
    return sum(w * d for w, d in zip(weights, digits, strict=False))


def _check_calendar(text: str) -> bool:
    """Whether the month carries a test offset; raises when no offset gives a day of the calendar.

    The century is unknown, so 29 February is right in every year divisible by four (2000 stands for 00).
    """
    day, month, year = int(text[:2]), int(text[2:4]), int(text[4:6])
    if day > 40:
        day -= 40
    offset = next((o for o in _SYNTHETIC_OFFSETS if o < month <= o + 12), 0)
    month -= offset
    if not 1 <= month <= 12:
        raise NumberInvalid("series")
    try:
        date(2000 + year, month, day)
    except ValueError:
        raise NumberInvalid("calendar") from None
    return offset != 0
