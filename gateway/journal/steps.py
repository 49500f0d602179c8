"""The steps of state table A: from a row as it stands, one effect at a time, to the row as it stands then.

Each step records what it is about to send (state, MsgId, bytes), makes sure that nobody has taken the row over, and
sends. What cannot be told stays as it was recorded: the same step, taken again, asks before it sends.
"""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from uuid import UUID

from gateway.errors import NationalAnswerUnreadable, NationalRefused, NationalRejected
from gateway.journal.book import Book, Fall, JournalMessage, JournalRow, Recorder
from gateway.journal.errors import StillUnsettled
from gateway.journal.ports import FallReason
from gateway.journal.states import DispensationState
from gateway.national.ports import digest_of_reports
from gateway.national.prescription_broker import (
    DispensingOpener,
    HeldPrescription,
    LockedPrescription,
    PrescriptionBroker,
    PrescriptionStanding,
    WrittenReport,
)
from gateway.store.failpoints import reached
from transformers.norway.cancellation import Cancellation
from transformers.norway.prescription_status import PrescriptionStatus
from transformers.norway.write_msghead import Conversation

LOCK, HOLDING, REPORT, RETURN, ANNUL = "M9.3", "M9.4", "M10", "M10/return", "M10/annul"
"""Steps that messages are kept by; what is asked for again under another id has a number, `M9.3/2`."""

_S = DispensationState
_SENT_BEFORE = frozenset({"65"})
"""Volven 7419: received before, which proves no acceptance."""
_MOST_HOLDINGS = 4
"""Downloads of one row, of which all but the first only serve to give it back."""
_GONE = frozenset({PrescriptionStatus.RECALLED, PrescriptionStatus.EXPIRED, PrescriptionStatus.INVALID, None})


@dataclass(frozen=True, slots=True)
class Steps:
    """What a step is taken with, for one opener."""

    book: Book
    broker: PrescriptionBroker
    opener: DispensingOpener
    new_id: Callable[[], UUID]
    settling: Callable[[JournalRow, DispensationState], Recorder | None]
    """What is recorded as evidence with a move."""

    def take(self, row: JournalRow) -> JournalRow:
        """A2: lock it; A3 when it is not what was decided upon. Raises StillUnsettled, RowTakenOver."""
        facts = row.facts
        prescription = facts.prescription.prescription_id
        try:
            standing = self.broker.standing(
                self.opener, facts.patient, prescription, reference_number=facts.reference_number
            )
        except NationalRefused as refused:
            if row.state is _S.TAKING:
                return self._settle(row, _S.REFUSED, fall=_unanswered(refused))
            raise StillUnsettled from None
        if not standing.ours and standing.status is not PrescriptionStatus.DISPENSABLE:
            return self._settle(row, _S.REFUSED, fall=_not_to_take(standing))
        asked = self._asked_to_lock(row, standing)
        row = self._record(row, _S.TAKING_ASKED, asked, "A2")
        wanted = HeldPrescription(prescription, asked.conversation)
        try:
            locked = self.broker.lock(
                self.opener, facts.patient, wanted, message_id=asked.message_id, reference_number=facts.reference_number
            )
        except NationalRejected as rejected:
            return self._settle(row, _S.REFUSED, fall=Fall(FallReason.REJECTED, rejected.codes))
        except NationalAnswerUnreadable:
            return self._unreadable(row, asked)
        except NationalRefused:
            raise StillUnsettled from None
        return self._held(row, locked)

    def _asked_to_lock(self, row: JournalRow, standing: PrescriptionStanding) -> JournalMessage:
        """The next M9.3 of a row: each goes on with a list of its own."""
        count = sum(step.partition("/")[0] == LOCK for step in self.book.messages(row))
        return JournalMessage(_numbered(LOCK, count + 1), str(self.new_id()), standing.conversation)

    def _held(self, row: JournalRow, locked: LockedPrescription) -> JournalRow:
        conversation, standing = locked.held.conversation, tuple(one.id.lower() for one in locked.dispensings)
        last = max((one.dispensed.iso[:10] for one in locked.dispensings), default=None)
        came = JournalMessage(HOLDING, conversation.parent, conversation, standing=standing, last_day=last)
        reached("journal.A2.came")
        row = self.book.move(row, _S.HELD, message=came)
        if self._as_decided(row, locked, standing):
            return row
        reached("journal.A3.begun")
        return self.book.move(row, _S.RELEASING, fall=Fall(FallReason.CHANGED))

    def _as_decided(self, row: JournalRow, locked: LockedPrescription, standing: tuple[str, ...]) -> bool:
        """The M1 and the reports in force are what the decision stood on, but for those of the same submission."""
        decided = row.facts.prescription
        before = [one for one in self.book.submission(row.submission) if one.place < row.place]
        own = {sent.message_id for one in before for sent in self.book.messages(one).values()}
        others = [id_ for id_ in standing if id_ not in own]
        return hashlib.sha256(locked.original).hexdigest() == decided.sha256 and (
            len(others), digest_of_reports(others)
        ) == (decided.dispensings, decided.reports)  # fmt: skip

    def _unreadable(self, row: JournalRow, asked: JournalMessage) -> JournalRow:
        """It was downloaded, most likely, and nobody knows what came: what ends it refers to what asked for it."""
        came = JournalMessage(HOLDING, asked.message_id, Conversation(asked.message_id, asked.conversation.first))
        return self.book.move(row, _S.RELEASING, fall=Fall(FallReason.UNREADABLE), message=came)

    def report(self, row: JournalRow) -> JournalRow:
        """A4: report the dispensing. Raises StillUnsettled, RowTakenOver."""
        patient, draft = row.facts.patient, row.facts.draft
        written = self._kept(row, REPORT)
        if written is None:
            if draft is None:
                raise ValueError("a prescription held for the counter has nothing to report")
            held, key = self._held_by(row), str(self.new_id())
            written = self.broker.reported(self.opener, patient, held, draft, message_id=key)
        elif self._was_reported(row, written):
            return self.book.move(row, _S.REPORTED)
        row = self._record(row, _S.REPORTED_ASKED, _as_message(REPORT, written, self._conversation(row)), "A4")
        try:
            self.broker.report(self.opener, patient, written)
        except NationalRejected as rejected:
            if _SENT_BEFORE.issuperset(rejected.codes):
                raise StillUnsettled from None
            return self.book.move(row, _S.RELEASING, fall=Fall(FallReason.REJECTED, rejected.codes))
        except NationalRefused:
            raise StillUnsettled from None
        reached("journal.A4.came")
        return self.book.move(row, _S.REPORTED)

    def _was_reported(self, row: JournalRow, written: WrittenReport) -> bool:
        """What the questions of A4 say of a report that may have been sent. Raises StillUnsettled.

        M9.7 is exact. Where it cannot be asked, M9.1 alone says: closed, or free again and last dispensed on our day
        (and on no such day before).
        """
        listed = self.broker.listed(self.opener, row.facts.patient, written)
        if listed is not None:
            return listed
        standing = self._standing(row)
        if standing.ours:
            return False
        before = self.book.messages(row)[HOLDING].last_day
        last = None if standing.last_dispensed is None else standing.last_dispensed.iso[:10]
        return standing.status is PrescriptionStatus.CLOSED or (
            standing.status is PrescriptionStatus.DISPENSABLE and last is not None and last != before
        )

    def undo(self, row: JournalRow) -> JournalRow:
        """A8: take the report back. Raises StillUnsettled, RowTakenOver."""
        patient, written = row.facts.patient, self._kept(row, ANNUL)
        if written is None:
            report, key = self._kept(row, REPORT), str(self.new_id())
            if report is None:
                raise ValueError("nothing was reported that could be taken back")
            if not row.facts.closes and self._standing(row).status is PrescriptionStatus.CLOSED:
                # another report closed it: without this one it would stay closed with something left
                return self._settle(row, _S.UNDO_REFUSED, fall=Fall(FallReason.CLOSED))
            written = self.broker.annulled(self.opener, patient, self._held_by(row), report, message_id=key)
        elif self.broker.listed(self.opener, patient, written):
            return self._settle(row, _S.UNDONE)
        row = self._record(row, _S.UNDOING_ASKED, _as_message(ANNUL, written, self._conversation(row)), "A8")
        try:
            self.broker.report(self.opener, patient, written)
        except NationalRejected as rejected:
            if _SENT_BEFORE.issuperset(rejected.codes):
                raise StillUnsettled from None
            return self._settle(row, _S.UNDO_REFUSED, fall=Fall(FallReason.REJECTED, rejected.codes))
        except NationalRefused:
            raise StillUnsettled from None
        reached("journal.A8.came")
        return self._settle(row, _S.UNDONE)

    def release(self, row: JournalRow) -> JournalRow:
        """A6: give it back. Raises StillUnsettled, RowTakenOver."""
        if row.state is _S.RELEASING_ASKED and not self._ours(row):
            return self._settle(row, _S.REFUSED)
        step = _numbered(RETURN, self._holdings(row))
        written = self._kept(row, step)
        if written is None:
            held, key = self._held_by(row), str(self.new_id())
            written = self.broker.returned(self.opener, row.facts.patient, held, Cancellation.TECHNICAL, message_id=key)
        row = self._record(row, _S.RELEASING_ASKED, _as_message(step, written, self._conversation(row)), "A6")
        try:
            self.broker.give_back(written)
        except NationalRefused as refused:
            if self._ours(row):
                if isinstance(refused, NationalRejected):
                    self._take_again(row)
                raise StillUnsettled from None
        reached("journal.A6.came")
        return self._settle(row, _S.REFUSED)

    def _take_again(self, row: JournalRow) -> None:
        """A give-back that was rejected is rejected for good: another one goes on from another download."""
        if self._holdings(row) >= _MOST_HOLDINGS:
            return
        facts, standing = row.facts, self._standing(row)
        asked = self._asked_to_lock(row, standing)
        row = self._record(row, _S.RELEASING_ASKED, asked, "A6")
        wanted = HeldPrescription(facts.prescription.prescription_id, asked.conversation)
        with suppress(NationalRefused):
            held = self.broker.lock(
                self.opener, facts.patient, wanted, message_id=asked.message_id, reference_number=facts.reference_number
            ).held
            step = _numbered(HOLDING, self._holdings(row) + 1)
            came = JournalMessage(step, held.conversation.parent, held.conversation)
            self.book.move(row, _S.RELEASING_ASKED, message=came)

    def _holdings(self, row: JournalRow) -> int:
        return sum(step.partition("/")[0] == HOLDING for step in self.book.messages(row))

    def _settle(self, row: JournalRow, to: DispensationState, fall: Fall | None = None) -> JournalRow:
        """Nothing follows: the move is recorded with its evidence."""
        fallen = replace(row, fall=row.fall or fall)
        return self.book.move(row, to, fall=fall, record=self.settling(fallen, to))

    def _ours(self, row: JournalRow) -> bool:
        """Whether the prescription is still under ekspedering by us. Raises StillUnsettled when nobody says."""
        return self._standing(row).ours

    def _standing(self, row: JournalRow) -> PrescriptionStanding:
        facts = row.facts
        try:
            return self.broker.standing(
                self.opener, facts.patient, facts.prescription.prescription_id, reference_number=facts.reference_number
            )
        except NationalRefused:
            raise StillUnsettled from None

    def _record(self, row: JournalRow, asked: DispensationState, message: JournalMessage, arrow: str) -> JournalRow:
        """What is about to be sent is durable, once; then whether the row is still ours is looked at again."""
        if row.state is not asked:
            reached(f"journal.{arrow}.begun")
            row = self.book.move(row, asked, message=message)
        elif message.step not in self.book.messages(row):
            row = self.book.move(row, asked, message=message)
        reached(f"journal.{arrow}.recorded")
        self.book.still_ours(row)
        return row

    def _kept(self, row: JournalRow, step: str) -> WrittenReport | None:
        """An M10 as it was recorded, and may have been sent."""
        message = self.book.messages(row).get(step)
        if message is None:
            return None
        return WrittenReport(message.message_id, row.facts.prescription.prescription_id, message.document)

    def _conversation(self, row: JournalRow) -> Conversation:
        """Of the newest download; where none came, what asked for it."""
        messages, holdings = self.book.messages(row), self._holdings(row)
        if holdings:
            return messages[_numbered(HOLDING, holdings)].conversation
        asked = messages[_numbered(LOCK, sum(step.partition("/")[0] == LOCK for step in messages))]
        return Conversation(asked.message_id, asked.conversation.first)

    def _held_by(self, row: JournalRow) -> HeldPrescription:
        return HeldPrescription(row.facts.prescription.prescription_id, self._conversation(row))


def _numbered(step: str, number: int) -> str:
    """A step that is taken again has messages of its own."""
    return step if number <= 1 else f"{step}/{number}"


def _as_message(step: str, written: WrittenReport, conversation: Conversation) -> JournalMessage:
    return JournalMessage(step, written.message_id, conversation, written.document)


def _unanswered(refused: NationalRefused) -> Fall:
    codes = refused.codes if isinstance(refused, NationalRejected) else ()
    return Fall(FallReason.REJECTED if codes else FallReason.UNREACHABLE, codes)


def _not_to_take(standing: PrescriptionStanding) -> Fall:
    """Why one that is neither free nor ours is not taken."""
    if standing.status is PrescriptionStatus.LOCKED:
        return Fall(FallReason.ELSEWHERE)
    return Fall(FallReason.GONE if standing.status in _GONE else FallReason.CLOSED)
