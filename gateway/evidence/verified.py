"""Events verified where they stand in the chain: for who goes on from what was recorded."""

import json
from uuid import UUID

from sqlalchemy import Connection, select

from gateway.errors import StoreTampered
from gateway.evidence.event import Event, read_event
from gateway.evidence.row import GENESIS, Head, row_hash
from gateway.evidence.tables import evidence
from gateway.store.engine import Store


def verified_event(store: Store, event_id: UUID) -> Event:
    """The event of that id, whose row gives its hash and follows the row before it.

    The rest of the chain is `verify.py`'s. Raises StoreTampered when there is none, or when it was changed;
    StoreUnavailable.
    """
    with store.reading() as connection:
        row = connection.execute(select(evidence).where(evidence.c.event_id == str(event_id))).one_or_none()
        if row is None:
            raise StoreTampered
        before = connection.execute(select(evidence.c.hash).where(evidence.c.sequence == row.sequence - 1)).scalar()
    previous = GENESIS if row.sequence == 1 else before
    if row.previous != previous or row.hash != row_hash(row.sequence, row.previous, row.event):
        raise StoreTampered
    try:
        if json.loads(row.event)["id"] != str(event_id):
            raise StoreTampered
        return read_event(row.event)
    except (ValueError, KeyError, TypeError):
        raise StoreTampered from None


_AT_ONCE = 1000


def leads_to(connection: Connection, first: int, told: Head) -> bool:
    """Whether the rows from ``first`` on are a whole chain up to ``told``, which was kept outside the database.

    Then each of them is as it was recorded: none can be changed, put in or taken out without another hash at the end.
    ``told`` is to be read before ``connection`` sees the database. Linear in the rows between.
    """
    wanted = select(evidence).where(evidence.c.sequence.between(first, told.sequence)).order_by(evidence.c.sequence)
    before: Head | None = None
    with connection.execute(wanted.execution_options(stream_results=True, yield_per=_AT_ONCE)) as rows:
        for row in rows:
            expected = (first, row.previous) if before is None else (before.sequence + 1, before.hash)
            if (row.sequence, row.previous) != expected:
                return False
            if row.hash != row_hash(row.sequence, row.previous, row.event):
                return False
            before = Head(row.sequence, row.hash)
    return before == told
