"""Who in this process waits for which message, and which messages of the mailbox somebody here has in hand.

Many transactions share one mailbox: whoever looks finds answers for the others too, and gives them on.
"""

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_REMEMBERED = 2_000
"""Messages that were handled: a list of the hub that was asked for before may name them again."""


@dataclass(slots=True)
class AwaitedAnswer:
    """One message of ours that waits, and what came for it. Whoever finds something writes it here."""

    message_id: str
    """Lower case."""
    receiver_her_id: str
    kept: bool = False
    """A report: what answers it is filed before anybody reads it."""
    received: bool = False
    """A receipt came that accepts."""
    answer: bytes | None = field(default=None, repr=False)
    rejected: tuple[str, ...] | None = None
    """Codes of a receipt that rejects our message."""
    unreadable: bool = False
    """Something came from the receiver that nobody can tell whose it is, or a receipt that says nothing."""


class AwaitedAnswers:
    """Safe to share between threads; as large as what is asked at one time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, AwaitedAnswer] = {}
        self._in_hand: set[str] = set()
        self._handled: OrderedDict[str, None] = OrderedDict()

    @contextmanager
    def waiting(self, one: AwaitedAnswer) -> Iterator[None]:
        """While this lasts, what is found for it is given to it."""
        with self._lock:
            self._waiting[one.message_id] = one
        try:
            yield
        finally:
            with self._lock:
                del self._waiting[one.message_id]

    def of(self, about: str, sender: str) -> AwaitedAnswer | None:
        """Who waits for what answers ``about``, from ``sender``: nobody else's word counts."""
        with self._lock:
            one = self._waiting.get(about)
        return one if one is not None and one.receiver_her_id == sender else None

    def of_sender(self, sender: str) -> list[AwaitedAnswer]:
        """Everybody who waits for a message of that sender."""
        with self._lock:
            return [one for one in self._waiting.values() if one.receiver_her_id == sender]

    def take_in_hand(self, keys: Collection[str]) -> list[str]:
        """Those of the hub's ids that nobody here has in hand, or has handled already."""
        with self._lock:
            free = [key for key in keys if key not in self._in_hand and key not in self._handled]
            self._in_hand.update(free)
        return free

    def let_go(self, key: str, *, handled: bool) -> None:
        """It is out of hand: handled, or to be looked at again."""
        with self._lock:
            self._in_hand.discard(key)
            if handled:
                self._handled[key] = None
                while len(self._handled) > _REMEMBERED:
                    self._handled.popitem(last=False)
