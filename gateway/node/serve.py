"""uvicorn on a socket that is already there, with our TLS and the peer's certificate for the application."""

import asyncio
import contextlib
import gc
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import structlog
import uvicorn
from fastapi import FastAPI

from gateway.configuration.errors import SettingsError
from gateway.errors import NodeRefused
from gateway.faces.soap.mtls import MutualTlsProtocol, use
from trust.tls import TlsFiles, load_revocation_lists, server_context

_MINUTE = 60
_GRACE_SECONDS = 20
"""How long requests that are being answered may take when the node is told to stop."""


def log_as_json() -> None:
    """The operator's log: one JSON object a line, on standard error, never evidence and never about a person."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


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
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], beside: Beside | None) -> None:
        super().__init__(config)
        self._ready = ready
        self._beside = beside
        self._other: _BesideServer | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start serving, then say so."""
        await super().startup(sockets)
        if self.started and self._beside is not None:
            self._other = _BesideServer(_config_beside(self._beside))
            self._serving = asyncio.create_task(self._other.serve([self._beside.listening]))
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


def serve(
    app: FastAPI,
    listening: socket.socket,
    tls_files: Callable[[], TlsFiles],
    ready: Callable[[], None],
    tidy: Callable[[], None],
    beside: Beside | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is being answered. ``ready`` is called once it answers.

    Every minute ``tls_files`` is asked again, so that newer revocation lists are in force before the old ones end, and
    ``tidy`` is called.
    """
    settle()
    tls = tls_files()
    context = server_context(tls)
    config = uvicorn.Config(
        app,
        http=MutualTlsProtocol,
        ssl_context_factory=use(context),
        ws="none",
        ssl_certfile=str(tls.certificate),
        ssl_keyfile=str(tls.key),
        ssl_cert_reqs=ssl.CERT_REQUIRED,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    asyncio.run(_serve(_Server(config, ready, beside), listening, lambda: _minutely(context, tls_files, tidy)))


def _config_beside(beside: Beside) -> uvicorn.Config:
    context = beside.context
    return uvicorn.Config(
        beside.app,
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


def _minutely(context: ssl.SSLContext, tls_files: Callable[[], TlsFiles], tidy: Callable[[], None]) -> None:
    """What keeps a node serving well. A chore that fails is logged and tried again; each request decides for itself."""
    log = structlog.get_logger("ncpeh.serve")
    try:
        load_revocation_lists(context, tls_files().revocation_lists)
    except (OSError, ValueError, SettingsError) as fault:
        log.error("revocation-lists", fault=type(fault).__name__)
    try:
        tidy()
    except NodeRefused as fault:
        log.error("tidy", fault=type(fault).__name__)
