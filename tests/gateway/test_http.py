"""The HTTP client: limits on both sides of their edge, no redirects, four failures, and nothing written anywhere."""

import gzip
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from gateway.http import (
    HttpClient,
    HttpFailure,
    HttpLimits,
    HttpTooLarge,
    HttpTooSlow,
    HttpUnreachable,
    HttpUnreadable,
)

HOUR = timedelta(hours=1)
Answerer = Callable[[socket.socket, bytes], None]


@contextmanager
def server(answer: Answerer) -> Iterator[str]:
    """A listener on loopback that reads one request head for each connection and answers as told."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    head = b""
                    while (
                        b"\r\n\r\n" not in head and not head.startswith(b"\x16") and (chunk := connection.recv(65536))
                    ):
                        head += chunk
                    answer(connection, head)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            listening.shutdown(socket.SHUT_RDWR)
    thread.join()


def sends(data: bytes) -> Answerer:
    return lambda connection, _: connection.sendall(data)


def ok(body: bytes, *more: str) -> bytes:
    head = "\r\n".join(["HTTP/1.1 200 OK", f"content-length: {len(body)}", "connection: close", *more])
    return f"{head}\r\n\r\n".encode() + body


@contextmanager
def client(**limits: float) -> Iterator[HttpClient]:
    told = HttpLimits(**limits)  # type: ignore[arg-type]  # counts are whole numbers here
    public = ssl.create_default_context()
    with HttpClient(told, tls=lambda: public, elapsed=time.monotonic) as made:
        yield made


def test_an_answer_has_status_headers_and_body():
    with server(sends(ok(b"hei", "Content-Type: Text/XML; charset=utf-8"))) as url, client() as http:
        answer = http.call("GET", f"{url}/a")
    assert (answer.status, answer.body, answer.media_type()) == (200, b"hei", "text/xml")
    assert b"hei" not in repr(answer).encode()


def test_a_redirect_is_an_answer_and_is_not_followed():
    seen: list[bytes] = []

    def answer(connection: socket.socket, head: bytes) -> None:
        seen.append(head)
        connection.sendall(b"HTTP/1.1 302 Found\r\nlocation: /other\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")

    with server(answer) as url, client() as http:
        assert http.call("GET", f"{url}/a").status == 302
    assert len(seen) == 1


@pytest.mark.parametrize(("size", "fits"), [(100, True), (101, False)])
def test_the_limit_in_bytes_has_two_sides(size: int, fits: bool):
    with server(sends(ok(b"x" * size))) as url, client(answer_bytes=100) as http:
        if fits:
            assert len(http.call("GET", url).body) == size
        else:
            with pytest.raises(HttpTooLarge):
                http.call("GET", url)


def test_no_answer_within_the_deadline_is_slow():
    release = threading.Event()
    with server(lambda connection, _: release.wait(10) and None) as url, client(deadline_seconds=0.1) as http:
        with pytest.raises(HttpTooSlow):
            http.call("GET", url)
        release.set()


def test_an_answer_that_trickles_past_the_deadline_is_slow():
    def trickle(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        try:
            while True:
                connection.sendall(b"x")
                threading.Event().wait(0.02)
        except OSError:
            return

    with server(trickle) as url, client(deadline_seconds=0.2) as http, pytest.raises(HttpTooSlow):
        http.call("GET", url)


def test_a_call_may_state_less_time_but_not_more():
    release = threading.Event()
    with server(lambda connection, _: release.wait(10) and None) as url, client(deadline_seconds=0.1) as http:
        for stated in (0.05, 60.0, 0.0, -1.0):
            with pytest.raises(HttpTooSlow):
                http.call("GET", url, deadline_seconds=stated)
        release.set()


def test_nobody_listening_is_unreachable():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with client() as http, pytest.raises(HttpUnreachable):
        http.call("GET", f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"], ids=["nothing", "half"])
def test_a_connection_lost_before_the_end_is_unreachable(sent: bytes):
    with server(sends(sent)) as url, client() as http, pytest.raises(HttpUnreachable):
        http.call("GET", url)


@pytest.mark.parametrize(
    "sent", [b"SSH-2.0-hei\r\n\r\n", ok(b"not gzip", "content-encoding: gzip")], ids=["not-http", "not-gzip"]
)
def test_what_is_no_http_answer_is_unreadable(sent: bytes):
    with server(sends(sent)) as url, client() as http, pytest.raises(HttpUnreadable):
        http.call("GET", url)


def test_plain_http_where_tls_is_expected_is_unreachable():
    with server(sends(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as url, client() as http, pytest.raises(HttpUnreachable):
        http.call("GET", url.replace("http:", "https:"))


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "127.0.0.1", "http://[::1"])
def test_what_is_no_url_of_ours_is_unreadable(url: str):
    with client() as http, pytest.raises(HttpUnreadable):
        http.call("GET", url)


def test_nothing_of_a_call_is_logged_or_carried_by_an_exception(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    with server(sends(ok(b"hei"))) as url, client(answer_bytes=1) as http, pytest.raises(HttpFailure) as failed:
        http.call("GET", f"{url}/x?secret=13877430111")
    assert "secret" not in caplog.text
    assert (str(failed.value), failed.value.args) == ("", ())


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with server(sends(ok(b"hei"))) as url, client() as http:
        assert http.call("GET", url).body == b"hei"


class _Refused(Exception):
    """What a check of ours raises."""


@pytest.fixture(scope="module")
def own_tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext, bytes]:
    """Contexts of a server and of those who trust it, and its certificate (DER)."""
    now, key = datetime.now(UTC), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + HOUR)
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False)
    certificate = builder.sign(key, hashes.SHA256())
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    pem = certificate.public_bytes(Encoding.PEM)
    file.write_bytes(pem + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(file)
    return ours, ssl.create_default_context(cadata=pem.decode()), certificate.public_bytes(Encoding.DER)


@contextmanager
def tls_server(context: ssl.SSLContext) -> Iterator[tuple[str, list[str]]]:
    """HTTP over TLS with keep-alive; and the paths it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as made:
        made.daemon_threads = True
        made.socket = context.wrap_socket(made.socket, server_side=True)
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"https://127.0.0.1:{made.server_port}", asked
        finally:
            made.shutdown()
            thread.join()


def test_a_server_its_check_refuses_is_sent_nothing(own_tls: tuple[ssl.SSLContext, ssl.SSLContext, bytes]):
    server_side, trusting, der = own_tls
    seen: list[bytes] = []

    def refuses(certificate: bytes) -> None:
        seen.append(certificate)
        raise _Refused

    with tls_server(server_side) as (url, asked):
        with HttpClient(HttpLimits(), tls=lambda: trusting, elapsed=time.monotonic) as http:
            with pytest.raises(_Refused):
                http.call("GET", f"{url}/a", check_server=refuses)
            assert (seen, asked) == ([der], [])
            assert http.call("GET", f"{url}/b", check_server=seen.append).status == 200
        assert asked == ["/b"]


def test_a_connection_kept_open_is_checked_before_anything_more_is_sent(
    own_tls: tuple[ssl.SSLContext, ssl.SSLContext, bytes],
):
    server_side, trusting, der = own_tls
    seen: list[bytes] = []

    def refuses(certificate: bytes) -> None:
        seen.append(certificate)
        raise _Refused

    with (
        tls_server(server_side) as (url, asked),
        HttpClient(HttpLimits(), tls=lambda: trusting, elapsed=time.monotonic) as http,
    ):
        assert http.call("GET", f"{url}/a").status == 200
        with pytest.raises(_Refused):
            http.call("GET", f"{url}/b", check_server=refuses)
        assert (seen, asked) == ([der], ["/a"])
        assert http.call("GET", f"{url}/c", check_server=seen.append).status == 200
        assert (seen, asked) == ([der, der], ["/a", "/c"])


def test_a_context_that_was_replaced_is_used_at_the_next_call_and_old_connections_are_not(
    own_tls: tuple[ssl.SSLContext, ssl.SSLContext, bytes],
):
    server_side, trusting, _ = own_tls
    in_force = [trusting]
    with (
        tls_server(server_side) as (url, asked),
        HttpClient(HttpLimits(), tls=lambda: in_force[0], elapsed=time.monotonic) as http,
    ):
        assert http.call("GET", f"{url}/a").status == 200
        in_force[0] = ssl.create_default_context()
        with pytest.raises(HttpUnreachable):
            http.call("GET", f"{url}/b")
        in_force[0] = trusting
        assert http.call("GET", f"{url}/c").status == 200
    assert asked == ["/a", "/c"]


def test_a_call_under_way_ends_on_the_connection_it_began_with():
    contexts = [ssl.create_default_context(), ssl.create_default_context()]
    in_force = [contexts[0]]
    arrived, go_on = threading.Event(), threading.Event()

    def answer(connection: socket.socket, head: bytes) -> None:
        if head.startswith(b"GET /slow"):
            arrived.set()
            go_on.wait()
        connection.sendall(ok(b"whole"))

    came: list[bytes] = []
    with (
        server(answer) as url,
        server(sends(ok(b""))) as other,
        HttpClient(HttpLimits(), tls=lambda: in_force[0], elapsed=time.monotonic) as http,
    ):
        calling = threading.Thread(target=lambda: came.append(http.call("GET", f"{url}/slow").body))
        calling.start()
        arrived.wait()
        in_force[0] = contexts[1]
        assert http.call("GET", other).status == 200
        go_on.set()
        calling.join()
    assert came == [b"whole"]


def test_without_tls_there_is_no_server_to_check():
    seen: list[bytes] = []
    with server(sends(ok(b""))) as url, client() as http:
        with pytest.raises(HttpUnreachable):
            http.call("GET", url, check_server=seen.append)
        assert http.call("GET", url).status == 200
    assert seen == []


_DRIPS = 20
"""Seconds that a server drips; then it ends its answer, and a call that waited for it has one."""
HASTE = {"connect_seconds": 0.5, "deadline_seconds": 0.5}


def drips(start: bytes, piece: bytes, end: bytes) -> Answerer:
    """An answer whose middle comes again and again."""

    def answer(connection: socket.socket, _head: bytes) -> None:
        connection.settimeout(_DRIPS)
        with suppress(OSError):  # whoever asked has had enough
            connection.sendall(start)
            until = time.monotonic() + _DRIPS
            while time.monotonic() < until:
                connection.sendall(piece)
                time.sleep(0.05)
            connection.sendall(end)

    return answer


_CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
PHASES = {
    "status line": drips(b"HTTP/1.1 200 ", b"O", b"K\r\ncontent-length: 0\r\n\r\n"),
    "header line": drips(b"HTTP/1.1 200 OK\r\na: ", b"b", b"\r\ncontent-length: 0\r\n\r\n"),
    "header lines": drips(b"HTTP/1.1 200 OK\r\n", b"a: b\r\n", b"content-length: 0\r\n\r\n"),
    "answers to come": drips(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", ok(b"")),
    "body": drips(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n", b"x", b""),
    "chunks": drips(_CHUNKED, b"1\r\nx\r\n", b"0\r\n\r\n"),
    "size of a chunk": drips(_CHUNKED + b"1", b";a", b"\r\nx\r\n0\r\n\r\n"),
    "trailers": drips(_CHUNKED + b"0\r\n", b"a: b\r\n", b"\r\n"),
}


@pytest.mark.parametrize("phase", PHASES)
def test_an_answer_that_drips_ends_at_the_deadline_in_every_phase(phase: str):
    with server(PHASES[phase]) as url, client(**HASTE) as http, pytest.raises(HttpTooSlow):
        http.call("GET", url)


def test_a_handshake_that_drips_ends_at_the_deadline():
    handshake = drips(b"\x16\x03\x03\x40\x00", b"\x02", b"")
    with server(handshake) as url, client(**HASTE) as http, pytest.raises(HttpTooSlow):
        http.call("GET", url.replace("http:", "https:"))


def test_a_server_that_takes_no_connection_ends_at_the_deadline():
    with ExitStack() as filling, socket.create_server(("127.0.0.1", 0), backlog=0) as full, client(**HASTE) as http:
        for _ in range(4):
            waiting = filling.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        with pytest.raises(HttpTooSlow):
            http.call("GET", f"http://127.0.0.1:{full.getsockname()[1]}")


def test_a_request_that_nobody_takes_ends_at_the_deadline():
    release = threading.Event()
    with server(lambda connection, _: release.wait(_DRIPS) and None) as url, client(**HASTE) as http:
        with pytest.raises(HttpTooSlow):
            http.call("POST", url, content=bytes(64 * 1024 * 1024))
        release.set()


def test_an_answer_in_pieces_within_the_deadline_is_whole():
    def answer(connection: socket.socket, _head: bytes) -> None:
        for byte in ok(b"hei"):
            connection.sendall(bytes([byte]))

    with server(answer) as url, client() as http:
        assert http.call("GET", url).body == b"hei"


@pytest.mark.parametrize(("size", "fits"), [(1000, True), (1001, False), (200_000, False)])
def test_a_header_has_a_limit_with_two_sides(size: int, fits: bool):
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\na: "
    with server(sends(head + b"b" * (size - len(head) - 4) + b"\r\n\r\n")) as url, client(header_bytes=1000) as http:
        if fits:
            assert http.call("GET", url).status == 200
        else:
            with pytest.raises(HttpTooLarge):
                http.call("GET", url)


def test_the_bytes_of_a_body_are_not_the_headers():
    with server(sends(ok(b"x" * 100_000))) as url, client(header_bytes=1000) as http:
        assert len(http.call("GET", url).body) == 100_000


def test_answers_to_come_without_end_are_too_large():
    with (
        server(sends(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 5000)) as url,
        client() as http,
        pytest.raises(HttpTooLarge),
    ):
        http.call("GET", url)


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate", "br", "zstd", "identity, gzip", "nonsense"])
def test_an_encoding_that_nobody_asked_for_is_unreadable(encoding: str):
    asked: list[bytes] = []

    def answer(connection: socket.socket, head: bytes) -> None:
        asked.append(head)
        connection.sendall(ok(gzip.compress(b"hei"), f"content-encoding: {encoding}"))

    with server(answer) as url, client() as http, pytest.raises(HttpUnreadable):
        http.call("GET", url)
    assert b"accept-encoding: identity\r\n" in asked[0].lower()


@pytest.mark.parametrize("encoding", ["identity", " Identity "])
def test_identity_is_no_encoding(encoding: str):
    with server(sends(ok(b"hei", f"content-encoding: {encoding}"))) as url, client() as http:
        assert http.call("GET", url).body == b"hei"


def test_each_address_of_a_name_is_tried():
    with server(sends(ok(b"hei"))) as url, client() as http:
        assert http.call("GET", url.replace("127.0.0.1", "localhost")).body == b"hei"


@pytest.mark.parametrize(("idle", "connections"), [(60.0, 1), (0.0, 2)])
def test_a_connection_that_waited_too_long_for_its_next_request_is_not_used_again(
    monkeypatch: pytest.MonkeyPatch, idle: float, connections: int
):
    """Servers close what is idle: a request that is sent as they do would be a refusal without a cause."""
    monkeypatch.setattr("gateway.http._IDLE_SECONDS", idle)
    asked: list[tuple[str, int]] = []

    class Kept(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked.append(self.client_address)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Kept) as listening, client() as http:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        try:
            for _ in range(2):
                assert http.call("GET", f"http://127.0.0.1:{listening.server_address[1]}/").status == 200
                time.sleep(0.01)
        finally:
            http.close()
            listening.shutdown()
            thread.join()
    assert len(set(asked)) == connections
