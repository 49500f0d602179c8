"""What a release is made of, before it is a file: rows of every kind, each knowing file and row of its source.

An importer makes one `Content`; `compose` lays several together, the first source of a thing being its authority.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from transformers.terminology.errors import PackageUnreadable, RowMalformed, RowRepeated, TableUnreadable


class Concept(NamedTuple):
    """A code of a code system. ``retired``: its code system says that it is not to be used."""

    display: str
    version: str
    retired: bool
    file: str
    row: int


class Later(NamedTuple):
    """The first wave whose documents may carry a member; who says so."""

    wave: int
    file: str
    row: int


class MapRow(NamedTuple):
    """One row of a map, its target not looked up. ``target_system`` and ``target_code`` are empty for ``none``."""

    id: str
    source_display: str
    target_system: str
    target_code: str
    relation: str
    why: str
    source: str
    approver: str
    date: str
    file: str
    row: int


class Oddity(NamedTuple):
    """Something in a source that is not as it should be: what, and what was done with it."""

    file: str
    row: int
    kind: str
    what: str
    done: str


@dataclass(frozen=True, slots=True)
class ValueSet:
    """A value set by OID. ``complete`` is False for an excerpt that names only what samples and maps need."""

    oid: str
    name: str
    version: str
    canonical: str
    status: str
    complete: bool
    source: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where content came from: name, version, SHA-256 (hex).

    Kinds: ``fhir-package``, ``fhir``, ``csv``, ``sync``, and ``words``, whose name ends in the licence.
    """

    name: str
    version: str
    kind: str
    sha256: str


@dataclass(frozen=True, slots=True)
class System:
    """A code system: its OID (or URI when it has none), name, every URI it goes by, owner and licence."""

    id: str
    name: str
    uris: tuple[str, ...]
    licence: str


@dataclass
class Content:
    """What one source, or several laid together, says. Keys are OIDs and codes."""

    sources: list[Source] = field(default_factory=list)
    systems: dict[str, str] = field(default_factory=dict)
    """Names of code systems as the source gives them."""
    value_sets: dict[str, ValueSet] = field(default_factory=dict)
    members: dict[tuple[str, str, str], Concept] = field(default_factory=dict)
    """By value set, system and code."""
    additions: set[tuple[str, str, str]] = field(default_factory=set)
    """Members that complete another source's value set; what is not an addition never does."""
    later: dict[tuple[str, str, str], Later] = field(default_factory=dict)
    """Members that the vocabulary of an earlier wave lacks; a peer of that wave would refuse a document with one."""
    concepts: dict[tuple[str, str], Concept] = field(default_factory=dict)
    """Of code systems, whether in a value set or not."""
    maps: dict[tuple[str, str, str], MapRow] = field(default_factory=dict)
    """By source system, source code and target value set."""
    designations: dict[tuple[str, str, str], tuple[str, str]] = field(default_factory=dict)
    """By system, code and language: text and source."""
    oddities: list[Oddity] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Facts:
    """What we know of code systems and value sets, whatever a source says: ``systems.csv`` and ``value_sets.csv``."""

    systems: Mapping[str, System]
    value_sets: Mapping[str, str]
    """Name by OID."""
    bound: Mapping[str, tuple[str, ...]]
    """OID to the documents (``ps``, ``ep``, ``ed``, ``orcd``) whose rules bind it."""
    uris: Mapping[str, str]
    """System by URI."""

    def system(self, uri: str) -> str | None:
        """The system of a URI (``urn:oid:…`` and bare OIDs too), None when it is not known."""
        bare = uri.removeprefix("urn:oid:")
        return self.uris.get(uri) or (bare if bare in self.systems else None)


def objects(parent: Mapping[str, Any], name: str, file: str) -> list[dict[str, Any]]:
    """The list of JSON objects that ``parent`` has under a name, empty when it has none. Raises PackageUnreadable."""
    found = parent.get(name, [])
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise PackageUnreadable(file, 0, f"{name} is no list of objects")
    return found


def read_facts(folder: Path) -> Facts:
    """Facts from ``systems.csv`` and ``value_sets.csv``. Raises TableUnreadable, RowMalformed, RowRepeated."""
    systems: dict[str, System] = {}
    uris: dict[str, str] = {}
    path = folder / "systems.csv"
    for number, row in read_rows(path, ("system", "name", "uri", "licence", "source")):
        known = systems.get(row["system"])
        if row["uri"] in uris or (known is not None and known.name != row["name"]):
            raise RowRepeated(path.name, number)
        before = known.uris if known is not None else ()
        systems[row["system"]] = System(row["system"], row["name"], (*before, row["uri"]), row["licence"])
        uris[row["uri"]] = row["system"]
    names: dict[str, str] = {}
    bound: dict[str, tuple[str, ...]] = {}
    path = folder / "value_sets.csv"
    for number, row in read_rows(path, ("value_set", "name", "bound_by", "source"), frozenset({"bound_by"})):
        if row["value_set"] in names:
            raise RowRepeated(path.name, number)
        names[row["value_set"]] = row["name"]
        if row["bound_by"]:
            bound[row["value_set"]] = tuple(row["bound_by"].split())
    return Facts(systems, names, bound, uris)


def read_rows(
    path: Path, columns: tuple[str, ...], optional: frozenset[str] = frozenset()
) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows of a CSV table with their number, every field trimmed already and filled unless optional."""
    table = _table(path)
    if not table or tuple(table[0]) != columns:
        raise TableUnreadable(path.name, 1)
    for number, fields in enumerate(table[1:], start=2):
        if len(fields) != len(columns):
            raise RowMalformed(path.name, number)
        row = dict(zip(columns, fields, strict=True))
        if any(value != value.strip() or not (value or name in optional) for name, value in row.items()):
            raise RowMalformed(path.name, number)
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
