"""ValueSet, CodeSystem and ConceptMap resources of a release.

FHIR R4. A summary carries the tag SUBSETTED. A map of which a row has no approver is a draft. Rows that say ``none``
are ``unmatched`` with their reason, since nothing is left out.
"""

from collections.abc import Iterable
from typing import Any

from transformers.fhir.terminology.held import ENGLISH, HeldRelease, map_url
from transformers.model.values import Coding
from transformers.terminology.rows import ValueSet

SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
EQUIVALENCE = {"equivalent": "equivalent", "wider": "wider", "narrower": "narrower", "none": "unmatched"}
"""ConceptMap equivalence (R4) of a relation: both tell how the target is."""
_STATUSES = ("draft", "active", "retired")


def meta(held: HeldRelease, *, subsetted: bool = False) -> dict[str, Any]:
    """Which release it is of."""
    found: dict[str, Any] = {"versionId": held.release.id}
    return found | {"tag": [SUBSETTED]} if subsetted else found


def value_set_head(held: HeldRelease, value_set: ValueSet, *, subsetted: bool = False) -> dict[str, Any]:
    """A ValueSet without its members."""
    found = {
        "resourceType": "ValueSet",
        "id": value_set.oid,
        "meta": meta(held, subsetted=subsetted),
        "url": held.canonical(value_set),
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:oid:{value_set.oid}"}],
    }
    if value_set.version:
        found["version"] = value_set.version
    status = value_set.status if value_set.status in _STATUSES else "unknown"
    return found | {"name": value_set.name or value_set.oid, "status": status}


def value_set_resource(held: HeldRelease, value_set: ValueSet) -> dict[str, Any]:
    """A ValueSet with every member by name; one larger than a page is a summary, to be expanded page by page."""
    if held.release.count(value_set.oid) > held.policy.members:
        return value_set_head(held, value_set, subsetted=True)
    includes: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for member in held.release.members(value_set.oid):
        includes.setdefault((member.system, member.version or ""), []).append(_member(held, member))
    include = [
        {"system": held.uri(system), **({"version": version} if version else {}), "concept": concepts}
        for (system, version), concepts in includes.items()
    ]
    return value_set_head(held, value_set) | ({"compose": {"include": include}} if include else {})


def code_system_resource(held: HeldRelease, id_: str) -> dict[str, Any]:
    """What is known of a code system; its concepts are looked up one by one."""
    system = held.release.systems[held.systems[id_]]
    found: dict[str, Any] = {"resourceType": "CodeSystem", "id": id_, "meta": meta(held), "url": held.uri(system.id)}
    if ":" not in system.id:
        found["identifier"] = [{"system": "urn:ietf:rfc:3986", "value": f"urn:oid:{system.id}"}]
    versions = held.versions.get(system.id, ())
    if len(versions) == 1:
        found["version"] = versions[0]
    found |= {"name": system.name, "status": "active", "content": "not-present"}
    return found | ({"copyright": system.licence} if system.licence else {})


def concept_map_head(held: HeldRelease, id_: str, *, subsetted: bool = False) -> dict[str, Any]:
    """A ConceptMap without its rows."""
    source, target = held.maps[id_]
    value_set = held.release.value_sets[target]
    proposed = "SELECT 1 FROM map WHERE source_system = ? AND value_set = ? AND approver = '' LIMIT 1"
    draft = bool(held.release.rows(proposed, (source, target)))
    return {
        "resourceType": "ConceptMap",
        "id": id_,
        "meta": meta(held, subsetted=subsetted),
        "url": map_url(source, target),
        "version": held.release.id,
        "name": f"{_named(held, source)} to {value_set.name}",
        "status": "draft" if draft else "active",
        "targetCanonical": held.canonical(value_set),
    }


def concept_map_resource(held: HeldRelease, id_: str) -> dict[str, Any]:
    """A ConceptMap with every row."""
    source, target = held.maps[id_]
    sql = "SELECT source_code, source_display FROM map WHERE source_system = ? AND value_set = ? ORDER BY 1"
    groups: dict[str, list[dict[str, Any]]] = {}
    for code, display in held.release.rows(sql, (source, target)):
        system, element = _element(held, Coding(code, source, display), target)
        groups.setdefault(system, []).append(element)
    written = [
        {"source": held.uri(source), **({"target": held.uri(system)} if system else {}), "element": elements}
        for system, elements in sorted(groups.items())
    ]
    return concept_map_head(held, id_) | {"group": written}


def parameters(held: HeldRelease, *said: dict[str, Any] | None) -> dict[str, Any]:
    """A Parameters resource of what there is."""
    return {"resourceType": "Parameters", "meta": meta(held), "parameter": [one for one in said if one is not None]}


def said_text(name: str, text: str | None, kind: str = "valueString") -> dict[str, Any] | None:
    """One parameter, None when there is nothing to say."""
    return {"name": name, kind: text} if text else None


def joined(messages: Iterable[str]) -> str:
    """Sentences as one message, each once."""
    return " ".join(dict.fromkeys(message for message in messages if message))


def _member(held: HeldRelease, member: Coding) -> dict[str, Any]:
    found: dict[str, Any] = {"code": member.code, "display": member.display}
    words = held.words(member.system, member.code)
    if words:
        found["designation"] = [{"language": w.language, "value": w.text} for w in words if w.language != ENGLISH]
    return found


def _element(held: HeldRelease, source: Coding, value_set: str) -> tuple[str, dict[str, Any]]:
    entry = held.release.map(source.system, source.code, value_set)
    assert entry is not None, "the row was just read"
    target: dict[str, Any] = {}
    if entry.target is not None:
        target = {"code": entry.target.code, "display": entry.target.display}
    target |= {"equivalence": EQUIVALENCE[entry.relation], "comment": entry.why}
    element: dict[str, Any] = {"code": source.code}
    if source.display:
        element["display"] = source.display
    return (entry.target.system if entry.target else ""), element | {"target": [target]}


def _named(held: HeldRelease, system: str) -> str:
    known = held.release.systems.get(system)
    return known.name if known is not None else system
