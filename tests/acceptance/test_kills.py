"""A node that is killed from outside while it answers: the chain is whole, and no answer is without its row.

Each kill is at a named failpoint (`gateway/store/failpoints.py`), which is reached after a number of lookups that the
seed of the day chooses, by two clients that go on asking.
"""

import hashlib
import http.client
import os
import select
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from threading import Event
from uuid import uuid4

import pytest

from gateway.demonstration.world import start_node
from gateway.evidence.read import newest_events
from tests.support.machine.generated import choices
from tests.support.nodes.node import Abroad, Came
from tests.support.nodes.worlds import abroad_in

POINTS = ("evidence.begun", "evidence.inserted", "evidence.committed")
_CLIENTS = 2
_WAITS = 300
"""Seconds until the test gives up on a failpoint: no machine is so slow."""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Abroad]:
    with abroad_in(tmp_path_factory.mktemp("killed"), {}) as abroad:
        yield abroad


@dataclass
class Lookups:
    """What clients asked and what came, by message id; a lookup without an answer has None."""

    abroad: Abroad
    came: dict[str, Came | None] = field(default_factory=dict)

    def ask(self, _number: int = 0) -> None:
        """One lookup of a person."""
        message_id = f"urn:uuid:{uuid4()}"
        self.came[message_id] = None
        try:
            came = self.abroad.discover(message_id=message_id)
        except (http.client.HTTPException, OSError):  # cut in the middle of the answer
            return
        if came.status:
            self.came[message_id] = came

    def until(self, over: Event) -> None:
        """One after the other until it is over."""
        while not over.is_set():
            self.ask()

    @property
    def answered(self) -> dict[str, Came]:
        return {message_id: came for message_id, came in self.came.items() if came is not None}


def killed(node: Abroad, lookups: Lookups, point: str, times: int, marker: Path) -> None:
    """Start the node anew, let clients ask until it stops at the point for the given time, and kill it there."""
    stop(node)
    node.world.norway = {"NCPEH_FAILPOINT": f"{point}@{times}={marker}"}
    os.mkfifo(marker)
    reached = os.open(marker, os.O_RDONLY | os.O_NONBLOCK)
    over = Event()
    try:
        start_node(node.world, "NO")
        with ThreadPoolExecutor(_CLIENTS) as clients:
            asking = [clients.submit(lookups.until, over) for _ in range(_CLIENTS)]
            came, _, _ = select.select([reached], [], [], _WAITS)
            over.set()
            process = node.world.processes.pop("NO")
            process.send_signal(signal.SIGKILL)
            process.wait()
        for one in asking:
            one.result()
        assert came, f"{point} was not reached"
        assert os.read(reached, 100) == point.encode()
    finally:
        os.close(reached)
        node.world.norway = {}


def stop(node: Abroad) -> None:
    """As an operator stops it; nothing when it was killed."""
    if "NO" in node.world.processes:
        process = node.world.processes.pop("NO")
        process.send_signal(signal.SIGTERM)
        process.wait()


def lookups_with_kills(node: Abroad, count: int, kills: int, folder: Path) -> Lookups:
    """So many lookups at least, of a node that is killed so many times meanwhile, and serves at the end."""
    drawn, lookups, apart = choices("kills"), Lookups(node), count // (kills + 1)
    for number, point in zip(range(kills), cycle(POINTS), strict=False):
        killed(node, lookups, point, drawn.randint(max(1, apart // 2), apart + apart // 2), folder / f"{number}")
    start_node(node.world, "NO")
    with ThreadPoolExecutor(_CLIENTS) as clients:
        list(clients.map(lookups.ask, range(max(apart, count - len(lookups.came)))))
    return lookups


def proved(node: Abroad, lookups: Lookups, before: int) -> None:
    """Every answer has its row with its very bytes, a lookup at most one row, and the chain verifies."""
    with node.store() as store:
        events = newest_events(store, node.rows() - before)
    rows = {event["exchanged"]["request_id"]: event["exchanged"]["response_sha256"] for event in events}
    assert len(rows) == len(events)
    assert rows.keys() <= lookups.came.keys()
    for message_id, came in lookups.answered.items():
        assert came.patients
        assert rows[message_id] == hashlib.sha256(came.body).hexdigest()
    assert node.intact()


def test_of_60_lookups_with_4_kills_no_answer_is_without_its_row(node: Abroad, tmp_path: Path):
    before = node.rows()
    lookups = lookups_with_kills(node, 60, 4, tmp_path)
    assert len(lookups.came) >= 60
    assert len(lookups.answered) >= 60 - 4 * _CLIENTS * 2
    proved(node, lookups, before)


@pytest.mark.prove
@pytest.mark.timed
def test_of_2000_lookups_with_50_kills_no_answer_is_without_its_row(node: Abroad, tmp_path: Path):
    before = node.rows()
    lookups = lookups_with_kills(node, 2_000, 50, tmp_path)
    assert len(lookups.came) >= 2_000
    assert len(lookups.answered) >= 1_900 - 50 * _CLIENTS
    proved(node, lookups, before)
