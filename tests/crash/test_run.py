"""The harness itself: it does what it draws, goes on where it was, and what a judge says is heard."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.crash.plan import Blow, Means, Order, drawn
from tests.crash.run import CrashedWork, Run, Setting, legs
from tests.crash.victims import Course, CrashFailed, Start, Victim, struck
from tests.support.machine.generated import SEED

POINTS = ("evidence.begun", "evidence.committed")
SLOW = Order("reseptformidleren", "slow", "ERM10", 3)
_TOY = """
import sys, time
from pathlib import Path
from gateway.store import failpoints
while True:
    {does}
    time.sleep(0.01)
"""


@dataclass
class Toys:
    """Processes that do one thing over and over, and operations that answer their number."""

    starts: Mapping[str, Start]
    orders: list[Order] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    settled: bool = False

    def order(self, order: Order) -> None:
        self.orders.append(order)

    def operate(self, number: int, process: str) -> object | None:
        time.sleep(0.005)
        return (number, process)

    def settle(self) -> None:
        self.settled = True

    def ledger(self) -> Mapping[str, Any]:
        return {"reports": [], "held": []}

    def judge(self, ledger: Mapping[str, Any], answers: Mapping[int, object | None]) -> list[str]:
        assert self.settled
        assert ledger == {"reports": [], "held": []}
        assert sorted(answers) == list(range(1, len(answers) + 1))
        assert all(came is not None for came in answers.values())
        return self.faults


def toy(does: str) -> Start:
    """A process that does this over and over."""

    def start(more: Mapping[str, str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", _TOY.format(does=does)], env={"PYTHONPATH": ".", **more})

    return start


def work(made: list[Toys], *processes: str, points: tuple[str, ...] = POINTS, broken: tuple[int, ...] = ()):
    """Operations in worlds of such processes; the worlds by number in ``broken`` cannot be made."""

    @contextmanager
    def world(folder: Path, _setting: Setting) -> Iterator[Toys]:
        assert folder.is_dir()
        made.append(Toys({f"toy-{number}": toy(does) for number, does in enumerate(processes)}))
        if len(made) in broken:
            raise OSError("the machine went away")
        yield made[-1]

    return CrashedWork(Means(points, (SLOW,)), world)


REACHES = "failpoints.reached('evidence.begun'); failpoints.reached('evidence.committed')"


def run(operations: int = 30, kills: int = 3, most: int = 100, **changes: Any) -> Run:
    return Run("toys", changes.get("seed", SEED), operations, kills, Setting(), most)


def test_the_same_seed_draws_the_same_and_another_one_draws_another():
    def of(seed: int):
        return drawn(random.Random(seed), Means(POINTS, (SLOW,)), ("a", "b"), 1_000, 40)

    assert of(SEED) == of(SEED) != of(SEED + 1)


def test_every_process_every_failpoint_and_every_signal_is_drawn():
    plan = drawn(random.Random(SEED), Means(POINTS, (SLOW,)), ("a", "b"), 1_000, 120)
    blows = [blow for name in ("a", "b") for blow in plan.blows[name]]
    assert (len(blows), {len(plan.blows[name]) for name in ("a", "b")}) == (120, {60})
    assert {blow.point for blow in blows} == {"", *POINTS}
    assert {blow.signals for blow in blows} == {
        (signal.SIGKILL,), (signal.SIGSTOP, signal.SIGKILL), (signal.SIGSTOP, signal.SIGCONT)
    }  # fmt: skip
    given = [order.fault for _, order in sorted(plan.orders.items())]
    assert given[::2] == ["slow"] * len(given[::2])
    assert given[1::2] == ["none"] * len(given[::2]) != []


def test_each_process_meets_each_failpoint_in_some_leg():
    met = set()
    for leg in range(60):
        plan = drawn(random.Random(f"{SEED} {leg}"), Means(POINTS), ("a", "b"), 100, 3)
        met |= {(name, blow.point) for name, blows in plan.blows.items() for blow in blows if blow.point}
    assert met == {(name, point) for name in ("a", "b") for point in POINTS}


def test_legs_share_all_operations_and_kills():
    parts = legs(2_000, 50, 300)
    assert (sum(one.operations for one in parts), sum(one.kills for one in parts)) == (2_000, 50)
    assert max(one.operations for one in parts) <= 300
    assert [one.number for one in parts] == list(range(7))


def test_every_blow_is_struck_and_what_is_killed_is_started_again(tmp_path: Path):
    made: list[Toys] = []
    (result,) = run(kills=6).results(work(made, REACHES, REACHES), tmp_path)
    assert (result.faults, len(result.blows), result.answered) == ([], 6, result.operations)
    assert result.operations >= 30
    assert made[0].orders[-1] == Order("reseptformidleren", "none")
    assert {blow.partition(":")[0] for blow in result.blows} == {"toy-0", "toy-1"}


def test_what_stands_still_and_goes_on_may_meet_a_failpoint_next(tmp_path: Path):
    moment = Blow(after=1, still=0.05, dies=False)
    course = Course({"toy": False}, begun=10)
    victim = Victim("toy", toy(REACHES), [moment, Blow(point="evidence.begun"), moment], tmp_path)
    with struck([victim], course) as done:
        while not done.wait(0.01):
            course.begin(0)
    points = ["any moment", "evidence.begun", "any moment"]
    signals = ["SIGSTOP and SIGCONT", "SIGKILL", "SIGSTOP and SIGCONT"]
    assert victim.struck == [f"{sent} at {point}" for sent, point in zip(signals, points, strict=True)]


def test_a_run_that_was_broken_off_goes_on_where_it_was(tmp_path: Path):
    made: list[Toys] = []
    whole = run(operations=40, kills=0, most=10)
    broken = whole.results(work(made, REACHES, broken=(3,)), tmp_path)
    first = [next(broken), next(broken)]
    with pytest.raises(OSError, match="went away"):
        next(broken)
    with (tmp_path / "legs.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"leg": 2, "operat')  # what was being written when the machine went away
    again: list[Toys] = []
    results = list(whole.results(work(again, REACHES), tmp_path))
    assert results[:2] == first
    assert ([one.leg for one in results], len(again)) == ([0, 1, 2, 3], 2)
    assert list(whole.results(work(again, REACHES), tmp_path)) == results
    assert len(again) == 2


def test_a_folder_of_another_run_is_refused(tmp_path: Path):
    list(run(kills=0).results(work([], REACHES), tmp_path))
    with pytest.raises(CrashFailed, match="another run"):
        list(run(kills=0, seed=SEED + 1).results(work([], REACHES), tmp_path))


def test_what_the_judge_holds_against_a_leg_is_in_its_result(tmp_path: Path):
    made: list[Toys] = []

    @contextmanager
    def world(folder: Path, _setting: Setting) -> Iterator[Toys]:
        made.append(Toys({"toy": toy(REACHES)}, faults=["two reports of one dispensing"]))
        yield made[-1]

    (result,) = run(kills=0).results(CrashedWork(Means(POINTS), world), tmp_path)
    assert result.faults == ["two reports of one dispensing"]


def test_a_process_that_ends_by_itself_is_an_error(tmp_path: Path):
    with pytest.raises(CrashFailed, match="ended by itself with status 3"):
        list(run(kills=1).results(work([], "sys.exit(3)"), tmp_path))


def test_a_failpoint_that_nobody_reaches_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tests.crash.victims._WAITS", 0.5)
    with pytest.raises(CrashFailed, match="did not come to"):
        list(run(kills=1).results(work([], "Path(sys.argv[0]).exists()"), tmp_path))
