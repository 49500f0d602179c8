"""Whoever works on a dispensing is killed: no prescription stays taken, and each dispensing has one report or none."""

from pathlib import Path

import pytest

from tests.crash.dispensings import DISPENSED, DISPENSINGS, LEG, TAKEN, TAKES
from tests.crash.run import CrashedWork, LegResult, Run, Setting
from tests.support.machine.generated import SEED

BOTH = pytest.mark.parametrize(
    "setting", [Setting(), Setting("postgresql", 2)], ids=["one node on SQLite", "two nodes on PostgreSQL"]
)


def proved(work: CrashedWork, folder: Path, operations: int, kills: int, setting: Setting) -> list[LegResult]:
    name, most = ("takes", 250) if work is TAKES else ("dispensings", LEG)
    results = list(Run(name, SEED, operations, kills, setting, most).results(work, folder))
    assert [fault for one in results for fault in one.faults] == []
    assert sum(len(one.blows) for one in results) == kills
    assert sum(one.operations for one in results) >= operations
    return results


def test_of_12_dispensings_with_3_kills_none_is_lost_doubled_or_left_locked(tmp_path: Path):
    proved(DISPENSINGS, tmp_path, 12, 3, Setting())


@pytest.mark.prove
@pytest.mark.timed
@BOTH
def test_of_300_takes_with_24_kills_no_prescription_is_left_under_dispensing(tmp_path: Path, setting: Setting):
    results = proved(TAKES, tmp_path, 300, 24, setting)
    points = {blow.rpartition("journal.")[2] for one in results for blow in one.blows}
    assert points >= set(TAKEN)  # every arrow that takes and gives back


@pytest.mark.prove
@pytest.mark.timed
@BOTH
def test_of_2000_takes_with_100_kills_no_prescription_is_left_under_dispensing(tmp_path: Path, setting: Setting):
    proved(TAKES, tmp_path, 2_000, 100, setting)


@pytest.mark.prove
@pytest.mark.timed
@BOTH
def test_of_1000_dispensings_with_100_kills_none_is_lost_doubled_or_left_locked(tmp_path: Path, setting: Setting):
    results = proved(DISPENSINGS, tmp_path, 1_000, 100, setting)
    points = {blow.rpartition("journal.")[2] for one in results for blow in one.blows}
    assert points >= set(DISPENSED)
