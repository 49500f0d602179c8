"""The one HTTP client: keep-alive, stated limits, no redirects, no proxies from the environment, nothing logged.

HTTP/1.1 (RFC 9112) over TLS as the given context says. What can go wrong is four errors; what the answer means is left
to the caller. URLs are never written anywhere: a query may say something about a person.

    HttpFailure
    ├── HttpUnreachable   no connection, TLS failure, connection lost
    ├── HttpTooSlow       no connection, no answer, or no end of the answer within the deadline
    ├── HttpTooLarge      the answer, or its header, is over the limit in bytes
    └── HttpUnreadable    not HTTP, or a body in an encoding that nobody asked for

The sockets are ours (`_Network`, `_Stream`), below httpcore: whatever waits (connecting, the handshake, each read and
write) waits no longer than what is left of the call's deadline, and the server is checked before a byte is written.
"""

import logging
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import httpcore

_IDLE_SECONDS = 4.0
"""How long a connection may wait for its next request. Common servers close theirs after five seconds at the earliest:
a request that is sent as the other side closes would be a refusal without a cause."""

logging.getLogger("httpcore").setLevel(logging.CRITICAL)  # it writes URLs


class HttpFailure(Exception):
    """Base of everything the client raises. Holds nothing: neither address nor body."""


@dataclass
class HttpUnreachable(HttpFailure):
    """No connection, TLS failure, or a connection lost before the answer was whole.

    ``sent``: something of the request may have come there; where no connection was made it is certain that not.
    """

    sent: bool = True


class HttpTooSlow(HttpFailure):
    """The deadline passed."""


class HttpTooLarge(HttpFailure):
    """The answer or its header is over the limit."""


class HttpUnreadable(HttpFailure):
    """Not HTTP, or a body in another encoding than identity, which alone is asked for."""


CheckServer = Callable[[bytes], None]
"""Given the server's certificate (DER), returns or raises."""


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """Limits of every call. Seconds and bytes."""

    connect_seconds: float = 3.0
    deadline_seconds: float = 8.0
    """From the connecting to the last byte received, unless a call states less."""
    answer_bytes: int = 16 * 1024 * 1024
    header_bytes: int = 64 * 1024
    """Status line, header, and what of the body is read with them."""
    connections: int = 32


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back. Header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    server_address: str | None = field(repr=False, default=None)
    """Network address it came from, where the connection can say."""
    own_address: str | None = field(repr=False, default=None)
    """And ours on that connection."""

    def media_type(self) -> str:
        """The media type without parameters, lower case, empty when none is stated."""
        return self.headers.get("content-type", "").split(";", 1)[0].strip().lower()


class HttpClient:
    """A pool of connections, safe to share between threads. Close it, or use it in a ``with``."""

    def __init__(self, limits: HttpLimits, *, tls: Callable[[], ssl.SSLContext], elapsed: Callable[[], float]) -> None:
        """``tls`` gives the context in force: when it gives another one, connections made with the one before end with
        the calls that are made over them. ``elapsed`` is a monotonic clock in seconds.
        """
        self._limits = limits
        self._elapsed = elapsed
        self._calls = _CallsOfOneThread()
        self._tls = tls
        self._turn = threading.Lock()
        self._pool = self._new_pool(tls())

    def __enter__(self) -> "HttpClient":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._pool.connections.close()

    def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        deadline_seconds: float | None = None,
        check_server: CheckServer | None = None,
    ) -> HttpAnswer:
        """One request and its whole answer, whatever its status. Raises a leaf of `HttpFailure`.

        ``check_server`` sees the certificate of the server before anything is sent to it, on a connection that was
        there already too; what it raises is raised.
        """
        allowed = min(deadline_seconds or self._limits.deadline_seconds, self._limits.deadline_seconds)
        if deadline_seconds is not None and deadline_seconds <= 0:
            raise HttpTooSlow
        scheme = _scheme(url)
        if check_server is not None and scheme != "https":
            raise HttpUnreachable
        self._calls.now = _HttpCall(self._elapsed() + allowed, self._elapsed, self._limits.header_bytes, check_server)
        connect = min(self._limits.connect_seconds, allowed)
        timeouts = {"connect": connect, "read": allowed, "write": allowed, "pool": allowed}
        asked = [*(headers or {}).items(), ("accept-encoding", "identity"), ("user-agent", "ncpeh")]
        try:
            extensions = {"timeout": timeouts, "trace": self._calls.told}
            with (
                self._pool_in_force() as pool,
                pool.stream(method, url, headers=asked, content=content, extensions=extensions) as response,
            ):
                return self._answer(response)
        except httpcore.TimeoutException:
            raise HttpTooSlow from None
        except (httpcore.RemoteProtocolError, httpcore.UnsupportedProtocol, UnicodeError) as error:
            raise _broken(error) from None
        except httpcore.ConnectError:
            raise HttpUnreachable(sent=False) from None
        except (httpcore.ProtocolError, httpcore.NetworkError, httpcore.ConnectionNotAvailable):
            raise HttpUnreachable from None
        finally:
            self._calls.now = None

    @contextmanager
    def _pool_in_force(self) -> Iterator[httpcore.ConnectionPool]:  # noqa: TID251 - this is the one HTTP client
        """Connections over the TLS context in force, for one call."""
        tls = self._tls()
        with self._turn:
            if tls is not self._pool.tls:
                self._pool.end()
                self._pool = self._new_pool(tls)
            pool = self._pool
            pool.calls += 1
        try:
            yield pool.connections
        finally:
            with self._turn:
                pool.calls -= 1
                if pool.ended:
                    pool.end()

    def _new_pool(self, tls: ssl.SSLContext) -> "_Pool":
        connections = httpcore.ConnectionPool(  # noqa: TID251 - this is the one HTTP client
            ssl_context=tls,
            max_connections=self._limits.connections,
            max_keepalive_connections=self._limits.connections,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=_Network(self._calls),
        )
        return _Pool(tls, connections)

    def _answer(self, response: httpcore.Response) -> HttpAnswer:
        headers: dict[str, str] = {}
        for name, value in response.headers:
            key, told = name.decode("latin-1").lower(), value.decode("latin-1")
            headers[key] = f"{headers[key]}, {told}" if key in headers else told
        if headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise HttpUnreadable
        stream = response.extensions["network_stream"]
        ends_at = _host(stream, "server_addr"), _host(stream, "client_addr")
        body = bytearray()
        for chunk in response.iter_stream():
            body += chunk
            if len(body) > self._limits.answer_bytes:
                raise HttpTooLarge
        return HttpAnswer(response.status, headers, bytes(body), *ends_at)


@dataclass(slots=True)
class _Pool:
    """Connections made with one TLS context, and how many calls use them now."""

    tls: ssl.SSLContext
    connections: httpcore.ConnectionPool  # noqa: TID251 - this is the one HTTP client
    calls: int = 0
    ended: bool = False
    """Another context is in force: nobody begins a call here any more."""

    def end(self) -> None:
        """Close the connections as soon as no call uses them."""
        self.ended = True
        if not self.calls:
            self.connections.close()


@dataclass(slots=True)
class _HttpCall:
    """What is left of one call, and what it asks of the server."""

    ends: float
    elapsed: Callable[[], float]
    header_left: int | None
    """Bytes that may still be read before the header is whole; None once it is."""
    check_server: CheckServer | None
    checked: "_Stream | None" = None

    def left(self, timeout: float | None) -> float:
        """Seconds to wait at most, no more than ``timeout``. Raises ReadTimeout when none are left."""
        left = self.ends - self.elapsed()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left if timeout is None else min(left, timeout)


class _CallsOfOneThread(threading.local):
    """The call that this thread makes: httpcore works in the thread that asks it."""

    now: _HttpCall | None = None

    def of_this_thread(self) -> _HttpCall:
        """Raises ReadTimeout when there is none: nothing is read or written between calls."""
        if self.now is None:
            raise httpcore.ReadTimeout
        return self.now

    def told(self, step: str, _about: dict[str, Any]) -> None:
        """Told of each step by httpcore."""
        if step == "http11.receive_response_headers.complete" and self.now is not None:
            self.now.header_left = None


class _Network(httpcore.NetworkBackend):
    """Connects within what is left of the call, whatever number of addresses the name has."""

    def __init__(self, calls: _CallsOfOneThread) -> None:
        self._calls = calls

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """A stream over the first address that takes the connection."""
        call = self._calls.of_this_thread()
        until = call.elapsed() + call.left(timeout)
        failed: Exception = httpcore.ConnectError()
        with _told_as(httpcore.ConnectError, httpcore.ConnectTimeout):
            addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        for family, kind, protocol, _, address in addresses:
            connecting = socket.socket(family, kind, protocol)
            try:
                with _told_as(httpcore.ConnectError, httpcore.ConnectTimeout):
                    connecting.settimeout(call.left(max(until - call.elapsed(), 0.001)))
                    connecting.connect(address)
                    connecting.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    return _Stream(connecting, self._calls)
            except httpcore.ConnectError as fault:
                connecting.close()
                failed = fault
            except BaseException:
                connecting.close()
                raise
        raise failed


class _Stream(httpcore.NetworkStream):
    """A socket, with TLS or without."""

    def __init__(self, connected: socket.socket, calls: _CallsOfOneThread) -> None:
        self._socket = connected
        self._calls = calls

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What is there; of a header no more than it may have."""
        call = self._calls.of_this_thread()
        if call.header_left is not None:
            max_bytes = min(max_bytes, call.header_left)
            if max_bytes == 0:
                raise HttpTooLarge
        with _told_as(httpcore.ReadError, httpcore.ReadTimeout):
            self._socket.settimeout(call.left(timeout))
            came = self._socket.recv(max_bytes)
        if call.header_left is not None:
            call.header_left -= len(came)
        return came

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """All of it, to a server that was checked."""
        call = self._calls.of_this_thread()
        if call.check_server is not None and call.checked is not self:
            call.check_server(self._certificate())
            call.checked = self
        left = memoryview(buffer)
        with _told_as(httpcore.WriteError, httpcore.WriteTimeout):
            while left:
                self._socket.settimeout(call.left(timeout))
                left = left[self._socket.send(left[:_WRITTEN]) :]

    def close(self) -> None:
        """Without a word to the other side."""
        self._socket.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The handshake, as a whole within what is left."""
        call = self._calls.of_this_thread()
        try:
            with _told_as(httpcore.ConnectError, httpcore.ConnectTimeout):
                self._socket.settimeout(call.left(timeout))
                return _Stream(ssl_context.wrap_socket(self._socket, server_hostname=server_hostname), self._calls)
        except BaseException:
            self.close()
            raise

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore says no more
        """``server_addr``, ``client_addr``: an end's address; ``is_readable``: whether a read would not wait."""
        if info == "is_readable":
            looking = select.poll()
            looking.register(self._socket, select.POLLIN)
            return bool(looking.poll(0))
        if info == "ssl_object":
            return self._socket if isinstance(self._socket, ssl.SSLSocket) else None
        ends = {"server_addr": self._socket.getpeername, "client_addr": self._socket.getsockname}
        return ends[info]() if info in ends else None

    def _certificate(self) -> bytes:
        """The server's certificate, DER."""
        der = self._socket.getpeercert(binary_form=True) if isinstance(self._socket, ssl.SSLSocket) else None
        if der is None:
            raise httpcore.ConnectError
        return der


_WRITTEN = 64 * 1024
"""Bytes handed over at a time: between them the deadline is looked at."""


@contextmanager
def _told_as(failed: type[Exception], late: type[Exception]) -> Iterator[None]:
    """Faults of a socket as httpcore's."""
    try:
        yield
    except TimeoutError:
        raise late from None
    except OSError:
        raise failed from None


def _scheme(url: str) -> str:
    """Of a URL whose port is one too."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise HttpUnreadable from None
    return "" if port == 0 else parts.scheme


def _host(stream: httpcore.NetworkStream, end: str) -> str | None:
    """The network address of one end; None when it cannot be told (any more)."""
    try:
        at = stream.get_extra_info(end)
    except OSError:
        return None
    return str(at[0]) if isinstance(at, tuple) and at else None


def _broken(error: Exception) -> HttpFailure:
    """A connection closed before or inside an answer is a lost one; anything else was no HTTP."""
    lost = isinstance(error, httpcore.RemoteProtocolError) and ("disconnected" in str(error) or "closed" in str(error))
    return HttpUnreachable() if lost else HttpUnreadable()
