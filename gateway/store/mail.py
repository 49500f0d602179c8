"""What was found in the national mailbox, durable and sealed before it is marked read, and whom it is for.

Every process that shares a mailbox shares this database: whoever finds a message files it, by the hub's id once
(insert or nothing; nobody leads). What answers a report is kept, whenever it comes, for as long as a dispensing must be
documented. What answers a reading is deleted once its asker has it, or has long given up. What answers nothing of ours
is counted, and kept as long.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, and_, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.store.canonical import canonical
from gateway.store.engine import Store
from gateway.store.keys import KeyRing, Sealed
from gateway.store.moments import to_microseconds
from gateway.store.tables import mail_asked, mail_found, mail_lease

_PURPOSE = "mail/content"
_CLEAR_UP = "clear-up"
_LEASE = timedelta(minutes=1)
_GIVEN_UP = timedelta(minutes=10)
"""No asker of a reading waits as long."""
_REMEMBERED = timedelta(days=1)
"""A reading is known as ours for so long: what answers it later answers nobody."""


DOCUMENTED = timedelta(days=6 * 366)
"""Five years after the last dispensing in the prescription's year: what reseptgruppe A asks (Directorate of Health on §
11-2 of the regulation on requisition and dispensing; others: one year). Which group a report is about the mail does not
know, and a receipt names no person."""


@dataclass(frozen=True, slots=True)
class FoundMail:
    """A message of the mailbox. ``about``: the MsgId it answers, in lower case, empty where none can be read."""

    hub_id: str
    sender: str
    """HER-id, as the hub says."""
    about: str
    receipt: bool
    content: bytes = field(repr=False)


class MailInStore:
    """Mail of every node on this database. Each call opens a transaction of its own; raises StoreUnavailable."""

    def __init__(self, store: Store, keys: KeyRing, *, holder: str, now: Callable[[], datetime]) -> None:
        """``holder`` names this process where one alone may clear up."""
        self._store, self._keys, self._holder, self._now = store, keys, holder, now
        self._insert = sqlite.insert if store.engine.dialect.name == "sqlite" else postgresql.insert

    def asking(self, message_id: str, receiver: str, *, kept: bool) -> bool:
        """Note, durably, that we are about to send a message; False: it was noted before, and may have been sent.

        ``kept``: a report, whose answers are kept.
        """
        row = {"message_id": message_id.lower(), "receiver": receiver, "kept": kept, "asked": self._moment()}
        with self._store.unit_of_work() as unit:
            statement = self._insert(mail_asked).values(row).on_conflict_do_nothing()
            noted = unit.connection.execute(statement.returning(mail_asked.c.message_id))
            return noted.one_or_none() is not None

    def asked_before(self, message_id: str) -> bool:
        """Whether a message was noted."""
        wanted = select(mail_asked.c.message_id).where(mail_asked.c.message_id == message_id.lower())
        with self._store.reading() as connection:
            return connection.execute(wanted).one_or_none() is not None

    def file(self, found: Sequence[FoundMail]) -> frozenset[str]:
        """Keep what was found, durable when this returns; the hub's ids of those that answer something of ours."""
        rows = [self._row(one) for one in found]
        with self._store.unit_of_work() as unit:
            for row in rows:
                unit.connection.execute(self._insert(mail_found).values(row).on_conflict_do_nothing())
            return frozenset(one.hub_id for one in found if _is_ours(unit.connection, one))

    def filed(self, message_id: str, receiver: str) -> tuple[FoundMail, ...]:
        """What was filed for a message, from whom it was sent to; of a reading it is gone with this.

        Raises StoreTampered.
        """
        of_it = and_(mail_found.c.about == message_id.lower(), mail_found.c.sender == receiver)
        with self._store.reading() as connection:
            rows = connection.execute(select(mail_found).where(of_it).order_by(mail_found.c.found)).mappings().all()
        if not rows:
            return ()
        kept = select(mail_asked.c.kept).where(mail_asked.c.message_id == message_id.lower())
        with self._store.unit_of_work() as unit:
            if unit.connection.execute(kept).scalar_one_or_none() is False:
                ids = [row["hub_id"] for row in rows]
                unit.connection.execute(delete(mail_found).where(mail_found.c.hub_id.in_(ids)))
        return tuple(self._opened(row) for row in rows)

    def clear_up(self, settled: datetime) -> int:
        """Delete what answers readings that were given up by ``settled``, and what is documented long enough.

        Returns how many messages. One process at a time does it.
        """
        ages = (_GIVEN_UP, _REMEMBERED, DOCUMENTED)
        given_up, forgotten, documented = (to_microseconds(settled - age) for age in ages)
        readings = select(mail_asked.c.message_id).where(~mail_asked.c.kept, mail_asked.c.asked <= given_up)
        with self._store.unit_of_work() as unit:
            if not self._leased(unit.connection):
                return 0
            late = delete(mail_found).where(or_(mail_found.c.about.in_(readings), mail_found.c.found <= documented))
            deleted = unit.connection.execute(late).rowcount
            reading_ends = and_(~mail_asked.c.kept, mail_asked.c.asked <= forgotten)
            old = delete(mail_asked).where(or_(reading_ends, mail_asked.c.asked <= documented))
            unit.connection.execute(old)
            return deleted

    def _leased(self, connection: Connection) -> bool:
        """Whether this process may clear up: it did before, or who did has not come back in time."""
        now = self._moment()
        free = or_(mail_lease.c.holder == self._holder, mail_lease.c.until <= now)
        taken = update(mail_lease).where(mail_lease.c.task == _CLEAR_UP, free)
        until = now + _LEASE // timedelta(microseconds=1)
        return connection.execute(taken.values(holder=self._holder, until=until)).rowcount == 1

    def _moment(self) -> int:
        return to_microseconds(self._now())

    def _row(self, one: FoundMail) -> dict[str, object]:
        sealed = self._keys.seal(_PURPOSE, one.hub_id, one.content, _bound(one))
        return {
            "hub_id": one.hub_id,
            "sender": one.sender,
            "about": one.about,
            "receipt": one.receipt,
            "found": self._moment(),
            "key_id": sealed.key_id,
            "content": sealed.data,
        }

    def _opened(self, row: RowMapping) -> FoundMail:
        closed = FoundMail(row["hub_id"], row["sender"], row["about"], bool(row["receipt"]), b"")
        sealed = Sealed(row["key_id"], row["content"])
        content = self._keys.unseal(_PURPOSE, closed.hub_id, sealed, _bound(closed))
        return FoundMail(closed.hub_id, closed.sender, closed.about, closed.receipt, content)


def unclaimed_mail(store: Store) -> int:
    """How many messages answer nothing of ours, or come from somebody else than we asked. Raises StoreUnavailable."""
    answers = and_(mail_found.c.about == mail_asked.c.message_id, mail_found.c.sender == mail_asked.c.receiver)
    joined = mail_found.outerjoin(mail_asked, answers)
    wanted = select(func.count()).select_from(joined).where(mail_asked.c.message_id.is_(None))
    with store.reading() as connection:
        return int(connection.execute(wanted).scalar_one())


def _is_ours(connection: Connection, one: FoundMail) -> bool:
    ours = and_(mail_asked.c.message_id == one.about, mail_asked.c.receiver == one.sender)
    return connection.execute(select(mail_asked.c.message_id).where(ours)).one_or_none() is not None


def _bound(one: FoundMail) -> bytes:
    """Every column that says whose it is, as the seal's associated data."""
    return canonical({"hub_id": one.hub_id, "sender": one.sender, "about": one.about, "receipt": one.receipt}).encode()
