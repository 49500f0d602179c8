"""Each command loads what it uses: which of the large packages are loaded for its help, as a list."""

import json
import subprocess
import sys
from importlib.metadata import version

import pytest

from gateway.cli.main import COMMANDS
from tests.support.machine.generated import LONG, choices

LARGE = {
    "alembic", "cryptography", "fastapi", "httpcore", "jinja2", "joserfc", "lxml", "pydantic", "saxonche", "sqlalchemy",
    "structlog", "typst", "uvicorn", "xmlschema",
}  # fmt: skip
LOADED = {
    "": set(),
    "demo": {"pydantic"},
    "node": {"pydantic"},
    "doctor": {"pydantic", "cryptography", "lxml"},
    "validate": {"pydantic", "lxml"},
    "mend": {"pydantic", "lxml"},
    "quality": {"pydantic", "cryptography", "sqlalchemy"},
    "transform": {"pydantic"},
    "samples": {"pydantic"},
    "simulate": {"pydantic"},
    "simulate-country": set(),
    "ask": {"pydantic"},
    "prescriptions": {"pydantic"},
    "dispensations": {"pydantic"},
    "config": {"pydantic"},
    "pki": {"pydantic", "cryptography", "joserfc"},
    "db": {"pydantic", "sqlalchemy"},
    "evidence": {"pydantic", "cryptography", "sqlalchemy"},
    "artefacts": {"pydantic", "lxml"},
    "terminology": {"pydantic", "cryptography", "lxml", "sqlalchemy"},
}
"""By command, empty: `ncpeh --help`. pydantic is what typer itself reads options with."""
PROGRAM = """
import json, os, sys
from contextlib import redirect_stdout
from gateway.cli import main

def loaded(arguments):
    reads, writes = os.pipe()
    if os.fork() == 0:
        sys.argv = ["ncpeh", *arguments, "--help"]
        with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
            status = main._status()
        with os.fdopen(writes, "w") as answer:
            json.dump([status, sorted({name.partition(".")[0] for name in sys.modules})], answer)
        os._exit(0)
    os.close(writes)
    os.wait()
    with os.fdopen(reads) as answer:
        return json.load(answer)

print(json.dumps({command: loaded([command] if command else []) for command in json.loads(sys.argv[1])}))
"""


@pytest.fixture(scope="module")
def helps() -> dict[str, tuple[int, list[str]]]:
    """Of all, and of each command or of those of the day: the exit status of its help, and what was loaded."""
    asked = list(COMMANDS) if LONG else choices("helps").sample(list(COMMANDS), 5)
    command = [sys.executable, "-c", PROGRAM, json.dumps(["", *asked])]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout)


def test_the_help_of_a_command_loads_no_more_than_its_options_need(helps):
    assert set(LOADED) == {"", *COMMANDS}
    assert {name: set(loaded) & LARGE for name, (_, loaded) in helps.items()} == {name: LOADED[name] for name in helps}


def test_every_command_has_its_help(helps):
    assert len(helps) > 5
    assert {name: status for name, (status, _) in helps.items()} == dict.fromkeys(helps, 0)


def test_the_command_says_its_version():
    done = subprocess.run(
        [sys.executable, "-c", "from gateway.cli.main import run; run()", "--version"],
        capture_output=True, text=True, check=True, timeout=180,
    )  # fmt: skip
    assert done.stdout == f"ncpeh {version('ncpeh')}\n"
