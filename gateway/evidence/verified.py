"""One event, verified where it stands in the chain: for who goes on from what was recorded."""

import json
from uuid import UUID

from sqlalchemy import select

from gateway.errors import StoreTampered
from gateway.evidence.event import Event, read_event
from gateway.evidence.row import GENESIS, row_hash
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
