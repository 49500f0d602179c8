"""A row of the chain and its hash: SHA-256 over the canonical JSON of event, previous hash and sequence."""

import hashlib
from dataclasses import dataclass

from gateway.evidence.event import Event

GENESIS = bytes(32)
"""What the first row has as its previous hash."""


@dataclass(frozen=True, slots=True)
class Head:
    """How far a chain goes: the number of its newest row and that row's hash."""

    sequence: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One row as it stands in the database."""

    sequence: int
    previous: bytes
    hash: bytes
    event: Event

    @property
    def head(self) -> Head:
        """The chain's head when this row was added."""
        return Head(self.sequence, self.hash)


def row_hash(sequence: int, previous: bytes, event: str) -> bytes:
    """Hash of a row from ``event``, the stored canonical text. The bytes hashed are canonical JSON themselves (test
    vector).
    """
    return hashlib.sha256(f'{{"event":{event},"previous":"{previous.hex()}","sequence":{sequence}}}'.encode()).digest()
