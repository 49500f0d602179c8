"""One node of an id on a database: a lock that its process holds for as long as it lives, and that dies with it.

PostgreSQL: a session's advisory lock on a connection of its own (13.3.5), which the server gives free when the session
ends; keep-alive probes end the session of a machine that went away. SQLite: a lock of the kernel on a file beside the
database, for all nodes of a file share one machine. A pool of connections between us and PostgreSQL has to keep
sessions apart.
"""

import fcntl
import hashlib
import os
import threading
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from gateway.store.engine import DRIVER_ERRORS
from gateway.store.errors import DatabaseUrlUnsupported

_PATIENCE_SECONDS = 3.0
"""The server notices a moment after its end that a process was killed."""
_PAUSE_SECONDS = 0.05
_ALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}


class NodeLockStanding(StrEnum):
    """Who holds the lock of a node's id."""

    OURS = "ours"
    ELSEWHERE = "elsewhere"
    """Another process: a node of that id is running."""
    UNKNOWN = "unknown"
    """The database, or the folder of its file, does not let us ask."""


class _Lock(Protocol):
    def take(self) -> NodeLockStanding: ...

    def release(self) -> None: ...


class NodeLock:
    """The lock of one node's id on one database, held by the process that starts a node. Safe for threads."""

    def __init__(self, url: str, node: str) -> None:
        """``url`` as in `Store.open`. Nothing is taken yet. Raises DatabaseUrlUnsupported."""
        self._lock = _lock(url, node)
        self._turn = threading.Lock()

    def take(
        self,
        patience_seconds: float = _PATIENCE_SECONDS,
        elapsed: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> NodeLockStanding:
        """Take it, or say why not; waits that long for a process that has just ended. Taken again, it stays ours."""
        begun = elapsed()
        while (standing := self.standing()) is NodeLockStanding.ELSEWHERE and elapsed() - begun < patience_seconds:
            pause(_PAUSE_SECONDS)
        return standing

    def standing(self) -> NodeLockStanding:
        """Who holds it now. What was lost, as with a server that was restarted, is taken again where it is free."""
        with self._turn:
            return self._lock.take()

    def release(self) -> None:
        """Let it go."""
        with self._turn:
            self._lock.release()


def _lock(url: str, node: str) -> _Lock:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseUrlUnsupported from None
    match parsed.get_backend_name():
        case "sqlite" if parsed.database and parsed.database != ":memory:":
            return _FileLock(Path(parsed.database).absolute(), node)
        case "postgresql":
            return _SessionLock(url, node)
    raise DatabaseUrlUnsupported


class _FileLock:
    """The file stays when the lock is released: who deletes it would let two in."""

    def __init__(self, database: Path, node: str) -> None:
        self._path = database.with_name(f"{database.name}.{node}.lock")
        self._descriptor: int | None = None

    def take(self) -> NodeLockStanding:
        if self._descriptor is not None:
            return NodeLockStanding.OURS
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return NodeLockStanding.UNKNOWN
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return NodeLockStanding.ELSEWHERE
        except OSError:
            os.close(descriptor)
            return NodeLockStanding.UNKNOWN
        self._descriptor = descriptor
        return NodeLockStanding.OURS

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class _SessionLock:
    def __init__(self, url: str, node: str) -> None:
        self._engine = _engine(url)
        self._key = int.from_bytes(hashlib.sha256(f"ncpeh-node\0{node}".encode()).digest()[:8], "big", signed=True)
        self._session: Connection | None = None

    def take(self) -> NodeLockStanding:
        try:
            if self._session is not None:
                self._session.execute(text("SELECT 1"))
                return NodeLockStanding.OURS
            return self._begun()
        except DRIVER_ERRORS:
            self.release()
            return NodeLockStanding.UNKNOWN

    def _begun(self) -> NodeLockStanding:
        session = self._engine.connect()
        taken = False
        try:
            taken = bool(session.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": self._key}).scalar_one())
        finally:
            if not taken:
                session.close()
        if not taken:
            return NodeLockStanding.ELSEWHERE
        self._session = session
        return NodeLockStanding.OURS

    def release(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()
        self._engine.dispose()


def _engine(url: str) -> Engine:
    """A connection for the lock alone: no pool, no transaction, no deadline of a statement that it never runs."""
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        connect_args={
            "connect_timeout": 5,
            "options": " ".join(f"-c tcp_{name}={value}" for name, value in _ALIVE.items()),
            **_ALIVE,
        },
    )
