"""Keys of the store: a ring of 32-byte secrets, a key per purpose derived from each by HKDF (RFC 5869, SHA-256).

Sealing is AES-256-GCM (NIST SP 800-38D) under a key derived anew for each row, so that no key seals more than a handful
of messages. A person's key is HMAC-SHA256 of the identifier: it finds her rows and says nothing to who has no key.
"""

import base64
import binascii
import hashlib
import hmac
import itertools
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.errors import StoreTampered
from gateway.messages import PatientIdentifier
from gateway.store.errors import KeyFileInvalid, KeyFileUnreadable, KeyIdRefused

_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,32}\Z")
_KEY_BYTES = 32
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class PersonKey:
    """Stands for a person in rows: HMAC-SHA256 (hex) of her identifier and the id of the key it was made with."""

    key_id: str
    digest: str

    def __str__(self) -> str:
        return f"{self.key_id}:{self.digest}"


@dataclass(frozen=True, slots=True)
class Sealed:
    """Nonce and ciphertext with tag, and the id of the key that opens it."""

    key_id: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Secrets by id. New rows use ``current``; rows of the others can still be opened."""

    current: str
    keys: Mapping[str, bytes] = field(repr=False)

    def __post_init__(self) -> None:
        if self.current not in self.keys or any(len(key) != _KEY_BYTES for key in self.keys.values()):
            raise ValueError("the current key must be in the ring and every key have 32 bytes")

    @classmethod
    def read(cls, path: Path) -> "KeyRing":
        """Read lines ``id:key`` (base64url of 32 bytes); the first is the current one, ``#`` begins a comment line.

        To rotate, put a new line on top and keep the old ones as long as rows of theirs are kept. Raises
        KeyFileInvalid, KeyFileUnreadable.
        """
        keys: dict[str, bytes] = {}
        try:
            lines = path.read_text(encoding="ascii").splitlines()
        except OSError as fault:
            raise KeyFileUnreadable(str(path), (fault.strerror or "it cannot be read").lower()) from None
        except UnicodeDecodeError:
            raise KeyFileUnreadable(str(path), "it is no text in ASCII") from None
        for number, line in enumerate(lines, start=1):
            if not line.strip() or line.startswith("#"):
                continue
            key_id, _, encoded = line.strip().partition(":")
            key = _decoded(encoded)
            if key is None or not _KEY_ID.match(key_id) or key_id in keys:
                raise KeyFileInvalid(str(path), number)
            keys[key_id] = key
        if not keys:
            raise KeyFileUnreadable(str(path), "it has no key")
        return cls(current=next(iter(keys)), keys=keys)

    @staticmethod
    def new_line(key_id: str) -> str:
        """A line for a key file with a fresh key."""
        return f"{key_id}:{base64.urlsafe_b64encode(os.urandom(_KEY_BYTES)).decode('ascii')}\n"

    def mac(self, purpose: str, message: bytes, key_id: str | None = None) -> bytes:
        """HMAC-SHA256 of ``message`` under the key for ``purpose``. Raises StoreTampered when the ring lacks
        ``key_id``.
        """
        return hmac.digest(self._derived(key_id or self.current, purpose), message, hashlib.sha256)

    def person(self, identifier: PatientIdentifier, key_id: str | None = None) -> PersonKey:
        """What stands for the person with that identifier, under the current key or ``key_id``."""
        key_id = key_id or self.current
        message = f"{identifier.root}\0{identifier.extension}".encode()
        return PersonKey(key_id, self.mac("person", message, key_id).hex())

    def persons(self, identifier: PatientIdentifier) -> tuple[PersonKey, ...]:
        """Under every key of the ring: to find rows made before a rotation."""
        return tuple(self.person(identifier, key_id) for key_id in self.keys)

    def address(self, address: str) -> str:
        """What stands for a network address in rows, under the current key: ``key id:HMAC-SHA256`` (hex)."""
        return f"{self.current}:{self.mac('address', address.encode()).hex()}"

    def made_of(self, digest: str) -> str:
        """What stands for a document's content in rows, under the current key: ``key id:HMAC-SHA256`` (hex)."""
        return f"{self.current}:{self.mac('made-of', digest.encode()).hex()}"

    def seal(self, purpose: str, row: str, plain: bytes, associated: bytes) -> Sealed:
        """Encrypt under the key for ``purpose`` and ``row``; ``associated`` is bound, not encrypted."""
        nonce = os.urandom(_NONCE_BYTES)
        key = self._derived(self.current, purpose, row)
        return Sealed(self.current, nonce + AESGCM(key).encrypt(nonce, plain, associated))

    def unseal(self, purpose: str, row: str, sealed: Sealed, associated: bytes) -> bytes:
        """What was sealed with the same purpose, row and associated bytes. Raises StoreTampered otherwise."""
        key = self._derived(sealed.key_id, purpose, row)
        nonce, ciphertext = sealed.data[:_NONCE_BYTES], sealed.data[_NONCE_BYTES:]
        try:
            return AESGCM(key).decrypt(nonce, ciphertext, associated)
        except (InvalidTag, ValueError):  # ValueError: data too short to hold a nonce
            raise StoreTampered from None

    def _derived(self, key_id: str, purpose: str, row: str = "") -> bytes:
        if key_id not in self.keys:
            raise StoreTampered
        info = f"ncpeh/{purpose}/1\0{row}".encode()
        return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=info).derive(self.keys[key_id])


def add_key(path: Path, key_id: str | None = None) -> str:
    """Put a fresh key on top of the key file, which is made when it is not there; its id, ``kN`` unless given.

    The file is replaced whole or not at all, and its owner alone reads it. Raises KeyIdRefused, KeyFileInvalid,
    KeyFileUnreadable, OSError.
    """
    known = KeyRing.read(path).keys if path.exists() else {}
    made = key_id or next(name for name in (f"k{number}" for number in itertools.count(1)) if name not in known)
    if made in known or not _KEY_ID.match(made):
        raise KeyIdRefused(made)
    before = path.read_text(encoding="ascii") if path.exists() else ""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # readable by its owner only
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(KeyRing.new_line(made) + before)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    return made


def _decoded(encoded: str) -> bytes | None:
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == _KEY_BYTES else None
