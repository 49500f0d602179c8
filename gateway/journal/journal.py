"""The journal: what was decided happens once, whatever is killed, slow or lies; who asks again is told the same.

A request works on its own submission until it is settled or its time is over; from then on, and after a kill, a timer
goes on with it, from its evidence. What nobody can find out is a person's case.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from gateway.admission import VerifiedTreatment
from gateway.errors import EvidenceUnavailable, NationalRefused, StoreTampered, StoreUnavailable
from gateway.journal.book import Book, Fall, JournalRow, may_come_again
from gateway.journal.errors import NotOpened, RowTakenOver, StepStopped, StillUnsettled
from gateway.journal.facts import DispensationFacts, DispensingPlace, document_key
from gateway.journal.following import FALLS_TO, NextStep, following
from gateway.journal.ports import (
    DecidedDispensation,
    DiscardAsked,
    DispensationAnswer,
    DispensationOutcome,
    FallReason,
)
from gateway.journal.recorded import JournalEvidence, resumed_request
from gateway.journal.states import QUESTIONED, SETTLED, DispensationState
from gateway.journal.steps import Steps
from gateway.log_lines import logger
from gateway.national.ports import PrescriptionState, RegisteredPerson
from gateway.national.prescription_broker import DispensingOpener, PrescriptionBroker, ReportedAbroad
from gateway.national.prescriptions import patient_of
from gateway.store.engine import Store
from gateway.store.failpoints import reached
from transformers.model.values import Identifier

_log = logger("ncpeh.journal")
_S = DispensationState
_A = DispensationAnswer
_TAKEN_BACK = frozenset({_S.UNDOING, _S.UNDOING_ASKED, _S.UNDONE})
"""A discard in these is one that was asked for in time, and is asked for again."""
_AT_ONCE = 50
"""Submissions that one round of the timer goes through."""


@dataclass(frozen=True, slots=True)
class JournalPolicy:
    """How long things may take."""

    lease: timedelta
    """How long a submission is held after each move: longer than the longest call."""
    request_seconds: float
    """How long a request works on its submission before it answers that it is not known."""
    pause_seconds: float
    """Between two tries within a request; between two rounds of the timer it is doubled each time."""
    tries: int
    """Rounds of the timer after which a person decides."""
    hold: timedelta
    """How long a prescription is held for the counter."""
    window: timedelta = timedelta(hours=24)
    """How long a dispensing may be discarded."""


@dataclass(frozen=True, slots=True)
class JournalMeans:
    """Clock and ids. ``elapsed`` is monotonic seconds, ``pause`` waits seconds."""

    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    elapsed: Callable[[], float]
    pause: Callable[[float], None]


@dataclass(frozen=True, slots=True)
class JournalBooks:
    """Where the journal writes."""

    store: Store
    book: Book
    evidence: JournalEvidence


class Journal:
    """Implements `ports.DispensationJournal`, and what a node does beside requests."""

    def __init__(
        self, books: JournalBooks, broker: PrescriptionBroker, policy: JournalPolicy, means: JournalMeans
    ) -> None:
        self._store, self._book, self._evidence = books.store, books.book, books.evidence
        self._broker, self._policy, self._means = broker, policy, means

    def answered(self, country: str, documents: Sequence[tuple[Identifier, str]]) -> DispensationOutcome | None:
        """What documents that came before are answered."""
        digests = {document_key(country, document): digest for document, digest in documents}
        rows = self._book.of_documents(digests)
        if all(may_come_again(row) for row in rows):
            return None
        came = {row.facts.document_key for row in rows}
        if came != digests.keys() or any(digests[row.facts.document_key] != row.facts.digest for row in rows):
            return DispensationOutcome(_A.REFUSED, FallReason.CONFLICT)
        return self._outcome(rows)

    def submit(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, decided: Sequence[DecidedDispensation]
    ) -> DispensationOutcome:
        """Every one of a submission, or none."""
        ends = self._means.elapsed() + self._policy.request_seconds
        patient = patient_of(person)
        facts = []
        for one in decided:
            reported = ReportedAbroad(
                one.prescription.prescription_id, one.group, one.dispensation, one.closes, one.prescribed
            )
            new = replace(
                self._facts(treatment, person, one.document, one.prescription),
                supply=one.supply,
                digest=one.digest,
                reference_number=one.reference_number,
                draft=self._broker.drafted(treatment, patient, reported),
                content=one.content,
                remark=one.remark,
            )
            facts.append(new)
        try:
            rows = self._open(treatment, facts)
        except NotOpened as refused:
            if refused.reason is not FallReason.CONFLICT:
                return DispensationOutcome(_A.REFUSED, refused.reason)
            return self._same_at_once(treatment, decided, ends)
        return self._as_far_as_read(lambda: self._outcome(self._worked(rows, treatment, ends)))

    def take(
        self,
        treatment: VerifiedTreatment,
        person: RegisteredPerson,
        document: Identifier,
        prescription: PrescriptionState,
    ) -> DispensationOutcome:
        """Take a prescription for the counter abroad; it is given back when no dispensation comes in time."""
        ends = self._means.elapsed() + self._policy.request_seconds
        try:
            rows = self._open(treatment, [self._facts(treatment, person, document, prescription)])
        except NotOpened as refused:
            return DispensationOutcome(_A.REFUSED, refused.reason)
        return self._as_far_as_read(lambda: self._taken(self._worked(rows, treatment, ends)))

    def _taken(self, rows: Sequence[JournalRow]) -> DispensationOutcome:
        if all(row.state is _S.HELD for row in rows):
            return DispensationOutcome(_A.SUCCESS, messages=self._messages(rows))
        return self._outcome(rows)

    def _as_far_as_read(self, call: Callable[[], DispensationOutcome]) -> DispensationOutcome:
        """What a submission that was opened is answered: what cannot be read may have left."""
        try:
            return call()
        except (StoreUnavailable, EvidenceUnavailable, StoreTampered) as fault:
            _log.warning("dispensation-unread", fault=type(fault).__name__)
            return DispensationOutcome(_A.UNKNOWN)

    def discard(self, treatment: VerifiedTreatment, asked: DiscardAsked) -> DispensationOutcome:
        """Take back every dispensing of a document."""
        ends = self._means.elapsed() + self._policy.request_seconds
        outcome = self._looked_at(treatment, asked, ends)
        while outcome is None:
            if self._means.elapsed() >= ends:
                return DispensationOutcome(_A.UNKNOWN)
            self._means.pause(self._policy.pause_seconds)
            try:
                outcome = self._looked_at(treatment, asked, ends)
            except (StoreUnavailable, EvidenceUnavailable, StoreTampered) as fault:  # its annulment may have left
                _log.warning("dispensation-unread", fault=type(fault).__name__)
                return DispensationOutcome(_A.UNKNOWN)
        return outcome

    def _looked_at(self, treatment: VerifiedTreatment, asked: DiscardAsked, ends: float) -> DispensationOutcome | None:
        rows = self._book.of_documents({document_key(treatment.request.asker.country, asked.document)})
        return self._discarded(treatment, asked, rows, ends)

    def reconcile(self, *, started: datetime | None = None) -> int:
        """One round over what nobody works on: each is asked about and goes on. How many were gone through.

        ``started``: when this node did; its own requests of before are all gone. Raises StoreUnavailable.
        """
        submissions = self._book.due(_AT_ONCE, started=started)
        for submission in submissions:
            try:
                rows = self._book.take_over(submission, started=started)
                if rows:
                    with suppress(StepStopped):
                        self._resume(rows)
            except StoreTampered:  # its row cannot be read: those behind it go on
                _log.error("dispensation-unreadable", submission=submission, next="ncpeh doctor")
                self._book.set_aside(submission, self._means.now() + self._policy.lease)
            except (StoreUnavailable, EvidenceUnavailable):
                raise
            except Exception as fault:  # noqa: BLE001 - nothing is decided here: it stays as recorded, and others go on
                _log.error("dispensation-fault", submission=submission, fault=type(fault).__name__, next="a maintainer")
                self._book.set_aside(submission, self._means.now() + self._policy.lease)
        return len(submissions)

    def _facts(
        self,
        treatment: VerifiedTreatment,
        person: RegisteredPerson,
        document: Identifier,
        prescription: PrescriptionState,
    ) -> DispensationFacts:
        asker = treatment.request.asker
        return DispensationFacts(
            place=DispensingPlace(asker.country, asker.professional_id, asker.organisation_id),
            correlation=treatment.request.correlation,
            opened=self._means.now(),
            document=document,
            supply=document,
            digest="",
            prescription=prescription,
            patient=patient_of(person),
        )

    def _open(self, treatment: VerifiedTreatment, facts: Sequence[DispensationFacts]) -> tuple[JournalRow, ...]:
        """A1: all of a submission is recorded, with its evidence, before anything is sent."""
        entries, events = [], []
        for one in facts:
            row_id = str(self._means.new_id())
            event = self._evidence.begun(treatment, one, row_id)
            entries.append((row_id, one, str(event.id)))
            events.append(event)
        reached("journal.A1.begun")
        rows = self._book.open(str(self._means.new_id()), entries, self._evidence.adding(*events))
        reached("journal.A1.recorded")
        return rows

    def _worked(self, rows: tuple[JournalRow, ...], opener: DispensingOpener, ends: float) -> tuple[JournalRow, ...]:
        """Walk until the submission is settled or the time is over; then it is left to the timer."""
        submission = rows[0].submission
        try:
            rows = self._walk(rows, opener, ends)
        except (StepStopped, StoreUnavailable, EvidenceUnavailable, StoreTampered) as fault:
            _log.warning("dispensation-unsettled", submission=submission, fault=type(fault).__name__)
            with suppress(StepStopped, StoreUnavailable):
                self._book.let_go(self._book.own(rows), self._means.now())
            with suppress(StoreUnavailable):
                rows = self._book.submission(submission)
        return rows

    def _walk(self, rows: tuple[JournalRow, ...], opener: DispensingOpener, ends: float) -> tuple[JournalRow, ...]:
        """Step by step. Raises StillUnsettled once ``ends`` (by ``elapsed``) has passed, RowTakenOver."""
        steps = Steps(self._book, self._broker, opener, self._means.new_id, self._settling)
        while (next_ := following(rows)) is not None:
            if next_.step is NextStep.FINISH:
                reached("journal.A5.begun")
                rows = self._finished(rows)
                continue
            try:
                moved = self._stepped(next_.step, next_.row, steps)
            except StillUnsettled:
                if self._means.elapsed() + self._policy.pause_seconds >= ends:
                    raise
                self._means.pause(self._policy.pause_seconds)
                moved = self._again(next_.row)
            rows = tuple(moved if row.row_id == moved.row_id else row for row in rows)
        self._held_for_the_counter(rows)
        return rows

    def _stepped(self, step: NextStep, row: JournalRow, steps: Steps) -> JournalRow:
        match step:
            case NextStep.TAKE:
                return steps.take(row)
            case NextStep.REPORT:
                return steps.report(row)
            case NextStep.RELEASE:
                return steps.release(row)
            case NextStep.UNDO:
                return steps.undo(row)
        to = FALLS_TO[row.state]
        return self._book.move(row, to, fall=Fall(FallReason.ANOTHER), record=self._settling(row, to))

    def _again(self, row: JournalRow) -> JournalRow:
        """The row as it is recorded, still under the number that we hold it by."""
        (newest,) = self._book.own([row])
        return newest

    def _finished(self, rows: tuple[JournalRow, ...]) -> tuple[JournalRow, ...]:
        in_force = [row for row in rows if row.state is _S.REPORTED]
        events = [
            self._evidence.settled(row, _S.DONE, self._means.now(), self._messages([row]))
            for row in in_force
            if not row.discard
        ]
        done = {row.row_id: row for row in self._book.finish(in_force, self._evidence.adding(*events))}
        reached("journal.A5.recorded")
        return tuple(done.get(row.row_id, row) for row in rows)

    def _settling(self, row: JournalRow, to: DispensationState) -> Callable[..., None] | None:
        """What is recorded as evidence with a move to where nothing follows by itself."""
        if to not in SETTLED and to is not _S.HUMAN:
            return None
        event = self._evidence.settled(row, to, self._means.now(), self._messages([row]))
        return self._evidence.adding(event)

    def _held_for_the_counter(self, rows: Sequence[JournalRow]) -> None:
        waiting = [row for row in rows if row.state is _S.HELD]
        if waiting:
            self._book.let_go(rows, waiting[0].opened + self._policy.hold)

    def _resume(self, rows: tuple[JournalRow, ...]) -> None:
        """Go on with a submission that nobody works on."""
        now = self._means.now()
        try:
            openers = [resumed_request(self._store, row, now) for row in rows]
        except StoreTampered:
            _log.error("dispensation-evidence", submission=rows[0].submission, next="ncpeh evidence verify")
            self._book.let_go(rows, now + self._policy.lease)
            return
        rows = tuple(self._not_begun_or_over(row, now) for row in rows)
        try:
            self._walk(rows, openers[0], ends=0.0)
        except (StillUnsettled, NationalRefused):
            self._in_vain(self._book.own(rows), now)

    def _not_begun_or_over(self, row: JournalRow, now: datetime) -> JournalRow:
        """What had not begun is gone; what was held for the counter, and not collected, is given back."""
        if row.state is _S.TAKING:
            fall = Fall(FallReason.STOPPED)
            return self._book.move(row, _S.REFUSED, fall=fall, record=self._settling(row, _S.REFUSED))
        if row.state is _S.HELD and row.facts.draft is None and now >= row.opened + self._policy.hold:
            return self._book.move(row, _S.RELEASING, fall=Fall(FallReason.NOT_COLLECTED))
        return row

    def _in_vain(self, rows: tuple[JournalRow, ...], now: datetime) -> None:
        """Ask again later; after so many rounds a person decides."""
        tries = max(row.tries for row in rows)
        if tries + 1 < self._policy.tries:
            pause = timedelta(seconds=self._policy.pause_seconds * 2**tries)
            self._book.let_go(rows, now + pause, tried=True)
            return
        for row in rows:
            if row.state in QUESTIONED:
                self._book.move(row, _S.HUMAN, record=self._settling(row, _S.HUMAN))
                _log.error("dispensation-undecided", row=row.row_id, state=row.state, next="ncpeh dispensations show")
        self._book.let_go(self._book.own(rows), now)

    def _same_at_once(
        self, treatment: VerifiedTreatment, decided: Sequence[DecidedDispensation], ends: float
    ) -> DispensationOutcome:
        """The same documents came a moment before: their answer is awaited, and is ours."""
        country = treatment.request.asker.country
        documents = [(one.document, one.digest) for one in decided]
        while True:
            outcome = self._as_far_as_read(
                lambda: self.answered(country, documents) or DispensationOutcome(_A.REFUSED, FallReason.ELSEWHERE)
            )
            if outcome.answer is not _A.UNKNOWN or self._means.elapsed() >= ends:
                return outcome
            self._means.pause(self._policy.pause_seconds)

    def _outcome(self, rows: Sequence[JournalRow]) -> DispensationOutcome:
        """What rows of one submission are answered."""
        messages = self._messages(rows)
        if any(row.state not in SETTLED for row in rows):
            return DispensationOutcome(_A.UNKNOWN, messages=messages)
        whole = [one for submission in {row.submission for row in rows} for one in self._book.submission(submission)]
        falls = [row.fall for row in whole if row.fall is not None and row.state in (_S.REFUSED, _S.UNDONE)]
        fell = next((one for one in falls if one.reason is not FallReason.ANOTHER), None)
        alone = tuple(row.facts.document for row in whole if row.state is _S.UNDO_REFUSED)
        if fell is not None:
            return DispensationOutcome(_A.REFUSED, fell.reason, fell.codes, messages, alone)
        if any(row.state is _S.UNDONE for row in rows):
            return DispensationOutcome(_A.REFUSED, FallReason.DISCARDED, messages=messages)
        remarks = dict.fromkeys(row.facts.remark for row in rows if row.facts.remark is not None)
        return DispensationOutcome(_A.SUCCESS, messages=messages, remarks=tuple(remarks))

    def _messages(self, rows: Sequence[JournalRow]) -> tuple[str, ...]:
        return tuple(sent.message_id for row in rows for sent in self._book.messages(row).values())

    def _discarded(
        self, treatment: VerifiedTreatment, asked: DiscardAsked, rows: Sequence[JournalRow], ends: float
    ) -> DispensationOutcome | None:
        """One look at a discard; None: it waits for what is not settled."""
        cause = self._against_discard(treatment, rows)
        if cause is not None:
            return self._no_discard(treatment, asked, rows, cause)
        messages = self._messages(rows)
        states = {row.state for row in rows}
        if states == {_S.UNDONE}:
            return DispensationOutcome(_A.SUCCESS, messages=messages)
        if states <= {_S.UNDONE, _S.REFUSED, _S.UNDO_REFUSED}:
            return DispensationOutcome(_A.REFUSED, messages=messages)
        event = self._evidence.discard(treatment, _shown(asked.document), self._means.now())
        reached("journal.A7.begun")
        if not states <= SETTLED:
            if not all(row.discard or row.settled for row in rows):
                self._book.want_discard(rows, self._evidence.adding(event))
            return None
        taken = self._book.take_over(rows[0].submission)
        own = [row for row in taken if row.facts.document_key == rows[0].facts.document_key and row.state is _S.DONE]
        if own:
            try:
                self._book.begin_undoing(own, self._evidence.adding(event))
            except NotOpened:  # another dispensing of the prescription is on its way
                self._book.let_go(taken, self._means.now())
                return None
            reached("journal.A7.recorded")
            self._worked(self._book.own(taken), treatment, ends)
        return None

    def _against_discard(self, treatment: VerifiedTreatment, rows: Sequence[JournalRow]) -> str | None:
        """Why whoever asks may not have it taken back; the answer abroad does not tell these apart."""
        if not rows:
            return "NeverSeen"
        asker = treatment.request.asker
        for row in rows:
            place = row.facts.place
            if place.organisation_id is None or asker.organisation_id is None:
                same = place.organisation_id == asker.organisation_id and place.professional_id == asker.professional_id
            else:
                same = place.organisation_id == asker.organisation_id
            if not same:
                return "NotTheDispenser"
            if treatment.request.patient.extension not in row.facts.patient.subject.numbers:
                return "AnotherPatient"
            asked_for = row.discard or row.state in _TAKEN_BACK
            if not asked_for and self._means.now() - row.opened > self._policy.window:
                return "TooLate"
        return None

    def _no_discard(
        self, treatment: VerifiedTreatment, asked: DiscardAsked, rows: Sequence[JournalRow], cause: str
    ) -> DispensationOutcome | None:
        event = self._evidence.discard(treatment, _shown(asked.document), self._means.now(), cause)
        recorder = self._evidence.adding(event)
        if rows:
            self._book.record(recorder)
            return DispensationOutcome(_A.REFUSED)
        key = document_key(treatment.request.asker.country, asked.document)
        try:
            self._book.discard_unseen(key, str(event.id), recorder)
        except RowTakenOver:
            return None  # it came a moment ago
        return DispensationOutcome(_A.REFUSED)


def _shown(document: Identifier) -> str:
    return f"{document.root}^{document.extension or ''}"
