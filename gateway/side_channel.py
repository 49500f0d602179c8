"""What a node does beside answering, such as its log and its checkpoints: bounded, counted, and never in the way.

Work is handed over and done by a thread of the channel's own, in order. A full disk, a closed pipe, a pipe that nobody
reads or a slow folder costs an answer nothing: what there is no room for is dropped, what fails is counted.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class ChannelState:
    """How a side channel stands, for who asks after the node's health."""

    name: str
    waiting: int
    """Pieces of work not done yet."""
    done: int
    dropped: int
    """Pieces for which there was no room."""
    failed: int
    """Pieces that could not be done."""
    failing: bool
    """The last piece was dropped or failed."""
    fault: str | None
    """Class name of what failed last."""


class SideChannel:
    """One channel; safe to use from many threads. Nothing it is given is waited for by who gives it."""

    def __init__(self, name: str, capacity: int = 1000) -> None:
        """``capacity``: how many pieces of work may wait."""
        self.name = name
        self._capacity = capacity
        self._waiting: deque[Work] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._busy = False
        self._done = self._dropped = self._failed = 0
        self._failing = False
        self._fault: str | None = None

    def give(self, work: Work) -> None:
        """Have ``work`` done later, or drop it when too much waits already. Neither waits nor raises."""
        with self._changed:
            if len(self._waiting) >= self._capacity or not self._running():
                self._dropped += 1
                self._failing = True
                return
            self._waiting.append(work)
            self._changed.notify_all()

    def drain(self, seconds: float) -> bool:
        """Wait until all is done, at most so long; whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._busy, seconds)

    def state(self) -> ChannelState:
        """How it stands now."""
        with self._changed:
            waiting = len(self._waiting) + self._busy
            return ChannelState(self.name, waiting, self._done, self._dropped, self._failed, self._failing, self._fault)

    def _running(self) -> bool:
        """Whether there is a thread; it is started by the first piece of work, in the process that gives it."""
        if self._thread is None:
            thread = threading.Thread(target=self._run, name=f"beside-{self.name}", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # no thread to be had: the next piece of work asks again
                return False
            self._thread = thread
        return True

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._waiting))
                work = self._waiting.popleft()
                self._busy = True
            self._do(work)
            with self._changed:
                self._busy = False
                self._changed.notify_all()

    def _do(self, work: Work) -> None:
        fault: str | None = None
        try:
            work()
        except Exception as failed:  # noqa: BLE001 - nothing is decided here: what fails beside an answer is counted
            fault = type(failed).__name__
        with self._changed:
            if fault is None:
                self._done += 1
            else:
                self._failed += 1
                self._fault = fault
            self._failing = fault is not None
