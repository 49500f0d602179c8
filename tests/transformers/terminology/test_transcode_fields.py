"""Which fields of the pivot are transcoded, and what is said when the European code is not the same."""

from dataclasses import fields, is_dataclass, replace
from types import ModuleType

import pytest

from tests.support.persons import samples
from transformers.model import people, prescription, summary, values
from transformers.model.summary import Present
from transformers.model.values import Coded, Coding
from transformers.terminology.transcode import VALUE_SETS, transcode_summary

LEFT = {
    ("Observation", "code"): "no Norwegian source fills it",
    ("Observation", "value"): "no Norwegian source fills it",
    ("Observation", "interpretation"): "no Norwegian source fills it",
    ("ObservationGroup", "code"): "no Norwegian source fills it",
    ("Allergy", "severity"): "no Norwegian source fills it",
    ("Reaction", "kind"): "no Norwegian source fills it",
    ("Problem", "kind"): "no Norwegian source fills it",
    ("Problem", "status"): "no Norwegian source fills it",
    ("Problem", "health_status"): "no Norwegian source fills it",
    ("Procedure", "body_sites"): "no Norwegian source fills it",
    ("Immunisation", "route"): "no Norwegian source fills it",
    ("Allergy", "agent"): "by a table of its own: medicine or not",
    ("MedicinalProduct", "kinds"): "foreign documents alone state it",
}
"""Coded fields that are not in the table, and why."""
SYSVAK, ATC = "2.16.578.1.12.4.1.1.9501", "2.16.840.1.113883.6.73"


def coded_fields(module: ModuleType) -> set[tuple[str, str]]:
    kinds = [kind for kind in vars(module).values() if isinstance(kind, type) and is_dataclass(kind)]
    return {(kind.__name__, f.name) for kind in kinds for f in fields(kind) if "Coded" in str(f.type)}


def test_every_coded_field_of_the_pivot_is_in_the_table_or_left_for_a_reason():
    known = {(kind.__name__, name) for kind, name in VALUE_SETS}
    assert coded_fields(people) | coded_fields(summary) | coded_fields(values) | coded_fields(
        prescription
    ) == known | set(LEFT)


def vaccinated(*codings: Coding, text: str | None = None):
    """The rich sample person's first vaccination with other codings, alone."""
    whole = samples.summary("rich")
    given = whole.content.immunisations.entries[0]
    vaccine = Coded(text, codings[0] if codings else None, codings[1:])
    sections = replace(whole.content, immunisations=Present((replace(given, vaccine=vaccine, target_diseases=()),)))
    transcoded, report = transcode_summary(replace(whole, content=sections), samples.release())
    found = [f for f in report.findings if f.path == "content.immunisations.entries[0].vaccine"]
    return transcoded.content.immunisations.entries[0].vaccine, found


def test_a_code_of_the_value_set_is_its_own_target_without_a_map():
    vaccine, found = vaccinated(Coding("J07BD52", ATC))
    assert vaccine.target is not None
    assert (vaccine.target.code, vaccine.map_entry, found) == ("J07BD52", None, [])


def test_a_further_coding_is_tried_when_the_main_one_has_no_european_code():
    vaccine, found = vaccinated(Coding("TYFXX", SYSVAK), Coding("MMR52", SYSVAK))
    assert vaccine.target is not None
    assert (vaccine.target.code, vaccine.original.code, found) == ("J07BD52", "TYFXX", [])


def test_the_main_coding_is_tried_before_a_further_one():
    vaccine, _ = vaccinated(Coding("BCG01", SYSVAK), Coding("MMR52", SYSVAK))
    assert vaccine.target is not None
    assert vaccine.target.code == "J07AN01"


def test_a_wider_code_is_told_with_both_codes_and_the_row_and_an_equivalent_one_is_not():
    vaccine, (told,) = vaccinated(Coding("PNE13", SYSVAK))
    assert (told.code, told.severity, told.map_entry) == ("wider-code", "info", vaccine.map_entry)
    assert (told.original, told.result) == (f"PNE13 ({SYSVAK})", f"J07AL02 ({ATC})")
    assert vaccinated(Coding("BCG01", SYSVAK))[1] == []


def test_text_without_a_code_is_left_and_not_reported():
    vaccine, found = vaccinated(text="En vaksine")
    assert (vaccine, found) == (Coded("En vaksine"), [])


@pytest.mark.parametrize("person", samples.persons())
def test_a_second_time_says_the_same(person: str):
    once, report = transcode_summary(samples.summary(person), samples.release())
    assert transcode_summary(once, samples.release()) == (once, report)


@pytest.mark.parametrize("person", samples.persons())
def test_no_remark_holds_a_persons_number(person: str):
    whole = samples.summary(person)
    _, report = transcode_summary(whole, samples.release())
    numbers = [i.extension for i in whole.patient.identifiers]
    assert not [f for f in report.as_json() for number in numbers if number in str(f)]
