"""The find test: what a stranger looks for, the file that answers and what stands in it. A file moves with its answer.

Questions 7 and 15 (no known allergies in FHIR, reconciliation of a dispensation) get theirs with what they ask for.
"""

import ast
import csv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOT_BUILT = {7, 15}
POINTERS = {
    "gateway/store/seen.py": "trust/saml/replay.py",
    "gateway/faces/soap/mtls.py": "trust/certificates.py",
    "gateway/terminology/activations.py": "acts.py",
    "transformers/validation/schematron/emit.py": "engine.py",
    "transformers/display/write_pdf.py": "pdf.py",
    "config/exportability.toml": "transformers/norway/exportable.py",
    "config/document_types.toml": "permissions.toml",
    "config/terminology/README.md": "dose-forms-long.csv",
}
"""Where people looked first, and the file that it must send them to, at its head."""


def _answers() -> list[dict[str, str]]:
    with (ROOT / "tests/house/find.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def stands(symbol: str, path: Path) -> bool:
    """Whether a file has what it is asked for: of a module a name that it defines or uses, else the very text."""
    if not path.is_file():
        return False
    text = path.read_text("utf-8")
    if path.suffix != ".py":
        return symbol in text
    names = set()
    for node in ast.walk(ast.parse(text)):
        names |= {node.name} if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef) else set()
        names |= {node.id} if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else set()
        names |= {node.attr} if path.name.startswith("test_") and isinstance(node, ast.Attribute) else set()
    return symbol in names


def test_each_question_that_is_built_has_one_answer():
    assert [int(row["question"]) for row in _answers()] == sorted(set(range(1, 21)) - NOT_BUILT)


@pytest.mark.parametrize("row", _answers(), ids=lambda row: row["question"])
def test_what_is_looked_for_stands_where_the_answer_says(row):
    assert stands(row["symbol"], ROOT / row["file"]), row["asked"]


@pytest.mark.parametrize(("looked", "answer"), POINTERS.items())
def test_where_people_look_first_sends_them_on(looked, answer):
    head = (ROOT / looked).read_text("utf-8")[:1600]
    assert answer in head
    near = (ROOT / answer, (ROOT / looked).parent / answer, (ROOT / looked).parent / "maps" / answer)
    assert any(path.is_file() for path in near)


def test_a_file_that_moved_without_its_answer_is_noticed(tmp_path):
    (tmp_path / "bind.py").write_text("def bind_trc(): ...\n", "utf-8")
    assert stands("bind_trc", tmp_path / "bind.py")
    assert not stands("bind_trc", tmp_path / "moved.py")
    assert not stands("bind_hcp", tmp_path / "bind.py")
    assert not stands("trc", tmp_path / "bind.py")
