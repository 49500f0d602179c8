"""The management listener: a thread with a loop of its own, and what several processes of a node say together.

With several workers their parent listens, and asks each over a pipe: nothing is shared, and one that does not answer is
told of as such.
"""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.conditions import Consequence, Shortcoming, Unmet
from gateway.faces.connections import ConnectionLimits, Connections
from gateway.faces.management import Managed, ManagementFace, Readiness
from gateway.node.health import STOPPING, Health
from gateway.node.metrics import NodeMetrics, merged
from gateway.node.serve import Pulse, config_of

LIMITS: Final = ConnectionLimits(
    header_bytes=8192,
    headers=50,
    header_seconds=5.0,
    body_seconds=5.0,
    answer_seconds=5.0,
    connections=16,
    connections_of_one_peer=16,
    linger_seconds=1.0,
)
"""A probe and a scraper need less; whoever takes all of it takes it from those alone."""
_STILL_SECONDS = 10.0
"""For so long a loop that serves may stand still, because the machine is busy."""
_WORKER_SECONDS = 5.5
_END_SECONDS = 5.0


class OneProcess:
    """What one process says of itself."""

    def __init__(self, pulse: Pulse, health: Health, metrics: NodeMetrics) -> None:
        self._pulse, self._health, self._metrics = pulse, health, metrics

    def alive(self) -> bool:
        """Whether the loop that serves goes on."""
        return self._pulse.still() < _STILL_SECONDS

    def readiness(self) -> Readiness:
        """What the process lacks."""
        return self._health.readiness()

    def metrics(self) -> bytes:
        """What it counted."""
        return self._metrics.text()


@contextmanager
def managing(listening: socket.socket | None, managed: Managed) -> Iterator[None]:
    """Answer on that socket until the block ends; without a socket nobody is answered."""
    if listening is None:
        yield
        return
    face = ManagementFace(managed)
    server = _ManagementServer(config_of(face, Connections(LIMITS), HttpToolsProtocol, None))
    thread = threading.Thread(target=_run, args=(server, listening), name="management", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = server.force_exit = True
        thread.join(_END_SECONDS)
        face.close()


class _ManagementServer(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the node's."""
        yield


def _run(server: uvicorn.Server, listening: socket.socket) -> None:
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(server.serve(sockets=[listening]))


def answer_parent(asked: Connection, managed: Managed) -> None:
    """In a worker: have a thread answer what the parent asks, until the parent is gone."""
    threading.Thread(target=_answer, args=(asked, managed), name="management", daemon=True).start()


def _answer(asked: Connection, managed: Managed) -> None:
    answers: dict[str, Callable[[], object]] = {
        "alive": managed.alive,
        "readiness": managed.readiness,
        "metrics": managed.metrics,
    }
    try:
        while True:
            number, what = asked.recv()
            asked.send((number, answers[what]()))
    except (EOFError, OSError):  # the parent has gone
        return


class Workers:
    """What all workers say together, as their parent asks them."""

    def __init__(
        self,
        links: Sequence[Connection],
        own: Callable[[], tuple[Unmet, ...]] = tuple,
        stopping: Callable[[], bool] = bool,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        """``own``: what the parent lacks that no worker can tell of; ``stopping``: workers end one after the other."""
        self._own, self._turn = own, threading.Lock()
        self._stopping = stopping
        self._links = [_WorkerLink(link, elapsed) for link in links]
        self._pool = ThreadPoolExecutor(len(self._links) + 1, thread_name_prefix="asking")

    def alive(self) -> bool:
        """Whether each of them goes on; when the node stops, each that has not ended."""
        said = self._all("alive")
        return all(said) or (self._stopping() and False not in said)

    def readiness(self) -> Readiness:
        """What any of them lacks, each thing once."""
        lacked_here = self._pool.submit(self._one_at_a_time)
        stopping = self._stopping()
        found = [STOPPING] if stopping else []
        for number, said in enumerate(self._all("readiness"), start=1):
            what = "gives no answer: it is starting, stands still or has ended"
            silent = Shortcoming(f"worker {number}", what, "wait a minute, then restart the node")
            if said is not None:
                found += said.unmet
            elif not stopping:
                found.append(Unmet("answers-in-time", Consequence.REFUSE, silent))
        found += lacked_here.result()
        return Readiness(tuple(sorted(dict.fromkeys(found), key=lambda one: not one.refuses)))

    def metrics(self) -> bytes:
        """What those that answer counted, added up."""
        return merged([text for text in self._all("metrics") if text is not None])

    def _one_at_a_time(self) -> tuple[Unmet, ...]:
        with self._turn:
            return self._own()

    def _all(self, what: str) -> list[Any]:
        return list(self._pool.map(lambda link: link.ask(what), self._links))


class _WorkerLink:
    """One worker's end of a pipe; at most one question is on its way."""

    def __init__(self, link: Connection, elapsed: Callable[[], float]) -> None:
        self._link = link
        self._elapsed = elapsed
        self._turn = threading.Lock()
        self._number = 0
        self._unanswered = False

    def ask(self, what: str) -> Any:  # noqa: ANN401 - what the worker's `Managed` says to it
        """The answer; None when none comes in time."""
        ends = self._elapsed() + _WORKER_SECONDS
        if not self._turn.acquire(timeout=_WORKER_SECONDS):
            return None
        try:
            if self._unanswered and self._received(ends) is None:
                return None
            self._number += 1
            self._unanswered = True
            self._link.send((self._number, what))
            received = self._received(ends)
            return received[1] if received is not None else None
        except (EOFError, OSError):  # the worker has ended
            return None
        finally:
            self._turn.release()

    def _received(self, ends: float) -> Any:  # noqa: ANN401 - as above
        if not self._link.poll(max(0.0, ends - self._elapsed())):
            return None
        self._unanswered = False
        return self._link.recv()
