"""The peer's certificate, from the socket to the application: uvicorn gives none by itself.

Keys of ``scope["extensions"]["tls"]`` follow the draft ASGI TLS extension where it has a name for the thing, so that
this can go when the server ships it. The handshake verified the certificate (trust/tls.py), the application does again;
its country is read there, in `trust/certificates.py`.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

TlsExtension = dict[object, object]
"""What the handshake settled: ``client_cert_der`` (bytes), ``tls_version`` (``TLSv1.2``, …), ``cipher_suite``."""


class MutualTlsProtocol(HttpToolsProtocol):
    """uvicorn's ``http=``: a connection without a client certificate is dropped before it says a word."""

    tls: TlsExtension | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in the class we extend
        """Keep what the handshake settled, or drop the connection."""
        super().connection_made(transport)
        secured: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
        der = secured.getpeercert(binary_form=True) if secured is not None else None
        if secured is None or der is None:
            transport.abort()
            return
        cipher = secured.cipher()
        self.tls = {
            "client_cert_der": der,
            "tls_version": secured.version(),
            "cipher_suite": cipher[0] if cipher else None,
        }

    def on_message_begin(self) -> None:
        """Each request of the connection carries it."""
        super().on_message_begin()
        if self.tls is not None:
            self.scope["extensions"] = {"tls": self.tls}


def client_certificate(scope: Mapping[str, Any]) -> bytes | None:
    """DER of the certificate the peer showed, None when the listener is not `MutualTlsProtocol`'s."""
    der = scope.get("extensions", {}).get("tls", {}).get("client_cert_der")
    return der if isinstance(der, bytes) else None


def use(context: ssl.SSLContext) -> Callable[[Config, Callable[[], ssl.SSLContext]], ssl.SSLContext]:
    """uvicorn's ``ssl_context_factory=``: our server context, never uvicorn's."""
    return lambda _config, _default: context
