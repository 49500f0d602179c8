"""Which target runs a test is known: `make test` all but what is marked `prove`, `.ci/run` those too; none is lost."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.machine.generated import named_by_address
from tests.support.machine.syntax import ROOT, tree

LEAVING_OUT = {"pytest.skip", "mark.skip", "mark.skipif", "pytest.importorskip", "pytest.xfail", "mark.xfail"} | {
    "collect_ignore", "collect_ignore_glob", "__test__", "unittest.skip",
}  # fmt: skip
MAY_SKIP = {"tests/support/machine/require.py", "tests/support/machine/quick.py"}
"""What the machine lacks, by name, a failure with NCPEH_REQUIRE_ALL=1; and what `make quick` has no time for."""


@cache
def texts() -> dict[str, str]:
    return {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in sorted((ROOT / "tests").rglob("*.py"))}


def trees(*parts: str) -> dict[str, ast.Module]:
    """The modules whose text has one of these parts; the others, which are most, need not be read further."""
    return {path: tree(ROOT / path) for path, text in texts().items() if any(part in text for part in parts)}


def words(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
            yield f"{getattr(node.value, 'attr', None) or getattr(node.value, 'id', '')}.{node.attr}"


def make(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """The Makefile called anew, whatever `make` called us with."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "ARGS"}
    return subprocess.run(["make", *arguments], cwd=ROOT, env=own, capture_output=True, text=True, check=False)


def recipe(target: str) -> str:
    """The commands of a target of the Makefile, its variables put in."""
    told = make("--always-make", "--dry-run", target)
    assert told.returncode == 0, told.stderr
    return "\n".join(line for line in told.stdout.splitlines() if " -m pytest" in line or " -m tests." in line)


def test_each_test_is_in_a_module_that_pytest_reads():
    lost = [
        f"{path}: {name}"
        for path, text in texts().items()
        if not Path(path).name.startswith("test_")
        for name in re.findall(r"^(?:async )?(?:def|class) (test\w*)", text, re.MULTILINE | re.IGNORECASE)
    ]
    assert lost == []


def test_a_test_is_left_out_by_the_mark_or_by_a_named_need_only():
    parts = {name.rpartition(".")[2] for name in LEAVING_OUT}
    assert {path for path, tree in trees(*parts).items() if LEAVING_OUT & set(words(tree))} == MAY_SKIP


def test_a_module_with_an_exhaustive_form_has_tests_in_make_test():
    read = trees("prove")
    marked = {path for path, tree in read.items() if Path(path).name.startswith("test_") and "prove" in words(tree)}
    assert marked
    for path in marked:
        short = [
            node
            for node in read[path].body
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
            if "prove" not in {word for decorator in node.decorator_list[:1] for word in words(decorator)}
        ]
        assert short, path


def test_the_targets_run_what_the_readme_says():
    options = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["pytest"]["ini_options"]
    assert options["testpaths"] == ["tests"]
    whole = r"\S+/python -m pytest -n 3 --dist worksteal\s*"
    assert re.fullmatch(whole, recipe("test"))
    assert re.fullmatch(f'NCPEH_PROVE=1 {whole}-m "prove and not timed"\\s*', recipe("exhaustive"))
    fixed = "\\S+/python -m tests.prove.sixty\n\\S+/python -m tests.prove.attacks"
    mutants = f"{fixed}\nNCPEH_PROVE=1 \\S+/python -m tests.prove"
    seeded = "\\S+/python -m tests.prove.seeded\n\\S+/python -m tests.prove.seeded --rooms gateway"
    assert re.fullmatch(f"{mutants}\n{seeded}\nNCPEH_PROVE=1 {whole}", recipe("prove"))
    build = (ROOT / ".ci" / "run").read_text("utf-8")
    for line in ("export NCPEH_REQUIRE_ALL=1", "make lint", "make exhaustive", "make demo", "make test"):
        assert re.search(f"^ *{line}\\b", build, re.MULTILINE), line


@pytest.mark.parametrize("python", ["", "/nowhere/python3.11"])
def test_without_a_python_that_is_new_enough_a_sentence_says_what_is_needed(tmp_path, python):
    done = make("test", f"PYTHON={python}", f"VENV={tmp_path}/venv")
    assert done.returncode != 0
    assert done.stderr.startswith("needs Python 3.11 or later with venv")
    assert not (tmp_path / "venv").exists()


def test_a_test_named_by_an_address_is_found():
    good, bad = "tests/test_a.py::test_b[at 0 minutes]", f"tests/test_a.py::test_b[{object()}]"
    assert named_by_address([good, bad]) == [bad]


BOTH_FORMS = """
import pytest
from hypothesis import given, strategies as st
from tests.conftest import *
from tests.support.machine.generated import of_the_day
from tests.support.machine.require import require

def test_short(): pass

@pytest.mark.parametrize("case", of_the_day("cases", range(20), 3))
def test_many(case): print("case", case)

@pytest.mark.prove
def test_exhaustive(): pass

def test_needs_a_tool(): require("no-such-tool")

drawn = []

@given(st.integers())
def test_property(number): drawn.append(number)

def test_says_what_was_drawn(): print("drawn", drawn)
"""


def ran(folder: Path, **environment: str) -> str:
    (folder / "conftest.py").write_text("from tests.conftest import *\n", "utf-8")
    (folder / "test_forms.py").write_text(BOTH_FORMS, "utf-8")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("NCPEH_", "PYTEST_"))}
    command = [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml")]
    done = subprocess.run(
        [*command, "--rootdir", str(folder), str(folder)], cwd=ROOT, env={**inherited, **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout


def drawn(told: str) -> str:
    (line,) = {line for line in told.splitlines() if line.startswith("drawn ")}
    return line


def cases(told: str) -> set[str]:
    return {line.removeprefix("case ") for line in told.splitlines() if line.startswith("case ")}


def test_forms_needs_and_seeds_are_what_the_environment_says(tmp_path):
    short = ran(tmp_path, NCPEH_SEED="1")
    assert "form: short; seed: 1 (again: NCPEH_SEED=1)" in short
    assert "6 passed, 1 skipped, 18 deselected" in short
    assert len(cases(short)) == 3
    assert "no-such-tool is absent on this machine" in short
    assert drawn(short).count(",") + 1 == 25
    long = ran(tmp_path, NCPEH_SEED="2", NCPEH_PROVE="1", NCPEH_REQUIRE_ALL="1")
    assert "form: long" in long
    assert "1 failed, 24 passed" in long
    assert cases(long) == {str(number) for number in range(20)}
    assert "no-such-tool is required here (NCPEH_REQUIRE_ALL=1) and absent" in long
    assert drawn(long).count(",") + 1 == 100
    assert drawn(long).split(",")[:25] != drawn(short).split(",")
    again, other = ran(tmp_path, NCPEH_SEED="1"), ran(tmp_path, NCPEH_SEED="2")
    assert (drawn(again), cases(again)) == (drawn(short), cases(short))
    assert cases(other) != cases(short)
    left = ran(tmp_path, NCPEH_SEED="1", NCPEH_PROVE="1", PYTEST_ADDOPTS="-m prove")
    assert cases(left) | cases(short) == cases(long), "`.ci/run` runs every case"
