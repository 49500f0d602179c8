"""Who reports a dispensing at home, and how long a foreign prescription is kept: data of `config/counter.toml`."""

import tomllib
from datetime import UTC, date, datetime
from typing import Any

import pytest

from gateway.configuration.shipped import shipped
from gateway.counter.home_report import HomeReporting, WhyReported, facts_for_own_system, kept_until, who_reports
from gateway.counter.read_rules import read_rules
from gateway.counter.rules import CounterRules, HomeReporter
from tests.gateway.counter.foreign import SELO_ZOK, handout, prescribed, rules
from transformers.model.values import Identifier
from transformers.norway.foreign_dispensing import local_prescription_id

FNR, DNR, HELP_NUMBER = "04816130080", "44816130089", "80000000000"
AGREEMENT = {"her_id": "8094866", "reference": "avtale 12", "valid_from": date(2027, 1, 1)}
AFTER = datetime(2027, 1, 1, 12, tzinfo=UTC)


def table(**more: Any) -> dict[str, Any]:
    return {**tomllib.loads((shipped("config") / "counter.toml").read_text("utf-8")), **more}


def agreed(*rows: dict[str, Any]) -> CounterRules:
    return read_rules(table(agreement=rows or (AGREEMENT,)))


def test_the_shipped_file_agrees_with_nobody_and_keeps_for_one_year():
    assert dict(rules().agreements) == {}
    assert kept_until(rules(), date(2026, 12, 1)) == date(2027, 12, 1)


def test_each_restriction_names_its_source_and_day_and_all_three_languages():
    assert rules().restrictions
    for one in rules().restrictions:
        assert one.source
        assert one.checked <= date(2026, 12, 1)
        assert len({one.words["nb"], one.words["nn"], one.words["en"]}) == 3


def test_we_report_by_an_agreement_that_names_the_pharmacy():
    expected = HomeReporting(HomeReporter.GATEWAY, WhyReported.AGREED, "8094866", "avtale 12")
    assert who_reports(agreed(), "8094866", FNR, AFTER) == expected


def test_a_pharmacy_without_an_agreement_reports_by_its_own_system():
    for known in (rules(), agreed()):
        reported = who_reports(known, "8094867", FNR, AFTER)
        assert (reported.reporter, reported.why) == (HomeReporter.OWN_SYSTEM, WhyReported.NO_AGREEMENT)
        assert reported.agreement is None


@pytest.mark.parametrize("number", [None, "", "04816130081", "PT-123", HELP_NUMBER])
def test_without_a_norwegian_number_the_pharmacy_reports(number: str | None):
    reported = who_reports(agreed(), "8094866", number, AFTER)
    assert (reported.reporter, reported.why) == (HomeReporter.OWN_SYSTEM, WhyReported.NO_NORWEGIAN_NUMBER)


def test_an_agreement_holds_from_its_norwegian_day():
    before, from_ = datetime(2026, 12, 31, 22, 59, tzinfo=UTC), datetime(2026, 12, 31, 23, 0, tzinfo=UTC)
    assert who_reports(agreed(), "8094866", FNR, before).why is WhyReported.AGREEMENT_NOT_YET
    assert who_reports(agreed(), "8094866", FNR, from_).why is WhyReported.AGREED


def test_refuses_two_agreements_with_one_pharmacy():
    with pytest.raises(ValueError, match="8094866"):
        agreed(AGREEMENT, {**AGREEMENT, "reference": "another"})


@pytest.mark.parametrize(
    "wrong", [{"her_id": "x"}, {"her_id": ""}, {"reference": ""}, {"valid_from": "soon"}, {"both": True}]
)
def test_refuses_an_agreement_that_does_not_say_with_whom_by_what_and_from_when(wrong: dict[str, Any]):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        agreed({**AGREEMENT, **wrong})


def test_the_pharmacys_own_system_gets_the_facts_and_the_foreign_ids_verbatim():
    on, accepted = prescribed(), Identifier("2.16.620.1", "ED-1")
    facts = facts_for_own_system(on, "PT", accepted, handout(packages="2"), date(2026, 12, 1))
    assert (facts.country, facts.document, facts.prescription, facts.dispensation) == (
        "PT",
        on.id,
        on.item.id,
        accepted,
    )
    assert (facts.item_number, facts.packages, facts.dispensed) == (SELO_ZOK, 2, date(2026, 12, 1))
    assert facts.local_prescription_id == local_prescription_id(on.item.id)
    assert facts.prescriber is on.item.prescriber
    assert on.item.prescriber and on.item.prescriber.name
    assert on.item.prescriber.name.family not in repr(facts)
