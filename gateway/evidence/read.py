"""Reads events back: one by its id, the newest few. What is shown to an operator names no person."""

import json
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from gateway.evidence.tables import evidence
from gateway.store.engine import Store

_PERSONS = ("professional_id", "professional_name", "name_id", "provider_id")


def event_by_id(store: Store, event_id: UUID) -> dict[str, Any] | None:
    """What `shown` says of that event, None when there is none. Raises StoreUnavailable."""
    found = _shown_rows(store, select(evidence).where(evidence.c.event_id == str(event_id)))
    return found[0] if found else None


def newest_events(store: Store, count: int) -> list[dict[str, Any]]:
    """What `shown` says of the newest ``count`` events, oldest of them first. Raises StoreUnavailable."""
    return _shown_rows(store, select(evidence).order_by(evidence.c.sequence.desc()).limit(count))[::-1]


def shown(sequence: int, digest: bytes, event: str) -> dict[str, Any]:
    """A row without personal data: no professional, and of the patient only that there was one."""
    said = json.loads(event)
    said["actor"] = {name: value for name, value in said["actor"].items() if name not in _PERSONS}
    said["patient"] = None if said["patient"] is None else "withheld"
    return {"sequence": sequence, "hash": digest.hex(), **said}


def _shown_rows(store: Store, wanted: Select[Any]) -> list[dict[str, Any]]:
    with store.reading() as connection:
        return [shown(row.sequence, row.hash, row.event) for row in connection.execute(wanted)]
