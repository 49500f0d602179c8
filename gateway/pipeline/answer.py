"""The one pipeline of every face: read, verify, decide, do, write, record. A transaction is a row, never a copy.

Order is the point: nothing national is asked before `admission` made a verified value, and nothing is sent before its
evidence is durable. Every way out, refusals too, leaves one evidence row. What is read and written is the face's form.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.admission import AdmissionPolicy, Asker, TransactionMoment
from gateway.configuration.refusals import RefusalForm, RefusalRow, Refusals, Transaction
from gateway.errors import (
    AdmissionRefused,
    BodyElementUnknown,
    DispensationLeftInForce,
    EvidenceUnavailable,
    InternalFault,
    MessageRefused,
    NationalRefused,
    NationalRejected,
    NodeRefused,
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
    OwnEnd,
    Peer,
    Withheld,
)
from gateway.evidence.event_of import (
    Ending,
    Keyed,
    Occurrence,
    actor_of,
    assertions_of,
    event_of,
    purpose_of,
    sha256,
    undelivered,
)
from gateway.exchange.country_a.compose import Composer
from gateway.exchange.ports import CountryOfAffiliation, Trail
from gateway.pipeline.form import Answer, Arrived, Form, Home, Message, Stamp, WrittenMessage, require_whole
from gateway.pipeline.log import OperatorLog
from gateway.pipeline.verifiers import Caller, Needs, Verifier, verifier_of
from trust.errors import TrustError
from trust.tls import PeerIdentity

_EXPLAINED = (TrustError, MessageRefused, AdmissionRefused)
"""Decided before anybody was asked about a person, so that naming the rule tells nothing about one."""

_MESSAGE_ID = re.compile(r"(urn:uuid:)?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
"""Message ids that can hold nothing else; others are the peer's free text and stay out of the log."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer; ``held`` ones are sent at a moment that tells nothing about how long they took: each refusal of a
    request about whose person somebody was asked, whatever it was refused for, but of what the journal knows.
    """

    status: int
    content_type: str
    body: bytes = field(repr=False)
    held: bool = False
    recorded: Event | None = field(default=None, repr=False, compare=False)
    """Its evidence: what it says was made ready. None when no row could be written."""


@dataclass(frozen=True, slots=True)
class Recorder:
    """How evidence is written: durable when ``record`` returns, EvidenceUnavailable otherwise."""

    record: Callable[[Event, bytes, bytes], None]
    keys: Keyed


@dataclass
class Run:
    """One transaction on its way: an argument of every step, never shared."""

    moment: TransactionMoment
    arrived: Arrived
    stamp: Stamp
    transaction: Transaction = Transaction.UNKNOWN
    message: Message | None = None
    peer: PeerIdentity | None = None
    caller: Caller | None = None
    asker: Asker | None = None
    wave: int | None = None
    family: str = "PS"
    """Of the documents it is about, once that is known: the middle of the eHDSI codes (ERROR_<family>_NOT_FOUND)."""
    submission_set: str | None = None
    """Of ITI-41: the id of what was handed in."""
    trail: Trail = field(default_factory=Trail)
    nothing_given: Refusal | None = None
    """Why an answer of several refusals gives nothing: the first of them. It is recorded and held as a refusal is."""


@dataclass(frozen=True, slots=True)
class CountryA:
    """What a transaction may use when it is allowed to."""

    policy: AdmissionPolicy
    country: CountryOfAffiliation | None
    """None on a node that does not answer other countries."""
    composer: Composer | None
    refusals: Refusals
    new_id: Callable[[], UUID]


@dataclass(frozen=True, slots=True)
class TransactionRow:
    """One transaction: what it needs verified of whom, and how it runs. It knows no bytes."""

    transaction: Transaction
    caller: type
    """The type of verified caller its admission takes."""
    needs: Needs
    run: Callable[[Run, Caller, Any, CountryA], Answer]
    """The answer to its question. Raises a leaf of the closed trees."""


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a transaction ended: what is sent, and the row it was refused by."""

    written: WrittenMessage
    row: RefusalRow | None = None
    cause: Refusal | TrustError | None = None


def _uncounted(_line: Mapping[str, object]) -> None:
    """Where nobody counts."""


class Answerer:
    """Answers requests of one face; called from many threads at once."""

    def __init__(  # noqa: PLR0913 - each is a fact of another origin; a bag of them would only hide which
        self,
        *,
        form: Form,
        rows: Mapping[Transaction, TransactionRow],
        verifiers: Iterable[Verifier],
        home: Callable[[], Home],
        country_a: CountryA,
        recorder: Recorder,
        clock: Callable[[], datetime],
        require_clock: Callable[[], None],
        count: Callable[[Mapping[str, object]], None] = _uncounted,
    ) -> None:
        """``home`` as it is now, for the certificate it shows may be replaced; ``require_clock`` raises ClockAlone when
        the clock is not one to go by; ``count`` is given the fields of each answer's line.

        Raises FaceIncomplete: a form that lacks a verifier, a fitting admission or a way to say an error."""
        self._verifier = verifier_of(form, verifiers)
        require_whole(form, rows, country_a.refusals)
        self._form = form
        self._rows = rows
        self._home = home
        self._country_a = country_a
        self._recorder = recorder
        self._clock = clock
        self._require_clock = require_clock
        self._log = OperatorLog("ncpeh.answer", count)
        fault = InternalFault()
        last = country_a.refusals.row(Transaction.UNKNOWN, fault)
        self._last_word = _Ended(form.fault(last, None, None), last, fault)
        """Written before anything can break: what is answered when nothing else can be."""

    def answer(self, arrived: Arrived, reason: Refusal | None = None) -> Reply:
        """Answer one request, with ``reason`` when its face decided already that it is refused. Never raises."""
        try:
            return self._begun(arrived, reason)
        except Exception as fault:  # noqa: BLE001 - nothing is decided here: without clock or ids there is no run to record
            self._log.fault(fault)
            return _reply(self._last_word)

    def undelivered(self, reply: Reply) -> None:
        """Record that the peer was gone before ``reply`` could be sent: a row of its own, after the answer's.

        Never raises: where no row can be written, the log line is the trace.
        """
        if reply.recorded is None:
            return
        correlation = str(reply.recorded.correlation)
        self._log.line("warning", "undelivered", correlation=correlation)
        try:
            event = undelivered(reply.recorded, self._country_a.new_id(), self._clock())
            self._recorder.record(event, b"", b"")
        except Exception as fault:  # noqa: BLE001 - nothing is decided here: there is nobody left to answer
            self._log.fault(fault, correlation=correlation)

    @property
    def dropped_log_lines(self) -> int:
        """Lines for the operator that could not be written since the start."""
        return self._log.dropped

    def _begun(self, arrived: Arrived, reason: Refusal | None) -> Reply:
        at, new_id = self._clock(), self._country_a.new_id
        correlation = new_id()
        run = Run(TransactionMoment(at, str(correlation)), arrived, Stamp(at, new_id, correlation))
        ended, end, event = self._recorded(run, self._ended(run, reason))
        outcome = outcome_of(ended.row.cause if ended.row else None)
        self._log.answered(_LEVELS[outcome], _line(run, ended, end))
        held = ended.row is not None and run.trail.patient is not None and not run.trail.journalled
        return _reply(ended, held=held, recorded=event)

    def _ended(self, run: Run, reason: Refusal | None) -> _Ended:
        try:
            written = self._served(run, reason)
            why = run.nothing_given
            return _Ended(written) if why is None else _Ended(written, self._row(run, run.transaction, why), why)
        except (Refusal, TrustError) as cause:
            return self._refused(run, cause)
        except Exception as fault:  # noqa: BLE001 - nothing is decided here: a fault of ours is answered as one, with evidence
            return self._broken(run, fault)

    def _served(self, run: Run, reason: Refusal | None) -> WrittenMessage:
        if reason is not None and not run.arrived.body:
            raise reason
        message = run.message = self._form.read(run.arrived)
        row = self._rows.get(message.transaction)
        if row is None:
            raise BodyElementUnknown
        run.transaction = row.transaction
        if reason is not None:
            raise reason
        self._require_clock()
        at = run.moment.now
        peer = run.peer = self._verifier.peer(run.arrived.peer_der, at)
        caller = run.caller = self._verifier.verify(message, peer, row.needs, at)
        answer = row.run(run, caller, message.question(), self._country_a)
        return self._form.write(message, answer, run.stamp)

    def _refused(self, run: Run, cause: Refusal | TrustError) -> _Ended:
        """In the form of the transaction; where that breaks as a fault; where that breaks by the last word."""
        if run.trail.unsettled is not None and isinstance(cause, NodeRefused):
            cause = run.trail.unsettled
        for transaction in dict.fromkeys((run.transaction, Transaction.UNKNOWN)):
            try:
                row = self._row(run, transaction, cause)
                row = self._with_reason(run, cause, row)
                if isinstance(cause, DispensationLeftInForce):
                    row = replace(row, text=f"{row.text} {', '.join(cause.documents)}")
                return _Ended(self._in_form(run, row), row, cause)
            except Exception as fault:  # noqa: BLE001 - nothing is decided here: a refusal stays one, in a plainer form
                self._log.fault(fault, correlation=run.moment.correlation)
        return self._last_word

    def _row(self, run: Run, transaction: Transaction, cause: Refusal | TrustError) -> RefusalRow:
        return self._country_a.refusals.row(transaction, cause, run.family)

    def _with_reason(self, run: Run, cause: Refusal | TrustError, row: RefusalRow) -> RefusalRow:
        """For a peer in test the text names what broke; only of what the message and our agreements alone decide."""
        country = self._country_a.policy.countries.get(run.peer.certificate.country) if run.peer else None
        if country is None or not country.in_test or not isinstance(cause, _EXPLAINED):
            return row
        named = [part for part in (*_place(cause), row.cause) if part is not None]
        return replace(row, text=f"{row.text} [{', '.join(named)}]")

    def _in_form(self, run: Run, row: RefusalRow) -> WrittenMessage:
        if row.form is not RefusalForm.FAULT and run.message is not None:
            return self._form.refuse(run.message, row, run.stamp)
        return self._form.fault(row, run.message, run.stamp)

    def _broken(self, run: Run, fault: Exception) -> _Ended:
        self._log.fault(fault, correlation=run.moment.correlation)
        return self._refused(run, InternalFault())

    def _recorded(self, run: Run, ended: _Ended) -> tuple[_Ended, datetime, Event | None]:
        """``ended`` once its evidence is durable, else a refusal without data and what trace can be left; when; and the
        evidence.
        """
        end, event = run.moment.now, None
        try:
            end = max(self._clock(), end)
            event = self._record(run, ended, end)
        except EvidenceUnavailable as cause:
            return self._refused(run, cause), end, None
        except Exception as fault:  # noqa: BLE001 - nothing is decided here: what is not recorded is not sent
            ended = self._broken(run, fault)
            try:
                event = self._record(run, ended, end)
            except Exception as again:  # noqa: BLE001 - nothing is decided here: the log line is the trace then
                self._log.fault(again, correlation=run.moment.correlation)
        return ended, end, event

    def _record(self, run: Run, ended: _Ended, end: datetime) -> Event:
        home = self._home()
        event = event_of(_occurrence(run, ended, home, end), home.node_id, self._recorder.keys)
        self._recorder.record(event, run.arrived.body, ended.written.body)
        return event


def _reply(ended: _Ended, *, held: bool = False, recorded: Event | None = None) -> Reply:
    written = ended.written
    return Reply(written.status, written.content_type, written.body, held, recorded)


def outcome_of(cause: str | None) -> Outcome:
    """Refused by a rule, or failed: national services and our own state fail, everything else decides."""
    if cause is None:
        return Outcome.SUCCESS
    failures = {c.__name__ for kind in (NationalRefused, NodeRefused) for c in kind.__subclasses__()}
    return Outcome.FAILED if cause in failures else Outcome.REFUSED


_LEVELS = {Outcome.SUCCESS: "info", Outcome.REFUSED: "warning", Outcome.FAILED: "error"}


def _line(run: Run, ended: _Ended, end: datetime) -> dict[str, object]:
    """What the operator reads of a transaction: nothing about a person, and no text of the peer's."""
    row, message, caller = ended.row, run.message, run.caller
    said: dict[str, object] = {
        "correlation": run.moment.correlation,
        "transaction": run.transaction.value,
        "country": run.peer.certificate.country if run.peer else None,
        "message_id": message.id if message and message.id and _MESSAGE_ID.fullmatch(message.id) else None,
        "classes": sorted({class_code for class_code, _ in run.trail.documents if class_code}),
        "outcome": "success" if row is None else row.cause,
        "duration_ms": (end - run.moment.now) // timedelta(milliseconds=1),
    }
    if caller is not None and caller.deviations:
        said["tolerances"] = list(caller.deviations)
    if row is None:
        return said
    assertion, field_ = _place(ended.cause)
    return {**said, "code": row.code, "assertion": assertion, "field": field_}


def _occurrence(run: Run, ended: _Ended, home: Home, end: datetime) -> Occurrence:
    caller, asker, trail, peer = run.caller, run.asker, run.trail, run.peer
    return Occurrence(
        id=run.stamp.new_id(),
        transaction=run.transaction.value,
        direction=Direction.INBOUND,
        start=run.moment.now,
        end=end,
        correlation=UUID(run.moment.correlation),
        exchanged=Exchanged(
            request_sha256=sha256(run.arrived.body),
            response_sha256=sha256(ended.written.body),
            request_id=run.message.id if run.message else None,
            response_id=ended.written.id,
            assertions=assertions_of(caller) if caller else (),
            submission_set=run.submission_set,
        ),
        ending=_ending(ended),
        peer=Peer(
            country=peer.certificate.country if peer else None,
            home_community=caller.home_community if caller else None,
            tls_sha256=sha256(run.arrived.peer_der),
            common_name=peer.certificate.common_name if peer else None,
        ),
        peer_address=run.arrived.peer_address,
        own=OwnEnd(home.country, home.home_community, home.common_name),
        own_address=run.arrived.own_address,
        actor=actor_of(caller) if caller else Actor(),
        patient=trail.patient,
        access=Access(
            purpose=purpose_of(caller) if caller else None,
            access_basis=asker.access_basis if asker else None,
            data_categories=tuple(trail.categories),
            origins=tuple(trail.origins),
        ),
        documents=tuple(DocumentReference(*pair) for pair in trail.documents),
        wave=run.wave,
        terminology_release=trail.release,
        validated=trail.layers,
        withheld=tuple(Withheld(*pair) for pair in trail.withheld),
        tolerances=caller.deviations if caller else (),
        dispensings=tuple(trail.dispensings),
        national_messages=tuple(trail.messages),
    )


def _ending(ended: _Ended) -> Ending:
    row, cause = ended.row, ended.cause
    if row is None:
        return Ending()
    national = cause.codes if isinstance(cause, NationalRejected) else ()
    return Ending(outcome_of(row.cause), row.cause, row.code, row.text, *_place(cause), national)


def _place(cause: Refusal | TrustError | None) -> tuple[str | None, str | None]:
    """Which assertion and which field a refusal is about, names alone."""
    return getattr(cause, "kind", None), getattr(cause, "field", None)
