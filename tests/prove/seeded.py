"""`python -m tests.prove.seeded`: mutants of what reads clinical documents, drawn by a seed; each must fail a test.

Drawn are changes of `transformers/cda` and `transformers/norway`: a condition negated, a raise dropped, a value that is
absent taken for there. Every mutant has a rank made of the seed and of its own line, so that a change elsewhere in the
code leaves the draw as it was. `make prove` draws 300 of the day's seed; ``--seed 20261201 --count 100`` is the list
that was gone through by hand. The tests nearest to the module run first, then those of its package and of its room.
Survivors that are proven equivalent stand in `equivalents.csv`.
"""

import argparse
import ast
import hashlib
import os
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from tests.prove.equivalents import argued, key_of
from tests.prove.forked import run_tests
from tests.prove.instead import ROOT
from tests.prove.mutants import Site, reading_changes, sites_of
from tests.support.machine.syntax import tree

ROOMS = ("transformers/cda", "transformers/norway")
_PASSED, _NONE_COLLECTED = 0, 5
_SECONDS = 900


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seed", type=int, help="the day's, unless another is asked for")
    arguments.add_argument("--count", type=int, default=300)
    arguments.add_argument("--only", default="", help="part of a path")
    arguments.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    options = arguments.parse_args()
    seed = _seed_of_the_day() if options.seed is None else options.seed
    chosen = [one for one in drawn(seed, options.count) if options.only in one.path]
    with ThreadPoolExecutor(options.jobs) as pool:
        lived = [one for one, dead in zip(chosen, pool.map(_told, chosen), strict=True) if not dead]
    unexplained = [one for one in lived if key_of(one) not in argued()]
    sys.stdout.write(
        f"seed {seed}: {len(chosen)} mutants, {len(chosen) - len(lived)} killed, "
        f"{len(lived) - len(unexplained)} proven equivalent, {len(unexplained)} survived\n"
    )
    sys.exit(1 if unexplained else 0)


def drawn(seed: int, count: int) -> list[Site]:
    """So many mutants of the rooms, by the rank that the seed gives each."""
    ranked = sorted(_all(), key=lambda one: _rank(seed, *one))
    return [site for site, _ in ranked[:count]]


@cache
def _all() -> tuple[tuple[Site, int], ...]:
    """Every mutant with its number among those of an equal key."""
    found = []
    for path in (path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))):
        seen = Counter[tuple[str, str, str]]()
        name = str(path.relative_to(ROOT))
        for site in sites_of(name, path.read_text("utf-8"), reading_changes):
            seen[key_of(site)] += 1
            found.append((site, seen[key_of(site)]))
    return tuple(found)


def _rank(seed: int, site: Site, number: int) -> str:
    named = "\n".join((str(seed), *key_of(site), str(number)))
    return hashlib.sha256(named.encode()).hexdigest()


def _seed_of_the_day() -> int:
    from tests.support.machine.generated import SEED  # it imports of ours what mutants are put in place of

    return SEED


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
    room = next(room for room in ROOMS if path.startswith(f"{room}/"))
    near = [test for test, names in _imports(room).items() if path.removesuffix(".py").replace("/", ".") in names]
    near += [str(test.relative_to(ROOT)) for test in sorted((ROOT / "tests" / room).rglob(f"test_{module.stem}*.py"))]
    package = next(f"tests/{above}" for above in map(str, module.parents) if (ROOT / "tests" / above).is_dir())
    steps = (list(dict.fromkeys(near)), [package], [f"tests/{room}"])
    yield from (list(tests) for tests in dict.fromkeys(map(tuple, steps)) if tests)


@cache
def _imports(room: str) -> dict[str, set[str]]:
    """The modules that each test of a room imports itself."""
    found = {}
    for test in sorted((ROOT / "tests" / room).rglob("test_*.py")):
        nodes = ast.walk(tree(test))
        found[str(test.relative_to(ROOT))] = {
            node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module
        }
    return found


if __name__ == "__main__":
    main()
