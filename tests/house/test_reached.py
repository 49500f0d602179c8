"""No code without a caller: each module is reached from a command, or the table says why not yet and what ends it."""

import ast
from pathlib import Path

import pytest

from gateway.cli.main import COMMANDS
from tests.support.machine.syntax import PRODUCT as OURS
from tests.support.machine.syntax import ROOT, tree

UNREACHED = {
    "gateway.store.migrations.env": "Alembic runs it by its path",
    "gateway.store.migrations.versions.m0001_first_tables": "Alembic runs it by its path",
    "gateway.store.migrations.versions.m0002_terminology": "Alembic runs it by its path",
    "gateway.store.migrations.versions.m0003_forgotten": "Alembic runs it by its path",
    "gateway.store.migrations.versions.m0004_clocks": "Alembic runs it by its path",
    "gateway.store.migrations.versions.m0005_store_keys": "Alembic runs it by its path",
    "gateway.store.migrations.versions.m0006_mail": "Alembic runs it by its path",
    "gateway.store.migrations.versions.m0007_made_of": "Alembic runs it by its path",
    "gateway.store.migrations.versions.m0008_listings": "Alembic runs it by its path",
    "gateway.store.migrations.versions.m0009_journal": "Alembic runs it by its path",
    "gateway.store.migrations.versions.m0010_handouts": "Alembic runs it by its path",
    "gateway.exchange.country_b.translate": "the portal shows a document from abroad with Norwegian words",
    "gateway.counter.label": "the portal shows the words for the label",
    "gateway.counter.entered": "the portal shows a country's search mask",
    "gateway.counter.mask": "as entered",
    "gateway.counter.patterns": "as entered",
    "gateway.counter.read_mask": "discovery fetches the masks of other countries",
    "gateway.counter.write_mask": "discovery publishes Norway's mask",
    "transformers.cda.rules.pair": "a dispensation is checked against its prescription before it is reported",
    "transformers.norway.read_recalls": "Reseptformidleren tells of prescriptions that were recalled",
    "transformers.norway.read_lab_answers": "a door to Pasientens prøvesvar asks for the results of a summary",
    "transformers.norway.lab_values": "as read_lab_answers, its only caller",
}
"""Module and why nothing reaches it: what runs it otherwise, or the feature that will."""


def modules(root: Path) -> dict[str, Path]:
    """Every module of ours that has code, by name."""
    found = {}
    for path in (path for package in OURS for path in (root / package).rglob("*.py")):
        name = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        if path.read_text("utf-8").strip():
            found[name] = path
    return found


def imports(path: Path) -> set[str]:
    """What a module imports, wherever the import stands; of ``from a import b`` both a and a.b."""
    names = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def unreached(known: dict[str, Path], roots: set[str]) -> set[str]:
    """Modules that no chain of imports from a root leads to. Importing a module runs its packages too."""
    reached: set[str] = set()
    waiting = [*roots]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        waiting.extend(name[:at] for at, character in enumerate(name) if character == ".")
        waiting.extend(imports(known[name]) if name in known else ())
    return set(known) - reached


def test_every_module_is_reached_from_a_command_or_says_why_not():
    roots = {"gateway.cli.main", *(command.module for command in COMMANDS.values())}
    known = modules(ROOT)
    rest = {name for name in unreached(known, roots) if _has_code(known[name])}
    assert rest == set(UNREACHED)


def _has_code(path: Path) -> bool:
    """More than a docstring: an empty package is nothing to reach."""
    return any(not isinstance(node, ast.Expr) for node in tree(path).body)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("import trust.a", set()),
        ("from trust import a", set()),
        ("def later():\n    from trust.a import thing", set()),
        ("import os", {"trust.a"}),
    ],
)
def test_a_module_without_a_caller_is_seen(tmp_path, text, rest):
    (tmp_path / "gateway").mkdir()
    (tmp_path / "trust").mkdir()
    (tmp_path / "gateway/main.py").write_text(text, "utf-8")
    (tmp_path / "trust/a.py").write_text("thing = 1", "utf-8")
    assert unreached(modules(tmp_path), {"gateway.main"}) == rest
