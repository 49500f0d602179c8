"""Unknown, protected, deceased and reserved persons on a driven clock: the same national calls, bytes and moment.

Whatever is slow, down or lying. The real face, pipeline, adapters and simulator; no socket and no waiting.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from fastapi import FastAPI

from gateway.configuration.settings import load
from gateway.faces.soap.face import SERVICES, Face
from gateway.messages import PatientIdentifier
from gateway.pipeline.answer import CountryA
from tests.support.callers.assertions import Ids, envelope
from tests.support.callers.signatures import sealer
from tests.support.callers.verified import FNR, policy
from tests.support.machine.generated import of_the_day
from tests.support.nodes.in_process import discover, hcp, in_process, query, trc
from tests.support.nodes.wire import refusals
from tests.support.norway.driven import DrivenHttp, DrivenSimulator, driven_norway, driven_simulator
from tests.support.norway.simulator import identifier_of
from tests.support.persons.samples import composer

UNKNOWN = "04816130080"
"""A valid number nobody has."""
ALIKE = ("kode-6", "deceased", "reserved")
SERVICE = ("helseid", "persontjenesten", "pvk", "kritisk-informasjon-status")
FAULTS = ("down", "dead", "nonsense", "denied")
SECONDS = (0.6, 1.97, 2.2, 9.0)
HOLD = load({}).limits.answer_hold.total_seconds()


@dataclass(frozen=True)
class Seen:
    """All that who asks, and who watches the national services, can tell."""

    answer: bytes
    calls: tuple[str, ...]
    ledger: tuple[str, ...]
    left: float


@dataclass
class DrivenNode:
    """Norway's node and services on one clock."""

    simulator: DrivenSimulator

    def ask(self, who: str, transaction: str, service: str = "", fault: str = "", seconds: float = 0.0) -> Seen:
        """One request of a node that has asked nothing yet, with one service misbehaving."""
        number = UNKNOWN if who == "unknown" else identifier_of(who)
        country, http = driven_norway(self.simulator)
        if fault == "dead":
            http.dead.add(service)
        elif fault:
            http.fault(service, fault)
        if seconds:
            http.takes[service] = seconds
        body = asyncio.run(_posted(country, http, _message(number, transaction), SERVICES[_PATHS[transaction]]))
        return Seen(body.replace(number.encode(), b"NUMBER"), tuple(http.asked), tuple(http.calls()), http.time.at)


_PATHS = {"ITI-55": "xcpd", "ITI-38": "xca"}


def _message(number: str, transaction: str) -> bytes:
    patient = PatientIdentifier(FNR, number)
    if transaction == "ITI-55":
        return envelope(hcp(), body=discover(identifiers=(patient,)))
    return envelope(hcp(), trc(patient=(FNR, number)), body=query(patient))


async def _posted(country: Any, http: DrivenHttp, content: bytes, path: str) -> bytes:
    ids = Ids()
    node = in_process(new_id=ids, country_a=CountryA(policy(), country, composer(), refusals(), ids))
    face = Face(node.answerer, load({}).limits, elapsed=http.time.elapsed, pause=http.time.pause)
    app = FastAPI()
    app.include_router(face.router())
    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "path": path, "query_string": b"",
        "headers": [(b"content-type", b"application/soap+xml; charset=UTF-8")],
        "extensions": {"tls": {"client_cert_der": sealer("PT", "tls").certificate}},
    }  # fmt: skip
    coming = [{"type": "http.request", "body": content}]
    sent: list[Any] = []

    async def receive() -> Any:
        return coming.pop() if coming else await asyncio.Future()

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)  # type: ignore[arg-type]  # dictionaries, as ASGI has them
    face.close()
    return b"".join(part.get("body", b"") for part in sent)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DrivenNode]:
    """One simulator for all."""
    yield DrivenNode(driven_simulator(tmp_path_factory.mktemp("driven")))


@pytest.mark.parametrize("transaction", ["ITI-55", "ITI-38"])
def test_nothing_tells_the_four_apart_when_all_is_well(node: DrivenNode, transaction: str):
    unknown = node.ask("unknown", transaction)
    assert b"ERROR_P" in unknown.answer
    assert b"NO_MATCH" in unknown.answer or b"NOT_FOUND" in unknown.answer
    assert unknown.left == HOLD
    assert [call for call in unknown.ledger if not call.startswith("helseid")] == [
        "persontjenesten/get-by-nin", "pvk/SjekkInnbyggersPiStatus", "kritisk-informasjon-status/status"
    ]  # fmt: skip
    assert {who: node.ask(who, transaction) for who in ALIKE} == dict.fromkeys(ALIKE, unknown)


def test_who_is_found_is_not_held_and_told_by_the_answer_alone(node: DrivenNode):
    found = node.ask("rich", "ITI-55")
    assert b"Havre" in found.answer
    assert found.left < HOLD
    assert found.calls == node.ask("unknown", "ITI-55").calls


@pytest.mark.parametrize(("service", "fault"), of_the_day("down or lies", product(SERVICE, FAULTS), 6))
def test_nothing_tells_them_apart_when_a_service_is_down_or_lies(node: DrivenNode, service: str, fault: str):
    unknown = node.ask("unknown", "ITI-55", service, fault)
    assert b"ERROR_PI_" in unknown.answer
    assert b"ERROR_PI_NO_MATCH" not in unknown.answer
    assert unknown.left == HOLD
    assert {who: node.ask(who, "ITI-55", service, fault) for who in ALIKE} == dict.fromkeys(ALIKE, unknown)
    rich = node.ask("rich", "ITI-55", service, fault)
    assert rich == unknown


@pytest.mark.parametrize(("service", "seconds"), of_the_day("slow", product(SERVICE[1:], SECONDS), 5))
def test_nothing_tells_them_apart_when_a_service_is_slow(node: DrivenNode, service: str, seconds: float):
    unknown = node.ask("unknown", "ITI-55", service, seconds=seconds)
    assert (b"NO_MATCH" in unknown.answer) == (seconds < 8)
    assert unknown.left in {HOLD, 4 * HOLD, 16 * HOLD}
    assert {who: node.ask(who, "ITI-55", service, seconds=seconds) for who in ALIKE} == dict.fromkeys(ALIKE, unknown)


@pytest.mark.prove
@pytest.mark.parametrize("transaction", ["ITI-55", "ITI-38"])
@pytest.mark.parametrize(("fault", "seconds"), [(f, s) for f in ("", *FAULTS) for s in (0.0, 0.05, 0.3, *SECONDS)])
@pytest.mark.parametrize("service", SERVICE)
def test_the_whole_matrix_of_services_faults_and_latencies(
    node: DrivenNode, service: str, fault: str, seconds: float, transaction: str
):
    unknown = node.ask("unknown", transaction, service, fault, seconds)
    seen = {who: node.ask(who, transaction, service, fault, seconds) for who in ALIKE}
    assert seen == dict.fromkeys(ALIKE, unknown)
    assert unknown.left in {HOLD, 4 * HOLD, 16 * HOLD, 64 * HOLD}
