"""`python -m tests.prove.seeded`: mutants of a group of rooms, drawn by a seed; each must fail a test.

Of what reads clinical documents (``--rooms transformers``) a condition is negated, a raise dropped, a value that is
absent taken for there; of what the gateway decides (``--rooms gateway``) every change of a decision is drawn. Every
mutant has a rank made of the seed and of its own line, so that a change elsewhere in the code leaves the draw as it
was. `make prove` draws 300 of the day's seed; ``--seed 20261201 --count 100`` is the list that was gone through by
hand. The tests nearest to the module run first, then those of its package and of its room, then those that see the
room through a node. Survivors that are proven equivalent stand in `equivalents.csv`.
"""

import argparse
import ast
import hashlib
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.prove.equivalents import argued, key_of
from tests.prove.forked import run_tests, seed_of_the_day
from tests.prove.instead import ROOT
from tests.prove.mutants import Change, Site, deciding_changes, reading_changes, sites_of
from tests.support.machine.syntax import tree


@dataclass(frozen=True)
class Group:
    """Rooms whose mutants are of one kind."""

    changes: Callable[[ast.AST], Iterator[tuple[str, Change]]]
    tests: dict[str, tuple[str, ...]]
    """The tests of each room, in the order in which they are tried."""


_NODES = ("tests/strangers", "tests/acceptance/test_reads.py", "tests/acceptance/test_refusals.py")
GROUPS = {
    "transformers": Group(
        reading_changes, {room: (f"tests/{room}",) for room in ("transformers/cda", "transformers/norway")}
    ),
    "gateway": Group(
        deciding_changes,
        {
            "gateway/exchange": ("tests/gateway/exchange", *_NODES),
            "gateway/peers": ("tests/gateway/exchange", "tests/strangers"),
            "gateway/wire": ("tests/gateway/wire", *_NODES),
            "gateway/national": ("tests/gateway/national", "tests/acceptance/test_national_faults.py", *_NODES),
            "gateway/store": ("tests/gateway/store", "tests/gateway/evidence", "tests/acceptance/test_clocks.py"),
            "gateway/counter": ("tests/gateway/counter", "tests/gateway/handouts"),
            "gateway/handouts": ("tests/gateway/handouts",),
            "gateway/journal": ("tests/gateway/journal",),
            "gateway/pipeline": ("tests/gateway/pipeline", "tests/gateway/faces", *_NODES),
        },
    ),
}
_PASSED, _NONE_COLLECTED = 0, 5
_SECONDS = 900


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rooms", choices=tuple(GROUPS), default="transformers")
    arguments.add_argument("--seed", type=int, help="the day's, unless another is asked for")
    arguments.add_argument("--count", type=int, default=300)
    arguments.add_argument("--only", default="", help="part of a path")
    arguments.add_argument("--from", dest="first", type=int, default=0, help="how many of the draw were run before")
    arguments.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    options = arguments.parse_args()
    seed = seed_of_the_day() if options.seed is None else options.seed
    chosen = [one for one in drawn(options.rooms, seed, options.count)[options.first :] if options.only in one.path]
    with ThreadPoolExecutor(options.jobs) as pool:
        lived = [one for one, dead in zip(chosen, pool.map(_told, chosen), strict=True) if not dead]
    unexplained = [one for one in lived if key_of(one) not in argued()]
    sys.stdout.write(
        f"seed {seed}: {len(chosen)} mutants, {len(chosen) - len(lived)} killed, "
        f"{len(lived) - len(unexplained)} proven equivalent, {len(unexplained)} survived\n"
    )
    sys.exit(1 if unexplained else 0)


def drawn(rooms: str, seed: int, count: int) -> list[Site]:
    """So many mutants of a group of rooms, by the rank that the seed gives each."""
    ranked = sorted(_all(rooms), key=lambda one: _rank(seed, *one))
    return [site for site, _ in ranked[:count]]


@cache
def _all(rooms: str) -> tuple[tuple[Site, int], ...]:
    """Every mutant with its number among those of an equal key."""
    found = []
    group = GROUPS[rooms]
    for path in (path for room in group.tests for path in sorted((ROOT / room).rglob("*.py")) if _stands_in(path)):
        seen = Counter[tuple[str, str, str]]()
        name = str(path.relative_to(ROOT))
        for site in sites_of(name, path.read_text("utf-8"), group.changes):
            seen[key_of(site)] += 1
            found.append((site, seen[key_of(site)]))
    return tuple(found)


def _stands_in(path: Path) -> bool:
    """Whether a mutant of the module is what runs. alembic reads migrations from their files, and no import."""
    return "migrations/versions" not in path.as_posix()


def _rank(seed: int, site: Site, number: int) -> str:
    named = "\n".join((str(seed), *key_of(site), str(number)))
    return hashlib.sha256(named.encode()).hexdigest()


def _told(site: Site) -> bool:
    """Whether a test fails, or hangs, with the mutant in place; said at once, for a run takes long."""
    mutant = site.mutant()
    dead = any(
        run_tests(mutant, tests, _SECONDS) not in (_PASSED, _NONE_COLLECTED) for tests in nearest_tests(mutant.path)
    )
    said = "killed" if dead else "equivalent" if key_of(site) in argued() else "SURVIVED"
    sys.stdout.write(f"{said:10} {mutant.name}    {key_of(site)[1]}\n")
    sys.stdout.flush()
    return dead


def nearest_tests(path: str) -> Iterator[list[str]]:
    """Tests in the order in which they are tried: those that import the module, then its package's, then its room's."""
    module = Path(path)
    room, tests = next(
        (room, tests) for group in GROUPS.values() for room, tests in group.tests.items() if path.startswith(f"{room}/")
    )
    near = [test for test, names in _imports(tests[0]).items() if path.removesuffix(".py").replace("/", ".") in names]
    near += [str(test.relative_to(ROOT)) for test in sorted((ROOT / tests[0]).rglob(f"test_{module.stem}*.py"))]
    above = next(f"tests/{above}" for above in map(str, module.parents) if (ROOT / "tests" / above).is_dir())
    package = above if above.startswith(f"tests/{room}") else tests[0]
    steps = (tuple(dict.fromkeys(near)), (package,), *((one,) for one in tests))
    yield from (list(step) for step in dict.fromkeys(steps) if step)


@cache
def _imports(tests: str) -> dict[str, set[str]]:
    """The modules that each test of a folder imports itself."""
    found = {}
    for test in sorted((ROOT / tests).rglob("test_*.py")):
        nodes = ast.walk(tree(test))
        found[str(test.relative_to(ROOT))] = {
            node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module
        }
    return found


if __name__ == "__main__":
    main()
