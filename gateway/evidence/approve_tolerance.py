"""A second person approves that a country's deviation is tolerated: an act with its row of evidence.

In production a tolerance of `config/countries.toml` is in force with such a row alone. It is looked up by its
correlation, which is made of what was approved: another day, deviation, country or asker is another approval; and it
counts when the chain leads from it to what this node remembers outside the database.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from sqlalchemy import select

from gateway.configuration.settings import ToleranceRow
from gateway.evidence.chain import Chain
from gateway.evidence.event import Access, Actor, Direction, Exchanged, Peer
from gateway.evidence.event_of import Occurrence, event_of, sha256
from gateway.evidence.named import words_of_person
from gateway.evidence.row import Head
from gateway.evidence.tables import evidence
from gateway.evidence.verified import leads_to
from gateway.store.canonical import canonical
from gateway.store.engine import Store

TOLERANCE_APPROVE: Final = "TOLERANCE-APPROVE"
_SPACE: Final = UUID("5f0c2d7a-9a53-4c35-8f4e-6f1d1a9c7b20")
"""Of names that are made into correlations here; drawn once."""

CountryTolerance = tuple[str, ToleranceRow]
"""A country and one of its rows."""


class ApproverAskedForIt(Exception):
    """Who approves is the person who asked."""


@dataclass(frozen=True, slots=True)
class ToleranceApproval:
    """Who approves, and why."""

    by: str
    reason: str


def approve_tolerance(
    approval: ToleranceApproval,
    tolerance: CountryTolerance,
    chain: Chain,
    node: str,
    *,
    now: datetime,
    new_id: Callable[[], UUID],
) -> None:
    """Put on record that a tolerance is approved, in the bytes of its row.

    Raises AcceptanceIncomplete, ApproverAskedForIt, EvidenceUnavailable: then nothing was approved.
    """
    country, row = tolerance
    by, reason = words_of_person("by", approval.by), words_of_person("reason", approval.reason)
    if by.casefold() == " ".join(row.by.split()).casefold():
        raise ApproverAskedForIt
    occurrence = Occurrence(
        id=new_id(),
        transaction=TOLERANCE_APPROVE,
        direction=Direction.INTERNAL,
        start=now,
        end=now,
        correlation=_correlation(tolerance),
        exchanged=Exchanged(request_sha256=sha256(_named(tolerance).encode())),
        peer=Peer(country=country),
        actor=Actor(professional_name=by),
        access=Access(purpose=reason),
        tolerances=(row.deviation,),
    )
    chain.record(event_of(occurrence, node))


def approved_tolerances(
    store: Store, tolerances: Iterable[CountryTolerance], told: Head | None
) -> frozenset[CountryTolerance]:
    """Those of them that somebody approved, as they stand now. Raises StoreUnavailable.

    ``told``: the newest row that this node remembers outside the database (`Chain.told`), read before. A row counts
    when the chain leads from it to that one, whole: whoever can write to the database alone approves nothing.
    """
    asked = {str(_correlation(one)): one for one in tolerances}
    if not asked or told is None:
        return frozenset()
    with store.reading() as connection:
        wanted = select(evidence.c.sequence, evidence.c.event).where(evidence.c.correlation.in_(asked))
        rows = connection.execute(wanted.where(evidence.c.sequence <= told.sequence)).all()
        found = {row.sequence: _approved(row.event) for row in rows}
        approved = {sequence: key for sequence, key in found.items() if key in asked}
        if not approved or not leads_to(connection, min(approved), told):
            return frozenset()
    return frozenset(asked[key] for key in approved.values())


def _approved(event: str) -> str | None:
    """The correlation of an event that is an approval; None of any other, and of what is no event."""
    try:
        said = json.loads(event)
        return str(said["correlation"]) if said["transaction"] == TOLERANCE_APPROVE else None
    except (ValueError, KeyError, TypeError):
        return None


def _correlation(tolerance: CountryTolerance) -> UUID:
    return uuid5(_SPACE, _named(tolerance))


def _named(tolerance: CountryTolerance) -> str:
    country, row = tolerance
    said = {"begins": row.begins.isoformat(), "ends": row.ends.isoformat(), "by": row.by, "reason": row.reason}
    return canonical({"country": country, "deviation": row.deviation, **said})
