"""`ncpeh validate` and `ncpeh artefacts`: what a person and a program read, and the exit code."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from gateway.cli import artefacts, validate
from tests.support.documents.integrity import sound_summary
from tests.support.documents.schematrons import artefact_folder, clinical_document, schematron
from transformers.cda.rules.texts import RULE_TEXTS

RULES = schematron(
    '<pattern id="p"><rule context="hl7:ClinicalDocument"><assert test="hl7:title">no\n title</assert></rule></pattern>'
)
VALID = clinical_document(more="<title>Summary</title>")
INVALID = clinical_document()

app = typer.Typer()
app.command("validate")(validate.validate)
app.add_typer(artefacts.app, name="artefacts")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with files, and an artefact folder of our own in the environment."""
    folder = artefact_folder(tmp_path / "artefacts", PatientSummary=RULES)
    monkeypatch.setenv("NCPEH_ARTEFACTS", str(folder))
    monkeypatch.chdir(tmp_path)
    for name, content in (("valid", VALID), ("invalid", INVALID), ("broken", b"<a"), ("doctype", b"<!DOCTYPE a><a/>")):
        Path(f"{name}.xml").write_bytes(content)
    return folder


def run(*arguments: str, stdin: bytes | None = None) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, arguments, input=stdin)
    return result.exit_code, result.stdout, result.stderr


def as_json(*arguments: str, stdin: bytes | None = None) -> tuple[int, list[dict[str, Any]]]:
    code, out, _ = run("validate", "--json", "--layers", "xsd,schematron", *arguments, stdin=stdin)
    answer = json.loads(out)
    assert set(answer) == {"version", "files"}
    assert answer["version"] == 1
    return code, answer["files"]


@pytest.mark.parametrize(
    ("files", "code"),
    [
        (["valid.xml"], 0),
        (["invalid.xml"], 1),
        (["broken.xml"], 2),
        (["doctype.xml"], 2),
        (["absent.xml"], 2),
        ([], 2),
        (["valid.xml", "invalid.xml", "valid.xml"], 1),
        (["broken.xml", "invalid.xml", "valid.xml"], 2),
    ],
)
def test_the_worst_of_the_files_is_the_exit_code(files, code):
    assert run("validate", "--layers", "xsd,schematron", *files)[0] == code


@pytest.mark.parametrize(
    "wrong", [["--layers", "magic"], ["--layers", ""], ["--wave", "eight"], ["--wave", "0"], ["--x"]]
)
def test_a_wrong_call_is_two_and_says_so_on_standard_error(wrong):
    code, out, err = run("validate", "valid.xml", *wrong)
    assert (code, out) == (2, "")
    assert err


def test_a_person_reads_one_line_per_finding_and_one_per_file():
    _, out, _ = run("validate", "--layers", "xsd,schematron", "valid.xml", "invalid.xml")
    assert out.splitlines() == [
        "valid.xml: VALID, Patient Summary; no findings; checked: xsd, schematron",
        "error [p] /hl7:ClinicalDocument[1] no title",
        "invalid.xml: INVALID, Patient Summary; 1 error; checked: xsd, schematron",
    ]


def test_a_program_reads_one_object():
    code, files = as_json("valid.xml", "invalid.xml", "broken.xml")
    assert code == 2
    assert [(file["file"], file["outcome"]) for file in files] == [
        ("valid.xml", "valid"),
        ("invalid.xml", "invalid"),
        ("broken.xml", "unreadable"),
    ]
    assert files[0] == {
        "file": "valid.xml",
        "outcome": "valid",
        "kind": "ps-l3",
        "layers_run": ["xsd", "schematron"],
        "layers_unavailable": {},
        "findings": [],
    }
    assert files[1]["findings"] == [
        {
            "severity": "error",
            "code": "schematron",
            "path": "/hl7:ClinicalDocument[1]",
            "text": "no title",
            "rule": "p",
        }
    ]
    assert files[2]["reason"] == "it is no well-formed XML"


def test_a_dash_reads_standard_input():
    assert as_json("-", stdin=VALID)[0] == 0
    code, files = as_json("-", stdin=INVALID)
    assert (code, files[0]["file"]) == (1, "-")


def test_explanations_are_there_when_asked():
    Path("dated.xml").write_bytes(clinical_document(more='<title>S</title><effectiveTime value="soon"/>'))
    codes = [{f["code"] for f in as_json("dated.xml", *extra)[1][0]["findings"]} for extra in ([], ["--explain"])]
    assert codes == [{"xsd"}, {"xsd", "xsd-explained"}]


def test_what_cannot_be_checked_is_said_and_the_rest_counts():
    code, files = as_json("valid.xml", "--wave", "9")
    assert code == 0
    assert files[0]["layers_run"] == ["xsd"]
    assert "wave 9" in files[0]["layers_unavailable"]["schematron"]
    _, out, _ = run("validate", "--layers", "xsd,schematron", "--wave", "9", "valid.xml")
    assert "  not available: schematron (the Schematron of wave 9" in out


def test_nothing_checked_is_not_valid(monkeypatch):
    monkeypatch.delenv("NCPEH_ARTEFACTS")
    code, files = as_json("valid.xml")
    assert (code, files[0]["outcome"], files[0]["layers_run"]) == (2, "unchecked", [])


def test_an_artefact_folder_that_is_none_is_a_wrong_call(monkeypatch):
    monkeypatch.setenv("NCPEH_ARTEFACTS", "/no/such/folder")
    assert run("validate", "valid.xml")[0] == 2
    assert run("artefacts", "check")[0] == 2


def test_artefacts_says_what_is_there_and_what_is_not():
    code, out, _ = run("artefacts", "check", "--json")
    answer = json.loads(out)
    places = {place["name"]: place["path"] for place in answer["artefacts"]}
    assert (code, answer["version"], answer["complete"]) == (1, 1, False)
    assert places["xsd-cda"] == "xsd/cda/CDA_Pharma.xsd"
    assert places["schematron-ed"] is None
    lines = run("artefacts", "check")[1].splitlines()
    assert any(line.startswith("ok  xsd-cda") for line in lines)
    assert any(line.startswith("NO  schematron-ed") for line in lines)


def test_without_a_folder_artefacts_says_so(monkeypatch):
    monkeypatch.delenv("NCPEH_ARTEFACTS")
    for options in ([], ["--json"]):
        code, out, err = run("artefacts", "check", *options)
        assert (code, out) == (2, "")
        assert "NCPEH_ARTEFACTS" in err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["valid.xml"], 0),
        (["invalid.xml"], 1),
        (["broken.xml", "invalid.xml"], 2),
        (["--wave", "eight", "valid.xml"], 2),
    ],
)
def test_the_command_answers_as_a_process_of_its_own(arguments, code):
    command = [str(Path(sys.executable).with_name("ncpeh")), "validate", "--layers", "xsd,schematron"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False, timeout=180)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert [line.split(":")[0] for line in done.stdout.splitlines() if line.endswith("checked: xsd, schematron")] == [
        name for name in arguments if name in ("valid.xml", "invalid.xml") and "--wave" not in arguments
    ]


def test_our_own_findings_say_how_to_mend_them_and_with_explain_why_the_rule_exists():
    Path("own.xml").write_bytes(sound_summary().replace(b"<country>NO</country>", b"<country>Norge</country>"))
    texts = RULE_TEXTS["own-country-1"]
    _, out, _ = run("validate", "--layers", "own", "own.xml")
    found = [line for line in out.splitlines() if "own-country-1" in line]
    assert all(line.startswith("error [own-country-1] /hl7:ClinicalDocument") for line in found)
    assert all(line.endswith(texts.mend) for line in found)
    assert texts.why not in out
    _, out, _ = run("validate", "--layers", "own", "--explain", "own.xml")
    assert [line for line in out.splitlines() if line.startswith("info")] == [f"info [own-country-1] / {texts.why}"]
