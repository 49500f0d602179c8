"""The operator's log is a side channel: whatever it is written to, answers and evidence are the same."""

import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import structlog

from gateway.evidence.event import Outcome
from gateway.node.log import log_as_json
from gateway.pipeline.answer import Reply
from gateway.side_channel import SideChannel
from tests.support.nodes.in_process import InProcess, discover, hcp, in_process

_SECONDS = 30.0
_Opened = Callable[[Path], tuple[int, tuple[int, ...]]]


def full_disk(_folder: Path) -> tuple[int, tuple[int, ...]]:
    return os.open("/dev/full", os.O_WRONLY), ()


def closed_pipe(_folder: Path) -> tuple[int, tuple[int, ...]]:
    reader, writer = os.pipe()
    os.close(reader)
    return writer, ()


def no_permission(folder: Path) -> tuple[int, tuple[int, ...]]:
    (folder / "log").touch()
    return os.open(folder / "log", os.O_RDONLY), ()


def pipe_that_nobody_reads(_folder: Path) -> tuple[int, tuple[int, ...]]:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writer, b"#" * 4096)
    os.set_blocking(writer, True)
    return writer, (reader,)


@contextmanager
def logging_to(descriptor: int, **how: str) -> Iterator[SideChannel]:
    """The log as a node sets it up."""
    before, handlers, level = structlog.get_config(), logging.root.handlers[:], logging.root.level
    logging.root.handlers.clear()  # the test runner's are not the node's to close
    try:
        yield log_as_json(descriptor, **how)
    finally:
        structlog.configure(**before)
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)


def asked(node: InProcess) -> Reply:
    return node.soap("xcpd", discover(), hcp())


@pytest.mark.parametrize("opened", [full_disk, closed_pipe, no_permission])
def test_a_log_that_cannot_be_written_is_counted_and_changes_neither_answer_nor_evidence(
    tmp_path: Path, opened: _Opened
):
    usual, node = in_process(), in_process()
    as_usual = asked(usual)
    descriptor, _ = opened(tmp_path)
    with logging_to(descriptor) as channel:
        assert asked(node) == as_usual
        assert channel.drain(_SECONDS)
    os.close(descriptor)
    assert node.rows.events == usual.rows.events
    assert [event.outcome for event in node.rows.events] == [Outcome.SUCCESS]
    state = channel.state()
    assert (state.failed, state.failing, state.done) == (1, True, 0)


def test_a_pipe_that_nobody_reads_holds_no_answer_and_what_has_no_room_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("gateway.node.log._CAPACITY", 2)
    node = in_process()
    as_usual = asked(in_process())
    writer, (reader,) = pipe_that_nobody_reads(tmp_path)
    with logging_to(writer) as channel:
        assert asked(node) == as_usual
        for number in range(5):
            structlog.get_logger("test").info("line", number=number)
        state = channel.state()
        assert (state.dropped, state.failing, state.done) == (6 - state.waiting, True, 0)
        assert state.waiting in (2, 3)
        while not channel.drain(0.01):  # somebody reads again: what waited is written
            os.read(reader, 65536)
    os.close(writer)
    os.close(reader)
    assert channel.state().done == state.waiting
    assert [event.outcome for event in node.rows.events] == [Outcome.SUCCESS]


def test_a_log_that_can_be_written_has_one_json_object_a_line():
    reader, writer = os.pipe()
    with logging_to(writer) as channel:
        asked(in_process())
        assert channel.drain(_SECONDS)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        (line,) = file.read().splitlines()
    said = json.loads(line)
    assert (said["event"], said["outcome"], said["level"]) == ("answered", "success", "info")
    assert not channel.state().failing


@pytest.mark.parametrize(
    ("level", "written"),
    [
        ("info", ["info", "warning", "error", "warning", "error"]),
        ("warning", ["warning", "error", "warning", "error"]),
        ("error", ["error", "error"]),
    ],
)
def test_what_is_less_grave_than_the_level_is_not_written_a_librarys_neither(level: str, written: list[str]):
    reader, writer = os.pipe()
    with logging_to(writer, level=level) as channel:
        ours, theirs = structlog.get_logger("test"), logging.getLogger("uvicorn.error")
        for one in ("info", "warning", "error"):
            getattr(ours, one)("line")
        for one in ("info", "warning", "error"):
            getattr(theirs, one)("line")
        assert channel.drain(_SECONDS)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        assert [json.loads(line)["level"] for line in file] == written


def test_a_librarys_line_goes_the_same_way_without_what_was_filled_in():
    reader, writer = os.pipe()
    with logging_to(writer) as channel:
        fault = ValueError("13877512345")
        logging.getLogger("uvicorn.error").error("of %s\nmore", "13877512345", exc_info=fault)
        logging.getLogger("uvicorn.error").warning(ValueError("13877512345"))
        assert channel.drain(_SECONDS)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        content = file.read()
    assert b"13877512345" not in content
    first, second = map(json.loads, content.splitlines())
    assert (first["library"], first["message"], first["fault"], first["level"]) == (
        "uvicorn.error", "of %s", "ValueError", "error"
    )  # fmt: skip
    assert (second["message"], second["fault"], second["level"]) == ("ValueError", None, "warning")
