"""Unknown, protected, reserved, deceased: under one clock not a byte but the message ids differs, and each is held."""

import asyncio
import re
import time
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate

from gateway import clock
from gateway.configuration.settings import load
from gateway.faces.soap.face import SERVICES, Face
from gateway.messages import FindDocuments, FindPatient
from gateway.node.app import build_node
from gateway.store.migrate import migrate
from gateway.wire.names import Sender
from gateway.wire.xca_query import write_find_documents
from gateway.wire.xcpd import write_find_patient
from tests.support.callers.assertions import Ids, envelope
from tests.support.machine.generated import choices
from tests.support.nodes.node import NORWAY, PORTUGAL, PS, UNKNOWN, Abroad
from trust import pki_layout

ALIKE = ["kode-6", "reserved", "deceased"]


IDS = re.compile(rb"00000000-0000-0000-0000-0000000000[0-9a-f]{2}|(?<=extension=\")00000000\d\d(?=\")")
"""What `Ids` gave: more national calls take more of them, so the same place holds another. Real ones are random."""


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the face wanted to hold each answer; nobody waits."""
    wanted: list[float] = []

    async def pause(seconds: float) -> None:
        wanted.append(seconds)

    monkeypatch.setattr("gateway.node.app.Face", partial(Face, pause=pause))
    return wanted


@pytest.mark.parametrize("service", ["xcpd", "xca"])
def test_h15_not_a_byte_differs_under_one_clock(abroad: Abroad, tmp_path: Path, slept: list[float], service: str):
    at = clock.now()
    unknown = answered(abroad, service, UNKNOWN, at, tmp_path / "unknown")
    assert b"ERROR_P" in unknown
    for person in ALIKE:
        number = abroad.number(person).extension
        theirs = answered(abroad, service, person, at, tmp_path / person)
        assert theirs.replace(number.encode(), UNKNOWN.encode()) == unknown, person
    assert len(slept) == 1 + len(ALIKE)
    assert all(seconds > 0 for seconds in slept)


def test_h15_what_is_found_is_not_held(abroad: Abroad, tmp_path: Path, slept: list[float]):
    assert b"Havre" in answered(abroad, "xcpd", "rich", clock.now(), tmp_path / "rich")
    assert slept == []


@pytest.mark.prove
@pytest.mark.timed
@pytest.mark.parametrize(
    ("service", "fault", "seconds"),
    [("", "", 0.0), ("pvk", "slow", 0.05), ("pvk", "slow", 0.6), ("kritisk-informasjon-status", "slow", 0.1),
     ("pvk", "down", 0.0), ("kritisk-informasjon-status", "nonsense", 0.0), ("persontjenesten", "slow", 0.15)],
)  # fmt: skip
def test_h15_who_asks_often_and_measures_cannot_tell_them_apart(
    abroad: Abroad, service: str, fault: str, seconds: float
):
    """Over real sockets and in real time; of two kinds neither takes longer more often than by chance."""
    if service:
        abroad.fault(service, fault, seconds)
    taken: dict[str, list[float]] = {who: [] for who in (UNKNOWN, *ALIKE, "rich")}
    order = [who for who in taken for _ in range(40)]
    choices(f"{service} {fault} {seconds}").shuffle(order)
    for who in order:
        since = time.monotonic()
        abroad.discover(who)
        taken[who].append(time.monotonic() - since)
    longer = {who: how_often_longer(taken[who], taken[UNKNOWN]) for who in (*ALIKE, "rich")}
    assert {who: share for who, share in longer.items() if who != "rich" and not 0.25 < share < 0.75} == {}
    if not fault:
        assert longer["rich"] < 0.05  # who is found is not held: what is measured here can be told apart


def how_often_longer(one: list[float], other: list[float]) -> float:
    """Of all pairs, the share in which the first is longer (Mann and Whitney's U over its largest value). With 40 of
    each, chance alone leaves the middle by 0.065 as a rule, and by 0.25 once in ten thousand times.
    """
    return sum((a > b) + (a == b) / 2 for a in one for b in other) / (len(one) * len(other))


def answered(abroad: Abroad, service: str, person: str, at: datetime, folder: Path) -> bytes:
    """The answer of a node in this process, with a clock that stands still and a database of its own."""
    folder.mkdir()
    abroad.reset()  # the national token service has seen these ids
    own = {"NCPEH_STORE__URL": f"sqlite:///{folder}/node.db", "NCPEH_EVIDENCE__CHECKPOINT_DIRECTORY": str(folder)}
    settings = load({**abroad.world.environment("NO"), **own})
    migrate(settings.store_url())
    node = build_node(settings, lambda: at, Ids())
    try:
        request = asked(abroad, service, person, at)
        return IDS.sub(b"ID", asyncio.run(post(node.asgi, SERVICES[service], request, peer(abroad))))
    finally:
        node.close()


def asked(abroad: Abroad, service: str, person: str, at: datetime) -> bytes:
    who, ids = (
        abroad.number(person),
        {"hcp": {"fields": {"@ID": "_h"}}, "trc": {"fields": {"@ID": "_t"}, "hcp_id": "_h"}},
    )
    if service == "xca":
        return envelope(*abroad.assertions(person, now=at, **ids), body=write_find_documents(FindDocuments(who, (PS,))))
    sender = Sender(PORTUGAL, "PT", "Portugal", "1.2", at, lambda: UUID(int=1))
    body = write_find_patient(FindPatient(NORWAY, PORTUGAL, (who,)), sender)
    return envelope(*abroad.assertions(None, now=at, **ids), body=body)


def peer(abroad: Abroad) -> bytes:
    certificate = abroad.world.pki(pki_layout.tls_client("PT").certificate).read_bytes()
    return load_pem_x509_certificate(certificate).public_bytes(Encoding.DER)


async def post(app, path: str, content: bytes, peer_der: bytes) -> bytes:
    """One request as uvicorn hands it over after the handshake."""
    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "path": path, "query_string": b"",
        "headers": [(b"content-type", b"application/soap+xml; charset=UTF-8")],
        "extensions": {"tls": {"client_cert_der": peer_der}},
    }  # fmt: skip
    pieces = [{"type": "http.request", "body": content}]
    sent: list[bytes] = []

    async def receive():
        return pieces.pop() if pieces else await asyncio.Future()

    async def send(message) -> None:
        sent.append(message.get("body", b""))

    await app(scope, receive, send)
    return b"".join(sent)
