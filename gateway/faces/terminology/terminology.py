"""The face of the FHIR terminology service: a body within its limits, one hop to a bounded pool, one release.

FHIR R4. The base is ``/fhir`` for the configured wave and ``/fhir/wave-N`` for any the node speaks. Terminology is
public: nobody is asked who they are, nothing about a person is here, and what is asked is not logged.
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from gateway.configuration.settings import TerminologyApiTable
from gateway.errors import BodyTooLarge, BodyTooSlow, NodeTooManyRequests, StoreUnavailable
from gateway.faces.receive import BodyBudget, received
from gateway.faces.terminology.negotiation import FHIR_JSON, acceptable, is_form
from gateway.log_lines import logger
from transformers.fhir.json_text import JsonUnreadable, read_json, write_json
from transformers.fhir.terminology.answer import Ask, OperationAnswer, answer
from transformers.fhir.terminology.errors import (
    BodyUnreadable,
    FormatUnsupported,
    MethodForbidden,
    NodeBusy,
    OperationFault,
    OperationRefused,
    ParameterMalformed,
    ReleaseUnavailable,
    RequestBodyTooLong,
    RequestBodyTooSlow,
    WaveNotServed,
    outcome,
)
from transformers.fhir.terminology.held import HeldRelease, Policy, Uris, hold
from transformers.terminology.errors import ReleaseInvalid
from transformers.terminology.release import Release

BASE = "/fhir"
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
_WAVE = re.compile(r"/wave-([0-9]{1,2})(?=/|\Z)")
_HOST = re.compile(r"[A-Za-z0-9.:\[\]_-]{1,255}")
_HELD = 4
"""Releases made ready at once: two waves, and those they follow."""
_LOG = logger("ncpeh.terminology")


@dataclass(frozen=True, slots=True)
class _TerminologyReply:
    status: int
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Terminologies:
    """Which release is in force for a wave, the waves there are, and the URIs of code systems."""

    release: Callable[[int], Release]
    waves: frozenset[int]
    uris: Uris


class TerminologyFace:
    """One pool of requests; one more than it holds is refused."""

    def __init__(
        self,
        terminologies: Terminologies,
        table: TerminologyApiTable,
        body_deadline: timedelta,
        clock: Callable[[], datetime],
    ) -> None:
        self._terminologies = terminologies
        self._table = table
        self._body_deadline = body_deadline
        self._clock = clock
        policy = Policy(members=table.members, entries=table.entries, fallback=table.fallback)
        self._held: Callable[[Release], HeldRelease] = lru_cache(_HELD)(lambda r: hold(r, terminologies.uris, policy))
        self._free = table.requests
        self._bodies = BodyBudget(2 * table.requests * table.body_bytes, table.body_bytes)
        self._pool = ThreadPoolExecutor(table.requests, thread_name_prefix="terminology")

    def router(self) -> APIRouter:
        """Everything below `BASE`."""
        router = APIRouter()
        for path in (BASE, BASE + "/{rest:path}"):
            router.add_api_route(path, self._serve, methods=_METHODS, include_in_schema=False)
        return router

    def close(self) -> None:
        """Wait for what is being answered."""
        self._pool.shutdown()

    async def _serve(self, request: Request) -> Response:
        try:
            reply = await self._reply(request)
        except ClientDisconnect:
            return Response()  # nobody is there to read it
        except OperationRefused as reason:
            reply = _refused(reason)
        return Response(reply.body, reply.status, reply.headers)

    async def _reply(self, request: Request) -> _TerminologyReply:
        wave, path = self._place(request)
        formats = parse_qs(request.url.query).get("_format", [])
        acceptable(",".join(request.headers.getlist("accept")), formats)
        if request.method not in ("GET", "POST"):
            raise MethodForbidden(request.method)
        form = request.method == "POST" and is_form(request.headers.get("content-type", ""))
        if form and not path.endswith("/_search"):
            raise FormatUnsupported
        body = await self._body(request) if request.method == "POST" else b""
        if self._free == 0:
            raise NodeBusy
        base = self._base(request, path)
        asked = Ask(request.method, path, request.url.query, None, base)
        self._free -= 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, self._answered, wave, asked, body, form)
        finally:
            self._free += 1

    def _place(self, request: Request) -> tuple[int, str]:
        """Wave and path below its base, as sent. Raises WaveNotServed, ParameterMalformed."""
        try:
            path = request.scope["raw_path"].decode("ascii").removeprefix(BASE)
        except UnicodeDecodeError as fault:
            raise ParameterMalformed("path") from fault
        said = _WAVE.match(path)
        if said is None:
            return self._table.wave, path
        wave = int(said[1])
        if wave not in self._terminologies.waves:
            raise WaveNotServed(said[1])
        return wave, path[said.end() :]

    def _base(self, request: Request, path: str) -> str:
        host = request.headers.get("host", "")
        if _HOST.fullmatch(host) is None:
            host = f"{self._table.host}:{self._table.port}"
        whole = request.scope["raw_path"].decode("ascii")
        return f"{request.url.scheme}://{host}{whole.removesuffix(path)}"

    async def _body(self, request: Request) -> bytes:
        peer = request.client.host if request.client else ""
        try:
            with self._bodies.share(peer.encode()) as share:
                return await received(request, self._table.body_bytes, self._body_deadline, share)
        except NodeTooManyRequests as reason:
            raise NodeBusy from reason
        except BodyTooLarge as reason:
            raise RequestBodyTooLong(str(reason.limit)) from reason
        except BodyTooSlow as reason:
            raise RequestBodyTooSlow from reason

    def _answered(self, wave: int, asked: Ask, body: bytes, form: bool) -> _TerminologyReply:  # noqa: FBT001 - run_in_executor takes no names
        """In a thread of the pool. The release is asked for once; the request ends on it."""
        try:
            release = self._terminologies.release(wave)
            told = answer(self._held(release), _with_body(asked, body, form=form), self._clock())
        except OperationRefused as reason:
            return _refused(reason)
        except (StoreUnavailable, ReleaseInvalid) as fault:
            _LOG.error("release-unavailable", fault=type(fault).__name__)
            return _refused(ReleaseUnavailable())
        except Exception as fault:  # noqa: BLE001 - decides nothing: a fault of ours becomes its own answer
            _LOG.error("terminology-fault", fault=type(fault).__name__)
            return _refused(OperationFault())
        return _reply(told, {"etag": f'W/"{release.id}"'})


def _with_body(asked: Ask, body: bytes, *, form: bool) -> Ask:
    if asked.method != "POST":
        return asked
    try:
        if form:
            query = "&".join(filter(None, (asked.query, body.decode("ascii"))))
            return Ask(asked.method, asked.path, query, None, asked.base)
        return Ask(asked.method, asked.path, asked.query, read_json(body), asked.base)
    except (JsonUnreadable, UnicodeDecodeError) as fault:
        raise BodyUnreadable from fault


def _refused(reason: OperationRefused) -> _TerminologyReply:
    again = {"retry-after": "1"} if isinstance(reason, NodeBusy | ReleaseUnavailable) else {}
    return _reply(OperationAnswer(reason.status, outcome(reason)), again)


def _reply(told: OperationAnswer, headers: Mapping[str, str]) -> _TerminologyReply:
    safe = {"content-type": FHIR_JSON, "cache-control": "no-cache", "x-content-type-options": "nosniff"}
    return _TerminologyReply(told.status, write_json(told.resource), {**safe, **headers})
