"""A node that serves looks at itself: what refuses then, what only warns, and that each is told once."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from structlog.testing import capture_logs

from gateway.conditions import Consequence, Shortcoming, Unmet
from gateway.configuration.settings import load
from gateway.node.app import Node, ProcessMeans, build_node
from gateway.node.own.watch import OwnWatch
from gateway.store.node_lock import NodeLock
from tests.support.nodes.configured import Configured
from trust.pki_layout import Bad


@contextmanager
def serving(lock: NodeLock | None = None) -> Iterator[Node]:
    """A node in this process, asked once: it looks again after a second."""
    with closing(build_node(load(), means=ProcessMeans(lock=lock))) as built:
        yield built


@pytest.fixture
def node(own: Configured) -> Iterator[Node]:
    with serving() as built:
        yield built


def told(node: Node) -> list[tuple[str, bool]]:
    return [(one.condition, one.refuses) for one in node.managed.readiness().unmet]


def test_a_node_that_serves_well_finds_nothing(node: Node):
    assert told(node) == []


def test_a_certificate_that_peers_refuse_makes_a_serving_node_unready(own: Configured, node: Node):
    own.put("tls/server", Bad.TLS_CLIENT_EXPIRED.credential)
    assert ("certificates-accepted", True) in told(node)


@pytest.mark.parametrize(("name", "conditions"), [
    ("tls/server.key", ["files-there"]),
    ("seal/seal.pem", ["files-there"]),
    ("store/keys", ["files-there"]),
])  # fmt: skip
def test_a_file_that_went_while_the_node_serves_is_a_warning(
    own: Configured, node: Node, name: str, conditions: list[str]
):
    (own.state / name).unlink()
    found = told(node)
    assert {(condition, False) for condition in conditions} <= set(found)
    assert not any(refuses for _, refuses in found)


def test_a_list_that_broke_while_the_node_serves_is_a_warning(own: Configured, node: Node):
    own.write("tls/crl/more.crl", b"x")
    found = told(node)
    assert ("lists-readable", False) in found
    assert not any(refuses for _, refuses in found)


@contextmanager
def locked(own: Configured, node: str = "ncpeh-1") -> Iterator[NodeLock]:
    lock = NodeLock(f"sqlite:///{own.state}/ncpeh.db", node)
    lock.take()
    try:
        yield lock
    finally:
        lock.release()


def test_the_process_that_holds_its_id_is_ready(own: Configured):
    with locked(own) as ours, serving(ours) as node:
        assert told(node) == []


def test_another_process_with_its_id_makes_it_unready(own: Configured):
    with locked(own), serving(NodeLock(f"sqlite:///{own.state}/ncpeh.db", "ncpeh-1")) as node:
        assert told(node) == [("node-once", True)]


def test_a_database_that_takes_no_row_makes_it_unready(own: Configured, node: Node):
    with closing(sqlite3.connect(own.state / "ncpeh.db")) as connection:
        connection.execute("ALTER TABLE alembic_version RENAME TO elsewhere")
        connection.commit()
    assert ("database-usable", True) in told(node)


def test_what_it_finds_is_a_line_of_the_log_when_it_begins_and_when_it_is_over(own: Configured, node: Node):
    own.write("tls/crl/more.crl", b"x")
    with capture_logs() as first:
        node.upkeep.tidy()
        node.upkeep.tidy()
    (own.state / "tls/crl/more.crl").unlink()
    with capture_logs() as second:
        node.upkeep.tidy()
    begun = [line for line in first if line["event"] == "condition-unmet"]
    assert [(line["log_level"], line["condition"]) for line in begun] == [("warning", "lists-readable")]
    assert f"{own.state}/tls/crl/more.crl" in begun[0]["found"]
    assert [line["condition"] for line in second if line["event"] == "condition-met"] == ["lists-readable"]


def ending(stage: int) -> Unmet:
    shortcoming = Shortcoming("seal.pem", f"ends in {stage} days", "order one", stage=stage)
    return Unmet("certificates-last", Consequence.WARN, shortcoming)


def test_an_end_to_come_is_told_again_at_each_stage():
    watch = OwnWatch()
    with capture_logs() as lines:
        for stage in (60, 60, 30, 30, 7):
            watch.tell([ending(stage)])
        watch.tell([])
    assert [line["event"] for line in lines] == ["condition-unmet"] * 3 + ["condition-met"]
