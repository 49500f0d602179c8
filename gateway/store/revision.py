"""The shape the database has, and the one this program needs: asked by every node at its start, without Alembic."""

from typing import Final

from sqlalchemy import inspect, text

from gateway.store.engine import Store
from gateway.store.errors import DatabaseNotCurrent, DatabaseNotDurable

NEEDED: Final = "m0010"
"""The newest revision below `migrations/versions`."""
_DURABLE = {
    "fsync": {"on"},
    "full_page_writes": {"on"},
    "synchronous_commit": {"on", "remote_apply", "remote_write"},
    "server_encoding": {"UTF8"},
}


def found_revision(store: Store) -> str | None:
    """The revision the database is at; None for an empty one. Raises StoreUnavailable."""
    with store.reading() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return None if revision is None else str(revision)


def require_current(store: Store) -> None:
    """Return when a node may start on this database.

    Raises DatabaseNotCurrent when it is not at head, DatabaseNotDurable when the server may lose a commit,
    StoreUnavailable.
    """
    found, needed = found_revision(store), NEEDED
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
