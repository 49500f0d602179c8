"""Asks the clocks that a node can reach, and keeps what came of it where the other nodes see it.

Witnesses are the database server, when it stands on another machine (PostgreSQL ``clock_timestamp()``), other nodes'
rows, and the dates of answers that came over verified TLS (RFC 9110 6.6.1). Rows of nodes are compared by a reference
that both read: the database server's clock, or on SQLite the monotonic clock of the one machine that all nodes of a
file share. What is made of them is decided by `gateway.clock.look`.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway import clock
from gateway.clock import ClockStanding, Look, OtherClock, Remembered
from gateway.errors import ClockAlone
from gateway.store.engine import Store, UnitOfWork
from gateway.store.moments import from_microseconds, to_microseconds
from gateway.store.tables import node_clocks, seen_forgotten, settled_time

LIVE = timedelta(minutes=3)
"""How old another node's row may be to testify: it is written each minute."""
_ANSWERS_LAST = timedelta(minutes=10)
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_STEP = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class _Reference:
    """A clock that other nodes on this database read too; its moment in microseconds, and the server's own time."""

    name: str
    at: int
    server: datetime | None = None
    """None where it runs on this machine's clock, and so testifies to nothing."""


class AnswerDates:
    """Dates of answers that came over verified TLS, the newest of each host; safe for threads."""

    def __init__(self, wall: Callable[[], datetime], monotonic: Callable[[], timedelta]) -> None:
        self._wall, self._monotonic = wall, monotonic
        self._said: dict[str, tuple[datetime, timedelta]] = {}

    def answered(self, host: str, headers: Mapping[str, str]) -> None:
        """Note the ``date`` of an answer just received; one that cannot be read is none."""
        try:
            date = parsedate_to_datetime(headers.get("date", ""))
        except (ValueError, TypeError, OverflowError):
            return
        if date.tzinfo is not None:
            self._said[host] = (date, self._monotonic())

    def testimonies(self) -> list[OtherClock]:
        """One of each host that answered in the last ten minutes."""
        wall, now = self._wall(), self._monotonic()
        recent = [(date, now - at) for date, at in list(self._said.values()) if now - at <= _ANSWERS_LAST]
        return [OtherClock(date + age - wall, authority=True) for date, age in recent]


class Timekeeper:
    """One process's clock, and what the others say of it."""

    def __init__(
        self,
        store: Store,
        node: str,
        *,
        wall: Callable[[], datetime],
        monotonic: Callable[[], timedelta],
        dates: AnswerDates,
        longest_kept: timedelta,
    ) -> None:
        self._store = store
        self._node = node
        self.wall, self._monotonic = wall, monotonic
        self._dates = dates
        self._longest_kept = longest_kept
        self._insert = sqlite.insert if store.engine.dialect.name == "sqlite" else postgresql.insert
        self._turn = threading.Lock()
        self._last: Look | None = None
        self.future: timedelta | None = None
        """How far a row lies in the future that nobody has accepted; None when none does. An alarm, not a stop."""

    def look(self) -> Look:
        """Ask every clock at hand and write down what came of it. Raises StoreUnavailable."""
        with self._turn, self._store.unit_of_work() as unit:
            connection = unit.connection
            reference = self._reference(connection)
            wall, monotonic = self.wall(), self._monotonic()
            rows = connection.execute(select(node_clocks)).all()
            kept = connection.execute(select(settled_time)).one()
            settled = None if kept.settled is None else from_microseconds(kept.settled)
            own = [row for row in rows if row.node == self._node]
            remembered = Remembered(settled, alone=any(row.standing == ClockStanding.ALONE for row in own))
            testimonies = self._testimonies(rows, reference, wall)
            last = clock.look(self._last, wall, monotonic, testimonies, remembered, self._longest_kept)
            newest = max(kept.newest, kept.settled or 0)
            ahead = (newest - to_microseconds(wall)) * _STEP
            self.future = ahead if ahead > clock.MARGIN and newest > kept.accepted else None
            if last.standing is not ClockStanding.ALONE:
                newest = max(newest, to_microseconds(wall))
            self._write(unit, last, reference, newest)
            self._last = last
        return last

    @property
    def standing(self) -> ClockStanding | None:
        """As it was looked last."""
        return None if self._last is None else self._last.standing

    def require(self) -> None:
        """Return when this clock may be gone by; after a jump, or when the last look is too old, it is looked at first.

        Raises ClockAlone, StoreUnavailable.
        """
        last = self._last
        if last is None or self._jumped(last) or self._monotonic() - last.monotonic > LIVE:
            last = self.look()
        if last.standing is ClockStanding.ALONE:
            raise ClockAlone

    def _jumped(self, last: Look) -> bool:
        wall, elapsed = self.wall() - last.wall, self._monotonic() - last.monotonic
        return abs(wall - elapsed) > clock.JUMP

    def _reference(self, connection: Connection) -> _Reference:
        if connection.dialect.name == "sqlite":
            boot = _BOOT.read_text("ascii").strip() if _BOOT.exists() else "one boot"
            return _Reference(boot, self._monotonic() // _STEP)
        asked = text("SELECT clock_timestamp() AS at, inet_server_addr() = inet_client_addr() AS here")
        server: Row[Any] = connection.execute(asked).one()
        elsewhere = server.here is False  # None: a socket of this machine
        return _Reference("database", to_microseconds(server.at), server.at if elsewhere else None)

    def _testimonies(self, rows: Sequence[Row[Any]], reference: _Reference, wall: datetime) -> list[OtherClock]:
        found = self._dates.testimonies()
        if reference.server is not None:
            found.append(OtherClock(reference.server - wall, authority=True))
        ours = to_microseconds(wall) - reference.at
        for row in rows:
            age = (reference.at - row.reference_at) * _STEP
            comparable = row.node != self._node and row.reference == reference.name
            if comparable and row.standing != ClockStanding.ALONE and timedelta(0) <= age <= LIVE:
                ahead = (row.wall - row.reference_at - ours) * _STEP
                found.append(OtherClock(ahead, steady=row.steady * _STEP + age))
        return found

    def _write(self, unit: UnitOfWork, last: Look, reference: _Reference, newest: int) -> None:
        row = {
            "wall": to_microseconds(last.wall),
            "reference": reference.name,
            "reference_at": reference.at,
            "steady": last.steady // _STEP,
            "standing": last.standing.value,
        }
        new = self._insert(node_clocks).values(node=self._node, **row)
        unit.connection.execute(new.on_conflict_do_update(index_elements=[node_clocks.c.node], set_=row))
        unit.connection.execute(update(settled_time).values(settled=to_microseconds(last.settled), newest=newest))


@dataclass(frozen=True, slots=True)
class ClockOnRecord:
    """What the database says of a node's clock, as the node wrote it at its last look."""

    alone: bool
    """It stood alone, and nobody has agreed or accepted it since."""
    newest: datetime | None
    """The latest time that a node went by, None when a person has accepted it or there is none."""


def clock_on_record(store: Store, node: str) -> ClockOnRecord:
    """Read it, and write nothing. Raises StoreUnavailable."""
    with store.reading() as connection:
        standing = connection.execute(select(node_clocks.c.standing).where(node_clocks.c.node == node)).scalar()
        kept = connection.execute(select(settled_time)).one()
    newest = max(kept.newest, kept.settled or 0)
    return ClockOnRecord(
        alone=standing == ClockStanding.ALONE,
        newest=from_microseconds(newest) if newest > kept.accepted else None,
    )


def accept_clock(unit: UnitOfWork, now: datetime, longest_assertion: timedelta) -> None:
    """A person says that ``now`` is the time: rows from the future alarm no more, and who stood alone begins anew.

    What was forgotten stays forgotten as long as a message of that time could still be in force
    (``longest_assertion``): none that was answered is answered again.
    """
    moment, alive = to_microseconds(now), to_microseconds(now + longest_assertion)
    connection = unit.connection
    kept = connection.execute(select(settled_time)).one()
    believed = moment if kept.settled is None else min(kept.settled, moment)
    newest = max(kept.newest, kept.settled or 0)
    connection.execute(update(settled_time).values(settled=believed, accepted=newest))
    connection.execute(update(seen_forgotten).where(seen_forgotten.c.until > alive).values(until=alive))
    alone = update(node_clocks).where(node_clocks.c.standing == ClockStanding.ALONE)
    connection.execute(alone.values(standing=ClockStanding.UNWITNESSED.value))
