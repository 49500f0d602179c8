"""What a node thinks of its clock: whose time it is, what may be deleted, and random histories of two nodes."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from gateway.clock import BOUND, JUMP, MARGIN, STEADY, ClockStanding, Look, OtherClock, Remembered, judge, look
from tests.support.machine.generated import LONG, SEED

MICROSECOND = timedelta(microseconds=1)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOW = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
KEPT = timedelta(hours=4)


def node(ahead: timedelta, steady: timedelta = DAY) -> OtherClock:
    return OtherClock(ahead, steady=steady)


def authority(ahead: timedelta) -> OtherClock:
    return OtherClock(ahead, authority=True)


AWAY, BACK, FAR = 5 * HOUR, -5 * HOUR, 9 * HOUR


@pytest.mark.parametrize(
    ("testimonies", "steady", "standing"),
    [
        ([], DAY, ClockStanding.UNWITNESSED),
        ([node(MARGIN)], MINUTE, ClockStanding.WITNESSED),
        ([node(-MARGIN)], MINUTE, ClockStanding.WITNESSED),
        ([node(MARGIN + MICROSECOND)], MINUTE, ClockStanding.ALONE),
        ([authority(-MARGIN - MICROSECOND)], DAY, ClockStanding.ALONE),
        ([authority(AWAY)], DAY, ClockStanding.ALONE),
        ([node(AWAY, HOUR)], 2 * HOUR, ClockStanding.UNWITNESSED),
        ([node(AWAY, HOUR)], HOUR, ClockStanding.ALONE),
        ([node(AWAY), authority(MINUTE)], MINUTE, ClockStanding.WITNESSED),
        ([node(MINUTE), authority(AWAY)], MINUTE, ClockStanding.WITNESSED),
        ([node(AWAY), authority(AWAY), node(MINUTE)], DAY, ClockStanding.ALONE),
        ([node(AWAY), node(AWAY), node(MINUTE)], MINUTE, ClockStanding.ALONE),
        ([node(AWAY, HOUR), node(AWAY, HOUR), node(MINUTE, DAY)], MINUTE, ClockStanding.WITNESSED),
        ([node(AWAY), node(AWAY), authority(MINUTE)], MINUTE, ClockStanding.WITNESSED),
        ([node(AWAY), node(BACK), node(FAR), node(MINUTE)], MINUTE, ClockStanding.WITNESSED),
        ([node(AWAY), node(AWAY + MARGIN)], DAY, ClockStanding.ALONE),
        ([node(AWAY, HOUR), node(AWAY + MARGIN + MICROSECOND, HOUR)], DAY, ClockStanding.UNWITNESSED),
    ],
)
def test_whose_time_it_is(testimonies: list[OtherClock], steady: timedelta, standing: ClockStanding):
    assert judge(testimonies, steady) is standing
    assert judge(testimonies[::-1], steady) is standing


def test_the_margin_is_twice_the_bound():
    assert (timedelta(minutes=5), timedelta(minutes=10)) == (BOUND, MARGIN)


@dataclass
class Clocks:
    """One node's clocks, moved by hand, and its looks."""

    wall: datetime = NOW
    monotonic: timedelta = DAY
    settled: datetime | None = NOW
    alone: bool = False
    last: Look | None = None

    def looks(self, *testimonies: OtherClock, after: timedelta = MINUTE, jump: timedelta = timedelta(0)) -> Look:
        self.wall += after + jump
        self.monotonic += after
        remembered = Remembered(self.settled, self.alone)
        self.last = look(self.last, self.wall, self.monotonic, testimonies, remembered, KEPT)
        self.settled, self.alone = self.last.settled, self.last.standing is ClockStanding.ALONE
        return self.last


def test_a_witnessed_clock_deletes_what_ended_ten_minutes_ago():
    clocks = Clocks()
    assert clocks.looks(authority(MINUTE)).delete_before == clocks.wall - MARGIN


def test_who_stands_alone_deletes_nothing():
    assert Clocks().looks(authority(AWAY)).delete_before is None


def test_without_a_witness_nothing_is_deleted_for_an_hour_of_steady_running():
    clocks = Clocks()
    first = clocks.looks()
    assert first.delete_before is None
    assert clocks.looks(after=STEADY - MICROSECOND).delete_before is None
    last = clocks.looks(after=MICROSECOND)
    assert last.standing is ClockStanding.UNWITNESSED
    assert last.delete_before == NOW + STEADY - MARGIN


@pytest.mark.parametrize("jump", [JUMP + MICROSECOND, -JUMP - MICROSECOND, 5 * HOUR, -5 * HOUR])
def test_a_jump_begins_the_hour_anew(jump: timedelta):
    clocks = Clocks()
    clocks.looks()
    clocks.looks(after=STEADY / 2)
    assert clocks.looks(after=STEADY / 2, jump=jump).delete_before is None
    assert clocks.looks(after=STEADY).delete_before is not None
    steady = Clocks()
    steady.looks()
    assert steady.looks(after=STEADY, jump=JUMP if jump > timedelta(0) else -JUMP).delete_before is not None


def test_a_clock_that_was_wrong_at_boot_deletes_by_what_was_believed_before():
    clocks = Clocks(wall=NOW + AWAY)
    clocks.looks()
    assert clocks.looks(after=STEADY).delete_before == NOW + STEADY - MARGIN


def test_a_long_silence_is_over_when_the_node_ran_longer_than_anything_is_kept():
    clocks = Clocks(wall=NOW + 30 * DAY)
    assert clocks.looks().standing is ClockStanding.UNWITNESSED
    assert clocks.looks(after=KEPT + MARGIN - MICROSECOND).delete_before == NOW + KEPT - MICROSECOND
    assert clocks.looks(after=MICROSECOND).delete_before == clocks.wall - MARGIN


def test_a_clock_that_went_back_deletes_by_itself():
    clocks = Clocks(wall=NOW - AWAY)
    clocks.looks()
    assert clocks.looks(after=STEADY).delete_before == clocks.wall - MARGIN


def test_what_is_believed_of_the_time_is_never_past_the_own_clock():
    clocks = Clocks()
    clocks.looks()
    back = clocks.looks(jump=-AWAY)
    assert back.settled == clocks.wall  # and stays behind when the clock is put right
    assert clocks.looks(jump=AWAY).settled == back.settled + MINUTE
    steady = Clocks()
    steady.looks()
    assert steady.looks().settled == NOW + MINUTE


def test_who_stood_alone_does_so_until_somebody_agrees():
    clocks = Clocks()
    assert clocks.looks(authority(AWAY)).standing is ClockStanding.ALONE
    assert clocks.looks(after=DAY).standing is ClockStanding.ALONE
    clocks.last = None  # a process that began anew
    assert clocks.looks().standing is ClockStanding.ALONE
    assert clocks.looks(authority(MINUTE)).standing is ClockStanding.WITNESSED
    assert clocks.looks().standing is ClockStanding.UNWITNESSED


def test_who_stood_alone_begins_anew_when_a_person_accepted_the_clock():
    clocks = Clocks()
    clocks.looks(authority(AWAY))
    clocks.alone = False
    assert clocks.looks().standing is ClockStanding.UNWITNESSED


# --- histories -------------------------------------------------------------------------------------------------------

SKEW = MINUTE


@dataclass
class Machine:
    """A node of a history: its clock's error, its processes, and when it began."""

    error: timedelta = timedelta(0)
    up: bool = True
    last: Look | None = None
    wrote: tuple[timedelta, timedelta, ClockStanding, timedelta] | None = None
    """When it looked (real), its error, its standing and how long it had run steadily."""


@dataclass
class History:
    """Two nodes on one database while their clocks go wrong, one at a time; not ``witnessed``: as they were."""

    random: Random
    witnessed: bool = True
    at: timedelta = DAY
    nodes: list[Machine] = field(default_factory=lambda: [Machine(), Machine()])
    settled: datetime | None = None
    seen: dict[int, datetime] = field(default_factory=dict)
    forgotten: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    messages: dict[int, timedelta] = field(default_factory=dict)
    answered: set[int] = field(default_factory=set)
    documents: dict[int, tuple[datetime, datetime]] = field(default_factory=dict)
    """When each ends, by the clock that listed it; and until when it must be there, by the real time."""
    replays: int = 0
    lost: int = 0
    served: int = 0
    asked: int = 0

    def real(self) -> datetime:
        return NOW + self.at

    def run(self, steps: int) -> "History":
        for number in range(steps):
            self.at += self.random.choice((MINUTE, MINUTE, 20 * MINUTE, HOUR, 2 * HOUR))
            for machine in 2 * self.nodes:  # as each of them does each minute
                if machine.up:
                    self._looks(machine, self.real() + machine.error)
            self._changes()
            for machine in self.nodes:
                if machine.up:
                    self._works(machine, number)
        return self

    def _changes(self) -> None:
        one, other = self.random.sample(self.nodes, 2)
        what = self.random.random()
        if what < 0.15:
            one.up = not one.up or not other.up
            one.last = None
        elif what < 0.25:
            one.last = None
        elif what < 0.45:
            self._goes_wrong(one, other)
        elif what < 0.6:
            one.error = timedelta(0)

    def _goes_wrong(self, one: Machine, other: Machine) -> None:
        if other.error == timedelta(0):
            one.error = self.random.choice((-1, 1)) * self.random.choice((11 * MINUTE, HOUR, 3 * HOUR, 5 * HOUR, DAY))

    def _works(self, machine: Machine, number: int) -> None:
        wall = self.real() + machine.error
        last = self._looks(machine, wall)
        if last.standing is not ClockStanding.ALONE or not self.witnessed:
            self._asked(number * 2 + self.nodes.index(machine), wall, right=machine.error == timedelta(0))
        elif machine.error == timedelta(0):
            self.asked += 1
        before = last.delete_before if self.witnessed else wall
        if before is not None:
            self._deletes(before)

    def _looks(self, machine: Machine, wall: datetime) -> Look:
        (other,) = [one for one in self.nodes if one is not machine]
        testimonies = []
        if other.wrote is not None:
            when, error, standing, steady = other.wrote
            if standing is not ClockStanding.ALONE and self.at - when <= 3 * MINUTE:
                testimonies.append(OtherClock(error - machine.error, steady=steady + self.at - when))
        alone = machine.wrote is not None and machine.wrote[2] is ClockStanding.ALONE
        machine.last = look(machine.last, wall, self.at, testimonies, Remembered(self.settled, alone), KEPT)
        machine.wrote = (self.at, machine.error, machine.last.standing, machine.last.steady)
        self.settled = machine.last.settled
        return machine.last

    def _asked(self, message: int, wall: datetime, *, right: bool) -> None:
        self.messages[message] = self.at
        self.asked += right
        self.served += self._answers(message, wall) and right
        ends = wall + KEPT
        self.documents[message] = (ends, min(ends, self.real() + KEPT))
        for again in self.random.sample(sorted(self.messages), min(4, len(self.messages))):
            repeated = again in self.answered
            self.replays += self._answers(again, wall) and repeated

    def _answers(self, message: int, wall: datetime) -> bool:
        """As `trust` and the store do: in force, remembered, and not of a time that was forgotten."""
        begins = NOW + self.messages[message]
        until = begins + KEPT + SKEW
        if not begins - SKEW <= wall < until or (self.witnessed and until <= self.forgotten):
            return False
        if message in self.seen and self.seen[message] > wall:
            return False
        self.seen[message] = until
        self.answered.add(message)
        return True

    def _deletes(self, before: datetime) -> None:
        self.seen = {message: until for message, until in self.seen.items() if until > before}
        self.forgotten = max(self.forgotten, before)
        ended = [document for document, (ends, _) in self.documents.items() if ends <= before]
        self.lost += sum(self.documents.pop(document)[1] > self.real() for document in ended)


def histories(count: int, seed: int, **changes: bool) -> list[History]:
    return [History(Random(seed + number), **changes).run(60) for number in range(count)]


def test_no_history_of_two_nodes_answers_a_replay_or_loses_a_listed_document():
    ran = histories(1000 if LONG else 150, SEED)
    assert sum(one.replays for one in ran) == 0
    assert sum(one.lost for one in ran) == 0
    served, asked = sum(one.served for one in ran), sum(one.asked for one in ran)
    assert served / asked > 0.5, (served, asked)


def test_the_same_histories_without_a_witness_answer_replays_and_lose_documents():
    ran = histories(50, 20261201, witnessed=False)
    assert sum(one.replays for one in ran) > 0
    assert sum(one.lost for one in ran) > 0
