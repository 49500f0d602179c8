"""Which keys the database was written with, so that no node writes to it with others.

A row for each key: its id and an HMAC-SHA256 under it, which says nothing about the key to who has no key. Rows of
another key file with the same ids would otherwise lie side by side, and each node would find the other's changed.
"""

import hmac

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.store.documents import IssuedDocuments
from gateway.store.engine import Store
from gateway.store.errors import StoreKeysDiffer
from gateway.store.keys import KeyRing
from gateway.store.tables import store_keys

_PURPOSE = "store-key"


def require_same_keys(store: Store, keys: KeyRing) -> None:
    """Return when no key of the ring is another one than that id stood for, and one that was noted is in the ring.

    A key that is in the database and no longer in the ring was rotated out; that all were is another file. Raises
    StoreKeysDiffer, StoreUnavailable.
    """
    with store.reading() as connection:
        noted = {row.key_id: row.proof for row in connection.execute(select(store_keys).order_by(store_keys.c.key_id))}
    if noted and not noted.keys() & keys.keys.keys():
        raise StoreKeysDiffer(key_id=next(iter(noted)), absent=True)
    for key_id in sorted(noted.keys() & keys.keys.keys()):
        if not hmac.compare_digest(noted[key_id], _proof(keys, key_id)):
            raise StoreKeysDiffer(key_id=key_id, absent=False)
    for key_id in sorted(keys.keys.keys() - noted.keys()):
        if not IssuedDocuments(store, keys).opens_newest_of(key_id):  # rows from before keys were noted
            raise StoreKeysDiffer(key_id=key_id, absent=False)


def note_keys(store: Store, keys: KeyRing) -> None:
    """Note those keys of the ring that are not noted, after `require_same_keys`. Raises StoreUnavailable."""
    insert = sqlite.insert if store.engine.dialect.name == "sqlite" else postgresql.insert
    with store.unit_of_work() as unit:
        for key_id in sorted(keys.keys):
            row = insert(store_keys).values(key_id=key_id, proof=_proof(keys, key_id))
            unit.connection.execute(row.on_conflict_do_nothing())


def _proof(keys: KeyRing, key_id: str) -> str:
    return keys.mac(_PURPOSE, key_id.encode(), key_id).hex()
