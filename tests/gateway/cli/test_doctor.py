"""`ncpeh doctor` knows whether prescriptions are offered abroad, and whether what they need can be used."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.configuration.shipped import shipped
from gateway.simulators.rules import every_rule

SAMPLES = shipped("samples")


def told(folder: Path, monkeypatch: pytest.MonkeyPatch, export: str) -> tuple[bool, str]:
    config = folder / "config"
    config.mkdir()
    (config / "national.toml").write_text((shipped("config") / "national.toml").read_text("utf-8") + export, "utf-8")
    monkeypatch.setenv("NCPEH_CONFIG", str(config))
    monkeypatch.setenv("NCPEH_NODE__ENVIRONMENT", "demo")
    monkeypatch.setenv("NCPEH_NODE__COUNTRY_A_ENABLED", "true")
    said = json.loads(CliRunner().invoke(app, ["doctor", "--json"]).stdout)
    (found,) = [check for check in said["checks"] if check["name"] == "prescriptions"]
    return found["ok"], found["detail"]


def export(fest: Path) -> str:
    issuers = SAMPLES / "prescribers"
    return (
        f'\n[national.prescription_export]\nfest_file = "{fest}"\ntrust_file = "{issuers / "issuer.pem"}"\n'
        f'revocation_directory = "{issuers}"\n'
    )


def test_what_the_simulators_assume_is_listed_and_what_has_a_source_is_not():
    listed = json.loads(CliRunner().invoke(app, ["doctor", "--assumed", "--json"]).stdout)
    assert listed["version"] == 1
    assert {row["rule"] for row in listed["assumed"]} == {
        name for name, rule in every_rule().items() if rule.source == ""
    }
    again = {row["rule"]: row for row in listed["assumed"]}["HOLDER_AGAIN"]
    assert (again["service"], again["effect"].partition(":")[0]) == ("Reseptformidleren", "taken")
    told = CliRunner().invoke(app, ["doctor", "--assumed"])
    assert (told.exit_code, len(told.stdout.splitlines())) == (0, len(listed["assumed"]))
    assert "Reseptformidleren: an M10 is signed by an enterprise (rejected: 56)\n" in told.stdout


def test_prescriptions_that_are_not_offered_are_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert told(tmp_path, monkeypatch, "") == (True, "not offered abroad")


def test_fest_and_issuers_that_can_be_read_are_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    good, detail = told(tmp_path, monkeypatch, export(SAMPLES / "fest" / "mini-fest.xml"))
    assert (good, detail.partition(";")[0]) == (True, "offered abroad")


def test_a_fest_that_is_not_there_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    good, detail = told(tmp_path, monkeypatch, export(tmp_path / "nowhere.xml"))
    assert (good, "nowhere.xml is not there" in detail) == (False, True)
