"""uvicorn on a socket that is already there, with our TLS and the peer's certificate for the application."""

import asyncio
import socket
import ssl
import sys
from collections.abc import Callable

import structlog
import uvicorn
from fastapi import FastAPI

from gateway.soap_api.mtls import MutualTlsProtocol, context_factory
from trust.tls import TlsFiles

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


def serve(app: FastAPI, listening: socket.socket, tls: TlsFiles, ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is being answered. ``ready`` is called once it answers."""
    config = uvicorn.Config(
        app,
        http=MutualTlsProtocol,
        ssl_context_factory=context_factory(tls),
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
    asyncio.run(_Server(config, ready).serve(sockets=[listening]))
