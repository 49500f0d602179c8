"""The house's arrows: who may import whom, and who alone may make a verified value."""

import ast
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from tests.support.machine.syntax import PRODUCT as PACKAGES
from tests.support.machine.syntax import ROOT, trees


def _trees(*packages: str) -> Iterable[tuple[Path, ast.Module]]:
    return trees(*packages).items()


@cache
def _calls(tree: ast.AST) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            target = node.func
            names.add(target.id if isinstance(target, ast.Name) else getattr(target, "attr", ""))
    return names


def _imported(tree: ast.AST) -> set[str]:
    return {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


def test_import_contracts_of_the_house_hold():
    tool = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("made", "where"),
    [
        ("VerifiedRequest", {"gateway/admission.py"}),
        ("VerifiedTreatment", {"gateway/admission.py"}),
        ("VerifiedCaller", {"trust/saml/verify.py"}),
        ("PeerIdentity", {"trust/tls.py"}),
    ],
)
def test_a_verified_value_is_made_in_one_place_only(made, where):
    makers = {str(path) for path, tree in _trees(*PACKAGES) if made in _calls(tree)}
    assert makers == where


def test_events_of_evidence_have_one_builder_and_one_reader():
    makers = {
        str(path)
        for path, tree in _trees("gateway")
        if "Event" in _calls(tree)
        and ("gateway.evidence.event" in _imported(tree) or path.parts[:2] == ("gateway", "evidence"))
    }
    assert makers == {"gateway/evidence/event.py", "gateway/evidence/event_of.py"}


def test_async_lives_in_faces_app_and_simulators_only():
    allowed = (
        "gateway/node/serve.py",
        "gateway/faces/receive.py",
        "gateway/faces/management.py",
        "gateway/faces/no_such_path.py",
        "gateway/faces/soap/",
        "gateway/faces/terminology/",
        "gateway/faces/validation/",
        "gateway/simulators/",
    )
    found = {
        str(path)
        for path, tree in _trees(*PACKAGES)
        if any(isinstance(node, ast.AsyncFunctionDef | ast.Await) for node in ast.walk(tree))
    }
    assert {path for path in found if not path.startswith(allowed)} == set()


def test_the_http_library_is_imported_in_one_module():
    importers = set()
    for path, tree in _trees(*PACKAGES):
        for node in ast.walk(tree):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.split(".")[0] in ("httpx", "httpcore") for name in names):
                importers.add(str(path))
    assert importers == {"gateway/http.py"}


def test_no_module_is_called_after_nothing():
    banned = {"utils", "util", "common", "helpers", "helper", "base", "misc"}
    assert {str(path) for path, _ in _trees(*PACKAGES) if path.stem in banned or banned & set(path.parts)} == set()


def test_each_suppression_gives_its_reason_on_the_line():
    bare = []
    for path in sorted(p for package in (*PACKAGES, "tests") for p in (ROOT / package).rglob("*.py")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            for mark in ("# noqa", "# type: ignore"):
                head, found, tail = line.partition(mark)
                if found and '"' not in head[-2:] and " - " not in tail and " #" not in tail:
                    bare.append(f"{path.relative_to(ROOT)}:{number}")
    assert bare == []
