import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text

from gateway.errors import StoreUnavailable
from gateway.store.engine import Store
from gateway.store.errors import DatabaseUrlUnsupported
from gateway.store.migrate import migrate
from gateway.store.tables import seen_once

ROW = {"space": "test", "key": b"k" * 32, "value": "v", "until": 1}


def rows(store: Store) -> int:
    with store.reading() as connection:
        return connection.execute(select(func.count()).select_from(seen_once)).scalar_one()


def test_commits_what_ended_well(store: Store):
    with store.unit_of_work() as unit:
        unit.connection.execute(insert(seen_once), ROW)
    assert rows(store) == 1


def test_undoes_all_of_what_raised(store: Store):
    with pytest.raises(LookupError), store.unit_of_work() as unit:
        unit.connection.execute(insert(seen_once), ROW)
        raise LookupError
    assert rows(store) == 0


def test_runs_what_was_asked_for_after_the_commit_and_not_before(store: Store):
    counted: list[int] = []
    with store.unit_of_work() as unit:
        unit.after_commit(lambda: counted.append(rows(store)))
        unit.connection.execute(insert(seen_once), ROW)
        assert counted == []
    assert counted == [1]


def test_runs_nothing_after_a_transaction_that_was_undone(store: Store):
    counted: list[int] = []
    with pytest.raises(StoreUnavailable), store.unit_of_work() as unit:
        unit.after_commit(lambda: counted.append(1))
        unit.connection.execute(text("SELECT nothing FROM nowhere"))
    assert counted == []


def test_a_database_error_says_class_and_code_and_quotes_no_row(store: Store):
    with store.unit_of_work() as unit:
        unit.connection.execute(insert(seen_once), ROW)
    with pytest.raises(StoreUnavailable) as refused, store.unit_of_work() as unit:
        unit.connection.execute(insert(seen_once), ROW | {"value": "confidential"})
    assert refused.value.cause in ("IntegrityError/SQLITE_CONSTRAINT_PRIMARYKEY", "UniqueViolation/23505")
    assert refused.value.__suppress_context__


def test_a_reader_sees_one_snapshot_while_a_writer_commits(store: Store):
    with store.reading() as connection:
        before = connection.execute(select(func.count()).select_from(seen_once)).scalar_one()
        with store.unit_of_work() as unit:
            unit.connection.execute(insert(seen_once), ROW)
        assert connection.execute(select(func.count()).select_from(seen_once)).scalar_one() == before == 0
    assert rows(store) == 1


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_snapshot_cannot_write(store: Store):
    with pytest.raises(StoreUnavailable, match="ReadOnlySqlTransaction"), store.reading() as connection:
        connection.execute(insert(seen_once), ROW)


def test_writers_of_one_process_take_turns(store: Store):
    def add(number: int) -> None:
        with store.unit_of_work() as unit:
            count = unit.connection.execute(select(func.count()).select_from(seen_once)).scalar_one()
            unit.connection.execute(insert(seen_once), ROW | {"key": bytes([number] * 32), "until": count})

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows(store) == 8


def test_sqlite_flushes_every_commit(tmp_path: Path):
    migrate(f"sqlite:///{tmp_path}/x.db")
    store = Store.open(f"sqlite:///{tmp_path}/x.db")
    with store.reading() as connection:
        names = ("journal_mode", "synchronous", "foreign_keys")
        settings = [connection.execute(text(f"PRAGMA {name}")).scalar() for name in names]
    store.close()
    assert settings == ["wal", 2, 1]


def test_a_thread_that_waits_too_long_for_its_turn_is_refused(tmp_path: Path):
    migrate(f"sqlite:///{tmp_path}/x.db")
    store = Store.open(f"sqlite:///{tmp_path}/x.db", busy=timedelta(milliseconds=20))
    refused: list[str] = []

    def wait() -> None:
        with pytest.raises(StoreUnavailable) as caught, store.unit_of_work():
            pass
        refused.append(caught.value.cause)

    with store.unit_of_work():
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join()
    with store.unit_of_work():
        pass
    store.close()
    assert refused == ["busy"]


def test_opening_does_not_make_a_database_by_accident(tmp_path: Path):
    store = Store.open(f"sqlite:///{tmp_path}/absent.db")
    with pytest.raises(StoreUnavailable, match="SQLITE_CANTOPEN"), store.reading():
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["", "no url", "sqlite://", "sqlite:///:memory:", "mysql://localhost/x", "oracle://x"])
def test_refuses_a_url_it_does_not_serve(url: str):
    with pytest.raises(DatabaseUrlUnsupported):
        Store.open(url)


def test_a_database_that_takes_a_row_is_writable_and_nothing_of_it_stays(store: Store):
    with store.reading() as connection:
        before = connection.execute(text("SELECT * FROM alembic_version")).all()
    store.require_writable()
    with store.reading() as connection:
        assert connection.execute(text("SELECT * FROM alembic_version")).all() == before


@contextmanager
def only_read(database: str) -> Iterator[Store]:
    """The database, which takes no row meanwhile."""
    if database.startswith("sqlite"):
        with closing(Store.open(f"{database}?mode=ro")) as store:
            yield store
        return
    _set_read_only(database, "on")
    try:
        with closing(Store.open(database)) as store:
            yield store
    finally:
        _set_read_only(database, "off")


def _set_read_only(database: str, value: str) -> None:
    with closing(Store.open(database)) as store, store.unit_of_work() as unit:
        unit.connection.execute(text("SET TRANSACTION READ WRITE"))
        name = unit.connection.execute(text("SELECT current_database()")).scalar_one()
        unit.connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {value}'))


def test_a_database_that_may_only_be_read_is_not_writable(database: str):
    with only_read(database) as store:
        with pytest.raises(StoreUnavailable) as refused:
            store.require_writable()
        with store.reading() as connection:
            assert connection.execute(text("SELECT 1")).scalar_one() == 1
    assert refused.value.cause in {"OperationalError/SQLITE_READONLY", "ReadOnlySqlTransaction/25006"}
