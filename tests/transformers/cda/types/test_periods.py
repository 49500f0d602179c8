"""A period that ends before it begins is the reader's own error, in every document that has one."""

import pytest

from tests.support.documents.foreign import ICD10, codes, problem, read, section
from tests.support.documents.medicines import PRESCRIBED, dosage_in_summary, edited, item
from transformers.model.values import Moment, Period

DIABETES = f'<value xsi:type="CD" code="E11" {ICD10} displayName="Type 2 diabetes mellitus"/>'
ENTRY = "//h:entry/h:substanceAdministration"


def interval(low: str, high: str) -> str:
    return f'<effectiveTime xsi:type="IVL_TS"><low value="{low}"/><high value="{high}"/></effectiveTime>'


def test_a_treatment_upside_down_is_no_period_and_an_error():
    low, high = f"{ENTRY}/h:effectiveTime[1]/h:low", f"{ENTRY}/h:effectiveTime[1]/h:high"
    sound = edited(edited(PRESCRIBED, low, attributes={"value": "20261101"}), high, attributes={"value": "20261231"})
    turned = edited(edited(PRESCRIBED, low, attributes={"value": "20261231"}), high, attributes={"value": "20261101"})
    assert item(sound)[0].treatment == Period(Moment("2026-11-01"), Moment("2026-12-31"))
    read_, findings = item(turned)
    assert read_.treatment == Period()
    assert "period-reversed" in {f.code for f in findings}


@pytest.mark.parametrize(("low", "high", "turned"), [("20261231", "20261101", True), ("20261101", "20261231", False)])
def test_the_use_of_a_medicine_and_the_time_of_a_problem_are_not_upside_down(low: str, high: str, turned: bool):
    times = interval(low, high)
    _, findings = dosage_in_summary(times)
    found = read(section("problems", problem(times + DIABETES)))
    assert ("period-reversed" in {f.code for f in findings}) is turned
    assert ("period-reversed" in codes(found)) is turned


def test_a_day_within_the_month_it_begins_in_is_not_upside_down():
    _, findings = dosage_in_summary(interval("20261130", "202611"))
    assert "period-reversed" not in {f.code for f in findings}
