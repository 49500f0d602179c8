"""Observations of foreign documents: what a source may leave out of a reference range, and what is then read."""

import pytest

from tests.support.documents.foreign import LOINC, codes, observation, read, section
from transformers.model.summary import Present


def end(name: str, value: str | None, unit: str | None) -> str:
    told = "" if value is None else f' value="{value}"' + ("" if unit is None else f' unit="{unit}"')
    return f"<{name}{told}/>"


@pytest.mark.parametrize(
    ("low", "high", "unit", "words"),
    [
        ("4.5", "6.5", "mmol/L", "4.5 – 6.5 mmol/L"),
        ("4.5", "6.5", None, "4.5 – 6.5"),
        ("4.5", None, "mmol/L", "≥ 4.5 mmol/L"),
        ("4.5", None, None, "≥ 4.5"),
        (None, "6.5", "mmol/L", "≤ 6.5 mmol/L"),
        (None, "6.5", None, "≤ 6.5"),
        (None, None, None, None),
    ],
)
def test_a_reference_range_is_kept_as_words_whatever_of_it_is_stated(low, high, unit, words):
    ends = end("low", low, unit) + end("high", high, unit)
    ranged = (
        f'<referenceRange><observationRange><value xsi:type="IVL_PQ">{ends}</value></observationRange></referenceRange>'
    )
    value = '<value xsi:type="PQ" value="5" unit="mmol/L"/>'
    result = read(section("results", observation(f'<code code="2823-3" {LOINC} displayName="K"/>', value, ranged)))
    results = result.summary.content.results
    assert isinstance(results, Present)
    ((made,),) = (group.observations for group in results.entries)
    assert made.reference_range == words
    assert codes(result) == [] if words is None else ["range-as-text"]
