"""A central terminology server on loopback: login by form, catalogue, entries by page, as OpenNCP's sync client asks.

What it holds is given; it shares no code with the adapter it stands against.
"""

import json
import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Concepts = Sequence[Mapping[str, Any]]


class TerminologyServer(ThreadingHTTPServer):
    """Holds value sets by OID: version and concepts. One user may log in."""

    daemon_threads = True

    def __init__(self, value_sets: Mapping[str, tuple[str, Concepts]], user: str, password: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.value_sets = value_sets
        self.credentials = {"username": [user], "password": [password]}
        self.sessions: set[str] = set()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def serving(
    value_sets: Mapping[str, tuple[str, Concepts]],
    user: str = "no",
    password: str = "secret",
) -> Iterator[TerminologyServer]:
    """The server, answering until the block ends."""
    with TerminologyServer(value_sets, user, password) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: TerminologyServer

    def do_POST(self) -> None:
        """Log in."""
        form = parse_qs(self.rfile.read(int(self.headers.get("content-length", "0"))).decode())
        if urlsplit(self.path).path != "/login":
            self._answer(404, {})
        elif form != self.server.credentials:
            self._answer(302, {}, Location="/login?error")
        else:
            session = secrets.token_hex(8)
            self.server.sessions.add(f"JSESSIONID={session}")
            self._answer(302, {}, Location="/", Set_Cookie=f"JSESSIONID={session}; Path=/; HttpOnly")

    def do_GET(self) -> None:
        """Catalogue or entries, to who has logged in."""
        at = urlsplit(self.path)
        match at.path.strip("/").split("/"):
            case _ if self.headers.get("cookie") not in self.server.sessions:
                self._answer(302, {}, Location="/login")
            case ["api", "sync", "valuesetcatalog"]:
                self._answer(200, self._catalogue())
            case ["api", "sync", "valueset", oid, "valuesetdefinition", version, "entries"]:
                asked = parse_qs(at.query)
                self._entries(oid, version, int(asked["page"][0]), int(asked["maxtoreturn"][0]))
            case _:
                self._answer(404, {})

    def _catalogue(self) -> dict[str, Any]:
        versions = [
            {"valueSet": {"id": oid, "name": f"name of {oid}"}, "versionId": version, "previousVersionId": None}
            for oid, (version, _) in self.server.value_sets.items()
        ]
        return {"name": "simulated catalogue", "valueSetVersions": versions}

    def _entries(self, oid: str, version: str, page: int, most: int) -> None:
        known, concepts = self.server.value_sets.get(oid, ("", ()))
        if known != version or page < 0:
            self._answer(404, {})
        else:
            self._answer(200, list(concepts[page * most : (page + 1) * most]))

    def _answer(self, status: int, value: object, **headers: str) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name.replace("_", "-"), text)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name http.server calls
        """Say nothing."""
