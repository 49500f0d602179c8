"""What a node that serves lacks: what it asks of itself (`gateway/node/own/`), and how what it does beside stands.

Looked at when somebody asks, at most each second, in a thread of its own: a database that does not answer makes the
node not ready, and holds nobody. Nothing about a person is asked, no national service, no other country; nothing is
recorded.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from gateway.conditions import Consequence, Shortcoming, Unmet
from gateway.faces.management import Readiness
from gateway.last_good import Reloads
from gateway.side_channel import ChannelState

_ANSWER_SECONDS = 4.5
_AGAIN_SECONDS = 1.0


STOPPING = Unmet("goes-on", Consequence.REFUSE, Shortcoming("the node", "is stopping", "ask another node"))


@dataclass(frozen=True, slots=True)
class Vitals:
    """What health is told by."""

    unmet: Callable[[], tuple[Unmet, ...]]
    """What the node asks of itself and does not find: files, certificates, database, release, clock."""
    reloads: Reloads
    channels: Callable[[], Iterable[ChannelState]]
    alarms: Counter[str]
    stopping: Callable[[], bool]


class Health:
    """The readiness of one process; safe to ask from many threads."""

    def __init__(self, vitals: Vitals, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._vitals = vitals
        self._elapsed = elapsed
        self._turn = threading.Lock()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="health")
        self._asked: Future[Readiness] | None = None
        self._asked_at = 0.0
        self._closed = False
        self.last = Readiness()
        """As it was looked last."""

    def readiness(self) -> Readiness:
        """What is lacking now, or a moment ago."""
        with self._turn:
            now = self._elapsed()
            if self._closed:
                return Readiness((STOPPING,))
            if self._asked is None or (self._asked.done() and now - self._asked_at >= _AGAIN_SECONDS):
                self._asked, self._asked_at = self._pool.submit(self._look), now
            asked = self._asked
        try:
            self.last = asked.result(_ANSWER_SECONDS)
        except TimeoutError:
            words = f"gave no answer within {_ANSWER_SECONDS:.0f} seconds"
            self.last = Readiness((_refuses("answers-in-time", "the node's database or disk", words, "look at both"),))
        return self.last

    def counted(self) -> dict[str, int]:
        """How much of it, by consequence, as it was looked last."""
        found = Counter(one.consequence for one in self.last.unmet)
        return {consequence.value: found[consequence] for consequence in Consequence}

    def close(self) -> None:
        """Look no more: who asks on is told that the node stops."""
        with self._turn:
            self._closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _look(self) -> Readiness:
        found = [*self._stopping(), *self._vitals.unmet(), *self._beside()]
        return Readiness(tuple(sorted(found, key=lambda one: not one.refuses)))

    def _stopping(self) -> Iterator[Unmet]:
        if self._vitals.stopping():
            yield STOPPING

    def _beside(self) -> Iterator[Unmet]:
        for name, fault in self._vitals.reloads.faults():
            words = f"was changed to what cannot be used ({fault}); the last good one stays in force"
            yield _warns("files-reloaded", name, words, "mend the file; it is read again by itself")
        for state in self._vitals.channels():
            if state.failing:
                words = f"cannot be written ({state.fault or 'no room'}): {state.dropped + state.failed} lost"
                yield _warns("side-channels", f"the node's {state.name}", words, "look at the disk or pipe it goes to")
        for alarm, count in sorted(self._vitals.alarms.items()):
            words = f"has raised {alarm} {count} times since the start"
            yield _warns("evidence-quiet", "the evidence", words, "ncpeh evidence verify")


def _refuses(condition: str, where: str, what: str, next_step: str) -> Unmet:
    return Unmet(condition, Consequence.REFUSE, Shortcoming(where, what, next_step))


def _warns(condition: str, where: str, what: str, next_step: str) -> Unmet:
    return Unmet(condition, Consequence.WARN, Shortcoming(where, what, next_step))
