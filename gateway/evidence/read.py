"""Reads events back: one by its id, the newest few, those that were asked for. What is shown names no person."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from gateway.evidence.tables import evidence
from gateway.store.canonical import read_instant
from gateway.store.engine import Store
from gateway.store.keys import PersonKey

_AT_A_TIME = 500
_PERSONS = ("professional_id", "professional_name", "name_id", "provider_id")


def event_by_id(store: Store, event_id: UUID) -> dict[str, Any] | None:
    """What `shown` says of that event, None when there is none. Raises StoreUnavailable."""
    found = _shown_rows(store, select(evidence).where(evidence.c.event_id == str(event_id)))
    return found[0] if found else None


def newest_events(store: Store, count: int) -> list[dict[str, Any]]:
    """What `shown` says of the newest ``count`` events, oldest of them first. Raises StoreUnavailable."""
    return _shown_rows(store, select(evidence).order_by(evidence.c.sequence.desc()).limit(count))[::-1]


@dataclass(frozen=True, slots=True)
class EventFilter:
    """What events are asked for by; all that is given must fit, and what is None asks nothing."""

    correlation: UUID | None = None
    message: str | None = None
    """Id of the request or of the answer, with ``urn:uuid:`` or without, in any case."""
    country: str | None = None
    """Of the other node, ISO 3166-1 alpha-2."""
    since: datetime | None = None
    """Events that began then or later (aware)."""
    persons: tuple[PersonKey, ...] | None = None
    """The patient, under every key of the ring."""

    def fits(self, event: dict[str, Any]) -> bool:
        """Whether an event, as its row has it, is one of these in what no column tells."""
        exchanged = event["exchanged"]
        ids = {_plain_id(exchanged.get(name)) for name in ("request_id", "response_id")}
        return (
            (self.message is None or _plain_id(self.message) in ids)
            and (self.country is None or event["peer"]["country"] == self.country)
            and (self.since is None or read_instant(event["start"]) >= self.since)
        )


def find_events(store: Store, wanted: EventFilter) -> Iterator[dict[str, Any]]:
    """What `shown` says of each event that fits, in the order of the chain. Raises StoreUnavailable.

    Correlation and person are looked up; for the rest each row is read once.
    """
    rows = select(evidence).order_by(evidence.c.sequence)
    if wanted.correlation is not None:
        rows = rows.where(evidence.c.correlation == str(wanted.correlation))
    if wanted.persons is not None:
        rows = rows.where(evidence.c.patient.in_([str(person) for person in wanted.persons]))
    with store.reading() as connection:
        for row in connection.execution_options(yield_per=_AT_A_TIME).execute(rows):
            if wanted.fits(json.loads(row.event)):
                yield shown(row.sequence, row.hash, row.event)


def _plain_id(message_id: str | None) -> str | None:
    return None if message_id is None else message_id.lower().removeprefix("urn:uuid:")


def shown(sequence: int, digest: bytes, event: str) -> dict[str, Any]:
    """A row without personal data: no professional, and of the patient only that there was one."""
    said = json.loads(event)
    said["actor"] = {name: value for name, value in said["actor"].items() if name not in _PERSONS}
    said["patient"] = None if said["patient"] is None else "withheld"
    return {"sequence": sequence, "hash": digest.hex(), **said}


def _shown_rows(store: Store, wanted: Select[Any]) -> list[dict[str, Any]]:
    with store.reading() as connection:
        return [shown(row.sequence, row.hash, row.event) for row in connection.execute(wanted)]
