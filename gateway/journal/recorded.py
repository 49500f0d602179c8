"""What the journal writes as evidence, and the request that it resumes from it.

A row is opened in one transaction with its event. Whoever goes on with the row later, in another process perhaps, has
no request of a verified caller: it goes on from that event, which must verify and must be about this very row.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from gateway.admission import Asker, ResumedRequest, VerifiedTreatment
from gateway.errors import StoreTampered
from gateway.evidence.chain import Chain
from gateway.evidence.event import (
    Access,
    Actor,
    AssertionReference,
    Direction,
    DocumentReference,
    Event,
    Exchanged,
    Outcome,
    Peer,
)
from gateway.evidence.event_of import Ending, Keyed, Occurrence, event_of, sha256
from gateway.evidence.verified import verified_event
from gateway.journal.book import JournalRow, Recorder
from gateway.journal.facts import DispensationFacts, write_facts
from gateway.journal.states import DispensationState
from gateway.store.engine import Store, UnitOfWork
from transformers.cda.kinds import DISPENSATION_CODE

DISPENSATION_BEGUN = "DISPENSATION-BEGUN"
DISPENSATION_SETTLED = "DISPENSATION-SETTLED"
DISPENSATION_DISCARD = "DISPENSATION-DISCARD"
DISPENSATION_DECIDED = "DISPENSATION-DECIDED"


class JournalEvidence:
    """Makes the journal's events. Each is added by the recorder it returns, in the caller's transaction."""

    def __init__(self, chain: Chain, keys: Keyed, node: str, new_id: Callable[[], UUID]) -> None:
        self._chain, self._keys, self._node, self._new_id = chain, keys, node, new_id

    def begun(self, treatment: VerifiedTreatment, facts: DispensationFacts, row_id: str) -> Event:
        """A dispensation was decided and is about to be taken; the event is bound to the facts."""
        request = treatment.request
        occurrence = Occurrence(
            id=self._new_id(),
            transaction=DISPENSATION_BEGUN,
            direction=Direction.INBOUND,
            start=facts.opened,
            end=facts.opened,
            correlation=UUID(facts.correlation),
            exchanged=Exchanged(
                request_sha256=sha256(write_facts(facts)),
                request_id=row_id,
                assertions=(AssertionReference("trc", treatment.assertion_id),),
            ),
            peer=Peer(country=request.asker.country, home_community=request.asker.home_community),
            actor=_actor(request.asker),
            patient=request.patient,
            access=Access(purpose=request.asker.purpose, access_basis=request.asker.access_basis),
            documents=(_document(facts),),
            wave=request.wave,
        )
        return event_of(occurrence, self._node, self._keys)

    def discard(self, treatment: VerifiedTreatment, document: str, now: datetime, cause: str | None = None) -> Event:
        """A discard was asked for; ``cause``: why it is not carried out."""
        request = treatment.request
        occurrence = Occurrence(
            id=self._new_id(),
            transaction=DISPENSATION_DISCARD,
            direction=Direction.INBOUND,
            start=now,
            end=now,
            correlation=UUID(request.correlation),
            exchanged=Exchanged(
                request_sha256=sha256(document.encode()),
                assertions=(AssertionReference("trc", treatment.assertion_id),),
            ),
            ending=Ending() if cause is None else Ending(Outcome.REFUSED, cause),
            peer=Peer(country=request.asker.country, home_community=request.asker.home_community),
            actor=_actor(request.asker),
            patient=request.patient,
            documents=(DocumentReference(DISPENSATION_CODE, document),),
        )
        return event_of(occurrence, self._node, self._keys)

    def settled(self, row: JournalRow, to: DispensationState, now: datetime, messages: tuple[str, ...]) -> Event:
        """A row came to an end that nobody may have been there to be told of; MsgIds stand in ``origins``."""
        cause, codes = (None, ()) if row.fall is None else (row.fall.reason.value, row.fall.codes)
        refused = to in (DispensationState.REFUSED, DispensationState.UNDO_REFUSED, DispensationState.HUMAN)
        occurrence = Occurrence(
            id=self._new_id(),
            transaction=DISPENSATION_SETTLED,
            direction=Direction.INTERNAL,
            start=row.opened,
            end=now,
            correlation=UUID(row.facts.correlation),
            exchanged=Exchanged(request_sha256=sha256(write_facts(row.facts)), request_id=row.row_id),
            ending=Ending(Outcome.REFUSED, cause or to.value, national=codes) if refused else Ending(),
            peer=Peer(country=row.facts.place.country),
            access=Access(purpose=to.value, origins=messages),
            documents=(_document(row.facts),),
        )
        return event_of(occurrence, self._node, self._keys)

    def decided(self, row: JournalRow, decision: tuple[str, str, str], now: datetime) -> Event:
        """A person decided a row: by whom, to which state, why."""
        by, to, why = decision
        occurrence = Occurrence(
            id=self._new_id(),
            transaction=DISPENSATION_DECIDED,
            direction=Direction.INTERNAL,
            start=now,
            end=now,
            correlation=UUID(row.facts.correlation),
            exchanged=Exchanged(request_sha256=sha256(write_facts(row.facts)), request_id=row.row_id),
            actor=Actor(professional_name=by),
            access=Access(purpose=why, origins=(to,)),
            documents=(_document(row.facts),),
        )
        return event_of(occurrence, self._node, self._keys)

    def adding(self, *events: Event) -> Recorder:
        """Adds these in the transaction that it is given."""

        def record(unit_of_work: UnitOfWork) -> None:
            for event in events:
                self._chain.append(event, unit_of_work)

        return record


def resumed_request(store: Store, row: JournalRow, now: datetime) -> ResumedRequest:
    """What opens the national door for a row whose request has ended. Raises StoreTampered, StoreUnavailable."""
    event = verified_event(store, UUID(row.evidence))
    about = (event.transaction, event.exchanged.request_id, event.exchanged.request_sha256)
    if about != (DISPENSATION_BEGUN, row.row_id, sha256(write_facts(row.facts))):
        raise StoreTampered
    place = row.facts.place
    return ResumedRequest(place.country, place.professional_id, now, row.facts.correlation)


def _actor(asker: Asker) -> Actor:
    return Actor(
        professional_id=asker.professional_id,
        professional_name=asker.professional_name,
        role=asker.role,
        organisation=asker.organisation,
        organisation_id=asker.organisation_id,
        next_of_kin=asker.next_of_kin,
    )


def _document(facts: DispensationFacts) -> DocumentReference:
    document = facts.document
    return DocumentReference(DISPENSATION_CODE, f"{document.root}^{document.extension or ''}")
