"""Signed checkpoints outside the database: how far the chain went, and the hash it had there.

Who holds the database alone can rebuild a whole chain; who holds a checkpoint sees it. One JSON file each, written
under another name, flushed, renamed. Copy the folder off the machine to be safe from who holds both.
"""

import base64
import binascii
import json
import os
import re
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.x509 import Certificate

from gateway.evidence.row import Head
from gateway.evidence.seal import Seal, key_id, signed_by
from gateway.store.canonical import canonical, instant, read_instant

_NODE = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
_LARGEST = 16_384
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a node signed: at ``time`` the chain's newest row was ``head``. ``key_id`` is `seal.key_id` of its
    certificate.
    """

    head: Head
    time: datetime
    node: str
    key_id: str

    def signed_bytes(self) -> bytes:
        """The bytes under the signature: canonical JSON."""
        return canonical(self._fields()).encode()

    def _fields(self) -> dict[str, object]:
        return {
            "version": 1,
            "sequence": self.head.sequence,
            "hash": self.head.hash.hex(),
            "time": instant(self.time),
            "node": self.node,
            "key_id": self.key_id,
        }

    def with_signature(self, signature: bytes) -> str:
        """The text of the file."""
        return canonical({**self._fields(), "signature": base64.b64encode(signature).decode("ascii")}) + "\n"


@dataclass(frozen=True, slots=True)
class CheckpointFile:
    """A file of the folder; ``checkpoint`` is None when it cannot be read as one. Not verified yet."""

    name: str
    checkpoint: Checkpoint | None
    signature: bytes


def require_node_name(node: str) -> str:
    """``node`` if it can be part of a file name, else ValueError."""
    if not _NODE.match(node):
        raise ValueError("a node's id has 1 to 64 letters, digits, dots, underscores or hyphens")
    return node


class Checkpoints:
    """Writes a checkpoint after ``every_rows`` rows or ``every`` since the last, whichever comes first, and when asked.

    The first row a process adds is checkpointed at once, so that what came before it is covered too.
    """

    def __init__(
        self, folder: Path, seal: Callable[[], Seal], node: str, *, every_rows: int, every: timedelta = _HOUR
    ) -> None:
        """``seal`` gives the one in force: it may be replaced while the node serves."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._seal = seal
        self._node = require_node_name(node)
        self._every_rows = every_rows
        self._every = every
        self._lock = threading.Lock()
        self._last: tuple[int, datetime] | None = None

    def added(self, head: Head, now: datetime) -> None:
        """Tell that ``head`` is committed; writes a checkpoint when one is due. Raises OSError."""
        with self._lock:
            if self._due(head, now):
                self._write(head, now)

    def write(self, head: Head, now: datetime) -> None:
        """Write a checkpoint unless the last one says the same. Raises OSError."""
        with self._lock:
            if self._last is None or self._last[0] < head.sequence:
                self._write(head, now)

    def newest_own(self) -> Head | None:
        """The newest row that a checkpoint of this node tells of, signed by the seal it has now. Raises OSError."""
        return next(self.own(), None)

    def own(self) -> Iterator[Head]:
        """The rows that its checkpoints tell of, signed by the seal it has now, newest first. Raises OSError."""
        return signed_heads(self._folder, self._node, self._seal().certificate)

    def set_aside(self, first: int, row: int) -> None:
        """Give the checkpoints of rows from ``first`` on a name of their own: their rows are lost, which ``row`` says.

        They stay in the folder, and their numbers are free for what comes. Raises OSError.
        """
        with self._lock:
            for path in _own_files(self._folder, self._node):
                if int(path.name.split("-")[1]) >= first:
                    path.rename(path.with_name(f"{path.name.removesuffix('.json')}.lost-{row}.json"))
            sync_folder(self._folder)
            self._last = None

    def _due(self, head: Head, now: datetime) -> bool:
        if self._last is None:
            return True
        sequence, moment = self._last
        return head.sequence - sequence >= self._every_rows or (
            head.sequence > sequence and now - moment >= self._every
        )

    def _write(self, head: Head, now: datetime) -> None:
        seal = self._seal()
        checkpoint = Checkpoint(head, now, self._node, key_id(seal.certificate))
        text = checkpoint.with_signature(seal.sign(checkpoint.signed_bytes()))
        write_by_rename(self._folder / f"checkpoint-{head.sequence:012d}-{self._node}.json", text)
        self._last = (head.sequence, now)


def signed_heads(folder: Path, node: str, certificate: Certificate) -> Iterator[Head]:
    """The rows that checkpoints of ``node`` tell of, signed by that certificate's key, newest first.

    Which files there are is looked at here, what stands in each when it is asked for. Raises OSError.
    """
    heads = (_signed_head(path, certificate) for path in _own_files(folder, node))
    return (head for head in heads if head is not None)


def _signed_head(path: Path, certificate: Certificate) -> Head | None:
    file = _read(path)
    said = file.checkpoint
    if said is None or not signed_by([certificate], said.key_id, said.signed_bytes(), file.signature):
        return None
    return said.head


def _own_files(folder: Path, node: str) -> list[Path]:
    """Newest first; one of a row that was lost has another name."""
    own = re.compile(rf"checkpoint-[0-9]{{12,}}-{re.escape(node)}\.json\Z", re.ASCII)
    found = [path for path in folder.glob(f"checkpoint-*-{node}.json") if own.match(path.name)]
    return sorted(found, key=lambda path: int(path.name.split("-")[1]), reverse=True)


def write_by_rename(path: Path, text: str) -> None:
    """Write the file so that it is there whole and on disk, or not at all; each writer under a name of its own first,
    for the processes of a node may write one checkpoint at the same time. Raises OSError.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    beside = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.chmod(0o644)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to disk. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_checkpoints(folder: Path) -> tuple[CheckpointFile, ...]:
    """Every checkpoint file of the folder in the order of their names. Raises OSError when it cannot be read."""
    return tuple(_read(path) for path in sorted(folder.iterdir()) if re.match(r"checkpoint-.*\.json\Z", path.name))


def _read(path: Path) -> CheckpointFile:
    with path.open("rb") as file:
        text = file.read(_LARGEST)
    try:
        row = json.loads(text)
        signature = base64.b64decode(row["signature"], validate=True)
        checkpoint = _from_json(row)
    except (ValueError, KeyError, TypeError, binascii.Error):
        return CheckpointFile(path.name, None, b"")
    return CheckpointFile(path.name, checkpoint, signature)


def _from_json(row: Mapping[str, object]) -> Checkpoint:
    match row:
        case {
            "version": 1,
            "sequence": int(sequence),
            "hash": str(digest),
            "time": str(time),
            "node": str(node),
            "key_id": str(key),
        }:
            return Checkpoint(Head(sequence, bytes.fromhex(digest)), read_instant(time), node, key)
    raise ValueError("not a checkpoint")
