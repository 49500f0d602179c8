"""Counts by country: rules that documents from there broke, and deviations that were tolerated of its assertions."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from gateway.evidence.approve_tolerance import TOLERANCE_APPROVE
from gateway.evidence.event_of import DOCUMENT_CHECK, NOT_HANDED_OUT
from gateway.evidence.tables import evidence
from gateway.store.canonical import read_instant
from gateway.store.engine import Store

_AT_A_TIME: Final = 500


@dataclass(slots=True)
class CountryTally:
    """Of one country: ``documents`` looked at, ``refused`` of them, uses of each tolerance, breaches of each rule."""

    documents: int = 0
    refused: int = 0
    findings: Counter[str] = field(default_factory=Counter)
    tolerances: Counter[str] = field(default_factory=Counter)
    not_handed_out: Counter[str] = field(default_factory=Counter)
    """Of its prescriptions, here, by the first reason."""


def tally_by_country(store: Store, since: datetime | None = None) -> dict[str, CountryTally]:
    """Of all events, or those that began at an instant (aware) or later; by country, sorted. Raises StoreUnavailable.

    Each row is read once; what memory it takes does not grow with their number.
    """
    found: dict[str, CountryTally] = {}
    for event in _events(store):
        country = event["peer"]["country"]
        if country is None or (since is not None and read_instant(event["start"]) < since):
            continue
        if event["transaction"] == NOT_HANDED_OUT:
            found.setdefault(country, CountryTally()).not_handed_out.update([event["refusal_class"]])
            continue
        checked, tolerances = event["transaction"] == DOCUMENT_CHECK, event.get("tolerances", ())
        if not checked and (not tolerances or event["transaction"] == TOLERANCE_APPROVE):
            continue
        tally = found.setdefault(country, CountryTally())
        tally.tolerances.update(tolerances)
        if checked:
            tally.documents += 1
            tally.refused += event["refusal_class"] is not None
            for document in event["documents"]:
                tally.findings.update(dict(document.get("findings", ())))
    return dict(sorted(found.items()))


def _events(store: Store) -> Iterator[dict[str, Any]]:
    rows = select(evidence.c.event).order_by(evidence.c.sequence)
    with store.reading() as connection:
        for row in connection.execution_options(yield_per=_AT_A_TIME).execute(rows):
            yield json.loads(row.event)
