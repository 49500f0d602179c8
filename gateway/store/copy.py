"""Copies a whole database into another, of either kind: every table there is, in one transaction, proved at both ends.

What is copied is asked of the databases themselves, so that no list of tables can forget one. While it is copied nobody
writes to either end; what fails leaves the target as empty as it was. Nothing is changed at the source.
"""

import hashlib
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import URL, Column, Connection, MetaData, Table, delete, func, insert, make_url, select, text
from sqlalchemy.exc import ArgumentError

from gateway.errors import StoreUnavailable
from gateway.store.engine import DRIVER_ERRORS, Store, driver_code
from gateway.store.errors import (
    ColumnNotCarried,
    CopiedOntoItself,
    CopyDiffers,
    CopyEndNotMigrated,
    CopyEndUnavailable,
    DatabaseUrlUnsupported,
    NodeNotStopped,
    NodeStandingUnknown,
    TablesDiffer,
    TargetNotEmpty,
)
from gateway.store.failpoints import reached
from gateway.store.migrate import migrate
from gateway.store.node_lock import NodeLock, NodeLockStanding
from gateway.store.revision import NEEDED, found_revision, require_current
from gateway.store.tables import node_clocks

FROM: Final = "--from"
TO: Final = "--to"
_AT_ONCE = 16
"""Rows in memory: one of a body may have 32 MiB."""
_CARRIED = (int, str, bytes, bool)
"""What a column may hold so that it is the same in both kinds. Moments are whole numbers in every room."""
_WHOLE = 1 << 256
Proof = TypeVar("Proof")


@dataclass(frozen=True, slots=True)
class TableContent:
    """What a table holds, whatever its order: how many rows, and the sum of their SHA-256 (modulo 2^256)."""

    rows: int
    digest: int


@dataclass(frozen=True, slots=True)
class DatabaseCopy(Generic[Proof]):
    """What was copied, as both ends have it."""

    rows: Mapping[str, int]
    """By table."""
    proof: Proof


_EMPTY = TableContent(0, 0)


def copy_database(source: str, target: str, prove: Callable[[Connection], Proof]) -> DatabaseCopy[Proof]:
    """Copy everything at ``source`` into ``target``, which was migrated and never used (URLs as in `Store.open`).

    ``prove`` looks at what a transaction sees, and raises when it is not as it should be; both ends have to give the
    same. Raises DatabaseUrlUnsupported, StoreNotCopied, and what ``prove`` raises: then the target is empty as before.
    """
    _require_two(source, target)
    with ExitStack() as opened:
        origin, copy = (opened.enter_context(closing(Store.open(url))) for url in (source, target))
        _require_migrated(origin, copy)
        opened.enter_context(_nodes_stopped({FROM: (source, origin), TO: (target, copy)}))
        unused = _unused()
        with _end(FROM), origin.unit_of_work() as reading:
            tables = _held(reading.connection, "SHARE")
            proof = prove(reading.connection)
            with _end(TO), copy.unit_of_work() as writing:
                places = _held(writing.connection, "EXCLUSIVE")
                _require_same_shape(tables, places)
                _require_unused(writing.connection, places, unused)
                both = reading.connection, writing.connection
                written = {name: _copied(*both, tables[name], places[name]) for name in tables}
                _require_as_read(writing.connection, places, written)
                if prove(writing.connection) != proof:
                    raise CopyDiffers("evidence")
                _set_sequences(writing.connection, places.values())
                reached("copy.written")
    return DatabaseCopy({name: content.rows for name, content in written.items()}, proof)


@contextmanager
def _end(name: str) -> Iterator[None]:
    """What a database or its driver refuses is told with the end it is at."""
    try:
        yield
    except StoreUnavailable as error:
        raise CopyEndUnavailable(name, error.cause) from None
    except DRIVER_ERRORS as error:
        raise CopyEndUnavailable(name, driver_code(error)) from None


def _require_two(source: str, target: str) -> None:
    try:
        one, other = make_url(source), make_url(target)
    except ArgumentError:
        raise DatabaseUrlUnsupported from None
    if one == other or (one.get_backend_name() == "sqlite" and _file(one) == _file(other)):
        raise CopiedOntoItself


def _file(url: URL) -> Path:
    return Path(url.database or "").resolve()


def _require_migrated(origin: Store, copy: Store) -> None:
    """Both are at the revision of this program. The target keeps what it commits; a source that may not can be left."""
    for name, store in ((FROM, origin), (TO, copy)):
        with _end(name):
            if (found := found_revision(store)) != NEEDED:
                raise CopyEndNotMigrated(name, found, NEEDED)
    with _end(TO):
        require_current(copy)


@contextmanager
def _nodes_stopped(ends: Mapping[str, tuple[str, Store]]) -> Iterator[None]:
    """No node that ever looked at the clock of either database runs on either of them, nor starts until this ends."""
    nodes: set[str] = set()
    for name, (_, store) in ends.items():
        with _end(name), store.reading() as connection:
            nodes |= set(connection.execute(select(node_clocks.c.node)).scalars())
    with ExitStack() as taken:
        for name, (url, _) in ends.items():
            for node in sorted(nodes):
                lock = NodeLock(url, node)
                taken.callback(lock.release)
                standing = lock.take()
                if standing is NodeLockStanding.ELSEWHERE:
                    raise NodeNotStopped(name, node)
                if standing is NodeLockStanding.UNKNOWN:
                    raise NodeStandingUnknown(name, node)
        yield


def _unused() -> Mapping[str, TableContent]:
    """What the tables hold in a database that was migrated and never used."""
    with tempfile.TemporaryDirectory(prefix="ncpeh-unused-") as folder:
        url = f"sqlite:///{folder}/unused.db"
        migrate(url)
        with closing(Store.open(url)) as store, store.reading() as connection:
            return {table.name: _content(connection, table) for table in _tables(connection).values()}


def _tables(connection: Connection) -> dict[str, Table]:
    """Every table, those that others refer to before these."""
    metadata = MetaData()
    metadata.reflect(connection)
    return {table.name: table for table in metadata.sorted_tables}


def _held(connection: Connection, mode: str) -> dict[str, Table]:
    """Every table, and nobody writes to any of them until the transaction ends (SQLite: the whole database is held)."""
    tables = _tables(connection)
    if connection.dialect.name == "postgresql":
        for setting in ("statement_timeout", "idle_in_transaction_session_timeout"):
            connection.execute(text(f"SET LOCAL {setting} = 0"))
        format_table = connection.dialect.identifier_preparer.format_table
        for table in tables.values():
            connection.execute(text(f"LOCK TABLE {format_table(table)} IN {mode} MODE"))
    return tables


def _require_same_shape(tables: Mapping[str, Table], places: Mapping[str, Table]) -> None:
    for name in sorted(tables.keys() ^ places.keys()):
        raise TablesDiffer(name)
    for name, table in tables.items():
        if set(table.columns.keys()) != set(places[name].columns.keys()):
            raise TablesDiffer(name)
        for column in table.columns:
            kind = _kind(column)
            if kind not in _CARRIED or _kind(places[name].columns[column.name]) is not kind:
                raise ColumnNotCarried(name, column.name)


def _kind(column: Column[Any]) -> type | None:
    try:
        return column.type.python_type
    except NotImplementedError:  # a type that this library does not know
        return None


def _require_unused(connection: Connection, places: Mapping[str, Table], unused: Mapping[str, TableContent]) -> None:
    for name, place in places.items():
        if _content(connection, place) != unused.get(name, _EMPTY):
            raise TargetNotEmpty(name)
    for place in reversed(list(places.values())):
        connection.execute(delete(place))  # what a migration puts there: the source has its own


def _copied(reading: Connection, writing: Connection, table: Table, place: Table) -> TableContent:
    total = _EMPTY
    columns = sorted(table.columns.keys())
    with closing(_parts(reading, table, columns)) as parts:
        while True:
            with _end(FROM):
                part = next(parts, None)
            if part is None:
                return total
            writing.execute(insert(place), [dict(zip(columns, row, strict=True)) for row in part])
            total = _with(total, part)


def _require_as_read(connection: Connection, places: Mapping[str, Table], written: Mapping[str, TableContent]) -> None:
    for name, place in places.items():
        if _content(connection, place) != written[name]:
            raise CopyDiffers(name)


def _content(connection: Connection, table: Table) -> TableContent:
    total = _EMPTY
    for part in _parts(connection, table, sorted(table.columns.keys())):
        total = _with(total, part)
    return total


def _parts(
    connection: Connection, table: Table, columns: Sequence[str]
) -> Generator[Sequence[Sequence[Any]], None, None]:
    wanted = select(*(table.columns[name] for name in columns))
    with connection.execute(wanted.execution_options(stream_results=True, yield_per=_AT_ONCE)) as result:
        yield from result.partitions()


def _with(total: TableContent, part: Iterable[Sequence[Any]]) -> TableContent:
    rows, digest = total.rows, total.digest
    for row in part:
        rows += 1
        digest += int.from_bytes(hashlib.sha256(repr(tuple(row)).encode("utf-8", "surrogatepass")).digest(), "big")
    return TableContent(rows, digest % _WHOLE)


def _set_sequences(connection: Connection, places: Iterable[Table]) -> None:
    """A number that PostgreSQL gives itself goes on after the highest that was copied; SQLite does so on its own."""
    if connection.dialect.name != "postgresql":
        return
    for place in places:
        for column in place.columns:
            asked = select(func.pg_get_serial_sequence(place.name, column.name))
            sequence = connection.execute(asked).scalar_one() if _kind(column) is int else None
            highest = None if sequence is None else connection.execute(select(func.max(column))).scalar_one()
            if highest is not None:
                connection.execute(select(func.setval(sequence, highest)))
