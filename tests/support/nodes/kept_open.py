"""A peer that keeps its connection: what a node does to those that are there when something changes."""

import http.client
import ssl
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.support.nodes.node import Abroad, Came, read
from trust import pki_layout
from trust.pki_layout import Credential


@dataclass
class KeptOpen(Abroad):
    """Portugal over one connection, made at the first request and again when the node closed it."""

    connection: http.client.HTTPSConnection | None = field(default=None, repr=False)

    def post(self, service: str, content: bytes, client: Credential | None, **headers: str) -> Came:
        """Any bytes to a service; ``status`` 0 when the connection ended without an answer."""
        at = urlsplit(self.world.url(self.node, service))
        sent = {"content-type": "application/soap+xml; charset=UTF-8", **headers}
        if self.connection is None:
            context = self.context(client or pki_layout.tls_client("PT"))
            self.connection = http.client.HTTPSConnection(str(at.hostname), at.port, timeout=180, context=context)
        try:
            self.connection.request("POST", at.path, content, sent)
            answer = self.connection.getresponse()
            received = answer.status, answer.getheader("content-type", ""), answer.read()
        except (ssl.SSLError, ConnectionError, http.client.RemoteDisconnected):
            self.close()
            return Came(0)
        self.sent += 1
        return read(*received)

    def port(self) -> int:
        """Our end's port: another one is another connection; 0 when there is none."""
        sock = None if self.connection is None else self.connection.sock
        return 0 if sock is None else int(sock.getsockname()[1])

    def shown(self) -> bytes:
        """The certificate that the node showed on this connection, DER."""
        assert self.connection is not None
        assert isinstance(self.connection.sock, ssl.SSLSocket)
        return self.connection.sock.getpeercert(binary_form=True) or b""

    def close(self) -> None:
        """End the connection."""
        if self.connection is not None:
            self.connection.close()
        self.connection = None
