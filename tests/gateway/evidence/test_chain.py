import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.errors import EvidenceUnavailable
from gateway.evidence.chain import Chain
from gateway.evidence.event import read_event
from gateway.evidence.row import GENESIS
from gateway.evidence.verify import verify
from gateway.store.engine import Store
from tests.support.nodes.evidence import chain, event, fill, refused
from tests.support.nodes.launched import fork_server, forked
from tests.support.nodes.writers import record_fifty


def rows(store: Store) -> int:
    with store.reading() as connection:
        return int(connection.execute(text("SELECT count(*) FROM evidence")).scalar_one())


def test_the_first_row_follows_the_beginning(store: Store):
    row = chain(store).record(event())
    assert (row.sequence, row.previous) == (1, GENESIS)


def test_each_row_carries_the_hash_of_the_one_before(store: Store):
    evidence = chain(store)
    first, second = evidence.record(event(1)), evidence.record(refused(2))
    assert (second.sequence, second.previous) == (2, first.hash)


def test_the_stored_event_is_the_one_recorded(store: Store):
    chain(store).record(event())
    with store.reading() as connection:
        assert read_event(connection.execute(text("SELECT event FROM evidence")).scalar_one()) == event()


def test_a_row_is_there_for_others_when_record_returns(database: str):
    writer, reader = Store.open(database), Store.open(database)
    chain(writer).record(event())
    assert rows(reader) == 1
    writer.close()
    reader.close()


def test_a_row_belongs_to_the_transaction_it_is_added_in(store: Store):
    with pytest.raises(LookupError), store.unit_of_work() as unit:
        chain(store).append(event(), unit)
        raise LookupError
    assert (rows(store), verify(store).intact) == (0, True)


def test_two_rows_of_one_transaction_follow_each_other(store: Store):
    evidence = chain(store)
    with store.unit_of_work() as unit:
        first, second = evidence.append(event(1), unit), evidence.append(event(2), unit)
    assert (second.sequence, second.previous) == (2, first.hash)
    assert verify(store).intact


def test_an_event_is_recorded_once(store: Store):
    evidence = chain(store)
    evidence.record(event())
    with pytest.raises(EvidenceUnavailable):
        evidence.record(event())
    assert (rows(store), verify(store).intact) == (1, True)


def test_refuses_when_the_head_is_gone(store: Store):
    with store.unit_of_work() as unit:
        unit.connection.execute(text("DELETE FROM evidence_head"))
    with pytest.raises(EvidenceUnavailable, match="HeadMissing"):
        chain(store).record(event())


def test_threads_make_one_chain(store: Store):
    evidence = chain(store)
    threads = [
        threading.Thread(target=lambda first=first: [evidence.record(event(n)) for n in range(first, first + 10)])
        for first in range(1, 80, 10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (rows(store), verify(store).intact) == (80, True)


def test_processes_make_one_chain(database: str, tmp_path: Path):
    together = fork_server().Barrier(2)
    processes = [
        forked(record_fifty, (database, first, tmp_path / "outside", together), tmp_path / f"log-{first}")
        for first in (1, 1001)
    ]
    assert [process.wait() for process in processes] == [0, 0]
    store = Store.open(database)
    assert (rows(store), verify(store).intact) == (100, True)
    store.close()


def test_works_without_anything_outside_the_database(store: Store):
    fill(Chain(store), 3)
    Chain(store).stop(event().end)
    assert verify(store).rows == 3
