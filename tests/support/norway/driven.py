"""Norway's services in this process on a driven clock: the real adapters ask the real simulator, over no socket.

Each call moves the clock by what its service takes; nothing waits. What was asked is in the simulator's ledger.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI
from joserfc.jwk import ECKey

from gateway.exchange.ports import CountryOfAffiliation, Doors, IdentityPolicy
from gateway.http import HttpAnswer, HttpTooSlow, HttpUnreachable
from gateway.national.doors import NationalDoors, Surroundings, open_doors
from gateway.national.settings import read_national
from gateway.simulators.national import SimulatorSettings, application
from tests.support.callers.assertions import Ids
from tests.support.callers.verified import NOW
from tests.support.norway.doors import SENSITIVE, SYSTEMS, national_table
from tests.support.norway.in_memory import MemoryShelf
from tests.support.norway.mail import MailInMemory
from tests.support.norway.signing import seals_of
from tests.support.norway.simulator import CLIENT_ID, SAMPLES

BASE = "http://127.0.0.1:1"
DEADLINE = 8.0
_SERVICES = {
    "/helseid": "helseid",
    "/persontjenesten": "persontjenesten",
    "/pvk": "pvk",
    "/kritisk-informasjon/v1/status": "kritisk-informasjon-status",
}


@dataclass
class DrivenTime:
    """Seconds, moved by who takes them."""

    at: float = 0.0

    def elapsed(self) -> float:
        """Now."""
        return self.at

    async def pause(self, seconds: float) -> None:
        """Waits for nobody."""
        self.at += seconds


@dataclass
class DrivenHttp:
    """The simulator as an HTTP port. ``takes``: seconds of each service; ``dead``: services that give no answer."""

    app: FastAPI
    time: DrivenTime
    takes: dict[str, float] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    """Method and path of each call, of dead services too."""

    def call(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, content: bytes | None = None,
        deadline_seconds: float | None = None,
    ) -> HttpAnswer:  # fmt: skip
        """The simulator's answer, once its time has passed."""
        at = urlsplit(url)
        path, asked = at.path, f"{at.path}?{at.query}"
        self.asked.append(f"{method} {path}")
        service = next((name for prefix, name in _SERVICES.items() if path.startswith(prefix)), "")
        seconds, most = self.takes.get(service, 0.01), deadline_seconds or DEADLINE
        self.time.at += min(seconds, most)
        if service in self.dead:
            raise HttpUnreachable
        if seconds >= most:
            self.ask(method, asked, headers, content)  # it was asked, and answers nobody
            raise HttpTooSlow
        return self.ask(method, asked, headers, content)

    def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, content: bytes | None = None
    ) -> HttpAnswer:
        """One request to the simulator, now; ``path`` may have a query."""
        return asyncio.run(self._asked(method, path, headers or {}, content or b""))

    async def _asked(self, method: str, path: str, headers: Mapping[str, str], content: bytes) -> HttpAnswer:
        path, _, query = path.partition("?")
        named = {"host": urlsplit(BASE).netloc, "content-length": str(len(content)), **headers}
        scope = {
            "type": "http", "http_version": "1.1", "method": method, "scheme": "http", "path": path,
            "raw_path": path.encode(), "query_string": query.encode(),
            "server": ("127.0.0.1", 1), "client": ("127.0.0.1", 2),
            "headers": [(name.lower().encode(), value.encode()) for name, value in named.items()],
        }  # fmt: skip
        coming: list[dict[str, Any]] = [{"type": "http.request", "body": content}]
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return coming.pop() if coming else await asyncio.Future()

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)  # type: ignore[arg-type]  # dictionaries, as ASGI has them
        received = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return HttpAnswer(sent[0]["status"], received, b"".join(part.get("body", b"") for part in sent[1:]))

    def fault(self, service: str, fault: str) -> None:
        """The simulator's own faults: ``down``, ``nonsense``, ``denied``."""
        ordered = json.dumps({"service": service, "fault": fault}).encode()
        assert self.ask("POST", "/simulator/faults", {}, ordered).status == 204

    def calls(self) -> list[str]:
        """The ledger, tokens too, as ``service/operation``."""
        made = json.loads(self.ask("GET", "/simulator/calls").body)
        return [f"{call['service']}/{call['operation']}" for call in made]


@dataclass(frozen=True)
class DrivenSimulator:
    """The simulator, and the key it knows its client by."""

    app: FastAPI
    key_file: Path


def driven_simulator(folder: Path, now: datetime = NOW) -> DrivenSimulator:
    """A simulator whose wall clock stands still. ``folder`` takes the client's key."""
    key = ECKey.generate_key("P-256", {"kid": "driven", "use": "sig", "alg": "ES256"})
    key_file = folder / "client.jwk"
    key_file.write_text(json.dumps(key.as_dict(private=True)), encoding="utf-8")
    jwks = json.dumps({"keys": [key.as_dict(private=False)]})
    return DrivenSimulator(application(SimulatorSettings(SAMPLES, BASE, jwks, None, lambda: now, Ids())), key_file)


def driven_norway(simulator: DrivenSimulator, now: datetime = NOW) -> tuple[CountryOfAffiliation, DrivenHttp]:
    """A country whose doors are the real adapters, with no token yet, and what drives it. The simulator begins anew."""
    http = DrivenHttp(simulator.app, DrivenTime())
    assert http.ask("POST", "/simulator/reset").status == 204
    known = read_national(national_table(BASE, simulator.key_file, CLIENT_ID))
    around = Surroundings(
        http=http, now=lambda: now, new_id=Ids(), elapsed=http.time.elapsed, pause=lambda _: None,
        deadline_seconds=DEADLINE, systems=SYSTEMS, sensitive=SENSITIVE, key_file=simulator.key_file,
        mail=MailInMemory(), **seals_of(known),
    )  # fmt: skip
    return _country(open_doors(known, around)), http


def _country(doors: NationalDoors) -> CountryOfAffiliation:
    opened = Doors(
        doors.person_register, doors.privacy_services, doors.critical_information, doors.medicines, doors.vaccinations
    )
    unavailable = {"critical-information": "refuse", "medicines": "section", "vaccinations": "section"}
    return CountryOfAffiliation(opened, IdentityPolicy(True, True, unavailable), MemoryShelf())
