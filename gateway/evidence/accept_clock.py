"""A named person says that this node's clock is right: an act in one transaction with its row of evidence."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gateway.evidence.chain import Chain
from gateway.evidence.event import Access, Actor, Direction, Exchanged
from gateway.evidence.event_of import Occurrence, event_of, sha256
from gateway.evidence.named import words_of_person
from gateway.store.engine import Store
from gateway.store.timekeeping import accept_clock
from trust.saml.vocabulary import LONGEST, SKEW

CLOCK_ACCEPT = "CLOCK-ACCEPT"


@dataclass(frozen=True, slots=True)
class ClockAcceptance:
    """Who accepts the clock, and why."""

    by: str
    reason: str


def accept(
    acceptance: ClockAcceptance, store: Store, chain: Chain, node: str, *, now: datetime, new_id: Callable[[], UUID]
) -> None:
    """Accept ``now`` as the time: rows from the future alarm no more, and nodes that stood alone begin anew.

    Raises AcceptanceIncomplete, EvidenceUnavailable, StoreUnavailable: then nothing was accepted.
    """
    by, reason = words_of_person("by", acceptance.by), words_of_person("reason", acceptance.reason)
    occurrence = Occurrence(
        id=new_id(),
        transaction=CLOCK_ACCEPT,
        direction=Direction.INTERNAL,
        start=now,
        end=now,
        correlation=new_id(),
        exchanged=Exchanged(request_sha256=sha256(b"")),
        actor=Actor(professional_name=by),
        access=Access(purpose=reason),
    )
    with store.unit_of_work() as unit:
        accept_clock(unit, now, max(LONGEST.values()) + SKEW)
        chain.append(event_of(occurrence, node), unit)
