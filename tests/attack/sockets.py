"""Attacks of a connection before it is a request, on real sockets over real TLS; and bodies over their limits.

What a row of these names as its check is written here, for nothing is raised: the place where the handshake is told to
ask, or where the connection's limit is looked at.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from fastapi import Request

from gateway.errors import Refusal
from gateway.faces.receive import BodyBudget, received
from tests.attack.rows import AttackRow, Met, met
from tests.gateway.faces.test_connections import GET, PATIENT, Served, serving
from tests.support.callers.pki import strangers_context
from trust import pki_layout as layout
from trust.pki_layout import Bad, Credential

_WAITS = 30
"""Seconds until an attack gives up: no limit of ours is near it."""
_GUARD = "gateway/faces/connections.py:_Connection"


class _Servers:
    """Listeners that attacks share, each started when it is first needed."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._started: dict[str, Served] = {}
        self.handshakes = 0

    def of(self, kind: str) -> Served:
        """One of `LIMITED`."""
        if kind not in self._started:
            served = self._stack.enter_context(serving(LIMITED[kind]))
            genuine = served.connections.made

            def made(connection: Any) -> None:
                self.handshakes += 1
                genuine(connection)

            served.connections.made = made  # type: ignore[method-assign]  # to know whose handshake was done
            self._started[kind] = served
        return self._started[kind]

    def close(self) -> None:
        """Stop those that were started."""
        self._stack.close()
        self._started.clear()


SERVERS = _Servers()
LIMITED = {
    "patient": PATIENT,
    "short of headers": replace(PATIENT, header_seconds=0.3),
    "short of bodies": replace(PATIENT, body_seconds=0.2, linger_seconds=0.2),
}
"""Limits of time are met by one attack at most on each: no race of two of them, however slow the machine."""


def every() -> Iterator[AttackRow]:
    """Every one of them."""
    yield from _handshakes()
    yield from _headers()
    yield from _slow()
    yield from _crowds()
    yield from _bodies()


# --- handshakes ------------------------------------------------------------------------------------------------------

_ASKED, _LISTED, _CIPHERS = "server_context:CERT_REQUIRED", "_with:_CHECKS", "_with:_TLS_1_2_CIPHERS"
_SHOWN: dict[str, tuple[Credential | None, str]] = {
    "no certificate": (None, _ASKED),
    "expired": (Bad.TLS_CLIENT_EXPIRED.credential, _ASKED),
    "not yet valid": (Bad.TLS_CLIENT_NOT_YET_VALID.credential, _ASKED),
    "revoked": (Bad.TLS_CLIENT_REVOKED.credential, _LISTED),
    "of another authority": (Bad.TLS_CLIENT_FOREIGN_CA.credential, _ASKED),
    "a server's": (layout.tls_server("PT"), _ASKED),
    "a seal": (layout.seal("PT"), _ASKED),
    "a seal of the field": (layout.FIELD_SEAL, _ASKED),
}
_VERSIONS = {"TLS-1.2": ssl.TLSVersion.TLSv1_2, "TLS-1.3": ssl.TLSVersion.TLSv1_3}


def _handshakes() -> Iterator[AttackRow]:
    for name, (credential, check) in _SHOWN.items():
        for version, number in _VERSIONS.items():
            yield _handshake(f"{name} {version}", partial(strangers_context, credential, number), check)

    def without_forward_secrecy() -> ssl.SSLContext:
        context = strangers_context(layout.tls_client("PT"), ssl.TLSVersion.TLSv1_2)
        context.set_ciphers("ECDHE-RSA-AES256-SHA384")
        return context

    yield _handshake("a cipher of blocks", without_forward_secrecy, _CIPHERS)


def _handshake(name: str, context: Callable[[], ssl.SSLContext], check: str) -> AttackRow:
    def attack() -> Met:
        served = SERVERS.of("patient")
        before, asked = SERVERS.handshakes, len(served.asked)
        with (
            suppress(ssl.SSLError, ConnectionError),
            _plain(served) as plain,
            context().wrap_socket(plain, server_hostname="localhost") as secured,
        ):
            secured.sendall(GET)
            assert secured.recv(4096) == b""
        assert len(served.asked) == asked, "the attack was answered"
        return Met("handshake" if SERVERS.handshakes == before else "connection", f"trust/tls.py:{check}")

    return _row(name, attack)


@contextmanager
def _plain(served: Served) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", served.port), timeout=_WAITS) as plain:
        yield plain


@contextmanager
def _connected(served: Served, country: str = "PT") -> Iterator[ssl.SSLSocket]:
    with (
        _plain(served) as plain,
        strangers_context(layout.tls_client(country)).wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        yield secured


def _row(name: str, attack: Callable[[], Met]) -> AttackRow:
    return AttackRow("connections", name.replace(" ", "-"), attack)


# --- requests that do not become one ---------------------------------------------------------------------------------

_HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
_TRAILERS = b"".join(b"t%d: %s\r\n" % (n, b"v" * 60) for n in range(60))
_LARGE: dict[str, tuple[bytes, str]] = {
    "a value over": (_HEAD + b"a: " + b"b" * 2200 + b"\r\n\r\n", "_counted"),
    "a value far over": (_HEAD + b"a: " + b"b" * 200_000 + b"\r\n\r\n", "_look"),
    "a target over": (b"GET /" + b"a" * 2100 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", "_counted"),
    "one line more": (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 21 + b"\r\n", "_counted"),
    "a hundred names": (_HEAD + b"".join(b"x%d: y\r\n" % n for n in range(100)) + b"\r\n", "_counted"),
    "empty lines": (b"\r\n" * 1100, "_look"),
    "a value without end": (_HEAD + b"a: " + b"b" * 3000, "_look"),
    "a target without end": (b"GET /" + b"a" * 3000, "_look"),
    "a method without end": (b"A" * 3000, "_look"),
    "a second header over": (GET + _HEAD + b"a: " + b"b" * 2200 + b"\r\n\r\n", "_counted"),
    "trailers": (
        b"POST /read HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n"
        + _TRAILERS + b"\r\n",
        "_counted",
    ),
}  # fmt: skip
_DRIPS = {
    "a target that drips": b"POST /",
    "a value that drips": b"GET / HTTP/1.1\r\na: ",
    "half a header": b"POST / HTTP/1.1\r\nHost: loc",
    "one empty line": b"\r\n",
    "lines without end": b"GET / HTTP/1.1\r\na: b\r\n",
}


def _headers() -> Iterator[AttackRow]:
    for name, (sent, place) in _LARGE.items():
        yield _limited(name, "patient", sent, f"{_GUARD}.{place}:header-too-large")


def _slow() -> Iterator[AttackRow]:
    for name, sent in _DRIPS.items():
        yield _limited(name, "short of headers", sent, f"{_GUARD}._header_too_slow:header-too-slow")
    yield _limited("not a word", "short of headers", b"", f"{_GUARD}._header_too_slow:header-too-slow")
    for name, path in {"a body that is not sent": b"/read", "a body nobody reads": b"/unread"}.items():
        head = b"POST " + path + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nab"
        yield _limited(name, "short of bodies", head, f"{_GUARD}._body_too_slow:body-too-slow")


def _limited(name: str, server: str, sent: bytes, check: str) -> AttackRow:
    """Bytes to a connection that is in order; which of its limits ends it."""

    def attack() -> Met:
        served = SERVERS.of(server)
        before = served.connections.refused.copy()
        with _connected(served) as secured:
            with suppress(OSError):
                secured.sendall(sent)
            _read_to_its_end(secured)
        counted = set(served.connections.refused - before)
        (why,) = counted - {"no-http"} or counted  # bytes that are no HTTP are counted so beside what ends them
        return Met(why, check)

    return _row(name, attack)


def answered(server: str) -> bytes:
    """The answer to a request that is in order."""
    with _connected(SERVERS.of(server)) as secured:
        return _answered(secured)


def _read_to_its_end(secured: ssl.SSLSocket) -> None:
    with suppress(ssl.SSLError, ConnectionError):
        while secured.recv(65536):
            pass


def _crowds() -> Iterator[AttackRow]:
    for name, countries in {
        "one more of a peer": ("PT", "PT", "PT"),
        "one more in all": ("PT", "PT", "NO", "NO"),
    }.items():

        def attack(countries: tuple[str, ...] = countries) -> Met:
            with ExitStack() as open_ones, serving(PATIENT) as served:
                for country in countries[:-1]:
                    _answered(open_ones.enter_context(_connected(served, country)))
                with _connected(served, countries[-1]) as secured:
                    secured.sendall(GET)
                    assert secured.recv(4096).startswith(b"HTTP/1.1 503")
                (why,) = served.connections.refused
                open_ones.close()
                return Met(why, f"{_GUARD}.connection_made:'connections'")

        yield _row(name, attack)


def _answered(secured: ssl.SSLSocket) -> bytes:
    secured.sendall(GET)
    came = b""
    while not came.endswith(b"ok"):
        piece = secured.recv(4096)
        assert piece, "the connection ended without an answer"
        came += piece
    return came


# --- bodies ----------------------------------------------------------------------------------------------------------

_LIMIT = 2000


def _bodies() -> Iterator[AttackRow]:
    def body(
        name: str, size: int = 0, stated: bytes | None = None, *, budget: int = 4000, there: int = 0, wait: bool = False
    ) -> AttackRow:
        headers = [] if stated is None else [(b"content-length", stated)]
        return AttackRow("bodies", name.replace(" ", "-"), lambda: body_of(size, headers, budget, there, wait=wait))

    yield body("stated over the limit", stated=b"2001")
    yield body("stated in 5000 digits", stated=b"9" * 5000)
    yield body("over the limit without a word", size=_LIMIT + 1)
    yield body("over the limit whatever was stated", size=_LIMIT + 1, stated=b"10")
    yield body("stated over what is left", stated=b"1500", budget=1400)
    yield body("over what is left", size=1500, budget=1400)
    yield body("over the half of one peer", size=1500, there=1500)
    yield body("that does not come", wait=True)


def body_of(
    size: int, headers: Sequence[tuple[bytes, bytes]] = (), budget: int = 4000, there: int = 0, *, wait: bool = False
) -> Met:
    """A body of so many bytes beside ``there`` bytes of the same peer. Raises AssertionError when it is taken."""

    async def receive() -> dict[str, Any]:
        if wait:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": b"x" * size}

    async def read() -> bytes:
        request = Request({"type": "http", "headers": list(headers)}, receive)
        deadline = timedelta(milliseconds=1) if wait else timedelta(minutes=1)
        whole = BodyBudget(budget, _LIMIT)
        with whole.share(b"a") as other, whole.share(b"a") as share:
            other.take(there)
            return await received(request, _LIMIT, deadline, share)

    try:
        came = asyncio.run(read())
    except Refusal as refused:
        return met(refused)
    raise AssertionError(f"{len(came)} bytes were taken")
