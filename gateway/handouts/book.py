"""The rows of state table B in the store: drafted, moved along the arrows by whoever holds them, and taken over.

As the journal of country A keeps its own (`gateway.journal.book`): facts sealed, the columns that move under a proof, a
fencing number that is compared in the transaction that records a move and once more before anything is sent.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, and_, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from gateway.errors import StoreTampered
from gateway.handouts.errors import HandoutTaken, HandoutUnsettled
from gateway.handouts.facts import HandoutFacts, handout_key, read_handout, write_handout
from gateway.handouts.states import MOVES, OPEN, SETTLED, HandoutState
from gateway.handouts.tables import handout_rows
from gateway.messages import Remark
from gateway.store.canonical import canonical
from gateway.store.engine import Store, UnitOfWork
from gateway.store.keys import KeyRing, Sealed
from gateway.store.moments import from_microseconds, to_microseconds
from transformers.model.values import Identifier

_FACTS, _ANSWER, _PROOF = "handout/facts", "handout/answer", "handout/row"
_FIXED = ("row_id", "document", "prescription", "drafted")
"""Columns that never change: bound to the seal of the facts."""
_PROVED = (*_FIXED, "state", "asked_in", "seen", "sent", "changed", "evidence")
_c = handout_rows.c
_S = HandoutState

Recorder = Callable[[UnitOfWork], None]
"""Adds evidence in the transaction that it belongs to."""


@dataclass(frozen=True, slots=True)
class HandoutRow:
    """One row as it was read or written last. ``fencing``: whoever has a lower number than the row has lost it."""

    row_id: str
    state: HandoutState
    asked_in: HandoutState | None
    answer: tuple[Remark, ...]
    """The country's codes and words of its last answer that said no, or said something beside a yes."""
    seen: str | None
    """What its list showed afterwards (`listing.ListingSays`)."""
    tries: int
    """How often it was sent."""
    sent: datetime | None
    changed: datetime
    evidence: str | None
    fencing: int
    held: bool
    """Somebody works on it now."""
    facts: HandoutFacts = field(repr=False)

    @property
    def settled(self) -> bool:
        """Nothing follows by itself."""
        return self.state in SETTLED


class HandoutBook:
    """Rows of every process on this database. Each call is a transaction of its own; raises StoreUnavailable."""

    def __init__(
        self, store: Store, keys: KeyRing, *, holder: str, lease: timedelta, now: Callable[[], datetime]
    ) -> None:
        """``holder`` names this process; ``lease``: longer than one message to another country takes."""
        self._store, self._keys, self._holder, self._lease, self._now = store, keys, holder, lease, now

    def draft(self, row_id: str, facts: HandoutFacts) -> HandoutRow:
        """Record a draft."""
        now = to_microseconds(self._now())
        columns: dict[str, object] = {
            "row_id": row_id,
            "document": facts.document_key,
            "prescription": facts.taken_key,
            "drafted": to_microseconds(facts.drafted),
            "state": _S.DRAFT.value,
            "asked_in": None,
            "seen": None,
            "sent": None,
            "changed": now,
            "evidence": None,
        }
        sealed = self._keys.seal(_FACTS, row_id, write_handout(facts), _bound(columns, _FIXED))
        columns |= {
            "taken": None, "answer_key": None, "answer": None, "tries": 0,
            "proof": self._proof(columns, self._keys.current),
            "fencing": 0, "holder": "", "until": 0, "key_id": sealed.key_id, "facts": sealed.data,
        }  # fmt: skip
        with self._store.unit_of_work() as unit:
            unit.connection.execute(insert(handout_rows).values(columns))
            return self._one(unit.connection, row_id)

    def take(self, row: HandoutRow) -> HandoutRow:
        """Hold a row that nobody holds; from now on whoever held it before moves it no more. Raises HandoutTaken."""
        now = self._now()
        until = to_microseconds(now + self._lease)
        free = (_c.row_id == row.row_id, _c.fencing == row.fencing, _c.until <= to_microseconds(now))
        taken = update(handout_rows).where(*free).values(fencing=_c.fencing + 1, holder=self._holder, until=until)
        with self._store.unit_of_work() as unit:
            if unit.connection.execute(taken).rowcount != 1:
                raise HandoutTaken
            return self._one(unit.connection, row.row_id)

    def let_go(self, row: HandoutRow) -> None:
        """Hold it no longer; nothing when somebody else does."""
        own = update(handout_rows).where(_c.row_id == row.row_id, _c.fencing == row.fencing)
        with self._store.unit_of_work() as unit:
            unit.connection.execute(own.values(holder="", until=0))

    def still_ours(self, row: HandoutRow) -> None:
        """Return when nobody has taken the row over. Raises HandoutTaken."""
        with self._store.reading() as connection:
            newest = connection.execute(select(_c.fencing).where(_c.row_id == row.row_id)).scalar_one()
        if newest != row.fencing:
            raise HandoutTaken

    def move(
        self,
        row: HandoutRow,
        to: HandoutState,
        record: Recorder | None = None,
        *,
        answer: tuple[Remark, ...] | None = None,
        evidence: str | None = None,
    ) -> HandoutRow:
        """Record a move, with its evidence. Raises HandoutTaken, HandoutUnsettled; ValueError where no arrow leads.

        HandoutUnsettled: another row of the prescription is open.
        """
        if (row.state, to) not in MOVES:
            raise ValueError(f"no arrow from {row.state} to {to}")
        now, asks = self._now(), to in (_S.SENT_ASKED, _S.DISCARD_ASKED)
        with self._store.unit_of_work() as unit:
            if record is not None:
                record(unit)
            newest = self._newest(unit.connection, row)
            new = replace(
                newest,
                state=to,
                asked_in=row.state if to is _S.HUMAN else newest.asked_in,
                answer=newest.answer if answer is None else answer,
                seen=None if to in SETTLED and to not in _CLOSED else newest.seen,
                tries=newest.tries + 1 if asks and to == row.state else 1 if asks else newest.tries,
                sent=now if asks and to != row.state else newest.sent,
                changed=now,
                evidence=evidence or newest.evidence,
            )
            self._write(unit.connection, new)
            return self._one(unit.connection, row.row_id)

    def note_seen(self, row: HandoutRow, seen: str) -> HandoutRow:
        """Remember what the country's list showed. Raises HandoutTaken."""
        with self._store.unit_of_work() as unit:
            self._write(unit.connection, replace(self._newest(unit.connection, row), seen=seen))
            return self._one(unit.connection, row.row_id)

    def by_document(self, document: Identifier) -> HandoutRow | None:
        """The row of a ClinicalDocument/id of ours. Raises StoreTampered."""
        return self._found(_c.document == handout_key(document))

    def by_id(self, row_id: str) -> HandoutRow | None:
        """The row of that id. Raises StoreTampered."""
        return self._found(_c.row_id == row_id)

    def of_prescription(self, taken_key: str) -> tuple[HandoutRow, ...]:
        """Every row of a prescription item (`HandoutFacts.taken_key`), the oldest first. Raises StoreTampered."""
        return self._all(_c.prescription == taken_key)

    def in_states(self, states: Collection[HandoutState]) -> tuple[HandoutRow, ...]:
        """Rows in any of these states, the oldest first. Raises StoreTampered."""
        return self._all(_c.state.in_(states))

    def waiting_since(self, states: Collection[HandoutState], before: datetime) -> tuple[HandoutRow, ...]:
        """Rows that nobody holds and that were put as a question, or moved, before then. Raises StoreTampered."""
        free = _c.until <= to_microseconds(self._now())
        old = func.coalesce(_c.sent, _c.changed) <= to_microseconds(before)
        return self._all(_c.state.in_(states), free, old)

    def forget(self, drafted: datetime, settled: datetime) -> int:
        """Delete drafts from before ``drafted`` and what was settled before ``settled``. How many."""
        old = or_(
            and_(_c.state == _S.DRAFT, _c.drafted <= to_microseconds(drafted)),
            and_(_c.state.in_(SETTLED), _c.changed <= to_microseconds(settled)),
        )
        with self._store.reading() as connection:
            if connection.execute(select(_c.row_id).where(old).limit(1)).first() is None:
                return 0  # nothing is written in most rounds
        with self._store.unit_of_work() as unit:
            return unit.connection.execute(delete(handout_rows).where(old)).rowcount

    def record(self, record: Recorder) -> None:
        """Evidence alone."""
        with self._store.unit_of_work() as unit:
            record(unit)

    def _found(self, *where: object) -> HandoutRow | None:
        return next(iter(self._all(*where)), None)

    def _all(self, *where: object) -> tuple[HandoutRow, ...]:
        wanted = select(handout_rows).where(*where).order_by(_c.drafted, _c.row_id)  # type: ignore[arg-type] # conditions of SQLAlchemy
        with self._store.reading() as connection:
            return tuple(self._read(row) for row in connection.execute(wanted).mappings())

    def _one(self, connection: Connection, row_id: str) -> HandoutRow:
        locked = select(handout_rows).where(_c.row_id == row_id).with_for_update()
        return self._read(connection.execute(locked).mappings().one())

    def _newest(self, connection: Connection, row: HandoutRow) -> HandoutRow:
        newest = self._one(connection, row.row_id)
        if (newest.fencing, newest.state) != (row.fencing, row.state):
            raise HandoutTaken
        return newest

    def _write(self, connection: Connection, row: HandoutRow) -> None:
        stored = connection.execute(select(handout_rows).where(_c.row_id == row.row_id)).mappings().one()
        sealed = self._keys.seal(_ANSWER, row.row_id, _answer(row.answer), row.row_id.encode())
        changed: dict[str, object] = {
            "state": row.state.value,
            "asked_in": None if row.asked_in is None else row.asked_in.value,
            "seen": row.seen,
            "sent": None if row.sent is None else to_microseconds(row.sent),
            "changed": to_microseconds(row.changed),
            "evidence": row.evidence,
        }
        beside = {
            "answer_key": sealed.key_id,
            "answer": sealed.data,
            "tries": row.tries,
            "taken": stored["prescription"] if row.state in OPEN else None,
            "until": 0 if row.settled else stored["until"],
            "proof": self._proof({**stored, **changed}, self._keys.current),
        }
        try:
            connection.execute(update(handout_rows).where(_c.row_id == row.row_id).values(**changed, **beside))
        except IntegrityError:  # of `taken`, the one column that is written and is unique
            raise HandoutUnsettled from None

    def _read(self, stored: RowMapping) -> HandoutRow:
        key_id = stored["proof"].partition(":")[0]
        if stored["proof"] != self._proof(stored, key_id):
            raise StoreTampered
        sealed = Sealed(stored["key_id"], stored["facts"])
        facts = read_handout(self._keys.unseal(_FACTS, stored["row_id"], sealed, _bound(stored, _FIXED)))
        answer: tuple[Remark, ...] = ()
        if stored["answer"] is not None:
            kept = Sealed(stored["answer_key"], stored["answer"])
            plain = self._keys.unseal(_ANSWER, stored["row_id"], kept, stored["row_id"].encode())
            answer = tuple(Remark(*one) for one in json.loads(plain))
        return HandoutRow(
            row_id=stored["row_id"],
            state=_S(stored["state"]),
            asked_in=None if stored["asked_in"] is None else _S(stored["asked_in"]),
            answer=answer,
            seen=stored["seen"],
            tries=stored["tries"],
            sent=None if stored["sent"] is None else from_microseconds(stored["sent"]),
            changed=from_microseconds(stored["changed"]),
            evidence=stored["evidence"],
            fencing=stored["fencing"],
            held=stored["until"] > to_microseconds(self._now()),
            facts=facts,
        )

    def _proof(self, columns: Mapping[str, object] | RowMapping, key_id: str) -> str:
        return f"{key_id}:{self._keys.mac(_PROOF, _bound(columns, _PROVED), key_id).hex()}"


_CLOSED = (_S.CLOSED_DISPENSED, _S.CLOSED_NOT_DISPENSED)


def undecided_handouts(store: Store) -> int:
    """How many rows wait for a person. Raises StoreUnavailable."""
    wanted = select(func.count()).select_from(handout_rows).where(_c.state == _S.HUMAN)
    with store.reading() as connection:
        return int(connection.execute(wanted).scalar_one())


def undecided_handouts_since(store: Store) -> datetime | None:
    """Since when the oldest of them waits; None: none does. Raises StoreUnavailable."""
    with store.reading() as connection:
        found = connection.execute(select(func.min(_c.changed)).where(_c.state == _S.HUMAN)).scalar()
    return None if found is None else from_microseconds(int(found))


def _answer(remarks: tuple[Remark, ...]) -> bytes:
    return canonical([[one.code, one.severity, one.text, one.location] for one in remarks]).encode()


def _bound(columns: Mapping[str, object] | RowMapping, names: tuple[str, ...]) -> bytes:
    return canonical({name: columns[name] for name in names}).encode()
