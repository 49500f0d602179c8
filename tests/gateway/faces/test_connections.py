"""Each limit of a connection on a real socket, over real TLS, with a twin that is within it; and the socket's end."""

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from gateway.faces.connections import ConnectionLimits, Connections
from gateway.faces.soap.mtls import MutualTlsProtocol, use
from gateway.node.serve import TlsDeadlinesLoop
from tests.support.callers.pki import pki_folder
from tests.support.callers.pki import tls_files as files
from trust import pki_layout as layout
from trust.pki_layout import Credential
from trust.tls import server_context

LIMITS = ConnectionLimits(
    header_bytes=2048,
    headers=20,
    header_seconds=0.5,
    body_seconds=0.5,
    answer_seconds=0.5,
    connections=3,
    connections_of_one_peer=2,
    linger_seconds=0.5,
)
PATIENT = replace(LIMITS, header_seconds=60.0, body_seconds=60.0, answer_seconds=60.0, linger_seconds=60.0)
"""Nothing ends by time: what ends is over another limit."""
_LARGE, _PIECE = 32 * 1024 * 1024, 256 * 1024
_WAITS = 180
"""Seconds until a test gives up: no limit of ours is near it."""
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


@dataclass
class Served:
    """A uvicorn of ours on a free port, its connections, and what its application was asked."""

    connections: Connections
    port: int = 0
    asked: list[str] = field(default_factory=list)
    ended: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    go_on: threading.Event = field(default_factory=threading.Event)

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.append(scope["path"])
        if scope["path"] == "/read":
            while (await receive()).get("more_body"):
                pass
        if scope["path"] == "/when-told":
            await asyncio.to_thread(self.go_on.wait, _WAITS)
        body = b"x" * _LARGE if scope["path"].startswith("/large") else b"ok"
        length = str(len(body)).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
        if scope["path"] == "/large/in-pieces":
            for at in range(0, _LARGE, _PIECE):
                await send({"type": "http.response.body", "body": body[at : at + _PIECE], "more_body": True})
            body = b""
        await send({"type": "http.response.body", "body": body})


@contextmanager
def serving(limits: ConnectionLimits, handshake: float = 60.0) -> Iterator[Served]:
    served = Served(Connections(limits))
    genuine = served.connections.leaves

    def leaves(peer: bytes) -> None:
        genuine(peer)
        served.ended.release()

    served.connections.leaves = leaves  # type: ignore[method-assign]  # to know when one has ended
    config = uvicorn.Config(
        served.app,
        interface="asgi3",
        proxy_headers=False,
        http=served.connections.protocol(MutualTlsProtocol),
        ws="none",
        lifespan="off",
        log_config=None,
        ssl_context_factory=use(server_context(files(layout.tls_server("NO")))),
    )
    server = uvicorn.Server(config)

    def run(listening: socket.socket) -> None:
        with asyncio.Runner(loop_factory=lambda: TlsDeadlinesLoop(handshake, limits.answer_seconds)) as runner:
            runner.run(server.serve(sockets=[listening]))

    with socket.create_server(("127.0.0.1", 0)) as listening:
        served.port = listening.getsockname()[1]
        thread = threading.Thread(target=run, args=(listening,))
        thread.start()
        try:
            yield served
        finally:
            server.should_exit = server.force_exit = True
            thread.join()


@pytest.fixture(scope="module")
def hasty() -> Iterator[Served]:
    with serving(LIMITS, handshake=0.5) as served:
        yield served


@pytest.fixture(scope="module")
def patient() -> Iterator[Served]:
    with serving(PATIENT) as served:
        yield served


@contextmanager
def connected(served: Served, client: Credential | None = None) -> Iterator[ssl.SSLSocket]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(pki_folder() / layout.ROOT.certificate)
    shown = client or layout.tls_client("PT")
    context.load_cert_chain(pki_folder() / shown.certificate, pki_folder() / shown.key)
    with (
        socket.create_connection(("127.0.0.1", served.port), timeout=_WAITS) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        yield secured
    assert served.ended.acquire(timeout=_WAITS), "the server keeps a connection that has ended"


def status(secured: ssl.SSLSocket) -> int:
    """Of the next answer; 0 when the connection ends without one."""
    came = b""
    while b"\r\n\r\n" not in came:
        try:
            piece = secured.recv(4096)
        except BlockingIOError:
            continue  # of another thread that writes on the same socket
        except (ssl.SSLError, ConnectionError):
            return 0
        if not piece:
            return 0
        came += piece
    head, _, body = came.partition(b"\r\n\r\n")
    assert body in (b"ok", b"")
    if body == b"" and head.startswith(b"HTTP/1.1 200"):
        assert secured.recv(2) == b"ok"
    return int(head.split(b" ")[1])


def statuses(secured: ssl.SSLSocket) -> list[int]:
    """Of all answers until the server ends the connection."""
    came = b""
    try:
        while piece := secured.recv(4096):
            came += piece
    except (ssl.SSLError, ConnectionError):
        pass  # it ended
    return [int(after.split(b" ")[0]) for after in came.split(b"HTTP/1.1 ")[1:]]


def ends(secured: ssl.SSLSocket) -> bool:
    """Whether the server ends the connection, whatever it says before."""
    while True:
        try:
            if not secured.recv(65536):
                return True
        except BlockingIOError:
            continue  # of another thread that writes on the same socket
        except TimeoutError:
            return False
        except (ssl.SSLError, ConnectionError):
            return True


def drip(secured: ssl.SSLSocket, start: bytes, piece: bytes) -> None:
    """The same piece again and again, until the other side has had enough."""
    stop = threading.Event()

    def more() -> None:
        try:
            secured.sendall(start)
            while not stop.wait(0.05):
                secured.sendall(piece)
        except OSError:
            pass

    writer = threading.Thread(target=more)
    writer.start()
    try:
        assert status(secured) in (408, 0)
        assert ends(secured)
    finally:
        stop.set()
        writer.join()


def test_a_request_within_every_limit_is_answered(hasty: Served, patient: Served):
    for served in (hasty, patient):
        with connected(served) as secured:
            secured.sendall(GET)
            assert status(secured) == 200


def test_a_handshake_that_does_not_come_is_ended(hasty: Served):
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=_WAITS) as plain:
        assert plain.recv(1) == b""


def test_a_peer_that_says_nothing_is_left_without_a_word(hasty: Served):
    with connected(hasty) as secured:
        assert status(secured) == 0
    assert hasty.connections.refused["header-too-slow"] >= 1


def test_half_a_header_is_answered_408(hasty: Served):
    with connected(hasty) as secured:
        secured.sendall(b"POST / HTTP/1.1\r\nHost: loc")
        assert status(secured) == 408
        assert ends(secured)


@pytest.mark.parametrize(
    ("start", "piece"),
    [(b"POST /", b"a"), (b"GET / HTTP/1.1\r\na: ", b"b"), (b"GET / HTTP/1.1\r\n", b"a: b\r\n"), (b"\r\n", b"\r\n")],
    ids=["target", "value", "lines", "empty lines"],
)
def test_a_header_that_drips_ends_at_its_deadline(hasty: Served, start: bytes, piece: bytes):
    with connected(hasty) as secured:
        drip(secured, start, piece)


@pytest.mark.parametrize(("start", "piece"), [(b"\r\n", b"\r\n"), (b"GET /", b"a")], ids=["empty lines", "target"])
def test_a_further_request_that_drips_ends_at_its_deadline(hasty: Served, start: bytes, piece: bytes):
    with connected(hasty) as secured:
        secured.sendall(GET)
        assert status(secured) == 200
        drip(secured, start, piece)


def test_a_further_request_that_begins_in_the_bytes_of_the_one_before_ends_at_its_deadline(hasty: Served):
    with connected(hasty) as secured:
        secured.sendall(GET + b"GET / HTTP/1.1\r\nHost: loc")
        assert statuses(secured) == [200, 408]


def test_what_comes_late_behind_a_request_does_not_cost_its_answer(hasty: Served):
    with connected(hasty) as secured:
        hasty.go_on.clear()
        secured.sendall(GET.replace(b"/ ", b"/when-told ", 1) + b"GET / HTTP/1.1\r\nHost: loc")
        time.sleep(3 * LIMITS.header_seconds)  # any number of deadlines may pass: the answer is not made yet
        hasty.go_on.set()
        assert statuses(secured) == [200, 408]


def test_a_further_request_is_answered(patient: Served):
    with connected(patient) as secured:
        for _ in range(3):
            secured.sendall(GET)
            assert status(secured) == 200


def _long_value(size: int) -> bytes:
    start = b"GET / HTTP/1.1\r\nHost: localhost\r\na: "
    return start + b"b" * (size - len(start) - 4) + b"\r\n\r\n"


@pytest.mark.parametrize(
    ("header", "answered"),
    [
        (_long_value(2000), 200),
        (_long_value(2200), 431),
        (_long_value(200_000), 431),
        (b"GET /" + b"a" * 1900 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 200),
        (b"GET /" + b"a" * 2100 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 20 + b"\r\n", 200),
        (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 21 + b"\r\n", 431),
        (b"\r\n" * 900 + GET, 200),
        (b"\r\n" * 1100, 431),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\na: " + b"b" * 3000, 431),
    ],
    ids=[
        "value", "value over", "value far over", "target", "target over", "lines", "one line more",
        "empty lines before", "empty lines over", "no end",
    ],
)  # fmt: skip
@pytest.mark.parametrize("pieces", [1, 7], ids=["at once", "in pieces"])
def test_a_header_over_its_bytes_or_lines_is_answered_431(patient: Served, header: bytes, answered: int, pieces: int):
    with connected(patient) as secured:
        size = -(-len(header) // pieces)
        for at in range(0, len(header), size):
            try:
                secured.sendall(header[at : at + size])
            except OSError:
                break
        assert status(secured) in ((431, 0) if answered == 431 and pieces > 1 else (answered,))


def test_what_a_header_over_its_bytes_asks_never_reaches_the_application(patient: Served):
    before = len(patient.asked)
    with connected(patient) as secured:
        secured.sendall(_long_value(2200))
        assert status(secured) == 431
    assert len(patient.asked) == before


@pytest.mark.parametrize("size", [2, 2048, 2049, 200_000])
def test_the_bytes_of_a_body_are_not_the_headers(patient: Served, size: int):
    with connected(patient) as secured:
        for _ in range(2):
            secured.sendall(
                b"POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size
            )
            assert status(secured) == 200


def _chunked(trailers: int) -> bytes:
    lines = b"".join(b"t%d: %s\r\n" % (n, b"v" * 60) for n in range(trailers))
    head = b"POST /read HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"2\r\nab\r\n0\r\n" + lines + b"\r\n"


def test_trailers_count_with_the_header(patient: Served):
    with connected(patient) as secured:
        secured.sendall(_chunked(3))
        assert status(secured) == 200
    with connected(patient) as secured:
        secured.sendall(_chunked(60))
        assert status(secured) == 431 or ends(secured)
    assert patient.connections.refused["header-too-large"] >= 1


@pytest.mark.parametrize("path", [b"/read", b"/answered-before-its-end"])
def test_a_body_that_does_not_end_ends_the_connection(hasty: Served, path: bytes):
    with connected(hasty) as secured:
        secured.sendall(b"POST " + path + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nab")
        assert ends(secured)
    with connected(hasty) as secured:
        secured.sendall(b"POST " + path + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nab")
        assert status(secured) == 200


@pytest.mark.parametrize("path", [b" /large ", b" /large/in-pieces "])
def test_an_answer_that_nobody_takes_ends_the_connection(hasty: Served, path: bytes):
    while hasty.ended.acquire(blocking=False):
        pass  # of connections of other tests
    with connected(hasty) as secured:
        secured.sendall(GET.replace(b" / ", path))
        assert hasty.ended.acquire(timeout=_WAITS)
        hasty.ended.release()
    assert hasty.connections.refused["answer-not-taken"] >= (path == b" /large/in-pieces ")


@pytest.mark.parametrize("path", [b" /large ", b" /large/in-pieces "])
def test_an_answer_that_is_taken_comes_whole(hasty: Served, path: bytes):
    with connected(hasty) as secured:
        secured.sendall(GET.replace(b" / ", path))
        came = 0
        while came < _LARGE:
            came += len(secured.recv(1 << 20))


@pytest.mark.parametrize(
    ("there", "more", "other"),
    [(["PT", "PT"], "PT", "NO"), (["PT", "PT", "NO"], "NO", None)],
    ids=["of one peer", "in all"],
)
def test_one_connection_more_than_there_may_be_is_answered_503(there: list[str], more: str, other: str | None):
    with serving(PATIENT) as served:
        with ExitStack() as open_ones:
            for country in there:
                assert asked(served, open_ones, country) == 200
            assert asked(served, open_ones, more) == 503
            served.ended.release()  # it never had a place to give back
            if other is not None:
                assert asked(served, open_ones, other) == 200
        with ExitStack() as anew:  # their places are free again
            assert asked(served, anew, more) == 200
        assert served.connections.refused == {"connections": 1}


def asked(served: Served, open_ones: ExitStack, country: str) -> int:
    """The status of a request on a new connection of a country's, which stays open."""
    secured = open_ones.enter_context(connected(served, layout.tls_client(country)))
    secured.sendall(GET)
    return status(secured)


def test_two_requests_at_once_are_answered_one_after_the_other(patient: Served):
    with connected(patient) as secured:
        secured.sendall(GET + GET)
        came = b""
        while came.count(b"ok") < 2:
            came += secured.recv(4096)
        assert came.count(b"HTTP/1.1 200") == 2


def test_what_is_no_http_is_answered_400(patient: Served):
    with connected(patient) as secured:
        secured.sendall(b"\x16\x03\x01 no HTTP at all\r\n\r\n")
        came: Any = secured.recv(4096)
        assert came.startswith(b"HTTP/1.1 400")
        assert ends(secured)
    assert patient.connections.refused["no-http"] >= 1


def test_while_it_drains_each_answer_says_that_it_is_the_last(patient: Served):
    with connected(patient) as secured:
        secured.sendall(GET)
        assert status(secured) == 200
        secured.sendall(GET)
        assert status(secured) == 200, "before it drains a connection is kept"
        patient.connections.draining = True
        try:
            secured.sendall(GET)
            assert status(secured) == 200
            assert ends(secured)
        finally:
            patient.connections.draining = False


def test_a_handshake_that_is_not_over_is_a_connection_and_one_that_fails_is_forgotten(patient: Served):
    def becomes(ended: bool) -> None:
        give_up = time.monotonic() + _WAITS
        while patient.connections.ended() is not ended:
            assert time.monotonic() < give_up
            time.sleep(0.01)

    becomes(ended=True)
    with socket.create_connection(("127.0.0.1", patient.port), timeout=_WAITS):
        becomes(ended=False)
        assert len(patient.connections) == 0
    becomes(ended=True)
