"""Which prescriptions a dispensing abroad is at work on now, for whoever must say so and decides nothing."""

from collections.abc import Collection

from sqlalchemy import select

from gateway.journal.tables import journal_rows
from gateway.store.engine import Store


def taken_now(store: Store, prescriptions: Collection[str]) -> frozenset[str]:
    """Of these ReseptIds (lower case) those that a row of the journal alone may touch. Raises StoreUnavailable."""
    taken = journal_rows.c.taken
    with store.reading() as connection:
        found = connection.execute(select(taken).where(taken.in_(prescriptions))).scalars()
        return frozenset(str(one) for one in found)
