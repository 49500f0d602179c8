"""Mutants that may live: `equivalents.csv` names each by its file, its line's text and the change, and says why."""

import csv
from functools import cache
from pathlib import Path

from tests.prove.instead import ROOT
from tests.prove.mutants import Mutant, Site

LIST = Path(__file__).parent / "equivalents.csv"
Key = tuple[str, str, str]
"""Path, text of the line, change: stable while lines move."""


def key_of(one: Mutant | Site) -> Key:
    """The key of a change to the source as it is."""
    return one.path, _lines(one.path)[one.line - 1].strip(), one.what


@cache
def _lines(path: str) -> list[str]:
    return (ROOT / path).read_text("utf-8").splitlines()


@cache
def argued() -> dict[Key, str]:
    """The reason of each mutant that may live, by its key."""
    with LIST.open(encoding="utf-8", newline="") as file:
        return {(row["path"], row["line"], row["change"]): row["reason"] for row in csv.DictReader(file)}
