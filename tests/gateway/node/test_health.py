"""Readiness of one process: looked at when asked, at most each second, and given up in time."""

import threading
from collections import Counter
from collections.abc import Callable

import pytest

from gateway.conditions import Consequence, Shortcoming, Unmet
from gateway.last_good import Reloads
from gateway.node import health
from gateway.node.health import STOPPING, Health, Vitals
from gateway.side_channel import ChannelState

LACKS = Unmet("disk-room", Consequence.REFUSE, Shortcoming("the disk", "is full", "make room"))


class Place:
    """What health is told by."""

    def __init__(self) -> None:
        self.unmet: tuple[Unmet, ...] = ()
        self.channel = ChannelState("log", 0, 0, 0, 0, failing=False, fault=None)
        self.alarms = Counter[str]()
        self.stopping = False
        self.at = 100.0
        self.looked = 0
        self.held: threading.Event | None = None

    def found(self) -> tuple[Unmet, ...]:
        self.looked += 1
        if self.held is not None:
            self.held.wait()
        return self.unmet

    def health(self) -> Health:
        vitals = Vitals(self.found, Reloads(), lambda: [self.channel], self.alarms, lambda: self.stopping)
        return Health(vitals, lambda: self.at)


def test_what_is_lacking_is_told_and_counted_and_its_end_too():
    place = Place()
    of = place.health()
    assert (of.readiness().ready, of.counted()) == (True, {"refuse": 0, "warn": 0})
    place.unmet, place.at = (LACKS,), 102.0
    assert (of.readiness().unmet, of.readiness().ready, of.counted()["refuse"]) == ((LACKS,), False, 1)
    place.unmet, place.at = (), 104.0
    assert of.readiness().ready
    of.close()


def test_whoever_asks_often_is_told_what_was_found_a_moment_ago():
    place = Place()
    of = place.health()
    for _ in range(100):
        of.readiness()
    assert place.looked == 1
    place.at += 1.0
    of.readiness()
    assert place.looked == 2
    of.close()


def stops(place: Place) -> None:
    place.stopping = True


def log_fails(place: Place) -> None:
    place.channel = ChannelState("log", 0, 1, 2, 3, failing=True, fault="OSError")


def head_file_lost(place: Place) -> None:
    place.alarms["HeadFileLost"] = 1


@pytest.mark.parametrize(
    ("happens", "condition", "ready"),
    [(stops, "goes-on", False), (log_fails, "side-channels", True), (head_file_lost, "evidence-quiet", True)],
)
def test_what_happens_to_it_is_told(happens: Callable[[Place], None], condition: str, ready: bool):
    place = Place()
    happens(place)
    of = place.health()
    said = of.readiness()
    assert [one.condition for one in said.unmet] == [condition]
    assert said.ready is ready
    of.close()


def test_a_node_that_stops_says_so_first():
    place = Place()
    place.stopping, place.unmet = True, (LACKS,)
    of = place.health()
    assert of.readiness().unmet[0] == STOPPING
    of.close()


def test_whoever_asks_a_node_that_has_closed_is_told_that_it_stops():
    of = Place().health()
    of.close()
    assert of.readiness().unmet == (STOPPING,)


def test_a_database_that_does_not_answer_holds_nobody_and_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(health, "_ANSWER_SECONDS", 0.05)
    place = Place()
    place.held = threading.Event()
    of = place.health()
    for _ in range(3):
        assert [one.condition for one in of.readiness().unmet] == ["answers-in-time"]
        place.at += 5
    assert place.looked == 1, "nothing is asked again before the first has come back"
    place.held.set()
    of._pool.submit(lambda: None).result()
    place.at += 5
    assert of.readiness().ready
    of.close()
