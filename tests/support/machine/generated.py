"""How many generated examples a property test looks at: all in `make prove`, a quarter of them in `make test`."""

import os

from hypothesis import HealthCheck, Phase, settings

ALL = os.environ.get("NCPEH_PROVE") == "1"


def examples(count: int) -> int:
    """``count`` in the long form, a quarter otherwise."""
    return count if ALL else count // 4


def pivots(count: int) -> settings:
    """The same pivots every time. Shrinking takes minutes here and is left out: a failure comes again by itself."""
    return settings(
        max_examples=examples(count),
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
