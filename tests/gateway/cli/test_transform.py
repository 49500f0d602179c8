"""`ncpeh transform`, as a tester calls it."""

import io
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.cli import main

COMMAND = Path(sys.executable).parent / "ncpeh"
AT = ("--at", "2026-11-20T10:00:00")


@dataclass(frozen=True)
class Done:
    """How a call ended, with what it wrote."""

    returncode: int
    stdout: bytes
    stderr: bytes


Run = Callable[..., Done]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """The command in this process, its streams those of the process."""

    def called(*arguments: str, stdin: bytes = b"") -> Done:
        monkeypatch.setattr(sys, "argv", ["ncpeh", "transform", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as ended:
            main.run()
        told = capfdbinary.readouterr()
        return Done(int(ended.value.code or 0), told.out, told.err)

    return called


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
        ("--person", "rich", "--to", "html", "--language", "la"),
        ("--person", "rich", "--to", "html", "--at", "yesterday"),
        ("--person", "no-information", "--to", "html", "--report", "/nowhere/report.json"),
    ],
)
def test_a_wrong_call_exits_2_with_a_line_and_nothing_on_standard_output(run: Run, arguments):
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"ncpeh: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"<!DOCTYPE a><a/>", b"DoctypeForbidden"), (b"", b"XmlNotWellFormed"), (b"<a/>", b"NotAClinicalDocument")],
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
    run("--person", "rich", "--to", "html", "--language", "nn", *AT, "--report", str(report))
    codes = {finding["code"] for finding in json.loads(report.read_text("utf-8"))["findings"]}
    assert {"unmapped-code", "missing-designation"} <= codes


def test_tells_a_document_as_json_of_the_pivot(run: Run):
    document = run("--person", "rich", "--to", "cda-ps-l3", *AT).stdout
    done = run("-", "--to", "pivot", stdin=document)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["document"]["type"] == "PatientSummary"
    assert run("-", "--to", "pivot", stdin=b"nothing").returncode == 2
