"""SOAP 1.2 as a form of the pipeline: ITI-55, ITI-38, ITI-39, ITI-41 as messages (IHE ITI TF-2).

The codecs are `gateway.wire`'s; here stands which of them reads and writes what.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256

from gateway.configuration.document_types import DocumentTypes
from gateway.configuration.refusals import RefusalForm, RefusalRow, Transaction
from gateway.errors import BodyElementUnknown
from gateway.messages import DocumentsReply, PatientsReply, ProvideReply
from gateway.pipeline.form import Answer, Arrived, Home, Message, Question, Stamp, WrittenMessage
from gateway.wire.names import RESPONSE_ACTIONS, TRANSACTIONS, Sender
from gateway.wire.soap import Envelope, content_type, packed, read_envelope, write_envelope, write_fault
from gateway.wire.xca_query import read_find_documents, write_documents, write_find_documents_refusal
from gateway.wire.xca_retrieve import read_retrieve, write_retrieve_refusal, write_retrieved, write_retrieved_apart
from gateway.wire.xcpd import read_find_patient, read_request_head, write_find_patient_refusal, write_patients
from gateway.wire.xdr import read_provide, write_provide_refusal, write_provided
from trust.saml.model import VerifiedCaller
from trust.xml import ENVELOPE, canonical

_FAULT_TYPE = "application/soap+xml; charset=UTF-8"


@dataclass(frozen=True, slots=True)
class _Codec:
    """One transaction: which service carries it, how its question is read, and what form its refusals have."""

    service: str
    read: Callable[[Envelope], Question]
    refusals: RefusalForm


_CODECS = {
    Transaction.FIND_PATIENT: _Codec("xcpd", lambda it: read_find_patient(it.body).request, RefusalForm.XCPD),
    Transaction.FIND_DOCUMENTS: _Codec("xca", lambda it: read_find_documents(it.body), RefusalForm.REGISTRY),
    Transaction.RETRIEVE: _Codec("xca", lambda it: read_retrieve(it.body), RefusalForm.REGISTRY),
    Transaction.PROVIDE: _Codec("xdr", lambda it: read_provide(it.body, it.attachments), RefusalForm.REGISTRY),
}


class SoapForm:
    """Messages of other contact points, whose callers show SAML assertions in the security header."""

    name = "soap"
    caller = VerifiedCaller

    def __init__(self, home: Home, types: DocumentTypes) -> None:
        self._home = home
        self._types = types

    def read(self, arrived: Arrived) -> Message:
        """The envelope. Its body's root element says which transaction it is, if its service serves that."""
        envelope = read_envelope(arrived.media_type, arrived.body, ENVELOPE)
        transaction = TRANSACTIONS.get(envelope.body.tag, Transaction.UNKNOWN)
        codec = _CODECS.get(transaction)
        question: Callable[[], Question]
        if codec is None or codec.service != arrived.service:
            transaction, question = Transaction.UNKNOWN, _nothing_we_serve
        else:
            question = partial(codec.read, envelope)
        body = partial(_asked, envelope)
        return Message(transaction, envelope.message_id, envelope.root, question, body, envelope)

    def write(self, message: Message, answer: Answer, stamp: Stamp) -> WrittenMessage:
        """The answer in an envelope."""
        envelope: Envelope = message.native
        sender = self._sender(stamp)
        if isinstance(answer, PatientsReply):
            body = write_patients(read_request_head(envelope.body), answer, sender)
        elif isinstance(answer, DocumentsReply):
            body = write_documents(answer, self._types, sender)
        elif isinstance(answer, ProvideReply):
            body = write_provided(answer)
        elif envelope.optimised:
            return _with_attachments(message, *write_retrieved_apart(answer, sender), stamp)
        else:
            body = write_retrieved(answer, sender)
        return _enveloped(message, body, stamp)

    def writes(self, row: RefusalRow) -> bool:
        """A fault always; another form in its own transactions."""
        codec = _CODECS.get(row.transaction)
        return row.form is RefusalForm.FAULT or (codec is not None and row.form is codec.refusals)

    def refuse(self, message: Message, row: RefusalRow, stamp: Stamp) -> WrittenMessage:
        """The refusal in the form of its transaction."""
        if message.transaction is Transaction.FIND_PATIENT:
            envelope: Envelope = message.native
            body = write_find_patient_refusal(read_request_head(envelope.body), row, self._sender(stamp))
        elif message.transaction is Transaction.FIND_DOCUMENTS:
            body = write_find_documents_refusal(row)
        elif message.transaction is Transaction.PROVIDE:
            body = write_provide_refusal(row)
        else:
            body = write_retrieve_refusal(row)
        return _enveloped(message, body, stamp, status=row.http_status)

    def fault(self, row: RefusalRow, message: Message | None, stamp: Stamp | None) -> WrittenMessage:
        """A SOAP fault; without a stamp it has no id of its own."""
        message_id = _message_id(stamp) if stamp is not None else None
        body = write_fault(
            row.fault or "Receiver",
            row.text,
            subcode=row.code,
            message_id=message_id,
            relates_to=message.id if message is not None else None,
        )
        return WrittenMessage(row.http_status, _FAULT_TYPE, body, message_id)

    def _sender(self, stamp: Stamp) -> Sender:
        home = self._home
        return Sender(home.home_community, home.country, home.country_name, home.repository, stamp.now, stamp.new_id)


def _enveloped(message: Message, body: bytes, stamp: Stamp, *, status: int = 200) -> WrittenMessage:
    action, message_id = RESPONSE_ACTIONS[message.transaction], _message_id(stamp)
    sent = write_envelope(body, action=action, message_id=message_id, relates_to=message.id)
    return WrittenMessage(status, content_type(action), sent, message_id)


def _with_attachments(message: Message, body: bytes, attachments: Mapping[str, bytes], stamp: Stamp) -> WrittenMessage:
    """As `_enveloped`; by MTOM when something is apart. The boundary is of a new id, which no document can foresee."""
    written = _enveloped(message, body, stamp)
    if not attachments:
        return written
    action, boundary = RESPONSE_ACTIONS[message.transaction], f"part-{stamp.new_id()}"
    kind, sent = packed(written.body, attachments, action=action, boundary=boundary)
    return replace(written, content_type=kind, body=sent)


def _asked(envelope: Envelope) -> bytes:
    """The body and what its XOP references stand for: with another document behind it, the message is another."""
    parts = (sha256(envelope.attachments[name]).digest() for name in sorted(envelope.attachments))
    return b"".join((canonical(envelope.body), *parts))


def _message_id(stamp: Stamp) -> str:
    return f"urn:uuid:{stamp.correlation}"


def _nothing_we_serve() -> Question:
    raise BodyElementUnknown
