"""Databases for the tests, each test on both kinds: fixtures to be imported by a conftest.py."""

import base64
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from gateway.store.engine import Store
from gateway.store.keys import KeyRing
from gateway.store.migrate import migrate
from tests.support.machine.postgres import server

NOW = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
KEYS = KeyRing(current="k1", keys={"k1": bytes(range(32))})


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a database that nothing was done to; for SQLite the file is not there."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/node.db"
    else:
        with server().database() as url:
            yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a migrated database; migrating each kind once is enough for a run."""
    if request.param == "sqlite":
        (tmp_path / "node.db").write_bytes(migrated_file())
        yield f"sqlite:///{tmp_path}/node.db"
    else:
        with server().prepared(migrate) as url:
            yield url


@cache
def migrated_file() -> bytes:
    """A SQLite database at head."""
    with tempfile.TemporaryDirectory() as folder:
        migrate(f"sqlite:///{folder}/node.db")
        return Path(folder, "node.db").read_bytes()


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    """An open store on a migrated database."""
    store = Store.open(database)
    yield store
    store.close()


def key_line(key_id: str, key: bytes) -> str:
    """A line of a key file."""
    return f"{key_id}:{base64.urlsafe_b64encode(key).decode()}\n"
