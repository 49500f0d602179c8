"""Reading and searching ValueSet, CodeSystem and ConceptMap.

FHIR R4 RESTful search. What is found is a summary (tag SUBSETTED), whole by reading it. A search parameter that is not
heeded is refused, as with ``Prefer: handling=strict``. Any canonical of a value set finds it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from transformers.fhir.terminology.errors import ParameterUnsupported, ResourceUnknown
from transformers.fhir.terminology.given import Given, Table
from transformers.fhir.terminology.held import HeldRelease
from transformers.fhir.terminology.resources import (
    code_system_resource,
    concept_map_head,
    concept_map_resource,
    meta,
    value_set_head,
    value_set_resource,
)

_PAGING: Table = {"_count": "integer", "_offset": "integer", "_summary": "text"}
_ANY: Table = {"_id": "text", "url": "text", "version": "text", "name": "text", "status": "text"}
SEARCHES: Mapping[str, Table] = {
    "CodeSystem": {**_ANY, "system": "text", "identifier": "text"},
    "ConceptMap": {**_ANY, "source-system": "text", "target-system": "text", "target-uri": "text"},
    "ValueSet": {**_ANY, "identifier": "text"},
}
"""Search parameters by resource type; besides them those of paging."""
_URN = "urn:ietf:rfc:3986"


@dataclass(frozen=True, slots=True)
class ResourceAccess:
    """How resources of a type are listed and read."""

    ids: Callable[[HeldRelease], Iterator[str]]
    read: Callable[[HeldRelease, str], dict[str, Any]]
    summary: Callable[[HeldRelease, str], dict[str, Any]]


def _value_sets(held: HeldRelease) -> Iterator[str]:
    return iter(sorted(held.release.value_sets))


def _code_system_summary(held: HeldRelease, id_: str) -> dict[str, Any]:
    return code_system_resource(held, id_) | {"meta": meta(held, subsetted=True)}


SHELVES: Mapping[str, ResourceAccess] = {
    "CodeSystem": ResourceAccess(lambda held: iter(sorted(held.systems)), code_system_resource, _code_system_summary),
    "ConceptMap": ResourceAccess(
        lambda held: iter(sorted(held.maps)),
        concept_map_resource,
        lambda held, id_: concept_map_head(held, id_, subsetted=True),
    ),
    "ValueSet": ResourceAccess(
        _value_sets,
        lambda held, id_: value_set_resource(held, held.release.value_sets[id_]),
        lambda held, id_: value_set_head(held, held.release.value_sets[id_], subsetted=True),
    ),
}


def read(held: HeldRelease, kind: str, id_: str) -> dict[str, Any]:
    """A resource by id. Raises ResourceUnknown."""
    shelf = SHELVES[kind]
    if id_ not in frozenset(shelf.ids(held)):
        raise ResourceUnknown(f"{kind}/{id_}")
    return shelf.read(held, id_)


def search(held: HeldRelease, kind: str, given: Given, base: str) -> dict[str, Any]:
    """A searchset Bundle: all that is found, or a page with a link to the next. Raises leaves of OperationRefused."""
    summary = given.text("_summary")
    if summary not in ("", "true", "count"):
        raise ParameterUnsupported(f"_summary={summary}")
    shelf = SHELVES[kind]
    found = [one for one in (shelf.summary(held, id_) for id_ in shelf.ids(held)) if _meets(held, kind, one, given)]
    count, offset = given.count("_count"), given.count("_offset") or 0
    page = found[offset:] if count is None else found[offset : offset + count]
    if summary == "count":
        page = []
    link = [{"relation": "self", "url": _link(base, kind, given, offset)}]
    if page and offset + len(page) < len(found):
        link.append({"relation": "next", "url": _link(base, kind, given, offset + len(page))})
    bundle = {"resourceType": "Bundle", "meta": meta(held), "type": "searchset", "total": len(found), "link": link}
    entries = [{"fullUrl": f"{base}/{kind}/{one['id']}", "resource": one, "search": {"mode": "match"}} for one in page]
    return bundle | ({"entry": entries} if entries else {})


def search_table(kind: str) -> Table:
    """What a search of a type may say."""
    return {**SEARCHES[kind], **_PAGING}


def _meets(held: HeldRelease, kind: str, one: Mapping[str, Any], given: Given) -> bool:
    tests: Mapping[str, Callable[[str], bool]] = {
        "_id": lambda said: said == one["id"],
        "version": lambda said: said == one.get("version"),
        "name": lambda said: str(one["name"]).casefold().startswith(said.casefold()),
        "status": lambda said: said == one["status"],
        "identifier": lambda said: _identified(one, said),
        "url": lambda said: _of_url(held, kind, one, said),
        "system": lambda said: _of_url(held, kind, one, said),
        "source-system": lambda said: held.maps[one["id"]][0] in held.oids(said),
        "target-system": lambda said: _maps_into(held, one["id"], said),
        "target-uri": lambda said: _same_value_set(held, held.maps[one["id"]][1], said),
    }
    return all(tests[name](given.text(name)) for name in SEARCHES[kind] if name in given.values)


def _of_url(held: HeldRelease, kind: str, one: Mapping[str, Any], said: str) -> bool:
    if kind == "ValueSet":
        return _same_value_set(held, one["id"], said)
    url, _, version = said.partition("|")
    if version and version != one.get("version"):
        return False
    if kind == "CodeSystem":
        found = held.find_system(url)
        return found is not None and found.id == held.systems[one["id"]]
    return bool(url == one["url"])


def _same_value_set(held: HeldRelease, oid: str, said: str) -> bool:
    found = held.release.value_set(said)
    return found is not None and found.oid == oid


def _maps_into(held: HeldRelease, id_: str, said: str) -> bool:
    sql = "SELECT DISTINCT target_system FROM map WHERE source_system = ? AND value_set = ?"
    return any(row[0] in held.oids(said) for row in held.release.rows(sql, held.maps[id_]))


def _identified(one: Mapping[str, Any], said: str) -> bool:
    """A token: ``value``, ``|value`` or ``system|value``; the OID with or without ``urn:oid:``."""
    system, bar, value = said.rpartition("|")
    if bar and system not in ("", _URN):
        return False
    values = {identifier["value"].removeprefix("urn:oid:") for identifier in one.get("identifier", [])}
    return value.removeprefix("urn:oid:") in values


def _link(base: str, kind: str, given: Given, offset: int) -> str:
    pairs = [(name, str(value)) for name, values in given.values.items() if name != "_offset" for value in values]
    query = urlencode([*pairs, *([("_offset", str(offset))] if offset else [])])
    return f"{base}/{kind}" + (f"?{query}" if query else "")
