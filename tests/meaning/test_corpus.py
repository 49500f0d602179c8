"""The corpus of meaning: every reader and printer says what a document's row says, and all of them say the same."""

import ast
from collections import Counter

import pytest

from tests.meaning import readers
from tests.meaning.table import HERE, Row, every_row
from tests.support.machine.generated import SEED

ROWS = every_row()
BASES = sorted({row.base for row in ROWS})
SECTIONS = (
    *("allergies", "medications", "problems", "procedures", "devices", "past_illness", "immunisations"),
    *("vital_signs", "results", "social_history", "pregnancies", "functional_status"),
    *("advance_directives", "care_plan", "header"),
    *("item", "file", "m1", "m10", "m92", "m25", "m912", "sysvak", "kj"),
)
TYPES = (
    *("CD", "CE", "CS", "PQ", "TS", "IVL_TS", "PIVL_TS", "EIVL_TS", "IVL_PQ", "RTO", "INT"),
    *("BL", "ST", "ED", "II", "EN", "AD", "TEL"),
)
DECISIONS = ("dispense", "list", "fulfil", "export")
PARTS = 8
PROCESSED = (readers.wrongly_processed, readers.wrongly_printed, readers.wrongly_shown)


def of_base(name: str) -> list[Row]:
    return [row for row in ROWS if row.base == name]


def wrong(rows: list[Row], *looks: readers.Look) -> list[str]:
    """What is said otherwise than a row says; of a row that is open, that it is not any more."""
    told = []
    for row in rows:
        found = [one for look in looks for one in look(row)]
        told += [f"{row.id}: {one}" for one in found] if not row.open else []
    return told


@pytest.mark.parametrize("base", BASES)
def test_readers_decisions_and_own_rules_say_what_each_row_says(base):
    assert wrong(of_base(base), readers.wrongly_read) == []


@pytest.mark.parametrize("base", BASES)
def test_processed_printed_and_shown_the_rows_of_the_day_say_the_same(base):
    today = [row for n, row in enumerate(of_base(base)) if n % PARTS == SEED % PARTS]
    assert wrong(today, *PROCESSED) == []


@pytest.mark.prove
@pytest.mark.timed
@pytest.mark.parametrize("base", BASES)
def test_processed_printed_and_shown_every_row_says_the_same(base):
    assert wrong(of_base(base), *PROCESSED) == []


GUIDE = [row for row in ROWS if row.guide and row.kind in readers.PRINTERS]


@pytest.mark.parametrize("row", GUIDE, ids=[row.id for row in GUIDE])
def test_what_is_printed_has_the_templates_and_codes_of_the_guide(row):
    assert readers.otherwise_than_the_guide(row) == []


def test_a_row_that_is_open_is_wrong_indeed():
    assert [row.id for row in ROWS if row.open and not readers.wrong_in(row)] == []


def test_the_corpus_is_wide_and_no_construct_fills_it():
    assert len(ROWS) >= 400
    assert len({row.id for row in ROWS}) == len(ROWS)
    assert {name: n for name, n in Counter(row.construct for row in ROWS).items() if n > 8} == {}
    assert len({row.document for row in ROWS}) > len(ROWS) * 0.95


def test_every_section_data_type_and_decision_has_six_rows():
    sections = Counter(row.section for row in ROWS)
    types = Counter(name for row in ROWS for name in row.types)
    decided = Counter((name, may) for row in ROWS for name, may in row.decisions.items())
    assert {name: sections[name] for name in SECTIONS if sections[name] < 6} == {}
    assert {name: types[name] for name in TYPES if types[name] < 6} == {}
    assert {(n, may): decided[n, may] for n in DECISIONS for may in (True, False) if decided[n, may] < 6} == {}


def test_only_the_module_of_what_is_under_test_imports_the_product():
    importing = set()
    for path in sorted(HERE.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if any(name.split(".")[0] in {"transformers", "gateway", "trust"} for name in names):
                importing.add(path.name)
    assert importing == {"readers.py"}


def test_a_meaning_that_is_not_the_documents_is_seen():
    row = next(row for row in ROWS if row.id == "allergies/agent/as the guide has it")
    other = next(row for row in ROWS if row.id == "allergies/agent/no medicine")
    assert readers.differences(row.means, readers.pivot(row.kind, row.document, row.section).meaning) == []
    assert readers.differences(other.means, readers.pivot(row.kind, row.document, row.section).meaning) != []
