"""Which rows the chain lacks that this node recorded: what head file and checkpoints remember beside what is there.

A server that failed over to a copy without the last rows, or a database put back to yesterday, has a whole chain that
is too short, or that has grown again since. What is outside the database tells: a row of that number with that hash was
there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from gateway.evidence.event import read_event
from gateway.evidence.row import GENESIS, Head
from gateway.evidence.tables import evidence


@dataclass(frozen=True, slots=True)
class MissingRows:
    """Rows that were recorded and are not in the chain."""

    first: int
    """The first that is missing, or the first that may be where other rows stand in their place."""
    last: int
    """The newest that anything outside the database remembers; later ones may be missing too."""
    since: datetime | None
    """When the newest row before the gap was written; None when none is left."""
    remembered: tuple[Head, ...]
    """What outside the database is not in the chain, newest first."""


def missing_rows(connection: Connection, told: Head | None, signed: Iterable[Head]) -> MissingRows | None:
    """What is missing, None when nothing is.

    ``told``: by the head file; ``signed``: by this node's checkpoints, the newest first, of which only those are looked
    at that come before the first that is in the chain, for that one stands for all before it. Both are to be read
    before ``connection`` sees the database, lest a row is told in between.
    """
    lacking: list[Head] = []
    agreed = 0
    if told is not None and has_row(connection, told):
        agreed = told.sequence
    elif told is not None:
        lacking.append(told)
    for head in signed:
        if has_row(connection, head):
            agreed = max(agreed, head.sequence)
            break
        lacking.append(head)
    if not lacking:
        return None
    remembered = tuple(sorted(set(lacking), key=lambda head: (-head.sequence, head.hash)))
    newest = connection.execute(select(evidence.c.sequence).order_by(evidence.c.sequence.desc()).limit(1)).scalar() or 0
    lowest = remembered[-1].sequence
    first = newest + 1 if lowest > newest else min(agreed + 1, lowest)
    return MissingRows(first, remembered[0].sequence, _written_at(connection, first - 1), remembered)


def has_row(connection: Connection, head: Head) -> bool:
    """Whether the chain has that row, with that hash; every chain has its beginning, of which a node may sign too."""
    if head.sequence == 0:
        return head.hash == GENESIS
    found = connection.execute(select(evidence.c.hash).where(evidence.c.sequence == head.sequence)).scalar()
    return found == head.hash


def _written_at(connection: Connection, sequence: int) -> datetime | None:
    event = connection.execute(select(evidence.c.event).where(evidence.c.sequence == sequence)).scalar()
    return None if event is None else read_event(event).end
