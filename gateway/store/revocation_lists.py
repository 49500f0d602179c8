"""Revocation lists in a folder of ``*.crl`` files (DER or PEM), read again when the folder's files change.

The adapter of `trust.ports.RevocationLists`. It verifies nothing: trust/revocation.py does. A file that cannot be read
counts as absent; whoever then lacks a list is refused there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from trust.extensions import UNREADABLE

_Seen = tuple[tuple[Path, int, int], ...]
"""Path, time of last change in ns, size."""


@dataclass(frozen=True, slots=True)
class _Snapshot:
    seen: _Seen = ()
    by_issuer: dict[bytes, tuple[bytes, ...]] = field(default_factory=dict)


class DirectoryRevocationLists:
    """The lists of a folder; a missing folder is an empty one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._snapshot = _Snapshot()

    def for_issuer(self, issuer_der: bytes) -> Sequence[bytes]:
        """Every list whose issuer's DER name is ``issuer_der``, DER, newest first."""
        seen = tuple(_state(path) for path in sorted(self._folder.glob("*.crl")))
        snapshot = self._snapshot
        if snapshot.seen != seen:
            snapshot = self._snapshot = _read(seen)  # one assignment: other threads see the old or the new
        return snapshot.by_issuer.get(issuer_der, ())


def _state(path: Path) -> tuple[Path, int, int]:
    try:
        state = path.stat()
    except OSError:  # gone since the folder was listed
        return path, 0, 0
    return path, state.st_mtime_ns, state.st_size


def _read(seen: _Seen) -> _Snapshot:
    by_issuer: dict[bytes, tuple[bytes, ...]] = {}
    lists = [found for path, _, _ in seen if (found := read_list(path)) is not None]
    for issuer, _, der in sorted(lists, key=lambda found: found[1], reverse=True):
        by_issuer[issuer] = (*by_issuer.get(issuer, ()), der)
    return _Snapshot(seen, by_issuer)


def read_list(path: Path) -> tuple[bytes, datetime, bytes] | None:
    """Issuer's DER name, thisUpdate and the list's DER; None when no list can be read of the file."""
    try:
        content = path.read_bytes()
        load = x509.load_pem_x509_crl if content.startswith(b"-----BEGIN") else x509.load_der_x509_crl
        found = load(content)
        return found.issuer.public_bytes(), found.last_update_utc, found.public_bytes(Encoding.DER)
    except (OSError, *UNREADABLE):
        return None
