"""The database of a node: SQLite in WAL mode with every commit flushed, or PostgreSQL by changing the URL.

Writers hold the database one at a time (SQLite, BEGIN IMMEDIATE) or lock the rows they need (PostgreSQL). Tables belong
to the rooms that use them; only `gateway/store/migrate.py` changes their shape.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import timedelta
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from gateway.errors import StoreUnavailable
from gateway.store.errors import DatabaseUrlUnsupported

DRIVER_ERRORS = (DBAPIError, PoolTimeout)
"""What a database and its pool raise. Conflicts are told by ON CONFLICT, so none of these is ever an answer."""

_BUSY = timedelta(seconds=5)
_STATEMENT = timedelta(seconds=30)
_READING = "ncpeh_reading"


def driver_code(error: DBAPIError | PoolTimeout) -> str:
    """Class and code of a driver's error, without its text, which may quote a row (PostgreSQL DETAIL)."""
    original = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(original, "sqlstate", None) or getattr(original, "sqlite_errorname", None)
    return f"{type(original).__name__}/{code}" if code else type(original).__name__


class _UndoneError(Exception):
    """Ends a transaction that was only to be tried."""


class UnitOfWork:
    """One write transaction: what is done on its ``connection`` is committed together or not at all."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._after_commit: list[Callable[[], None]] = []

    def after_commit(self, action: Callable[[], None]) -> None:
        """Have ``action`` run once the transaction is durable, before `Store.unit_of_work` returns."""
        self._after_commit.append(action)

    def committed(self) -> None:
        """Run what was asked for; called by the store alone."""
        for action in self._after_commit:
            action()


class Store:
    """An open database. Safe for threads; every process opens its own."""

    def __init__(self, engine: Engine, *, busy: timedelta) -> None:
        self.engine = engine
        self._busy = busy
        self._turn = threading.Lock() if engine.dialect.name == "sqlite" else None

    @classmethod
    def open(cls, url: str, *, busy: timedelta = _BUSY, pool: int = 16) -> "Store":
        """Open ``sqlite:///PATH`` (``sqlite:////abs/path``) or ``postgresql://…``; no connection is made yet.

        ``busy`` bounds every wait for a lock, a free connection or a new one; ``pool`` is the number of connections. A
        SQLite file must be there: only migrate makes one. Raises DatabaseUrlUnsupported.
        """
        try:
            parsed = make_url(url)
        except ArgumentError:
            raise DatabaseUrlUnsupported from None
        options: dict[str, object]
        match parsed.get_backend_name():
            case "sqlite":
                target, options = _sqlite_url(parsed), {"timeout": busy.total_seconds()}
            case "postgresql":
                target, options = parsed.set(drivername="postgresql+psycopg"), _postgresql_options(busy)
            case _:
                raise DatabaseUrlUnsupported
        engine = create_engine(
            target,
            connect_args=options,
            hide_parameters=True,
            pool_size=pool,
            max_overflow=0,
            pool_timeout=busy.total_seconds(),
            pool_pre_ping=target.get_backend_name() == "postgresql",
        )
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
        return cls(engine, busy=busy)

    @contextmanager
    def unit_of_work(self) -> Iterator[UnitOfWork]:
        """A write transaction: committed and flushed to disk when the block ends, undone when it raises.

        Do not open one inside another. Raises StoreUnavailable for whatever the database refuses, at any statement or
        at the commit. A commit that fails because the connection broke may have happened: the caller must not rely on
        either.
        """
        with self._one_writer():
            try:
                with self.engine.connect() as connection, connection.begin():
                    unit = UnitOfWork(connection)
                    yield unit
            except DRIVER_ERRORS as error:
                raise StoreUnavailable(driver_code(error)) from None
        unit.committed()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read transaction over one snapshot of the database; never waits for writers. Raises StoreUnavailable."""
        try:
            with self.engine.connect().execution_options(**self._snapshot()) as connection, connection.begin():
                yield connection
        except DRIVER_ERRORS as error:
            raise StoreUnavailable(driver_code(error)) from None

    def require_writable(self) -> None:
        """Return when the database takes a row; nothing of it stays. Raises StoreUnavailable."""
        with suppress(_UndoneError), self.unit_of_work() as unit:
            unit.connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
            raise _UndoneError

    def close(self) -> None:
        """Close every connection; the store can be left to the garbage collector afterwards."""
        self.engine.dispose()

    def _snapshot(self) -> dict[str, Any]:
        if self.engine.dialect.name == "sqlite":
            return {_READING: True}
        return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

    def _one_writer(self) -> AbstractContextManager[None]:
        return nullcontext() if self._turn is None else _held(self._turn, self._busy)


@contextmanager
def _held(turn: threading.Lock, busy: timedelta) -> Iterator[None]:
    """Threads of one process queue here, in order; SQLite's own waiting polls and is left to other processes."""
    if not turn.acquire(timeout=busy.total_seconds()):
        raise StoreUnavailable("busy")
    try:
        yield
    finally:
        turn.release()


def _sqlite_url(url: URL) -> URL:
    if not url.database or url.database == ":memory:":
        raise DatabaseUrlUnsupported  # threads and processes would each see a database of their own
    query = {"mode": "rw", **url.query, "uri": "true"}
    return URL.create("sqlite+pysqlite", database=Path(url.database).absolute().as_uri(), query=query)


def _postgresql_options(busy: timedelta) -> dict[str, object]:
    wait, statement = (int(limit.total_seconds() * 1000) for limit in (busy, _STATEMENT))
    settings = {"lock_timeout": wait, "statement_timeout": statement, "idle_in_transaction_session_timeout": statement}
    return {
        "connect_timeout": max(2, round(busy.total_seconds())),  # libpq knows no shorter one
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
    }


def _prepare_sqlite(connection: SqliteConnection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see _begin_sqlite
    if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get(_READING, False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
