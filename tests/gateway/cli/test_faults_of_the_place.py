"""Faults of the place (a port, a path, a right, a disk) are one sentence and 2; 70 stays a fault of ours.

Each has its twin: the same call at a place that is as it should be.
"""

import errno
import os
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from gateway.cli import pki, samples
from tests.support.callers.keys import same_keys
from tests.support.callers.pki import pki_folder
from tests.support.machine.command import ncpeh
from tests.support.machine.generated import of_the_day
from tests.support.nodes.configured import Configured, Ended
from trust import pki_layout
from trust.pki import development_pki


def refused(ended: Ended, *words: str) -> None:
    """One line on standard error, with these words, and nothing of Python's."""
    assert (ended.status, ended.out) == (2, ())
    (line,) = ended.err
    assert line.startswith("ncpeh: ")
    assert [word for word in (*words, ". ") if word not in line] == []
    assert [sign for sign in ("Errno", "Error", "Traceback", "()") if sign in line] == []


def test_a_port_in_use_is_one_sentence(own: Configured):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        own.monkeypatch.setenv("NCPEH_LISTEN__PORT", str(port))
        refused(own.call("node"), f"127.0.0.1:{port} is in use by another process", "listen.port")
    assert own.start().status == 0


def test_the_terminology_services_port_in_use_is_one_sentence(own: Configured):
    own.monkeypatch.setenv("NCPEH_LISTEN__PORT", "0")
    own.monkeypatch.setenv("NCPEH_TERMINOLOGY_API__ENABLED", "true")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        own.monkeypatch.setenv("NCPEH_TERMINOLOGY_API__PORT", str(port))
        refused(own.call("node"), f"127.0.0.1:{port} is in use by another process", "terminology_api.port")


def test_an_address_of_another_machine_is_one_sentence(own: Configured):
    own.monkeypatch.setenv("NCPEH_LISTEN__HOST", "192.0.2.1")
    refused(own.call("node"), "192.0.2.1", "is no address of this machine", "listen.host")


def test_a_host_without_address_is_one_sentence(own: Configured):
    own.monkeypatch.setenv("NCPEH_LISTEN__HOST", "nowhere.invalid")
    refused(own.call("node"), "nowhere.invalid", "has no address")


@pytest.mark.parametrize("below", ["", "/deeper"])
@pytest.mark.parametrize("command", [["demo"], ["pki", "dev", "--country", "NO"]])
def test_a_directory_that_is_a_file_is_one_sentence(
    tmp_path: Path, command: list[str], below: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pki, "development_pki", partial(development_pki, new_key=same_keys()))
    (tmp_path / "afile").write_text("x")
    called = ncpeh(*command, "--dir", f"{tmp_path}/afile{below}")
    refused(
        Ended(called.status, (), tuple(called.err.splitlines())), f"{tmp_path}/afile", "a directory is needed there"
    )
    assert (tmp_path / "afile").read_text() == "x"


def test_a_folder_that_takes_no_folder_is_one_sentence():
    called = ncpeh("demo", "--dir", "/proc/demo")
    refused(Ended(called.status, (), tuple(called.err.splitlines())), "/proc/demo")


def test_the_simulators_faults_of_the_place_name_file_or_address(tmp_path: Path):
    clients = pki_folder() / pki_layout.HELSEID_CLIENT_PUBLIC
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for options, words in (
            (["--client-jwks", clients, "--port", port], f"127.0.0.1:{port} is in use"),
            (["--client-jwks", tmp_path / "absent.json"], f"{tmp_path}/absent.json is not there"),
            (["--client-jwks", clients, "--tls-certificate", tmp_path / "absent.pem"], f"{tmp_path}/absent.pem"),
        ):
            called = ncpeh("simulate", *options)
            refused(Ended(called.status, (), tuple(called.err.splitlines())), words)


def _process(*arguments: str, out: str = os.devnull, err: str = os.devnull) -> int:
    program = [sys.executable, "-c", "from gateway.cli.main import run; run()", *arguments]
    with Path(out).open("wb") as result, Path(err).open("wb") as rest:
        return subprocess.run(program, stdout=result, stderr=rest, check=False, timeout=120).returncode


def test_a_checkpoint_directory_that_is_a_file_is_one_sentence(own: Configured, tmp_path: Path):
    own.monkeypatch.setenv("NCPEH_LISTEN__PORT", "0")
    file, told = own.write("evidence", b"x"), tmp_path / "told"
    assert _process("node", err=str(told)) == 2
    lines = [line for line in told.read_text().splitlines() if not line.startswith("{")]
    refused(Ended(2, (), tuple(lines)), str(file), "is a file, and a directory is needed there")


@pytest.mark.parametrize(
    "arguments", of_the_day("full", [["samples"], ["transform", "--person", "rich", "--to", "cda-ps-l3"]], 1)
)
def test_a_result_that_cannot_be_written_is_one_sentence(arguments: list[str], tmp_path: Path):
    told = tmp_path / "told"
    assert _process(*arguments, out="/dev/full", err=str(told)) == 2
    assert (
        told.read_text() == "ncpeh: the output cannot be written: no space is left. Make room, or name another place.\n"
    )
    assert _process(*arguments, err=str(told)) == 0


def test_a_reason_that_cannot_be_told_does_not_change_the_exit_status(tmp_path: Path):
    assert _process("transform", "--to", "html", str(tmp_path / "absent.xml"), err="/dev/full") == 2
    assert _process("samples", err="/dev/full") == 0


def test_a_fault_of_ours_is_a_traceback_and_70(monkeypatch: pytest.MonkeyPatch):
    def broken() -> list[dict[str, str]]:
        raise ValueError("a slip of ours")

    assert ncpeh("samples").status == 0
    monkeypatch.setattr(samples, "sample_persons", broken)
    called = ncpeh("samples")
    assert (called.status, called.out) == (70, "")
    assert "Traceback" in called.err


def test_a_pipe_that_was_closed_is_one_sentence(monkeypatch: pytest.MonkeyPatch):
    def closed() -> list[dict[str, str]]:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr(samples, "sample_persons", closed)
    called = ncpeh("samples")
    refused(Ended(called.status, (), tuple(called.err.splitlines())), "the output was closed")
