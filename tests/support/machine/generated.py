"""Two forms of the tests, and what is drawn by chance in them.

The short form is `make test`: a property test looks at 25 examples (12 of whole pivots), a test of many heavy cases at
those of the day, and what is marked ``prove`` (an exhaustive form whose small form stands beside it) is not run. The
long form is `make prove`, by ``NCPEH_PROVE=1``: all of both; `.ci/run` runs what is marked.

Chance begins with one seed for a whole run, the day by default: other examples each day, the same again with
``NCPEH_SEED``.
"""

import os
import random
from collections.abc import Iterable, Sequence

import pytest
from _pytest.mark import ParameterSet
from hypothesis import HealthCheck, Phase, settings

from gateway import clock

LONG = os.environ.get("NCPEH_PROVE") == "1"
SEED = int(os.environ.get("NCPEH_SEED") or clock.now().strftime("%Y%m%d"))
os.environ["NCPEH_SEED"] = str(SEED)  # for the processes of this run, whatever day it is when they start
_SHORT, _SHORT_OF_PIVOTS = 25, 12


def examples(count: int) -> int:
    """``count`` in the long form, 25 at most otherwise."""
    return count if LONG else min(count, _SHORT)


def pivots(count: int) -> settings:
    """So many pivots. Shrinking takes minutes here and is left out: the seed brings a failure again."""
    return settings(
        max_examples=count if LONG else min(count, _SHORT_OF_PIVOTS),
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )


def choices(name: str) -> random.Random:
    """Choices of a test by its name, other ones each day."""
    return random.Random(f"{SEED} {name}")


def of_the_day(name: str, cases: Iterable[object], count: int) -> list[ParameterSet]:
    """Cases of a test as `pytest.mark.parametrize` takes them; a case of several values is a tuple.

    So many of them, drawn by the test's name, are run each day; the others are marked ``prove``, so that the long form,
    and `.ci/run` with the short form of its day, run every one.
    """
    every = list(cases)
    today = set(choices(name).sample(range(len(every)), min(count, len(every))))
    return [
        pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=() if n in today else pytest.mark.prove)
        for n, case in enumerate(every)
    ]


def set_up(config: pytest.Config) -> None:
    """Hypothesis by this run's form and seed. It states what is true, never how fast, and remembers nothing."""
    settings.register_profile("ncpeh", max_examples=examples(100), deadline=None, database=None, print_blob=True)
    settings.load_profile("ncpeh")
    if config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = SEED


def told() -> str:
    """What the head of a run says of its form and seed."""
    form = "long (NCPEH_PROVE=1)" if LONG else "short"
    return f"form: {form}; seed: {SEED} (again: NCPEH_SEED={SEED})"


def named_by_address(names: Iterable[str]) -> list[str]:
    """Tests named by where a value lies in memory, which is elsewhere in each worker: these then run nothing at all."""
    return [name for name in names if " at 0x" in name]


def left_to_prove(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Those that the short form leaves to `make prove` and `.ci/run`."""
    return [] if LONG else [item for item in items if item.get_closest_marker("prove") is not None]
