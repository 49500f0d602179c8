"""How long a held answer waits."""

import pytest

from gateway.soap_api.face import held_for


@pytest.mark.parametrize(
    ("taken", "waits"), [(0.0, 0.5), (0.125, 0.375), (0.5, 0.5), (0.625, 0.375), (4.0, 0.5), (4.25, 0.25)]
)
def test_a_held_answer_leaves_at_the_next_multiple_of_the_hold(taken: float, waits: float):
    assert held_for(taken, 0.5) == waits


def test_no_hold_waits_for_nothing():
    assert held_for(0.125, 0.0) == 0.0
