"""Brings the database to the shape this program needs (`revision.py`), by `ncpeh db migrate` alone."""

import contextlib
import os
import sqlite3
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import make_url, text

from gateway.store.engine import Store

_SCRIPTS = Path(__file__).parent / "migrations"
_ONE_AT_A_TIME = 0x6E63706568  # "ncpeh", PostgreSQL advisory lock


def migrate(url: str) -> tuple[str | None, str]:
    """Bring the database at ``url`` to head in one transaction; returns the revisions before and after.

    Makes a SQLite file (readable by its owner only) that is not there yet. Two that run at once wait for each other.
    Raises StoreUnavailable, DatabaseUrlUnsupported.
    """
    with contextlib.closing(Store.open(url)) as store:
        _make_sqlite_file(url)
        with store.unit_of_work() as unit:
            if store.engine.dialect.name == "postgresql":
                unit.connection.execute(text("SET LOCAL statement_timeout = 0"))
                unit.connection.execute(text("SET LOCAL lock_timeout = 0"))
                unit.connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
            before = MigrationContext.configure(unit.connection).get_current_revision()
            config = _config()
            config.attributes["connection"] = unit.connection
            command.upgrade(config, "head")
            after = MigrationContext.configure(unit.connection).get_current_revision()
    assert after is not None, "the migrations have one head"
    return before, after


def _make_sqlite_file(url: str) -> None:
    """Make the file under another name and in WAL mode already: two that switch one file to WAL disturb each other."""
    target = make_url(url)
    if target.get_backend_name() != "sqlite" or not target.database or Path(target.database).exists():
        return
    path = Path(target.database)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # readable by its owner only
    os.close(descriptor)
    try:
        with contextlib.closing(sqlite3.connect(beside)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        with contextlib.suppress(FileExistsError):  # another was first, and its file is as good
            path.hardlink_to(beside)
    finally:
        Path(beside).unlink()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.set_main_option("path_separator", "os")
    return config
