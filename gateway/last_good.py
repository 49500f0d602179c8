"""What is made of files and used for months: made anew when a file changes, and the last good one kept until then.

A file that is replaced by one that cannot be used takes nothing down: what was made before stays in force, and what is
wrong is said in the log, once, and by `faults`, for as long as it is so. Files are told apart by what the system says
of them (time of change, size, number), which costs microseconds: whoever needs the newest asks at each use.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Generic, TypeVar

FileState = tuple[Path, int, int, int, int]
"""Path, time of last change of content and of entry in ns, size, number; zeros for a file that is not there."""

T = TypeVar("T")


def file_state(path: Path) -> FileState:
    """How the file stands now."""
    try:
        state = path.stat()
    except OSError:
        return path, 0, 0, 0, 0
    return path, state.st_mtime_ns, state.st_ctime_ns, state.st_size, state.st_ino


class LastGood(Generic[T]):
    """The newest good value that was made of some files; safe to call from many threads."""

    def __init__(
        self,
        name: str,
        files: Callable[[], Iterable[Path]],
        make: Callable[[], T],
        unusable: tuple[type[Exception], ...],
    ) -> None:
        """``name``: of the setting, for the operator; ``unusable``: what ``make`` raises for files that cannot be used,
        with a text that names the file. Raises it too: without a first good value there is none to keep.
        """
        self.name = name
        self.fault: str | None = None
        """What is wrong with the files as they are now; None when the value was made of them."""
        self._files, self._make, self._unusable = files, make, unusable
        self._turn = threading.Lock()
        self._seen = self._states()
        self._value = make()

    def __call__(self) -> T:
        """The value, of the files as they are now if they are good."""
        if self._states() != self._seen:
            self._make_again(changed_only=True)
        return self._value

    @property
    def held(self) -> T:
        """The value, without a look at the files."""
        return self._value

    def renew(self) -> None:
        """Make it again, whether or not a file has changed. Never raises for files that cannot be used."""
        self._make_again(changed_only=False)

    def _make_again(self, *, changed_only: bool) -> None:
        from gateway.log_lines import logger  # here: a command that only looks loads no log

        with self._turn:
            seen = self._states()  # before they are read: what changes meanwhile is seen the next time
            if changed_only and seen == self._seen:
                return
            try:
                self._value = self._make()
            except self._unusable as fault:
                self._failed(" ".join(str(fault).split()) or type(fault).__name__)
            else:
                self.fault = None
                logger("ncpeh.files").info("reloaded", what=self.name)
            self._seen = seen

    def _failed(self, fault: str) -> None:
        from gateway.log_lines import logger  # here: a command that only looks loads no log

        if fault != self.fault:
            logger("ncpeh.files").error(
                "not-reloaded", what=self.name, why=fault, next="the last good one stays in force"
            )
        self.fault = fault

    def _states(self) -> tuple[FileState, ...]:
        return tuple(file_state(path) for path in self._files())


class Reloads:
    """All of a process that is made of files and made anew while it serves."""

    def __init__(self) -> None:
        self._kept: list[LastGood[Any]] = []

    def keep(self, value: LastGood[T]) -> LastGood[T]:
        """Have it made anew with the others; returns it."""
        self._kept.append(value)
        return value

    def look(self) -> None:
        """Make anew what a changed file belongs to."""
        for value in self._kept:
            value()

    def look_at_faults(self) -> None:
        """Try again what could not be used, though no file has changed: the machine may have lacked something."""
        for value in self._kept:
            if value.fault is not None:
                value.renew()

    def renew(self) -> None:
        """Make everything anew, as if each file had changed."""
        for value in self._kept:
            value.renew()

    def faults(self) -> Iterator[tuple[str, str]]:
        """Name and fault of each value whose files cannot be used as they are now."""
        for value in self._kept:
            if value.fault is not None:
                yield value.name, value.fault
