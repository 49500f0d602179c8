"""Foreign words in fields of an M10 that Reseptformidleren takes only so long: a short form that says that it is one.

Which lengths, is agreed with Reseptformidleren and configured (Volven 7419, 182, 190, 194, 231; no public page states
them). The whole text stays in the journal's record of the dispensation. Nothing is cut inside a word, and a short form
has no number: half a strength or half a dosage would be another statement.
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from itertools import takewhile
from typing import Final

from transformers.norway.dispensing_report import DispensingReport

SHORTENED: Final = " … (forkortet)"
LEFT_OUT: Final = "Utelatt, for lang (forkortet)"
"""Stands where nothing of a text can be told that is not another statement."""
SHORTEST: Final = 40
"""Characters below which a field has no room for a short form that says so, and for a country."""


class ShortField(StrEnum):
    """Fields that may hold a short form."""

    NAME = "NavnFormStyrke"
    BRAND = "Varenavn"
    DOSAGE = "DosVeiledEnkel"
    REMARK = "Merknad"
    DISPENSER = "Navn"
    """Of the Utleverer: the foreign pharmacy and its country."""


def with_short_forms(report: DispensingReport, longest: Mapping[ShortField, int]) -> DispensingReport:
    """The report with each text no longer than ``longest`` (characters) says; a field that is not there has no end.

    ValueError for a length in which a short form cannot say that it is one.
    """
    if any(most < SHORTEST for most in longest.values()):
        raise ValueError("too short to say that a text was shortened")
    name = _with_its_end(report.dispenser.name, longest.get(ShortField.DISPENSER))
    report = replace(report, dispenser=replace(report.dispenser, name=name))
    medicine = report.medicine
    if medicine is None:
        return report
    product = replace(medicine.product, name=_fit(medicine.product.name, longest.get(ShortField.NAME)))
    most = longest.get(ShortField.DOSAGE)
    too_long = medicine.dosage_text is not None and most is not None and len(medicine.dosage_text) > most
    medicine = replace(
        medicine,
        product=product,
        brand=None if medicine.brand is None else _fit(medicine.brand, longest.get(ShortField.BRAND)),
        remark=None if medicine.remark is None else _fit(medicine.remark, longest.get(ShortField.REMARK)),
        dosage_text=LEFT_OUT if too_long else medicine.dosage_text,
    )
    return replace(report, medicine=medicine)


def _with_its_end(name: str, most: int | None) -> str:
    """A pharmacy's name, shortened before its country in brackets."""
    pharmacy, bracket, country = name.rpartition(" (")
    end = bracket + country
    return _fit(pharmacy, None if most is None else most - len(end)) + end


def _fit(text: str, most: int | None) -> str:
    """The text, or its first whole words, up to the first that has a number."""
    if most is None or len(text) <= most:
        return text
    words = text[: most - len(SHORTENED) + 1].split(" ")[:-1]
    words = list(takewhile(lambda word: not any(map(str.isdigit, word)), words))
    return " ".join(words) + SHORTENED if any(words) else LEFT_OUT
