"""`ncpeh transform --prescription`: every sample prescription at both levels, valid or refused with its reasons."""

import json
import sys
from functools import cache

import pytest

from gateway.cli import main
from gateway.cli.samples import sample_persons
from gateway.cli.transform import LEVELS
from gateway.cli.transform_dispensation import dispensed_as_prescribed
from gateway.cli.transform_made import Made, Making, making
from gateway.cli.transform_sample import prescription_of_sample
from gateway.configuration.settings import load
from tests.support.documents.transforming import AT, Run
from tests.support.machine.generated import LONG, of_the_day
from tests.support.machine.require import artefacts
from tests.support.persons.samples import NOW, release
from transformers.cda.documents.prescription import read_prescription
from transformers.cda.rules.pair import check_pair
from transformers.model.finding import Severity
from transformers.norway.exportable import ExportBar
from transformers.validation import check

SAMPLES = [(person["id"], key) for person in sample_persons() for key in person["prescriptions"]]
IMPRECISE = "dtr1-2-TS.EPSOS.TZ"
"""M1 knows the day of the prescription, not the second."""
AT_HOME = {
    "brand": {ExportBar.AMOUNT_MISSING},
    "group-a": {ExportBar.GROUP_A, ExportBar.SCHEDULED},
    "expired": {ExportBar.EXPIRED},
    "used-up": {ExportBar.NOTHING_LEFT},
    "locked": {ExportBar.LOCKED},
    "unauthorised": {ExportBar.STATUS, ExportBar.APPROVAL_EXEMPTION},
}
WITHOUT_FORM = "form-not-stated"
"""Form 173 has no European code, and an ePrescription without one is not sent: its original alone can be looked at."""
DAILY = ("--person", "prescriptions", "--prescription", "daily")


@cache
def made_with() -> Making:
    return making(load({}), release(), NOW)


@cache
def made_of(person: str, key: str, to: str) -> Made:
    return prescription_of_sample(person, key, to, made_with())


def disliked(content: bytes) -> list[str]:
    """What the official rules and ours find, but for what is known and no error."""
    found = check(content, artefacts()).report.findings
    assert [f for f in found if f.severity in (Severity.ERROR, Severity.FATAL)] == []
    return [f.text for f in found if f.severity is not Severity.INFO and not f.text.startswith(IMPRECISE)]


@pytest.mark.parametrize(("person", "key"), of_the_day("both levels", SAMPLES, 16))
def test_a_sample_prescription_is_valid_at_both_levels_and_dispensable_or_stays_at_home_with_reasons(person, key):
    structured, original = (made_of(person, key, to) for to in LEVELS)
    reasons = {row["reason"] for row in structured.more["not_exportable"]}
    assert original.more == structured.more
    assert AT_HOME.get(key, reasons) == reasons
    if reasons:
        for made in (structured, original):
            assert made.content == b""
            assert made.refused is not None
            assert all(reason in made.refused for reason in reasons)
        return
    assert original.refused is None
    if key == WITHOUT_FORM:
        assert structured.refused == "a coded element that the document may not lack has no European code"
        assert disliked(original.content) == []
        return
    assert structured.refused is None
    assert disliked(structured.content) == disliked(original.content) == []
    assert check_pair(structured.content, original.content).findings == []
    handed_out = dispensed_as_prescribed(structured.content, made_with())
    assert handed_out.refused is None
    assert disliked(handed_out.content) == []


@pytest.mark.parametrize("to", LEVELS)
def test_every_sample_prescription_gives_the_same_bytes_again(to):
    for person, key in SAMPLES if LONG else SAMPLES[::10]:
        assert prescription_of_sample(person, key, to, made_with()).content == made_of(person, key, to).content


def test_the_samples_have_both_kinds_in_numbers():
    at_home = [key for person, key in SAMPLES if made_of(person, key, LEVELS[0]).refused]
    assert len(at_home) > 15
    assert len(SAMPLES) - len(at_home) > 40


@pytest.mark.parametrize("to", LEVELS)
def test_the_same_instant_gives_the_same_bytes(run: Run, to):
    once = run(*DAILY, "--to", to, *AT)
    assert (once.returncode, once.stderr) == (0, b"")
    assert once.stdout == run(*DAILY, "--to", to, *AT).stdout
    assert once.stdout != run(*DAILY, "--to", to, "--at", "2026-11-20T10:00:01").stdout


def test_two_prescriptions_of_one_person_are_two_documents_of_one_patient(run: Run):
    one, other = (
        read_prescription(run(*DAILY[:3], key, "--to", "cda-ep-l3", *AT).stdout)[0] for key in ("twice-1", "twice-2")
    )
    assert one.patient == other.patient
    assert len({one.id, other.id, one.item.id, other.item.id}) == 4


def test_what_may_not_cross_exits_1_with_its_reasons_and_their_legal_source(run: Run, tmp_path):
    report = tmp_path / "report.json"
    for to in LEVELS:
        call = (*DAILY[:3], "group-a", "--to", to, *AT, "--report", str(report))
        done = run(*call)
        assert (done.returncode, done.stdout) == (1, b"")
        assert done.stderr == b"ncpeh: the prescription may not cross a border: group-a, scheduled-substance\n"
        rows = json.loads(report.read_text("utf-8"))["not_exportable"]
        assert [row["reason"] for row in rows] == ["group-a", "scheduled-substance"]
        assert all(row["legal_source"] and row["nb"] and row["en"] for row in rows)


def test_the_report_tells_that_nothing_is_against_it_and_what_was_remarked(run: Run, tmp_path):
    report = tmp_path / "report.json"
    assert run(*DAILY, "--to", "cda-ep-l3", *AT, "--report", str(report)).returncode == 0
    told = json.loads(report.read_text("utf-8"))
    assert (told["version"], told["not_exportable"]) == (1, [])
    assert told["findings"]


def test_a_prescription_that_cannot_be_composed_exits_1(run: Run, monkeypatch):
    monkeypatch.setenv("NCPEH_COMPOSITION__ORGANISATION_NAME", "")
    done = run(*DAILY, "--to", "cda-ep-l3", *AT)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"breaks a rule that it may not break" in done.stderr


@pytest.mark.parametrize(("form", "start"), [("html", b"<!doctype html>"), ("pdf", b"%PDF-"), ("pivot", b"{")])
def test_a_named_prescription_is_shown_as_its_document_is(run: Run, form, start):
    document = run(*DAILY, "--to", "cda-ep-l3", *AT).stdout
    done = run(*DAILY, "--to", form, *AT)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(start)
    assert done.stdout == run("-", "--to", form, stdin=document).stdout


def test_a_document_is_piped_on_to_the_pharmacy(run: Run):
    done = run("-", "--to", "cda-ed-l3", *AT, stdin=run(*DAILY, "--to", "cda-ep-l3", *AT).stdout)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((*DAILY[:3], "nightly", "--to", "cda-ep-l3"), b"no prescription of that id"),
        (("--person", "no-information", "--prescription", "daily", "--to", "cda-ep-l1"), b"no prescription of that id"),
        (("--person", "nobody", "--prescription", "daily", "--to", "cda-ep-l3"), b"no sample person"),
        (("--person", "prescriptions", "--to", "cda-ep-l3"), b"which of her prescriptions"),
        (("--person", "prescriptions", "--to", "cda-ep-l1"), b"which of her prescriptions"),
        ((*DAILY, "--to", "cda-ps-l3"), b"--prescription"),
        ((*DAILY, "--to", "cda-ed-l3"), b"--prescription"),
        (("-", "--prescription", "daily", "--to", "html"), b"--prescription"),
        (("-", "--to", "cda-ep-l3"), b"a file can be made into"),
    ],
)
def test_a_wrong_call_exits_2_with_a_line_and_nothing_on_standard_output(run: Run, arguments, why):
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert why in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_ncpeh_samples_tells_the_ids(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["ncpeh", "samples", "--json"])
    with pytest.raises(SystemExit):
        main.run()
    told = {row["id"]: row["prescriptions"] for row in json.loads(capsys.readouterr().out)["persons"]}
    assert told["no-information"] == []
    assert "daily" in told["prescriptions"]
    monkeypatch.setattr(sys, "argv", ["ncpeh", "samples"])
    with pytest.raises(SystemExit):
        main.run()
    shown = capsys.readouterr().out
    assert set(told["prescriptions"]) <= set(shown.split())
