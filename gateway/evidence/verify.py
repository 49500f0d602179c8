"""Verifies a chain: each row against its hash, each link, the end against what was said of it outside the database.

Finds a changed, missing, reordered or inserted row, a cut or grown tail, a chain rebuilt from scratch and a forged
checkpoint. ``covered_to`` says how far the chain is confirmed from outside: a cut after that row would not be seen. A
loss that a person accepted (`resume.py`) is told and is no fault: of what is outside exactly what its row names, once a
checkpoint or head file that agrees reaches that row. Times that run back say that a clock was wrong: no fault of the
chain, and reported beside its faults.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from cryptography.x509 import Certificate
from sqlalchemy import Connection, Row, select

from gateway import clock
from gateway.evidence.checkpoints import CheckpointFile, read_checkpoints
from gateway.evidence.head_file import read_head_files
from gateway.evidence.resume import EVIDENCE_RESUME, AcceptedLoss, accepted_loss
from gateway.evidence.row import GENESIS, Head, row_hash
from gateway.evidence.seal import signed_by
from gateway.evidence.tables import evidence, evidence_head
from gateway.store.canonical import read_instant
from gateway.store.engine import Store
from gateway.store.errors import ChainNotIntact
from gateway.store.keys import KeyRing

_AT_ONCE = 1000
_SHOWN = 100


class FaultKind(StrEnum):
    """What is wrong."""

    ROW_CHANGED = "row_changed"
    """A row that does not give its hash: changed, moved to another number, or its columns differ from its event."""
    ROW_MISSING = "row_missing"
    LINK_BROKEN = "link_broken"
    """A row that fits itself but not the one before."""
    HEAD_DIFFERS = "head_differs"
    """The head row is not the last row: rows were cut off or added outside the chain."""
    TAIL_CUT = "tail_cut"
    """A checkpoint or head file knows of a row after the last."""
    CHAIN_REBUILT = "chain_rebuilt"
    """A checkpoint or head file knows another hash of that row: it, or a row before it, was replaced with all that
    follow.
    """
    CHECKPOINT_FORGED = "checkpoint_forged"
    """Not signed by a key of the certificates given, or not readable as a checkpoint."""
    HEAD_FILE_FORGED = "head_file_forged"
    """No slot of the head file authenticates under the keys given."""


@dataclass(frozen=True, slots=True)
class ChainFault:
    """One thing that is wrong: at which row, and by which file outside the database, where there is one."""

    kind: FaultKind
    row: int | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True)
class TimeRunsBack:
    """A row that ended before the row before it, by more than clocks of two nodes may differ."""

    row: int
    by: timedelta


@dataclass(frozen=True, slots=True)
class Verification:
    """What verifying found."""

    rows: int
    head: Head
    faults: tuple[ChainFault, ...]
    checkpoints: int
    """Checkpoints that are signed and agree."""
    head_files: int
    """Head files that authenticate and agree."""
    covered_to: int
    """Newest row confirmed by a checkpoint or head file; 0 when there is none."""
    losses: tuple[AcceptedLoss, ...] = ()
    """Rows of an earlier history that are lost, which a person accepted."""
    times_back: int = 0
    """How often time runs back from one row to the next."""
    times_back_first: tuple[TimeRunsBack, ...] = ()
    """The first of them, a hundred at most."""

    @property
    def intact(self) -> bool:
        """Nothing is wrong."""
        return not self.faults

    @property
    def first_bad_row(self) -> int | None:
        """Lowest row with a fault; None when none has."""
        return min((fault.row for fault in self.faults if fault.row is not None), default=None)


@dataclass(frozen=True, slots=True)
class _Claim:
    file: str
    head: Head
    signed: bool


def verify(
    store: Store,
    checkpoints: Path | None = None,
    certificates: Sequence[Certificate] = (),
    keys: KeyRing | None = None,
) -> Verification:
    """Verify the whole chain against the folder of checkpoints and head files.

    Without ``keys`` head files are left out; without a folder only the chain itself is verified. Raises
    StoreUnavailable, OSError when the folder cannot be read.
    """
    claims, faults = _claims(checkpoints, certificates, keys)  # read before the snapshot, so that none is ahead of it
    with store.reading() as connection:
        return _verified(connection, claims, faults)


def intact_head(connection: Connection) -> Head:
    """The head of the chain that a transaction sees, verified by itself alone. Raises ChainNotIntact."""
    found = _verified(connection, [], [])
    if not found.intact:
        raise ChainNotIntact(found.first_bad_row)
    return found.head


def _verified(connection: Connection, claims: Sequence[_Claim], faults: list[ChainFault]) -> Verification:
    wanted = {claim.head.sequence for claim in claims}
    known, rows, last, times = {0: GENESIS}, 0, Head(0, GENESIS), _Times()
    losses: list[AcceptedLoss] = []
    head = connection.execute(select(evidence_head.c.sequence, evidence_head.c.hash)).one_or_none()
    for row in _rows(connection):
        faults += _faults_of(row, last)
        times.add(row)
        losses += _losses(row)
        rows, last = rows + 1, Head(row.sequence, row.hash)
        if row.sequence in wanted:
            known[row.sequence] = row.hash
    faults += _faults_of_head(None if head is None else Head(*head), last)
    contradicted = {claim: fault for claim in claims if (fault := _contradiction(claim, known, last)) is not None}
    agreeing = [claim for claim in claims if claim not in contradicted]
    covered_to = max((claim.head.sequence for claim in agreeing), default=0)
    accepted = {head for loss in losses if loss.row <= covered_to for head in loss.remembered}
    return Verification(
        rows=rows,
        head=last,
        faults=(*faults, *(fault for claim, fault in contradicted.items() if claim.head not in accepted)),
        checkpoints=sum(claim.signed for claim in agreeing),
        head_files=sum(not claim.signed for claim in agreeing),
        covered_to=covered_to,
        losses=tuple(losses),
        times_back=times.count,
        times_back_first=tuple(times.first),
    )


class _Times:
    """When the rows ended, from one to the next."""

    def __init__(self) -> None:
        self.count = 0
        self.first: list[TimeRunsBack] = []
        self._before: datetime | None = None

    def add(self, row: Row[Any]) -> None:
        try:
            end = read_instant(json.loads(row.event)["end"])
        except (ValueError, KeyError, TypeError):
            return  # a row that was changed, which is a fault already
        if self._before is not None and self._before - end > clock.BOUND:
            self.count += 1
            if len(self.first) < _SHOWN:
                self.first.append(TimeRunsBack(row.sequence, self._before - end))
        self._before = end


def _losses(row: Row[Any]) -> Iterator[AcceptedLoss]:
    if EVIDENCE_RESUME not in row.event:
        return
    try:
        loss = accepted_loss(row.sequence, json.loads(row.event))
    except (ValueError, AttributeError):
        return  # a row that was changed, which is a fault already
    if loss is not None:
        yield loss


def _rows(connection: Connection) -> Iterator[Row[Any]]:
    wanted = select(evidence).order_by(evidence.c.sequence)
    yield from connection.execute(wanted.execution_options(stream_results=True, yield_per=_AT_ONCE))


def _faults_of(row: Row[Any], before: Head) -> Iterator[ChainFault]:
    if row.sequence != before.sequence + 1:
        yield ChainFault(FaultKind.ROW_MISSING, row=before.sequence + 1)
    elif row.previous != before.hash:
        yield ChainFault(FaultKind.LINK_BROKEN, row=row.sequence)
    if row.hash != row_hash(row.sequence, row.previous, row.event) or not _columns_fit(row):
        yield ChainFault(FaultKind.ROW_CHANGED, row=row.sequence)


def _faults_of_head(head: Head | None, last: Head) -> Iterator[ChainFault]:
    if head is None:
        yield ChainFault(FaultKind.HEAD_DIFFERS)
    elif head.sequence != last.sequence:
        yield ChainFault(FaultKind.HEAD_DIFFERS, row=min(head.sequence, last.sequence) + 1)
    elif head.hash != last.hash:
        yield ChainFault(FaultKind.HEAD_DIFFERS, row=last.sequence)


def _columns_fit(row: Row[Any]) -> bool:
    """Whether the columns kept for searching say what the event says, whatever its schema version."""
    try:
        event = json.loads(row.event)
        patient = event["patient"]
        person = None if patient is None else f"{patient['key_id']}:{patient['digest']}"
        return bool((event["id"], event["correlation"], person) == (row.event_id, row.correlation, row.patient))
    except (ValueError, KeyError, TypeError):
        return False


def _claims(
    folder: Path | None, certificates: Sequence[Certificate], keys: KeyRing | None
) -> tuple[list[_Claim], list[ChainFault]]:
    """What is said of the chain outside the database and is authentic, and a fault for each file that is not."""
    claims: list[_Claim] = []
    faults: list[ChainFault] = []
    if folder is None:
        return claims, faults
    for file in read_checkpoints(folder):
        if file.checkpoint is not None and _signed(file, certificates):
            claims.append(_Claim(file.name, file.checkpoint.head, signed=True))
        else:
            faults.append(ChainFault(FaultKind.CHECKPOINT_FORGED, file=file.name))
    for name, told in ({} if keys is None else read_head_files(folder, keys)).items():
        if told is not None:
            claims.append(_Claim(name, told, signed=False))
        else:
            faults.append(ChainFault(FaultKind.HEAD_FILE_FORGED, file=name))
    return claims, faults


def _signed(file: CheckpointFile, certificates: Sequence[Certificate]) -> bool:
    checkpoint = file.checkpoint
    if checkpoint is None:
        return False
    return signed_by(certificates, checkpoint.key_id, checkpoint.signed_bytes(), file.signature)


def _contradiction(claim: _Claim, known: dict[int, bytes], last: Head) -> ChainFault | None:
    sequence = claim.head.sequence
    if sequence > last.sequence:
        return ChainFault(FaultKind.TAIL_CUT, row=last.sequence + 1, file=claim.file)
    if known.get(sequence) != claim.head.hash:
        return ChainFault(FaultKind.CHAIN_REBUILT, row=sequence, file=claim.file)
    return None
