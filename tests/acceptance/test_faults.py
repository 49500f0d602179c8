"""What happens when something breaks: no data without evidence, nothing half done, and a node that goes on."""

import os
import socket
import sqlite3
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import pytest

from gateway.demonstration.world import start_node
from tests.support.callers.assertions import envelope
from tests.support.machine.generated import of_the_day
from tests.support.nodes.node import IDENTITY, PRIVACY, Abroad, read, refused, row
from tests.support.nodes.worlds import abroad_in
from trust import pki_layout

HASTE = {"NCPEH_LIMITS__NATIONAL_DEADLINE": "PT1S", "NCPEH_LIMITS__BODY_DEADLINE": "PT1S"}


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Abroad]:
    """A node that waits a second at most, on SQLite."""
    with abroad_in(tmp_path_factory.mktemp("hasty"), HASTE) as abroad:
        yield abroad


SLOW = [("persontjenesten", IDENTITY), ("pvk", PRIVACY[:2]), ("kritisk-informasjon-status", PRIVACY)]


@pytest.mark.parametrize(("service", "calls"), of_the_day("slow", SLOW, 1))
def test_a_slow_national_service_is_a_refusal_within_the_deadline(hasty: Abroad, service: str, calls: list[str]):
    hasty.reset()
    hasty.fault(service, "slow", 3)
    refused(hasty, hasty.discover(), "ITI-55", "NationalServiceSlow", calls)
    hasty.reset()
    assert hasty.discover().patients


def test_slow_critical_information_is_a_refusal(hasty: Abroad):
    hasty.reset()
    hasty.fault("kritisk-informasjon", "slow", 3)
    came = hasty.query()
    refused(hasty, came, "ITI-38", "NationalServiceSlow", hasty.calls())
    assert hasty.calls()[: len(PRIVACY)] == PRIVACY


@pytest.mark.parametrize("service", ["reseptformidleren", "sysvak"])
def test_a_slow_source_is_said_in_its_section(hasty: Abroad, service: str):
    hasty.reset()
    hasty.fault(service, "slow", 3)
    entry = hasty.listed()
    assert "WARNING_PS_MISSING_BASIC_DATA" in hasty.retrieve(entry.unique_id).codes


def test_h08_a_body_that_does_not_come_is_refused(hasty: Abroad):
    hasty.reset()
    with connected(hasty, b"x" * 10, length=1000) as connection:
        answer = received(connection)
    hasty.sent += 1
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408")
    refused(hasty, read(408, "application/soap+xml", body), "unknown", "BodyTooSlow", [])


@pytest.mark.parametrize("cut", ["cut", "half-closed"])
def test_h08_a_connection_that_ends_inside_a_body_is_no_message_and_no_fault(hasty: Abroad, cut: str):
    hasty.reset()
    with connected(hasty, b"x" * 10, length=1000) as connection:
        if cut == "half-closed":
            half_close(connection)
            assert received(connection) == b""
    assert hasty.discover().patients
    assert (hasty.calls(), hasty.written()) == (PRIVACY, (0, 0))
    assert "Traceback" not in (hasty.world.folder / "NO.log").read_text("utf-8")


def test_h08_a_connection_half_closed_after_its_message_gets_a_whole_answer_or_none(hasty: Abroad):
    hasty.reset()
    message = envelope(*hasty.assertions(None), body=b'<x xmlns="urn:nobody"/>')
    with connected(hasty, message, length=len(message)) as connection:
        half_close(connection)
        answer = received(connection)
    assert answer == b"" or answer.endswith(b"Envelope>")
    assert hasty.discover().patients
    assert hasty.intact()


@contextmanager
def connected(abroad: Abroad, body: bytes, *, length: int) -> Iterator[ssl.SSLSocket]:
    """A connection over which a request with that part of its body was sent."""
    at = urlsplit(abroad.world.url("NO", "xca"))
    head = (
        f"POST {at.path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/soap+xml\r\ncontent-length: {length}\r\n"
        "connection: close\r\n\r\n"
    )
    with (
        socket.create_connection((str(at.hostname), at.port or 0), timeout=180) as plain,
        abroad.context(pki_layout.tls_client("PT")).wrap_socket(plain, server_hostname=str(at.hostname)) as secure,
    ):
        secure.sendall(head.encode() + body)
        yield secure


def received(connection: ssl.SSLSocket) -> bytes:
    """All that comes until the other side ends it."""
    pieces = b""
    try:
        while piece := connection.recv(65536):
            pieces += piece
    except (ssl.SSLError, ConnectionError):
        pass
    return pieces


def half_close(connection: ssl.SSLSocket) -> None:
    """No more will be sent, as TCP says it; what comes can still be read."""
    with socket.socket(fileno=os.dup(connection.fileno())) as same:
        same.shutdown(socket.SHUT_WR)


def test_helseid_down_at_the_start_is_a_refusal_and_served_once_it_is_up(hasty: Abroad):
    start_node(hasty.world, "NO", "NO-new")
    fresh = Abroad(hasty.world, "NO-new")
    fresh.reset()
    fresh.fault("helseid", "down")
    refused(fresh, fresh.discover(), "ITI-55", "NationalServiceDown", [])
    fresh.reset()
    assert fresh.discover().patients


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
