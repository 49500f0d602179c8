"""The national simulator as a child process for tests, its control plane, and a small HTTP client.

Import ``national`` and ``national_process`` from here for the fixtures; ``running`` is the same by hand.
"""

import http.client
import json
import signal
import ssl
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from joserfc.jwk import ECKey

from gateway.demonstration.readiness import Starting, await_ready
from gateway.simulators.national import main
from tests.support.nodes.launched import Launched, forked

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "samples"
CLIENT_ID = "ncpeh-under-test"


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Simulator:
    """A running simulator. ``client_key``: private key of HelseID client ``CLIENT_ID``, also in ``client_key_file``."""

    base_url: str
    client_key: ECKey = field(repr=False)
    client_key_file: Path
    process: Launched
    log: Path
    """What it printed."""
    tls: ssl.SSLContext | None = None

    def send(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """One request on a connection of its own."""
        at = urlsplit(self.base_url)
        host, port = str(at.hostname), at.port
        if self.tls is None:
            connection = http.client.HTTPConnection(host, port, timeout=180)
        else:
            connection = http.client.HTTPSConnection(host, port, timeout=180, context=self.tls)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            return Answer(answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def calls(self) -> list[dict[str, str]]:
        """Every call since the last reset, in order."""
        calls: list[dict[str, str]] = self.send("GET", "/simulator/calls").json()
        return calls

    def made(self, *, tokens: bool = False) -> list[str]:
        """Calls as ``service/operation``; HelseID only when asked for."""
        return [
            f"{call['service']}/{call['operation']}" for call in self.calls() if tokens or call["service"] != "helseid"
        ]

    def reset(self) -> None:
        """Forget calls, faults and messages."""
        assert self.send("POST", "/simulator/reset").status == 204

    def fault(
        self, service: str, fault: str, seconds: float = 0, *, code: str | None = None, operation: str | None = None
    ) -> None:
        """Make a service misbehave until the next reset or ``none``; ``code``: why it rejects (list 7419)."""
        ordered = {"service": service, "fault": fault, "seconds": seconds, "code": code, "operation": operation}
        body = json.dumps(ordered).encode()
        assert self.send("POST", "/simulator/faults", {"content-type": "application/json"}, body).status == 204


def identifier_of(person: str, samples: Path = SAMPLES) -> str:
    """The number in use of a sample person."""
    known = json.loads((samples / "persons" / person / "person.json").read_text(encoding="utf-8"))
    (number,) = [
        entry["identificationNumber"] for entry in known["norwegianIdentificationNumber"] if entry["status"] == "InUse"
    ]
    return str(number)


def _simulate(*arguments: Any) -> None:
    """In the new process."""
    warnings.simplefilter("error")
    main(*arguments)


@contextmanager
def running(
    folder: Path, *, samples: Path = SAMPLES, tls: tuple[Path, Path] | None = None, trusts: Path | None = None
) -> Iterator[Simulator]:
    """A simulator with its files in ``folder``; ``tls``: certificate and key, ``trusts``: what the client trusts."""
    key = ECKey.generate_key("P-256", {"kid": "test-client-1", "use": "sig", "alg": "ES256"})
    key_file, jwks, ready = (folder / name for name in ("client.jwk", "clients.jwks", "national.json"))
    key_file.write_text(json.dumps(key.as_dict(private=True)), encoding="utf-8")
    jwks.write_text(json.dumps({"keys": [key.as_dict(private=False)]}), encoding="utf-8")
    certificate, private = tls or (None, None)
    log = folder / "log"
    process = forked(_simulate, (samples, "127.0.0.1", 0, certificate, private, jwks, ready), log)
    try:
        base_url = json.loads(await_ready(Starting(process, ready, log)))["base_url"]
        context = ssl.create_default_context(cafile=str(trusts)) if trusts else None
        yield Simulator(base_url, key, key_file, process, log, context)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(timeout=180)


@pytest.fixture(scope="module")
def national_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """One simulator for a module."""
    with running(tmp_path_factory.mktemp("national")) as simulator:
        yield simulator


@pytest.fixture
def national(national_process: Simulator) -> Simulator:
    """The module's simulator, reset. Import ``national_process`` beside it."""
    national_process.reset()
    return national_process
