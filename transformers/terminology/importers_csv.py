"""The project's own tables to rows: ``concepts*.csv``, ``maps/*.csv``, ``designations.csv`` of `config/terminology`.

``concepts.csv`` is an excerpt: what samples and maps need of value sets that others own and an operator imports whole.
``concepts-added.csv`` are value sets that the central package lacks, whole; ``concepts-corrected.csv`` are single
concepts that it lacks or spoils. Both complete another source's value sets; an excerpt never does. ``waves.csv`` names
the members that documents of earlier waves may not carry.
"""

import hashlib
import re
from pathlib import Path

from transformers.terminology.errors import ReleaseEmpty, RowMalformed, RowRepeated
from transformers.terminology.rows import Concept, Content, Facts, Later, MapRow, Source, ValueSet, read_rows

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
_WAVES = ("value_set", "system", "code", "from_wave", "source")
_RELATIONS = ("equivalent", "wider", "narrower", "none")
_ADDED, _CORRECTED = "concepts-added.csv", "concepts-corrected.csv"


def read_tables(folder: Path, facts: Facts) -> Content:
    """Everything the folder's tables say. Raises leaves of ReleaseInvalid with file and row."""
    content = Content()
    _concepts(folder / "concepts.csv", content, facts)
    for name in (_ADDED, _CORRECTED):
        if (folder / name).exists():
            _concepts(folder / name, content, facts)
    if (folder / "waves.csv").exists():
        _later(folder / "waves.csv", content)
    for path in sorted((folder / "maps").glob("*.csv")):
        _maps(path, content)
    if not content.maps:
        raise ReleaseEmpty("maps", 0)
    _designations(folder / "designations.csv", content)
    content.sources.append(Source("tables of the node", "", "csv", _digest(folder)))
    return content


def _concepts(path: Path, content: Content, facts: Facts) -> None:
    count = 0
    for count, (number, row) in enumerate(read_rows(path, _CONCEPTS, frozenset({"version"})), start=1):  # noqa: B007 - read after the loop
        key = (row["value_set"], row["system"], row["code"])
        known = content.members.get(key)
        if known is not None and (known.file == path.name or known.display != row["display"]):
            raise RowRepeated(path.name, number)
        content.members[key] = Concept(row["display"], row["version"], retired=False, file=path.name, row=number)
        content.systems.setdefault(row["system"], row["system_name"])
        if path.name in (_ADDED, _CORRECTED):
            content.additions.add(key)
        oid = row["value_set"]
        if oid not in content.value_sets or path.name == _ADDED:
            name = facts.value_sets.get(oid, "")
            content.value_sets[oid] = ValueSet(oid, name, "", "", "active", path.name == _ADDED, path.name)
    if not count:
        raise ReleaseEmpty(path.name, 1)


def _later(path: Path, content: Content) -> None:
    for number, row in read_rows(path, _WAVES):
        key = (row["value_set"], row["system"], row["code"])
        if key in content.later:
            raise RowRepeated(path.name, number)
        if key not in content.members or not re.fullmatch("[1-9][0-9]?", row["from_wave"]):
            raise RowMalformed(path.name, number)
        content.later[key] = Later(int(row["from_wave"]), path.name, number)


def _maps(path: Path, content: Content) -> None:
    optional = frozenset({"approver", "date", "target_system", "target_code"})
    for number, row in read_rows(path, _MAPS, optional):
        key = (row["source_system"], row["source_code"], row["target_value_set"])
        if key in content.maps:
            raise RowRepeated(path.name, number)
        none = row["relation"] == "none"
        said = none == (not row["target_code"]) == (not row["target_system"])
        if row["relation"] not in _RELATIONS or not said or bool(row["approver"]) != bool(row["date"]):
            raise RowMalformed(path.name, number)
        content.maps[key] = MapRow(
            f"{path.stem}:{number}",
            row["source_display"],
            row["target_system"],
            row["target_code"],
            row["relation"],
            row["why"],
            row["source"],
            row["approver"],
            row["date"],
            path.name,
            number,
        )


def _designations(path: Path, content: Content) -> None:
    for number, row in read_rows(path, _DESIGNATIONS):
        key = (row["system"], row["code"], row["language"])
        if key in content.designations:
            raise RowRepeated(path.name, number)
        content.designations[key] = (row["text"], row["source"])


def _digest(folder: Path) -> str:
    """Of the bytes of every table, with its name."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.csv")):
        digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
