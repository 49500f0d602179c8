"""The terminology service of a real node: national users reach it without a certificate, other countries not at all."""

import http.client
import json
import ssl
from collections.abc import Iterator

import pytest

from gateway.configuration.settings import load
from gateway.demonstration.world import start_node
from tests.support.nodes.node import Abroad
from tests.support.terminology.fhir import FORM_LIST, FORMS
from trust import pki_layout

TRANSLATE = f"/fhir/ConceptMap/$translate?system={FORM_LIST}&code=53&target={FORMS}"


@pytest.fixture(scope="module")
def open_node(abroad_session: Abroad) -> Iterator[Abroad]:
    """A node of the same world that lets other countries ask too, and speaks TLS to national users."""
    world, server = abroad_session.world, pki_layout.tls_server("NO")
    table = {
        "ENABLED": "true",
        "PEERS": "true",
        "PORT": "0",
        "CERTIFICATE_FILE": str(world.pki(server.certificate)),
        "KEY_FILE": str(world.pki(server.key)),
    }
    world.norway = {f"NCPEH_TERMINOLOGY_API__{key}": value for key, value in table.items()}
    try:
        start_node(world, "NO", "NO-open")
    finally:
        world.norway = {}
    yield Abroad(world, "NO-open")
    process = world.processes.pop("NO-open")
    process.terminate()
    process.wait()


def listener(abroad: Abroad) -> dict[str, object]:
    told = json.loads((abroad.world.folder / "NO" / f"{abroad.node}.ready").read_text("utf-8"))
    found: dict[str, object] = told["terminology"]
    return found


def test_a_national_user_asks_on_a_listener_of_its_own_without_a_certificate(abroad: Abroad):
    at = listener(abroad)
    connection = http.client.HTTPConnection(str(at["host"]), int(str(at["port"])), timeout=180)
    connection.request("GET", TRANSLATE)
    answer = connection.getresponse()
    told = json.loads(answer.read())
    connection.close()
    assert (answer.status, told["parameter"][0]) == (200, {"name": "result", "valueBoolean": True})


def test_nothing_of_a_patient_is_asked_for_there(abroad: Abroad):
    at = listener(abroad)
    connection = http.client.HTTPConnection(str(at["host"]), int(str(at["port"])), timeout=180)
    connection.request("POST", "/openncp-ws-server/services/XCPD_Service", b"<x/>")
    assert connection.getresponse().status == 404
    connection.close()


def test_another_country_finds_no_path_to_it(abroad: Abroad):
    world = abroad.world
    assert load(world.environment("NO")).terminology_api.peers is False
    context = abroad.context(pki_layout.tls_client("PT"))
    connection = http.client.HTTPSConnection("127.0.0.1", world.ports["NO"], timeout=180, context=context)
    for path in (TRANSLATE, "/fhir", "/fhir/metadata"):
        connection.request("GET", path)
        answer = connection.getresponse()
        assert (answer.status, b"fhir" in answer.read()) == (404, False)
    connection.close()


def test_another_country_is_answered_where_the_node_says_so(open_node: Abroad):
    context = open_node.context(pki_layout.tls_client("PT"))
    port = open_node.world.ports[open_node.node]
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=180, context=context)
    connection.request("GET", TRANSLATE)
    assert connection.getresponse().status == 200
    connection.close()
    stranger = http.client.HTTPSConnection("127.0.0.1", port, timeout=180, context=open_node.context(None))
    with pytest.raises((ssl.SSLError, ConnectionError, http.client.RemoteDisconnected)):
        stranger.request("GET", TRANSLATE)
        stranger.getresponse()


def test_a_national_user_asks_over_tls_without_a_certificate(open_node: Abroad):
    at = listener(open_node)
    port, context = int(str(at["port"])), open_node.context(None)
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=180, context=context)
    connection.request("GET", TRANSLATE)
    assert connection.getresponse().status == 200
    connection.close()
    clear = http.client.HTTPConnection("127.0.0.1", port, timeout=180)
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        clear.request("GET", TRANSLATE)
        clear.getresponse()
