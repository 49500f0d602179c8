"""Who goes on with the journal beside requests: from its start, after a round that failed, and no more once ended."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest

from gateway.errors import StoreUnavailable
from gateway.node.dispensing import GoingOn
from tests.support.nodes.stores import NOW


class Rounds:
    """A journal whose first round fails."""

    def __init__(self, fault: Exception) -> None:
        self.fault = fault
        self.started: list[datetime] = []
        self.twice = threading.Event()

    def reconcile(self, *, started: datetime) -> int:
        self.started.append(started)
        if len(self.started) == 1:
            raise self.fault
        self.twice.set()
        return 0


@pytest.mark.parametrize("fault", [StoreUnavailable("busy"), ValueError("of our own")], ids=type)
def test_a_round_that_failed_is_followed_by_another_and_each_knows_when_the_node_started(fault: Exception):
    rounds: Any = Rounds(fault)
    going_on = GoingOn(rounds, None, lambda: NOW, timedelta(0))
    assert rounds.started == []
    going_on.begin()
    assert rounds.twice.wait(60)
    going_on.end()
    assert set(rounds.started) == {NOW}
    ending = [one for one in threading.enumerate() if one.name == "journal"]
    for one in ending:
        one.join(60)
    assert not any(one.is_alive() for one in ending)


def test_without_a_journal_nothing_goes_on():
    going_on = GoingOn(None, None, lambda: NOW, timedelta(seconds=5))
    going_on.begin()
    going_on.end()
    assert not any(one.name == "journal" for one in threading.enumerate())


class Sweeps:
    """A desk whose rounds are counted."""

    def __init__(self) -> None:
        self.swept = threading.Event()

    def sweep(self) -> int:
        self.swept.set()
        return 0


def test_a_journal_that_fails_holds_up_no_desk_and_a_desk_goes_on_without_a_journal():
    for journal in (Rounds(ValueError("of our own")), None):
        desk, given = Sweeps(), journal
        anything: Any = desk
        rounds: Any = given
        going_on = GoingOn(rounds, anything, lambda: NOW, timedelta(0))
        going_on.begin()
        assert desk.swept.wait(60)
        going_on.end()
