"""`ncpeh` called in this process as its entry point calls it: exit status and what was written."""

import contextlib
import io
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from gateway.cli import main


@dataclass(frozen=True)
class Called:
    """How a call ended."""

    status: int
    out: str
    err: str


def ncpeh(*arguments: str | Path, stdin: str = "") -> Called:
    """The call with these arguments and standard input; environment and working directory are the test's."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    told = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
    with (
        mock.patch.object(sys, "argv", ["ncpeh", *map(str, arguments)]),
        mock.patch.object(sys, "stdin", told),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        status = main._status()
    return Called(status, *(stream.buffer.getvalue().decode() for stream in (out, err)))
