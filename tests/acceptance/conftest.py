"""One world for each test process: simulator, node of Norway, node of Portugal; stopped at the end."""

from collections.abc import Iterator

import pytest

from gateway import clock
from gateway.demonstration.world import build_world
from tests.support.nodes.node import Abroad


@pytest.fixture(scope="session")
def abroad_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Abroad]:
    norway = {"NCPEH_TERMINOLOGY_API__ENABLED": "true", "NCPEH_TERMINOLOGY_API__PORT": "0"}
    world = build_world(tmp_path_factory.mktemp("world"), clock.now(), norway)
    try:
        yield Abroad(world)
    finally:
        world.stop()


@pytest.fixture
def abroad(abroad_session: Abroad) -> Abroad:
    """Portugal, with nothing asked of Norway's services yet."""
    abroad_session.reset()
    return abroad_session
