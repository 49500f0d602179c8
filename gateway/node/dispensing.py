"""The journal of a node: opened over its store, evidence and door to prescriptions, and gone on with beside requests.

A thread of its own: a round asks national services, and each may take as long as a receipt does.
"""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from gateway.errors import NodeRefused
from gateway.handouts.closing import HandoutQueue
from gateway.journal.book import Book
from gateway.journal.journal import Journal, JournalBooks, JournalMeans, JournalPolicy
from gateway.journal.recorded import JournalEvidence
from gateway.log_lines import logger
from gateway.national.prescription_broker import PrescriptionBroker
from gateway.node.foundation import Foundation

_STOP_SECONDS = 2.0


def open_journal(
    foundation: Foundation,
    broker: PrescriptionBroker,
    report_deadline: timedelta,
    now: Callable[[], datetime],
    new_id: Callable[[], UUID],
) -> Journal:
    """The journal; ``report_deadline``: for the receipt of a report, and so for a request. Calls nothing."""
    settings, rules = foundation.settings, foundation.settings.policies.dispensing
    # The longest time between two moves of a row is one report that is asked about before and after it is sent.
    lease = report_deadline + 4 * settings.limits.national_deadline
    policy = JournalPolicy(
        lease=lease,
        request_seconds=report_deadline.total_seconds(),
        pause_seconds=rules.pause.total_seconds(),
        tries=rules.tries,
        hold=rules.hold,
    )
    book, evidence = open_book(foundation, now, new_id, lease)
    means = JournalMeans(now, new_id, time.monotonic, time.sleep)
    return Journal(JournalBooks(foundation.store, book, evidence), broker, policy, means)


def open_book(
    foundation: Foundation,
    now: Callable[[], datetime],
    new_id: Callable[[], UUID],
    lease: timedelta = timedelta(minutes=1),
) -> tuple[Book, JournalEvidence]:
    """The journal's rows and its evidence, for a node or for a person."""
    node = foundation.settings.node.node_id
    book = Book(foundation.store, foundation.keys, holder=node, lease=lease, now=now)
    return book, JournalEvidence(foundation.chain, foundation.keys, node, new_id)


class GoingOn:
    """Goes on with what nobody works on: once the node is there, and every few seconds."""

    def __init__(
        self, journal: Journal | None, queue: HandoutQueue | None, now: Callable[[], datetime], every: timedelta
    ) -> None:
        """None: this node has no journal, or no desk, and nothing of it goes on. ``every``: between two rounds."""
        self._queue = queue
        self._every = every.total_seconds()
        self._now = now
        self._journal = journal
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Begin with what this node worked on when it stopped."""
        rounds: list[Callable[[], object]] = []
        if self._journal is not None:
            rounds.append(partial(self._journal.reconcile, started=self._now()))
        if self._queue is not None:
            rounds.append(self._queue.sweep)
        if rounds:
            given = (rounds,)
            self._thread = threading.Thread(target=self._rounds, args=given, name="journal", daemon=True)
            self._thread.start()

    def end(self) -> None:
        """Begin no further round. What a round is at stays recorded, and goes on elsewhere or later."""
        self._over.set()
        if self._thread is not None:
            self._thread.join(_STOP_SECONDS)

    def _rounds(self, rounds: Sequence[Callable[[], object]]) -> None:
        while not self._over.is_set():
            for one in rounds:
                try:
                    one()
                except NodeRefused as fault:  # the next round asks again
                    logger("ncpeh.journal").error("reconcile", fault=type(fault).__name__)
                except Exception as fault:  # noqa: BLE001 - nothing is decided here: without this thread nothing goes on
                    logger("ncpeh.journal").error("reconcile", fault=type(fault).__name__, next="a maintainer")
            self._over.wait(self._every)
