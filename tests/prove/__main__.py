"""`make prove`, mutation: every decision of trust/ and admission is mutated; each mutant must make a test fail.

Each mutant lives in a forked child that imports the mutated module instead of ours and runs the tests that mirror it,
then all of tests/trust if those pass. Survivors that are proven equivalent stand in `equivalents.csv`, with the reason.
The readers' mutants, drawn by a seed, are `tests.prove.seeded`'s.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.prove.equivalents import argued, key_of
from tests.prove.forked import run_tests
from tests.prove.instead import ROOT
from tests.prove.mutants import Mutant, mutants_of

SECONDS = 120
NOT_DECISIONS = ("trust/pki.py", "trust/pki_layout.py")  # makes test certificates; decides nothing


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--only", default="", help="part of a path")
    arguments.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    options = arguments.parse_args()
    modules = [path for path in _modules() if options.only in path]
    mutants = [m for path in modules for m in mutants_of(path, (ROOT / path).read_text("utf-8"))]
    with ThreadPoolExecutor(options.jobs) as pool:
        killed = list(pool.map(_killed, mutants))
    survivors = [m for m, dead in zip(mutants, killed, strict=True) if not dead]
    unexplained = [m for m in survivors if key_of(m) not in argued()]
    for mutant in unexplained:
        sys.stdout.write(f"SURVIVED {mutant.name}    {key_of(mutant)}\n")
    sys.stdout.write(
        f"{len(mutants)} mutants of {len(modules)} modules, {len(mutants) - len(survivors)} killed, "
        f"{len(survivors) - len(unexplained)} proven equivalent, {len(unexplained)} survived\n"
    )
    sys.exit(1 if unexplained else 0)


def _modules() -> Iterator[str]:
    for path in sorted((ROOT / "trust").rglob("*.py")):
        name = str(path.relative_to(ROOT))
        if name not in NOT_DECISIONS:
            yield name
    yield "gateway/admission.py"


def _killed(mutant: Mutant) -> bool:
    return any(_fails(mutant, tests) for tests in _tests(mutant.path))


def _tests(path: str) -> list[list[str]]:
    if path.startswith("gateway/"):
        return [["tests/gateway/test_admission.py"]]
    name = Path(path).stem
    near = [str(p.relative_to(ROOT)) for p in sorted((ROOT / "tests" / "trust").rglob(f"test_{name}*.py"))]
    if path.startswith("trust/saml/"):
        near = ["tests/trust/saml"]
    return ([near] if near else []) + [["tests/trust"]]


def _fails(mutant: Mutant, tests: list[str]) -> bool:
    """Whether a test fails, or hangs, with the mutant in place."""
    return run_tests(mutant, tests, SECONDS) != 0


if __name__ == "__main__":
    main()
