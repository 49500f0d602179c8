"""What a release knows of one code, for a reader and as JSON."""

from collections.abc import Iterator
from typing import Any

from transformers.terminology.release import Release


def looked_up(release: Release, system: str, code: str) -> dict[str, Any]:
    """Display, value sets, maps and designations of a code of a system (OID or URI)."""
    found = release.system(system)
    oid = found.id if found is not None else system.removeprefix("urn:oid:")
    known = release.lookup(oid, code)
    holding = [
        v
        for v in sorted(release.value_sets.values(), key=lambda v: v.oid)
        if release.concept(v.oid, oid, code) is not None
    ]
    words = release.rows("SELECT language, text FROM designation WHERE system = ? AND code = ? ORDER BY 1", (oid, code))
    return {
        "release": release.id,
        "system": oid,
        "system_name": found.name if found is not None else None,
        "code": code,
        "display": known[0].display if known is not None else None,
        "version": known[0].version if known is not None else None,
        "retired": known[1] if known is not None else None,
        "value_sets": [{"oid": v.oid, "name": v.name, "version": v.version} for v in holding],
        "maps": list(_maps(release, oid, code)),
        "designations": dict(words),
    }


def as_lines(said: dict[str, Any]) -> list[str]:
    """The same for a reader."""
    display = said["display"] or "(not in this release)"
    lines = [f"{said['code']} of {said['system_name'] or said['system']}: {display}", f"release: {said['release']}"]
    if said["retired"]:
        lines.append("retired by its code system")
    lines += [f"in {v['name']} {v['version']} ({v['oid']})" for v in said["value_sets"]]
    lines += [f"{language}: {text}" for language, text in said["designations"].items()]
    for row in said["maps"]:
        to = f"{row['target']} {row['display']}" if row["target"] else "nothing"
        lines.append(f"{row['relation']} to {to} in {row['value_set']} ({row['id']}): {row['why']}")
    return lines


def _maps(release: Release, system: str, code: str) -> Iterator[dict[str, Any]]:
    sql = "SELECT value_set FROM map WHERE source_system = ? AND source_code = ? ORDER BY 1"
    for (value_set,) in release.rows(sql, (system, code)):
        entry = release.map(system, code, value_set)
        assert entry is not None, "the row was just read"
        yield {
            "id": entry.id,
            "value_set": value_set,
            "target": entry.target.code if entry.target else None,
            "target_system": entry.target.system if entry.target else None,
            "display": entry.target.display if entry.target else None,
            "relation": entry.relation,
            "why": entry.why,
            "approver": entry.approver or None,
        }
