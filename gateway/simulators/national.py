"""The national simulator: HelseID, Persontjenesten, PVK, kritisk informasjon; Reseptformidleren, SYSVAK behind EDI 2.0.

One process, one port on loopback, HTTP or HTTPS. It speaks the real protocols and shares no code with the adapters;
tests and the demo start it. It logs no identifier and prints nothing.
"""

import json
import os
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import uvicorn
from fastapi import FastAPI

from gateway import clock
from gateway.simulators.calls import CallLog, control_plane
from gateway.simulators.critical_information import critical_information
from gateway.simulators.door import Door, no_numbers_in_urls
from gateway.simulators.edi import Post, PostOffice, message_hub
from gateway.simulators.helseid import SimulatedHelseId, TokenIssuer, read_clients, token_service
from gateway.simulators.messages import RECEIVERS, Desk
from gateway.simulators.persontjenesten import person_register
from gateway.simulators.prescription_bank import Bank
from gateway.simulators.prescription_ledger import prescription_ledger
from gateway.simulators.pvk import privacy_component
from gateway.simulators.refusal import CallRefused, answer_refused
from gateway.simulators.samples import Samples
from gateway.simulators.schemas import OfficialSchemas


@dataclass(frozen=True, slots=True)
class SimulatorSettings:
    """What the simulated services are made of."""

    samples: Path
    base_url: str
    client_jwks: str
    artefacts: Path | None
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]


def application(settings: SimulatorSettings) -> FastAPI:
    """The ASGI application."""
    samples = Samples(settings.samples)
    call_log = CallLog(settings.now)
    issuer = TokenIssuer(
        f"{settings.base_url}/helseid", read_clients(settings.client_jwks), settings.now, settings.new_id
    )
    helseid = SimulatedHelseId(issuer)
    door = Door(helseid, call_log, settings.base_url)
    schemas = OfficialSchemas(settings.artefacts)
    bank = Bank(samples)
    office = PostOffice(Post(Desk(samples, bank), schemas, call_log, settings.now, settings.new_id))

    def forget() -> None:
        helseid.forget()
        office.forget()

    app = FastAPI(title="Simulated national services", openapi_url=None)
    app.add_exception_handler(CallRefused, answer_refused)
    app.middleware("http")(no_numbers_in_urls(call_log))
    for router in (
        token_service(helseid, call_log, settings.base_url),
        person_register(door, samples),
        privacy_component(door, samples, call_log),
        critical_information(door, samples),
        message_hub(door, office, call_log),
        control_plane(call_log, {one.service: one.types for one in RECEIVERS.values()}, forget),
        prescription_ledger(bank),
    ):
        app.include_router(router)
    return app


class _SimulatorServer(uvicorn.Server):
    """Says that it is ready once it answers."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start serving, then say so."""
        await super().startup(sockets)
        if self.started:
            self._ready()


def main(  # noqa: PLR0913 - one argument per option of the command line
    samples: Path,
    host: str,
    port: int,
    tls_certificate: Path | None,
    tls_key: Path | None,
    client_jwks: Path,
    ready_file: Path | None,
) -> None:
    """Serve until SIGTERM or SIGINT, then return.

    ``port`` 0 takes a free one. ``client_jwks``: public keys of HelseID's registered clients. ``ready_file`` appears by
    rename once the process answers: ``{"version": 1, "base_url", "pid"}``. Messages are validated against the official
    schemas when ``NCPEH_ARTEFACTS`` names their folder.
    """
    artefacts = os.environ.get("NCPEH_ARTEFACTS")
    with socket.create_server((host, port), backlog=128) as listening:
        scheme = "http" if tls_certificate is None else "https"
        base_url = f"{scheme}://{host}:{listening.getsockname()[1]}"
        settings = SimulatorSettings(
            samples=samples,
            base_url=base_url,
            client_jwks=client_jwks.read_text(encoding="utf-8"),
            artefacts=Path(artefacts) if artefacts else None,
            now=clock.now,
            new_id=clock.new_id,
        )
        config = uvicorn.Config(
            application(settings),
            log_config=None,
            access_log=False,
            lifespan="off",
            ssl_certfile=tls_certificate,
            ssl_keyfile=tls_key,
            timeout_graceful_shutdown=1,
        )
        if threading.current_thread() is threading.main_thread():
            # uvicorn ends on these and then raises them again: by then there is nothing left to end.
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda _number, _frame: None)
        _SimulatorServer(config, lambda: _say_ready(ready_file, base_url)).run(sockets=[listening])


def _say_ready(ready_file: Path | None, base_url: str) -> None:
    if ready_file is None:
        return
    written = ready_file.with_name(f"{ready_file.name}.new")
    written.write_text(json.dumps({"version": 1, "base_url": base_url, "pid": os.getpid()}), encoding="utf-8")
    written.replace(ready_file)
