"""A side channel: bounded, counted, in order, and never waited for."""

import threading

import pytest

from gateway.side_channel import SideChannel

_SECONDS = 30.0


def test_what_is_given_is_done_in_order():
    channel, done = SideChannel("log"), list[int]()
    for number in range(200):
        channel.give(lambda number=number: done.append(number))
    assert channel.drain(_SECONDS)
    assert done == list(range(200))
    state = channel.state()
    assert (state.done, state.dropped, state.failed, state.failing, state.waiting) == (200, 0, 0, False, 0)


def test_what_fails_is_counted_with_its_class_and_the_next_one_is_done():
    channel, done = SideChannel("log"), list[str]()

    def fail() -> None:
        raise OSError(28, "13877512345")

    channel.give(fail)
    assert channel.drain(_SECONDS)
    assert (channel.state().failed, channel.state().failing, channel.state().fault) == (1, True, "OSError")
    channel.give(lambda: done.append("next"))
    assert channel.drain(_SECONDS)
    assert (done, channel.state().failing, channel.state().failed) == (["next"], False, 1)


def test_a_channel_that_is_stuck_holds_nobody_and_drops_what_has_no_room():
    channel, go, done = SideChannel("log", capacity=3), threading.Event(), list[int]()
    started = threading.Event()

    def stuck() -> None:
        started.set()
        assert go.wait(_SECONDS)

    channel.give(stuck)
    assert started.wait(_SECONDS)
    for number in range(10):
        channel.give(lambda number=number: done.append(number))
    assert not channel.drain(0.01)
    state = channel.state()
    assert (state.waiting, state.dropped, state.failing) == (4, 7, True)
    go.set()
    assert channel.drain(_SECONDS)
    assert done == [0, 1, 2]
    assert not channel.state().failing


def test_no_thread_to_be_had_is_a_drop_and_no_error(monkeypatch: pytest.MonkeyPatch):
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    channel, done = SideChannel("log"), list[int]()
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        channel.give(lambda: done.append(1))
    assert (done, channel.state().dropped) == ([], 1)
    channel.give(lambda: done.append(2))
    assert channel.drain(_SECONDS)
    assert done == [2]
