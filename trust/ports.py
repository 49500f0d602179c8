"""What trust needs from outside and is given: it opens no socket and no database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol


class SeenOnce(Protocol):
    """Memory of what was seen, shared by every process of the node, atomic.

    The store's adapter writes it in a transaction of its own before the decision is taken.
    """

    def first_seen(self, space: str, key: str, value: str, until: datetime, now: datetime) -> str:
        """Remember ``value`` for ``key`` in ``space`` until ``until`` unless one is there; return what is there.

        A caller compares the answer with what it gave: equal and new are told apart by giving a unique value.
        """


class RevocationLists(Protocol):
    """The newest revocation lists at hand, DER, by issuer name."""

    def for_issuer(self, issuer_der: bytes) -> Sequence[bytes]:
        """Every list at hand whose issuer's DER name equals ``issuer_der``, newest first; empty when there is none."""
