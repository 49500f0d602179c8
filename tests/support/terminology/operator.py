"""Norway's operator at the command line of a running node: `ncpeh terminology`, its process being this one.

A process of its own for each command would spend its time on importing; `test_bad_terminology.py` starts one.
"""

import contextlib
import io
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.cli import main
from tests.support.nodes.node import Abroad
from tests.support.terminology.packages import package, value_set


@dataclass(frozen=True)
class Operator:
    """Acts on the Norwegian node of a world; packages to import are written to ``folder``."""

    abroad: Abroad
    folder: Path

    def run(self, *arguments: object, status: int = 0) -> str:
        """What the command prints: its result, or why not when it ends with another ``status`` than 0."""
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("NCPEH_")]:
                patch.delenv(name)
            for name, value in self.abroad.world.environment("NO").items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["ncpeh", "terminology", *map(str, arguments)])
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as ended:
                main.run()
        assert int(ended.value.code or 0) == status, err.getvalue()
        return (err if status else out).getvalue()

    def imported(self, name: str) -> str:
        """A release of our tables and one package, its id told apart by the dose form's name."""
        forms = value_set(3, "eHDSIPackage", version=name)
        source = package(self.folder / f"{name}.tgz", forms)
        return self.run("import", source, "--by", "Kari Import", "--label", name).partition(":")[0]

    def activated(self, name: str) -> str:
        """The same, approved by another and in force."""
        release = self.imported(name)
        self.run("approve", release, "--by", "Ola Fagansvarlig")
        self.run("activate", release, "--by", "Drift", "--override", "a small release for a test")
        return release
