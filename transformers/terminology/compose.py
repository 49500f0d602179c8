"""Several sources laid together into one release: the first source of a thing is its authority, the rest is told.

A release is one SQLite file, made from sorted rows only, so that the same content gives the same bytes; its id is the
digest of that content.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from typing import Any

from transformers.terminology.errors import MapsDisagree, ReleaseEmpty, TargetRetired, TargetUnknown, ValueSetEmpty
from transformers.terminology.importers_vocabulary import Vocabulary
from transformers.terminology.rows import Concept, Content, Facts, Later, Oddity
from transformers.terminology.schema import APPLICATION_ID, FORMAT, SCHEMA

Table = tuple[str, list[tuple[Any, ...]]]


def compose(
    parts: Sequence[Content],
    facts: Facts,
    label: str,
    *,
    vocabularies: Sequence[Vocabulary] = (),
    strict: bool = False,
) -> bytes:
    """The release file of ``parts``, the most authoritative first.

    A member that the vocabulary of a wave lacks is one of later waves only, as the rows of ``waves.csv`` are.

    A map whose target is not in its value set, or retired there, is kept and answers with no target, so that `check`
    names it; with ``strict`` it raises TargetUnknown, TargetRetired or ValueSetEmpty. Else raises MapsDisagree,
    ReleaseEmpty.
    """
    whole = Content()
    for part in parts:
        _lay(part, whole)
    if not whole.members:
        raise ReleaseEmpty(label, 0)
    if strict:
        _require_targets(whole)
    for vocabulary in vocabularies:
        _limit(whole, vocabulary)
    return _written(whole, facts, label)


def _lay(part: Content, whole: Content) -> None:
    """Add what ``whole`` does not say already."""
    official = {oid for oid, known in whole.value_sets.items() if known.complete}
    for key, concept in part.members.items():
        _lay_member(key, concept, part, whole, official)
    for oid, value_set in part.value_sets.items():
        known = whole.value_sets.get(oid)
        if known is None or (value_set.complete and not known.complete):
            whole.value_sets[oid] = value_set
    for key, later in part.later.items():
        _lay_later(key, later, whole)
    for of, code in part.concepts:
        _lay_concept((of, code), part.concepts[of, code], whole)
    for key, row in part.maps.items():
        other = whole.maps.setdefault(key, row)
        if (other.target_system, other.target_code) != (row.target_system, row.target_code):
            raise MapsDisagree(row.file, row.row, f"{other.file}, row {other.row}")
    for of_language, said in part.designations.items():
        whole.designations.setdefault(of_language, said)
    for system, name in part.systems.items():
        whole.systems.setdefault(system, name)
    whole.sources.extend(part.sources)
    whole.oddities.extend(part.oddities)


def _lay_member(key: tuple[str, str, str], concept: Concept, part: Content, whole: Content, official: set[str]) -> None:
    oid, system, code = key
    known = whole.members.get(key)
    if known is None and oid in official and key not in part.additions:
        what = f"{code} of {system} is not in {oid} as imported"
        whole.oddities.append(Oddity(concept.file, concept.row, "excerpt-outside", what, "left out"))
        return
    if known is None:
        whole.members[key] = concept
        if oid in official:
            what = f"{code}, {concept.display}, added to {oid}"
            whole.oddities.append(Oddity(concept.file, concept.row, "concept-added", what, "added"))
    _lay_concept((system, code), concept, whole)


def _lay_concept(key: tuple[str, str], concept: Concept, whole: Content) -> None:
    known = whole.concepts.setdefault(key, concept)
    if known.display != concept.display:
        what = f"{key[1]}: {concept.display}, in {known.file}: {known.display}"
        whole.oddities.append(Oddity(concept.file, concept.row, "display-differs", what, "the first is used"))
    if concept.retired and not known.retired:
        whole.concepts[key] = known._replace(retired=True)


def _lay_later(key: tuple[str, str, str], later: Later, whole: Content) -> None:
    """Note from which wave on a member may be sent. Where two sources differ the later wave counts: a code that the
    rules of a wave might not know makes the whole document invalid there."""
    known = whole.later.get(key)
    if key in whole.members and (known is None or known.wave < later.wave):
        whole.later[key] = later


def _limit(whole: Content, vocabulary: Vocabulary) -> None:
    for key in whole.members:
        if vocabulary.lacks(*key):
            _lay_later(key, Later(vocabulary.wave + 1, vocabulary.name, 0), whole)
    whole.sources.append(vocabulary.source)


def _require_targets(whole: Content) -> None:
    value_sets = {oid for oid, _, _ in whole.members}
    for (_, _, value_set), row in whole.maps.items():
        if value_set not in value_sets:
            raise ValueSetEmpty(row.file, row.row)
        if row.relation == "none":
            continue
        if (value_set, row.target_system, row.target_code) not in whole.members:
            raise TargetUnknown(row.file, row.row)
        if whole.concepts[row.target_system, row.target_code].retired:
            raise TargetRetired(row.file, row.row)


def _written(whole: Content, facts: Facts, label: str) -> bytes:
    numbers = {system: n for n, system in enumerate(_systems(whole), start=1)}
    ordinals = {oid: n for n, oid in enumerate(sorted(whole.value_sets), start=1)}
    tables = list(_tables(whole, facts, numbers, ordinals))
    digest = content_digest(tables)
    about = {
        "format": FORMAT,
        "id": f"{label}-{digest[:12]}",
        "digest": digest,
        "counts": {name: len(rows) for name, rows in tables},
    }
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.executescript(f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA page_size = 4096; {SCHEMA}")
        connection.execute("BEGIN")
        for name, rows in tables:
            if not rows:
                continue
            marks = ", ".join("?" * len(rows[0]))
            connection.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)  # noqa: S608 - names of our own schema
        manifest = sorted((key, json.dumps(value, sort_keys=True)) for key, value in about.items())
        connection.executemany("INSERT INTO manifest VALUES (?, ?)", manifest)
        connection.execute("COMMIT")
        connection.execute("VACUUM")
        return connection.serialize()


def _systems(whole: Content) -> list[str]:
    return sorted({system for system, _ in whole.concepts})


def _tables(whole: Content, facts: Facts, numbers: dict[str, int], ordinals: dict[str, int]) -> Iterator[Table]:
    """Every table with its rows in the order of its key."""
    yield "source", [(n, *asdict(source).values()) for n, source in enumerate(whole.sources, start=1)]
    systems: list[tuple[Any, ...]] = []
    for system, number in numbers.items():
        fact = facts.systems.get(system)
        name = whole.systems.get(system) or (fact.name if fact else system)
        uris, licence = (fact.uris, fact.licence) if fact else ((), "")
        systems.append((number, system, name, "\n".join(uris), licence))
    yield "system", systems
    value_sets = sorted(whole.value_sets.items())
    bound = {oid: " ".join(facts.bound.get(oid, ())) for oid in whole.value_sets}
    yield (
        "value_set",
        [
            (ordinals[oid], v.oid, v.name, v.version, v.canonical, v.status, int(v.complete), v.source, bound[oid])
            for oid, v in value_sets
        ],
    )
    yield (
        "concept",
        sorted(
            (numbers[system], code, c.display, c.version, int(c.retired))
            for (system, code), c in whole.concepts.items()
        ),
    )
    yield (
        "member",
        sorted(
            (ordinals[oid], numbers[system], code, c.display, c.version)
            for oid, system, code in whole.members
            for c in [whole.concepts[system, code]]
        ),
    )
    yield (
        "later_member",
        sorted((ordinals[oid], numbers[system], code, *later) for (oid, system, code), later in whole.later.items()),
    )
    yield "map", sorted((*key, *row) for key, row in whole.maps.items())
    yield "designation", sorted((*key, *said) for key, said in whole.designations.items())
    yield "oddity", sorted(set(whole.oddities))


def content_digest(tables: Iterable[tuple[str, Iterable[tuple[Any, ...]]]]) -> str:
    """SHA-256 (hex) of rows in their order, each field marked off."""
    digest = hashlib.sha256()
    for name, rows in tables:
        digest.update(f"\x1d{name}".encode())
        for row in rows:
            digest.update(("\x1e" + "\x1f".join(map(str, row))).encode())
    return digest.hexdigest()
