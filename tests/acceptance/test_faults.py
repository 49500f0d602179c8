"""What happens when something breaks: no data without evidence, nothing half done, and a node that goes on."""

import signal
import socket
import sqlite3
import ssl
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest

from gateway import clock
from gateway.demonstration.world import World, build_world, start_node
from tests.support.node import Abroad, row
from trust import pki_layout

HASTE = {"NCPEH_LIMITS__NATIONAL_DEADLINE": "PT1S", "NCPEH_LIMITS__BODY_DEADLINE": "PT1S"}


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Abroad]:
    """A node that waits a second at most, on SQLite."""
    world = build_world(tmp_path_factory.mktemp("hasty"), clock.now(), HASTE)
    try:
        yield Abroad(world)
    finally:
        world.stop()


@pytest.mark.parametrize(
    ("service", "calls"),
    [
        ("persontjenesten", ["persontjenesten/get-by-nin"]),
        ("pvk", ["persontjenesten/get-by-nin", "pvk/SjekkInnbyggersPiStatus"]),
    ],
)
def test_a_slow_national_service_is_a_refusal_within_the_deadline(hasty: Abroad, service: str, calls: list[str]):
    hasty.reset()
    hasty.fault(service, "slow", 3)
    came = hasty.discover()
    assert came.codes == (row("ITI-55", "NationalServiceSlow").code,)
    assert hasty.event()["refusal_class"] == "NationalServiceSlow"
    assert hasty.calls()[: len(calls)] == calls
    hasty.reset()
    assert hasty.discover().patients


def test_a_slow_medicine_source_is_said_in_its_section(hasty: Abroad):
    hasty.reset()
    hasty.fault("reseptformidleren", "slow", 3)
    entry = hasty.listed()
    came = hasty.retrieve(entry.unique_id)
    assert "WARNING_PS_MISSING_BASIC_DATA" in came.codes
    hasty.reset()


def test_h08_a_body_that_does_not_come_is_refused(hasty: Abroad):
    hasty.reset()
    before = hasty.rows()
    answer = raw(hasty, b"x" * 10, length=1000)
    assert b"HTTP/1.1 408" in answer
    assert hasty.event()["refusal_class"] == "BodyTooSlow"
    assert hasty.rows() == before + 1
    assert hasty.calls() == []


def test_h08_a_connection_cut_inside_a_body_leaves_the_node_serving(hasty: Abroad):
    raw(hasty, b"x" * 10, length=1000, cut=True)
    hasty.reset()
    assert hasty.discover().patients


def raw(abroad: Abroad, body: bytes, *, length: int, cut: bool = False) -> bytes:
    """Part of a request over a socket; what came before the connection closed."""

    at = urlsplit(abroad.world.url("NO", "xca"))
    context = abroad.context(pki_layout.tls_client("PT"))
    head = (
        f"POST {at.path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/soap+xml\r\ncontent-length: {length}\r\n"
        "connection: close\r\n\r\n"
    )
    with (
        socket.create_connection((str(at.hostname), at.port or 0), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=str(at.hostname)) as secure,
    ):
        secure.sendall(head.encode() + body)
        if cut:
            return b""
        received = b""
        while piece := secure_read(secure):
            received += piece
        return received


def secure_read(secure: ssl.SSLSocket) -> bytes:
    try:
        return secure.recv(65536)
    except (ssl.SSLError, ConnectionError):
        return b""


def test_h09_without_evidence_no_data_leaves(hasty: Abroad):
    entry = hasty.listed()
    database = hasty.world.settings("NO").store_url().removeprefix("sqlite:///")
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("ALTER TABLE evidence RENAME TO hidden")
        connection.commit()
        try:
            came = hasty.retrieve(entry.unique_id)
            discovered = hasty.discover()
        finally:
            connection.execute("ALTER TABLE hidden RENAME TO evidence")
            connection.commit()
    assert (came.registry, came.documents) == ("Failure", ())
    assert came.codes == (row("ITI-39", "EvidenceUnavailable").code,)
    assert (discovered.patients, discovered.codes) == ((), (row("ITI-55", "EvidenceUnavailable").code,))
    assert hasty.retrieve(entry.unique_id).documents
    assert hasty.intact()


def test_h09_a_locked_database_is_an_error_and_leaves_nothing_half_written(hasty: Abroad):
    database = hasty.world.settings("NO").store_url().removeprefix("sqlite:///")
    before = hasty.rows()
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        came = hasty.query()
        connection.execute("ROLLBACK")
    assert (came.registry, came.entries) == ("Failure", ())
    assert hasty.rows() == before
    assert hasty.intact()


def test_a_node_killed_between_insert_and_commit_leaves_an_intact_chain(tmp_path: Path):
    marker = tmp_path / "reached"
    world = build_world(tmp_path / "world", clock.now())
    abroad = Abroad(world)
    try:
        assert abroad.discover().patients
        before = abroad.rows()
        stop(world)
        world.norway = {"NCPEH_FAILPOINT": f"evidence.inserted={marker}"}
        start_node(world, "NO")
        ask_and_kill(abroad, marker)
        assert abroad.rows() == before
        world.norway = {}
        start_node(world, "NO")
        assert abroad.discover().patients
        assert abroad.intact()
    finally:
        world.stop()


def stop(world: World) -> None:
    process = world.processes.pop("NO")
    process.send_signal(signal.SIGTERM)
    process.wait()


def ask_and_kill(abroad: Abroad, marker: Path) -> None:
    """Send a request that stops the node at its failpoint, then kill it from outside."""

    asking = Thread(target=abroad.discover)
    asking.start()
    for _ in range(1000):
        if marker.exists():
            break
        time.sleep(0.01)
    process = abroad.world.processes.pop("NO")
    process.kill()
    process.wait()
    asking.join(30)
    assert marker.read_text() == "evidence.inserted"
