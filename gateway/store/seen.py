"""`trust.ports.SeenOnce` on the store: an atomic insert-or-get that every process of the node shares.

It only remembers; what is refused for it is decided in `trust/saml/replay.py`. How far it has forgotten stands beside
it: by a clock that is wrong, what was forgotten may look as if it had not ended yet, and is then not taken as new.
"""

import hashlib
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.errors import MemoryForgotten
from gateway.store.engine import Store, UnitOfWork
from gateway.store.moments import to_microseconds
from gateway.store.tables import seen_forgotten, seen_once


class SeenOnceInStore:
    """Memory of what was seen. Keys are kept as SHA-256 only; values as given, so they hold no personal data."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._insert = sqlite.insert if store.engine.dialect.name == "sqlite" else postgresql.insert

    def first_seen(self, space: str, key: str, value: str, until: datetime, now: datetime) -> str:
        """Remember ``value`` unless one is remembered that ends after ``now``; return the remembered one.

        Durable and seen by every process before it returns: of two that race, exactly one finds its own value. Opens a
        transaction of its own. Raises MemoryForgotten when what ended at ``until`` has been forgotten;
        StoreUnavailable.
        """
        digest, moment = hashlib.sha256(key.encode()).digest(), to_microseconds(now)
        new = self._insert(seen_once).values(space=space, key=digest, value=value, until=to_microseconds(until))
        taken_over = new.on_conflict_do_update(
            index_elements=[seen_once.c.space, seen_once.c.key],
            set_={"value": new.excluded.value, "until": new.excluded.until},
            where=seen_once.c.until <= moment,
        )
        held = select(seen_once.c.value).where(seen_once.c.space == space, seen_once.c.key == digest)
        with self._store.unit_of_work() as unit:
            unit.connection.execute(taken_over)
            # Asked after the row is ours: a purge that took it away has committed then, and how far it went is seen.
            if to_microseconds(until) <= unit.connection.execute(select(seen_forgotten.c.until)).scalar_one():
                raise MemoryForgotten
            return str(unit.connection.execute(held).scalar_one())

    def size(self) -> int:
        """How many are remembered. Raises StoreUnavailable."""
        with self._store.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(seen_once)).scalar_one())

    def purge(self, now: datetime) -> int:
        """Forget what ended at or before ``now``; returns how many. Raises StoreUnavailable."""
        moment = to_microseconds(now)
        further = update(seen_forgotten).where(seen_forgotten.c.until < moment).values(until=moment)
        with self._store.unit_of_work() as unit:
            unit.connection.execute(further)
            return unit.connection.execute(delete(seen_once).where(seen_once.c.until <= moment)).rowcount


def forgotten_until(unit: UnitOfWork, moment: datetime) -> None:
    """Say that what ended at or before ``moment`` may have been forgotten: no message of it is taken as new."""
    until = to_microseconds(moment)
    unit.connection.execute(update(seen_forgotten).where(seen_forgotten.c.until < until).values(until=until))
