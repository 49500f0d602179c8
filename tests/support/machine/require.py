"""What a test needs from the machine: asked for by name, skipped by name, a failure when everything is required."""

import os
import shutil
from pathlib import Path

import pytest

_EVERYTHING = os.environ.get("NCPEH_REQUIRE_ALL") == "1"


def absent(what: str) -> None:
    """Skip, or fail where everything is required."""
    if _EVERYTHING:
        pytest.fail(f"{what} is required here (NCPEH_REQUIRE_ALL=1) and absent")
    pytest.skip(f"{what} is absent on this machine")  # the machine's lack, named; .ci/run makes it a failure


def require(tool: str) -> str:
    """Path of a program, e.g. ``xmlsec1``, ``curl``, ``chromium``."""
    found = shutil.which(tool)
    if found is None:
        absent(tool)
    return str(found)


def artefacts(*below: str) -> Path:
    """The folder of official artefacts (NCPEH_ARTEFACTS), or a file or folder below it."""
    root = os.environ.get("NCPEH_ARTEFACTS")
    if not root or not Path(root).is_dir():
        absent("the folder of official artefacts (NCPEH_ARTEFACTS)")
    path = Path(str(root)).joinpath(*below)
    if not path.exists():
        absent(f"official artefact {'/'.join(below)}")
    return path
