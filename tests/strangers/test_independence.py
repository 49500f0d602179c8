"""Strangers are strangers: nothing in this folder imports the gateway, what it is made of, or what its tests share."""

import ast
from pathlib import Path

import pytest

_SHARED = frozenset({"tests.support.machine.require"})
_FORBIDDEN = frozenset({"gateway", "transformers", "trust"})
FILES = [
    *sorted(Path(__file__).parent.glob("**/*.py")),
    Path(__file__).parents[1] / "support" / "machine" / "require.py",
]


def kin(source: str) -> set[str]:
    """What a source imports that no stranger has; an import by name at run time is one too."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = ["." * node.level] if node.level else [node.module or ""]
            if node.module in ("tests", "tests.support", "tests.strangers"):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
        if isinstance(node, ast.Name) and node.id in ("__import__", "exec", "eval"):
            names = [node.id]
        for name in names:
            top = name.partition(".")[0]
            ours = top in _FORBIDDEN | {"", "importlib", "runpy", "__import__", "exec", "eval"}
            if ours or (top == "tests" and name not in _SHARED and not name.startswith("tests.strangers.")):
                found.add(name)
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_here_imports_the_gateway(path: Path):
    assert kin(path.read_text("utf-8")) == set()


@pytest.mark.parametrize(
    "source",
    ["import gateway", "import trust.xml as x", "from transformers import cda", "from tests.support.callers import pki",
     "from tests.support.nodes.wire import read", "from . import client", "import importlib", "__import__('gateway')"],
)  # fmt: skip
def test_an_import_of_the_gateway_is_seen(source: str):
    assert kin(source) != set()


def test_the_one_shared_module_is_allowed():
    assert kin("from tests.support.machine.require import require") == set()
