"""The head file: the chain's newest row, written outside the database after each commit and before the answer leaves.

Between two checkpoints the chain's end could be cut unseen. With a head file every row whose answer left the node is
covered: a shorter chain is found by `verify` and no row is added to it. One file per node, shared by its processes; two
slots written in turn, so that a torn write leaves the older one; each slot carries an HMAC (`KeyRing`, purpose
``evidence-head``).

What remains: who holds the database and this folder can put both back to an earlier state, as far as the last
checkpoint that was copied elsewhere. After restoring a database from a backup a named person accepts what was lost
(`resume.py`), and the file begins anew.
"""

import fcntl
import hmac
import json
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from gateway.errors import StoreTampered
from gateway.evidence.checkpoints import require_node_name, sync_folder
from gateway.evidence.row import Head
from gateway.store.canonical import canonical
from gateway.store.keys import KeyRing

_SLOT = 512
_LOOK_SECONDS = 0.02
_PURPOSE = "evidence-head"


class HeadFile:
    """The head file of this node."""

    def __init__(self, folder: Path, node: str, keys: KeyRing) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"head-{require_node_name(node)}.json"
        self._keys = keys
        self._lock = threading.Lock()

    def newest(self) -> Head | None:
        """The newest row told to this file, None when there is none. Raises OSError.

        Does not wait for who is writing: a slot read while it is written does not authenticate, the other one counts.
        """
        try:
            descriptor = os.open(self._path, os.O_RDONLY)
        except FileNotFoundError:
            return None
        try:
            return max(_heads(descriptor, self._keys), key=_order)
        finally:
            os.close(descriptor)

    def awaited(self, seconds: float) -> Head | None:
        """`newest`, looked for again so long as there is none: another process may be about to tell its first row.

        None when there is none after ``seconds``. Raises OSError.
        """
        for _ in range(max(1, round(seconds / _LOOK_SECONDS))):
            if (told := self.newest()) is not None:
                return told
            time.sleep(_LOOK_SECONDS)
        return self.newest()

    def is_blank(self) -> bool:
        """No file, or an empty one: nothing was ever told here, or it was deleted. Raises OSError."""
        try:
            return self._path.stat().st_size == 0
        except FileNotFoundError:
            return True

    def tell(self, head: Head) -> None:
        """Make ``head`` durable here unless a newer row is: of many that wait, the newest writes for all.

        Raises OSError.
        """
        with self._writing() as descriptor:
            slots = [_order(slot) for slot in _heads(descriptor, self._keys)]
            if max(slots) < head.sequence:
                os.pwrite(descriptor, _slot(head, self._keys), slots.index(min(slots)) * _SLOT)
                os.fdatasync(descriptor)

    def told_at(self) -> datetime | None:
        """When it was last written, by this machine's clock; None when it is not there. Raises OSError."""
        try:
            return datetime.fromtimestamp(self._path.stat().st_mtime, UTC)
        except FileNotFoundError:
            return None

    def begin_anew(self, head: Head) -> None:
        """Make ``head`` the newest row here though a newer one was told: a person has accepted that it is lost.

        Raises OSError.
        """
        with self._writing() as descriptor:
            for number in (1, 0):
                os.pwrite(descriptor, _slot(head, self._keys), number * _SLOT)
            os.fdatasync(descriptor)

    @contextmanager
    def _writing(self) -> Iterator[int]:
        with self._lock:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                if os.fstat(descriptor).st_size == 0:
                    sync_folder(self._path.parent)
                yield descriptor
            finally:
                os.close(descriptor)


def read_head_files(folder: Path, keys: KeyRing) -> dict[str, Head | None]:
    """What each head file of the folder says, by file name; None for a file that says nothing under these keys.

    An empty file, made by a process that died before its first row, is as good as none. Raises OSError.
    """
    said: dict[str, Head | None] = {}
    for path in sorted(folder.iterdir()):
        if re.match(r"head-.*\.json\Z", path.name) and path.stat().st_size > 0:
            descriptor = os.open(path, os.O_RDONLY)
            try:
                slots = _heads(descriptor, keys)
            finally:
                os.close(descriptor)
            said[path.name] = max(slots, key=_order)
    return said


def _order(slot: Head | None) -> int:
    return -1 if slot is None else slot.sequence


def _slot(head: Head, keys: KeyRing) -> bytes:
    said = {"hash": head.hash.hex(), "key_id": keys.current, "sequence": head.sequence, "version": 1}
    mac = keys.mac(_PURPOSE, canonical(said).encode()).hex()
    return canonical({**said, "mac": mac}).encode().ljust(_SLOT - 1) + b"\n"


def _heads(descriptor: int, keys: KeyRing) -> list[Head | None]:
    return [_head(os.pread(descriptor, _SLOT, number * _SLOT), keys) for number in (0, 1)]


def _head(slot: bytes, keys: KeyRing) -> Head | None:
    try:
        said = json.loads(slot)
        mac = said.pop("mac")
        expected = keys.mac(_PURPOSE, canonical(said).encode(), said["key_id"]).hex()
        head = Head(said["sequence"], bytes.fromhex(said["hash"]))
    except (ValueError, KeyError, TypeError, AttributeError, StoreTampered):
        return None
    return head if hmac.compare_digest(mac, expected) else None
