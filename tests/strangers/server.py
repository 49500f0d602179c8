"""Another country's contact point that answers with given bytes: stdlib TLS with a client certificate required."""

import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Script:
    """What is answered next, and the request that came. ``@MESSAGE-ID@`` in the body becomes the request's."""

    status = 200
    content_type = "application/soap+xml; charset=UTF-8"
    body = b""
    delay = 0.0
    received = b""
    answer: Callable[[bytes], bytes] | None = None
    """Makes the body of each request, in place of ``body``."""


@contextmanager
def answering(
    certificate: Path, key: Path, authorities: Path, script: Script, address: str = "127.0.0.1"
) -> Iterator[str]:
    """Base URL of a server that answers every POST as the script says."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # header and body leave together

        def do_POST(self):
            script.received = self.rfile.read(int(self.headers.get("content-length", "0")))
            own_id = re.search(rb"MessageID[^>]*>([^<]+)<", script.received)
            body = script.body if script.answer is None else script.answer(script.received)
            body = body.replace(b"@MESSAGE-ID@", own_id[1]) if own_id else body
            time.sleep(script.delay)
            self.send_response(script.status)
            self.send_header("content-type", script.content_type)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.load_verify_locations(authorities)
    context.verify_mode = ssl.CERT_REQUIRED
    server = _Server((address, 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"https://{address}:{server.server_port}/services/X"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A handshake that the caller refuses is what some tests are about."""
