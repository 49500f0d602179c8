"""The composition root of country B: settings in, what asks other countries out. It wires and decides nothing."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gateway import clock
from gateway.configuration.settings import CountryRow, Settings
from gateway.evidence.event import (
    Access,
    Actor,
    Direction,
    DocumentReference,
    Event,
    Exchanged,
    Outcome,
    Peer,
)
from gateway.exchange.country_b.retrieve import Looked, Reception
from gateway.exchange.document_gate import open_gate
from gateway.http import HttpClient, HttpLimits
from gateway.node.foundation import Foundation, calling_context, open_foundation
from gateway.peers.ports import TreatmentAbroad
from gateway.peers.sessions import Issuer
from gateway.peers.soap import Call, Home, SoapPeer
from trust.certificates import CertificateUse
from trust.tls import PeerIdentity, peer_identity

_FAILURES = frozenset({"PeerUnreachable", "PeerSlow", "PeerFault", "PeerAnswerUnreadable"})


@dataclass(frozen=True, slots=True)
class CountryB:
    """What a face of country B uses."""

    settings: Settings
    peer: SoapPeer
    issuer: Issuer
    http: HttpClient
    close: Callable[[], None]
    reception: Reception
    """What looks at the documents that come."""

    def country(self, code: str) -> CountryRow:
        """A country of the directory; KeyError when it is not there."""
        return self.settings.countries[code]


def build_country_b(
    settings: Settings,
    now: Callable[[], datetime] = clock.now,
    new_id: Callable[[], UUID] = clock.new_id,
) -> CountryB:
    """Everything that asks abroad, opened. Raises SettingsError, StoreCannotStart, StoreUnavailable."""
    foundation = open_foundation(settings)
    validation = settings.validation
    asked = frozenset(wave for row in settings.countries.values() if row.answers for wave in row.every_wave)
    gate = open_gate(validation.incoming, validation, settings.artefacts, asked)
    node, tables = settings.node, foundation.agreements.saml
    deadline = settings.limits.national_deadline.total_seconds() * 4  # a peer asks its own national services in between
    http = HttpClient(HttpLimits(deadline_seconds=deadline), tls=calling_context(settings), elapsed=time.monotonic)
    home = Home(node.country, settings.countries[node.country].name, node.home_community, settings.documents.root)

    def witness(call: Call) -> None:
        foundation.record(_event(call, foundation, now(), new_id()), call.request, call.response)

    def looked(treatment: TreatmentAbroad, look: Looked, at: datetime) -> None:
        foundation.record(_looked(treatment, look, node.node_id, at, new_id), b"", b"")

    def identify(der: bytes, at: datetime) -> PeerIdentity:
        return peer_identity(der, CertificateUse.TLS_SERVER, foundation.tls_verifier, at)

    def close() -> None:
        http.close()
        gate.close()
        foundation.close(now())

    issuer = Issuer(foundation.seal, node.home_community, tables, new_id)
    return CountryB(
        settings, SoapPeer(http, home, new_id, witness, identify), issuer, http, close, Reception(gate, looked)
    )


def _event(call: Call, foundation: Foundation, end: datetime, event_id: UUID) -> Event:
    """What was asked abroad and what came of it, as one row."""
    clinician, country = call.session.clinician, call.session.peer
    outcome = Outcome.SUCCESS
    if call.cause is not None:
        outcome = Outcome.FAILED if call.cause in _FAILURES else Outcome.REFUSED
    return Event(
        id=event_id,
        transaction=call.transaction.value,
        direction=Direction.OUTBOUND,
        start=call.start,
        end=max(end, call.start),
        outcome=outcome,
        node=foundation.settings.node.node_id,
        correlation=UUID(call.message_id.removeprefix("urn:uuid:")),
        exchanged=Exchanged(
            request_sha256=hashlib.sha256(call.request).hexdigest(),
            response_sha256=hashlib.sha256(call.response).hexdigest() if call.response else None,
            request_id=call.message_id,
            response_id=call.response_id,
            assertions=call.assertions,
        ),
        peer=Peer(country.code, country.home_communities[0]),
        actor=Actor(
            professional_id=clinician.id,
            professional_name=clinician.name,
            role=clinician.role,
            organisation=clinician.organisation,
            organisation_id=clinician.organisation_id,
        ),
        patient=foundation.keys.person(call.patient),
        access=Access(purpose=clinician.purpose),
        documents=tuple(DocumentReference(*pair) for pair in call.documents),
        refusal_class=call.cause,
        refusal_code=call.code,
        wave=country.wave_of(country.home_communities[0]),
    )


def _looked(treatment: TreatmentAbroad, look: Looked, node: str, now: datetime, new_id: Callable[[], UUID]) -> Event:
    """That a document that came was looked at, by which layers, and whether it was let in: a row of its own.

    The document is in the row of its retrieve; this one names it.
    """
    country = treatment.session.peer
    return Event(
        id=new_id(),
        transaction="DOCUMENT-CHECK",
        direction=Direction.INTERNAL,
        start=now,
        end=now,
        outcome=Outcome.REFUSED if look.refused else Outcome.SUCCESS,
        node=node,
        correlation=new_id(),
        exchanged=Exchanged(request_sha256=hashlib.sha256(b"").hexdigest(), assertions=(treatment.trc_id,)),
        peer=Peer(country.code, country.home_communities[0]),
        access=Access(purpose=treatment.session.clinician.purpose),
        documents=(DocumentReference(look.class_code, look.unique_id),),
        refusal_class="DocumentNotValid" if look.refused else None,
        wave=country.wave_of(country.home_communities[0]),
        validated=look.layers,
    )
