"""Lookups of a person while nodes are killed: no answer is without its row of evidence, and the chain is whole."""

import hashlib
import http.client
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from gateway.evidence.read import newest_events
from tests.crash.nodes import nodes_in
from tests.crash.plan import Means, Order
from tests.crash.run import CrashedWork, Setting
from tests.crash.victims import Start
from tests.support.nodes.node import Abroad, Came

POINTS = ("evidence.begun", "evidence.inserted", "evidence.committed")


@dataclass
class Lookups:
    """A person is looked up, by message ids of one's own."""

    abroad: Abroad
    starts: Mapping[str, Start]
    before: int
    asked: dict[int, str] = field(default_factory=dict)

    def order(self, order: Order) -> None:
        self.abroad.fault(order.service, order.fault, order.seconds, order.operation, order.code)

    def operate(self, number: int, process: str) -> Came | None:
        self.asked[number] = f"urn:uuid:{uuid4()}"
        try:
            came = Abroad(self.abroad.world, process).discover(message_id=self.asked[number])
        except (http.client.HTTPException, OSError):  # cut in the middle of the answer
            return None
        return came if came.status else None

    def settle(self) -> None:
        """An answer that was given is durable."""

    def ledger(self) -> Mapping[str, Any]:
        return self.abroad.ledger()

    def judge(self, ledger: Mapping[str, Any], answers: Mapping[int, object | None]) -> list[str]:
        """Every answer has its row with its very bytes, a lookup at most one row, and the chain verifies."""
        with self.abroad.store() as store:
            events = newest_events(store, self.abroad.rows() - self.before)
        rows = {event["exchanged"]["request_id"]: event["exchanged"]["response_sha256"] for event in events}
        faults = ["a lookup has two rows"] if len(rows) != len(events) else []
        faults += [f"a row of {one}, which nobody asked" for one in rows.keys() - set(self.asked.values())]
        for number, came in answers.items():
            if isinstance(came, Came):
                faults += [f"lookup {number} {fault}" for fault in _faults_of(came, rows.get(self.asked[number]))]
        faults += [] if self.abroad.intact() else ["the chain of evidence is not intact"]
        return faults + ([f"a lookup reported {ledger['reports']}"] if ledger["reports"] else [])


def _faults_of(came: Came, digest: str | None) -> list[str]:
    found = [] if came.patients else ["found nobody"]
    return found + ([] if digest == hashlib.sha256(came.body).hexdigest() else ["has no row of its bytes"])


@contextmanager
def _world(folder: Path, setting: Setting) -> Iterator[Lookups]:
    with nodes_in(folder, setting) as (abroad, starts):
        yield Lookups(abroad, starts, abroad.rows())


LOOKUPS = CrashedWork(Means(POINTS), _world)
