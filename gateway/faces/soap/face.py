"""Country A's SOAP face: read a body within its limits, one hop to a bounded pool, send the reply.

Nothing is decided here. Paths are OpenNCP's, with and without a trailing slash.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Generic, Protocol, TypeVar

from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect
from starlette.types import Scope

from gateway.configuration.settings import LimitsTable
from gateway.errors import MessageRefused, NodeTooManyRequests, Refusal
from gateway.faces.receive import BodyBudget, BodyShare, received
from gateway.pipeline.form import Arrived

SERVICES = {
    "xcpd": "/openncp-ws-server/services/XCPD_Service",
    "xca": "/openncp-ws-server/services/XCA_Service",
    "xdr": "/openncp-ws-server/services/XDR_Service",
}


_LATER = 4


class SoapReply(Protocol):
    """What the pipeline answers with."""

    @property
    def status(self) -> int:
        """HTTP status."""

    @property
    def content_type(self) -> str:
        """HTTP Content-Type."""

    @property
    def body(self) -> bytes:
        """HTTP body."""

    @property
    def held(self) -> bool:
        """Sent at a fixed moment after the message came, so that the time taken tells nothing."""


R = TypeVar("R", bound=SoapReply)


class Pipeline(Protocol[R]):
    """What the face calls, from a thread."""

    def answer(self, arrived: Arrived, reason: Refusal | None = None) -> R:
        """Answer one request, with ``reason`` when the face refuses it. Never raises."""

    def undelivered(self, reply: R) -> None:
        """Record that nobody was there to receive ``reply``. Never raises."""


class Face(Generic[R]):
    """One pool of transactions; a request more than it holds is refused in the protocol's own form."""

    def __init__(
        self,
        pipeline: Pipeline[R],
        limits: LimitsTable,
        *,
        elapsed: Callable[[], float] = time.monotonic,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """``elapsed``: seconds of a clock that never runs back; ``pause`` waits so many of them."""
        self.late = 0
        """Answers that were made later than ``limits.answer_hold`` and left at a later fixed moment."""
        self._elapsed, self._pause = elapsed, pause
        self._pipeline = pipeline
        self._limits = limits
        self._free = limits.transactions
        self._bodies = BodyBudget(limits.bodies_bytes, limits.body_bytes)
        self._pool = ThreadPoolExecutor(limits.transactions, thread_name_prefix="transaction")
        self._refusing = ThreadPoolExecutor(1, thread_name_prefix="refusal")

    def transactions(self) -> int:
        """How many are being answered."""
        return self._limits.transactions - self._free

    def body_bytes(self) -> int:
        """Bytes of bodies that are being received or answered."""
        return self._bodies.taken()

    def router(self) -> APIRouter:
        """POST routes of the three services."""
        router = APIRouter()
        for service, path in SERVICES.items():
            for spelled in (path, path + "/"):
                router.add_api_route(spelled, self._endpoint(service), methods=["POST"], include_in_schema=False)
        return router

    def close(self) -> None:
        """Wait for what is being answered."""
        self._pool.shutdown()
        self._refusing.shutdown()

    def _endpoint(self, service: str) -> Callable[[Request], object]:
        async def endpoint(request: Request) -> Response:
            return await self._serve(service, request)

        return endpoint

    async def _serve(self, service: str, request: Request) -> Response:
        peer = request.scope["extensions"]["tls"]["client_cert_der"]
        media_type = request.headers.get("content-type", "")
        ends = _host(request.scope, "client"), _host(request.scope, "server")
        with self._bodies.share(peer) as share:
            return await self._answer(request, Arrived(service, media_type, b"", peer, *ends), share)

    async def _answer(self, request: Request, arrived: Arrived, share: BodyShare) -> Response:
        loop = asyncio.get_running_loop()
        try:
            body = await received(request, self._limits.body_bytes, self._limits.body_deadline, share)
        except ClientDisconnect:
            return Response()  # nobody is there to read it; what was not received whole is no message
        except (MessageRefused, NodeTooManyRequests) as reason:
            return _response(await loop.run_in_executor(self._refusing, self._pipeline.answer, arrived, reason))
        arrived = replace(arrived, body=body)
        since = self._elapsed()  # not before: how long the body took is in the hands of who sent it
        if self._free == 0:
            full = NodeTooManyRequests()
            return _response(await loop.run_in_executor(self._refusing, self._pipeline.answer, arrived, full))
        self._free -= 1
        try:
            reply = await loop.run_in_executor(self._pool, self._pipeline.answer, arrived)
        finally:
            self._free += 1
        if reply.held:
            await self._hold(self._elapsed() - since)
        if await request.is_disconnected():
            await loop.run_in_executor(self._refusing, self._pipeline.undelivered, reply)
        return _response(reply)

    async def _hold(self, taken: float) -> None:
        hold = self._limits.answer_hold.total_seconds()
        self.late += 0 < hold <= taken
        await self._pause(fixed_moment(taken, hold) - taken)


def fixed_moment(taken: float, hold: float) -> float:
    """Seconds after arrival at which an answer that took ``taken`` seconds leaves: ``hold``, above the time the whole
    chain takes 999 times of 1,000; for what takes longer 4, 16, 64, … times that, so that few moments can be told
    apart. A ``hold`` of 0 holds nothing.
    """
    moment = hold
    while 0 < moment <= taken:
        moment *= _LATER
    return moment or taken


def _host(scope: Scope, end: str) -> str | None:
    """The network address of an end of the connection, without its port; None when the server does not say."""
    at = scope.get(end)
    return str(at[0]) if at else None


def _response(reply: SoapReply) -> Response:
    return Response(reply.body, reply.status, {"content-type": reply.content_type})
