"""A node that cannot start is given up at once, with its own words."""

import socket

import pytest

from gateway.demonstration.world import WorldError, start_node
from tests.support.nodes.node import Abroad


def test_a_port_that_is_taken_is_said_at_once(abroad: Abroad):
    world, before = abroad.world, abroad.world.norway
    with socket.create_server(("127.0.0.1", 0)) as taken:
        world.norway = {**before, "NCPEH_LISTEN__PORT": str(taken.getsockname()[1])}
        try:
            with pytest.raises(WorldError, match=r"NO-taken did not start .*it ended with status") as reason:
                start_node(world, "NO", "NO-taken")
        finally:
            world.norway = before
    assert "in use" in str(reason.value)
    assert abroad.discover().patients
