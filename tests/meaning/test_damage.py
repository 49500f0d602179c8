"""No damaged document brings a reader or a printer down: each is read, or refused by an error of the closed trees."""

import pytest

from tests.meaning.damage import damaged
from tests.meaning.readers import crashes
from tests.meaning.table import every_row
from tests.support.machine.generated import SEED

A_DAY, ALL = 120, 50_000
ROWS = every_row()


def fallen(count: int) -> list[str]:
    return [
        f"{one.row} {one.damages}: {fault}"
        for one in damaged(ROWS, str(SEED), count)
        for fault in crashes(one.kind, one.section, one.content)
    ]


def test_no_reader_or_printer_falls_over_a_damaged_document():
    assert fallen(A_DAY) == []


@pytest.mark.prove
@pytest.mark.timed
def test_no_reader_or_printer_falls_over_50_000_damaged_documents():
    assert fallen(ALL) == []


def test_damage_is_the_same_again_by_its_seed_and_reaches_every_kind_of_document():
    few = list(damaged(ROWS, "a", 400))
    assert few == list(damaged(ROWS, "a", 400))
    assert {one.kind for one in few} == {row.kind for row in ROWS}
    assert len({one.content for one in few}) > 380
    assert {len(one.damages) for one in few} == {1, 2, 3, 4}


def test_a_fault_of_our_own_is_told_as_a_crash(monkeypatch: pytest.MonkeyPatch):
    def falls(*_: object) -> None:
        raise KeyError("of our own")

    monkeypatch.setattr("tests.meaning.readers.own_rules", falls)
    (row, *_) = [row for row in ROWS if row.kind == "ps"]
    assert crashes(row.kind, row.section, row.document) == ["own rules: KeyError: 'of our own'"]
