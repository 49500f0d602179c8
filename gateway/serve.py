"""uvicorn on a socket that is already there, with our TLS and the peer's certificate for the application."""

import asyncio
import gc
import socket
import ssl
import sys
from collections.abc import Callable

import structlog
import uvicorn
from fastapi import FastAPI

from gateway.errors import NodeRefused
from gateway.settings import SettingsError
from gateway.soap_api.mtls import MutualTlsProtocol, use
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


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start serving, then say so."""
        await super().startup(sockets)
        if self.started:
            self._ready()


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
    asyncio.run(_serve(_Server(config, ready), listening, lambda: _minutely(context, tls_files, tidy)))


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
