"""The chain of evidence: one row per transaction, each with the hash of the one before; one chain per database.

A row is durable, and told to the head file, before the caller goes on; whatever keeps that from being so is
`EvidenceUnavailable` and no data leaves. The row and what belongs to it are written in one transaction that locks the
head.
"""

import errno
from datetime import datetime

from sqlalchemy import insert, select, update

from gateway.errors import EvidenceUnavailable, StoreUnavailable
from gateway.evidence.bodies import Bodies
from gateway.evidence.checkpoints import Checkpoints
from gateway.evidence.event import Event, write_event
from gateway.evidence.head_file import HeadFile
from gateway.evidence.row import EvidenceRow, Head, row_hash
from gateway.evidence.tables import evidence, evidence_head
from gateway.store.engine import DRIVER_ERRORS, Store, UnitOfWork, driver_code
from gateway.store.failpoints import reached


class Chain:
    """Adds rows. ``head_file``, ``checkpoints`` and ``bodies`` are the means outside the row, each used when given."""

    def __init__(
        self,
        store: Store,
        *,
        head_file: HeadFile | None = None,
        checkpoints: Checkpoints | None = None,
        bodies: Bodies | None = None,
    ) -> None:
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
        try:
            row = self._insert(event, unit_of_work)
            if self._bodies is not None:
                self._bodies.keep(event, request, response, unit_of_work)
        except DRIVER_ERRORS as error:
            raise EvidenceUnavailable(driver_code(error)) from None
        reached("evidence.inserted")
        unit_of_work.after_commit(lambda: self._committed(row))
        return row

    def stop(self, now: datetime) -> None:
        """Sign a checkpoint of the whole chain: at a clean stop, or on a timer. Raises EvidenceUnavailable."""
        if self._checkpoints is None:
            return
        try:
            with self._store.reading() as connection:
                sequence, digest = connection.execute(select(evidence_head.c.sequence, evidence_head.c.hash)).one()
            self._checkpoints.write(Head(sequence, digest), now)
        except StoreUnavailable as error:
            raise EvidenceUnavailable(error.cause) from None
        except OSError as error:
            raise EvidenceUnavailable(_file_code(error)) from None

    def _insert(self, event: Event, unit_of_work: UnitOfWork) -> EvidenceRow:
        head = self._locked_head(unit_of_work)
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
        head = Head(found.sequence, found.hash)
        told = self._told()
        if told is not None and (told.sequence > head.sequence or (told.sequence == head.sequence and told != head)):
            raise EvidenceUnavailable("ChainCut")
        return head

    def _told(self) -> Head | None:
        if self._head_file is None:
            return None
        try:
            return self._head_file.newest()
        except OSError as error:
            raise EvidenceUnavailable(_file_code(error)) from None

    def _committed(self, row: EvidenceRow) -> None:
        reached("evidence.committed")
        try:
            if self._head_file is not None:
                self._head_file.tell(row.head)
            if self._checkpoints is not None:
                self._checkpoints.added(row.head, row.event.end)
        except OSError as error:
            raise EvidenceUnavailable(_file_code(error)) from None


def _file_code(error: OSError) -> str:
    return f"{type(error).__name__}/{errno.errorcode.get(error.errno or 0, '?')}"
