"""A peer country's contact point over SOAP 1.2: ITI-55, 38, 39 and 41 as initiator (wire names of OpenNCP 8 and 9).

Chain, host name and revocation of the peer are verified by the TLS context given, its certificate and country again
before anything is sent; there is no switch. An answer is parsed under the limits of a request, must relate to what was
asked, and is told to the witness before anyone uses it. Nothing is asked while our clock stands alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from gateway.configuration.document_types import DocumentTypes
from gateway.configuration.refusals import Transaction
from gateway.errors import AnswerMalformed, ClockAlone, MessageRefused
from gateway.http import HttpAnswer, HttpClient, HttpFailure, HttpTooLarge, HttpTooSlow, HttpUnreachable, HttpUnreadable
from gateway.messages import (
    DocumentRequest,
    FindDocuments,
    FindPatient,
    PatientIdentifier,
    ProvideDocuments,
    RetrieveDocuments,
)
from gateway.peers.errors import (
    AbroadRefused,
    AnswerToAnother,
    PeerAnswerUnreadable,
    PeerFault,
    PeerSlow,
    PeerUnreachable,
    ServerOfAnother,
)
from gateway.peers.ports import (
    DocumentAbroad,
    DocumentsAbroad,
    PatientsAbroad,
    PeerMatch,
    ProvidedAbroad,
    RetrievedAbroad,
    Session,
    TreatmentAbroad,
)
from gateway.wire.names import REQUEST_ACTIONS, Sender
from gateway.wire.soap import Envelope, content_type, read_envelope, read_fault, write_envelope
from gateway.wire.xca_query import read_documents, write_find_documents
from gateway.wire.xca_retrieve import read_retrieved, write_retrieve
from gateway.wire.xcpd import read_patients, read_request_head, write_find_patient
from gateway.wire.xdr import read_provided, write_provide
from trust.errors import CertificateRefused, XmlRefused
from trust.tls import PeerIdentity
from trust.xml import ANSWER, DEFAULT, parse

Answer = PatientsAbroad | DocumentsAbroad | RetrievedAbroad | ProvidedAbroad
T = TypeVar("T", bound=Answer)


@dataclass(frozen=True, slots=True)
class PeerDeadlines:
    """Seconds that a peer has for its answer."""

    question: float
    dispensing: float
    """Of a dispensation or discard: it may be reported to national services first (OpenNCP waits 180)."""

    def of(self, transaction: Transaction) -> float:
        """For that transaction."""
        return self.dispensing if transaction is Transaction.PROVIDE else self.question


@dataclass(frozen=True, slots=True)
class AskingNode:
    """Who asks."""

    country: str
    country_name: str
    home_community: str
    repository: str
    types: DocumentTypes = field(repr=False)
    deadlines: PeerDeadlines = PeerDeadlines(32, 180)


@dataclass(frozen=True, slots=True)
class PeerExchange:
    """One exchange with a peer, whatever came of it, for the evidence."""

    transaction: Transaction
    session: Session
    patient: PatientIdentifier
    assertions: tuple[tuple[str, str], ...]
    """Kind and id of each."""
    message_id: str
    start: datetime
    request: bytes = field(repr=False)
    response: bytes = field(repr=False, default=b"")
    response_id: str | None = None
    server: PeerIdentity | None = None
    """Who answered, once its certificate was verified."""
    server_address: str | None = field(repr=False, default=None)
    own_address: str | None = field(repr=False, default=None)
    documents: tuple[tuple[str, str], ...] = ()
    submission_set: str | None = None
    """Of ITI-41."""
    cause: str | None = None
    """Class name of the reason why there is no answer to use."""
    code: str | None = None


@dataclass
class _Line:
    """What became known of the other end while a call went on, however it ended."""

    server: PeerIdentity | None = None
    answer: HttpAnswer | None = None
    response_id: str | None = None

    def onto(self, call: PeerExchange) -> PeerExchange:
        """The call with it."""
        call = replace(call, server=self.server, response_id=self.response_id)
        if self.answer is None:
            return call
        answer = self.answer
        return replace(call, response=answer.body, server_address=answer.server_address, own_address=answer.own_address)


Witness = Callable[[PeerExchange], None]
Identify = Callable[[bytes, datetime], PeerIdentity]
"""Who a server is by its certificate (DER) at an instant; raises CertificateRefused leaves."""


class SoapPeer:
    """Speaks for this node; one HTTP client for all peers. Safe to share between threads."""

    def __init__(
        self,
        http: HttpClient,
        home: AskingNode,
        new_id: Callable[[], UUID],
        witness: Witness,
        identify: Identify,
        require_clock: Callable[[], None],
    ) -> None:
        """``require_clock`` raises ClockAlone when our clock is not one to go by: by it the server's certificate is
        judged, and what came is dated. Each call raises it too, with its evidence, before anything is sent.
        """
        self._http = http
        self._identify = identify
        self._home = home
        self._new_id = new_id
        self._witness = witness
        self._require_clock = require_clock

    def find_patient(self, session: Session, asked: FindPatient, now: datetime) -> PatientsAbroad:
        """ITI-55. Raises AbroadRefused leaves."""
        body = write_find_patient(asked, self._sender(now))
        ours = read_request_head(parse(body)).message

        def read(envelope: Envelope) -> PatientsAbroad:
            answer = read_patients(envelope.body)
            if answer.in_reply_to.root is not None and answer.in_reply_to != ours:
                raise AnswerToAnother
            matches = tuple(PeerMatch(m.patient, m.home_community) for m in answer.matches)
            return PatientsAbroad(matches, answer.problems, answer.issue, answer.sender)

        call = self._call(Transaction.FIND_PATIENT, session, asked.identifiers[0], (("hcp", session.hcp_id),), now)
        return self._exchange(call, session.peer.xcpd, body, (session.hcp,), read)

    def find_documents(self, treatment: TreatmentAbroad, asked: FindDocuments, now: datetime) -> DocumentsAbroad:
        """ITI-38. Raises AbroadRefused leaves."""

        def read(envelope: Envelope) -> DocumentsAbroad:
            answer = read_documents(envelope.body)
            return DocumentsAbroad(answer.entries, answer.problems, answer.rejected)

        return self._treat(Transaction.FIND_DOCUMENTS, treatment, write_find_documents(asked), read, now)

    def retrieve(
        self, treatment: TreatmentAbroad, asked: tuple[DocumentRequest, ...], now: datetime
    ) -> RetrievedAbroad:
        """ITI-39. Raises AbroadRefused leaves."""

        def read(envelope: Envelope) -> RetrievedAbroad:
            answer = read_retrieved(envelope.body, envelope.attachments)
            documents = tuple(DocumentAbroad(d.request, d.content, d.mime_type) for d in answer.documents)
            return RetrievedAbroad(documents, answer.problems, answer.rejected)

        return self._treat(Transaction.RETRIEVE, treatment, write_retrieve(RetrieveDocuments(asked)), read, now)

    def provide(self, treatment: TreatmentAbroad, asked: ProvideDocuments, now: datetime) -> ProvidedAbroad:
        """ITI-41. Raises AbroadRefused leaves."""

        def read(envelope: Envelope) -> ProvidedAbroad:
            answer = read_provided(envelope.body)
            return ProvidedAbroad(answer.problems, refused=not answer.accepted, unclear=answer.contradicts_itself)

        session = treatment.session
        call = replace(
            self._call(Transaction.PROVIDE, session, treatment.patient, _both(treatment), now),
            documents=tuple((document.class_code, document.unique_id or "") for document in asked.documents),
            submission_set=asked.submission_set,
        )
        body = write_provide(asked, self._home.types, self._sender(now))
        return self._exchange(call, session.peer.xdr, body, (session.hcp, treatment.trc), read)

    def _treat(
        self,
        transaction: Transaction,
        treatment: TreatmentAbroad,
        body: bytes,
        read: Callable[[Envelope], T],
        now: datetime,
    ) -> T:
        session = treatment.session
        call = self._call(transaction, session, treatment.patient, _both(treatment), now)
        return self._exchange(call, session.peer.xca, body, (session.hcp, treatment.trc), read)

    def _call(
        self,
        transaction: Transaction,
        session: Session,
        patient: PatientIdentifier,
        assertions: tuple[tuple[str, str], ...],
        now: datetime,
    ) -> PeerExchange:
        return PeerExchange(transaction, session, patient, assertions, f"urn:uuid:{self._new_id()}", now, b"")

    def _exchange(
        self,
        call: PeerExchange,
        url: str | None,
        body: bytes,
        assertions: Sequence[bytes],
        read: Callable[[Envelope], T],
    ) -> T:
        """Send, read and tell the witness; only then is the answer anybody's."""
        action = REQUEST_ACTIONS[call.transaction]
        request = write_envelope(body, action=action, message_id=call.message_id, to=url, assertions=assertions)
        line = _Line()
        call = replace(call, request=request)
        try:
            self._require_clock()
            envelope = self._send(call, url, action, line)
            answer = _read(envelope, read)
        except (AbroadRefused, ClockAlone) as cause:
            code = cause.subcode if isinstance(cause, PeerFault) else None
            self._witness(replace(line.onto(call), cause=type(cause).__name__, code=code))
            raise
        self._witness(_outcome(line.onto(call), answer))
        return answer

    def _send(self, call: PeerExchange, url: str | None, action: str, line: "_Line") -> Envelope:
        if url is None:
            raise PeerUnreachable(sent=False)

        def check_server(der: bytes) -> None:
            line.server = self._checked_server(der, call)

        headers = {"content-type": content_type(action), "accept": "application/soap+xml, multipart/related"}
        try:
            answer = self._http.call(
                "POST",
                url,
                headers=headers,
                content=call.request,
                deadline_seconds=self._home.deadlines.of(call.transaction),
                check_server=check_server,
            )
        except HttpTooSlow:
            raise PeerSlow from None
        except (HttpTooLarge, HttpUnreadable) as fault:
            raise PeerAnswerUnreadable(type(fault).__name__) from None
        except HttpUnreachable as fault:
            raise PeerUnreachable(fault.sent) from None
        except HttpFailure:
            raise PeerUnreachable from None
        line.answer = answer
        try:
            limits = ANSWER if call.transaction is Transaction.RETRIEVE else DEFAULT
            envelope = read_envelope(answer.headers.get("content-type", ""), answer.body, limits)
        except (MessageRefused, XmlRefused) as fault:
            raise PeerAnswerUnreadable(type(fault).__name__) from None
        line.response_id = envelope.message_id
        if envelope.relates_to is not None and envelope.relates_to != call.message_id:
            raise AnswerToAnother
        return envelope

    def _checked_server(self, der: bytes, call: PeerExchange) -> PeerIdentity:
        """The certificate verified for a server, of the country asked."""
        try:
            server = self._identify(der, call.start)
        except CertificateRefused:
            raise PeerUnreachable(sent=False) from None
        if server.certificate.country != call.session.peer.code:
            raise ServerOfAnother
        return server

    def _sender(self, now: datetime) -> Sender:
        home = self._home
        return Sender(home.home_community, home.country, home.country_name, home.repository, now, self._new_id)


def _both(treatment: TreatmentAbroad) -> tuple[tuple[str, str], ...]:
    return ("hcp", treatment.session.hcp_id), ("trc", treatment.trc_id)


def _read(envelope: Envelope, read: Callable[[Envelope], T]) -> T:
    try:
        fault = read_fault(envelope.body)
        if fault is not None:
            raise PeerFault(fault.code, fault.subcode, fault.text)
        return read(envelope)
    except (AnswerMalformed, MessageRefused) as malformed:
        raise PeerAnswerUnreadable(type(malformed).__name__) from None


def _outcome(call: PeerExchange, answer: Answer) -> PeerExchange:
    """What the evidence says of an answer that could be read: documents, or that the peer said no and why."""
    documents: tuple[tuple[str, str], ...] = ()
    if isinstance(answer, PatientsAbroad):
        refused, problems = not answer.matches, answer.problems
    elif isinstance(answer, DocumentsAbroad):
        refused, problems = answer.refused, answer.problems
        documents = tuple((entry.class_code, entry.unique_id) for entry in answer.entries)
    elif isinstance(answer, ProvidedAbroad):
        refused, problems, documents = answer.refused, answer.problems, call.documents
    else:
        refused, problems = answer.refused or not answer.documents, answer.problems
        documents = tuple(("", document.request.unique_id) for document in answer.documents)
    if not refused:
        return replace(call, documents=documents)
    return replace(call, cause="PeerSaidNo", code=problems[0].code if problems else None, documents=documents)
