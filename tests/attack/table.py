"""`attacks.csv`: a row for each attack, with the refusal that it must meet and the check that refuses it.

``class`` and ``attack`` name how it is made (the modules beside this one); ``refusal`` is the class of the refusal, or
why a connection ended; ``check`` is ``file:function:what``, where *what* is the class that the function raises, or the
words of the statement that refuses without raising.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TABLE = Path(__file__).parent / "attacks.csv"
_SOCKETS = "connections"


@dataclass(frozen=True)
class Expected:
    """One row."""

    kind: str
    attack: str
    refusal: str
    check: str

    @property
    def id(self) -> str:
        return f"{self.kind}/{self.attack}"

    @property
    def test(self) -> str:
        """The id of its test."""
        return f"tests/attack/test_attacks.py::test_refuses[{self.id}]"

    @property
    def waits(self) -> bool:
        """Whether it would wait for an end that does not come, were its check gone."""
        return self.kind == _SOCKETS


@cache
def expected() -> tuple[Expected, ...]:
    """The table, in its order."""
    return tuple(_rows())


def _rows() -> Iterator[Expected]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Expected(row["class"], row["attack"], row["refusal"], row["check"])
