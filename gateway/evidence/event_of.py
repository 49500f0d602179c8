"""The one maker of events, for what was asked of us, what we asked and what was done here.

Whoever records tells what happened as it knows it, in the clear; here it becomes an event: the patient and the network
addresses keyed, what follows from other fields derived in one place for both directions.
"""

import hashlib
import ipaddress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol
from uuid import UUID, uuid5

from gateway.evidence.event import (
    Access,
    Actor,
    AssertionReference,
    Direction,
    DispensingReference,
    DocumentReference,
    Event,
    Exchanged,
    LifeCycle,
    Outcome,
    OwnEnd,
    Peer,
    Withheld,
)
from gateway.messages import PatientIdentifier
from gateway.store.keys import PersonKey
from trust.saml.model import VerifiedCaller

DOCUMENT_CHECK = "DOCUMENT-CHECK"
EVIDENCE_ALARM = "EVIDENCE-ALARM"
NOT_HANDED_OUT = "NOT-HANDED-OUT"
"""Nothing was handed out on a foreign prescription; the refusal's class is the first reason."""
UNDELIVERED = "AnswerUndelivered"
"""Stands where a refusal's class stands, in the second row of an answer that nobody was there to receive."""
_EMERGENCY = "EMERGENCY"
_GIVEN = {
    ("ITI-39", Direction.INBOUND): LifeCycle.DISCLOSURE,
    ("ITI-39", Direction.OUTBOUND): LifeCycle.RECEIPT_OF_DISCLOSURE,
    ("ITI-41", Direction.INBOUND): LifeCycle.RECEIPT_OF_DISCLOSURE,
    ("ITI-41", Direction.OUTBOUND): LifeCycle.DISCLOSURE,
}
_TAKEN_BACK = "DISCARD-60593-1"
"""Class code of a document that takes a dispensation back."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How it ended; without a cause it succeeded. ``assertion`` and ``field``: what broke the rule ``cause`` names."""

    outcome: Outcome = Outcome.SUCCESS
    cause: str | None = None
    code: str | None = None
    text: str | None = None
    assertion: str | None = None
    field: str | None = None
    national: tuple[str, ...] = ()
    """Codes of a national receipt that rejects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """What happened, as the one who records it knows it; see `Event` for each field."""

    id: UUID
    transaction: str
    direction: Direction
    start: datetime
    end: datetime
    correlation: UUID
    exchanged: Exchanged
    ending: Ending = field(default_factory=Ending)
    peer: Peer = field(default_factory=Peer)
    peer_address: str | None = field(default=None, repr=False)
    own: OwnEnd = field(default_factory=OwnEnd)
    own_address: str | None = field(default=None, repr=False)
    actor: Actor = field(default_factory=Actor)
    patient: PatientIdentifier | None = None
    access: Access = field(default_factory=Access)
    documents: tuple[DocumentReference, ...] = ()
    wave: int | None = None
    terminology_release: str | None = None
    validated: tuple[str, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    tolerances: tuple[str, ...] = ()
    dispensings: tuple[DispensingReference, ...] = ()
    national_messages: tuple[str, ...] = ()


class Keyed(Protocol):
    """Makes of what must not stand in a row what stands for it."""

    def person(self, identifier: PatientIdentifier) -> PersonKey:
        """What stands for a patient."""

    def address(self, address: str) -> str:
        """What stands for a network address."""


class _Nobody:
    """Keys of who records nothing about a person or a connection."""

    def person(self, _identifier: PatientIdentifier) -> PersonKey:
        raise ValueError("a person in an event that was to name none")

    def address(self, _address: str) -> str:
        raise ValueError("a network address in an event that was to name none")


_NOBODY = _Nobody()


def event_of(occurrence: Occurrence, node: str, keys: Keyed = _NOBODY) -> Event:
    """The event, written by ``node``; an end before its start is taken as the start.

    Raises ValueError as `Event` does, and for a person or an address without ``keys``.
    """
    it, ending = occurrence, occurrence.ending
    return Event(
        id=it.id,
        transaction=it.transaction,
        direction=it.direction,
        start=it.start,
        end=max(it.start, it.end),
        outcome=ending.outcome,
        node=node,
        correlation=it.correlation,
        exchanged=it.exchanged,
        peer=replace(it.peer, address=_keyed(it.peer_address, keys)),
        own=replace(it.own, address=_keyed(it.own_address, keys)),
        actor=it.actor,
        patient=None if it.patient is None else keys.person(it.patient),
        subject_country=_subject_country(it),
        access=replace(it.access, emergency=it.patient is not None and it.access.purpose == _EMERGENCY),
        documents=it.documents,
        life_cycle=_life_cycle(it),
        refusal_class=ending.cause,
        refusal_code=ending.code,
        refusal_text=ending.text,
        refusal_assertion=ending.assertion,
        refusal_field=ending.field,
        refusal_national=ending.national,
        wave=it.wave,
        terminology_release=it.terminology_release,
        validated=it.validated,
        withheld=it.withheld,
        tolerances=it.tolerances,
        dispensings=it.dispensings,
        national_messages=it.national_messages,
    )


def alarm_of(kind: str, beside: Event) -> Event:
    """A row that says that a guard of the evidence was lost (``kind``), written just before the row ``beside``."""
    occurrence = Occurrence(
        id=uuid5(beside.id, kind),
        transaction=EVIDENCE_ALARM,
        direction=Direction.INTERNAL,
        start=beside.end,
        end=beside.end,
        correlation=beside.correlation,
        exchanged=Exchanged(request_sha256=sha256(b"")),
        ending=Ending(Outcome.FAILED, kind),
    )
    return event_of(occurrence, beside.node)


def undelivered(ready: Event, new_id: UUID, now: datetime) -> Event:
    """The second row of an answer that was made ready (``ready``) and could not be sent: nothing was disclosed."""
    return replace(
        ready,
        id=new_id,
        end=max(ready.end, now),
        outcome=Outcome.FAILED,
        life_cycle=None,
        refusal_class=UNDELIVERED,
        refusal_code=None,
        refusal_text=None,
        refusal_assertion=None,
        refusal_field=None,
        refusal_national=(),
    )


def sha256(content: bytes) -> str:
    """Hex digest of bytes that were received or sent."""
    return hashlib.sha256(content).hexdigest()


def actor_of(caller: VerifiedCaller) -> Actor:
    """The professional of verified assertions."""
    hcp = caller.hcp
    return Actor(
        professional_id=hcp.provided_id or hcp.npi or hcp.name_id.value,
        professional_name=hcp.name,
        role=hcp.role,
        organisation=hcp.organisation or hcp.locality,
        organisation_id=hcp.organisation_id,
        next_of_kin=caller.nok is not None,
        name_id=hcp.name_id.value,
        provider_id=hcp.npi,
        issuer=hcp.issuer,
        assurance=hcp.class_ref,
        locality=hcp.locality,
        facility_type=hcp.facility_type,
    )


def assertions_of(caller: VerifiedCaller) -> tuple[AssertionReference, ...]:
    """The assertions she came with, by kind."""
    every = (("hcp", caller.hcp), ("trc", caller.trc), ("nok", caller.nok))
    return tuple(AssertionReference(kind, one.id) for kind, one in every if one is not None)


def purpose_of(caller: VerifiedCaller) -> str:
    """What she asks for: the TRC's purpose where it states one, else the HCP's."""
    return (caller.trc.purpose if caller.trc is not None else None) or caller.hcp.purpose


def _keyed(address: str | None, keys: Keyed) -> str | None:
    if not address:
        return None
    try:
        return keys.address(ipaddress.ip_address(address).compressed)
    except ValueError:
        return keys.address(address.lower())  # a name, or a local socket


def _subject_country(it: Occurrence) -> str | None:
    """Ours when we were asked about her, the peer's when we asked."""
    if it.patient is None:
        return None
    return it.own.country if it.direction is Direction.INBOUND else it.peer.country


def _life_cycle(it: Occurrence) -> LifeCycle | None:
    if not it.documents:
        return None
    if it.transaction == DOCUMENT_CHECK:
        return LifeCycle.VERIFICATION
    if it.ending.outcome is not Outcome.SUCCESS:
        return None
    if any(document.class_code == _TAKEN_BACK for document in it.documents):
        return LifeCycle.LOGICAL_DELETION
    return _GIVEN.get((it.transaction, it.direction))
