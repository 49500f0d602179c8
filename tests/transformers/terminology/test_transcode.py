"""Transcoding fills in targets and nothing else: what was written stays, what has no code is said."""

from dataclasses import fields, is_dataclass

import pytest
from hypothesis import given

from tests.support.machine.generated import pivots
from tests.support.persons import samples
from tests.support.pivots.summary_strategies import SUMMARIES
from transformers.model.finding import Severity
from transformers.model.values import Coded
from transformers.terminology.transcode import transcode_summary

RELEASE = samples.release()


def coded(value: object) -> list[Coded]:
    """Every Coded of a pivot, in order."""
    if isinstance(value, Coded):
        return [value]
    if isinstance(value, tuple):
        return [found for item in value for found in coded(item)]
    if is_dataclass(value):
        return [found for f in fields(value) for found in coded(getattr(value, f.name))]
    return []


@given(SUMMARIES)
@pivots(120)
def test_nothing_is_touched_but_target_and_map_entry(summary):
    transcoded, _ = transcode_summary(summary, RELEASE)
    before, after = coded(summary), coded(transcoded)
    assert len(before) == len(after)
    for one, other in zip(before, after, strict=True):
        assert (one.text, one.original, one.others) == (other.text, other.original, other.others)
        assert one.target is None or one.target == other.target


@given(SUMMARIES)
@pivots(120)
def test_transcoding_twice_is_transcoding_once(summary):
    once, report = transcode_summary(summary, RELEASE)
    twice, again = transcode_summary(once, RELEASE)
    assert twice == once
    assert again == report


@pytest.mark.parametrize("person", samples.persons())
def test_every_code_is_mapped_with_its_entry_or_reported(person: str):
    summary = samples.summary(person)
    transcoded, report = transcode_summary(summary, RELEASE)
    reported = [f.original for f in report.findings if f.code == "unmapped-code"]
    assert all(f.release == RELEASE.id for f in report.findings)
    for one in coded(transcoded):
        name = f"{one.original.code} ({one.original.system})" if one.original is not None else ""
        if one.target is None and name in reported:
            reported.remove(name)
        if one.map_entry is not None:
            assert one.target is not None
    assert reported == []


def test_a_medicine_allergy_and_another_allergy_have_their_own_value_sets():
    transcoded, _ = transcode_summary(samples.summary("rich"), RELEASE)
    agents = {a.agent.target.system for a in transcoded.content.allergies.entries if a.agent.target}
    assert agents == {"2.16.840.1.113883.6.73", "2.16.840.1.113883.6.96"}


def test_a_summarys_medicines_are_coded_as_a_prescriptions():
    transcoded, _ = transcode_summary(samples.summary("rich"), RELEASE)
    first = transcoded.content.medications.entries[0]
    coded = (first.product.form, first.dosage.route, first.dosage.dose.unit)
    assert [one.target.code for one in coded] == ["10226000", "20053000", "15054000"]


def test_an_unmapped_code_says_why():
    _, report = transcode_summary(samples.summary("rich"), RELEASE)
    told = {f.original: f.text for f in report.findings}
    assert "irritation of mucous membranes is in neither value set" in told["12 (2.16.578.1.12.4.1.1.7497)"]


@pytest.mark.parametrize("name", ["Reaction.manifestation", "Problem.condition"])
def test_a_required_element_without_a_code_is_an_error_and_the_same_optional_one_a_warning(name: str):
    found = {}
    for required in ((), (name,)):
        _, report = transcode_summary(samples.summary("rich"), RELEASE, required)
        found[required] = [f for f in report.findings if f.code == "required-code-unmapped"]
        assert any(f.code == "unmapped-code" for f in report.findings)
    assert found[()] == []
    assert found[name,]
    assert {f.severity for f in found[name,]} == {Severity.ERROR}


def test_a_required_element_that_has_a_code_everywhere_is_no_error():
    _, report = transcode_summary(samples.summary("rich"), RELEASE, ("Allergy.kind",))
    assert not [f for f in report.findings if f.severity is Severity.ERROR]


@pytest.mark.parametrize("name", ["MedicinalProduct.lot", "Allergy.onset"])
def test_a_required_element_that_is_not_there_or_is_never_transcoded_is_an_error(name: str):
    _, report = transcode_summary(samples.summary("rich"), RELEASE, (name,))
    assert [f.path for f in report.findings if f.code == "required-code-unmapped"]
