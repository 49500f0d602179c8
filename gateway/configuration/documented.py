"""Every key that a node may be set by: its place and type from the typed tables, its words from the shipped file.

A key that the shipped file does not name, behind a ``#`` where it may be left out, or that has no comment there, has no
words; a test fails for it.
"""

import re
import types
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from gateway.configuration.stated import StatedKey, stated_keys

_NUMBER: Final = re.compile(r"\.[0-9]+(?=\.|$)")
_BOUNDS: Final = ("ge", "le", "gt", "min_length")
"""Names that a field's bounds carry."""
_PLAIN: Final = {
    str: "text",
    int: "number",
    bool: "true or false",
    Path: "path",
    timedelta: "duration",
    date: "date",
}


@dataclass(frozen=True, slots=True)
class DocumentedKey:
    """A key and what there is to know of it."""

    key: str
    """Dotted, below its table: ``node.country``; of a row of an array: ``country.wave``."""
    words: str
    takes: str
    """What may be written: a type, bounds or the words to choose from."""
    required: bool
    """Whether a file that replaces the shipped one must state it."""


def documented_keys(file: type[BaseModel], shipped: str) -> list[DocumentedKey]:
    """The keys of a file by its type, with the words of the shipped one's text for them, without their source."""
    words: dict[str, str] = {}
    for one in stated_keys(shipped, commented_out=True):
        words.setdefault(_unnumbered(one), "")
        words[_unnumbered(one)] = words[_unnumbered(one)] or one.words.partition("source:")[0].strip(" ;")
    return [
        DocumentedKey(key, words.get(key, ""), _takes(field.annotation, field.metadata), field.is_required())
        for key, field in _fields(file, "")
    ]


def _unnumbered(one: StatedKey) -> str:
    return _NUMBER.sub("", one.path)


def _fields(table: type[BaseModel], path: str) -> Iterator[tuple[str, FieldInfo]]:
    """Each field that is no table of fields, by its dotted key."""
    for name, field in table.model_fields.items():
        key = f"{path}.{name}".lstrip(".")
        inner = _table(field.annotation)
        if inner is None:
            yield key, field
        else:
            yield from _fields(inner, key)


def _table(kind: Any) -> type[BaseModel] | None:  # noqa: ANN401 - what stands behind a field's colon is any object
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    if get_origin(kind) in (Union, types.UnionType, tuple):
        return next((found for found in map(_table, get_args(kind)) if found is not None), None)
    return None


def _takes(kind: Any, bounds: Collection[Any] = ()) -> str:  # noqa: ANN401 - what stands behind a field's colon is any object
    origin, inner = get_origin(kind), [one for one in get_args(kind) if one not in (type(None), Ellipsis)]
    if origin is Literal:
        return " or ".join(f"`{one}`" for one in inner)
    if origin in (Union, types.UnionType):
        return _takes(inner[0], bounds)
    if origin is not None and hasattr(kind, "__metadata__"):
        return _takes(inner[0], (*kind.__metadata__, *bounds))
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return " or ".join(f"`{one}`" for one in kind)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"table of {_takes(inner[1])}"
    if isinstance(origin, type) and issubclass(origin, Collection):
        return f"list of {_takes(inner[0])}"
    return " ".join(filter(None, (_PLAIN[kind], _bounded(bounds))))


def _bounded(bounds: Collection[Any]) -> str:
    stated = {name: value for one in bounds for name in _BOUNDS if (value := getattr(one, name, None)) is not None}
    least, most, above = (stated.get(name) for name in ("ge", "le", "gt"))
    if "min_length" in stated:
        return "that is not empty"
    if above is not None:
        return "above 0"
    if least is None and most is None:
        return ""
    return f"from {least}" if most is None else f"{least} to {most}"


def as_table(keys: Mapping[str, list[DocumentedKey]], values: Mapping[str, Mapping[str, str]]) -> str:
    """The keys as a page in Markdown, a table for each file; ``values`` are the shipped ones by file and key."""
    lines: list[str] = []
    for file, rows in keys.items():
        lines += [f"### {file}.toml", "", "| Key | What it says | Takes | Shipped |", "|---|---|---|---|"]
        for row in rows:
            shipped = values[file].get(row.key)
            cells = (f"`{row.key}`", row.words, row.takes, shipped or "")
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"
