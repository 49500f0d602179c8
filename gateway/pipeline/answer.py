"""The one pipeline of every face: read, verify, decide, do, write, record. A transaction is a row, never a copy.

Order is the point: nothing national is asked before `admission` made a verified value, and nothing is sent before its
evidence is durable. Every way out, refusals too, leaves one evidence row.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog

from gateway.admission import AdmissionPolicy, Asker, Moment
from gateway.configuration.refusals import Form, RefusalRow, Refusals, Transaction
from gateway.errors import (
    BodyElementUnknown,
    DemographicsDiffer,
    EvidenceUnavailable,
    InternalFault,
    NationalRefused,
    NodeRefused,
    PatientDeceased,
    PatientProtected,
    PatientReserved,
    PatientUnknown,
    Refusal,
)
from gateway.evidence.event import (
    Access,
    Actor,
    Direction,
    DocumentReference,
    Event,
    Exchanged,
    Outcome,
    Peer,
    Withheld,
)
from gateway.exchange.country_a.compose import Composer
from gateway.exchange.ports import Norway, Trail
from gateway.messages import PatientIdentifier
from gateway.store.keys import PersonKey
from gateway.wire.names import RESPONSE_ACTIONS, TRANSACTIONS, Sender
from gateway.wire.soap import Envelope, content_type, read_envelope, write_envelope, write_fault
from trust.certificates import CertificateUse, CertificateVerifier
from trust.errors import TrustError
from trust.ports import SeenOnce
from trust.saml.model import VerifiedCaller
from trust.saml.tables import SamlTables
from trust.saml.verify import verify_caller
from trust.tls import PeerIdentity, peer_identity

_log = structlog.get_logger("ncpeh.answer")

_NO_MATCH = (PatientUnknown, PatientProtected, PatientReserved, PatientDeceased, DemographicsDiffer)
"""Answered alike, bytes and time: which of them it was is nobody's to know."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer; ``held`` ones are sent at a moment that tells nothing about how long they took."""

    status: int
    content_type: str
    body: bytes = field(repr=False)
    held: bool = False


@dataclass(frozen=True, slots=True)
class Home:
    """Who this node is."""

    country: str
    country_name: str
    home_community: str
    repository: str
    node_id: str


@dataclass(frozen=True, slots=True)
class Trusted:
    """What verification needs."""

    certificates: CertificateVerifier
    seals: CertificateVerifier
    directory: Mapping[str, Collection[str]]
    tables: SamlTables
    seen: SeenOnce


@dataclass(frozen=True, slots=True)
class Recorder:
    """How evidence is written: durable when ``record`` returns, EvidenceUnavailable otherwise."""

    record: Callable[[Event, bytes, bytes], None]
    person: Callable[[PatientIdentifier], PersonKey]


@dataclass
class Run:
    """One transaction on its way: an argument of every step, never shared."""

    moment: Moment
    sender: Sender
    request: bytes
    peer_sha256: str
    service: str
    transaction: Transaction = Transaction.UNKNOWN
    envelope: Envelope | None = None
    peer: PeerIdentity | None = None
    caller: VerifiedCaller | None = None
    asker: Asker | None = None
    wave: int | None = None
    family: str = "PS"
    """Of the documents it is about, once that is known: the middle of the eHDSI codes (ERROR_<family>_NOT_FOUND)."""
    trail: Trail = field(default_factory=Trail)


@dataclass(frozen=True, slots=True)
class CountryA:
    """What a transaction may use when it is allowed to."""

    policy: AdmissionPolicy
    norway: Norway | None
    """None on a node that does not answer other countries."""
    composer: Composer | None
    refusals: Refusals
    new_id: Callable[[], UUID]


@dataclass(frozen=True, slots=True)
class Row:
    """One transaction: which service carries it, what it needs verified, how it runs and how it refuses."""

    transaction: Transaction
    service: str
    needs_trc: bool
    needs_role_display: bool
    run: Callable[[Run, VerifiedCaller, Envelope, CountryA], bytes]
    """The body of the answer. Raises a leaf of the closed trees."""
    refuse: Callable[[Envelope, RefusalRow, Sender], bytes]


class Answerer:
    """Answers requests of other countries; called from many threads at once."""

    def __init__(
        self,
        *,
        home: Home,
        rows: Mapping[Transaction, Row],
        country_a: CountryA,
        trusted: Trusted,
        recorder: Recorder,
        clock: Callable[[], datetime],
    ) -> None:
        self._home = home
        self._rows = rows
        self._country_a = country_a
        self._trusted = trusted
        self._recorder = recorder
        self._clock = clock

    def answer(self, service: str, content_type: str, body: bytes, peer_der: bytes, at: datetime) -> Reply:
        """Answer one request, received whole ``at`` that instant. Never raises."""
        return self._answered(self._begin(service, body, peer_der, at), content_type, peer_der, None)

    def refuse(self, service: str, content_type: str, body: bytes, peer_der: bytes, reason: Refusal) -> Reply:
        """Answer one request with a refusal decided before it came here; ``body`` may be empty when it was not read."""
        return self._answered(self._begin(service, body, peer_der, self._clock()), content_type, peer_der, reason)

    def _begin(self, service: str, body: bytes, peer_der: bytes, at: datetime) -> Run:
        home, new_id = self._home, self._country_a.new_id
        sender = Sender(home.home_community, home.country, home.country_name, home.repository, at, new_id)
        moment = Moment(at, str(new_id()))
        return Run(moment, sender, body, hashlib.sha256(peer_der).hexdigest(), service)

    def _answered(self, run: Run, content_type: str, peer_der: bytes, reason: Refusal | None) -> Reply:
        row: RefusalRow | None = None
        try:
            reply = self._served(run, content_type, peer_der, reason)
        except (Refusal, TrustError) as cause:
            row, reply = self._refused(run, cause)
        except Exception as fault:  # noqa: BLE001 - nothing is decided here: a fault of ours is answered as one, with evidence
            _log.error("fault", correlation=run.moment.correlation, fault=type(fault).__name__, where=_where(fault))
            row, reply = self._refused(run, InternalFault())
        try:
            self._record(run, reply, row)
        except EvidenceUnavailable as cause:
            row, reply = self._refused(run, cause)
        _log.info(
            "answered",
            correlation=run.moment.correlation,
            transaction=run.transaction.value,
            country=run.caller.country if run.caller else None,
            outcome="success" if row is None else row.cause,
        )
        return reply

    def _served(self, run: Run, media_type: str, peer_der: bytes, reason: Refusal | None) -> Reply:
        if reason is not None and not run.request:
            raise reason
        envelope = run.envelope = read_envelope(media_type, run.request)
        row = self._rows.get(TRANSACTIONS.get(envelope.body.tag, Transaction.UNKNOWN))
        if row is None or row.service != run.service:
            raise BodyElementUnknown
        run.transaction = row.transaction
        if reason is not None:
            raise reason
        trusted, at = self._trusted, run.moment.now
        peer = run.peer = peer_identity(peer_der, CertificateUse.TLS_CLIENT, trusted.certificates, at)
        caller = run.caller = verify_caller(
            envelope.root,
            peer=peer,
            verify_certificate=trusted.seals.verify,
            directory=trusted.directory,
            tables=trusted.tables,
            needs_trc=row.needs_trc,
            needs_role_display=row.needs_role_display,
            seen=trusted.seen,
            new_id=self._country_a.new_id,
            message_id=envelope.message_id,
            now=at,
        )
        return self._enveloped(run, row.run(run, caller, envelope, self._country_a))

    def _enveloped(self, run: Run, body: bytes, *, status: int = 200, held: bool = False) -> Reply:
        action = RESPONSE_ACTIONS[run.transaction]
        sent = write_envelope(
            body,
            action=action,
            message_id=f"urn:uuid:{run.sender.new_id()}",
            relates_to=run.envelope.message_id if run.envelope else None,
        )
        return Reply(status, content_type(action), sent, held)

    def _refused(self, run: Run, cause: Refusal | TrustError) -> tuple[RefusalRow, Reply]:
        row = self._country_a.refusals.row(run.transaction, cause, run.family)
        held = isinstance(cause, _NO_MATCH)
        if row.form is not Form.FAULT and run.envelope is not None:
            refuse = self._rows[run.transaction].refuse
            return row, self._enveloped(run, refuse(run.envelope, row, run.sender), status=row.http_status, held=held)
        fault = write_fault(
            row.fault or "Receiver",
            row.text,
            subcode=row.code,
            message_id=f"urn:uuid:{run.sender.new_id()}",
            relates_to=run.envelope.message_id if run.envelope else None,
        )
        return row, Reply(row.http_status, "application/soap+xml; charset=UTF-8", fault, held)

    def _record(self, run: Run, reply: Reply, row: RefusalRow | None) -> None:
        end = max(self._clock(), run.moment.now)
        event = _event(run, reply, row, self._home.node_id, end, self._recorder.person)
        self._recorder.record(event, run.request, reply.body)


def outcome_of(cause: str | None) -> Outcome:
    """Refused by a rule, or failed: national services and our own state fail, everything else decides."""
    if cause is None:
        return Outcome.SUCCESS
    failures = {c.__name__ for kind in (NationalRefused, NodeRefused) for c in kind.__subclasses__()}
    return Outcome.FAILED if cause in failures else Outcome.REFUSED


def _event(
    run: Run,
    reply: Reply,
    row: RefusalRow | None,
    node: str,
    end: datetime,
    person: Callable[[PatientIdentifier], PersonKey],
) -> Event:
    caller, asker, trail = run.caller, run.asker, run.trail
    assertions = [a.id for a in (caller.hcp, caller.trc, caller.nok) if a is not None] if caller else []
    sent = _sha256(reply.body)
    return Event(
        id=run.sender.new_id(),
        transaction=run.transaction.value,
        direction=Direction.INBOUND,
        start=run.moment.now,
        end=end,
        outcome=outcome_of(row.cause if row else None),
        node=node,
        correlation=UUID(run.moment.correlation),
        exchanged=Exchanged(
            request_sha256=_sha256(run.request),
            response_sha256=sent,
            request_id=run.envelope.message_id if run.envelope else None,
            assertions=tuple(assertions),
        ),
        peer=Peer(
            country=run.peer.certificate.country if run.peer else None,
            home_community=caller.home_community if caller else None,
            tls_sha256=run.peer_sha256,
        ),
        actor=_actor(caller),
        patient=person(trail.patient) if trail.patient else None,
        access=Access(
            purpose=asker.purpose if asker else None,
            access_basis=asker.access_basis if asker else None,
            data_categories=tuple(trail.categories),
            origins=tuple(trail.origins),
        ),
        documents=tuple(DocumentReference(*pair) for pair in trail.documents),
        refusal_class=row.cause if row else None,
        refusal_code=row.code if row else None,
        wave=run.wave,
        terminology_release=trail.release,
        validated=trail.layers,
        withheld=tuple(Withheld(*pair) for pair in trail.withheld),
    )


def _actor(caller: VerifiedCaller | None) -> Actor:
    if caller is None:
        return Actor()
    hcp = caller.hcp
    return Actor(
        professional_id=hcp.provided_id or hcp.npi or hcp.name_id.value,
        professional_name=hcp.name,
        role=hcp.role,
        organisation=hcp.organisation or hcp.locality,
        organisation_id=hcp.organisation_id,
        next_of_kin=caller.nok is not None,
    )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _where(fault: BaseException) -> str:
    """File and line where a fault arose; never its text, which may hold what must not be logged."""
    step = fault.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    return f"{step.tb_frame.f_code.co_filename.rpartition('/')[2]}:{step.tb_lineno}" if step else "?"
