"""What the desk writes as evidence: confirmed, settled, discarded, closed by a person, and not handed out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from gateway.counter.decide import CounterReason
from gateway.evidence.chain import Chain
from gateway.evidence.event import (
    Access,
    Actor,
    AssertionReference,
    Direction,
    DispensingReference,
    DocumentReference,
    Event,
    Exchanged,
    Outcome,
    Peer,
)
from gateway.evidence.event_of import NOT_HANDED_OUT, Ending, Keyed, Occurrence, event_of, sha256
from gateway.handouts.book import HandoutRow, Recorder
from gateway.handouts.facts import HandoutFacts, write_handout
from gateway.handouts.states import HandoutState
from gateway.peers.ports import TreatmentAbroad
from gateway.store.engine import UnitOfWork
from transformers.cda.kinds import DISPENSATION_CODE, PRESCRIPTION_CODE
from transformers.model.values import Identifier

HANDOUT_CONFIRMED = "HANDOUT-CONFIRMED"
HANDOUT_SETTLED = "HANDOUT-SETTLED"
HANDOUT_DISCARD = "HANDOUT-DISCARD"
HANDOUT_CLOSED = "HANDOUT-CLOSED"


def written_id(identifier: Identifier) -> str:
    """``root^extension``."""
    return f"{identifier.root}^{identifier.extension or ''}"


class HandoutEvidence:
    """Makes the desk's events. Each is added by the recorder it returns, in the caller's transaction."""

    def __init__(self, chain: Chain, keys: Keyed, node: str, new_id: Callable[[], UUID]) -> None:
        self._chain, self._keys, self._node, self._new_id = chain, keys, node, new_id

    def confirmed(self, row: HandoutRow, treatment: TreatmentAbroad, reasons: tuple[CounterReason, ...]) -> Event:
        """The pharmacist confirmed a draft; with the stops that she passed, and why."""
        passed = tuple(f"{one.key}: {one.recorded}" for one in reasons)
        return self._of(row, _Told(HANDOUT_CONFIRMED, treatment, origins=passed), row.changed)

    def settled(self, row: HandoutRow, to: HandoutState, codes: tuple[str, ...], now: datetime) -> Event:
        """The country answered, or nothing was sent; ``codes``: of its refusal."""
        refused = to in (HandoutState.REFUSED, HandoutState.DISCARD_REFUSED)
        ending = Ending(Outcome.REFUSED, to.value, codes[0] if codes else None) if refused else Ending()
        return self._of(row, _Told(HANDOUT_SETTLED, ending=ending, purpose=to.value), now)

    def queued(self, row: HandoutRow, now: datetime) -> Event:
        """Nobody answered: it waits for a person."""
        ending = Ending(Outcome.FAILED, row.state.value)
        return self._of(row, _Told(HANDOUT_SETTLED, ending=ending, purpose=HandoutState.HUMAN.value), now)

    def discard(self, row: HandoutRow, treatment: TreatmentAbroad, now: datetime) -> Event:
        """The pharmacist takes it back."""
        return self._of(row, _Told(HANDOUT_DISCARD, treatment), now)

    def closed(self, row: HandoutRow, to: HandoutState, word: tuple[str, str], now: datetime) -> Event:
        """A person closes what nobody answered; ``word``: who, and why."""
        by, why = word
        told = _Told(HANDOUT_CLOSED, actor=Actor(professional_name=by), purpose=why, origins=(to.value,))
        return self._of(row, told, now)

    def not_handed_out(
        self, treatment: TreatmentAbroad, prescription: Identifier, reasons: tuple[str, ...], why: str, now: datetime
    ) -> Event:
        """Nothing was handed out on a prescription: ``reasons`` of the rules, ``why`` in the pharmacist's words."""
        occurrence = Occurrence(
            id=self._new_id(),
            transaction=NOT_HANDED_OUT,
            direction=Direction.INTERNAL,
            start=now,
            end=now,
            correlation=self._new_id(),
            exchanged=Exchanged(request_sha256=sha256(b""), assertions=_assertions(treatment)),
            ending=Ending(Outcome.REFUSED, reasons[0] if reasons else "pharmacist"),
            peer=Peer(country=treatment.session.peer.code),
            actor=_actor(treatment),
            patient=treatment.patient,
            access=Access(purpose=why, origins=reasons),
            documents=(DocumentReference(PRESCRIPTION_CODE, written_id(prescription)),),
        )
        return event_of(occurrence, self._node, self._keys)

    def adding(self, *events: Event) -> Recorder:
        """Adds these in the transaction that it is given."""

        def record(unit_of_work: UnitOfWork) -> None:
            for event in events:
                self._chain.append(event, unit_of_work)

        return record

    def _of(self, row: HandoutRow, told: "_Told", now: datetime) -> Event:
        facts, treatment = row.facts, told.treatment
        occurrence = Occurrence(
            id=self._new_id(),
            transaction=told.transaction,
            direction=Direction.INTERNAL if treatment is None else Direction.OUTBOUND,
            start=min(row.changed, now),
            end=now,
            correlation=UUID(row.row_id),
            exchanged=Exchanged(
                request_sha256=sha256(write_handout(facts)),
                request_id=row.row_id,
                assertions=() if treatment is None else _assertions(treatment),
            ),
            ending=told.ending,
            peer=Peer(country=facts.place.country),
            actor=told.actor if treatment is None else _actor(treatment),
            patient=facts.patient,
            access=Access(purpose=told.purpose or _purpose(treatment), origins=told.origins),
            documents=(DocumentReference(DISPENSATION_CODE, written_id(facts.document)),),
            dispensings=(_dispensing(facts, row.state),),
        )
        return event_of(occurrence, self._node, self._keys)


@dataclass(frozen=True, slots=True)
class _Told:
    """What an event says beside its row."""

    transaction: str
    treatment: TreatmentAbroad | None = None
    ending: Ending = field(default_factory=Ending)
    actor: Actor = field(default_factory=Actor)
    purpose: str | None = None
    origins: tuple[str, ...] = ()


def _dispensing(facts: HandoutFacts, state: HandoutState) -> DispensingReference:
    return DispensingReference(
        document=written_id(facts.document),
        prescription_id=written_id(facts.item),
        product=facts.product,
        amount=str(facts.packages),
        pharmacy=facts.place.organisation_id,
        verdict=state.value,
    )


def _purpose(treatment: TreatmentAbroad | None) -> str | None:
    return None if treatment is None else treatment.session.clinician.purpose


def _assertions(treatment: TreatmentAbroad) -> tuple[AssertionReference, ...]:
    return (AssertionReference("hcp", treatment.session.hcp_id), AssertionReference("trc", treatment.trc_id))


def _actor(treatment: TreatmentAbroad) -> Actor:
    clinician = treatment.session.clinician
    return Actor(
        professional_id=clinician.id,
        professional_name=clinician.name,
        role=clinician.role,
        organisation=clinician.organisation,
        organisation_id=clinician.organisation_id,
    )
