"""Processes that are killed, made to stand still, and started again, while others go on asking whoever serves."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition, Event, Thread

from gateway.demonstration.readiness import StartedProcess
from tests.crash.plan import Blow

_WAITS, _LOOKS = 300, 0.2
"""Seconds until a failpoint that nobody reaches is given up (no machine is so slow), and between two looks at it."""
_STOPS = 20
"""Seconds until a process that does not stop is killed."""
Start = Callable[[Mapping[str, str]], StartedProcess]
"""Starts the process with more in its environment; it serves when this returns."""


class CrashFailed(Exception):
    """The harness could not do what its plan says; the text says what."""


@dataclass
class Course:
    """How far operations have come, for those who ask and those who strike."""

    serving: dict[str, bool]
    begun: int = 0
    over: bool = False
    changed: Condition = field(default_factory=Condition)

    def begin(self, server: int) -> tuple[int, str] | None:
        """The number of a new operation and who is to be asked, which waits until somebody serves; None: it is over."""
        with self.changed:
            self.changed.wait_for(lambda: self.over or any(self.serving.values()))
            if self.over:
                return None
            self.begun += 1
            self.changed.notify_all()
            there = [name for name, serves in self.serving.items() if serves]
            return self.begun, there[server % len(there)]

    def await_begun(self, number: int) -> None:
        """Wait until so many operations were begun, or it is over."""
        with self.changed:
            self.changed.wait_for(lambda: self.over or self.begun >= number)

    def serves(self, name: str, *, serving: bool) -> None:
        """A process serves, or does no longer."""
        with self.changed:
            self.serving[name] = serving
            self.changed.notify_all()

    def end(self) -> None:
        """No operation is begun any more."""
        with self.changed:
            self.over = True
            self.changed.notify_all()


@dataclass
class Victim:
    """One process and what it meets."""

    name: str
    start: Start
    blows: Sequence[Blow]
    folder: Path
    """For the FIFOs by which it tells that it stands at a failpoint."""
    struck: list[str] = field(default_factory=list)
    """What was done to it, in words."""
    process: StartedProcess | None = None

    def meet(self, course: Course) -> None:
        """Start it, give it each blow in its turn, start it again after each that kills, and leave it serving."""
        self._again(course, self.blows[:1])
        for number, blow in enumerate(self.blows):
            self._strike(course, blow)
            following = self.blows[number + 1 : number + 2]
            if not blow.dies and any(one.point for one in following):  # which is named when it starts
                course.serves(self.name, serving=False)
                self.stop()
            if self.process is None or self.process.poll() is not None:
                self._again(course, following)

    def stop(self) -> None:
        """As an operator stops it, wherever it stands; killed where that does not help."""
        if self.process is None:
            return
        for sent in (signal.SIGCONT, signal.SIGTERM):
            self.process.send_signal(sent)
        try:
            self.process.wait(_STOPS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _again(self, course: Course, following: Sequence[Blow]) -> None:
        """Start it, with the failpoint of the blow that follows."""
        if course.over:
            return
        more = {}
        for blow in following:
            if blow.point:
                os.mkfifo(self._fifo())
                more = {"NCPEH_FAILPOINT": f"{blow.point}@{blow.times}={self._fifo()}"}
        self.process = self.start(more)
        course.serves(self.name, serving=True)

    def _fifo(self) -> Path:
        return self.folder / f"{self.name}-{len(self.struck)}.point"

    def _strike(self, course: Course, blow: Blow) -> None:
        if blow.point:
            self._await_point(course, blow.point)
        else:
            course.await_begun(course.begun + blow.after)
            time.sleep(blow.pause)  # any moment will do: nothing is concluded from it
        process = self._running()
        if course.over:
            return
        for sent in blow.signals:
            if sent is signal.SIGKILL:
                course.serves(self.name, serving=False)
            process.send_signal(sent)
            if sent is signal.SIGSTOP:
                time.sleep(blow.still)
        if blow.dies:
            process.wait()
        signals = " and ".join(sent.name for sent in blow.signals)
        self.struck.append(f"{signals} at {blow.point or 'any moment'}")

    def _running(self) -> StartedProcess:
        assert self.process is not None, "it was started"
        if self.process.poll() is not None:
            raise CrashFailed(f"{self.name} ended by itself with status {self.process.poll()}")
        return self.process

    def _await_point(self, course: Course, point: str) -> None:
        reads = os.open(self._fifo(), os.O_RDONLY | os.O_NONBLOCK)
        ends = time.monotonic() + _WAITS
        try:
            while not select.select([reads], [], [], _LOOKS)[0]:
                self._running()
                if course.over:
                    return
                if time.monotonic() > ends:
                    raise CrashFailed(f"{self.name} did not come to {point}")
            if (said := os.read(reads, 100).decode()) != point:
                raise CrashFailed(f"{self.name} stands at {said or 'no point'} instead of {point}")
        finally:
            os.close(reads)


@contextmanager
def struck(victims: Sequence[Victim], course: Course) -> Iterator[Event]:
    """The processes, each meeting its blows in a thread of its own; the event is set once all have met them.

    They serve until the end. What went wrong with one of them ends the course and is raised here.
    """
    failed: list[BaseException] = []
    done, left = Event(), [len(victims)]

    def meets(victim: Victim) -> None:
        try:
            victim.meet(course)
        except BaseException as fault:  # noqa: BLE001 - raised again below, in the thread that can tell it
            failed.append(fault)
            course.end()
        with course.changed:
            left[0] -= 1
            if not left[0]:
                done.set()

    threads = [Thread(target=meets, args=(victim,), name=victim.name, daemon=True) for victim in victims]
    try:
        for thread in threads:
            thread.start()
        yield done
        for thread in threads:
            thread.join()
    finally:
        course.end()
        for victim in victims:
            victim.stop()
    if failed:
        raise failed[0]
