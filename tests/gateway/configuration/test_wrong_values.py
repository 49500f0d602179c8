"""One wrong value in a table of `config/`: one line that names file and key, and exit 2."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.configuration.document_types import load_document_types
from gateway.configuration.errors import SettingsError
from gateway.configuration.permissions import read_agreements
from gateway.configuration.refusals import load_refusals
from gateway.configuration.settings import Settings, load
from gateway.configuration.shipped import shipped
from gateway.counter.read_rules import counter_rules
from gateway.faces.terminology.tables import read_uris
from gateway.national.exportability import export_policy
from gateway.national.tables import read_code_systems
from gateway.node.norway import national_table

CONFIG = shipped("config")
READERS: dict[str, Callable[[Settings], object]] = {
    "refusals.toml": lambda known: load_refusals(known.files["refusals"]),
    "document_types.toml": lambda known: load_document_types(known.files["document_types"]),
    "permissions.toml": read_agreements,
    "roles.csv": read_agreements,
    "national.toml": national_table,
    "national_code_systems.csv": lambda known: read_code_systems(known.files["national_code_systems"].parent),
    "fhir_systems.csv": read_uris,
    "counter.toml": lambda known: counter_rules(known.tables["counter"], known.files["counter"]),
    "exportability.toml": lambda known: export_policy(known.tables["exportability"], known.files["exportability"]),
}
"""What reads each table whose type lives in another room than settings; the rest are read by ``load``."""
WRONG = [
    ("node.toml", 'environment = "', 'environment = "elsewhere', "node.environment"),
    ("countries.toml", "wave = 8", 'wave = "eight"', "country.0.wave"),
    ("countries.toml", 'code = "PT"', 'code = "NO"', "NO"),
    ("policies.toml", 'allergies = "send"', 'allergies = "perhaps"', "policies.unreadable_records.allergies"),
    ("policies.toml", 'problems = "send"', 'procedures = "send"', "policies.unreadable_records"),
    ("policies.toml", 'reserved_patient = "as-unknown"', 'reserved_patient = "x"', "policies.reserved_patient"),
    ("refusals.toml", 'severity = "Error"', 'severity = "Grave"', "severity"),
    ("document_types.toml", 'family = "PS"', 'family = "XX"', "family"),
    ("document_types.toml", 'version = "1.1"', "", "version"),
    ("permissions.toml", 'purposes = ["TREATMENT", "EMERGENCY"]', "purposes = 3", "assertion.purposes"),
    ("roles.csv", "221,Medical Doctors", "doctor,Medical Doctors", "isco"),
    ("roles.csv", "2221,Nursing", "221,Nursing", "isco"),
    ("national.toml", 'organisation_number = "994598759"', 'organisation_number = "9"', "organisation_number"),
    ("national_code_systems.csv", ",2.16.840.1.113883.6.96,", ",,", "oid"),
    ("national_code_systems.csv", ",2.16.840.1.113883.6.96,", ",SNOMED,", "oid"),
    ("fhir_systems.csv", ",written,", ",spoken,", "line 2"),
    ("exportability.toml", 'id = "signature"\napplies = true', 'id = "signature"\napplies = false', "signature"),
    ("exportability.toml", 'id = "signature"\napplies = true', 'id = "signature"\napplies = "x"', "reason.0.applies"),
    ("exportability.toml", 'id = "group-a"', 'id = "signature"', "signature"),
    ("exportability.toml", 'id = "group-a"', 'id = "group-q"', "reason.1.id"),
    ("counter.toml", "retention_days = 365", "retention_days = 0", "counter.retention_days"),
    ("counter.toml", 'atc = ["D10BA01"]', 'atc = ["D1"]', "restriction.0.atc"),
    ("counter.toml", 'atc = ["D10BA01"]', "atc = []", "restriction.0.atc"),
    ("counter.toml", 'id = "acitretin"', 'id = "isotretinoin"', "isotretinoin"),
    ("counter.toml", '"]\nmay_pass = true', '"]\nmay_pass = "with care"', "restriction.0.may_pass"),
    ("exportability.toml", "[exportability]", "[exportable]", "exportab"),
]


def overlaid(folder: Path, name: str, content: bytes) -> dict[str, str]:
    """The environment of a node whose configuration has that file instead of the shipped one."""
    config = folder / "config"
    config.mkdir()
    for sibling in () if name.endswith(".toml") else (name,):
        shutil.copy(CONFIG / sibling, config / sibling)
    (config / name).write_bytes(content)
    return {"NCPEH_CONFIG": str(config), "NCPEH_STATE": str(folder)}


def read(name: str, environment: dict[str, str]) -> None:
    settings = load(environment)
    READERS.get(name, lambda known: known)(settings)


@pytest.mark.parametrize(("name", "old", "new", "key"), WRONG)
def test_a_wrong_value_is_one_line_that_names_file_and_key(tmp_path: Path, name: str, old: str, new: str, key: str):
    text = (CONFIG / name).read_text("utf-8")
    assert old in text
    environment = overlaid(tmp_path, name, text.replace(old, new, 1).encode())
    with pytest.raises(SettingsError) as wrong:
        read(name, environment)
    said = str(wrong.value)
    assert (name in said, key in said, said.count("\n")) == (True, True, 0), said


TABLES = sorted(path.name for path in CONFIG.iterdir() if path.suffix in (".toml", ".csv"))


def test_each_table_has_a_wrong_value():
    assert {name for name, *_ in WRONG} == set(TABLES)


@pytest.mark.parametrize("name", [name for name in TABLES if name != "national.toml"])
def test_the_shipped_table_is_read_and_the_nations_is_to_be_filled_in(tmp_path: Path, name: str):
    read(name, overlaid(tmp_path, name, (CONFIG / name).read_bytes()))


@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_is_no_text_is_one_line_that_names_the_file(tmp_path: Path, name: str):
    with pytest.raises(SettingsError, match=name) as wrong:
        read(name, overlaid(tmp_path, name, b"\xff\xfe\x00"))
    assert "\n" not in str(wrong.value)


@pytest.mark.parametrize("name", ["exportability.toml", "policies.toml", "national_code_systems.csv"])
def test_the_command_ends_with_2_and_that_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], name: str
):
    old, new, key = next(rest for table, *rest in WRONG if table == name)
    text = (CONFIG / name).read_text("utf-8").replace(old, new, 1)
    for variable, value in overlaid(tmp_path, name, text.encode()).items():
        monkeypatch.setenv(variable, value)
    words = ["ncpeh", "transform", "--person", "prescriptions", "--prescription", "daily", "--to", "cda-ep-l3"]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as ended:
        main.run()
    said = capfd.readouterr().err
    assert (ended.value.code, name in said, key in said, said.count("\n")) == (2, True, True, 1), said
