"""Worlds of the demo for tests: simulator, node of Norway, node of Portugal, each a process; stopped at the end."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from gateway import clock
from gateway.demonstration.world import COUNTRIES, build_world
from tests.support.callers.keys import same_keys
from tests.support.nodes.launched import launch
from tests.support.nodes.node import Abroad


@contextmanager
def abroad_in(folder: Path, norway: Mapping[str, str], nodes: Sequence[str] = COUNTRIES) -> Iterator[Abroad]:
    """Portugal in a new world; ``norway``: more of the Norwegian node's environment. Refusals are held for 0.2 s.

    ``nodes``: those that are started, as `build_world` has it.
    """
    more = {"NCPEH_LIMITS__ANSWER_HOLD": "PT0.2S", **norway}
    world = build_world(folder, clock.now(), more, same_keys(), launch, nodes)
    try:
        yield Abroad(world)
    finally:
        world.stop()
