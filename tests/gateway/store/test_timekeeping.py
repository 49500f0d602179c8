"""Which clocks a node asks, and what it writes down for the others: on both databases, with clocks moved by hand."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from sqlalchemy import text

from gateway.clock import JUMP, MARGIN, STEADY, ClockStanding
from gateway.errors import ClockAlone, MemoryForgotten
from gateway.store.engine import Store
from gateway.store.moments import from_microseconds
from gateway.store.seen import SeenOnceInStore
from gateway.store.timekeeping import LIVE, AnswerDates, Timekeeper, accept_clock

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
KEPT = timedelta(hours=4)
SECOND = timedelta(seconds=1)


@dataclass
class Machine:
    """The clocks of one node. They stand still unless moved; the monotonic one begins where the real one of this
    machine may, and on PostgreSQL the server's clock is the real one, so that tests there take no time."""

    wall: datetime
    monotonic: timedelta = timedelta(days=1)

    def passes(self, time: timedelta) -> None:
        self.wall += time
        self.monotonic += time


@dataclass
class Node:
    """One process of a node and its clocks."""

    machine: Machine
    keeper: Timekeeper
    dates: AnswerDates


def node(store: Store, name: str, machine: Machine) -> Node:
    def wall() -> datetime:
        return machine.wall

    def monotonic() -> timedelta:
        return machine.monotonic

    dates = AnswerDates(wall, monotonic)
    keeper = Timekeeper(store, name, wall=wall, monotonic=monotonic, dates=dates, longest_kept=KEPT)
    return Node(machine, keeper, dates)


@pytest.fixture
def now(store: Store) -> datetime:
    """The time by the database server; by SQLite nothing tells it."""
    if store.engine.dialect.name == "sqlite":
        return datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
    with store.reading() as connection:
        at: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return at.astimezone(UTC)


def test_a_node_alone_on_its_database_is_unwitnessed_and_serves(store: Store, now: datetime):
    first = node(store, "no-1", Machine(now))
    assert first.keeper.look().standing is ClockStanding.UNWITNESSED
    first.keeper.require()


def test_of_two_nodes_the_second_with_another_time_stands_alone_and_the_first_goes_on(store: Store, now: datetime):
    first, second = node(store, "no-1", Machine(now)), node(store, "no-2", Machine(now + 5 * HOUR))
    first.keeper.look()
    assert second.keeper.look().delete_before is None
    with pytest.raises(ClockAlone):
        second.keeper.require()
    assert first.keeper.look().standing is ClockStanding.UNWITNESSED
    first.keeper.require()


def test_two_nodes_that_tell_the_same_time_witness_each_other(store: Store, now: datetime):
    first, second = node(store, "no-1", Machine(now)), node(store, "no-2", Machine(now + 4 * MINUTE))
    first.keeper.look()
    assert second.keeper.look().standing is ClockStanding.WITNESSED
    assert first.keeper.look().standing is ClockStanding.WITNESSED
    assert second.keeper.look().delete_before == second.machine.wall - MARGIN


def test_another_process_of_the_same_node_witnesses_nothing(store: Store, now: datetime):
    first, second = node(store, "no-1", Machine(now)), node(store, "no-1", Machine(now))
    first.keeper.look()
    assert second.keeper.look().standing is ClockStanding.UNWITNESSED


def test_a_node_that_has_been_silent_for_over_three_minutes_witnesses_nothing(store: Store, now: datetime):
    first, second = node(store, "no-1", Machine(now)), node(store, "no-2", Machine(now + 5 * HOUR))
    first.keeper.look()
    aged(store, LIVE + SECOND, second.machine)
    assert second.keeper.look().standing is ClockStanding.UNWITNESSED
    with store.unit_of_work() as unit:
        unit.connection.execute(text("DELETE FROM node_clocks WHERE node = 'no-2'"))
    first.keeper.look()
    aged(store, LIVE - SECOND, second.machine)
    assert second.keeper.look().standing is ClockStanding.ALONE


def test_a_node_that_read_another_clock_beside_its_own_witnesses_nothing(store: Store, now: datetime):
    """A machine that was started anew counts its monotonic clock from elsewhere: the two cannot be compared."""
    first, second = node(store, "no-1", Machine(now)), node(store, "no-2", Machine(now + 5 * HOUR))
    first.keeper.look()
    with store.unit_of_work() as unit:
        unit.connection.execute(text("UPDATE node_clocks SET reference = 'an earlier boot'"))
    assert second.keeper.look().standing is ClockStanding.UNWITNESSED
    with store.unit_of_work() as unit:
        unit.connection.execute(text("DELETE FROM node_clocks WHERE node = 'no-2'"))
    first.keeper.look()
    assert second.keeper.look().standing is ClockStanding.ALONE


def aged(store: Store, time: timedelta, machine: Machine) -> None:
    """The other node's row is as old as that: by the server's clock, or by this machine's monotonic one."""
    if store.engine.dialect.name == "sqlite":
        machine.monotonic = timedelta(days=1) + time
        return
    with store.unit_of_work() as unit:
        earlier = text("UPDATE node_clocks SET wall = wall - :age, reference_at = reference_at - :age")
        unit.connection.execute(earlier, {"age": time // timedelta(microseconds=1)})


def test_who_stood_alone_does_so_after_a_restart_too(store: Store, now: datetime):
    first, second = node(store, "no-1", Machine(now)), node(store, "no-2", Machine(now + 5 * HOUR))
    first.keeper.look()
    second.keeper.look()
    with store.unit_of_work() as unit:
        unit.connection.execute(text("DELETE FROM node_clocks WHERE node = 'no-1'"))
    again = node(store, "no-2", second.machine)
    assert again.keeper.look().standing is ClockStanding.ALONE


def test_the_date_of_an_answer_is_a_witness_for_ten_minutes(store: Store, now: datetime):
    first = node(store, "no-1", Machine(now))
    first.dates.answered("helseid.example", {"date": format_datetime(now + MINUTE, usegmt=True)})
    assert first.keeper.look().standing is ClockStanding.WITNESSED
    first.machine.passes(10 * MINUTE)
    assert first.keeper.look().standing is ClockStanding.WITNESSED
    first.machine.passes(SECOND)
    assert first.keeper.look().standing is ClockStanding.UNWITNESSED


def test_an_older_date_contradicts_a_clock_that_jumped_since(store: Store, now: datetime):
    first = node(store, "no-1", Machine(now))
    first.dates.answered("helseid.example", {"date": format_datetime(now, usegmt=True)})
    first.keeper.look()
    first.keeper.require()
    first.machine.wall += 5 * HOUR
    with pytest.raises(ClockAlone):
        first.keeper.require()


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 02 Mar 2026 10:30:00", "Mon, 99 Mar 2026 10:30:00 GMT"])
def test_a_date_that_cannot_be_read_witnesses_nothing(store: Store, now: datetime, date: str):
    first = node(store, "no-1", Machine(now))
    first.dates.answered("helseid.example", {"date": date} if date else {})
    assert first.dates.testimonies() == []


def test_a_jump_is_looked_at_before_the_next_request(store: Store, now: datetime):
    first, second = node(store, "no-1", Machine(now)), node(store, "no-2", Machine(now))
    first.keeper.look()
    second.keeper.look()
    first.machine.wall += JUMP
    second.machine.wall += 5 * HOUR
    first.keeper.require()
    with pytest.raises(ClockAlone):
        second.keeper.require()


def test_a_row_from_the_future_is_an_alarm_and_no_stop(store: Store, now: datetime):
    ahead = node(store, "no-1", Machine(now + 5 * HOUR))
    ahead.keeper.look()
    again = node(store, "no-1", Machine(now))
    for _ in range(2):
        again.keeper.look()
        again.keeper.require()
        assert again.keeper.future == 5 * HOUR


def test_a_row_at_most_ten_minutes_ahead_is_no_alarm(store: Store, now: datetime):
    node(store, "no-1", Machine(now + MARGIN)).keeper.look()
    again = node(store, "no-1", Machine(now))
    again.keeper.look()
    assert again.keeper.future is None


def test_an_accepted_clock_ends_the_alarm_and_the_standing_alone(store: Store, now: datetime):
    first, second = node(store, "no-1", Machine(now + 5 * HOUR)), node(store, "no-2", Machine(now))
    first.keeper.look()
    assert second.keeper.look().standing is ClockStanding.ALONE
    aged(store, LIVE + MINUTE, second.machine)
    assert second.keeper.look().standing is ClockStanding.ALONE
    assert second.keeper.future is not None
    with store.unit_of_work() as unit:
        accept_clock(unit, second.machine.wall, KEPT)
    assert second.keeper.look().standing is ClockStanding.UNWITNESSED
    assert second.keeper.future is None


def test_an_accepted_clock_answers_nothing_again(store: Store, now: datetime):
    seen = SeenOnceInStore(store)
    seen.first_seen("message", "1", "a", now + HOUR, now)
    seen.purge(now + timedelta(days=365))
    with pytest.raises(MemoryForgotten):
        seen.first_seen("message", "2", "b", now + KEPT + SECOND, now)
    with store.unit_of_work() as unit:
        accept_clock(unit, now, KEPT)
    with pytest.raises(MemoryForgotten):
        seen.first_seen("message", "1", "b", now + HOUR, now)
    assert seen.first_seen("message", "2", "b", now + KEPT + SECOND, now) == "b"


def test_what_is_believed_of_the_time_outlives_the_process(store: Store, now: datetime):
    first = node(store, "no-1", Machine(now))
    first.keeper.look()
    wrong = node(store, "no-1", Machine(now + 5 * HOUR))
    wrong.keeper.look()
    wrong.machine.passes(STEADY)
    assert wrong.keeper.look().delete_before == now + STEADY - MARGIN


def test_a_look_older_than_three_minutes_is_looked_at_again_before_it_is_gone_by(store: Store, now: datetime):
    def looked_last() -> datetime:
        with store.reading() as connection:
            return from_microseconds(connection.execute(text("SELECT wall FROM node_clocks")).scalar_one())

    machine = Machine(now)
    keeper = node(store, "no-1", machine).keeper
    keeper.look()
    machine.passes(LIVE)
    keeper.require()
    assert looked_last() == now
    machine.passes(SECOND)
    keeper.require()
    assert looked_last() == machine.wall
