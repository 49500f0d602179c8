"""Revocation lists in a folder of ``*.crl`` files (DER or PEM), read again when the folder's files change.

The adapter of `trust.ports.RevocationLists`. It verifies nothing: trust/revocation.py does. Each file stands alone: one
that cannot be read any more leaves the list that was read of it before, with whatever end that has, and hides no other;
one that never could be read, or is gone, counts as absent, and whoever then lacks a list is refused there.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.last_good import FileState, file_state
from trust.extensions import UNREADABLE

_BEGIN: Final = b"-----BEGIN"


@dataclass(frozen=True, slots=True)
class FoundList:
    """What a file says; nothing of it is verified."""

    issuer: bytes
    """The issuer's name, DER."""
    this_update: datetime
    der: bytes


@dataclass(frozen=True, slots=True)
class _Snapshot:
    seen: tuple[FileState, ...] = ()
    lists: Mapping[Path, FoundList] = field(default_factory=dict)
    unreadable: tuple[Path, ...] = ()
    by_issuer: Mapping[bytes, tuple[bytes, ...]] = field(default_factory=dict)


class DirectoryRevocationLists:
    """The lists of a folder; a missing folder is an empty one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = threading.Lock()
        self._snapshot = _Snapshot()

    def for_issuer(self, issuer_der: bytes) -> Sequence[bytes]:
        """Every list whose issuer's DER name is ``issuer_der``, DER, newest first."""
        return self._newest().by_issuer.get(issuer_der, ())

    def every_list(self) -> list[bytes]:
        """All lists, DER, in the order of their files' names."""
        return [found.der for _, found in sorted(self._newest().lists.items())]

    def unreadable(self) -> tuple[Path, ...]:
        """Files that cannot be read as they are now."""
        return self._newest().unreadable

    def _newest(self) -> _Snapshot:
        snapshot = self._snapshot
        if snapshot.seen != self._states():
            with self._turn:
                seen = self._states()
                if self._snapshot.seen != seen:
                    self._snapshot = _read(seen, self._snapshot)  # one assignment: others see the old or the new
                snapshot = self._snapshot
        return snapshot

    def _states(self) -> tuple[FileState, ...]:
        return tuple(file_state(path) for path in sorted(self._folder.glob("*.crl")))


def _read(seen: tuple[FileState, ...], before: _Snapshot) -> _Snapshot:
    unchanged = set(before.seen)
    lists: dict[Path, FoundList] = {}
    unreadable = []
    for state in seen:
        path = state[0]
        if state in unchanged and path not in before.unreadable:
            lists[path] = before.lists[path]
            continue
        found = read_list(path)
        if found is None:
            unreadable.append(path)
            _not_read(path, before)
            found = before.lists.get(path)
        if found is not None:
            lists[path] = found
    return _Snapshot(seen, lists, tuple(unreadable), _by_issuer(lists))


def _not_read(path: Path, before: _Snapshot) -> None:
    from gateway.log_lines import logger  # here: a command that only looks loads no log

    if path not in before.unreadable:
        kept = "the list read of it before stays" if path in before.lists else "it counts as absent"
        logger("ncpeh.files").error("revocation-list-unreadable", file=str(path), next=kept)


def _by_issuer(lists: Mapping[Path, FoundList]) -> dict[bytes, tuple[bytes, ...]]:
    by_issuer: dict[bytes, tuple[bytes, ...]] = {}
    for found in sorted(lists.values(), key=lambda found: found.this_update, reverse=True):
        by_issuer[found.issuer] = (*by_issuer.get(found.issuer, ()), found.der)
    return by_issuer


def read_list(path: Path) -> FoundList | None:
    """The list of a file; None when none can be read of it, or it holds several.

    Of several PEM lists the library reads the first: who is on the others would be trusted, and nobody told.
    """
    try:
        content = path.read_bytes()
        is_pem = content.startswith(_BEGIN)
        if is_pem and content.count(_BEGIN) > 1:
            return None
        load = x509.load_pem_x509_crl if is_pem else x509.load_der_x509_crl
        found = load(content)
        return FoundList(found.issuer.public_bytes(), found.last_update_utc, found.public_bytes(Encoding.DER))
    except (OSError, *UNREADABLE):
        return None
