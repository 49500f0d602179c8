"""Sample persons read from their folders, and the tables and settings the adapters take."""

import tomllib
from copy import deepcopy
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from gateway.configuration.errors import SettingsError
from gateway.configuration.shipped import shipped
from gateway.national.from_files import SampleReading, read_sample, sample_fest
from gateway.national.settings import read_national
from gateway.national.tables import read_code_systems
from tests.support.norway.doors import SENSITIVE, national_table, national_table_with_prescriptions
from tests.support.norway.source_messages import NOW, STRANGER, SYSTEMS
from transformers.model.summary import KnownAbsent, NoInformation, Present
from transformers.norway.errors import WrongPatient
from transformers.norway.fest import Fest

SAMPLES = shipped("samples")
INDEX = {
    person["id"]: person["identifier"]
    for person in tomllib.loads((SAMPLES / "persons.toml").read_text(encoding="utf-8"))["person"]
}


def read(who: str, *, identifier: str | None = None, fest: Fest | None = None) -> Any:
    told = SampleReading(identifier or INDEX[who], NOW, SYSTEMS, SENSITIVE, fest)
    return read_sample(SAMPLES / "persons" / who, told)


def told_of_fest(who: str, fest: Fest | None) -> list[str]:
    return [one.path for one in read(who, fest=fest)[2].report.findings if one.code == "fest-not-asked"]


def test_a_node_without_fest_says_once_that_no_medicine_was_looked_up():
    assert told_of_fest("rich", None) == ["medications"]
    assert told_of_fest("rich", sample_fest(SAMPLES, SYSTEMS)) == []
    assert told_of_fest("no-information", None) == []


@pytest.mark.parametrize("who", INDEX)
def test_every_sample_person_is_read_and_no_finding_holds_her_number(who: str):
    person, critical, medicines, vaccinations = read(who)
    for report in (critical.report, medicines.report, vaccinations.report):
        for finding in report.findings:
            assert INDEX[who] not in str(finding)
    assert INDEX[who] not in repr((person, critical, medicines, vaccinations))


def test_the_rich_person_has_something_in_every_section():
    _, critical, medicines, vaccinations = read("rich")
    for section in (
        critical.allergies, critical.problems, critical.procedures, critical.devices, medicines.medications,
        vaccinations.immunisations,
    ):  # fmt: skip
        assert isinstance(section, Present)


def test_absence_is_known_only_where_a_doctor_keeps_an_empty_list():
    assert isinstance(read("known-absences")[2].medications, KnownAbsent)
    assert isinstance(read("no-information")[2].medications, NoInformation)
    assert isinstance(read("known-absences")[1].allergies, NoInformation)


def values(thing: object) -> list[str]:
    """Every text inside dataclasses, lists and dictionaries."""
    if isinstance(thing, dict):
        return [text for value in thing.values() for text in values(value)]
    if isinstance(thing, list | tuple):
        return [text for value in thing for text in values(value)]
    return [thing] if isinstance(thing, str) else []


def test_nothing_read_about_kode_7_tells_where_she_is_or_who_treats_her():
    person, critical, medicines, vaccinations = read("kode-7")
    said = " ".join(values([asdict(part) for part in (person.person, critical, medicines, vaccinations)]))
    for revealing in ("Aure", "AURE", "6690", "1576", "Skjulestedet", "Lillevågen", "Naustbakken", "Storsten", "+47"):
        assert revealing not in said
    assert "990000022" not in said
    assert "Rognebær" in said


def test_a_sample_asked_for_by_another_number_is_refused():
    with pytest.raises(WrongPatient):
        read("rich", identifier=STRANGER)


def test_the_shipped_table_of_code_systems_is_complete():
    systems = read_code_systems(shipped("config"))
    assert systems.oid("http://snomed.info/sct") == "2.16.840.1.113883.6.96"
    assert systems.oid("http://unknown.invalid") is None


@pytest.mark.parametrize(
    "text",
    ["uri,oid,name\nu,1.2,n\n", "uri,oid,name,source\nu,1.2,n,\n", "uri,oid,name,source\nu,1.2,n,s\nu,1.3,n,s\n"],
    ids=["header", "empty", "repeated"],
)
def test_a_table_that_is_not_whole_stops_the_start(tmp_path: Path, text: str):
    (tmp_path / "national_code_systems.csv").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"national_code_systems|two rows"):
        read_code_systems(tmp_path)


def test_prescriptions_are_not_reported_or_listed_without_who_signs():
    table = national_table_with_prescriptions("https://simulator.invalid", Path("/key"), "client")
    assert read_national(table).enterprise is not None
    for absent, message in (("enterprise", "enterprise"), ("prescriber", "prescriber")):
        changed = deepcopy(table)
        del changed["national"][absent]
        changed["national"]["prescription_export"] = {
            "fest_file": "f", "trust_file": "t", "revocation_directory": "r",
        }  # fmt: skip
        with pytest.raises(ValueError, match=message):
            read_national(changed)
    unsigned = deepcopy(table)
    del unsigned["national"]["enterprise"]
    unsigned["national"]["prescriptions"]["sign_reports"] = False
    assert read_national(unsigned).enterprise is None


def test_the_shipped_settings_have_no_address_and_stop_the_start():
    table = tomllib.loads((shipped("config") / "national.toml").read_text(encoding="utf-8"))
    with pytest.raises(ValueError, match="base_url") as stopped:
        read_national(table)
    for key in ("issuer", "her_id", "definition_guid", "part_code", "client_id"):
        assert key in str(stopped.value)


def test_settings_with_every_address_are_read_and_each_address_is_known():
    table = read_national(national_table("https://simulator.invalid", Path("/key"), "client"))
    assert len(table.addresses()) == 5
    assert all(url.startswith("https://simulator.invalid/") for url in table.addresses().values())


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("helseid", "algorithm", "none"), ("transport", "base_url", "https://a.invalid/?x=1"),
        ("transport", "base_url", "file:///etc"), ("sender", "her_id", "abc"), ("privacy", "unknown", "x"),
    ],
)  # fmt: skip
def test_a_setting_outside_its_kind_stops_the_start(section: str, key: str, value: str):
    table = national_table("https://simulator.invalid", Path("/key"), "client")
    table["national"][section][key] = value
    with pytest.raises(ValueError, match=key):
        read_national(table)
