"""What the service needs of the node: a release for its wave, where it is on."""

import pytest

from gateway.configuration.settings import load
from gateway.node.agreed import waves_spoken


def test_a_node_without_the_service_needs_no_release_for_its_wave():
    agreed = {row.wave for row in load({}).countries.values()}
    assert waves_spoken(load({"NCPEH_TERMINOLOGY_API__WAVE": "4"})) == agreed
    assert 4 not in agreed


@pytest.mark.parametrize("switch", ["ENABLED", "PEERS"])
def test_a_node_with_the_service_needs_one(switch: str):
    given = {"NCPEH_TERMINOLOGY_API__WAVE": "4", f"NCPEH_TERMINOLOGY_API__{switch}": "true"}
    assert 4 in waves_spoken(load(given))
