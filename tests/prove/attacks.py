"""`python -m tests.prove.attacks`: the check that an attack's row names is removed, and the row's test must fail.

Drawn by a seed are rows of different checks: 30 of the day's seed in `make prove`, a few in `make test`. To remove a
check is to drop, in the function that the row names, each statement that raises the refusal or holds the words.
"""

import argparse
import ast
import random
import sys
from collections.abc import Callable, Iterator

from tests.attack.table import Expected, expected
from tests.prove.forked import run_tests, seed_of_the_day
from tests.prove.instead import ROOT
from tests.prove.mutants import Mutant

_SECONDS = 300
_FAILED = 1
_SIMPLE = (ast.Raise, ast.Expr, ast.Assign, ast.AugAssign)


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seed", type=int, help="the day's, unless another is asked for")
    arguments.add_argument("--count", type=int, default=30)
    arguments.add_argument("--only", nargs="+", default=[], metavar="CLASS/ATTACK", help="these rows alone")
    arguments.add_argument("--quick", action="store_true", help="none that waits for an end; the rows ran before")
    options = arguments.parse_args()
    if options.only:
        chosen = [row for row in expected() if row.id in options.only]
    else:
        seed = seed_of_the_day() if options.seed is None else options.seed
        chosen = drawn(seed, options.count, quick=options.quick)
    if not options.quick and run_tests(None, [row.test for row in chosen], _SECONDS) != 0:
        sys.exit("a row fails with its check in place: it proves nothing")
    lived = 0
    for row in chosen:
        fails = run_tests(without(row.check), [row.test], _SECONDS) == _FAILED
        lived += not fails
        sys.stdout.write(f"{'fails' if fails else 'PASSES'}  {row.id}    {row.check}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(chosen)} checks removed, {len(chosen) - lived} rows failed\n")
    sys.exit(1 if lived or not chosen else 0)


def drawn(seed: int, count: int, *, quick: bool = False) -> list[Expected]:
    """So many rows, each of another check."""
    rows = [row for row in expected() if not (quick and row.waits)]
    random.Random(seed).shuffle(rows)
    of_checks: dict[str, Expected] = {}
    for row in rows:
        of_checks.setdefault(row.check, row)
    return list(of_checks.values())[:count]


def without(check: str) -> Mutant:
    """The module without that check; where the function is gone, without all of the module that raises or says it.

    Raises LookupError when there is no statement to drop.
    """
    path, qualified, what = check.split(":", 2)
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    function = function_of(tree, qualified)
    dropped = _drop(function or tree, lambda one: what in ast.unparse(one))
    if function is not None and not dropped:
        # a refusal that is looked up (`raise _REPEATED[kind]`) does not stand in the statement that raises it
        dropped = _drop(function, lambda one: isinstance(one, ast.Raise))
    if not dropped:
        raise LookupError(f"{path}: {qualified} has no statement {what}")
    return Mutant(path, dropped, f"without {qualified}: {what}", ast.unparse(ast.fix_missing_locations(tree)))


def function_of(tree: ast.Module, qualified: str) -> ast.AST | None:
    """The function of that qualified name, None when there is none."""
    return next((node for name, node in _functions(tree, "") if name == qualified), None)


def _functions(node: ast.AST, before: str) -> Iterator[tuple[str, ast.AST]]:
    """Every function by its qualified name."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield before + child.name, child
            yield from _functions(child, f"{before}{child.name}.<locals>.")
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{before}{child.name}.")
        else:
            yield from _functions(child, before)


def _drop(function: ast.AST, is_meant: Callable[[ast.AST], bool]) -> int:
    """Put ``pass`` in place of each simple statement that is meant; the line of the last one, 0 for none."""
    line = 0
    for node in ast.walk(function):
        for _, body in ast.iter_fields(node):
            if not isinstance(body, list):
                continue
            for place, statement in enumerate(body):
                if isinstance(statement, _SIMPLE) and is_meant(statement):
                    line = statement.lineno
                    body[place] = ast.Pass()
    return line


if __name__ == "__main__":
    main()
