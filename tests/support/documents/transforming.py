"""`ncpeh transform` called in this process, its streams those of the process."""

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from gateway.cli import main

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
    """The command in this process."""

    def called(*arguments: str, stdin: bytes = b"") -> Done:
        monkeypatch.setattr(sys, "argv", ["ncpeh", "transform", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as ended:
            main.run()
        told = capfdbinary.readouterr()
        return Done(int(ended.value.code or 0), told.out, told.err)

    return called
