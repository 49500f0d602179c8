"""The shape of the database: brought to head by `ncpeh db migrate` alone, asked for by every node at its start."""

import contextlib
import os
import sqlite3
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import make_url, text

from gateway.store.engine import Store
from gateway.store.errors import DatabaseNotCurrent, DatabaseNotDurable

_SCRIPTS = Path(__file__).parent / "migrations"
_ONE_AT_A_TIME = 0x6E63706568  # "ncpeh", PostgreSQL advisory lock
_DURABLE = {
    "fsync": {"on"},
    "full_page_writes": {"on"},
    "synchronous_commit": {"on", "remote_apply", "remote_write"},
    "server_encoding": {"UTF8"},
}


def needed_revision() -> str:
    """The revision this program needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None, "the migrations have one head"
    return head


def found_revision(store: Store) -> str | None:
    """The revision the database is at; None for an empty one. Raises StoreUnavailable."""
    with store.reading() as connection:
        return MigrationContext.configure(connection).get_current_revision()


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
    return before, needed_revision()


def require_current(store: Store) -> None:
    """Return when a node may start on this database.

    Raises DatabaseNotCurrent when it is not at head, DatabaseNotDurable when the server may lose a commit,
    StoreUnavailable.
    """
    found, needed = found_revision(store), needed_revision()
    if found != needed:
        raise DatabaseNotCurrent(found=found, needed=needed)
    if store.engine.dialect.name == "postgresql":
        _require_durable(store)


def _require_durable(store: Store) -> None:
    with store.reading() as connection:
        for setting, accepted in _DURABLE.items():
            value = connection.execute(text("SELECT current_setting(:name)"), {"name": setting}).scalar_one()
            if value not in accepted:
                raise DatabaseNotDurable(setting=setting, value=value)


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
