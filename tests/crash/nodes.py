"""A world of nodes for legs: the demo's, on the database and with as many Norwegian nodes as asked for."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from gateway.demonstration.readiness import StartedProcess
from gateway.demonstration.world import World, start_node
from tests.crash.run import Setting
from tests.crash.victims import Start
from tests.support.machine.postgres import server
from tests.support.nodes.node import Abroad
from tests.support.nodes.worlds import abroad_in


@contextmanager
def nodes_in(folder: Path, setting: Setting) -> Iterator[tuple[Abroad, Mapping[str, Start]]]:
    """Portugal in a new world, and how each Norwegian node is started; none runs yet."""
    with ExitStack() as stack:
        more = {}
        if setting.database == "postgresql":
            more = {"NCPEH_STORE__URL": stack.enter_context(server().database())}
        abroad = stack.enter_context(abroad_in(folder / "world", more, nodes=()))
        names = ["NO", *(f"NO-{number}" for number in range(2, setting.nodes + 1))]
        yield abroad, {name: _starter(abroad.world, name) for name in names}


def _starter(world: World, name: str) -> Start:
    def start(more: Mapping[str, str]) -> StartedProcess:
        world.processes.pop(name, None)
        start_node(world, "NO", name, more)
        return world.processes[name]

    return start
