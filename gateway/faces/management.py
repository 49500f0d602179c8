"""The management face: does the node go on, is it ready, what has it counted. For who runs it, in plain HTTP.

GET /live, /ready and /metrics (Prometheus text format 0.0.4). Nothing here is about a person, asks a national service
or another country, or enters the evidence. An answer is made in a thread of a small pool and given up in time: who asks
too often or too slowly holds nobody but others who ask here.
"""

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from starlette.types import Receive, Scope, Send

from gateway.conditions import Unmet

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_TEXT, _JSON = "text/plain; charset=utf-8", "application/json"
_AT_A_TIME = 4
_ANSWER_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class Readiness:
    """What a node lacks now."""

    unmet: tuple[Unmet, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether it should be asked anything: what only warns does not keep it from answering."""
        return not any(one.refuses for one in self.unmet)


class Managed(Protocol):
    """A node, of one process or of several, as the face needs it; called from threads."""

    def alive(self) -> bool:
        """Whether every process of it goes on."""

    def readiness(self) -> Readiness:
        """What any process of it lacks."""

    def metrics(self) -> bytes:
        """What all processes have counted together, in the text format."""


@dataclass(frozen=True, slots=True)
class _ManagementReply:
    status: int
    content_type: str
    body: bytes


class ManagementFace:
    """An ASGI application."""

    def __init__(self, managed: Managed, answer_seconds: float = _ANSWER_SECONDS) -> None:
        self._answers: dict[str, Callable[[], _ManagementReply]] = {
            "/live": lambda: _live(managed.alive()),
            "/ready": lambda: _readiness(managed.readiness()),
            "/metrics": lambda: _ManagementReply(200, METRICS_TYPE, managed.metrics()),
        }
        self._answer_seconds = answer_seconds
        self._free = _AT_A_TIME
        self._pool = ThreadPoolExecutor(_AT_A_TIME, thread_name_prefix="management")

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one request."""
        reply = await self._reply(scope["method"], scope["path"])
        headers = [(b"content-type", reply.content_type.encode()), (b"content-length", b"%d" % len(reply.body))]
        headers.append((b"cache-control", b"no-store"))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})

    def close(self) -> None:
        """Wait for nobody: what is still being asked has no effect."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _reply(self, method: str, path: str) -> _ManagementReply:
        answer = self._answers.get(path)
        if answer is None:
            return _said(404, f"There are {', '.join(self._answers)}.")
        if method not in ("GET", "HEAD"):
            return _said(405, "Only GET and HEAD.")
        if self._free == 0:
            return _said(503, "Too many ask at the same time.")
        self._free -= 1
        loop = asyncio.get_running_loop()
        asked = self._pool.submit(answer)

        def over(_: Future[_ManagementReply]) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._one_more)

        asked.add_done_callback(over)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(asked), self._answer_seconds)
        except TimeoutError:
            return _said(503, f"The node gave no answer within {self._answer_seconds:.0f} seconds.")

    def _one_more(self) -> None:
        self._free += 1


def _live(alive: bool) -> _ManagementReply:  # noqa: FBT001 - what is said
    return _said(200, "alive") if alive else _said(503, "A process of the node does not go on: restart the node.")


def _readiness(found: Readiness) -> _ManagementReply:
    unmet = [{"condition": one.condition, "refuses": one.refuses, "sentence": one.sentence()} for one in found.unmet]
    told = {"version": 1, "ready": found.ready, "unmet": unmet}
    return _ManagementReply(200 if found.ready else 503, _JSON, json.dumps(told, ensure_ascii=False).encode() + b"\n")


def _said(status: int, words: str) -> _ManagementReply:
    return _ManagementReply(status, _TEXT, f"{words}\n".encode())
