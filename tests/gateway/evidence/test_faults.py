"""The evidence store is down, full, locked or read-only (H09), or the process is killed: no row, no data."""

import os
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import text

from gateway.errors import EvidenceUnavailable
from gateway.evidence.chain import Chain
from gateway.evidence.head_file import HeadFile
from gateway.evidence.verify import verify
from gateway.store.engine import Store
from tests.support.machine import postgres
from tests.support.machine.failpoint import stopped_at
from tests.support.nodes.evidence import REQUEST, RESPONSE, chain, event, fill, with_bodies
from tests.support.nodes.launched import forked
from tests.support.nodes.stores import KEYS
from tests.support.nodes.writers import record_one

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
POSTGRESQL = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
SHORT = timedelta(milliseconds=50)


def state(database: str) -> tuple[int, int, bool]:
    """Rows, bodies, and whether the chain is intact, as another process sees it."""
    store = Store.open(database)
    result = verify(store)
    with store.reading() as connection:
        bodies = connection.execute(text("SELECT count(*) FROM evidence_bodies")).scalar_one()
    store.close()
    return result.rows, bodies, result.intact


@SQLITE
def test_a_read_only_database_is_no_evidence(database: str):
    store = Store.open(f"{database}?mode=ro")
    with pytest.raises(EvidenceUnavailable, match="SQLITE_READONLY"):
        chain(store).record(event())
    store.close()
    assert state(database) == (0, 0, True)


@SQLITE
def test_a_full_disk_is_no_evidence_and_leaves_nothing_half_written(database: str):
    store = Store.open(database)
    evidence = with_bodies(store)
    evidence.record(event(1), request=REQUEST, response=RESPONSE)

    def no_more_pages(connection, *_: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")

    sqlalchemy_event.listen(store.engine, "checkout", no_more_pages)
    with pytest.raises(EvidenceUnavailable, match="SQLITE_FULL"):
        for number in range(2, 1000):
            evidence.record(event(number), request=REQUEST, response=RESPONSE)
    store.close()
    rows, bodies, intact = state(database)
    assert (rows, intact) == (bodies, True)
    assert rows < 999


@SQLITE
def test_a_database_locked_for_too_long_is_no_evidence(database: str):
    holder, store = Store.open(database), Store.open(database, busy=SHORT)
    with holder.unit_of_work(), pytest.raises(EvidenceUnavailable, match="SQLITE_BUSY"):
        chain(store).record(event(1))
    chain(store).record(event(2))
    holder.close()
    store.close()
    assert state(database) == (1, 0, True)


@POSTGRESQL
def test_a_head_locked_for_too_long_is_no_evidence(database: str):
    holder, store = Store.open(database), Store.open(database, busy=SHORT)
    with holder.unit_of_work() as unit:
        unit.connection.execute(text("SELECT * FROM evidence_head FOR UPDATE"))
        with pytest.raises(EvidenceUnavailable, match="LockNotAvailable/55P03"):
            chain(store).record(event(1))
    chain(store).record(event(2))
    holder.close()
    store.close()
    assert state(database) == (1, 0, True)


@SQLITE
def test_a_database_file_that_is_none_is_no_evidence(database: str):
    path = Path(database.removeprefix("sqlite:///"))
    path.write_bytes(b"not a database at all" * 1000)
    store = Store.open(database)
    with pytest.raises(EvidenceUnavailable, match="SQLITE_NOTADB"):
        chain(store).record(event())
    store.close()


def test_a_table_that_is_gone_is_no_evidence(store: Store):
    with store.unit_of_work() as unit:
        unit.connection.execute(text("DROP TABLE evidence_bodies"))
        unit.connection.execute(text("DROP TABLE evidence"))
    with pytest.raises(EvidenceUnavailable, match=r"OperationalError|UndefinedTable"):
        chain(store).record(event())


def test_no_free_connection_is_no_evidence(database: str):
    store = Store.open(database, pool=1, busy=SHORT)
    with store.reading(), pytest.raises(EvidenceUnavailable, match="TimeoutError"):
        chain(store).record(event(1))
    chain(store).record(event(2))
    store.close()
    assert state(database) == (1, 0, True)


@pytest.fixture
def stopping() -> Iterator[postgres.Server]:
    """The server of the tests, which runs again when the test ends."""
    server = postgres.server()
    yield server
    server.start()


@POSTGRESQL
def test_a_stopped_server_is_no_evidence_until_it_is_back(database: str, stopping: postgres.Server):
    store = Store.open(database)
    evidence = chain(store)
    evidence.record(event(1))
    stopping.stop()
    for number in (2, 3):
        with pytest.raises(EvidenceUnavailable, match=r"OperationalError|AdminShutdown"):
            evidence.record(event(number))
    stopping.start()
    evidence.record(event(4))
    store.close()
    assert state(database) == (2, 0, True)


@POSTGRESQL
def test_a_server_that_stops_before_the_commit_is_no_evidence(database: str, stopping: postgres.Server):
    store = Store.open(database)
    evidence = chain(store)

    def stop(_connection: object) -> None:
        stopping.stop()

    sqlalchemy_event.listen(store.engine, "commit", stop)
    with pytest.raises(EvidenceUnavailable):
        evidence.record(event(1))
    sqlalchemy_event.remove(store.engine, "commit", stop)
    stopping.start()
    evidence.record(event(2))
    store.close()
    assert state(database) == (1, 0, True)


def kill_at(point: str, database: str, outside: Path, marker: Path) -> str:
    """Let a process record event 2, kill it when it reaches ``point``; what it had answered."""
    os.mkfifo(marker)
    log = marker.with_suffix(".log")
    child = forked(record_one, (database, outside, f"{point}={marker}"), log)
    assert stopped_at(marker, child) == point
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    return log.read_text("utf-8")


@pytest.mark.parametrize(("point", "rows"), [("evidence.inserted", 1), ("evidence.committed", 2)])
def test_a_process_killed_around_its_commit_leaves_a_whole_chain(database: str, tmp_path: Path, point: str, rows: int):
    outside = tmp_path / "outside"
    store = Store.open(database)
    evidence = chain(store, outside)
    evidence.record(event(1))
    assert kill_at(point, database, outside, tmp_path / "marker") == ""
    assert state(database) == (rows, 0, True)
    evidence.record(event(3))  # a row that was committed and not told outside is no cut
    result = verify(store, outside, keys=KEYS)
    store.close()
    assert HeadFile(outside, "no-1", KEYS).newest() == result.head
    assert result.head.sequence == rows + 1


def test_a_failpoint_does_nothing_unless_it_is_named(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NCPEH_FAILPOINT", f"another.point={tmp_path}/marker")
    store = Store.open(database)
    fill(Chain(store), 1)
    store.close()
    assert not (tmp_path / "marker").exists()
