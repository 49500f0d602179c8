"""Words for the label: from structure alone, else the prescriber's own."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from gateway.counter.label import label_of
from tests.gateway.counter.foreign import ucum
from transformers.model.summary import Dosage, Timing
from transformers.model.values import Coding, Moment, Quantity

THRICE = Timing(period=ucum("8", "h"), institution_specified=True)
WHOLE = Dosage("Dois comprimidos três vezes por dia", dose=ucum("2", "{tablet}"), timings=(THRICE,))


@pytest.mark.parametrize(
    ("language", "words"), [("nb", ("2", "3 ganger")), ("nn", ("2", "3 gonger")), ("en", ("2", "3 times"))]
)
def test_a_dosage_that_is_structured_whole_has_words(language: Any, words: tuple[str, ...]):
    label = label_of(WHOLE, language)
    assert label.words is not None
    assert all(word in label.words for word in words)
    assert not label.to_be_translated
    assert label.original == WHOLE.text


NOT_WHOLE = {
    "text alone": {"dose": None, "timings": ()},
    "text that structure does not cover": {"why_text_only": "phases"},
    "no dose": {"dose": None},
    "no rhythm": {"timings": ()},
    "two rhythms": {"timings": (THRICE, THRICE)},
    "as needed": {"as_needed": True},
    "a greatest dose": {"daily_maximum": ucum("8", "{tablet}")},
    "a period beside": {"period": ucum("1", "d")},
    "a dose without unit": {"dose": Quantity(Decimal(2))},
    "a unit without words": {"dose": ucum("2", "{smidgen}")},
    "a range of two units": {"dose_high": ucum("4", "mL")},
    "a range of one number": {"dose_high": ucum("2", "{tablet}")},
    "a range upside down": {"dose_high": ucum("1", "{tablet}")},
    "no dose at all": {"dose": ucum("0", "{tablet}")},
    "a rhythm of no time": {"timings": (Timing(period=ucum("8", "{meal}")),)},
    "a rhythm of nothing": {"timings": (Timing(period=ucum("0", "h")),)},
    "an event": {"timings": (Timing(event=Coding("HS", "x")),)},
    "a rhythm at an event": {"timings": (replace(THRICE, event=Coding("HS", "x")),)},
    "a moment": {"timings": (Timing(at=Moment("2026-12-01")),)},
    "an offset": {"timings": (replace(THRICE, offset=ucum("1", "h")),)},
}


@pytest.mark.parametrize("why", NOT_WHOLE)
def test_what_is_not_structured_whole_is_left_to_the_pharmacist(why: str):
    label = label_of(replace(WHOLE, **NOT_WHOLE[why]), "nb")  # type: ignore[arg-type] - tests change fields by name
    assert label.to_be_translated
    assert label.words is None
    assert label.original == WHOLE.text


def test_a_range_is_said_with_both_ends():
    label = label_of(replace(WHOLE, dose=ucum("1", "{tablet}"), dose_high=ucum("2", "{tablet}")), "nb")
    assert label.words is not None
    assert "1–2" in label.words
