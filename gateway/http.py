"""The one HTTP client: keep-alive, stated limits, no redirects, no proxies from the environment, nothing logged.

HTTP/1.1 (RFC 9112) over TLS as the given context says. What can go wrong is four errors; what the answer means is left
to the caller. URLs are never written anywhere: a query may say something about a person.

    HttpFailure
    ├── HttpUnreachable   no connection, TLS failure, connection lost
    ├── HttpTooSlow       no connection, no answer, or no end of the answer within the deadline
    ├── HttpTooLarge      the answer is over the limit in bytes
    └── HttpUnreadable    not HTTP, or a body that is not what its headers say
"""

import logging
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol

import httpx

for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)  # both write URLs, httpx at INFO


class HttpFailure(Exception):
    """Base of everything the client raises. Holds nothing: neither address nor body."""


class HttpUnreachable(HttpFailure):
    """No connection, TLS failure, or a connection lost before the answer was whole."""


class HttpTooSlow(HttpFailure):
    """The deadline passed."""


class HttpTooLarge(HttpFailure):
    """The answer is over the limit."""


class HttpUnreadable(HttpFailure):
    """Not HTTP, or a body that cannot be decoded as its headers say."""


CheckServer = Callable[[bytes], None]
"""Given the server's certificate (DER), returns or raises."""


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """Limits of every call. Seconds and bytes."""

    connect_seconds: float = 3.0
    deadline_seconds: float = 8.0
    """From the first byte sent to the last received, unless a call states less."""
    answer_bytes: int = 16 * 1024 * 1024
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

    def __init__(self, limits: HttpLimits, *, tls: ssl.SSLContext, elapsed: Callable[[], float]) -> None:
        """``elapsed`` is a monotonic clock in seconds."""
        self._limits = limits
        self._elapsed = elapsed
        self._client = httpx.Client(  # noqa: TID251 - this is the one HTTP client
            verify=tls,
            trust_env=False,
            follow_redirects=False,
            http2=False,
            headers={"accept-encoding": "identity"},
            limits=httpx.Limits(
                max_connections=limits.connections, max_keepalive_connections=limits.connections, keepalive_expiry=30.0
            ),
        )

    def __enter__(self) -> "HttpClient":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

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

        ``check_server`` sees the server's certificate after the handshake, before anything is sent, and again before
        the answer of a connection that was there already is used; what it raises is raised.
        """
        allowed = min(deadline_seconds or self._limits.deadline_seconds, self._limits.deadline_seconds)
        if deadline_seconds is not None and deadline_seconds <= 0:
            raise HttpTooSlow
        ends = self._elapsed() + allowed
        timeout = httpx.Timeout(allowed, connect=min(self._limits.connect_seconds, allowed))
        extensions = {} if check_server is None else {"trace": _before_sending(check_server)}
        try:
            if check_server is not None and httpx.URL(url).scheme != "https":
                raise HttpUnreachable
            with self._client.stream(
                method, url, headers=dict(headers or {}), content=content, timeout=timeout, extensions=extensions
            ) as response:
                stream = response.extensions["network_stream"]
                if check_server is not None:
                    check_server(_certificate(stream))
                ends_at = _host(stream, "server_addr"), _host(stream, "client_addr")
                body = self._read(response, ends)
                answered = {name.lower(): value for name, value in response.headers.items()}
                return HttpAnswer(response.status_code, answered, body, *ends_at)
        except httpx.TimeoutException:
            raise HttpTooSlow from None
        except (httpx.DecodingError, httpx.RemoteProtocolError, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise _broken(error) from None
        except httpx.TransportError:
            raise HttpUnreachable from None

    def _read(self, response: httpx.Response, ends: float) -> bytes:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > self._limits.answer_bytes:
                raise HttpTooLarge
            if self._elapsed() > ends:
                raise HttpTooSlow
        return bytes(body)


def _before_sending(check: CheckServer) -> Callable[[str, dict[str, Any]], None]:
    """Told of each step of a connection by httpcore: the handshake is done, nothing was sent yet."""

    def told(step: str, about: dict[str, Any]) -> None:
        if step != "connection.start_tls.complete":
            return
        stream = about["return_value"]
        try:
            check(_certificate(stream))
        except BaseException:
            stream.close()
            raise

    return told


class _Stream(Protocol):
    """httpcore's network stream, as far as it is used."""

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore says no more
        """``ssl_object``, None without TLS; ``server_addr``, ``client_addr``: address and port of an end."""


def _certificate(stream: _Stream) -> bytes:
    """The server's certificate, DER."""
    tls = stream.get_extra_info("ssl_object")
    der = None if tls is None else tls.getpeercert(True)  # noqa: FBT003 - takes no keyword
    if not isinstance(der, bytes):
        raise HttpUnreachable
    return der


def _host(stream: _Stream, end: str) -> str | None:
    """The network address of one end; None when it cannot be told (any more)."""
    try:
        at = stream.get_extra_info(end)
    except OSError:
        return None
    return str(at[0]) if isinstance(at, tuple) and at else None


def _broken(error: Exception) -> HttpFailure:
    """A connection closed before or inside an answer is a lost one; anything else was no HTTP."""
    lost = isinstance(error, httpx.RemoteProtocolError) and ("disconnected" in str(error) or "closed" in str(error))
    return HttpUnreachable() if lost else HttpUnreadable()
