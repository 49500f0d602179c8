"""A node whose log cannot be written answers as ever, and its evidence says so."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.demonstration.world import start_node
from tests.support.nodes.node import UNKNOWN, Abroad


def full_disk(log: Path) -> list[int]:
    log.symlink_to("/dev/full")
    return []


def pipe_that_nobody_reads(log: Path) -> list[int]:
    """Full to the brim before the node starts."""
    os.mkfifo(log)
    reader = os.open(log, os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(log, os.O_WRONLY | os.O_NONBLOCK)
    with suppress(BlockingIOError):
        while True:
            os.write(writer, b"#" * 4096)
    with suppress(BlockingIOError):
        while True:
            os.write(writer, b"#")
    return [reader, writer]


@contextmanager
def another_node(abroad: Abroad, name: str) -> Iterator[Abroad]:
    start_node(abroad.world, "NO", name)
    try:
        yield replace(abroad, node=name)
    finally:
        process = abroad.world.processes.pop(name)
        process.terminate()
        assert process.wait(60) == 0


@pytest.mark.parametrize("opened", [full_disk, pipe_that_nobody_reads])
def test_a_log_that_cannot_be_written_holds_no_answer_and_no_stop(abroad: Abroad, opened):
    name = f"NO-{opened.__name__}"
    held = opened(abroad.world.folder / f"{name}.log")
    try:
        with another_node(abroad, name) as node:
            assert [one.family for one in node.discover().patients] == [
                one.family for one in abroad.discover().patients
            ]
            assert node.discover(UNKNOWN).codes == abroad.discover(UNKNOWN).codes
            assert node.retrieve(node.listed().unique_id).documents
            event = node.event()
        assert (event["transaction"], event["outcome"]) == ("ITI-39", "success")
        assert abroad.intact()
    finally:
        for descriptor in held:
            os.close(descriptor)
