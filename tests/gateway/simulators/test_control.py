"""The simulator's control plane: calls in order, faults per service, reset."""

import json
from datetime import UTC, datetime

import pytest

from gateway.simulators.calls import CallLog, OrderedFault
from tests.support.norway.helseid_client import CRITICAL, PVK, HelseIdClient
from tests.support.norway.simulator import Simulator, identifier_of, national, national_process

__all__ = ["national", "national_process"]

PVK_PATH = "/pvk/personvern/Personverninnstillinger/SjekkInnbyggersPiStatus/v2"


@pytest.fixture
def client(national: Simulator) -> HelseIdClient:
    return HelseIdClient(national)


def _visit(client: HelseIdClient, service: str) -> int:
    number = identifier_of("rich")
    if service == "persontjenesten":
        return client.find(number).status
    if service == "pvk":
        question = {"innbyggerFnr": number, "definisjonGuid": "5ad0f2c4-3f0e-4a57-9e0b-2f6c1f3f4b11", "partKode": "n"}
        return client.post_json(PVK_PATH, PVK, question).status
    if service == "kritisk-informasjon-status":
        headers = {"nhn-source-system": "tests"}
        return client.post_json("/kritisk-informasjon/v1/status", CRITICAL, {"nin": number}, headers).status
    return client.read(number, "/Conditions?criticalInfoType=Infection").status


def test_calls_are_listed_in_order_with_their_operation_and_without_numbers(client: HelseIdClient) -> None:
    services = ["persontjenesten", "pvk", "kritisk-informasjon-status", "kritisk-informasjon"]
    assert [_visit(client, service) for service in services] == [200] * 4
    assert client.simulator.made() == [
        "persontjenesten/get-by-nin",
        "pvk/SjekkInnbyggersPiStatus",
        "kritisk-informasjon-status/status",
        "kritisk-informasjon/Conditions-Infection",
    ]
    assert client.simulator.made(tokens=True).count("helseid/token") == 4
    assert identifier_of("rich") not in str(client.simulator.calls())
    times = [call["at"] for call in client.simulator.calls()]
    assert times == sorted(times)


@pytest.mark.parametrize("service", ["persontjenesten", "pvk", "kritisk-informasjon-status", "kritisk-informasjon"])
@pytest.mark.parametrize(("fault", "status"), [("down", 503), ("denied", 403)])
def test_a_fault_is_one_services_alone_and_ends_when_told(
    client: HelseIdClient, service: str, fault: str, status: int
) -> None:
    client.simulator.fault(service, fault)
    assert _visit(client, service) == status
    assert client.simulator.calls()[-1]["fault"] == fault
    other = "pvk" if service == "persontjenesten" else "persontjenesten"
    assert _visit(client, other) == 200
    client.simulator.fault(service, "none")
    assert _visit(client, service) == 200


def test_a_service_that_is_down_closes_the_connection(client: HelseIdClient) -> None:
    client.simulator.fault("persontjenesten", "down")
    assert client.find(identifier_of("rich")).headers["connection"] == "close"


def test_nonsense_is_an_answer_that_no_specification_has(client: HelseIdClient) -> None:
    client.simulator.fault("persontjenesten", "nonsense")
    answer = client.find(identifier_of("rich"))
    assert answer.status == 200
    with pytest.raises(ValueError, match="delimiter"):
        answer.json()


def test_a_slow_service_answers_in_the_end(client: HelseIdClient) -> None:
    client.simulator.fault("persontjenesten", "slow", 0.05)
    assert client.find(identifier_of("rich")).status == 200
    assert client.simulator.calls()[-1]["fault"] == "slow"


@pytest.mark.parametrize(("fault", "status"), [("down", 503), ("denied", 403), ("nonsense", 200)])
def test_helseid_has_faults_too(client: HelseIdClient, fault: str, status: int) -> None:
    client.simulator.fault("helseid", fault)
    assert client.ask(proof=None).status == status
    assert client.simulator.made(tokens=True) == ["helseid/token"]


def test_reset_forgets_calls_and_faults(client: HelseIdClient) -> None:
    client.simulator.fault("persontjenesten", "down")
    assert _visit(client, "persontjenesten") == 503
    client.simulator.reset()
    client.nonce = None
    assert client.simulator.calls() == []
    assert _visit(client, "persontjenesten") == 200


@pytest.mark.parametrize(
    "body", [b"tull", b"{}", b'{"service":"pvk","fault":"tired"}', b'{"service":"x","fault":"down"}']
)
def test_an_unknown_fault_is_refused(national: Simulator, body: bytes) -> None:
    assert national.send("POST", "/simulator/faults", {"content-type": "application/json"}, body).status == 400


@pytest.mark.parametrize(
    ("service", "operation"), [("reseptformidleren", "M10"), ("reseptformidleren", "SOKREQUEST"), ("sysvak", "ERM10")]
)
def test_a_fault_of_a_message_that_nobody_takes_is_refused(
    client: HelseIdClient, national: Simulator, service: str, operation: str
) -> None:
    body = json.dumps({"service": service, "fault": "down", "operation": operation}).encode()
    came = national.send("POST", "/simulator/faults", {"content-type": "application/json"}, body)
    assert (came.status, came.json()) == (400, {"error": "invalid_fault:operation"})
    national.fault("reseptformidleren", "down", operation="ERM10")


def test_a_fault_of_one_operation_strikes_it_alone(client: HelseIdClient) -> None:
    client.simulator.fault("pvk", "down", operation="other")
    assert _visit(client, "pvk") == 200
    client.simulator.fault("pvk", "down", operation="SjekkInnbyggersPiStatus")
    assert _visit(client, "pvk") == 503
    client.simulator.fault("pvk", "none", operation="SjekkInnbyggersPiStatus")
    assert _visit(client, "pvk") == 200


def test_an_operations_own_fault_stands_beside_its_services() -> None:
    log = CallLog(lambda: datetime(2026, 11, 20, 12, tzinfo=UTC))
    whole, own = (OrderedFault(service="reseptformidleren", fault="slow", operation=one) for one in (None, "ERM10"))
    log.set_fault(whole)
    log.set_fault(own)
    assert (log.fault_of("reseptformidleren", "ERM10"), log.fault_of("reseptformidleren", "ERM93")) == (own, whole)
    log.set_fault(OrderedFault(service="reseptformidleren", fault="none", operation="ERM10"))
    assert log.fault_of("reseptformidleren", "ERM10") == whole
    log.set_fault(own)
    log.set_fault(OrderedFault(service="reseptformidleren", fault="none"))
    assert log.fault_of("reseptformidleren", "ERM10") is None


def _pvk_says(client: HelseIdClient) -> str:
    question = {
        "innbyggerFnr": identifier_of("rich"),
        "definisjonGuid": "5ad0f2c4-3f0e-4a57-9e0b-2f6c1f3f4b11",
        "partKode": "n",
    }
    return str(client.post_json(PVK_PATH, PVK, question).json()["status"])


def test_a_person_decides_otherwise_until_the_reset(client: HelseIdClient) -> None:
    assert _pvk_says(client) == "INGEN"
    assert client.simulator.send("POST", "/simulator/privacy", body=b'{"status": "RESERVASJON"}').status == 204
    assert _pvk_says(client) == "RESERVASJON"
    assert client.simulator.send("POST", "/simulator/reset").status == 204
    assert _pvk_says(HelseIdClient(client.simulator)) == "INGEN"


def test_a_decision_that_pvk_does_not_have_is_refused(client: HelseIdClient) -> None:
    assert client.simulator.send("POST", "/simulator/privacy", body=b'{"status": "PERHAPS"}').status == 400
    assert _pvk_says(client) == "INGEN"
