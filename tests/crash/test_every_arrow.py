"""SIGKILL at each point of each arrow of state table A, from outside: what is left settles, and the ledger agrees."""

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

from gateway.journal.states import ARROWS, NationalEffect
from tests.crash.dispensings import DISPENSINGS, Dispensings, at
from tests.crash.run import Setting

TAKE, CHANGED, SUBMIT, DISCARD = "take", "changed", "submit", "discard"
POINTS = {
    "A1.begun": SUBMIT, "A1.recorded": SUBMIT,
    "A2.begun": SUBMIT, "A2.recorded": SUBMIT, "A2.came": SUBMIT,
    "A3.begun": CHANGED,
    "A4.begun": SUBMIT, "A4.recorded": SUBMIT, "A4.came": SUBMIT,
    "A5.begun": SUBMIT, "A5.recorded": SUBMIT,
    "A6.begun": TAKE, "A6.recorded": TAKE, "A6.came": TAKE,
    "A7.begun": DISCARD, "A7.recorded": DISCARD,
    "A8.begun": DISCARD, "A8.recorded": DISCARD, "A8.came": DISCARD,
}  # fmt: skip
"""Each point, and the operation that comes to it. A9 and A10 have no effect and no point of their own."""


@dataclass
class Stage:
    """A world, and the process that is killed."""

    world: Dispensings
    folder: Path

    def asked(self, asked: dict[str, Any]) -> dict[str, Any] | None:
        (place,) = self.world.places.values()
        with contextlib.suppress(OSError, ValueError), socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(place.socket))
            connection.sendall(json.dumps(asked).encode() + b"\n")
            answer: dict[str, Any] = json.loads(connection.makefile("rb").readline())
            return answer
        return None

    def killed_at(self, point: str, asked: dict[str, Any]) -> None:
        """Ask, wait until the process stands at the point, and kill it."""
        fifo = self.folder / f"{point}.point"
        os.mkfifo(fifo)
        ((_, start),) = self.world.starts.items()
        process = start({"NCPEH_FAILPOINT": f"journal.{point}={fifo}"})
        asking = threading.Thread(target=self.asked, args=(asked,))
        reads = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        try:
            asking.start()
            while not select.select([reads], [], [], 0.2)[0]:
                assert process.poll() is None, "it ended before it came to its point"
            assert os.read(reads, 100).decode() == f"journal.{point}"
        finally:
            os.close(reads)
            process.send_signal(signal.SIGKILL)
            process.wait()
            asking.join()

    def goes_on(self) -> list[str]:
        """Start it again, let it settle what it knows, and judge."""
        ((_, start),) = self.world.starts.items()
        process = start({})
        try:
            self.world.settle()
            return self.world.judge(self.world.ledger(), {})
        finally:
            process.kill()
            process.wait()


@pytest.fixture(scope="module", params=[Setting(), Setting("postgresql")], ids=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("arrows")
    with DISPENSINGS.world(folder, request.param) as world:
        assert isinstance(world, Dispensings)
        yield Stage(world, folder)


def test_every_arrow_with_an_effect_has_a_point_before_it_is_recorded_before_it_is_sent_and_after_it_came():
    acting = {name for name, arrow in ARROWS.items() if arrow.effect is not NationalEffect.NONE}
    assert {point.partition(".")[0] for point in POINTS} >= acting == {"A2", "A4", "A6", "A8"}
    assert all(f"{arrow}.{place}" in POINTS for arrow in acting for place in ("begun", "recorded", "came"))


@pytest.mark.prove
@pytest.mark.timed
@pytest.mark.parametrize(("number", "point"), list(enumerate(POINTS)))
def test_a_kill_at_each_point_leaves_nothing_lost_doubled_or_locked(stage: Stage, number: int, point: str):
    world, operation = stage.world, POINTS[point]
    item = number % 12
    if operation in (SUBMIT, DISCARD):
        world.items[number] = item
    submit = {"do": "submit", "number": number, "item": item}
    asked = submit
    if operation == DISCARD:
        ((_, start),) = world.starts.items()
        process = start({})
        assert (stage.asked(submit) or {})["answer"] == "success"
        process.kill()
        process.wait()
        asked = submit | {"do": "discard"}
    elif operation in (TAKE, CHANGED):
        with at(next(iter(world.places.values()))) as counter:
            state = counter.state(item)
        sha256 = "00" * 32 if operation == CHANGED else state.sha256
        given = [state.prescription_id, sha256, state.dispensings, state.reports]
        asked = {"do": "take", "number": number, "state": given}
    stage.killed_at(point, asked)
    faults = stage.goes_on()
    print(f"SIGKILL at {point} ({operation}): {faults or 'settled'}")  # noqa: T201 - the list of arrows
    assert faults == []
    with at(next(iter(world.places.values()))) as counter:
        final = world._final(counter, number)["answer"] if number in world.items else "never"
    assert final == _ends_as(point, operation)


def _ends_as(point: str, operation: str) -> str:
    """What the document is answered at last; never: nothing was begun, and it is decided anew."""
    if operation in (TAKE, CHANGED) or point.startswith("A1.") or point == "A2.begun":
        return "never"
    return "refused" if operation == DISCARD and point != "A7.begun" else "success"
