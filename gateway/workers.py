"""The one process pool: printing originals and full validation, which are heavy, outside the serving process.

Processes are spawned when the first document comes; one Saxon processor and one typesetter in each, schemas compiled
once and kept. A worker that dies or hangs takes its document with it (`InternalFault`); the next one gets a new pool.
"""

import os
import signal
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures import TimeoutError as TooLong
from concurrent.futures.process import BrokenProcessPool
from datetime import timedelta
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from pathlib import Path
from threading import Lock, Thread
from types import TracebackType
from typing import Generic, ParamSpec, Self, TypeVar

from gateway.errors import InternalFault
from gateway.log_lines import logger
from transformers.validation import LAYERS, Checked, check

_LOG = logger(__name__)


_P = ParamSpec("_P")
_R = TypeVar("_R")


class WorkerPool:
    """Calls functions in processes of its own. Safe to share between threads; `close` it, or use it as a context."""

    def __init__(self, processes: int, deadline: timedelta = timedelta(seconds=60)) -> None:
        """``deadline`` is for one call, waiting for a free process included, from when its result is asked for."""
        self._processes = processes
        self._deadline = deadline.total_seconds()
        self._lock = Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._closed = False

    def start(self, function: Callable[_P, _R], *args: _P.args, **options: _P.kwargs) -> "Pending[_R]":
        """Have a function of a module called with these values, all of which can be pickled.

        Raises InternalFault when the pool is closed or its processes died.
        """
        pool = self._started()
        try:
            return Pending(self, pool, pool.submit(function, *args, **options))
        except BrokenProcessPool as died:
            self.discard(pool, "worker died")
            raise InternalFault from died
        except RuntimeError as ended:  # it was closed, or discarded by another thread, since
            raise InternalFault from ended

    def await_result(self, pool: ProcessPoolExecutor, future: "Future[_R]") -> _R:
        """What the call returned, or what it raised. Raises InternalFault when its worker died or took too long."""
        try:
            return future.result(self._deadline)
        except (BrokenProcessPool, CancelledError) as died:
            self.discard(pool, "worker died")
            raise InternalFault from died
        except TooLong as late:
            self.discard(pool, "worker took too long")
            raise InternalFault from late

    def close(self) -> None:
        """Stop the processes; what is still being done is refused. May be called twice."""
        with self._lock:
            self._closed = True
            pool, self._pool = self._pool, None
        if pool is not None:
            _stop(pool)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _started(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._closed:
                raise InternalFault
            if self._pool is None:
                self._pool = ProcessPoolExecutor(self._processes, get_context("spawn"), _begin)
            return self._pool

    def discard(self, pool: ProcessPoolExecutor, why: str) -> None:
        """Forget a pool that failed, unless another thread has done so already."""
        _LOG.error(why)
        with self._lock:
            if self._pool is pool:
                self._pool = None
        _stop(pool)


class Pending(Generic[_R]):
    """A call that was begun."""

    def __init__(self, workers: WorkerPool, pool: ProcessPoolExecutor, future: "Future[_R]") -> None:
        self._workers, self._pool, self._future = workers, pool, future

    def result(self) -> _R:
        """As `WorkerPool.await_result`."""
        return self._workers.await_result(self._pool, self._future)


class ValidationWorkers(WorkerPool):
    """The pool of a node that checks documents by official rules."""

    def __init__(self, processes: int, artefacts: Path | None, deadline: timedelta = timedelta(seconds=60)) -> None:
        """``deadline`` is for one document, waiting for a free process and a first compilation included."""
        super().__init__(processes, deadline)
        self._artefacts = artefacts

    def check(self, document: bytes, *, wave: int = 8, layers: tuple[str, ...] = LAYERS) -> Checked:
        """`transformers.validation.check` in a worker; waits for the answer.

        Raises what it raises, and InternalFault when the worker died, took too long, or the pool is closed.
        """
        return self.start(_check, document, self._artefacts, wave, layers).result()


def _stop(pool: ProcessPoolExecutor) -> None:
    """End a pool and its processes now: a worker holds nothing that must be finished."""
    running = list((pool._processes or {}).values())  # the executor has no public way to end a hung worker before 3.14
    pool.shutdown(wait=False, cancel_futures=True)
    for process in running:
        process.kill()
    for process in running:
        process.join()


def _begin() -> None:
    """In the worker: the terminal's Ctrl-C is the parent's business; when that is killed, nobody is left to end us."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)  # the executor waits for work that nobody can give any more: a pipe of ours keeps it open


def _check(document: bytes, artefacts: Path | None, wave: int, layers: tuple[str, ...]) -> Checked:
    """In the worker."""
    return check(document, artefacts, wave=wave, layers=layers)
