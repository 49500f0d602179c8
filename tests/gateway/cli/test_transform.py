"""`ncpeh transform`, as a tester calls it."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.documents.in_place import REACTIONS_NO, SCT, coded, document, observation
from tests.support.documents.transforming import AT, Run

COMMAND = Path(sys.executable).parent / "ncpeh"


@pytest.fixture
def far_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine in another time zone."""
    with monkeypatch.context() as here:
        here.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


def test_the_command_itself_writes_the_document_to_standard_output():
    arguments = [COMMAND, "transform", "--person", "no-information", "--to", "cda-ps-l3", *AT]
    done = subprocess.run(arguments, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"<")


def test_writes_a_sample_persons_summary_the_same_bytes_each_time(run: Run, tmp_path):
    report = tmp_path / "report.json"
    once = run("--person", "rich", "--to", "cda-ps-l3", *AT, "--report", str(report))
    again = run("--person", "rich", "--to", "cda-ps-l3", *AT)
    assert (once.returncode, once.stdout, once.stderr) == (0, again.stdout, b"")
    assert once.stdout.startswith(b"<")
    told = json.loads(report.read_text("utf-8"))
    assert told["version"] == 1
    assert any(finding["code"] == "unmapped-code" for finding in told["findings"])


def test_shows_a_document_given_on_standard_input(run: Run, tmp_path):
    document = run("--person", "sami-names", "--to", "cda-ps-l3", *AT).stdout
    page = run("-", "--to", "html", stdin=document)
    assert page.returncode == 0
    assert page.stdout.startswith(b"<!doctype html>")
    (tmp_path / "document.xml").write_bytes(document)
    assert run(str(tmp_path / "document.xml"), "--to", "html").stdout == page.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("--person", "nobody", "--to", "html"),
        ("--person", "rich", "--to", "paper"),
        ("--to", "html"),
        ("/nowhere.xml", "--to", "html"),
        ("/nowhere.xml", "--to", "cda-ps-l3"),
        ("/nowhere.xml", "--to", "cda-ps-l1"),
        ("/nowhere.xml", "--to", "pdf"),
        ("--person", "rich", "--to", "html", "--language", "la"),
        ("--person", "rich", "--to", "html", "--at", "yesterday"),
        ("--person", "no-information", "--to", "html", "--report", "/nowhere/report.json"),
        ("--person", "rich", "--to", "translated"),
        ("--person", "rich", "--to", "translated", "--language", "mt"),
        ("--person", "rich", "--to", "translated", "--language", ""),
        ("--person", "rich", "--to", "html", "--at", "0001-01-01T00:00:00+1400"),
        ("--person", "rich", "--to", "html", "--at", "9999-12-31T23:59:59-1400"),
        ("--person", "rich", "--to", "cda-ep-l3", "--prescription", "fresh-daily", "--at", "9999-12-31T23:59:59"),
        ("/not-utf-8-\udcff.xml", "--to", "html"),
        ("--person", "rich\udcff", "--to", "html"),
        ("/nowhere.xml", "--to", "transcoded"),
    ],
)
def test_a_wrong_call_exits_2_with_a_line_and_nothing_on_standard_output(run: Run, arguments):
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"ncpeh: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<!DOCTYPE a><a/>", b"document type declaration"),
        (b"", b"no well-formed XML"),
        (b"<a/>", b"no clinical document (HL7 CDA)"),
    ],
)
def test_an_unreadable_document_exits_2(run: Run, content, reason):
    done = run("-", "--to", "html", stdin=content)
    assert (done.returncode, done.stdout) == (2, b"")
    assert reason in done.stderr


@pytest.mark.usefixtures("far_away")
def test_an_instant_is_utc_unless_it_says_otherwise_wherever_the_machine_stands(run: Run):
    wanted = run("--person", "sami-names", "--to", "cda-ps-l3", *AT).stdout
    assert b'<effectiveTime value="20261120100000+0000"/>' in wanted
    for instant in ("2026-11-20T10:00:00Z", "2026-11-20T11:00:00+01:00"):
        made = run("--person", "sami-names", "--to", "cda-ps-l3", "--at", instant)
        assert made.stdout == wanted


def test_another_person_or_instant_is_another_document(run: Run):
    def identifier(*arguments: str) -> bytes:
        made = run(*arguments, "--to", "cda-ps-l3").stdout
        return made[made.index(b"<id ") : made.index(b"<code ")]

    same = identifier("--person", "sami-names", *AT)
    assert identifier("--person", "sami-names", *AT) == same
    assert identifier("--person", "d-number", *AT) != same
    assert identifier("--person", "sami-names", "--at", "2026-11-20T10:00:01") != same


@pytest.mark.parametrize("person", ["kode-6", "kode-7"])
def test_a_protected_sample_person_can_be_looked_at_and_has_no_address(run: Run, person):
    document = run("--person", person, "--to", "cda-ps-l3", *AT)
    assert document.returncode == 0
    role = document.stdout.partition(b"<patientRole")[2].partition(b"<patient ")[0]
    assert b"<streetAddressLine>" not in role


def test_the_findings_of_a_page_are_its_documents_and_its_own(run: Run, tmp_path):
    report = tmp_path / "report.json"

    def codes(*arguments: str, stdin: bytes | None = None) -> set[str]:
        run(*arguments, "--to", "html", "--language", "nn", *AT, "--report", str(report), stdin=stdin)
        return {finding["code"] for finding in json.loads(report.read_text("utf-8"))["findings"]}

    assert {"unmapped-code"} <= codes("--person", "rich")
    known = run("--person", "rich", "--to", "cda-ps-l3", *AT).stdout
    assert "missing-designation" not in codes("-", stdin=known)
    assert "missing-designation" in codes("-", stdin=known.replace(b"39579001", b"39579009"))


def test_a_document_is_transcoded_with_a_line_for_each_code(run: Run, tmp_path):
    report = tmp_path / "report.json"
    friendly = document(observation("44", coded("1", REACTIONS_NO, "Anafylaktisk reaksjon")))
    done = run("-", "--to", "transcoded", "--report", str(report), stdin=friendly)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b'code="39579001"' in done.stdout
    told = json.loads(report.read_text("utf-8"))
    assert (told["version"], told["kind"]) == (1, "ps-l3")
    assert sum(told["counts"].values()) == len(told["elements"])
    assert told["elements"][-1]["map_entry"] == "reactions:2"
    assert run("-", "--to", "transcoded", stdin=done.stdout).stdout == done.stdout


def test_a_document_is_translated_into_a_language(run: Run):
    pivot = document(observation("44", coded("39579001", SCT, "Anaphylaxis")))
    done = run("-", "--to", "translated", "--language", "nn", stdin=pivot)
    assert done.returncode == 0
    assert b"Anafylaktisk reaksjon" in done.stdout


def test_a_required_code_without_map_exits_1_without_document_and_with_its_report(run: Run, tmp_path):
    report = tmp_path / "report.json"
    unfit = document(observation("35", coded("perhaps", "1.2.3", "Kanskje")))
    done = run("-", "--to", "transcoded", "--report", str(report), stdin=unfit)
    assert (done.returncode, done.stdout) == (1, b"")
    assert len(done.stderr.splitlines()) == 1
    grave = [f for f in json.loads(report.read_text("utf-8"))["findings"] if f["severity"] == "error"]
    assert all(f"{one['path']} {one['original']}" in done.stderr.decode() for one in grave[:3])
    told = json.loads(report.read_text("utf-8"))
    assert [f["code"] for f in told["findings"] if f["severity"] == "error"] == ["4505"]


def test_a_sample_whose_summary_must_not_leave_exits_1_and_the_report_says_why(run: Run, tmp_path, monkeypatch):
    report = tmp_path / "report.json"
    arguments = ("--person", "no-information", "--to", "cda-ps-l3", *AT, "--report", str(report))
    assert run(*arguments).returncode == 0
    monkeypatch.setenv("NCPEH_COMPOSITION__ORGANISATION_NAME", "")
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"breaks a rule that it may not break" in done.stderr
    (finding,) = json.loads(report.read_text("utf-8"))["findings"]
    assert finding["severity"] == "fatal"


@pytest.mark.parametrize(
    ("content", "reason"), [(b"<a/>", b"of a kind that is known here"), (b"", b"no well-formed XML")]
)
def test_a_document_without_rules_exits_2(run: Run, content, reason):
    for arguments in (("--to", "transcoded"), ("--to", "translated", "--language", "nb")):
        done = run("-", *arguments, stdin=content)
        assert (done.returncode, done.stdout) == (2, b"")
        assert reason in done.stderr


def test_writes_the_original_of_a_sample_person_paired_with_its_summary(run: Run):
    original = run("--person", "sami-names", "--to", "cda-ps-l1", *AT)
    assert (original.returncode, original.stderr) == (0, b"")
    assert original.stdout == run("--person", "sami-names", "--to", "cda-ps-l1", *AT).stdout
    summary = run("--person", "sami-names", "--to", "cda-ps-l3", *AT).stdout
    parents = [
        d.partition(b"<parentDocument")[2].partition(b"</parentDocument>")[0] for d in (original.stdout, summary)
    ]
    assert parents[0] == parents[1] != b""
    page = run("-", "--to", "html", "--language", "nb", stdin=original.stdout).stdout
    assert b"Pasientsammendrag, original" in page
    assert b'href="data:application/pdf;base64,JVBERi0' in page


def test_prints_a_person_and_a_file_as_pdf(run: Run, tmp_path):
    paper = run("--person", "sami-names", "--to", "pdf", *AT)
    assert (paper.returncode, paper.stderr) == (0, b"")
    assert paper.stdout.startswith(b"%PDF-1.4")
    document = run("--person", "sami-names", "--to", "cda-ps-l3", *AT).stdout
    (tmp_path / "document.xml").write_bytes(document)
    assert run(str(tmp_path / "document.xml"), "--to", "pdf").stdout == paper.stdout


def test_a_file_that_is_no_document_is_not_printed(run: Run):
    done = run("-", "--to", "pdf", stdin=b"<a/>")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"no clinical document (HL7 CDA)" in done.stderr


def test_tells_a_document_as_json_of_the_pivot(run: Run):
    document = run("--person", "rich", "--to", "cda-ps-l3", *AT).stdout
    done = run("-", "--to", "pivot", stdin=document)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["document"]["type"] == "PatientSummary"
    assert run("-", "--to", "pivot", stdin=b"nothing").returncode == 2
