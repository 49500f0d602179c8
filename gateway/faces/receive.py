"""A request's body, received whole within its limits or refused; every face reads by this.

All bodies that are being received or answered share one budget of bytes, so that memory does not grow with the number
of connections. One peer has at most half of it: nobody alone makes the others wait.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from fastapi import Request

from gateway.errors import BodyTooLarge, BodyTooSlow, NodeTooManyRequests


class BodyShare:
    """What one request takes of the budget."""

    def __init__(self, budget: "BodyBudget", peer: bytes) -> None:
        self._budget = budget
        self._peer = peer
        self.taken = 0

    def take(self, size: int) -> None:
        """Take so many bytes. Raises NodeTooManyRequests when there are not as many left."""
        self._budget.check(self._peer, size)
        self._budget.count(self._peer, size)
        self.taken += size

    def foresee(self, size: int) -> None:
        """Raises NodeTooManyRequests when a body of that size would not find room now."""
        self._budget.check(self._peer, size)


class BodyBudget:
    """Bytes of all bodies in flight in this process; used by its event loop alone."""

    def __init__(self, most: int, most_of_one_body: int) -> None:
        self._most = most
        self._most_of_one_peer = max(most // 2, most_of_one_body)
        self._of_peers: Counter[bytes] = Counter()

    @contextmanager
    def share(self, peer: bytes) -> Iterator[BodyShare]:
        """A share that is given back when the request was answered, however that went."""
        share = BodyShare(self, peer)
        try:
            yield share
        finally:
            self.count(peer, -share.taken)
            if not self._of_peers[peer]:
                del self._of_peers[peer]

    def taken(self) -> int:
        """Bytes that are taken now."""
        return self._of_peers.total()

    def check(self, peer: bytes, size: int) -> None:
        """Raises NodeTooManyRequests when a peer may not have so many bytes more."""
        if self._of_peers.total() + size > self._most or self._of_peers[peer] + size > self._most_of_one_peer:
            raise NodeTooManyRequests

    def count(self, peer: bytes, size: int) -> None:
        """So many bytes more are a peer's."""
        self._of_peers[peer] += size


async def received(request: Request, limit: int, deadline: timedelta, share: BodyShare) -> bytes:
    """The body, at most ``limit`` bytes.

    Raises BodyTooLarge, BodyTooSlow, NodeTooManyRequests, and ClientDisconnect of the server.
    """
    stated = request.headers.get("content-length", "")
    if stated.isascii() and stated.isdigit():
        if len(stated) > len(str(limit)) or int(stated) > limit:
            raise BodyTooLarge(limit)
        share.foresee(int(stated))
    body = bytearray()
    try:
        async with asyncio.timeout(deadline.total_seconds()):
            async for piece in request.stream():
                if len(body) + len(piece) > limit:
                    raise BodyTooLarge(limit)
                share.take(len(piece))
                body += piece
    except TimeoutError:
        raise BodyTooSlow from None
    return bytes(body)
