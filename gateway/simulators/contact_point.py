"""An invented country's contact point (country A): one patient, her prescriptions, and a ledger of what was dispensed.

One process, one port, TLS; whoever asks for a person shows a certificate. It answers as OpenNCP 8 and 9 do, and fails
as it is told (``POST /simulator/faults``), which only tests and the demo do. ``GET /simulator/ledger``: what it holds.
"""

import base64
import json
import os
import re
import signal
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from lxml import etree

from gateway import clock
from gateway.simulators import foreign_messages as messages
from gateway.simulators.foreign_ledger import ForeignBank, ForeignRefusal
from trust.xml import ANSWER, parse

_DISPENSE, _DISCARD = "urn:epSOS:ep:dis:2010", "urn:eHDSI:ed:discard:2020"
_FORMAT: Final = "urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d"
_NAMES: Final = {"r": messages.RIM, "x": messages.XDS, "v": messages.V3, "s": messages.SOAP}
_FAULTS: Final = (
    "none",
    "down",
    "before",
    "lost",
    "slow",
    "fault",
    "garbage",
    "contradiction",
    "refuse",
    "closed-early",
)
"""``before``: cut before anything happens; ``lost``: it takes effect and the connection is cut; ``slow``: it takes
effect and answers after ``seconds``; ``fault``, ``garbage`` and ``contradiction``: it takes effect and answers so;
``refuse``: answers ``code`` and nothing happens; ``closed-early``: it stops listing what it did not dispense."""


@dataclass
class ForeignFault:
    """How ITI-41 is misbehaved in, the next ``times`` times."""

    fault: str = "none"
    seconds: float = 0
    code: str = "ERROR_ED_GENERIC"
    times: int = 1_000_000


class _Cut(Exception):
    """The connection is to be cut without an answer."""


class ContactPointSimulator:
    """What it knows and how it fails."""

    def __init__(self, now: Callable[[], datetime], new_id: Callable[[], UUID], bank: ForeignBank) -> None:
        self._now, self._new_id = now, new_id
        self.bank = bank
        self.fault = ForeignFault()
        self._lock = threading.Lock()

    def answer(self, request: bytes) -> bytes:
        """The answer to a SOAP message. Raises _Cut when there is to be none."""
        tree = parse(request, ANSWER)
        body = tree.find(f"{{{messages.SOAP}}}Body")
        assert body is not None
        asked = body[0]
        kind = etree.QName(asked).localname
        own_id = re.search(rb"MessageID[^>]*>([^<]+)<", request)
        return messages.envelope(kind, self._new_id(), own_id[1].decode() if own_id else "", self._body(kind, asked))

    def _body(self, kind: str, asked: etree._Element) -> str:
        created = self._now().strftime("%Y%m%d%H%M%S+0000")[:8] + "000000+0000"
        if kind == "PRPA_IN201305UV02":
            return messages.found(asked)
        if kind == "AdhocQueryRequest":
            shown = [] if self.fault.fault == "closed-early" else self.bank.open()
            return messages.listed(shown, created)
        if kind == "RetrieveDocumentSetRequest":
            unique_id = "".join(_texts(asked, ".//x:DocumentUniqueId/text()")[:1])
            one = next((each for each in self.bank.listed if each.unique_id == unique_id), None)
            return messages.retrieved(unique_id, one, created)
        return self._provided(asked)

    def _provided(self, asked: etree._Element) -> str:
        fault = self._taken_fault()
        if fault.fault == "before":
            raise _Cut
        if fault.fault == "refuse":
            return messages.registry_refusal(fault.code, "recusado")
        answer = self._carried_out(asked)
        if fault.fault == "slow":
            time.sleep(fault.seconds)
        if fault.fault == "lost":
            raise _Cut
        if fault.fault == "fault":
            return messages.fault("org.apache.axis2.AxisFault: timeout")
        if fault.fault == "garbage":
            return "<x/>"
        return messages.registry_contradiction() if fault.fault == "contradiction" else answer

    def _carried_out(self, asked: etree._Element) -> str:
        # KE: which operation it is, the format of the first ExtrinsicObject says, exactly
        formats = _texts(
            asked, f".//r:ExtrinsicObject[1]/r:Classification[@classificationScheme='{_FORMAT}']/@nodeRepresentation"
        )
        operation = {_DISPENSE: "dispense", _DISCARD: "discard"}.get(formats[0] if formats else "")
        if operation is None:
            return messages.registry_refusal("4202", "Unknown document")
        content = "".join(_texts(asked, ".//x:Document[1]//text()"))
        try:
            self.bank.take(operation, _decoded(content))
        except ForeignRefusal as refusal:
            return messages.registry_refusal(refusal.code, refusal.words)
        return messages.registry_response()

    def _taken_fault(self) -> ForeignFault:
        with self._lock:
            fault = self.fault
            if fault.times < 1:
                return ForeignFault()
            fault.times -= 1
            return ForeignFault(fault.fault, fault.seconds, fault.code)

    def order(self, wanted: dict[str, Any]) -> bool:
        """Put a fault in force; whether there is one of that name."""
        made = ForeignFault(**wanted)
        if made.fault not in _FAULTS:
            return False
        with self._lock:
            self.fault = made
        return True


def main(  # noqa: PLR0913 - one argument per option of the command line
    host: str,
    port: int,
    tls_certificate: Path,
    tls_key: Path,
    trust: Path,
    ready_file: Path | None,
    *,
    idempotent: bool,
    further: int,
) -> None:
    """Serve until SIGTERM or SIGINT, then return. ``trust``: who may ask. ``ready_file`` as `national.main`."""
    simulator = ContactPointSimulator(clock.now, clock.new_id, ForeignBank(clock.now, idempotent, further))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls_certificate, tls_key)
    context.load_verify_locations(trust)
    context.verify_mode = ssl.CERT_OPTIONAL
    with _ContactPointServer((host, port), _handler(simulator)) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
        if ready_file is not None:
            written = ready_file.with_name(f"{ready_file.name}.new")
            base_url = f"https://{host}:{server.server_port}"
            written.write_text(json.dumps({"version": 1, "base_url": base_url, "pid": os.getpid()}), encoding="utf-8")
            written.replace(ready_file)
        server.serve_forever(0.05)


class _ContactPointServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: what the other side made of a connection is its own affair."""


def _handler(simulator: ContactPointSimulator) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # header and body leave together
        timeout = 120

        def do_GET(self) -> None:
            self._send(200, "application/json", json.dumps(simulator.bank.ledger()).encode())

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length", "0")))
            if self.path == "/simulator/faults":
                self._send(204 if simulator.order(json.loads(content)) else 400, "application/json", b"")
            elif self.path == "/simulator/reset":
                simulator.bank.forget()
                simulator.order({"fault": "none"})
                self._send(204, "application/json", b"")
            elif not self.connection.getpeercert():
                self._send(403, "text/plain", b"a certificate")
            elif simulator.fault.fault == "down":
                self._send(503, "text/plain", b"")
            else:
                try:
                    answer = simulator.answer(content)
                except _Cut:
                    self.close_connection = True
                    return
                self._send(200, "application/soap+xml; charset=UTF-8", answer)

        def _send(self, status: int, media_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", media_type)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: a request names a patient."""

    return Handler


def _texts(element: etree._Element, path: str) -> list[str]:
    found = element.xpath(path, namespaces=_NAMES)
    assert isinstance(found, list)
    return [str(one).strip() for one in found]


def _decoded(text: str) -> bytes:
    return base64.b64decode("".join(text.split()))
