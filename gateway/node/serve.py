"""uvicorn on a socket that is already there, with our TLS and the peer's certificate for the application."""

import asyncio
import contextlib
import gc
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.configuration.errors import SettingsError
from gateway.configuration.settings import LimitsTable
from gateway.errors import NodeRefused
from gateway.faces.connections import ConnectionLimits, Connections
from gateway.faces.soap.mtls import MutualTlsProtocol, use
from gateway.log_lines import logger
from trust.tls import TlsFiles, load_revocation_lists, server_context

_MINUTE = 60
_GRACE_SECONDS = 20
"""How long requests that are being answered may take when the node is told to stop."""


@dataclass(frozen=True, slots=True)
class Listener:
    """The application that other countries ask, its socket, its TLS and what a connection to it may cost."""

    app: FastAPI
    listening: socket.socket
    tls_files: Callable[[], TlsFiles]
    limits: LimitsTable


@dataclass(frozen=True, slots=True)
class Beside:
    """Another application on a socket of its own; ``context`` is None where it speaks in the clear."""

    app: FastAPI
    listening: socket.socket
    context: ssl.SSLContext | None


class _BesideServer(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the main server's."""
        yield


class _Server(uvicorn.Server):
    def __init__(
        self, config: uvicorn.Config, ready: Callable[[], None], beside: tuple[Beside, Connections] | None
    ) -> None:
        super().__init__(config)
        self._ready = ready
        self._beside = beside
        self._other: _BesideServer | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start serving, then say so."""
        await super().startup(sockets)
        if self.started and self._beside is not None:
            beside, connections = self._beside
            self._other = _BesideServer(_config(beside.app, connections, HttpToolsProtocol, beside.context))
            self._serving = asyncio.create_task(self._other.serve([beside.listening]))
            while not self._other.started and not self._serving.done():
                await asyncio.sleep(0.01)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Both finish what they are answering."""
        if self._other is not None:
            self._other.should_exit = True
        await super().shutdown(sockets)
        if self._other is not None:
            await self._serving


def settle() -> None:
    """Take what was made until now (modules, tables, releases) out of garbage collection: it stays as long as we do."""
    gc.collect()
    gc.freeze()


def serve(main: Listener, ready: Callable[[], None], tidy: Callable[[], None], beside: Beside | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is being answered. ``ready`` is called once it answers.

    Every minute the TLS files are asked for again, so that newer revocation lists are in force before the old ones end,
    and ``tidy`` is called.
    """
    settle()
    context = server_context(main.tls_files())
    connections = Connections(connection_limits(main.limits))
    config = _config(main.app, connections, MutualTlsProtocol, context)
    others = Connections(connection_limits(main.limits))
    chores = _Chores(context, main.tls_files, tidy, (connections, others))
    server = _Server(config, ready, None if beside is None else (beside, others))
    deadlines = (main.limits.handshake_deadline.total_seconds(), main.limits.answer_deadline.total_seconds())
    with asyncio.Runner(loop_factory=lambda: TlsDeadlinesLoop(*deadlines)) as runner:
        runner.run(_serve(server, main.listening, chores.done))


def connection_limits(limits: LimitsTable) -> ConnectionLimits:
    """The limits of connections as configured."""
    return ConnectionLimits(
        header_bytes=limits.header_bytes,
        headers=limits.headers,
        header_seconds=limits.header_deadline.total_seconds(),
        body_seconds=limits.body_deadline.total_seconds(),
        answer_seconds=limits.answer_deadline.total_seconds(),
        connections=limits.connections,
        connections_of_one_peer=limits.connections_of_one_peer,
    )


class TlsDeadlinesLoop(asyncio.SelectorEventLoop):
    """uvicorn names no deadlines of TLS to the loop, which then allows a minute for a handshake.

    The end of TLS waits until all that was written is taken: its deadline is the answer's.
    """

    def __init__(self, handshake_seconds: float, answer_seconds: float) -> None:
        super().__init__()
        self._deadlines = {"ssl_handshake_timeout": handshake_seconds, "ssl_shutdown_timeout": answer_seconds}

    async def create_server(self, *arguments: Any, **options: Any) -> asyncio.Server:  # noqa: ANN401 - all as it came
        """As the loop's own, with our deadlines where TLS is spoken."""
        deadlines = {} if options.get("ssl") is None else self._deadlines
        return await super().create_server(*arguments, **{**deadlines, **options})


def _config(
    app: FastAPI, connections: Connections, protocol: type[HttpToolsProtocol], context: ssl.SSLContext | None
) -> uvicorn.Config:
    """Of every listener; ``context`` is None where it speaks in the clear."""
    return uvicorn.Config(
        app,
        http=connections.protocol(protocol),
        ssl_context_factory=None if context is None else use(context),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )


async def _serve(server: uvicorn.Server, listening: socket.socket, minutely: Callable[[], None]) -> None:
    chores = asyncio.create_task(_now_and_then(minutely))
    try:
        await server.serve(sockets=[listening])
    finally:
        chores.cancel()


async def _now_and_then(minutely: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(_MINUTE)
        await asyncio.to_thread(minutely)


@dataclass(frozen=True, slots=True)
class _Chores:
    """What keeps a node serving well. A chore that fails is logged and tried again; each request decides for itself."""

    context: ssl.SSLContext
    tls_files: Callable[[], TlsFiles]
    tidy: Callable[[], None]
    connections: tuple[Connections, ...]

    def done(self) -> None:
        log = logger("ncpeh.serve")
        for each in self.connections:
            refused, each.refused = each.refused, Counter()
            if refused:
                log.warning("refused-before-a-request", **{why.replace("-", "_"): n for why, n in refused.items()})
        try:
            load_revocation_lists(self.context, self.tls_files().revocation_lists)
        except (OSError, ValueError, SettingsError) as fault:
            log.error("revocation-lists", fault=type(fault).__name__)
        try:
            self.tidy()
        except NodeRefused as fault:
            log.error("tidy", fault=type(fault).__name__)
