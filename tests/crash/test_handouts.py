"""Whoever hands out a foreign prescription is killed: nothing is sent twice, and the other country's ledger agrees."""

import contextlib
import json
import os
import select
import signal
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.handouts.states import ARROWS, HandoutState
from tests.crash.handouts import HANDOUTS, LEG, POINTS, Handouts
from tests.crash.run import LegResult, Run, Setting
from tests.support.machine.generated import SEED

S = HandoutState
BOTH = pytest.mark.parametrize(
    "setting", [Setting(), Setting("postgresql", 2)], ids=["one desk on SQLite", "two desks on PostgreSQL"]
)


def proved(folder: Path, operations: int, kills: int, setting: Setting) -> list[LegResult]:
    results = list(Run("handouts", SEED, operations, kills, setting, LEG).results(HANDOUTS, folder))
    assert [fault for one in results for fault in one.faults] == []
    assert sum(len(one.blows) for one in results) == kills
    assert sum(one.operations for one in results) >= operations
    return results


@pytest.mark.prove
def test_of_10_handouts_with_3_kills_none_is_sent_twice_or_told_wrong(tmp_path: Path):
    proved(tmp_path, 10, 3, Setting())


@pytest.mark.prove
@pytest.mark.timed
@BOTH
def test_of_300_handouts_with_50_kills_both_ledgers_agree(tmp_path: Path, setting: Setting):
    results = proved(tmp_path, 300, 50, setting)
    points = {blow.rpartition("handout.")[2] for one in results for blow in one.blows}
    assert points >= set(POINTS)


@pytest.mark.prove
@pytest.mark.timed
@BOTH
def test_of_2000_handouts_with_200_kills_both_ledgers_agree(tmp_path: Path, setting: Setting):
    proved(tmp_path, 2_000, 200, setting)


def test_every_arrow_that_sends_has_a_point_before_it_is_recorded_before_it_is_sent_and_after_it_came():
    sending = {name for name, arrow in ARROWS.items() if arrow.asked is not None}
    assert sending == {"B2", "B4"}
    assert all(f"{arrow}.{place}" in POINTS for arrow in sending for place in ("begun", "recorded", "came"))


@dataclass
class DeskStage:
    """A world, and the desk that is killed."""

    world: Handouts
    folder: Path

    def asked(self, asked: dict[str, Any]) -> dict[str, Any] | None:
        (place,) = self.world.places.values()
        with contextlib.suppress(OSError, ValueError), socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(place.socket))
            connection.sendall(json.dumps(asked).encode() + b"\n")
            answer: dict[str, Any] = json.loads(connection.makefile("rb").readline())
            return answer
        return None

    @contextlib.contextmanager
    def serving(self, more: dict[str, str]) -> Iterator[Any]:
        ((_, start),) = self.world.starts.items()
        process = start(more)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()

    def killed_at(self, point: str, asked: dict[str, Any]) -> None:
        fifo = self.folder / f"{point}.point"
        os.mkfifo(fifo)
        reads = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        asking = threading.Thread(target=self.asked, args=(asked,))
        try:
            with self.serving({"NCPEH_FAILPOINT": f"handout.{point}={fifo}"}) as process:
                asking.start()
                while not select.select([reads], [], [], 0.2)[0]:
                    assert process.poll() is None, "it ended before it came to its point"
                assert os.read(reads, 100).decode() == f"handout.{point}"
        finally:
            os.close(reads)
        asking.join()


@pytest.fixture(scope="module", params=[Setting(), Setting("postgresql")], ids=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskStage]:
    folder = tmp_path_factory.mktemp("desk-arrows")
    with HANDOUTS.world(folder, request.param) as world:
        assert isinstance(world, Handouts)
        yield DeskStage(world, folder)


ENDS = {
    "B1.begun": (S.DRAFT, False), "B1.recorded": (S.REFUSED, False),
    "B2.begun": (S.REFUSED, False), "B2.recorded": (S.SENT_ASKED, False), "B2.came": (S.SENT_ASKED, True),
    "B4.begun": (S.ACCEPTED, True), "B4.recorded": (S.DISCARD_ASKED, True), "B4.came": (S.DISCARD_ASKED, False),
}  # fmt: skip
"""By the point of the kill: the state that is left, and whether the dispensation is in force there."""


@pytest.mark.prove
@pytest.mark.timed
@pytest.mark.parametrize(("number", "point"), list(enumerate(POINTS)))
def test_a_kill_at_each_point_leaves_what_is_known_and_sends_nothing_again(stage: DeskStage, number: int, point: str):
    world = stage.world
    with stage.serving({}):
        document = (stage.asked({"do": "draft", "item": number}) or {})["document"]
        asked = {"do": "confirm", "document": document}
        if point.startswith("B4"):
            assert (stage.asked(asked) or {})["state"] == S.ACCEPTED
            asked = {"do": "discard", "document": document}
    stage.killed_at(point, asked)
    with stage.serving({}):
        world.settle()
    ledger = world.ledger()
    assert world.judge(ledger, {}) == []
    (row,) = [one for one in world.rows() if f"{one.facts.document.root}^{one.facts.document.extension}" == document]
    in_force = any(one["document"] == document and one["in_force"] for one in ledger["dispensations"])
    print(f"SIGKILL at {point}: {row.state}, {'in force' if in_force else 'not in force'} there")  # noqa: T201 - the list of arrows
    assert (row.state, in_force) == ENDS[point]
