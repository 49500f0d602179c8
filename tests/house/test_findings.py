"""`tests/findings.csv`: which test closes which finding of a review. A finding that names no living test is open."""

import ast
import csv
import functools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "tests/findings.csv"
FINDING = re.compile(r"[HEMRP][1-9][0-9]{0,2}")
Row = tuple[str, str]


@functools.cache
def _tests(path: str) -> frozenset[str]:
    """Test functions of a module, by its syntax tree: ``test_a``, ``TestThing::test_b``; nothing when it is no file."""
    if not path.startswith("tests/") or not (ROOT / path).is_file():
        return frozenset()
    names = set()
    for node in ast.parse((ROOT / path).read_text("utf-8")).body:
        inside = node.body if isinstance(node, ast.ClassDef) and node.name.startswith("Test") else [node]
        prefix = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
        names |= {prefix + inner.name for inner in inside if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)}
    return frozenset(name for name in names if name.split("::")[-1].startswith("test_"))


def _order(row: Row) -> tuple[str, int, str]:
    return row[0][:1], int(re.sub(r"\D", "", row[0]) or 0), row[1]


def wrong(rows: list[Row]) -> list[str]:
    """What is wrong with the rows, a sentence each."""
    said = [f"{finding!r} is no finding" for finding, _ in rows if not FINDING.fullmatch(finding)]
    for finding, test in rows:
        path, _, name = test.partition("::")
        if name not in _tests(path):
            said.append(f"{finding}: there is no test {test}")
    said += [f"{row} stands twice" for row in sorted({row for row in rows if rows.count(row) > 1})]
    if rows != sorted(rows, key=_order):
        said.append("rows are sorted by letter, number and test")
    return said


def test_each_finding_that_is_closed_names_a_test_that_exists():
    with TABLE.open(encoding="utf-8", newline="") as file:
        head, *rows = list(csv.reader(file))
    assert head == ["finding", "test"]
    assert [row for row in rows if len(row) != 2] == []
    assert wrong([(finding, test) for finding, test in rows]) == []


HERE = "tests/house/test_findings.py::test_each_finding_that_is_closed_names_a_test_that_exists"
OTHER = "tests/house/test_findings.py::test_a_wrong_row_is_named"


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([("X1", HERE)], "'X1' is no finding"),
        ([("H01", HERE)], "'H01' is no finding"),
        ([("H1", "tests/house/test_gone.py::test_a")], "there is no test tests/house/test_gone.py::test_a"),
        ([("H1", HERE + "_gone")], "there is no test"),
        ([("H1", "tests/house/test_findings.py::wrong")], "there is no test"),
        ([("H1", "tests/house/test_findings.py")], "there is no test"),
        ([("H1", HERE), ("H1", HERE)], "stands twice"),
        ([("H10", HERE), ("H2", HERE)], "sorted"),
        ([("H1", HERE), ("E2", HERE)], "sorted"),
    ],
)
def test_a_wrong_row_is_named(rows, sentence):
    assert wrong([("E2", HERE), ("E10", OTHER), ("E10", HERE), ("H1", HERE)]) == []
    assert any(sentence in line for line in wrong(rows))
