"""The simulator's own addresses, by what `demo.json` gives: its ledger, its faults and its calls."""

import json
import subprocess

import pytest

from tests.strangers.client import Client


@pytest.fixture
def simulator(client: Client) -> dict[str, str]:
    return client.demo["simulator"]


def curl(client: Client, *arguments: str) -> tuple[int, str]:
    """Status and body; the simulator's certificate ends at the authorities that `demo.json` names."""
    command = [client.curl, "--silent", "--show-error", "--max-time", "60", "--cacert", client.own["ca"]]
    made = subprocess.run([*command, "--write-out", "\n%{http_code}", *arguments], capture_output=True, check=True)
    body, _, status = made.stdout.decode().rpartition("\n")
    return int(status), body


def order(client: Client, url: str, **fault: object) -> int:
    return curl(client, "--json", json.dumps(fault), url)[0]


def test_the_ledger_says_what_was_reported_and_who_holds_what(client: Client, simulator: dict[str, str]):
    """The demo's story dispenses, and takes back."""
    assert simulator.keys() == {"ledger", "faults", "calls"}
    status, body = curl(client, simulator["ledger"])
    ledger = json.loads(body)
    assert (status, ledger.keys(), ledger["version"]) == (200, {"version", "reports", "held"}, 1)
    assert all(one.keys() == {"prescription", "kind", "in_force", "id"} for one in ledger["reports"])
    assert {one["kind"] for one in ledger["reports"]} <= {"dispensing", "annulment", "cancellation"}
    assert [one for one in ledger["reports"] if one["kind"] == "dispensing" and one["in_force"]] == []
    assert all(held.keys() == {"prescription", "by"} and held["by"].isdigit() for held in ledger["held"])


def test_a_fault_strikes_one_message_alone(client: Client, simulator: dict[str, str]):
    hcp, number = client.hcp(), client.person("prescriptions")
    given = (hcp, client.trc(hcp, number))
    question = client.query(number, classes="('57833-6^^2.16.840.1.113883.6.1')")
    try:
        for operation, listed in (("ERM10", True), ("ERM95", False)):
            struck = {"service": "reseptformidleren", "fault": "down", "operation": operation}
            assert order(client, simulator["faults"], **struck) == 204
            assert bool(client.ask("query", given, question).entries) is listed
    finally:
        assert order(client, simulator["faults"], service="reseptformidleren", fault="none") == 204
    calls = json.loads(curl(client, simulator["calls"])[1])
    last = [call for call in calls if call["operation"] == "ERM95"][-1]
    assert (last["service"], last["fault"]) == ("reseptformidleren", "down")


def test_an_order_that_cannot_be_is_refused_by_the_name_of_its_field(client: Client, simulator: dict[str, str]):
    orders = {"operation": {"operation": "M10"}, "fault": {"fault": "tired"}, "seconds": {"seconds": -1}}
    for field, wrong in orders.items():
        body = json.dumps({"service": "reseptformidleren", "fault": "down", **wrong})
        status, answer = curl(client, "--json", body, simulator["faults"])
        assert (status, json.loads(answer)) == (400, {"error": f"invalid_fault:{field}"})
