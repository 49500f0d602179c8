"""One world for each test process: simulator, node of Norway, node of Portugal; stopped at the end."""

from collections.abc import Iterator

import pytest

from tests.support.nodes.node import Abroad
from tests.support.nodes.worlds import abroad_in


@pytest.fixture(scope="session")
def abroad_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Abroad]:
    norway = {"NCPEH_TERMINOLOGY_API__ENABLED": "true", "NCPEH_TERMINOLOGY_API__PORT": "0"}
    with abroad_in(tmp_path_factory.mktemp("world"), norway) as abroad:
        yield abroad


@pytest.fixture
def abroad(abroad_session: Abroad) -> Abroad:
    """Portugal, with nothing asked of Norway's services yet."""
    abroad_session.reset()
    return abroad_session
