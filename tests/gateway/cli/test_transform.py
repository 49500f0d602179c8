"""`ncpeh transform`, as a tester calls it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).parent / "ncpeh"
AT = ("--at", "2026-11-20T10:00:00")


def run(*arguments: str, stdin: bytes | None = None) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run([COMMAND, "transform", *arguments], capture_output=True, input=stdin, check=False)


def test_writes_a_sample_persons_summary_the_same_bytes_each_time(tmp_path):
    report = tmp_path / "report.json"
    once = run("--person", "rich", "--to", "cda-ps-l3", *AT, "--report", str(report))
    again = run("--person", "rich", "--to", "cda-ps-l3", *AT)
    assert (once.returncode, once.stdout, once.stderr) == (0, again.stdout, b"")
    assert once.stdout.startswith(b"<")
    told = json.loads(report.read_text("utf-8"))
    assert told["version"] == 1
    assert any(finding["code"] == "unmapped-code" for finding in told["findings"])


def test_shows_a_document_given_on_standard_input(tmp_path):
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
    ],
)
def test_a_wrong_call_exits_2_with_a_line_and_nothing_on_standard_output(arguments):
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"ncpeh: ")
    assert len(done.stderr.splitlines()) == 1


def test_an_unreadable_document_exits_2():
    done = run("-", "--to", "html", stdin=b"<!DOCTYPE a><a/>")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"DoctypeForbidden" in done.stderr
