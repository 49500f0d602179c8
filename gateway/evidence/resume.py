"""A named person accepts that rows of the chain are lost: an act that is evidence, and the only one that goes on after.

The row says which rows, and each thing outside the database that remembers one: `verify` takes no other contradiction
as accepted. Then the checkpoints of lost rows are set aside, for their numbers come again, and the head file begins
anew. Whoever is killed in between accepts again: what is left to accept is another row.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gateway.errors import EvidenceUnavailable
from gateway.evidence.chain import Chain, Guards
from gateway.evidence.event import Access, Actor, Direction, Exchanged
from gateway.evidence.event_of import Occurrence, event_of, sha256
from gateway.evidence.missing import MissingRows, missing_rows
from gateway.evidence.named import words_of_person
from gateway.evidence.row import EvidenceRow, Head
from gateway.store.engine import Store
from gateway.store.seen import forgotten_until
from trust.saml.vocabulary import LONGEST, SKEW

EVIDENCE_RESUME = "EVIDENCE-RESUME"

_ROWS = re.compile(r"rows ([1-9][0-9]{0,17})-([1-9][0-9]{0,17})\Z", re.ASCII)
_REMEMBERED = re.compile(r"row ([1-9][0-9]{0,17}) ([0-9a-f]{64})\Z", re.ASCII)


class NothingMissing(Exception):
    """The chain has every row that this node remembers: there is nothing to accept."""


@dataclass(frozen=True, slots=True)
class LossAcceptance:
    """Who accepts the loss, and why."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class AcceptedLoss:
    """A loss as a row of the chain says that it was accepted."""

    row: int
    """The row that says so."""
    first: int
    last: int
    remembered: frozenset[Head]


def resume(
    acceptance: LossAcceptance, store: Store, guards: Guards, node: str, *, now: datetime, new_id: Callable[[], UUID]
) -> tuple[MissingRows, EvidenceRow]:
    """Accept the loss, while no process of the node runs; what was missing, and the row that says so.

    The memory of messages lost rows too: what could come again of the time until the head file was last told is refused
    until its assertions have ended, by the longest that any may last. Raises AcceptanceIncomplete, NothingMissing,
    StoreUnavailable: then nothing was accepted; EvidenceUnavailable: then it is to be done again.
    """
    by, reason = words_of_person("by", acceptance.by), words_of_person("reason", acceptance.reason)
    told, signed = guards.head_file.newest(), guards.checkpoints.own()
    recorded_until = guards.head_file.told_at() or now
    with store.unit_of_work() as unit:
        missing = missing_rows(unit.connection, told, signed)
        if missing is None:
            raise NothingMissing
        occurrence = Occurrence(
            id=new_id(),
            transaction=EVIDENCE_RESUME,
            direction=Direction.INTERNAL,
            start=now,
            end=now,
            correlation=new_id(),
            exchanged=Exchanged(request_sha256=sha256(b"")),
            actor=Actor(professional_name=by),
            access=Access(purpose=reason, data_categories=_in_words(missing)),
        )
        row = Chain(store).append(event_of(occurrence, node), unit)  # its guards would refuse it
        forgotten_until(unit, recorded_until + max(LONGEST.values()) + SKEW)
    try:
        guards.checkpoints.set_aside(missing.first, row.sequence)
        guards.head_file.begin_anew(row.head)
        guards.checkpoints.write(row.head, now)
    except OSError as error:
        raise EvidenceUnavailable(f"{type(error).__name__}") from error
    return missing, row


def accepted_loss(row: int, event: Mapping[str, Any]) -> AcceptedLoss | None:
    """What an event, as its row has it, says was accepted; None for any other event, or one that says it otherwise."""
    if event.get("transaction") != EVIDENCE_RESUME:
        return None
    access = event.get("access")
    said = access.get("data_categories") if isinstance(access, dict) else None
    if not isinstance(said, list) or not said or not all(isinstance(one, str) for one in said):
        return None
    rows, heads = _ROWS.match(said[0]), [_REMEMBERED.match(one) for one in said[1:]]
    if rows is None or not all(heads):
        return None
    remembered = frozenset(Head(int(one[1]), bytes.fromhex(one[2])) for one in heads if one is not None)
    return AcceptedLoss(row, int(rows[1]), int(rows[2]), remembered)


def _in_words(missing: MissingRows) -> tuple[str, ...]:
    heads = (f"row {head.sequence} {head.hash.hex()}" for head in missing.remembered)
    return (f"rows {missing.first}-{missing.last}", *heads)
