"""One node of an id on a database: held while the process lives, free after it, also after a kill."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gateway.store.errors import DatabaseUrlUnsupported
from gateway.store.node_lock import NodeLock, NodeLockStanding
from tests.support.machine.postgres import own_server

HOLDS = """
import sys, time
from gateway.store.node_lock import NodeLock
lock = NodeLock(sys.argv[1], sys.argv[2])
print(lock.take(0), flush=True)
time.sleep(600)
"""


@contextmanager
def holder(url: str, node: str) -> Iterator["subprocess.Popen[str]"]:
    """Another process that took the lock."""
    command = [sys.executable, "-c", HOLDS, url, node]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == NodeLockStanding.OURS
            yield process
        finally:
            process.kill()


@contextmanager
def lock(url: str, node: str = "no-1") -> Iterator[NodeLock]:
    made = NodeLock(url, node)
    try:
        yield made
    finally:
        made.release()


def test_a_second_node_of_the_id_is_told_that_it_runs_elsewhere(database: str):
    with lock(database) as first, lock(database) as second:
        assert first.take() is NodeLockStanding.OURS
        assert second.take(0) is NodeLockStanding.ELSEWHERE
        assert first.standing() is NodeLockStanding.OURS


def test_nodes_of_other_ids_hold_their_own(database: str):
    with lock(database) as first, lock(database, "no-2") as second:
        assert (first.take(), second.take(0)) == (NodeLockStanding.OURS, NodeLockStanding.OURS)


def test_what_was_released_is_free(database: str):
    with lock(database) as first, lock(database) as second:
        first.take()
        first.release()
        assert second.take(0) is NodeLockStanding.OURS


def test_a_killed_process_leaves_it_free(database: str):
    with holder(database, "no-1") as other, lock(database) as ours:
        assert ours.take(0) is NodeLockStanding.ELSEWHERE
        other.kill()
        other.wait()
        assert ours.take() is NodeLockStanding.OURS


def test_a_folder_that_cannot_be_written_says_nothing(tmp_path):
    with lock(f"sqlite:///{tmp_path}/absent/node.db") as ours:
        assert ours.take(0) is NodeLockStanding.UNKNOWN


def test_a_lock_lost_with_its_server_is_taken_again():
    server = own_server()
    with server.database() as url, lock(url) as ours, lock(url) as other:
        assert ours.take() is NodeLockStanding.OURS
        server.stop()
        try:
            assert ours.standing() is NodeLockStanding.UNKNOWN
        finally:
            server.start()
        assert ours.standing() is NodeLockStanding.OURS
        assert other.take(0) is NodeLockStanding.ELSEWHERE


def test_a_lock_that_another_took_meanwhile_is_not_ours():
    server = own_server()
    with server.database() as url, lock(url) as ours, lock(url) as other:
        assert ours.take() is NodeLockStanding.OURS
        server.stop()
        server.start()
        assert other.take(0) is NodeLockStanding.OURS
        assert [ours.standing(), ours.standing()] == [NodeLockStanding.UNKNOWN, NodeLockStanding.ELSEWHERE]


@pytest.mark.parametrize("url", ["sqlite:///:memory:", "mysql://host/db"])
def test_a_database_of_another_kind_has_no_lock(url: str):
    with pytest.raises(DatabaseUrlUnsupported):
        NodeLock(url, "no-1")
