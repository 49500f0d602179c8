"""The one process pool: full validation of documents, which is heavy, outside the serving process.

Processes are spawned when the first document comes, one Saxon processor in each, schemas compiled once and kept. A
worker that dies or hangs takes its document with it, which is refused (`InternalFault`); the next one gets a new pool.
"""

import signal
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures import TimeoutError as TooLong
from concurrent.futures.process import BrokenProcessPool
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

from gateway.errors import InternalFault
from gateway.log_lines import logger
from transformers.validation import LAYERS, Checked, check

_LOG = logger(__name__)


class ValidationWorkers:
    """Checks documents in processes of its own. Safe to share between threads; `close` it, or use it as a context."""

    def __init__(self, processes: int, artefacts: Path | None, deadline: timedelta = timedelta(seconds=60)) -> None:
        """``deadline`` is for one document, waiting for a free process and a first compilation included."""
        self._processes = processes
        self._artefacts = artefacts
        self._deadline = deadline.total_seconds()
        self._lock = Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._closed = False

    def check(self, document: bytes, *, wave: int = 8, layers: tuple[str, ...] = LAYERS) -> Checked:
        """`transformers.validation.check` in a worker; waits for the answer.

        Raises what it raises, and InternalFault when the worker died, took too long, or the pool is closed.
        """
        pool = self._started()
        try:
            return pool.submit(_check, document, self._artefacts, wave, layers).result(self._deadline)
        except BrokenProcessPool as died:
            self._discard(pool, "validation worker died")
            raise InternalFault from died
        except TooLong as late:
            self._discard(pool, "validation worker took too long")
            raise InternalFault from late

    def close(self) -> None:
        """Stop the processes; what is still being checked is refused. May be called twice."""
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

    def _discard(self, pool: ProcessPoolExecutor, why: str) -> None:
        """Forget a pool that failed, unless another thread has done so already."""
        _LOG.error(why)
        with self._lock:
            if self._pool is pool:
                self._pool = None
        _stop(pool)


def _stop(pool: ProcessPoolExecutor) -> None:
    """End a pool and its processes now: a worker holds nothing that must be finished."""
    running = list((pool._processes or {}).values())  # the executor has no public way to end a hung worker before 3.14
    pool.shutdown(wait=False, cancel_futures=True)
    for process in running:
        process.kill()
    for process in running:
        process.join()


def _begin() -> None:
    """In the worker: the terminal's Ctrl-C is the parent's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _check(document: bytes, artefacts: Path | None, wave: int, layers: tuple[str, ...]) -> Checked:
    """In the worker."""
    return check(document, artefacts, wave=wave, layers=layers)
