"""What the product imports is declared and the other way round; a node's lock holds nothing that tests need."""

import ast
import importlib.metadata
import re
import sys
import tomllib

import pytest

from tests.support.machine.syntax import PRODUCT as OURS
from tests.support.machine.syntax import ROOT, trees

BY_NAME = {"psycopg": "SQLAlchemy loads it for a postgresql:// address"}
"""Declared and imported by another library on our behalf, with the reason."""


def _name(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0]).lower()


def _project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def _imported() -> set[str]:
    """Distributions that the product imports, wherever in a module the import stands."""
    modules = set()
    for module in trees(*OURS).values():
        for node in ast.walk(module):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            modules |= {name.partition(".")[0] for name in names}
    owners = importlib.metadata.packages_distributions()
    foreign = modules - set(sys.stdlib_module_names) - set(OURS)
    return {_name(owner) for module in foreign for owner in owners.get(module, [f"nobody's {module}"])}


def _locked(file: str) -> dict[str, str]:
    rows = re.findall(r"^([A-Za-z0-9._-]+)==([^ ]+)", (ROOT / file).read_text("utf-8"), re.MULTILINE)
    return {_name(name): version for name, version in rows}


def test_runtime_dependencies_are_what_the_product_imports():
    declared = {_name(requirement) for requirement in _project()["dependencies"]}
    assert declared - set(BY_NAME) == _imported()
    assert set(BY_NAME) <= declared


def test_the_runtime_lock_holds_every_dependency_and_nothing_of_the_tests():
    project, locked = _project(), _locked("requirements.lock")
    extras = project["optional-dependencies"]
    assert {_name(requirement) for requirement in (*project["dependencies"], *extras["build"])} <= set(locked)
    assert {_name(requirement) for requirement in extras["dev"]} & set(locked) == set()


def test_the_developers_lock_is_the_runtime_lock_and_what_tests_need():
    locked, all_ = _locked("requirements.lock"), _locked("requirements-dev.lock")
    assert {name: all_.get(name) for name in locked} == locked
    assert {_name(requirement) for requirement in _project()["optional-dependencies"]["dev"]} <= set(all_)


@pytest.mark.parametrize("package", OURS)
def test_a_package_says_that_it_is_typed(package):
    assert (ROOT / package / "py.typed").read_bytes() == b""
