"""Tests in a forked child that imports a mutated module instead of ours, as do the processes that the tests start.

The child shares with us what is imported, so whoever calls this imports nothing of the product, and nothing that
pytest's plugins import: it would give no answer (`NO_ANSWER`), which proves nothing.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

from tests.prove.instead import ROOT, put
from tests.prove.mutants import Mutant

TIMED_OUT, NO_ANSWER = 124, 70
_STARTED = Path(__file__).parent / "started"


def run_tests(mutant: Mutant | None, tests: list[str], seconds: int) -> int:
    """pytest's exit code for these tests, with the mutant in place; TIMED_OUT after so many seconds.

    Raises RuntimeError when pytest itself broke: whether a test fails cannot be told then.
    """
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        told = Path(folder) / "mutant.json"
        if mutant is not None:
            told.write_text(json.dumps({"path": mutant.path, "source": mutant.source}), "utf-8")
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)
            _run(mutant, tests, seconds, told)
        try:
            _, status = os.waitpid(child, 0)
        finally:
            with suppress(ProcessLookupError):  # what the tests started and, stopped in the middle, could not end
                os.killpg(child, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(status)
        if code == NO_ANSWER:
            raise RuntimeError(f"pytest gave no answer to {tests}")
        return code


def _run(mutant: Mutant | None, tests: list[str], seconds: int, told: Path) -> None:
    os.chdir(ROOT)
    sink = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(sink, stream)
    signal.signal(signal.SIGALRM, lambda *_: os._exit(TIMED_OUT))
    signal.alarm(seconds)
    code = NO_ANSWER
    try:
        if mutant is not None:
            put(mutant.path, mutant.source)
            os.environ |= {"PYTHONPATH": f"{_STARTED}{os.pathsep}{ROOT}", "PROVE_MUTANT": str(told)}
        code = int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *tests]))
    finally:
        os._exit(code)


def seed_of_the_day() -> int:
    """The seed of this day's run, as the tests have it; asked of another process, for it imports of the product."""
    asks = "from tests.support.machine.generated import SEED; print(SEED)"
    asked = subprocess.run([sys.executable, "-c", asks], cwd=ROOT, capture_output=True, text=True, check=True)
    return int(asked.stdout)
