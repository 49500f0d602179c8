"""The composition root of country B: settings in, what asks other countries out. It wires and decides nothing."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from gateway import clock
from gateway.configuration.document_types import load_document_types
from gateway.configuration.refusals import Transaction
from gateway.configuration.settings import CountryRow, Settings
from gateway.evidence.event import (
    Access,
    Actor,
    AssertionReference,
    Direction,
    DocumentReference,
    Exchanged,
    Outcome,
    OwnEnd,
    Peer,
)
from gateway.evidence.event_of import DOCUMENT_CHECK, Ending, Occurrence, event_of, sha256
from gateway.exchange.country_b.retrieve import Looked, Reception
from gateway.exchange.document_gate import open_gate
from gateway.handouts.desk import HandoutDesk
from gateway.http import HttpClient, HttpLimits
from gateway.node.compared import open_releases, read_element_rules
from gateway.node.foundation import calling_context, client_common_name, open_foundation
from gateway.node.handouts import open_desk
from gateway.node.timekeeper import open_timekeeper, system_monotonic
from gateway.peers.ports import Session, TreatmentAbroad
from gateway.peers.sessions import Issuer
from gateway.peers.soap import AskingNode, PeerDeadlines, PeerExchange, SoapPeer
from gateway.store.timekeeping import AnswerDates
from trust.certificates import CertificateUse
from trust.tls import PeerIdentity, peer_identity
from trust.xml import ANSWER

_FAILURES = frozenset({"PeerUnreachable", "PeerSlow", "PeerFault", "PeerAnswerUnreadable", "ClockAlone"})


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
    desk: Callable[[], HandoutDesk]
    """Where a pharmacy here dispenses; what it decides by is read at the first call. Raises SettingsError."""

    def country(self, code: str) -> CountryRow:
        """A country of the directory; KeyError when it is not there."""
        return self.settings.countries[code]


def build_country_b(
    settings: Settings,
    now: Callable[[], datetime] = clock.now,
    new_id: Callable[[], UUID] = clock.new_id,
    monotonic: Callable[[], timedelta] = system_monotonic,
    seen: Callable[[PeerExchange], None] | None = None,
) -> CountryB:
    """Everything that asks abroad, opened; nothing of it stays open when it cannot start.

    ``seen``: shown each exchange with another country before its answer is anybody's.

    Raises SettingsError, StoreCannotStart, StoreUnavailable.
    """
    with ExitStack() as opened:
        country_b = _opened_country_b(settings, opened, (now, new_id, monotonic), seen)
        opened.pop_all()
    return country_b


def _opened_country_b(
    settings: Settings,
    opened: ExitStack,
    means: tuple[Callable[[], datetime], Callable[[], UUID], Callable[[], timedelta]],
    seen: Callable[[PeerExchange], None] | None,
) -> CountryB:
    now, new_id, monotonic = means
    foundation = open_foundation(settings)
    opened.callback(foundation.store.close)
    # No date of a peer's answer is a witness: one country could make us stand alone, and answer nobody.
    keeper = open_timekeeper(settings, foundation.store, AnswerDates(now, monotonic), now, monotonic)
    validation = settings.validation
    asked = frozenset(wave for row in settings.countries.values() if row.answers for wave in row.every_wave)
    releases = open_releases(settings, foundation, asked)
    gate = open_gate(validation.incoming, validation, settings.artefacts, asked, read_element_rules(settings))
    opened.callback(gate.close)
    node, tables = settings.node, foundation.agreements.saml
    deadline = settings.limits.national_deadline.total_seconds() * 4  # a peer asks its own national services in between
    dispensing = settings.limits.dispensing_abroad_deadline.total_seconds()
    limits = HttpLimits(deadline_seconds=max(deadline, dispensing), answer_bytes=ANSWER.bytes)
    http = HttpClient(limits, tls=calling_context(foundation), elapsed=time.monotonic)
    types = load_document_types(settings.files["document_types"])
    name_of_us = settings.countries[node.country].name
    deadlines = PeerDeadlines(deadline, dispensing)
    home = AskingNode(node.country, name_of_us, node.home_community, settings.documents.root, types, deadlines)

    name = client_common_name(foundation)

    def own() -> OwnEnd:
        return OwnEnd(node.country, node.home_community, name())

    def witness(call: PeerExchange) -> None:
        if seen is not None:
            seen(call)
        event = event_of(asked_abroad(call, own(), now(), new_id()), node.node_id, foundation.keys)
        foundation.record(event, call.request, call.response)

    def looked(treatment: TreatmentAbroad, look: Looked, at: datetime) -> None:
        occurrence = looked_at(treatment, look, OwnEnd(node.country, node.home_community), at, (new_id(), new_id()))
        foundation.record(event_of(occurrence, node.node_id, foundation.keys), b"", b"")

    def identify(der: bytes, at: datetime) -> PeerIdentity:
        return peer_identity(der, CertificateUse.TLS_SERVER, foundation.tls_verifier, at)

    def close() -> None:
        http.close()
        gate.close()
        outgoing.close()
        foundation.close(now())

    issuer = Issuer(foundation.seal, node.home_community, tables, new_id, keeper.require)
    peer = SoapPeer(http, home, new_id, witness, identify, keeper.require)
    reception = Reception(gate, looked, types, releases)
    outgoing = open_gate(validation.outgoing, validation, settings.artefacts, asked, read_element_rules(settings))
    opened.callback(outgoing.close)

    @cache
    def desk() -> HandoutDesk:
        return open_desk(foundation, peer, releases, outgoing, now, new_id)

    return CountryB(settings, peer, issuer, http, close, reception, desk)


def asked_abroad(call: PeerExchange, own: OwnEnd, end: datetime, event_id: UUID) -> Occurrence:
    """What was asked abroad and what came of it. The peer's own words stay out: they may name the patient."""
    session, server = call.session, call.server
    outcome = Outcome.SUCCESS
    if call.cause is not None:
        outcome = Outcome.FAILED if call.cause in _FAILURES else Outcome.REFUSED
    return Occurrence(
        id=event_id,
        transaction=call.transaction.value,
        direction=Direction.OUTBOUND,
        start=call.start,
        end=end,
        correlation=UUID(call.message_id.removeprefix("urn:uuid:")),
        exchanged=Exchanged(
            request_sha256=sha256(call.request),
            response_sha256=sha256(call.response) if call.response else None,
            request_id=call.message_id,
            response_id=call.response_id,
            assertions=tuple(AssertionReference(*one) for one in call.assertions),
            submission_set=call.submission_set,
        ),
        ending=Ending(outcome, call.cause, call.code),
        peer=_peer(session.peer, server),
        peer_address=call.server_address,
        own=own,
        own_address=call.own_address,
        actor=_actor(session),
        patient=call.patient,
        access=Access(purpose=session.clinician.purpose, data_categories=_categories(call, outcome)),
        documents=tuple(DocumentReference(*pair) for pair in call.documents),
        wave=session.peer.wave_of(session.peer.home_communities[0]),
    )


def looked_at(
    treatment: TreatmentAbroad, look: Looked, own: OwnEnd, now: datetime, ids: tuple[UUID, UUID]
) -> Occurrence:
    """That a document that came was looked at, by which layers, and whether it was let in: a row of its own.

    The document is in the row of its retrieve; this one names it. ``ids``: of the event and its correlation.
    """
    session = treatment.session
    refused = Ending(Outcome.REFUSED, look.cause, field=look.field)
    return Occurrence(
        id=ids[0],
        transaction=DOCUMENT_CHECK,
        direction=Direction.INTERNAL,
        start=now,
        end=now,
        correlation=ids[1],
        exchanged=Exchanged(
            request_sha256=sha256(b""),
            assertions=(AssertionReference("hcp", session.hcp_id), AssertionReference("trc", treatment.trc_id)),
        ),
        ending=refused if look.refused else Ending(),
        peer=_peer(session.peer, None),
        own=own,
        actor=_actor(session),
        patient=treatment.patient,
        access=Access(purpose=session.clinician.purpose, data_categories=(look.class_code,) if look.class_code else ()),
        documents=(_reference(look),),
        wave=session.peer.wave_of(session.peer.home_communities[0]),
        terminology_release=look.release,
        validated=look.layers,
    )


def _reference(look: Looked) -> DocumentReference:
    digests, findings = look.digests, look.findings or None
    if digests is None or digests.listed in (None, digests.came):
        return DocumentReference(look.class_code, look.unique_id, findings=findings)
    return DocumentReference(look.class_code, look.unique_id, digests.listed, digests.came, findings)


def _peer(country: CountryRow, server: PeerIdentity | None) -> Peer:
    certificate = server.certificate if server is not None else None
    return Peer(
        country=country.code,
        home_community=country.home_communities[0],
        tls_sha256=certificate.sha256 if certificate else None,
        common_name=certificate.common_name if certificate else None,
    )


def _actor(session: Session) -> Actor:
    """The clinician, as our own assertion of her states it."""
    clinician = session.clinician
    return Actor(
        professional_id=clinician.id,
        professional_name=clinician.name,
        role=clinician.role,
        organisation=clinician.organisation,
        organisation_id=clinician.organisation_id,
        name_id=clinician.id,
        provider_id=clinician.id,
        issuer=session.issuer,
        assurance=clinician.class_ref,
        locality=clinician.locality,
        facility_type=clinician.facility_type,
    )


def _categories(call: PeerExchange, outcome: Outcome) -> tuple[str, ...]:
    """What came: demographics, or the classes of documents as far as the answer names them."""
    if outcome is not Outcome.SUCCESS:
        return ()
    if call.transaction is Transaction.FIND_PATIENT:
        return ("identity",)
    return tuple(dict.fromkeys(class_code for class_code, _ in call.documents if class_code))
