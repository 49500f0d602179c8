"""The central terminology server's catalogue and entries, as its sync API answers them, to rows.

OpenNCP 8 sync API (`ValueSetCatalogModel`, `CodeSystemConceptModel`). A mapping names the national concept that becomes
the entry's; how close it is the server does not say, so it counts as wider.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from transformers.terminology.errors import (
    MapsDisagree,
    PackageUnreadable,
    RowMalformed,
    RowRepeated,
    SystemUnknown,
    ValueSetEmpty,
)
from transformers.terminology.rows import Concept, Content, Facts, MapRow, Oddity, Source, ValueSet, objects
from transformers.terminology.wording import code_is_lost, mend_display

PIVOT = ("en-GB", "en")
"""Languages of the display, the first there is."""
_WHY = "transcoding association of the central terminology server, which does not say how close it is"


def value_set_versions(catalogue: object) -> list[tuple[str, str, str]]:
    """OID, version and name of every value set of a catalogue. Raises PackageUnreadable, RowRepeated."""
    if not isinstance(catalogue, dict):
        raise PackageUnreadable("valuesetcatalog", 0, "no catalogue")
    found: list[tuple[str, str, str]] = []
    for row, version in enumerate(objects(catalogue, "valueSetVersions", "valuesetcatalog"), start=1):
        value_set = version.get("valueSet")
        if not isinstance(value_set, dict) or not value_set.get("id") or not version.get("versionId"):
            raise PackageUnreadable("valuesetcatalog", row, "a version without value set or id")
        oid = str(value_set["id"])
        if any(oid == known for known, _, _ in found):
            raise RowRepeated("valuesetcatalog", row)
        found.append((oid, str(version["versionId"]), str(value_set.get("name", ""))))
    return found


def read_sync(catalogue: object, entries: Mapping[str, Sequence[object]], facts: Facts, name: str) -> Content:
    """What the server says; ``entries`` holds the concepts of each value set by OID. Raises ReleaseInvalid."""
    content = Content()
    for oid, version, said in value_set_versions(catalogue):
        title = facts.value_sets.get(oid, said)
        content.value_sets[oid] = ValueSet(oid, title, version, "", "active", complete=True, source=name)
        for row, entry in enumerate(entries.get(oid, ()), start=1):
            _entry(oid, row, entry, facts, content)
        if not any(key[0] == oid for key in content.members):
            raise ValueSetEmpty(oid, 0)
    whole = json.dumps([catalogue, {oid: list(rows) for oid, rows in sorted(entries.items())}], sort_keys=True)
    content.sources.append(Source(name, _catalogue_name(catalogue), "sync", hashlib.sha256(whole.encode()).hexdigest()))
    return content


def _catalogue_name(catalogue: object) -> str:
    return str(catalogue.get("name", "")) if isinstance(catalogue, dict) else ""


def _entry(oid: str, row: int, entry: object, facts: Facts, content: Content) -> None:
    if not isinstance(entry, dict):
        raise PackageUnreadable(oid, row, "no concept")
    system, code, version = _coded(oid, row, entry, facts)
    if code_is_lost(code):
        content.oddities.append(Oddity(oid, row, "code-lost", f"{code!r}, {entry.get('description')}", "left out"))
        return
    if (oid, system, code) in content.members:
        raise RowRepeated(oid, row)
    words = {str(d.get("language")): d.get("name") for d in objects(entry, "designations", oid)}
    mended = mend_display(next((words[language] for language in PIVOT if language in words), entry.get("description")))
    content.oddities.extend(Oddity(oid, row, kind, f"{code}: {mended.text}", done) for kind, done in mended.oddities)
    if mended.text is None:
        return
    content.members[oid, system, code] = Concept(mended.text, version, retired=False, file=oid, row=row)
    content.systems.setdefault(system, facts.systems[system].name)
    for language, raw in words.items():
        text = mend_display(raw).text
        if text is not None and language not in PIVOT:
            content.designations[system, code, language.partition("-")[0]] = (text, "central terminology server")
    for mapping in objects(entry, "mappings", oid):
        _mapping(oid, row, mapping, (system, code), content)


def _coded(oid: str, row: int, concept: Mapping[str, Any], facts: Facts) -> tuple[str, str, str]:
    """System, code and version of a concept whose system must be known."""
    named, version = _system(concept)
    system = facts.system(named)
    if system is None:
        raise SystemUnknown(oid, row, named or "a code without system")
    if not version:
        raise PackageUnreadable(oid, row, "a code without version of its code system")
    return system, str(concept.get("code", "")), version


def _system(concept: Mapping[str, Any]) -> tuple[str, str]:
    version = concept.get("codeSystemVersion")
    system = version.get("codeSystem") if isinstance(version, dict) else None
    if not isinstance(version, dict) or not isinstance(system, dict):
        return "", ""
    return str(system.get("id", "")), str(version.get("versionId", ""))


def _mapping(oid: str, row: int, mapping: Mapping[str, Any], target: tuple[str, str], content: Content) -> None:
    source = mapping.get("source")
    if not isinstance(source, dict):
        raise RowMalformed(oid, row)
    system, code = _system(source)[0].removeprefix("urn:oid:"), str(source.get("code", ""))
    if not system or not code:
        raise RowMalformed(oid, row)
    entry = MapRow(
        id=f"central-{oid.rpartition('.')[2]}:{row}",
        source_display=str(source.get("description", "")),
        target_system=target[0],
        target_code=target[1],
        relation="wider",
        why=_WHY,
        source="central terminology server",
        approver="",
        date="",
        file=oid,
        row=row,
    )
    other = content.maps.setdefault((system, code, oid), entry)
    if (other.target_system, other.target_code) != target:
        raise MapsDisagree(oid, row, f"{oid}, row {other.row}")
