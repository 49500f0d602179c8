"""FHIR R4 resources to rows: ValueSet, CodeSystem (complete, fragment, supplement) and ConceptMap, several together.

HL7 FHIR R4, terminology module. Value sets must say their codes, one by one, by including another value set, or by
naming a complete code system that is there; one that needs a terminology server to be expanded is refused. Rows are
counted from 1 in document order.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from transformers.terminology.errors import (
    PackageUnreadable,
    RowMalformed,
    SystemUnknown,
    ValueSetUnknown,
)
from transformers.terminology.expansion import Expander
from transformers.terminology.rows import Concept, Content, Facts, MapRow, Oddity, ValueSet, objects
from transformers.terminology.wording import code_is_lost, mend_display

_RESOURCES = ("ValueSet", "CodeSystem", "ConceptMap")
_IN_ID = re.compile(r"-(\d+\.\d+\.\d+)\Z")
_LOINC, _LOINC_CODE = "2.16.840.1.113883.6.1", re.compile(r"\d{1,7}-\d\Z")
_RETIRED = frozenset({"retired", "deprecated", "inactive", "D", "R"})
"""Words for a code not to be used; ``D`` and ``R`` are EDQM's deprecated and rejected."""
_RELATIONS = {
    "equal": "equivalent",
    "equivalent": "equivalent",
    "wider": "wider",
    "subsumes": "wider",
    "narrower": "narrower",
    "specializes": "narrower",
    "unmatched": "none",
    "disjoint": "none",
    "inexact": "none",
    "relatedto": "none",
}
"""FHIR R4 ConceptMap equivalence, which tells how the target is: to what is inexact nothing is mapped."""

Resource = tuple[str, dict[str, Any]]


def read_resources(files: Iterable[tuple[str, bytes]], facts: Facts) -> Content:
    """All the value sets, code systems and concept maps in ``files`` (name, bytes). Raises leaves of ReleaseInvalid."""
    content = Content()
    resources = [(name, resource) for name, data in files for resource in _unbundled(_parsed(name, data), name)]
    for name, resource in resources:
        if resource["resourceType"] == "CodeSystem":
            _code_system(name, resource, facts, content)
    value_sets = {str(r.get("url", name)): (name, r) for name, r in resources if r["resourceType"] == "ValueSet"}
    expander = Expander(value_sets, content, facts)
    for name, resource in value_sets.values():
        _value_set(name, resource, facts, content, expander)
    for name, resource in resources:
        if resource["resourceType"] == "ConceptMap":
            _concept_map(name, resource, facts, content)
    return content


def _parsed(name: str, data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as fault:
        raise PackageUnreadable(name, data[: fault.start].count(b"\n") + 1, "not UTF-8") from fault
    except json.JSONDecodeError as fault:
        raise PackageUnreadable(name, fault.lineno, "not JSON") from fault
    except RecursionError as fault:
        raise PackageUnreadable(name, 0, "too deep") from fault
    if not isinstance(value, dict):
        raise PackageUnreadable(name, 0, "no FHIR resource")
    return value


def _unbundled(value: dict[str, Any], name: str) -> Iterator[dict[str, Any]]:
    bundled = value.get("resourceType") == "Bundle"
    entries = [entry.get("resource") for entry in objects(value, "entry", name)] if bundled else [value]
    for resource in entries:
        if not isinstance(resource, dict):
            raise PackageUnreadable(name, 0, "no FHIR resource")
        if resource.get("resourceType") in _RESOURCES:
            yield resource


def _code_system(name: str, resource: dict[str, Any], facts: Facts, content: Content) -> None:
    supplement = resource.get("content") == "supplement"
    url = str(resource.get("supplements" if supplement else "url", "")).partition("|")[0]
    system = facts.system(url) or _by_identifier(name, resource, facts)
    if system is None:
        raise SystemUnknown(name, 0, url)
    if facts.system(url) is None:
        content.oddities.append(Oddity(name, 0, "canonical-of-other", url, "known by its identifier"))
    version = "" if supplement else str(resource.get("version", ""))
    for row, concept in enumerate(_nested(objects(resource, "concept", name), name), start=1):
        code = str(concept.get("code", ""))
        if code_is_lost(code):
            raise RowMalformed(name, row)
        for said in objects(concept, "designation", name):
            mended = mend_display(said.get("value"))
            if mended.text is not None and said.get("language"):
                content.designations[system, code, said["language"]] = (mended.text, name)
        if not supplement:
            mended = mend_display(concept.get("display", code))
            if mended.text is not None:
                content.concepts[system, code] = Concept(mended.text, version, _retired(concept, name), name, row)
    if not supplement and resource.get("content") == "complete":
        content.systems[system] = facts.systems[system].name


def _by_identifier(name: str, resource: dict[str, Any], facts: Facts) -> str | None:
    found = (facts.system(str(i.get("value", ""))) for i in objects(resource, "identifier", name))
    return next((system for system in found if system is not None), None)


def _nested(concepts: list[dict[str, Any]], name: str) -> Iterator[dict[str, Any]]:
    waiting = list(reversed(concepts))
    while waiting:
        concept = waiting.pop()
        yield concept
        waiting.extend(reversed(objects(concept, "concept", name)))


def _retired(concept: dict[str, Any], name: str) -> bool:
    for said in objects(concept, "property", name):
        if said.get("code") == "status" and said.get("valueCode", said.get("valueString")) in _RETIRED:
            return True
        if said.get("code") == "inactive" and said.get("valueBoolean") is True:
            return True
    return False


def _value_set(name: str, resource: dict[str, Any], facts: Facts, content: Content, expander: Expander) -> None:
    oid = value_set_oid(name, resource)
    if oid is None:
        raise ValueSetUnknown(name, 0, "a value set without OID")
    title, url = str(resource.get("name", "")), str(resource.get("url", ""))
    version = _version(name, resource, content)
    if title and not url.endswith(f"/{title}"):
        content.oddities.append(Oddity(name, 0, "canonical-differs", f"{url} for {title}", "known by both"))
    if facts.value_sets.get(oid, title) != title:
        content.oddities.append(Oddity(name, 0, "name-differs", f"{title}, not {facts.value_sets[oid]}", "kept"))
    status = str(resource.get("status", ""))
    content.value_sets[oid] = ValueSet(
        oid, facts.value_sets.get(oid, title), version, url, status, complete=True, source=name
    )
    unversioned = set()
    for system, code, raw, system_version, row in expander.expand(url or name):
        if not system_version:
            unversioned.add(system)
        if code_is_lost(code):
            content.oddities.append(Oddity(name, row, "code-lost", f"{code!r}, {raw}", "left out"))
            continue
        mended = mend_display(raw)
        content.oddities.extend(Oddity(name, row, kind, f"{code}: {raw}", done) for kind, done in mended.oddities)
        if system == _LOINC and not _LOINC_CODE.match(code):
            content.oddities.append(Oddity(name, row, "code-of-other-form", f"{code} is no LOINC code", "kept"))
        if mended.text is None:
            continue
        content.members[oid, system, code] = Concept(mended.text, system_version, retired=False, file=name, row=row)
    for system in sorted(unversioned):
        content.systems.setdefault(system, facts.systems[system].name)
        what = f"{facts.systems[system].name} without version"
        content.oddities.append(Oddity(name, 0, "version-absent", what, "no version is written"))


def value_set_oid(name: str, resource: dict[str, Any]) -> str | None:
    """The OID of a value set, from its identifiers."""
    found = (str(i.get("value", "")) for i in objects(resource, "identifier", name))
    return next((v.removeprefix("urn:oid:") for v in found if re.fullmatch(r"(urn:oid:)?[0-2](\.\d+)+", v)), None)


def _version(name: str, resource: dict[str, Any], content: Content) -> str:
    """The catalogue's version, which the package writes into the id; ``version`` is the package's own."""
    said, in_id = str(resource.get("version", "")), _IN_ID.search(str(resource.get("id", "")))
    if in_id is None:
        return said
    if in_id[1] != said:
        content.oddities.append(Oddity(name, 0, "version-of-package", f"{said}, in its id {in_id[1]}", in_id[1]))
    return in_id[1]


def _concept_map(name: str, resource: dict[str, Any], facts: Facts, content: Content) -> None:
    target = str(resource.get("targetCanonical", resource.get("targetUri", ""))).partition("|")[0]
    by_url = {v.canonical: v.oid for v in content.value_sets.values()}
    value_set = by_url.get(target) or oid_of_canonical(target, facts)
    if value_set is None:
        raise ValueSetUnknown(name, 0, target)
    row = 0
    for group in objects(resource, "group", name):
        source = facts.system(str(group.get("source", ""))) or str(group.get("source", "")).removeprefix("urn:oid:")
        system = facts.system(str(group.get("target", "")))
        if not source or system is None:
            raise SystemUnknown(name, row, str(group.get("target") if source else group.get("source")))
        for element in objects(group, "element", name):
            row += 1
            key = (source, str(element.get("code", "")), value_set)
            if not key[1] or key in content.maps:
                raise RowMalformed(name, row)
            content.maps[key] = _map_row(name, row, resource, element, system)


def _map_row(name: str, row: int, resource: dict[str, Any], element: dict[str, Any], system: str) -> MapRow:
    targets = objects(element, "target", name)
    if len(targets) > 1:
        raise RowMalformed(name, row)  # ambiguous means no map, and that is for the author to say
    said = targets[0] if targets else {}
    relation = _RELATIONS.get(str(said.get("equivalence", "unmatched")))
    if relation is None or (relation != "none" and not said.get("code")):
        raise RowMalformed(name, row)
    url = str(resource.get("url", name))
    why = str(said.get("comment") or f"{said.get('equivalence', 'no target')} in {url}")
    none = relation == "none"
    return MapRow(
        id=f"{resource.get('id', name)}:{row}",
        source_display=str(element.get("display", "")),
        target_system="" if none else system,
        target_code="" if none else str(said["code"]),
        relation=relation,
        why=why,
        source=f"{url}|{resource.get('version', '')}",
        approver="",
        date="",
        file=name,
        row=row,
    )


def oid_of_canonical(canonical: str, facts: Facts) -> str | None:
    """The OID of a value set by any of the bases it goes by: three URL bases and ``urn:oid:``."""
    bare = canonical.partition("|")[0].removeprefix("urn:oid:")
    if bare in facts.value_sets:
        return bare
    names = {name: oid for oid, name in facts.value_sets.items()}
    return next((names[bare.removeprefix(base)] for base in BASES if bare.removeprefix(base) in names), None)


BASES = (
    "http://terminology.ehdsi.eu/ValueSet/",
    "http://fhir.ehdsi.eu/mvc-package/ValueSet/",
    "http://fhir.ehdsi.eu/mvc/",
)
"""Where the same eHDSI value set is published: HL7 Europe's bindings, wave 9, sources of 2025; ``urn:oid:`` besides."""
