"""A terminology release: value sets, maps from national codes, designations by language. Immutable.

One SQLite file, read whole into memory, so that the bytes whose digest was verified are the bytes that answer, whatever
becomes of the file. A release is shared between threads and waves, and one that is replaced answers until its last
user is done: so its memory (the file's size once, for all views) is given back when nobody holds one any more.
Nothing is guessed: a code has one map to a value set or none, and why there is none can be a row.
Of a wave (`for_wave`), members that only later waves' rules know are not there: documents keep such codes as text.
"""

import hashlib
import json
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from transformers.model.values import Coding
from transformers.terminology.compose import compose, content_digest
from transformers.terminology.errors import ReleaseAbsent, ReleaseChanged, ReleaseUnreadable
from transformers.terminology.importers_csv import read_tables
from transformers.terminology.importers_fhir import BASES
from transformers.terminology.rows import Oddity, Source, System, ValueSet, read_facts
from transformers.terminology.schema import APPLICATION_ID, FORMAT, TABLES

_REMEMBERED = 1 << 17
"""Lookups remembered of each kind: bounded, since peers choose what is looked up."""
_PAGES_KIB = 65536
_Key = tuple[str, str, str]
T = TypeVar("T")
_MAGIC = b"SQLite format 3\0"
_DISPLAYS = "SELECT code, display FROM member WHERE value_set = ? AND system = ?"
_VERSIONS = "SELECT code, version FROM member WHERE value_set = ? AND system = ? AND version <> ''"
_LATER = "SELECT code, from_wave FROM later_member WHERE value_set = ? AND system = ? AND from_wave > ?"
_MEMBERS = (
    "SELECT s.id, s.name, m.code, m.display, m.version FROM member m JOIN system s ON s.number = m.system"
    " LEFT JOIN later_member l ON l.value_set = m.value_set AND l.system = m.system AND l.code = m.code"
    " WHERE m.value_set = ? AND (? = '' OR instr(lower(m.display), ?) OR instr(lower(m.code), ?))"
    " AND coalesce(l.from_wave, 0) <= ? ORDER BY m.system, m.code LIMIT ? OFFSET ?"
)
_COUNT = (
    "SELECT count(*) FROM member m"
    " LEFT JOIN later_member l ON l.value_set = m.value_set AND l.system = m.system AND l.code = m.code"
    " WHERE m.value_set = ? AND coalesce(l.from_wave, 0) <= ?"
)
_ANY_WAVE = 1 << 30
_MAP = (
    "SELECT id, target_system, target_code, relation, why, source, approver, date, source_display FROM map"
    " WHERE source_system = ? AND source_code = ? AND value_set = ?"
)


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
    approver: str = ""
    """Who approved the row; empty: it is proposed."""
    date: str = ""


class _Members(dict[str, Coding | str]):
    """Members of a value set, of one system, by code: the display, and once it was asked for the member itself."""

    def __init__(self, system: str, name: str, versions: dict[str, str]) -> None:
        super().__init__()
        self._facts = (system, name, versions)

    def __missing__(self, code: str) -> None:
        return None

    def made(self, code: str, display: str) -> Coding:
        """The member of that display, for this time and the next."""
        system, name, versions = self._facts
        made = self[code] = Coding(code, system, display, name, versions.get(code) if versions else None)
        return made


class _Tables:
    """The tables of a release in memory, shared by all its views. The last that lets go of them closes the database."""

    def __init__(self, content: bytes) -> None:
        """Of the bytes of a database file. Raises sqlite3.Error, OverflowError."""
        self.lock = threading.Lock()
        """One thread reads at a time: a prepared statement is not for two."""
        self.connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        weakref.finalize(self, self.connection.close)
        self.connection.deserialize(content)
        self.connection.execute("PRAGMA query_only = ON")
        self.connection.execute(f"PRAGMA cache_size = -{_PAGES_KIB}")
        self._cursor = self.connection.cursor()

    def row(self, sql: str, values: tuple[object, ...]) -> tuple[Any, ...] | None:
        """The first row, None when there is none."""
        with self.lock:
            row: tuple[Any, ...] | None = self._cursor.execute(sql, values).fetchone()
            return row

    def rows(self, sql: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Every row."""
        with self.lock:
            return self.connection.execute(sql, values).fetchall()


class Release:
    """One release. Lookups are remembered; safe to share between threads."""

    def __init__(self, content: bytes, name: str = "release") -> None:
        """Of the bytes of a release file. Raises ReleaseUnreadable (``name`` names the file)."""
        if not content.startswith(_MAGIC):
            raise ReleaseUnreadable(name, 0)
        self.sha256 = hashlib.sha256(content).hexdigest()
        try:
            self._tables = _Tables(content)
            ((application,),) = self._rows("PRAGMA application_id")
            self.manifest = {name: json.loads(value) for name, value in self._rows("SELECT name, value FROM manifest")}
            if application != APPLICATION_ID or self.manifest["format"] != FORMAT:
                raise ReleaseUnreadable(name, 0)
            self._read_facts()
        except (sqlite3.Error, KeyError, ValueError, OverflowError) as fault:
            raise ReleaseUnreadable(name, 0) from fault
        self.id: str = self.manifest["id"]
        self.wave: int | None = None
        """Whose members these are; None: of any wave, as the catalogue has them."""
        self._forget_members()
        self._designations: dict[_Key, str | None] = {}
        self._lookups: dict[_Key, tuple[Coding, bool] | None] = {}

    @classmethod
    def open(cls, path: Path, sha256: str | None = None) -> "Release":
        """The release of a file; with ``sha256`` (hex) it must be that very file.

        Raises ReleaseAbsent, ReleaseChanged, ReleaseUnreadable.
        """
        try:
            content = path.read_bytes()
        except FileNotFoundError as fault:
            raise ReleaseAbsent(path.name, 0) from fault
        except OSError as fault:
            raise ReleaseUnreadable(path.name, 0) from fault
        if sha256 is not None and hashlib.sha256(content).hexdigest() != sha256:
            raise ReleaseChanged(path.name, 0)
        return cls(content, path.name)

    def for_wave(self, wave: int) -> "Release":
        """The same release for documents of a wave; it shares everything but what is remembered of members."""
        return self if wave == self.wave else self._view(wave)

    def catalogue(self) -> "Release":
        """The same release with every member it has, of whatever wave."""
        return self._view(None)

    def _view(self, wave: int | None) -> "Release":
        view = copy(self)
        view.wave = wave
        view._forget_members()
        return view

    def concept(self, value_set: str, system: str, code: str) -> Coding | None:
        """The member of a value set (OID), with its English display; None when it is no member, or not yet."""
        try:
            found = self._read[value_set][system][code]
        except KeyError:
            found = self._read_members(value_set, system)[code]
        if type(found) is Coding:
            return found
        return self._read[value_set][system].made(code, found) if isinstance(found, str) else found

    def map(self, system: str, code: str, value_set: str) -> MapEntry | None:
        """What a code becomes in a value set, None when nobody has said.

        A target that the release does not hold, or holds as retired, is no target.
        """
        key = (system, code, value_set)
        try:
            return self._maps[key]
        except KeyError:
            return _remember(self._maps, key, self._map(system, code, value_set))

    def designation(self, system: str, code: str, language: str) -> str | None:
        """The text for a code in a language (``nb``, ``nn``); None when there is none."""
        key = (system, code, language)
        try:
            return self._designations[key]
        except KeyError:
            return _remember(self._designations, key, self._designation(system, code, language))

    def lookup(self, system: str, code: str) -> tuple[Coding, bool] | None:
        """A code of a code system, in a value set or not, and whether it is retired; None when it is not known."""
        key = (system, code, "")
        try:
            return self._lookups[key]
        except KeyError:
            return _remember(self._lookups, key, self._lookup(system, code))

    def _lookup(self, system: str, code: str) -> tuple[Coding, bool] | None:
        number = self._numbers.get(system)
        row = self._row("SELECT display, version, retired FROM concept WHERE system = ? AND code = ?", (number, code))
        if row is None:
            return None
        return Coding(code, system, row[0], self.systems[system].name, row[1] or None), bool(row[2])

    def value_set(self, canonical: str) -> ValueSet | None:
        """A value set by OID, ``urn:oid:``, any of its URLs (`BASES`) or the one it was published by.

        With ``|version`` it must be of that version.
        """
        url, _, version = canonical.partition("|")
        found = self.value_sets.get(self._canonicals.get(url, url.removeprefix("urn:oid:")))
        return None if found is None or (version and version != found.version) else found

    def system(self, uri: str) -> System | None:
        """A code system of this release by URI, ``urn:oid:`` or OID."""
        return self.systems.get(self._uris.get(uri, uri.removeprefix("urn:oid:")))

    def members(self, value_set: str, *, containing: str = "", limit: int = -1, offset: int = 0) -> Iterator[Coding]:
        """Members of a value set by system and code; those whose code or display contains a text (any case)."""
        some = containing.lower()
        values = (self._ordinals.get(value_set), some, some, some, self._now, limit, offset)
        for row in self._rows(_MEMBERS, values):
            system, name, code, display, version = row
            yield Coding(code, system, display, name, version or None)

    def count(self, value_set: str) -> int:
        """How many members a value set has."""
        (count,) = self._rows(_COUNT, (self._ordinals.get(value_set), self._now))[0]
        return int(count)

    def maps(self) -> Iterator[tuple[Coding, str, MapEntry]]:
        """Every map: the source's code, the value set, the entry."""
        sql = "SELECT source_system, source_code, value_set, source_display FROM map ORDER BY 1, 2, 3"
        for system, code, value_set, display in self._rows(sql):
            entry = self._map(system, code, value_set)
            assert entry is not None, "the row was just read"
            yield Coding(code, system, display), value_set, entry

    def oddities(self) -> list[Oddity]:
        """What was odd in the sources, by file and row."""
        return [Oddity(*row) for row in self._rows("SELECT * FROM oddity ORDER BY file, line, kind, what")]

    def sources(self) -> list[Source]:
        """What the release was made of, the most authoritative first."""
        return [Source(*row) for row in self._rows("SELECT name, version, kind, sha256 FROM source ORDER BY position")]

    def rows(self, sql: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Rows of the release's tables (`schema.py`), for checking and comparing."""
        return self._rows(sql, values)

    def digest(self) -> str:
        """Digest of the content, computed anew: what `manifest["digest"]` must be."""
        return content_digest(
            (name, self._rows(f"SELECT * FROM {name} ORDER BY {key}"))  # noqa: S608 - names of our own schema
            for name, key in TABLES.items()
        )

    @cached_property
    def languages(self) -> frozenset[str]:
        """Languages of which the release has a designation."""
        return frozenset(row[0] for row in self._rows("SELECT DISTINCT language FROM designation"))

    def _read_facts(self) -> None:
        self.systems: dict[str, System] = {}
        self.value_sets: dict[str, ValueSet] = {}
        self.bound: dict[str, tuple[str, ...]] = {}
        self._numbers: dict[str, int] = {}
        self._names: dict[str, str] = {}
        self._ordinals: dict[str, int] = {}
        self._uris: dict[str, str] = {}
        self._canonicals: dict[str, str] = {}
        for number, system, name, uris, licence in self._rows("SELECT * FROM system"):
            self.systems[system] = System(system, name, tuple(filter(None, uris.split("\n"))), licence)
            self._numbers[system], self._names[system] = number, name
            self._uris |= dict.fromkeys(self.systems[system].uris, system)
        for number, oid, name, version, canonical, status, complete, source, bound in self._rows(
            "SELECT * FROM value_set"
        ):
            self.value_sets[oid] = ValueSet(oid, name, version, canonical, status, bool(complete), source)
            self._ordinals[oid] = number
            self.bound[oid] = tuple(bound.split())
            self._canonicals |= {base + name: oid for base in BASES} | ({canonical: oid} if canonical else {})

    def _read_members(self, value_set: str, system: str) -> _Members:
        """A value set is read whole at its first lookup: reading its codes one by one costs more before long.

        What is no member is not remembered, since peers choose what is looked up.
        """
        key = (self._ordinals.get(value_set), self._numbers.get(system))
        if None in key:
            return _Members(system, "", {})
        with self._tables.lock:
            read = self._tables.connection.execute
            members = _Members(system, self._names[system], dict(read(_VERSIONS, key)))
            members.update(read(_DISPLAYS, key))
            for code, _ in read(_LATER, (*key, self._now)):
                del members[code]
        return self._read.setdefault(value_set, {}).setdefault(system, members)

    def _map(self, system: str, code: str, value_set: str) -> MapEntry | None:
        row = self._row(_MAP, (system, code, value_set))
        if row is None:
            return None
        name, target_system, target_code, relation, why, source, approver, date, _ = row
        if relation == "none":
            return MapEntry(name, None, relation, why, source, approver, date)
        target = self.concept(value_set, target_system, target_code)
        known = self.lookup(target_system, target_code) if target is not None else None
        if target is None or known is None or known[1]:
            later = self._later(value_set, target_system, target_code)
            lost = f"its target {target_code} is not in force in this release"
            if later is not None:
                lost = f"its target {target_code} is for waves from {later} on: a wave-{self.wave} peer would refuse it"
            return MapEntry(name, None, "none", lost, source, approver, date)
        return MapEntry(name, target, relation, why, source, approver, date)

    @property
    def _now(self) -> int:
        return _ANY_WAVE if self.wave is None else self.wave

    def _forget_members(self) -> None:
        self._read: dict[str, dict[str, _Members]] = {}
        self._maps: dict[_Key, MapEntry | None] = {}

    def _later(self, value_set: str, system: str, code: str) -> int | None:
        """The first wave that has a member which this one has not."""
        key = (self._ordinals.get(value_set), self._numbers.get(system), self._now)
        return dict(self._rows(_LATER, key)).get(code)

    def _designation(self, system: str, code: str, language: str) -> str | None:
        sql = "SELECT text FROM designation WHERE system = ? AND code = ? AND language = ?"
        row = self._row(sql, (system, code, language))
        return None if row is None else str(row[0])

    def _row(self, sql: str, values: tuple[object, ...]) -> tuple[Any, ...] | None:
        return self._tables.row(sql, values)

    def _rows(self, sql: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        return self._tables.rows(sql, values)


def _remember(known: dict[_Key, T], key: _Key, value: T) -> T:
    """Kept for the next time; when there are too many, all are forgotten."""
    if len(known) >= _REMEMBERED:
        known.clear()
    known[key] = value
    return value


def load_starter(folder: Path) -> Release:
    """The starter release, made in memory of `config/terminology`. Raises leaves of ReleaseInvalid.

    Its id is made of its rows: the same rows, the same id.
    """
    facts = read_facts(folder)
    return Release(compose([read_tables(folder, facts)], facts, "starter", strict=True), "starter")
