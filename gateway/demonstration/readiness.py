"""Waiting until a process that was started is ready: for as long as it lives and works.

A busy machine makes a start slow, not wrong. What ends the wait early is the process: it has ended, or it stands still.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

_TURN_SECONDS = 0.02
_TOLD_LINES = 20


class NotReadyError(Exception):
    """A process is not going to be ready; the text says why and ends with the last lines of its log."""


class StartedProcess(Protocol):
    """Of `subprocess.Popen` what a world asks of its processes."""

    @property
    def pid(self) -> int:
        """Its number."""

    def poll(self) -> int | None:
        """Its exit status, minus the signal that ended it; None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """The same when it has ended. Raises subprocess.TimeoutExpired after so many seconds."""

    def send_signal(self, sig: int) -> None:
        """Nothing when it has ended."""

    def terminate(self) -> None:
        """SIGTERM."""

    def kill(self) -> None:
        """SIGKILL."""


@dataclass(frozen=True)
class Patience:
    """How long is waited, in seconds of ``monotonic``; ``pause`` waits that long."""

    whole: float = 300
    """At most, however busy the process is."""
    still: float = 60
    """Without a sign of work: no processor time used and nothing logged."""
    monotonic: Callable[[], float] = field(default=time.monotonic, repr=False)
    pause: Callable[[float], None] = field(default=time.sleep, repr=False)


@dataclass(frozen=True)
class Starting:
    """A process on its way: when its file ``ready`` is there (written by rename), it is ready."""

    process: StartedProcess
    ready: Path
    log: Path
    """Where its standard error goes."""

    def work(self) -> tuple[str, int]:
        """What changes while the process works: processor time (where the system has /proc), size of the log."""
        try:
            ran = Path(f"/proc/{self.process.pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[11:13]
        except OSError:
            ran = []
        return " ".join(ran), self.log.stat().st_size if self.log.is_file() else 0


def await_ready(
    starting: Starting, patience: Patience | None = None, work: Callable[[], object] | None = None
) -> bytes:
    """What the ready file says. Raises NotReadyError as soon as the process has ended or patience has.

    ``work`` is the sign that the process works; by default its own (`Starting.work`).
    """
    patience, work = patience or Patience(), work or starting.work
    began = moved = patience.monotonic()
    before = work()
    while not starting.ready.is_file():
        now, sign = patience.monotonic(), work()
        if sign != before:
            before, moved = sign, now
        reason = _given_up(starting.process.poll(), patience, now - began, now - moved)
        if reason and not starting.ready.is_file():  # it may have become ready and ended since we looked
            raise NotReadyError(f"{reason}\n{_end_of(starting.log)}".rstrip())
        patience.pause(_TURN_SECONDS)
    return starting.ready.read_bytes()


def _given_up(status: int | None, patience: Patience, waited: float, stood: float) -> str | None:
    if status is not None:
        return f"it ended with status {status}"
    if waited >= patience.whole:
        return f"it was not ready after {patience.whole:.0f} seconds"
    if stood >= patience.still:
        return f"it did nothing for {patience.still:.0f} seconds"
    return None


def _end_of(log: Path) -> str:
    if not log.is_file():
        return ""
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-_TOLD_LINES:])
