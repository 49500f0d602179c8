"""A node's id runs once on a database, by real processes: refused while it runs, free when it was killed."""

import json
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from gateway.demonstration.world import WorldError, start_node
from tests.support.machine.generated import of_the_day
from tests.support.machine.postgres import server
from tests.support.nodes.node import Abroad
from tests.support.nodes.worlds import abroad_in


@pytest.fixture(params=of_the_day("kind of database", ["sqlite", "postgresql"], 1))
def alone(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Abroad]:
    with ExitStack() as stack:
        own = {"NCPEH_LISTEN__WORKERS": "2"}
        if request.param == "postgresql":
            own["NCPEH_STORE__URL"] = stack.enter_context(server().database())
        yield stack.enter_context(abroad_in(tmp_path_factory.mktemp("once"), own))


def test_a_second_process_is_refused_until_the_first_was_killed_with_its_workers(alone: Abroad):
    world = alone.world
    first, before = world.processes["NO"], world.norway
    world.norway = {**before, "NCPEH_NODE__NODE_ID": "demo-no"}
    with pytest.raises(WorldError, match="a node of that id is running"):
        start_node(world, "NO", "NO-again")
    assert alone.discover().patients
    workers = json.loads((world.folder / "NO" / "NO.ready").read_text("utf-8"))["pids"]
    assert len(workers) == 2
    first.send_signal(signal.SIGKILL)
    first.wait()
    gone(workers)
    start_node(world, "NO", "NO-again")
    assert Abroad(world, "NO-again").discover().patients


def gone(pids: list[int]) -> None:
    """Return when none of them runs any more; three minutes are enough on the busiest machine."""
    for _ in range(18_000):
        if not any(Path(f"/proc/{pid}").exists() for pid in pids):
            return
        time.sleep(0.01)
    raise AssertionError(f"still there: {pids}")
