"""`python -m tests.prove.sixty`: a fixed list of mutants in `sixty.csv`, over all rooms, that `make test` must kill.

A row names its line by path, text and place among equal lines (``1/2``: the first of two), so that lines may move; what
of it is replaced and with what; what that would do to a person or a peer; whether the tests of commit 68b0afe that
mirror the module killed it (``before``); and a test that does now (``test``). A mutant that may live says why in
``survives``. The named test runs first, then those that mirror the module's package; ``--tests all`` goes on to every
test. The run fails when a mutant lives that gives no reason or was killed before, when a named test fails without any
mutant, or when the tests give no answer.
"""

import argparse
import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from tests.prove.forked import TIMED_OUT, run_tests
from tests.prove.instead import ROOT
from tests.prove.mutants import Mutant

LIST = Path(__file__).parent / "sixty.csv"
_SECONDS = 1800
_PASSED, _FAILED, _BROKEN_OFF = 0, 1, 2
_WITHOUT_MIRROR = {"gateway/peers": "tests/strangers", "gateway/exchange/country_b": "tests/strangers"}


class Answer(Enum):
    KILLED = "killed"
    SURVIVED = "survived"
    NONE = "no answer"


@dataclass(frozen=True)
class Row:
    id: str
    path: str
    line: str
    place: str
    old: str
    new: str
    effect: str
    before: str
    test: str
    survives: str

    def mutant(self) -> Mutant:
        """The module with this one change. Raises ValueError when its line, or what is replaced, is not there."""
        lines = (ROOT / self.path).read_text("utf-8").splitlines(keepends=True)
        places = [number for number, line in enumerate(lines) if line.strip() == self.line]
        which, of = map(int, self.place.split("/"))
        if len(places) != of:
            raise ValueError(f"{self.id}: {self.path} has {len(places)} lines {self.line!r}, not {of}")
        if self.line.count(self.old) != 1:
            raise ValueError(f"{self.id}: {self.old!r} stands not once in {self.line!r}")
        place = places[which - 1]
        lines[place] = lines[place].replace(self.old, self.new)
        return Mutant(self.path, place + 1, f"{self.old} -> {self.new}", "".join(lines))

    def fails(self, answer: Answer) -> bool:
        """Is this answer one that may not be?"""
        return answer is Answer.NONE or (answer is Answer.SURVIVED and (not self.survives or self.before == "killed"))


def rows() -> list[Row]:
    """The list, in its order."""
    with LIST.open(encoding="utf-8", newline="") as file:
        return [Row(**row) for row in csv.DictReader(file)]


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--only", nargs="+", default=[], metavar="ID", help="these mutants alone")
    arguments.add_argument("--tests", choices=("mirror", "all"), default="mirror")
    options = arguments.parse_args()
    asked = [row for row in rows() if not options.only or row.id in options.only]
    named = [row.test for row in asked if row.test]
    if not asked or (named and run_tests(None, named, _SECONDS) != _PASSED):
        sys.exit("no such mutant" if not asked else "a named test fails without a mutant: it proves nothing")
    answers = []
    for row in asked:
        answers.append(_answer(row, options.tests))
        sys.stdout.write(f"{'FAILED' if row.fails(answers[-1]) else 'ok':7}{answers[-1].value:10}{row.id}\n")
        sys.stdout.flush()
    before = sum(row.before == "killed" for row in asked)
    sys.stdout.write(f"{len(asked)} mutants, {before} killed before, {answers.count(Answer.KILLED)} killed now\n")
    sys.exit(any(row.fails(answer) for row, answer in zip(asked, answers, strict=True)))


def _answer(row: Row, how_many: str) -> Answer:
    mutant = row.mutant()
    for tests in _tests(row, how_many):
        code = run_tests(mutant, tests, _SECONDS)
        if code in (_FAILED, _BROKEN_OFF):
            return Answer.KILLED
        if code == TIMED_OUT:
            return Answer.NONE
        if code != _PASSED:
            raise RuntimeError(f"{row.id}: pytest could not run {tests} ({code})")
    return Answer.SURVIVED


def _tests(row: Row, how_many: str) -> Iterator[list[str]]:
    if row.test:
        yield [row.test]
    module = Path(row.path)
    package = next(p for p in map(str, module.parents) if p in _WITHOUT_MIRROR or (ROOT / "tests" / p).is_dir())
    mirror = _WITHOUT_MIRROR.get(package, f"tests/{package}")
    if near := [str(p.relative_to(ROOT)) for p in sorted((ROOT / mirror).rglob(f"test_{module.stem}*.py"))]:
        yield near
    yield [mirror]
    if how_many == "all":
        yield ["tests"]


if __name__ == "__main__":
    main()
