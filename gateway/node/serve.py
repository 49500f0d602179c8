"""uvicorn on a socket that is already there, with our TLS and the peer's certificate for the application."""

import asyncio
import contextlib
import gc
import signal
import socket
import ssl
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.configuration.settings import LimitsTable
from gateway.errors import NodeRefused
from gateway.faces.connections import ConnectionLimits, Connections
from gateway.faces.soap.mtls import MutualTlsProtocol, use
from gateway.last_good import LastGood, Reloads
from gateway.log_lines import logger

_MINUTE = 60
_LOOK_SECONDS = 1.0
"""How long after a change a new connection may still be made with what was there before."""
GRACE_SECONDS = 20
"""How long connections may last when the node is told to stop: for what is being answered, and for idle ones to end."""
_CLOSING_SECONDS = 1
"""And what is left then may take to be closed."""
_TURN_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Listener:
    """The application that other countries ask, its socket, its TLS and what a connection to it may cost."""

    app: FastAPI
    listening: socket.socket
    context: LastGood[ssl.SSLContext]
    limits: LimitsTable


@dataclass(frozen=True, slots=True)
class Beside:
    """Another application on a socket of its own; ``context`` is None where it speaks in the clear."""

    app: FastAPI
    listening: socket.socket
    context: LastGood[ssl.SSLContext] | None


class Pulse:
    """How the loop that serves goes: told by it, asked from other threads."""

    def __init__(self, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._elapsed = elapsed
        self._beat = elapsed()
        self.stopping = False
        """No more connections are taken."""
        self.connections: tuple[Connections, ...] = ()
        """Of every listener, once it serves."""
        self.unserved: Counter[str] = Counter()
        """Requests that named no path, or no method, of ours, by reason."""

    def beat(self) -> None:
        """The loop goes on."""
        self._beat = self._elapsed()

    def still(self) -> float:
        """Seconds since the loop last went on."""
        return self._elapsed() - self._beat


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What is done now and then while a node serves."""

    pulse: Pulse
    reloads: Reloads
    tidy: Callable[[], None]
    """Each minute. Raises StoreUnavailable."""
    begin: Callable[[], None] | None = None
    """Once, when it serves."""


class _DrainingServer(uvicorn.Server):
    """One that ends without losing a request: no new connections, and a last answer over each of those there are."""

    def __init__(self, config: uvicorn.Config, connections: Connections, pulse: Pulse) -> None:
        super().__init__(config)
        self._connections = connections
        self._pulse = pulse

    async def on_tick(self, counter: int) -> bool:
        """As uvicorn's, ten times a second."""
        self._pulse.beat()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let all connections end, for so long at most; then close what is left."""
        self._pulse.stopping = True
        for server in self.servers:
            server.close()
        for listening in sockets or []:
            listening.close()
        self._connections.drain()
        loop = asyncio.get_running_loop()
        ends = loop.time() + GRACE_SECONDS
        await asyncio.sleep(_TURN_SECONDS)  # what was accepted a moment ago is a connection then
        while not self._connections.ended() and loop.time() < ends and not self.force_exit:
            self._pulse.beat()
            await asyncio.sleep(_TURN_SECONDS)
        await super().shutdown()


class _BesideServer(_DrainingServer):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the main server's."""
        yield


class _Server(_DrainingServer):
    def __init__(
        self,
        config: uvicorn.Config,
        connections: Connections,
        pulse: Pulse,
        ready: Callable[[], None],
        beside: tuple[Beside, Connections] | None,
    ) -> None:
        super().__init__(config, connections, pulse)
        self._ready = ready
        self._beside = beside
        self._other: _BesideServer | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start serving, then say so."""
        await super().startup(sockets)
        if self.started and self._beside is not None:
            beside, connections = self._beside
            config = config_of(beside.app, connections, HttpToolsProtocol, _newest(beside.context))
            self._other = _BesideServer(config, connections, self._pulse)
            self._serving = asyncio.create_task(self._other.serve([beside.listening]))
            while not self._other.started and not self._serving.done():
                await asyncio.sleep(0.01)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Both end at the same time."""
        if self._other is not None:
            self._other.should_exit = True
        await super().shutdown(sockets)
        if self._other is not None:
            await self._serving


def settle() -> None:
    """Take what was made until now (modules, tables, releases) out of garbage collection: it stays as long as we do."""
    gc.collect()
    gc.freeze()


def serve(main: Listener, ready: Callable[[], None], upkeep: Upkeep, beside: Beside | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then let all connections end. ``ready`` is called once it answers.

    Each second it is looked whether a file of keys, certificates or trust has changed; connections made from then on
    have the newest. On SIGHUP, and every minute, what could not be used is tried again too.
    """
    settle()
    connections = Connections(connection_limits(main.limits))
    config = config_of(main.app, connections, MutualTlsProtocol, _newest(main.context))
    others = Connections(connection_limits(main.limits))
    upkeep.pulse.connections = (connections, others)
    chores = _Chores(upkeep, {each: Counter() for each in upkeep.pulse.connections})
    server = _Server(config, connections, upkeep.pulse, ready, None if beside is None else (beside, others))
    deadlines = (main.limits.handshake_deadline.total_seconds(), main.limits.answer_deadline.total_seconds())
    with asyncio.Runner(loop_factory=lambda: TlsDeadlinesLoop(*deadlines)) as runner:
        runner.run(_serve(server, main.listening, chores))


def serve_plainly(app: ASGIApp, listening: socket.socket, limits: ConnectionLimits, ready: Callable[[], None]) -> None:
    """Serve in the clear until SIGTERM or SIGINT; ``ready`` is called once it answers."""
    server = _PlainServer(config_of(app, Connections(limits), HttpToolsProtocol, None), ready)
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(server.serve(sockets=[listening]))


class _PlainServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT end serving, and nothing else: who serves has more to end then."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start serving, then say so."""
        await super().startup(sockets)
        if self.started:
            self._ready()


class _NewestContext(ssl.SSLContext):
    """Of a listener: each connection is made with the context in force at that moment."""

    newest: LastGood[ssl.SSLContext]

    def wrap_bio(self, *arguments: Any, **options: Any) -> ssl.SSLObject:  # noqa: ANN401 - all as it came
        """As the context in force does it."""
        return self.newest.held.wrap_bio(*arguments, **options)


def _newest(context: LastGood[ssl.SSLContext] | None) -> ssl.SSLContext | None:
    if context is None:
        return None
    newest = _NewestContext(ssl.PROTOCOL_TLS_SERVER)
    newest.newest = context
    return newest


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


def config_of(
    app: ASGIApp, connections: Connections, protocol: type[HttpToolsProtocol], context: ssl.SSLContext | None
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
        timeout_graceful_shutdown=_CLOSING_SECONDS,
    )


async def _serve(server: uvicorn.Server, listening: socket.socket, chores: "_Chores") -> None:
    asked = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, asked.set)
    tasks = [
        asyncio.create_task(_each(_MINUTE, chores.minutely)),
        asyncio.create_task(_each(_LOOK_SECONDS, chores.upkeep.reloads.look)),
        asyncio.create_task(_when_asked(asked, chores.upkeep.reloads.renew)),
    ]
    if chores.upkeep.begin is not None:
        chores.upkeep.begin()
    try:
        await server.serve(sockets=[listening])
    finally:
        for task in tasks:
            task.cancel()


async def _each(seconds: float, chore: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(seconds)
        await asyncio.to_thread(chore)


async def _when_asked(asked: asyncio.Event, chore: Callable[[], None]) -> None:
    while True:
        await asked.wait()
        asked.clear()
        await asyncio.to_thread(chore)


@dataclass(frozen=True, slots=True)
class _Chores:
    """What keeps a node serving well. A chore that fails is logged and tried again; each request decides for itself."""

    upkeep: Upkeep
    refused: dict[Connections, Counter[str]]
    """As it was told of last."""

    def minutely(self) -> None:
        log = logger("ncpeh.serve")
        for each, told in self.refused.items():
            refused = Counter(each.refused) - told
            told.update(refused)
            if refused:
                log.warning("refused-before-a-request", **{why.replace("-", "_"): n for why, n in refused.items()})
        self.upkeep.reloads.look_at_faults()
        try:
            self.upkeep.tidy()
        except NodeRefused as fault:
            log.error("tidy", fault=type(fault).__name__)
