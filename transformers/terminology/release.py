"""A terminology release: value-set concepts, maps from national codes, designations by language. Immutable.

The starter release is read from CSV tables of our own; each row names its source. Nothing is guessed: a code has one
map to a value set or none, and why there is none can be a row too.
"""

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from transformers.model.values import Coding
from transformers.terminology.errors import (
    ReleaseEmpty,
    RowMalformed,
    RowRepeated,
    TableUnreadable,
    TargetUnknown,
    ValueSetEmpty,
)

_CONCEPTS = ("value_set", "system", "system_name", "version", "code", "display", "source")
_MAPS = (
    "source_system",
    "source_code",
    "source_display",
    "target_value_set",
    "target_system",
    "target_code",
    "relation",
    "why",
    "source",
    "approver",
    "date",
)
_DESIGNATIONS = ("system", "code", "language", "text", "source")
_RELATIONS = ("equivalent", "wider", "narrower", "none")
_OPTIONAL = frozenset({"version", "approver", "date"})


@dataclass(frozen=True, slots=True)
class MapEntry:
    """One row of a map. ``target`` is None when the row says that there is none, and ``why``."""

    id: str
    """``<table>:<row>``, e.g. ``reactions:2``."""
    target: Coding | None
    relation: str
    """``equivalent``, ``wider`` (the target says less), ``narrower`` or ``none``."""
    why: str
    source: str


class Release:
    """One release. Lookups are dictionary hits; safe to share between threads."""

    def __init__(
        self,
        release_id: str,
        concepts: Mapping[tuple[str, str, str], Coding],
        maps: Mapping[tuple[str, str, str], MapEntry],
        designations: Mapping[tuple[str, str, str], str],
    ) -> None:
        self.id = release_id
        self._concepts = concepts
        self._maps = maps
        self._designations = designations

    def concept(self, value_set: str, system: str, code: str) -> Coding | None:
        """The member of a value set (OID), with its English display; None when it is no member."""
        return self._concepts.get((value_set, system, code))

    def map(self, system: str, code: str, value_set: str) -> MapEntry | None:
        """What a code becomes in a value set, None when nobody has said."""
        return self._maps.get((system, code, value_set))

    def designation(self, system: str, code: str, language: str) -> str | None:
        """The text for a code in a language (``nb``, ``nn``); None when there is none."""
        return self._designations.get((system, code, language))


def load_starter(folder: Path) -> Release:
    """The starter release from ``concepts.csv``, ``designations.csv`` and ``maps/*.csv``. Raises ReleaseInvalid leaves.

    Its id is made of its rows: the same rows, the same id.
    """
    digest = hashlib.sha256()
    concepts = _concepts(folder / "concepts.csv", digest)
    maps: dict[tuple[str, str, str], MapEntry] = {}
    for path in sorted((folder / "maps").glob("*.csv")):
        _read_map(path, digest, concepts, maps)
    if not maps:
        raise ReleaseEmpty("maps", 0)
    designations = _designations(folder / "designations.csv", digest)
    return Release(f"starter-{digest.hexdigest()[:12]}", concepts, maps, designations)


def _concepts(path: Path, digest: "hashlib._Hash") -> dict[tuple[str, str, str], Coding]:
    found: dict[tuple[str, str, str], Coding] = {}
    for number, row in _rows(path, _CONCEPTS, digest):
        key = (row["value_set"], row["system"], row["code"])
        if key in found:
            raise RowRepeated(path.name, number)
        found[key] = Coding(row["code"], row["system"], row["display"], row["system_name"], row["version"] or None)
    if not found:
        raise ReleaseEmpty(path.name, 1)
    return found


def _read_map(
    path: Path,
    digest: "hashlib._Hash",
    concepts: Mapping[tuple[str, str, str], Coding],
    maps: dict[tuple[str, str, str], MapEntry],
) -> None:
    optional = _OPTIONAL | {"target_system", "target_code"}
    value_sets = {value_set for value_set, _, _ in concepts}
    for number, row in _rows(path, _MAPS, digest, optional):
        key = (row["source_system"], row["source_code"], row["target_value_set"])
        if key in maps:
            raise RowRepeated(path.name, number)
        none = row["relation"] == "none"
        said = none == (not row["target_code"]) == (not row["target_system"])
        if row["relation"] not in _RELATIONS or not said or bool(row["approver"]) != bool(row["date"]):
            raise RowMalformed(path.name, number)
        if row["target_value_set"] not in value_sets:
            raise ValueSetEmpty(path.name, number)
        target = concepts.get((row["target_value_set"], row["target_system"], row["target_code"]))
        if target is None and not none:
            raise TargetUnknown(path.name, number)
        maps[key] = MapEntry(f"{path.stem}:{number}", target, row["relation"], row["why"], row["source"])


def _designations(path: Path, digest: "hashlib._Hash") -> dict[tuple[str, str, str], str]:
    found: dict[tuple[str, str, str], str] = {}
    for number, row in _rows(path, _DESIGNATIONS, digest):
        key = (row["system"], row["code"], row["language"])
        if key in found:
            raise RowRepeated(path.name, number)
        found[key] = row["text"]
    return found


def _rows(
    path: Path, columns: tuple[str, ...], digest: "hashlib._Hash", optional: frozenset[str] = _OPTIONAL
) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows with their number; every one is added to the digest as read."""
    table = _table(path)
    if not table or tuple(table[0]) != columns:
        raise TableUnreadable(path.name, 1)
    for number, fields in enumerate(table[1:], start=2):
        if len(fields) != len(columns):
            raise RowMalformed(path.name, number)
        row = dict(zip(columns, fields, strict=True))
        if any(value != value.strip() or not (value or name in optional) for name, value in row.items()):
            raise RowMalformed(path.name, number)
        digest.update("\x1f".join((path.stem, *fields, "\x1e")).encode("utf-8"))
        yield number, row


def _table(path: Path) -> list[list[str]]:
    """All lines as fields. What cannot be read is told with the line it was met in."""
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise TableUnreadable(path.name, 0) from fault
    try:
        lines = csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True)
    except UnicodeDecodeError as fault:
        raise TableUnreadable(path.name, content[: fault.start].count(b"\n") + 1) from fault
    try:
        return list(lines)
    except csv.Error as fault:
        raise TableUnreadable(path.name, lines.line_num) from fault
