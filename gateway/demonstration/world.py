"""The demo's world: one folder with a PKI, a simulator of the Norwegian services and two nodes, each its own process.

Everything is on loopback and below the folder. `demo.json` is all a client of one's own needs; its format is public.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from gateway.configuration.settings import Settings, load
from gateway.configuration.shipped import shipped
from gateway.demonstration.readiness import NotReadyError, StartedProcess, Starting, await_ready
from gateway.demonstration.toml import merged, read_toml, write_toml
from gateway.faces.soap.face import SERVICES
from gateway.store.keys import KeyRing
from gateway.store.migrate import migrate
from trust import pki_layout
from trust.pki import KeyMaker, development_pki, new_rsa_key

COUNTRIES = ("NO", "PT")
HOME = {"NO": "2.16.578.1.12.4.5.10.1", "PT": "2.16.17.710.820.1000.990.1"}
_STOP_SECONDS = 15
_CLIENTS_TRUST = "demo-clients.pem"


class WorldError(Exception):
    """A process did not start; the text says why, names its log and ends with the log's last lines."""


Launch = Callable[[Sequence[str], Mapping[str, str], Path], StartedProcess]
"""Starts `ncpeh` with arguments and a whole environment; what it prints goes to a file."""


def launch_command(arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> StartedProcess:
    """A new interpreter."""
    command = [sys.executable, "-c", "from gateway.cli.main import run; run()", *arguments]
    with log.open("wb") as stream:
        return subprocess.Popen(  # noqa: S603 - our own command with paths of our own making
            command, env=environment, stdout=stream, stderr=stream, stdin=subprocess.DEVNULL
        )


@dataclass
class World:
    """The folder, its processes and where they answer."""

    folder: Path
    processes: dict[str, StartedProcess] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    simulator: str = ""
    norway: Mapping[str, str] = field(default_factory=dict)
    """More of the Norwegian node's environment, e.g. another database."""
    launch: Launch = launch_command

    def pki(self, name: str) -> Path:
        """A file of the PKI by its name in `trust.pki_layout`."""
        return self.folder / "pki" / name

    def environment(self, country: str) -> dict[str, str]:
        """What a process needs to be that country's node."""
        home = self.folder / country
        more = self.norway if country == "NO" else {}
        return {"NCPEH_STATE": str(home), "NCPEH_CONFIG": str(home / "config"), **more}

    def settings(self, country: str) -> Settings:
        """That country's settings, read as its node reads them."""
        return load(self.environment(country))

    def url(self, country: str, service: str) -> str:
        """Where a country's service answers."""
        return f"https://127.0.0.1:{self.ports[country]}{SERVICES[service]}"

    def stop(self) -> None:
        """End every process that was started, the last one first."""
        for process in reversed(self.processes.values()):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in reversed(self.processes.values()):
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def build_world(
    folder: Path,
    now: datetime,
    norway: Mapping[str, str] | None = None,
    new_key: KeyMaker = new_rsa_key,
    launch: Launch = launch_command,
    nodes: Sequence[str] = COUNTRIES,
) -> World:
    """Set everything up and start it. Raises WorldError; what was started is then stopped.

    ``nodes``: countries whose node is started; Norway's is set up in any case, another's if it is started.
    """
    world = World(folder, norway=norway or {}, launch=launch)
    _write_pki(world, now, new_key)
    try:
        world.simulator = _start_simulator(world)
        for country in COUNTRIES:
            if country != "NO" and country not in nodes:
                continue
            _configure(world, country, now.date())
            migrate(world.settings(country).store_url())
            if country in nodes:
                start_node(world, country)
    except BaseException:
        world.stop()
        raise
    return world


def write_demo_file(world: World, persons: list[dict[str, Any]]) -> Path:
    """`demo.json`, version 1: nodes, credentials, the simulator's own addresses, sample persons. Written by rename."""
    _write_clients_trust(world)
    nodes = {
        country: {
            "home_community_id": HOME[country],
            **{service: world.url(country, service) for service in SERVICES},
            "database": world.settings(country).store_url(),
        }
        for country in COUNTRIES
    }
    countries = {country: _credentials(world, country) for country in COUNTRIES}
    path = world.folder / "demo.json"
    beside = path.with_suffix(".new")
    simulator = {name: f"{world.simulator}/simulator/{name}" for name in ("ledger", "faults", "calls")}
    content = {"version": 1, "nodes": nodes, "countries": countries, "simulator": simulator, "persons": persons}
    beside.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
    beside.replace(path)
    return path


def _write_clients_trust(world: World) -> None:
    """One file for a client of nodes and simulator alike; what nodes trust of each other is less."""
    authorities = (world.pki(name).read_bytes() for name in (pki_layout.TRUST, pki_layout.NATIONAL_CA.certificate))
    world.pki(_CLIENTS_TRUST).write_bytes(b"".join(authorities))


def _credentials(world: World, country: str) -> dict[str, str]:
    server, client, seal = (
        pki_layout.tls_server(country),
        pki_layout.tls_client(country),
        pki_layout.seal(country),
    )
    names = {
        "ca": _CLIENTS_TRUST,
        "tls_client_certificate": client.certificate,
        "tls_client_key": client.key,
        "tls_server_certificate": server.certificate,
        "seal_certificate": seal.certificate,
        "seal_key": seal.key,
    }
    return {key: str(world.pki(name).absolute()) for key, name in names.items()}


def _write_pki(world: World, now: datetime, new_key: KeyMaker) -> None:
    for name, file in development_pki(COUNTRIES, now, new_key).items():
        path = world.pki(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=file.mode)
        path.write_bytes(file.content)


def _configure(world: World, country: str, today: date) -> None:
    home = world.folder / country
    config = home / "config"
    config.mkdir(parents=True)
    (home / "keys").touch(mode=0o600)
    (home / "keys").write_text(KeyRing.new_line(f"{country.lower()}-1"), "ascii")
    ships = shipped("config")
    write_toml(config / "node.toml", merged(read_toml(ships / "node.toml"), _node(world, country)))
    countries = read_toml(ships / "countries.toml")
    rows = [_agreed(world, row, country, today) for row in countries["country"]]
    write_toml(config / "countries.toml", {"country": rows})
    if country == "NO":
        write_toml(config / "national.toml", merged(read_toml(ships / "national.toml"), _national(world)))


def _node(world: World, country: str) -> dict[str, Any]:
    server, client, seal = (
        pki_layout.tls_server(country),
        pki_layout.tls_client(country),
        pki_layout.seal(country),
    )
    return {
        "node": {
            "country": country,
            "name": f"Demonstration node of {country}",
            "home_community": HOME[country],
            "node_id": f"demo-{country.lower()}",
            "environment": "demo",
            "country_a_enabled": country == "NO",
            "allow_synthetic": True,
        },
        "listen": {"port": 0},
        "management": {"port": 0},
        "tls": {
            "server_certificate_file": str(world.pki(server.certificate)),
            "server_key_file": str(world.pki(server.key)),
            "client_certificate_file": str(world.pki(client.certificate)),
            "client_key_file": str(world.pki(client.key)),
            "trust_file": str(world.pki(pki_layout.TRUST)),
            "revocation_directory": str(world.pki(pki_layout.LISTS_FOLDER)),
        },
        "seal": {
            "certificate_file": str(world.pki(seal.certificate)),
            "key_file": str(world.pki(seal.key)),
            "trust_file": str(world.pki(pki_layout.TRUST)),
        },
        "store": {"keys_file": "keys"},
        "limits": {"answer_hold": "PT0.5S"},  # on loopback a chain takes a twentieth of that, and somebody is watching
        "composition": {
            "legal_authenticator_given": ["Demo"],
            "legal_authenticator_family": "Fagansvarlig",
            "legal_authenticator_id": "9999999",
        },
    }


def _agreed(world: World, row: Mapping[str, Any], country: str, today: date) -> dict[str, Any]:
    """Portugal may ask Norway for summaries and prescriptions and dispense these, and knows where Norway answers."""
    agreed = {**row, "wave_seen": today}
    if country == "NO" and row["code"] == "PT":
        agreed["asks"] = ["ed", "ep", "ps"]
    if country == "PT" and row["code"] == "NO":
        agreed["answers"] = ["ed", "ep", "ps"]
        agreed |= {service: world.url("NO", service) for service in SERVICES}
    return agreed


def _national(world: World) -> dict[str, Any]:
    base = world.simulator
    return {
        "national": {
            "trust_file": str(world.pki(pki_layout.NATIONAL_CA.certificate)),
            "sender": {
                "her_id": "8142000",
                "telephone": "00 00 00 00",
                "street": "Eksempelgata 1",
                "postal_code": "0001",
                "city": "Oslo",
            },
            "helseid": {
                "issuer": f"{base}/helseid",
                "client_id": "ncpeh-demo",
                "key_file": str(world.pki(pki_layout.HELSEID_CLIENT_PRIVATE)),
                "algorithm": "ES256",
            },
            "person_register": {"base_url": f"{base}/persontjenesten"},
            "privacy": {
                "base_url": f"{base}/pvk",
                "definition_guid": "5f1c1e0a-7a55-4f0e-9d6f-6f2f9a1f0c11",
                "part_code": "ncpeh",
            },
            "critical_information": {"base_url": f"{base}/kritisk-informasjon/v1"},
            "transport": {"base_url": f"{base}/edi20"},
            "prescriber": {
                "family": "Bjørk",
                "given": "Fara",
                "hpr_number": "990000081",
                "kind": "LE",
                "kind_name": "Lege",
                "certificate_file": str(world.pki(pki_layout.NATIONAL_PROFESSIONAL.certificate)),
                "key_file": str(world.pki(pki_layout.NATIONAL_PROFESSIONAL.key)),
            },
            "enterprise": {
                "certificate_file": str(world.pki(pki_layout.NATIONAL_ENTERPRISE.certificate)),
                "key_file": str(world.pki(pki_layout.NATIONAL_ENTERPRISE.key)),
            },
            "prescriptions": {
                "name": "Reseptformidleren",
                "organisation_number": "915933149",
                "her_id": "80624",
                "foreign_item_number": "999999",
                "role": "prescriber",
            },
            "prescription_export": {
                "fest_file": str(shipped("samples") / "fest" / "mini-fest.xml"),
                "trust_file": str(shipped("samples") / "prescribers" / "issuer.pem"),
                "revocation_directory": str(shipped("samples") / "prescribers"),
            },
        }
    }


def _start_simulator(world: World) -> str:
    ready = world.folder / "simulator.ready"
    options = {
        "--client-jwks": world.pki(pki_layout.HELSEID_CLIENT_PUBLIC),
        "--tls-certificate": world.pki(pki_layout.NATIONAL_SERVER.certificate),
        "--tls-key": world.pki(pki_layout.NATIONAL_SERVER.key),
        "--ready-file": ready,
    }
    _start(world, "simulator", ["simulate", *(str(part) for option in options.items() for part in option)], {})
    return str(_ready(world, "simulator", ready)["base_url"])


def start_country(world: World, country: str, *, idempotent: bool = False, further: int = 0) -> str:
    """Start a simulator of that country's contact point and let the Norwegian node's rows ask it; returns its base URL.

    ``further``: so many prescriptions more. A node that runs already goes on without the country.
    """
    name, server = f"simulator-{country}", pki_layout.tls_server(country)
    ready = world.folder / f"{name}.ready"
    options = {
        "--tls-certificate": world.pki(server.certificate),
        "--tls-key": world.pki(server.key),
        "--trust": world.pki(pki_layout.TRUST),
        "--ready-file": ready,
        "--further": further,
    }
    flags = ["--idempotent"] if idempotent else []
    arguments = ["simulate-country", *flags, *(str(part) for option in options.items() for part in option)]
    _start(world, name, arguments, {})
    url = str(_ready(world, name, ready)["base_url"])
    path = world.folder / "NO" / "config" / "countries.toml"
    rows = read_toml(path)["country"]
    for row in rows:
        if row["code"] == country:
            row |= {service: f"{url}{SERVICES[service]}" for service in SERVICES}
            row["answers"], row["dispensing"] = ["ed", "ep"], {"idempotent": idempotent, "source": "the simulator"}
    write_toml(path, {"country": rows})
    return url


def start_node(
    world: World, country: str, name: str | None = None, more: Mapping[str, str] = MappingProxyType({})
) -> int:
    """Start a node of that country, a second one under another name and with an id of its own; returns its port.

    ``more``: of this process's environment alone.
    """
    name = name or country
    ready = world.folder / country / f"{name}.ready"
    ready.unlink(missing_ok=True)
    own = {} if name == country else {"NCPEH_NODE__NODE_ID": f"demo-{name.lower()}"}
    _start(world, name, ["node", "--ready-file", str(ready)], own | world.environment(country) | dict(more))
    world.ports[name] = int(_ready(world, name, ready)["port"])
    return world.ports[name]


def _start(world: World, name: str, arguments: list[str], environment: Mapping[str, str]) -> None:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("NCPEH_") or k == "NCPEH_ARTEFACTS"}
    world.processes[name] = world.launch(arguments, {**inherited, **environment}, world.folder / f"{name}.log")


def _ready(world: World, name: str, file: Path) -> dict[str, Any]:
    log = world.folder / f"{name}.log"
    try:
        content: dict[str, Any] = json.loads(await_ready(Starting(world.processes[name], file, log)))
    except NotReadyError as reason:
        raise WorldError(f"{name} did not start (its log is {log}): {reason}") from None
    return content
