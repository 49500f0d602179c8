"""What a connection may cost before it is a request: its time, its header's bytes, and how many there are.

An asyncio protocol of ours owns uvicorn's (`uvicorn.Config(http=...)`): it looks at every byte first, with a parser of
its own (llhttp, as uvicorn has), and passes on what is within the limits. HTTP/1.1 (RFC 9112); what is refused here is
answered with a status and no body (RFC 9110: 408, 503; RFC 6585: 431), for nothing is known of what would be asked.
"""

import asyncio
import gc
import hashlib
import ssl
import weakref
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

_LINE_BYTES = 4
"""Of a header line, besides name and value: colon, blank, end of line."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Of each process. Bytes, numbers and seconds."""

    header_bytes: int
    headers: int
    """Lines of one header, trailers of its body among them."""
    header_seconds: float
    """From the handshake, and from the first byte of each further request, to the end of the header; what comes behind
    a request that is being answered has as long again after that.
    """
    body_seconds: float
    """From the end of the header to the end of the body; a face that refuses earlier answers in its own form."""
    answer_seconds: float
    """For the peer to take what was answered."""
    connections: int
    connections_of_one_peer: int
    """By client certificate; where none is asked for, by network address."""
    linger_seconds: float = 5.0
    """For the peer to read a refusal, and to end a body that was answered before its end."""


class Connections:
    """All connections of this process: who has how many, and what was refused before it was a request."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        self.refused: Counter[str] = Counter()
        """Why and how often, since the start; nobody is named."""
        self.draining = False
        """The node stops: each connection ends with its next answer."""
        self._of_peers: Counter[bytes] = Counter()
        self._open: set[_Connection] = set()
        self._arriving: weakref.WeakSet[_Connection] = weakref.WeakSet()
        """Accepted, and still in its handshake; one that fails there is told of to nobody, and forgotten."""

    def protocol(self, inner: Callable[..., HttpToolsProtocol]) -> type[asyncio.Protocol]:
        """What uvicorn makes of each connection: ``inner``, guarded."""

        def guarded(
            config: Config,
            server_state: ServerState,
            app_state: dict[str, object],
            _loop: asyncio.AbstractEventLoop | None = None,
        ) -> asyncio.Protocol:
            made = inner(config=config, server_state=server_state, app_state=app_state, _loop=_loop)
            connection = _Connection(self, made)
            self._arriving.add(connection)
            return connection

        return cast("type[asyncio.Protocol]", guarded)  # uvicorn calls it and never asks what it is

    def admits(self, peer: bytes) -> bool:
        """Count a connection of a peer; False when there are as many as there may be."""
        if self._of_peers.total() >= self.limits.connections:
            return False
        if self._of_peers[peer] >= self.limits.connections_of_one_peer:
            return False
        self._of_peers[peer] += 1
        return True

    def made(self, connection: "_Connection") -> None:
        """Its handshake is done."""
        self._arriving.discard(connection)
        self._open.add(connection)

    def lost(self, connection: "_Connection") -> None:
        """It has ended."""
        self._open.discard(connection)

    def __len__(self) -> int:
        """How many there are past their handshake."""
        return len(self._open)

    def ended(self) -> bool:
        """Whether there is none, in its handshake neither. Collects garbage where that is all there may be."""
        if not self._open and self._arriving:
            gc.collect()  # asyncio leaves a handshake that failed in a cycle: future, exception, frame, future
        return not self._open and not self._arriving

    def drain(self) -> None:
        """Let each connection end: with the answer that is being made, or else with its next one.

        Closing one that is idle could lose a request that is on its way to us. It ends when it has been idle for as
        long as ever, or says in its next answer that it is the last: no peer loses a request because a node stops.
        """
        self.draining = True
        for connection in self._open:
            connection.say_last()

    def leaves(self, peer: bytes) -> None:
        """A connection that was admitted has ended."""
        self._of_peers[peer] -= 1
        if not self._of_peers[peer]:
            del self._of_peers[peer]


class _Connection(asyncio.Protocol):
    """One connection: states are a header expected, a header or a body arriving, and the peer's turn being over."""

    def __init__(self, all_of_them: Connections, inner: HttpToolsProtocol) -> None:
        self._all = all_of_them
        self._limits = all_of_them.limits
        self._inner = inner
        self._peer: bytes | None = None
        self._over = False
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.TimerHandle | None = None
        self._parser: httptools.HttpRequestParser | None = None
        self._in_header = True
        self._moved = False
        """A header or a message ended within the bytes that are looked at."""
        self._any_byte = False
        self._raw = self._header_bytes = self._lines = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The handshake is done."""
        self._all.made(self)
        self._parser = httptools.HttpRequestParser(self)  # not before: it holds this object
        self._loop = asyncio.get_running_loop()
        self._transport = cast("asyncio.Transport", transport)
        peer = _peer_of(self._transport)
        if not self._all.admits(peer):
            self._any_byte = True
            self._refuse(503, "connections")
            return
        self._peer = peer
        self._inner.connection_made(self._transport)
        self._within(self._limits.header_seconds, self._header_too_slow)

    def data_received(self, data: bytes) -> None:
        """Look, and pass on."""
        if self._over:
            return
        self._any_byte = True
        if self._timer is None:
            self._within(self._limits.header_seconds, self._header_too_slow)
        self._look(data)
        if not self._over:
            self._inner.data_received(data)
            if self._all.draining:
                self.say_last()

    def say_last(self) -> None:
        """Have the answer that is being made say that it is the last one here, if it has not begun."""
        cycle = cast("RequestResponseCycle | None", self._inner.cycle)  # None until a header was whole
        if cycle is not None and not cycle.response_started:
            cycle.keep_alive = False

    def eof_received(self) -> None:
        """The peer sends no more; uvicorn lets the transport close."""
        if self._peer is not None:
            self._inner.eof_received()

    def pause_writing(self) -> None:
        """The peer does not take what was answered as fast as it is written."""
        if self._peer is not None:
            self._writing = self._loop.call_later(self._limits.answer_seconds, self._answer_not_taken)
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Nearly all of it was taken."""
        if self._peer is not None:
            self._stop(self._writing)
            self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Give back its place."""
        self._all.lost(self)
        self._stop(self._timer)
        self._stop(self._writing)
        self._parser = None  # it holds this object
        if self._peer is not None:
            self._all.leaves(self._peer)
            self._inner.connection_lost(exc)

    # What the parser calls.

    def on_message_begin(self) -> None:
        self._in_header = True
        self._header_bytes = self._lines = 0
        if self._timer is None:  # it began in the bytes of the request before
            self._within(self._limits.header_seconds, self._header_too_slow)

    def on_url(self, url: bytes) -> None:
        self._counted(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._lines += 1
        self._counted(len(name) + len(value) + _LINE_BYTES)

    def on_headers_complete(self) -> None:
        self._in_header, self._moved = False, True
        self._within(self._limits.body_seconds + self._limits.linger_seconds, self._body_too_slow)

    def on_message_complete(self) -> None:
        self._in_header = self._moved = True
        self._stop(self._timer)
        self._timer = None

    def _look(self, data: bytes) -> None:
        if self._parser is None:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._parser = httptools.HttpRequestParser(self)  # nobody here upgrades: the next request begins anew
        except httptools.HttpParserError:
            self._all.refused["no-http"] += 1
            self._parser = None  # uvicorn's stumbles over the same byte, answers 400 and closes
        if self._moved:  # the rest of these bytes, at most what one read gives, is what the parser counted
            self._moved, self._raw = False, 0
        elif self._in_header:
            self._raw += len(data)
            if self._raw > self._limits.header_bytes:
                self._refuse(431, "header-too-large")

    def _counted(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > self._limits.header_bytes or self._lines > self._limits.headers:
            self._refuse(431, "header-too-large")

    def _within(self, seconds: float, otherwise: Callable[[], None]) -> None:
        self._stop(self._timer)
        self._timer = self._loop.call_later(seconds, otherwise)

    @staticmethod
    def _stop(timer: asyncio.TimerHandle | None) -> None:
        if timer is not None:
            timer.cancel()

    def _header_too_slow(self) -> None:
        if self._answering():  # what comes late behind a request must not cost the answer to that one
            self._within(self._limits.header_seconds, self._header_too_slow)
        else:
            self._refuse(408, "header-too-slow")

    def _answering(self) -> bool:
        cycle = cast("RequestResponseCycle | None", self._inner.cycle)  # None until a header was whole
        return cycle is not None and not cycle.response_complete

    def _body_too_slow(self) -> None:
        self._all.refused["body-too-slow"] += 1
        self._over = True
        self._transport.abort()

    def _answer_not_taken(self) -> None:
        self._all.refused["answer-not-taken"] += 1
        self._over = True
        self._transport.abort()

    def _refuse(self, status: int, why: str) -> None:
        """Say so where a word can be said: to a peer that spoke, and not in the middle of an answer."""
        if self._over:
            return
        self._over = True
        self._all.refused[why] += 1
        self._stop(self._timer)
        if self._any_byte and not self._answering():
            self._transport.write(b"HTTP/1.1 %d \r\ncontent-length: 0\r\nconnection: close\r\n\r\n" % status)
        self._transport.close()
        self._timer = self._loop.call_later(self._limits.linger_seconds, self._transport.abort)


def _peer_of(transport: asyncio.Transport) -> bytes:
    secured: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
    certificate = None if secured is None else secured.getpeercert(binary_form=True)
    if certificate is not None:
        return hashlib.sha256(certificate).digest()
    address = transport.get_extra_info("peername")
    return str(address[0] if address else "").encode()
