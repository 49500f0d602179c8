"""What is durable of a mailbox, in memory: for doors whose tests are not about it (`tests/gateway/store/test_mail.py`
holds it against the store's)."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.store.mail import FoundMail


@dataclass
class MailInMemory:
    """Messages asked and found."""

    asked: dict[str, tuple[str, bool]] = field(default_factory=dict)
    found: dict[str, FoundMail] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def asking(self, message_id: str, receiver: str, *, kept: bool) -> bool:
        with self.lock:
            new = message_id.lower() not in self.asked
            self.asked.setdefault(message_id.lower(), (receiver, kept))
        return new

    def asked_before(self, message_id: str) -> bool:
        return message_id.lower() in self.asked

    def file(self, found: Sequence[FoundMail]) -> frozenset[str]:
        with self.lock:
            for one in found:
                self.found.setdefault(one.hub_id, one)
        return frozenset(one.hub_id for one in found if self._ours(one))

    def filed(self, message_id: str, receiver: str) -> tuple[FoundMail, ...]:
        with self.lock:
            of_it = [one for one in self.found.values() if (one.about, one.sender) == (message_id.lower(), receiver)]
            if not self.asked.get(message_id.lower(), ("", True))[1]:
                for one in of_it:
                    del self.found[one.hub_id]
        return tuple(of_it)

    def unclaimed(self) -> int:
        """How many answer nothing of ours."""
        return sum(not self._ours(one) for one in self.found.values())

    def _ours(self, one: FoundMail) -> bool:
        return self.asked.get(one.about, ("", False))[0] == one.sender
