"""The journal's rows in the store: opened, moved along the arrows by whoever holds them, and taken over.

A row is moved by the process whose fencing number is the row's newest, and by no other: the number is compared in the
transaction that records a move, and once more before anything is sent (`still_ours`). A submission is held as a whole.
What is recorded as evidence is written first in its transaction, so that the chain's head orders whoever opens and
whoever discards.
"""

import base64
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.errors import StoreTampered
from gateway.journal.errors import NotOpened, RowTakenOver
from gateway.journal.facts import DispensationFacts, read_facts, write_facts
from gateway.journal.ports import AGAIN, FallReason
from gateway.journal.states import MOVES, SETTLED, DispensationState
from gateway.journal.tables import journal_discards, journal_messages, journal_rows
from gateway.store.canonical import canonical
from gateway.store.engine import Store, UnitOfWork
from gateway.store.keys import KeyRing, Sealed
from gateway.store.mail import DOCUMENTED
from gateway.store.moments import from_microseconds, to_microseconds
from transformers.norway.write_msghead import Conversation

_FACTS, _MESSAGE, _PROOF = "journal/facts", "journal/message", "journal/row"
_FIXED = ("row_id", "key", "attempt", "document", "submission", "place", "opened", "evidence")
"""Columns that never change: bound to the seal of the facts."""
_PROVED = (*_FIXED, "state", "asked_in", "refusal", "discard", "changed")
_c = journal_rows.c
_GOES_ON = _c.state.not_in([*SETTLED, DispensationState.HUMAN])

Recorder = Callable[[UnitOfWork], None]
"""Adds evidence in the transaction that it belongs to."""


@dataclass(frozen=True, slots=True)
class Fall:
    """Why a row is not, or not to be, in force."""

    reason: FallReason
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One row as it was read or written last. ``fencing``: whoever has a lower number than the row has lost it."""

    row_id: str
    submission: str
    place: int
    state: DispensationState
    asked_in: DispensationState | None
    fall: Fall | None
    discard: bool
    tries: int
    opened: datetime
    changed: datetime
    evidence: str
    fencing: int
    facts: DispensationFacts = field(repr=False)

    @property
    def settled(self) -> bool:
        """Nothing follows by itself."""
        return self.state in SETTLED


@dataclass(frozen=True, slots=True)
class JournalMessage:
    """A message of a row: its id was made once, for this step, before it was sent."""

    step: str
    message_id: str
    conversation: Conversation
    """Of an M9.3 the one it goes on; of what came the one that follows."""
    document: bytes = field(default=b"", repr=False)
    """The very bytes of an M10; empty for others."""
    standing: tuple[str, ...] = ()
    """Of a download: MsgIds of the reports in force it brought."""
    last_day: str | None = None
    """Of a download: the latest day of those reports."""


@dataclass(frozen=True, slots=True)
class _New:
    """What a row is opened with beside its facts."""

    row_id: str
    submission: str
    place: int
    attempt: int
    evidence: str


class Book:
    """Rows of every process on this database. Each call is a transaction of its own; raises StoreUnavailable."""

    def __init__(
        self, store: Store, keys: KeyRing, *, holder: str, lease: timedelta, now: Callable[[], datetime]
    ) -> None:
        """``holder`` names this node; ``lease``: how long a row is held after each move."""
        self._store, self._keys, self._holder, self._lease, self._now = store, keys, holder, lease, now
        self._insert = sqlite.insert if store.engine.dialect.name == "sqlite" else postgresql.insert

    def open(
        self, submission: str, entries: Sequence[tuple[str, DispensationFacts, str]], record: Recorder
    ) -> tuple[JournalRow, ...]:
        """Record a submission whole: row id, facts and event of each dispensation. Raises NotOpened for the whole.

        ``record`` adds their events.
        """
        with self._store.unit_of_work() as unit:
            record(unit)
            documents = {facts.document_key for _, facts, _ in entries}
            discarded = select(journal_discards.c.document).where(journal_discards.c.document.in_(documents))
            if unit.connection.execute(discarded).first() is not None:
                raise NotOpened(FallReason.DISCARDED)
            taken: set[str] = set()
            for place, (row_id, facts, event) in enumerate(entries):
                attempt = self._attempt(unit.connection, facts.key)
                columns = self._opened(_New(row_id, submission, place, attempt, event), facts)
                prescription = facts.prescription.prescription_id.lower()
                columns["taken"] = None if prescription in taken else prescription
                taken.add(prescription)
                new = self._insert(journal_rows).values(columns).on_conflict_do_nothing()
                if unit.connection.execute(new.returning(_c.row_id)).one_or_none() is None:
                    raise NotOpened(FallReason.ELSEWHERE)
            return self._of(unit.connection, submission)

    def move(
        self,
        row: JournalRow,
        to: DispensationState,
        *,
        fall: Fall | None = None,
        message: JournalMessage | None = None,
        record: Recorder | None = None,
    ) -> JournalRow:
        """Record a move, and with it a message before it is sent, or what came of one. Raises RowTakenOver.

        The first reason why a row falls stays. Raises ValueError for a move that no arrow makes.
        """
        if (row.state, to) not in MOVES:
            raise ValueError(f"no arrow from {row.state} to {to}")
        with self._store.unit_of_work() as unit:
            if record is not None:
                record(unit)
            newest = self._newest(unit.connection, row)
            asked_in = row.state if to is DispensationState.HUMAN else newest.asked_in
            tries = newest.tries if to == row.state else 0
            new = replace(
                newest, state=to, asked_in=asked_in, fall=newest.fall or fall, changed=self._now(), tries=tries
            )
            if message is not None:
                self._keep(unit.connection, row, message)
            self._write(unit.connection, new)
            self._hold(unit.connection, row.submission, self._now() + self._lease)
            self._let_go_of_settled(unit.connection, row.submission)
        return new

    def begin_undoing(self, rows: Sequence[JournalRow], record: Recorder) -> tuple[JournalRow, ...]:
        """A7 of settled rows: their prescriptions are theirs again until they are settled. Raises NotOpened.

        What closes a prescription is decided by what is in force on it, so that nothing is taken back meanwhile.
        """
        undone = []
        with self._store.unit_of_work() as unit:
            record(unit)
            wanted = {row.facts.prescription.prescription_id.lower(): row for row in rows}
            if unit.connection.execute(select(_c.row_id).where(_c.taken.in_(wanted)).limit(1)).first() is not None:
                raise NotOpened(FallReason.ELSEWHERE)
            for row in rows:
                new = replace(
                    self._newest(unit.connection, row), state=DispensationState.UNDOING, changed=self._now(), tries=0
                )
                self._write(unit.connection, new)
                undone.append(new)
            for prescription, row in wanted.items():
                own = update(journal_rows).where(_c.row_id == row.row_id)
                unit.connection.execute(own.values(taken=prescription))
            self._hold(unit.connection, rows[0].submission, self._now() + self._lease)
        return tuple(undone)

    def finish(self, rows: Sequence[JournalRow], record: Recorder | None = None) -> tuple[JournalRow, ...]:
        """All of a submission are in force: A5 of every row at once, or A7 of those that a discard waits for."""
        done = []
        with self._store.unit_of_work() as unit:
            if record is not None:
                record(unit)
            for row in rows:
                newest = self._newest(unit.connection, row)
                to = DispensationState.UNDOING if newest.discard else DispensationState.DONE
                new = replace(newest, state=to, changed=self._now(), tries=0)
                self._write(unit.connection, new)
                done.append(new)
            self._let_go_of_settled(unit.connection, rows[0].submission)
        return tuple(done)

    def still_ours(self, row: JournalRow) -> None:
        """Return when nobody has taken the row over; raises RowTakenOver."""
        with self._store.reading() as connection:
            newest = connection.execute(select(_c.fencing).where(_c.row_id == row.row_id)).scalar_one()
        if newest != row.fencing:
            raise RowTakenOver

    def take_over(self, submission: str, *, started: datetime | None = None) -> tuple[JournalRow, ...]:
        """Hold a submission that nobody holds any longer; empty when somebody does.

        ``started``: when this node did; what it held before is held by nobody.
        """
        now, free = self._now(), self._free(started)
        until = to_microseconds(now + self._lease)
        taken = update(journal_rows).where(_c.submission == submission, free)
        with self._store.unit_of_work() as unit:
            changed = unit.connection.execute(
                taken.values(fencing=_c.fencing + 1, holder=self._holder, until=until)
            ).rowcount
            return self._of(unit.connection, submission) if changed else ()

    def set_aside(self, submission: str, until: datetime) -> None:
        """Leave a submission that nobody holds and that cannot be read until then: others must not wait for it."""
        later = update(journal_rows).where(_c.submission == submission, self._free(None))
        with self._store.unit_of_work() as unit:
            unit.connection.execute(later.values(until=to_microseconds(until)))

    def let_go(self, rows: Sequence[JournalRow], until: datetime, *, tried: bool = False) -> None:
        """Leave a submission to whoever takes it from ``until`` on; ``tried``: it was asked about in vain."""
        if not rows:
            return
        with self._store.unit_of_work() as unit:
            for row in rows:
                self._newest(unit.connection, row)
            own = update(journal_rows).where(_c.submission == rows[0].submission)
            unit.connection.execute(own.values(holder="", until=to_microseconds(until)))
            if tried:
                unit.connection.execute(own.where(_GOES_ON).values(tries=_c.tries + 1))

    def want_discard(self, rows: Sequence[JournalRow], record: Recorder) -> None:
        """Remember that rows are to be taken back once they are settled (A10)."""
        with self._store.unit_of_work() as unit:
            record(unit)
            for row in rows:
                current = self._one(unit.connection, row.row_id)
                if not current.settled and not current.discard:
                    self._write(unit.connection, replace(current, discard=True))

    def record(self, record: Recorder) -> None:
        """Evidence alone."""
        with self._store.unit_of_work() as unit:
            record(unit)

    def discard_unseen(self, document: str, event: str, record: Recorder) -> None:
        """Remember a discard of a document that never came. Raises RowTakenOver when it has."""
        with self._store.unit_of_work() as unit:
            record(unit)
            if unit.connection.execute(select(_c.row_id).where(_c.document == document)).first() is not None:
                raise RowTakenOver
            row = {"document": document, "asked": to_microseconds(self._now()), "evidence": event}
            unit.connection.execute(self._insert(journal_discards).values(row).on_conflict_do_nothing())

    def due(self, most: int, *, started: datetime | None = None) -> tuple[str, ...]:
        """Submissions that go on and that nobody holds, the oldest first; ``started`` as of `take_over`."""
        wanted = select(_c.submission, _c.opened).where(_GOES_ON, self._free(started)).order_by(_c.opened).limit(most)
        with self._store.reading() as connection:
            return tuple(dict.fromkeys(row.submission for row in connection.execute(wanted)))

    def submission(self, submission: str) -> tuple[JournalRow, ...]:
        """Its rows, in order."""
        with self._store.reading() as connection:
            return self._of(connection, submission)

    def own(self, rows: Sequence[JournalRow]) -> tuple[JournalRow, ...]:
        """These rows as they are recorded now. Raises RowTakenOver when somebody else holds one."""
        newest = {row.row_id: row for row in self.submission(rows[0].submission)}
        if any(newest[row.row_id].fencing != row.fencing for row in rows):
            raise RowTakenOver
        return tuple(newest[row.row_id] for row in rows)

    def of_documents(self, documents: Collection[str]) -> tuple[JournalRow, ...]:
        """Rows of documents (`facts.document_key`), of each dispensation its newest attempt.

        Raises StoreTampered.
        """
        wanted = select(journal_rows).where(_c.document.in_(documents)).order_by(_c.attempt, _c.opened, _c.place)
        with self._store.reading() as connection:
            rows = connection.execute(wanted).mappings().all()
            newest = {row["key"]: row for row in rows}
            return tuple(self._read(row) for row in newest.values())

    def in_states(self, states: Collection[DispensationState]) -> tuple[JournalRow, ...]:
        """Rows in any of these states, the oldest first. Raises StoreTampered."""
        wanted = select(journal_rows).where(_c.state.in_(states)).order_by(_c.opened, _c.place)
        with self._store.reading() as connection:
            return tuple(self._read(row) for row in connection.execute(wanted).mappings())

    def messages(self, row: JournalRow) -> Mapping[str, JournalMessage]:
        """What a row has sent or was about to send, by step. Raises StoreTampered."""
        wanted = select(journal_messages).where(journal_messages.c.row_id == row.row_id)
        with self._store.reading() as connection:
            kept = connection.execute(wanted).mappings().all()
        return {one["step"]: self._message(one) for one in kept}

    def forget(self, settled: datetime) -> int:
        """Delete what was settled, and discards that came before anything, longer ago than documentation is kept.

        How many rows. ``settled``: the time that nodes agree has passed.
        """
        before = to_microseconds(settled - DOCUMENTED)
        old = select(_c.row_id).where(_c.state.in_(SETTLED), _c.changed <= before)
        with self._store.unit_of_work() as unit:
            unit.connection.execute(delete(journal_messages).where(journal_messages.c.row_id.in_(old)))
            gone = unit.connection.execute(delete(journal_rows).where(_c.row_id.in_(old))).rowcount
            unit.connection.execute(delete(journal_discards).where(journal_discards.c.asked <= before))
        return gone

    def _of(self, connection: Connection, submission: str) -> tuple[JournalRow, ...]:
        wanted = select(journal_rows).where(_c.submission == submission).order_by(_c.place)
        return tuple(self._read(row) for row in connection.execute(wanted).mappings())

    def _free(self, started: datetime | None) -> ColumnElement[bool]:
        """Nobody holds it: its time is over, or who held it was this node before it started."""
        over = _c.until <= to_microseconds(self._now())
        if started is None:
            return over
        return or_(over, and_(_c.holder == self._holder, _c.changed < to_microseconds(started)))

    def _one(self, connection: Connection, row_id: str) -> JournalRow:
        locked = select(journal_rows).where(_c.row_id == row_id).with_for_update()
        return self._read(connection.execute(locked).mappings().one())

    def _newest(self, connection: Connection, row: JournalRow) -> JournalRow:
        """The row as it is recorded, locked: a discard may have been noted on it. Raises RowTakenOver."""
        newest = self._one(connection, row.row_id)
        if (newest.fencing, newest.state) != (row.fencing, row.state):
            raise RowTakenOver
        return newest

    def _hold(self, connection: Connection, submission: str, until: datetime) -> None:
        own = update(journal_rows).where(_c.submission == submission)
        connection.execute(own.values(holder=self._holder, until=to_microseconds(until)))

    @staticmethod
    def _let_go_of_settled(connection: Connection, submission: str) -> None:
        """A settled submission holds no prescription: another dispensing of it may come."""
        of_it = _c.submission == submission
        if connection.execute(select(_c.row_id).where(of_it, _c.state.not_in(SETTLED)).limit(1)).first() is None:
            connection.execute(update(journal_rows).where(of_it).values(taken=None, holder="", until=0))

    def _attempt(self, connection: Connection, key: str) -> int:
        """Which attempt at a dispensation it is: the first, or one after another that fell and may come again.

        Raises NotOpened.
        """
        newest = select(journal_rows).where(_c.key == key).order_by(_c.attempt.desc()).limit(1)
        before = connection.execute(newest).mappings().one_or_none()
        if before is None:
            return 1
        if not may_come_again(self._read(before)):
            raise NotOpened(FallReason.CONFLICT)
        return int(before["attempt"]) + 1

    def _keep(self, connection: Connection, row: JournalRow, message: JournalMessage) -> None:
        content = canonical(
            {
                "parent": message.conversation.parent,
                "first": message.conversation.first,
                "document": base64.b64encode(message.document).decode("ascii"),
                "standing": list(message.standing),
                "last_day": message.last_day,
            }
        ).encode()
        bound = _message_bound(row.row_id, message.step, message.message_id)
        sealed = self._keys.seal(_MESSAGE, f"{row.row_id}/{message.step}", content, bound)
        columns = {
            "row_id": row.row_id, "step": message.step, "message_id": message.message_id,
            "key_id": sealed.key_id, "content": sealed.data,
        }  # fmt: skip
        connection.execute(insert(journal_messages).values(columns))

    def _message(self, kept: RowMapping) -> JournalMessage:
        bound = _message_bound(kept["row_id"], kept["step"], kept["message_id"])
        sealed = Sealed(kept["key_id"], kept["content"])
        plain = json.loads(self._keys.unseal(_MESSAGE, f"{kept['row_id']}/{kept['step']}", sealed, bound))
        return JournalMessage(
            kept["step"],
            kept["message_id"],
            Conversation(plain["parent"], plain["first"]),
            base64.b64decode(plain["document"]),
            tuple(plain["standing"]),
            plain["last_day"],
        )

    def _opened(self, new: _New, facts: DispensationFacts) -> dict[str, object]:
        now = self._now()
        columns: dict[str, object] = {
            "row_id": new.row_id,
            "key": facts.key,
            "attempt": new.attempt,
            "document": facts.document_key,
            "submission": new.submission,
            "place": new.place,
            "opened": to_microseconds(now),
            "evidence": new.evidence,
            "state": DispensationState.TAKING.value,
            "asked_in": None,
            "refusal": None,
            "discard": False,
            "changed": to_microseconds(now),
        }
        sealed = self._keys.seal(_FACTS, new.row_id, write_facts(facts), _bound(columns, _FIXED))
        return columns | {
            "proof": self._proof(columns, self._keys.current),
            "tries": 0,
            "fencing": 1,
            "holder": self._holder,
            "until": to_microseconds(now + self._lease),
            "key_id": sealed.key_id,
            "facts": sealed.data,
        }

    def _write(self, connection: Connection, row: JournalRow) -> None:
        stored = connection.execute(select(journal_rows).where(_c.row_id == row.row_id)).mappings().one()
        changed: dict[str, object] = {
            "state": row.state.value,
            "asked_in": None if row.asked_in is None else row.asked_in.value,
            "refusal": None if row.fall is None else "/".join((row.fall.reason.value, *row.fall.codes)),
            "discard": row.discard,
            "changed": to_microseconds(row.changed),
        }
        proof = self._proof({**stored, **changed}, self._keys.current)
        connection.execute(
            update(journal_rows).where(_c.row_id == row.row_id).values(**changed, tries=row.tries, proof=proof)
        )

    def _read(self, stored: RowMapping) -> JournalRow:
        key_id = stored["proof"].partition(":")[0]
        if stored["proof"] != self._proof(stored, key_id):
            raise StoreTampered
        sealed = Sealed(stored["key_id"], stored["facts"])
        facts = read_facts(self._keys.unseal(_FACTS, stored["row_id"], sealed, _bound(stored, _FIXED)))
        return JournalRow(
            row_id=stored["row_id"],
            submission=stored["submission"],
            place=stored["place"],
            state=DispensationState(stored["state"]),
            asked_in=None if stored["asked_in"] is None else DispensationState(stored["asked_in"]),
            fall=None if stored["refusal"] is None else _fall(stored["refusal"]),
            discard=bool(stored["discard"]),
            tries=stored["tries"],
            opened=from_microseconds(stored["opened"]),
            changed=from_microseconds(stored["changed"]),
            evidence=stored["evidence"],
            fencing=stored["fencing"],
            facts=facts,
        )

    def _proof(self, columns: Mapping[str, object] | RowMapping, key_id: str) -> str:
        return f"{key_id}:{self._keys.mac(_PROOF, _bound(columns, _PROVED), key_id).hex()}"


def undecided(store: Store) -> int:
    """How many rows wait for a person. Raises StoreUnavailable."""
    wanted = select(func.count()).select_from(journal_rows).where(_c.state == DispensationState.HUMAN)
    with store.reading() as connection:
        return int(connection.execute(wanted).scalar_one())


def undecided_since(store: Store) -> datetime | None:
    """Since when the oldest of them waits; None: none does. Raises StoreUnavailable."""
    with store.reading() as connection:
        found = connection.execute(select(func.min(_c.changed)).where(_c.state == DispensationState.HUMAN)).scalar()
    return None if found is None else from_microseconds(int(found))


def may_come_again(row: JournalRow) -> bool:
    """Whether the same dispensation is decided anew when it comes again: nothing of this attempt is in force."""
    return row.state is DispensationState.REFUSED and row.fall is not None and row.fall.reason in AGAIN


def _fall(written: str) -> Fall:
    reason, *codes = written.split("/")
    return Fall(FallReason(reason), tuple(codes))


def _bound(columns: Mapping[str, object] | RowMapping, names: Sequence[str]) -> bytes:
    values = {name: columns[name] for name in names}
    return canonical({name: bool(value) if name == "discard" else value for name, value in values.items()}).encode()


def _message_bound(row_id: str, step: str, message_id: str) -> bytes:
    return canonical({"row_id": row_id, "step": step, "message_id": message_id}).encode()
