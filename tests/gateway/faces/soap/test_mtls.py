"""Real handshakes on loopback: who gets past them, and what the application is told of who did."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from gateway.faces.soap.mtls import MutualTlsProtocol, client_certificate, use
from tests.support.callers.pki import NOW, pki, strangers_context
from tests.support.callers.pki import tls_files as files
from trust import pki_layout as layout
from trust.certificates import CertificateUse
from trust.errors import CertificateKindForbidden
from trust.pki_layout import Bad, Credential
from trust.tls import client_context, peer_identity, server_context

ContextFactory = Callable[[uvicorn.Config, Callable[[], ssl.SSLContext]], ssl.SSLContext]
VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@dataclass
class Listener:
    """A uvicorn of ours on a free port, and what its application saw."""

    port: int = 0
    scopes: list[dict[str, Any]] = field(default_factory=list)

    async def app(self, scope: Scope, _receive: Receive, send: Send) -> None:
        self.scopes.append(dict(scope))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})


@contextmanager
def listening(factory: ContextFactory | None) -> Iterator[Listener]:
    listener = Listener()
    config = uvicorn.Config(
        listener.app,
        interface="asgi3",
        proxy_headers=False,
        http=MutualTlsProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        ssl_context_factory=factory,
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening_socket:
        listener.port = listening_socket.getsockname()[1]
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening_socket])))
        thread.start()
        try:
            yield listener
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def norway() -> Iterator[Listener]:
    with listening(use(server_context(files(layout.tls_server("NO"))))) as listener:
        yield listener


@contextmanager
def connected(
    port: int, context: ssl.SSLContext, host: str = "localhost", session: ssl.SSLSession | None = None
) -> Iterator[ssl.SSLSocket]:
    with (
        closing(socket.create_connection(("127.0.0.1", port), timeout=180)) as plain,
        context.wrap_socket(plain, server_hostname=host, session=session) as secured,
    ):
        yield secured


def ask(secured: ssl.SSLSocket) -> bytes:
    secured.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    answer = b""
    while not answer.endswith(b"ok"):
        received = secured.recv(4096)
        assert received, "the server closed the connection"
        answer += received
    return answer


def get(port: int, context: ssl.SSLContext, host: str = "localhost") -> bytes:
    with connected(port, context, host) as secured:
        return ask(secured)


def assert_refused(listener: Listener, context: ssl.SSLContext) -> None:
    """The connection ends before anything was answered, and the application was not called.

    The server's event loop closes without sending OpenSSL's alert; tests/trust/test_tls.py looks at the reasons.
    """
    before = len(listener.scopes)
    with pytest.raises((ssl.SSLError, ConnectionError)), connected(listener.port, context) as secured:
        secured.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        if secured.recv(4096) == b"":
            raise ConnectionResetError
    assert len(listener.scopes) == before


@pytest.mark.parametrize("version", VERSIONS)
def test_application_sees_the_certificate_the_client_showed(norway: Listener, version: ssl.TLSVersion) -> None:
    assert get(norway.port, strangers_context(layout.tls_client("PT"), version)).startswith(b"HTTP/1.1 200")

    scope = norway.scopes[-1]
    assert client_certificate(scope) == pki().der(layout.tls_client("PT"))
    tls = scope["extensions"]["tls"]
    assert tls["tls_version"] == {"TLSv1_2": "TLSv1.2", "TLSv1_3": "TLSv1.3"}[version.name]
    assert "GCM" in tls["cipher_suite"] or "CHACHA20" in tls["cipher_suite"]


def test_every_request_of_a_connection_carries_the_certificate(norway: Listener) -> None:
    before = len(norway.scopes)

    with connected(norway.port, strangers_context(layout.tls_client("NO"))) as secured:
        for _ in range(3):
            ask(secured)

    expected = pki().der(layout.tls_client("NO"))
    assert [client_certificate(scope) for scope in norway.scopes[before:]] == [expected] * 3


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "credential",
    [
        pytest.param(None, id="none"),
        pytest.param(Bad.TLS_CLIENT_EXPIRED.credential, id="expired"),
        pytest.param(Bad.TLS_CLIENT_NOT_YET_VALID.credential, id="not-yet-valid"),
        pytest.param(Bad.TLS_CLIENT_REVOKED.credential, id="revoked"),
        pytest.param(Bad.TLS_CLIENT_FOREIGN_CA.credential, id="foreign-ca"),
        pytest.param(layout.tls_server("PT"), id="server-certificate"),
        pytest.param(layout.seal("PT"), id="seal"),
        pytest.param(layout.FIELD_SEAL, id="field-seal"),
    ],
)
def test_refuses_client_certificate_in_the_handshake(
    norway: Listener, version: ssl.TLSVersion, credential: Credential | None
) -> None:
    assert_refused(norway, strangers_context(credential, version))


def test_plain_certificate_of_our_authority_passes_openssl_and_is_refused_by_the_application(norway: Listener) -> None:
    get(norway.port, strangers_context(Bad.TLS_CLIENT_PLAIN.credential))

    der = client_certificate(norway.scopes[-1])
    assert der is not None
    with pytest.raises(CertificateKindForbidden):
        peer_identity(der, CertificateUse.TLS_CLIENT, pki().verifier(), NOW)


def test_peer_identity_names_the_country_of_the_client(norway: Listener) -> None:
    get(norway.port, strangers_context(layout.tls_client("PT")))

    der = client_certificate(norway.scopes[-1])
    assert der is not None
    assert peer_identity(der, CertificateUse.TLS_CLIENT, pki().verifier(), NOW).certificate.country == "PT"


def test_a_resumed_session_still_carries_the_certificate(norway: Listener) -> None:
    context = strangers_context(layout.tls_client("PT"), ssl.TLSVersion.TLSv1_2)
    with connected(norway.port, context) as first:
        first.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        while first.recv(4096):
            pass
        session = first.session

    with connected(norway.port, context, session=session) as secured:
        assert secured.session_reused
        ask(secured)

    assert client_certificate(norway.scopes[-1]) == pki().der(layout.tls_client("PT"))


def test_connection_without_client_certificate_gets_no_answer_even_if_a_context_lets_it_in() -> None:
    def careless(_config: object, _default: object) -> ssl.SSLContext:
        context = server_context(files(layout.tls_server("NO")))
        context.verify_mode = ssl.CERT_NONE
        return context

    with listening(careless) as listener:
        assert_refused(listener, strangers_context(None))


def test_plain_http_to_the_protocol_gets_no_answer() -> None:
    with (
        listening(None) as listener,
        closing(socket.create_connection(("127.0.0.1", listener.port), timeout=180)) as plain,
    ):
        with pytest.raises(ConnectionError):
            plain.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            if plain.recv(4096) == b"":
                raise ConnectionResetError
        assert listener.scopes == []


def test_scope_of_another_listener_has_no_client_certificate() -> None:
    assert client_certificate({"type": "http"}) is None
    assert client_certificate({"type": "http", "extensions": {"tls": {}}}) is None
    assert client_certificate({"type": "http", "extensions": {"tls": {"client_cert_der": b"der"}}}) == b"der"


def test_client_of_ours_reaches_the_server_it_verified(norway: Listener) -> None:
    assert get(norway.port, client_context(files(layout.tls_client("PT")))).startswith(b"HTTP/1.1 200")
