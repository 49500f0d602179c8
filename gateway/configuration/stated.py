"""What a TOML file states, key by key: its value, the line it stands on and the comment that says what it is.

TOML 1.0. The library that reads TOML tells no lines, so statements are told apart here and read by it one at a time.
"""

import contextlib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

_NAMES: Final = ("code", "id", "cause", "key")
"""What tells the rows of an array of tables apart, in this order, where each row has another."""
_COMMENTED_OUT: Final = re.compile(r"#\s*(\[{1,2}[\w.]+\]{1,2}.*|[a-z_]+ = .*)")


@dataclass(frozen=True, slots=True)
class StatedKey:
    """A key, table or row of a file, and where it stands."""

    path: str
    """Dotted; a row of an array of tables by its number: ``country.0.wave``."""
    line: int
    words: str
    """The comment on its line, else the comment lines right above it."""
    commented_out: bool = False


@dataclass(frozen=True, slots=True)
class StatedValue:
    """A value that is no table, and its two names: by number (`StatedKey.path`) and as a person reads it."""

    path: str
    name: str
    """Dotted; a row by what tells it apart: ``country.PT.wave``."""
    value: Any


def stated_values(table: Mapping[str, Any], path: str = "", name: str = "") -> Iterator[StatedValue]:
    """Each value of a parsed file that is no table, in its order."""
    for key, value in table.items():
        here, called = f"{path}.{key}".lstrip("."), f"{name}.{key}".lstrip(".")
        if isinstance(value, Mapping):
            yield from stated_values(value, here, called)
        elif isinstance(value, list) and value and all(isinstance(row, Mapping) for row in value):
            for number, (row, tells) in enumerate(zip(value, _row_names(value), strict=True)):
                yield from stated_values(row, f"{here}.{number}", f"{called}.{tells}")
        else:
            yield StatedValue(here, called, value)


def _row_names(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    for name in _NAMES:
        told = [row.get(name) for row in rows]
        if all(isinstance(one, str) for one in told) and len(set(told)) == len(told):
            return [str(one) for one in told]
    return [str(number) for number in range(len(rows))]


def stated_keys(text: str, *, commented_out: bool = False) -> list[StatedKey]:
    """Every key, table and row of a TOML file that can be read, in its order; tables that no line opens are left out.

    With ``commented_out`` those too that stand behind a ``#``, as keys that may be left out do in the shipped files.
    """
    return list(_keys(text, commented_out=commented_out))


@lru_cache(maxsize=32)  # each statement is parsed by itself, which takes as long as the files themselves
def _keys(text: str, *, commented_out: bool) -> tuple[StatedKey, ...]:
    return tuple(_Lines(commented_out=commented_out).keys(text))


class _Lines:
    """The place in a file: the table that is open, rows counted, comments that wait for their key."""

    def __init__(self, *, commented_out: bool) -> None:
        self._commented_out = commented_out
        self._table: tuple[str, ...] = ()
        self._rows: dict[tuple[str, ...], int] = {}
        self._above: list[str] = []

    def keys(self, text: str) -> Iterator[StatedKey]:
        statement, began, behind = "", 0, False
        for number, line in enumerate(text.splitlines(), start=1):
            if not statement:
                found = self._begun(line.strip())
                if found is None:
                    continue
                statement, behind = found
                began = number
            else:
                statement += f"\n{line}"
            with contextlib.suppress(tomllib.TOMLDecodeError):  # not whole yet
                parsed = tomllib.loads(statement)
                words = _comment(statement) or " ".join(self._above)
                yield from (StatedKey(path, began, words, behind) for path in self._paths(statement, parsed))
                statement, self._above = "", []

    def _begun(self, line: str) -> tuple[str, bool] | None:
        """A statement's first line, and whether it stands behind a ``#``; None for a blank or a comment."""
        if not line:
            self._above = []
            return None
        if not line.startswith("#"):
            return line, False
        behind = _COMMENTED_OUT.fullmatch(line) if self._commented_out else None
        if behind is None:
            self._above.append(line.lstrip("# "))
            return None
        return behind[1], True

    def _paths(self, statement: str, parsed: Mapping[str, Any]) -> Iterator[str]:
        if statement.startswith("["):
            self._table = self._opened(statement, parsed)
            yield ".".join(self._table)
            return
        for name in parsed:
            yield ".".join((*self._table, name))
        for one in stated_values(parsed):
            if one.path not in parsed:
                yield ".".join((*self._table, one.path))

    def _opened(self, header: str, parsed: Mapping[str, Any]) -> tuple[str, ...]:
        path: tuple[str, ...] = ()
        inside: Any = parsed
        while inside:
            inside = inside[0] if isinstance(inside, list) else inside
            if not inside:
                break
            (name,) = inside
            path, inside = (*path, *self._row(path), name), inside[name]
        if header.startswith("[["):
            self._rows[path] = self._rows.get(path, -1) + 1
        return (*path, *self._row(path))

    def _row(self, path: tuple[str, ...]) -> tuple[str, ...]:
        return (str(self._rows[path]),) if path in self._rows else ()


def _comment(statement: str) -> str:
    """The comment at the end of a statement's first line, empty when there is none."""
    first = statement.partition("\n")[0]
    for sign in re.finditer("#", first):
        with contextlib.suppress(tomllib.TOMLDecodeError):
            tomllib.loads(first[: sign.start()])
            return first[sign.end() :].strip()
    return ""
