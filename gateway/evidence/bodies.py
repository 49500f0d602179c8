"""Request and response bytes beside their evidence row, sealed; kept only where configured (off by default).

Digests are in the event always; bodies exist for the time a dispute may last and are the first thing a purge removes.
"""

import hashlib
from uuid import UUID

from sqlalchemy import insert, select

from gateway.evidence.event import Event
from gateway.evidence.tables import evidence_bodies
from gateway.store.engine import Store, UnitOfWork
from gateway.store.keys import KeyRing, Sealed

_PURPOSE = "evidence-body/{part}"
_NOTHING = hashlib.sha256(b"").hexdigest()
"""Of the body that stands for no answer."""


class Bodies:
    """Sealed bodies, keyed to the event's id."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    def keep(self, event: Event, request: bytes, response: bytes, unit_of_work: UnitOfWork) -> None:
        """Add the bodies of ``event`` in the transaction that adds its row; they must be the bytes it has digests of.

        Raises ValueError when they are not; a database error as the driver's, which the chain turns into a refusal.
        """
        exchanged = event.exchanged
        digests = exchanged.request_sha256, exchanged.response_sha256 or _NOTHING
        if (hashlib.sha256(request).hexdigest(), hashlib.sha256(response).hexdigest()) != digests:
            raise ValueError("bodies that are not the ones the event has digests of")
        parts = {
            part: self._keys.seal(_PURPOSE.format(part=part), str(event.id), body, b"")
            for part, body in (("request", request), ("response", response))
        }
        row = {part: sealed.data for part, sealed in parts.items()}
        unit_of_work.connection.execute(
            insert(evidence_bodies), {"event_id": str(event.id), "key_id": parts["request"].key_id, **row}
        )

    def read(self, store: Store, event_id: UUID) -> tuple[bytes, bytes] | None:
        """Request and response of that event, None when not kept. Raises StoreTampered, StoreUnavailable."""
        with store.reading() as connection:
            wanted = select(evidence_bodies).where(evidence_bodies.c.event_id == str(event_id))
            row = connection.execute(wanted).mappings().one_or_none()
        if row is None:
            return None
        request, response = (
            self._keys.unseal(_PURPOSE.format(part=part), row["event_id"], Sealed(row["key_id"], row[part]), b"")
            for part in ("request", "response")
        )
        return request, response
