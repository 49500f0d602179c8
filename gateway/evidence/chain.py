"""The chain of evidence: one row per transaction, each with the hash of the one before; one chain per database.

A row is durable, and told to the head file, before the caller goes on; whatever keeps that from being so is
`EvidenceUnavailable` and no data leaves. The row and what belongs to it are written in one transaction that locks the
head.

A chain that lacks a row that this process, the head file or a checkpoint of this node remembers is cut: no row is
added until a named person accepts the loss (`resume.py`).
A head file that was lost is an alarm: a row before the next one, and the file is written again. A checkpoint that
cannot be written is an alarm too, and holds no answer.
"""

import errno
import threading
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, insert, select, update

from gateway.errors import EvidenceUnavailable, StoreUnavailable
from gateway.evidence.bodies import Bodies
from gateway.evidence.checkpoints import Checkpoints
from gateway.evidence.event import Event, write_event
from gateway.evidence.event_of import alarm_of
from gateway.evidence.head_file import HeadFile
from gateway.evidence.missing import has_row
from gateway.evidence.row import EvidenceRow, Head, row_hash
from gateway.evidence.tables import evidence, evidence_head
from gateway.side_channel import SideChannel
from gateway.store.engine import DRIVER_ERRORS, Store, UnitOfWork, driver_code
from gateway.store.failpoints import reached

HEAD_FILE_LOST = "HeadFileLost"
CHECKPOINT_NOT_WRITTEN = "CheckpointNotWritten"
CHAIN_CUT = "ChainCut"
"""The cause of `EvidenceUnavailable` when rows are missing that were recorded (`missing.py`)."""

_CHECKPOINTS_WAITING = 64
_FIRST_ROW_SECONDS = 1.0
"""How long another process of this node may take from its first row's commit until the head file has it."""
_DRAIN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Guards:
    """What a node keeps outside the database of what it recorded."""

    head_file: HeadFile
    checkpoints: Checkpoints


class Chain:
    """Adds rows. ``head_file``, ``checkpoints`` and ``bodies`` are the means outside the row, each used when given."""

    def __init__(
        self,
        store: Store,
        *,
        head_file: HeadFile | None = None,
        checkpoints: Checkpoints | None = None,
        bodies: Bodies | None = None,
        beside: SideChannel | None = None,
    ) -> None:
        """``beside``: the side channel that checkpoints are written on."""
        self.beside = beside or SideChannel("checkpoints", _CHECKPOINTS_WAITING)
        self.alarms: Counter[str] = Counter()
        """How often each alarm was raised since the start."""
        self._lock = threading.Lock()
        self._told_last: Head | None = None
        """The newest row that this process told the head file."""
        self._untold = False
        """A row could not be told to the head file: no other process of the node is about to tell it one, either."""
        self._checkpoint_lost = False
        self._checkpoint_alarm = False
        """A checkpoint could not be written and no row says so yet."""
        self._store = store
        self._head_file = head_file
        self._checkpoints = checkpoints
        self._bodies = bodies

    def record(self, event: Event, *, request: bytes = b"", response: bytes = b"") -> EvidenceRow:
        """Add ``event`` in a transaction of its own; durable when this returns. The bodies are kept when so configured.

        Raises EvidenceUnavailable: the row is not there, or whether it is cannot be known. No data may leave.
        """
        try:
            with self._store.unit_of_work() as unit:
                return self.append(event, unit, request=request, response=response)
        except StoreUnavailable as error:
            raise EvidenceUnavailable(error.cause) from None

    def append(
        self, event: Event, unit_of_work: UnitOfWork, *, request: bytes = b"", response: bytes = b""
    ) -> EvidenceRow:
        """Add ``event`` in the caller's transaction, so that it and what it tells of are written together.

        Durable, and told to the head file, when that unit of work has ended without an error: then, not before, may
        anything leave. Raises EvidenceUnavailable here; the unit of work raises it, or StoreUnavailable, at its end.
        """
        reached("evidence.begun")
        try:
            row = self._insert(event, unit_of_work)
            if self._bodies is not None:
                self._bodies.keep(event, request, response, unit_of_work)
        except DRIVER_ERRORS as error:
            raise EvidenceUnavailable(driver_code(error)) from None
        reached("evidence.inserted")
        unit_of_work.after_commit(lambda: self._committed(row))
        return row

    def told(self) -> Head | None:
        """The newest row that this node remembers outside the database; None when there is none.

        Raises EvidenceUnavailable when it cannot be read.
        """
        try:
            return None if self._head_file is None else self._head_file.newest()
        except OSError as error:
            raise EvidenceUnavailable(_file_code(error)) from None

    def stop(self, now: datetime) -> None:
        """Sign a checkpoint of the whole chain: at a clean stop, or on a timer; none of a chain that is cut.

        Raises EvidenceUnavailable.
        """
        if self._checkpoints is None:
            return
        self.beside.drain(_DRAIN_SECONDS)
        with self._lock:
            remembered = self._told_last
        try:
            told = None if self._head_file is None else self._head_file.newest()  # before what the database says
            with self._store.reading() as connection:
                head = Head(*connection.execute(select(evidence_head.c.sequence, evidence_head.c.hash)).one())
                _require_whole(connection, head, told, remembered)
            self._checkpoints.write(head, now)
        except StoreUnavailable as error:
            raise EvidenceUnavailable(error.cause) from None
        except OSError as error:
            raise EvidenceUnavailable(_file_code(error)) from None

    def _insert(self, event: Event, unit_of_work: UnitOfWork) -> EvidenceRow:
        with self._lock:
            remembered = self._told_last  # before the file is read, which is never behind it
        head = self._locked_head(unit_of_work)
        for kind in self._guarded(head, remembered, event, unit_of_work):
            alarm = self._add(alarm_of(kind, event), head, unit_of_work)
            unit_of_work.after_commit(partial(self._raised, kind, alarm))
            head = alarm.head
        return self._add(event, head, unit_of_work)

    def _add(self, event: Event, head: Head, unit_of_work: UnitOfWork) -> EvidenceRow:
        text, sequence = write_event(event), head.sequence + 1
        row = EvidenceRow(sequence, head.hash, row_hash(sequence, head.hash, text), event)
        columns = {
            "sequence": row.sequence,
            "event_id": str(event.id),
            "correlation": str(event.correlation),
            "patient": None if event.patient is None else str(event.patient),
            "event": text,
            "previous": row.previous,
            "hash": row.hash,
        }
        unit_of_work.connection.execute(insert(evidence), columns)
        unit_of_work.connection.execute(update(evidence_head).values(sequence=row.sequence, hash=row.hash))
        return row

    def _locked_head(self, unit_of_work: UnitOfWork) -> Head:
        """The head, locked until the transaction ends (SQLite: the whole database is)."""
        locked = select(evidence_head.c.sequence, evidence_head.c.hash).with_for_update()
        found = unit_of_work.connection.execute(locked).one_or_none()
        if found is None:
            raise EvidenceUnavailable("HeadMissing")
        return Head(found.sequence, found.hash)

    def _guarded(self, head: Head, remembered: Head | None, event: Event, unit_of_work: UnitOfWork) -> tuple[str, ...]:
        """Which alarms are to be raised. Raises EvidenceUnavailable: ChainCut, or what is outside cannot be read."""
        alarms: tuple[str, ...] = ()
        if self._head_file is not None:
            try:
                told = self._head_file.newest()
                _require_whole(unit_of_work.connection, head, told, remembered)
                lost = self._was_lost(told, remembered, head, event, unit_of_work)
            except OSError as error:
                raise EvidenceUnavailable(_file_code(error)) from None
            alarms = (HEAD_FILE_LOST,) if lost else ()
        with self._lock:
            return (*alarms, CHECKPOINT_NOT_WRITTEN) if self._checkpoint_alarm else alarms

    def _was_lost(
        self, told: Head | None, remembered: Head | None, head: Head, event: Event, unit_of_work: UnitOfWork
    ) -> bool:
        """Whether the head file said more once. What this process told it is remembered; before its first row the
        checkpoints of this node and its rows are asked. Raises OSError, and EvidenceUnavailable when they are ahead.
        """
        if remembered is not None:
            return told is None or told.sequence < remembered.sequence
        own = self._checkpoints.newest_own() if self._checkpoints is not None else None
        _require_whole(unit_of_work.connection, head, own)
        if told is not None or self._head_file is None:
            return False
        told_once = own is not None and own.sequence > 0  # who stops before the first row signs that there is none
        doubtful = told_once or not self._head_file.is_blank() or _wrote_before(event.node, unit_of_work)
        with self._lock:
            untold = self._untold
        return doubtful and (untold or self._head_file.awaited(_FIRST_ROW_SECONDS) is None)

    def _raised(self, kind: str, alarm: EvidenceRow) -> None:
        with self._lock:
            self.alarms[kind] += 1
            if kind == CHECKPOINT_NOT_WRITTEN:
                self._checkpoint_alarm = False
        self.beside.give(partial(_say, "evidence-alarm", kind=kind, row=alarm.sequence))

    def _committed(self, row: EvidenceRow) -> None:
        reached("evidence.committed")
        if self._head_file is not None:
            try:
                self._head_file.tell(row.head)
            except OSError as error:
                with self._lock:
                    self._untold = True
                raise EvidenceUnavailable(_file_code(error)) from None
            with self._lock:
                if self._told_last is None or self._told_last.sequence < row.sequence:
                    self._told_last = row.head
        if self._checkpoints is not None:
            self.beside.give(partial(self._checkpoint, self._checkpoints, row.head, row.event.end))

    def _checkpoint(self, checkpoints: Checkpoints, head: Head, now: datetime) -> None:
        """On the side channel. Raises OSError, which the channel counts; the next row says it once."""
        try:
            checkpoints.added(head, now)
        except OSError as error:
            with self._lock:
                self._checkpoint_alarm = self._checkpoint_alarm or not self._checkpoint_lost
                self._checkpoint_lost = True
            _say("checkpoint", fault=_file_code(error))
            raise
        with self._lock:
            self._checkpoint_lost = False


def _say(what: str, **fields: object) -> None:
    """A line for the operator, on the side channel."""
    from gateway.log_lines import logger  # here: a command that only looks at a chain loads no log

    logger("ncpeh.evidence").error(what, **fields)


def _require_whole(connection: Connection, head: Head, told: Head | None, remembered: Head | None = None) -> None:
    """The chain has what a process remembers and what it was told from outside, or EvidenceUnavailable is raised.

    One that has grown again since it was cut is as long, and has another row there. What is older than what the process
    remembers was put back, which is an alarm and no cut.
    """
    put_back = told is not None and remembered is not None and told.sequence < remembered.sequence
    for one in {remembered} if put_back else {told, remembered}:
        if one is not None and one != head and (one.sequence >= head.sequence or not has_row(connection, one)):
            raise EvidenceUnavailable(CHAIN_CUT)


def _wrote_before(node: str, unit_of_work: UnitOfWork) -> bool:
    """Whether a row of that node is in the chain. Asked when there is no head file, before a process's first row."""
    by_it = evidence.c.event.contains(f'"node":"{node}"', autoescape=True)
    return unit_of_work.connection.execute(select(evidence.c.sequence).where(by_it).limit(1)).first() is not None


def _file_code(error: OSError) -> str:
    return f"{type(error).__name__}/{errno.errorcode.get(error.errno or 0, '?')}"
