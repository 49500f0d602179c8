"""A node that is killed from outside while it answers: the chain is whole, and no answer is without its row."""

from pathlib import Path

import pytest

from tests.crash.lookups import LOOKUPS
from tests.crash.run import LegResult, Run, Setting
from tests.support.machine.generated import SEED

_CLIENTS = 2


def played(folder: Path, operations: int, kills: int, setting: Setting) -> list[LegResult]:
    return list(Run("lookups", SEED, operations, kills, setting).results(LOOKUPS, folder))


def proved(results: list[LegResult], operations: int, kills: int) -> None:
    assert [fault for one in results for fault in one.faults] == []
    assert sum(len(one.blows) for one in results) == kills
    assert sum(one.operations for one in results) >= operations
    unanswered = sum(one.operations - one.answered for one in results)
    assert unanswered <= kills * _CLIENTS * 2  # those on their way when it was killed, and those that met a closed door


def test_of_60_lookups_with_4_kills_no_answer_is_without_its_row(tmp_path: Path):
    proved(played(tmp_path, 60, 4, Setting()), 60, 4)


@pytest.mark.prove
@pytest.mark.timed
@pytest.mark.parametrize(
    "setting", [Setting(), Setting("postgresql", 2)], ids=["one node on SQLite", "two nodes on PostgreSQL"]
)
def test_of_2000_lookups_with_50_kills_no_answer_is_without_its_row(tmp_path: Path, setting: Setting):
    proved(played(tmp_path, 2_000, 50, setting), 2_000, 50)
