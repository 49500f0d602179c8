"""Waiting for a process: however long it takes while it works, and not a moment for one that has ended."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.demonstration.readiness import NotReadyError, Patience, Starting, await_ready


@dataclass
class Driven:
    """Seconds that pass when somebody waits, and only then; at ``due`` the ready file appears."""

    ready: Path
    due: float
    now: float = 0
    seconds_a_turn: float = 1
    waited: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += self.seconds_a_turn
        if self.now >= self.due:
            self.ready.write_text("{}", "utf-8")

    def patience(self, **changes: float) -> Patience:
        return Patience(monotonic=self.monotonic, pause=self.pause, **changes)


@pytest.fixture
def process() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that lives until it is ended."""
    command = [sys.executable, "-S", "-c", "import sys; sys.stdin.read()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as living:
        yield living
        living.terminate()


def starting(process: "subprocess.Popen[bytes]", folder: Path) -> Starting:
    log = folder / "log"
    log.touch()
    return Starting(process, folder / "ready", log)


def test_a_start_of_three_minutes_is_waited_for_while_the_process_works(process, tmp_path):
    one = starting(process, tmp_path)
    clock = Driven(one.ready, due=180)
    assert await_ready(one, clock.patience(), work=lambda: clock.now // 10) == b"{}"
    assert clock.now == 180
    assert max(clock.waited) < 1


def test_a_process_that_stands_still_is_given_up(process, tmp_path):
    one = starting(process, tmp_path)
    clock = Driven(one.ready, due=180)
    with pytest.raises(NotReadyError, match="it did nothing for 60 seconds"):
        await_ready(one, clock.patience(), work=lambda: min(clock.now, 30))
    assert clock.now == 90


def test_a_process_that_never_becomes_ready_is_given_up_though_it_works(process, tmp_path):
    one = starting(process, tmp_path)
    clock = Driven(one.ready, due=301)
    with pytest.raises(NotReadyError, match="it was not ready after 300 seconds"):
        await_ready(one, clock.patience(), work=lambda: clock.now)


def test_a_process_that_ended_is_given_up_at_once_and_its_last_words_are_told(tmp_path):
    one = starting(ended("for n in range(40): print('line', n)\nraise SystemExit(3)", tmp_path), tmp_path)
    clock = Driven(one.ready, due=180)
    with pytest.raises(NotReadyError) as reason:
        await_ready(one, clock.patience())
    told = str(reason.value).splitlines()
    assert (told[0], told[1], told[-1]) == ("it ended with status 3", "line 20", "line 39")
    assert clock.waited == []


def test_a_process_that_was_ready_and_ended_was_ready(tmp_path):
    one = starting(ended("", tmp_path), tmp_path)
    one.ready.write_text("{}", "utf-8")
    assert await_ready(one, Driven(one.ready, due=0).patience()) == b"{}"


def test_processor_time_and_words_in_the_log_are_work(process, tmp_path):
    one = starting(process, tmp_path)
    before = one.work()
    one.log.write_text("a word", "utf-8")
    assert one.work() == (before[0], before[1] + 6)
    assert len(before[0].split()) == (2 if Path("/proc/self/stat").exists() else 0)


def ended(code: str, folder: Path) -> "subprocess.Popen[bytes]":
    """A process that ran to its end; its log is written."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-S", "-c", code], stdout=log, stderr=log)
    process.wait()
    return process
