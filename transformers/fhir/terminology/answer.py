"""One request to the terminology service becomes one resource: its path says which operation, read or search it is.

FHIR R4 RESTful API (3.1) and terminology service (4.7). A batch is its entries, each answered apart by one
release.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from transformers.fhir.terminology.capabilities import capability_statement, terminology_capabilities
from transformers.fhir.terminology.errors import (
    BundleRefused,
    MethodForbidden,
    OperationRefused,
    ParameterMalformed,
    ParametersContradict,
    PathNotServed,
    ResourceUnexpected,
    ResourceUnknown,
    TooCostly,
    outcome,
)
from transformers.fhir.terminology.expand import EXPAND, expand
from transformers.fhir.terminology.given import Given, Table, from_parameters, from_query
from transformers.fhir.terminology.held import HeldRelease, map_url
from transformers.fhir.terminology.lookup import LOOKUP, lookup
from transformers.fhir.terminology.resources import meta
from transformers.fhir.terminology.search import SHELVES, read, search, search_table
from transformers.fhir.terminology.translate import TRANSLATE, translate
from transformers.fhir.terminology.validate import (
    VALIDATE_IN_SET,
    VALIDATE_IN_SYSTEM,
    validate_in_set,
    validate_in_system,
)

_MOST_PARAMETERS = 100
_HTTP = {200: "200 OK"}


@dataclass(frozen=True, slots=True)
class Ask:
    """A request: its path below the base and its query as sent, the body's JSON if there is one."""

    method: str
    path: str
    query: str
    body: object
    base: str
    """Where the service is, an absolute URL without a slash at the end."""


@dataclass(frozen=True, slots=True)
class OperationAnswer:
    """HTTP status and resource."""

    status: int
    resource: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Operation:
    table: Table
    do: Callable[[HeldRelease, Given, datetime], dict[str, Any]]
    definition: str
    on_instance: bool = True


def _timeless(
    do: Callable[[HeldRelease, Given], dict[str, Any]],
) -> Callable[[HeldRelease, Given, datetime], dict[str, Any]]:
    return lambda held, given, _now: do(held, given)


_DEFINED = "http://hl7.org/fhir/OperationDefinition/"
OPERATIONS: Mapping[tuple[str, str], _Operation] = {
    ("CodeSystem", "$lookup"): _Operation(LOOKUP, _timeless(lookup), _DEFINED + "CodeSystem-lookup", on_instance=False),
    ("CodeSystem", "$validate-code"): _Operation(
        VALIDATE_IN_SYSTEM, _timeless(validate_in_system), _DEFINED + "CodeSystem-validate-code"
    ),
    ("ConceptMap", "$translate"): _Operation(TRANSLATE, _timeless(translate), _DEFINED + "ConceptMap-translate"),
    ("ValueSet", "$expand"): _Operation(EXPAND, expand, _DEFINED + "ValueSet-expand"),
    ("ValueSet", "$validate-code"): _Operation(
        VALIDATE_IN_SET, _timeless(validate_in_set), _DEFINED + "ValueSet-validate-code"
    ),
}
_METADATA: Table = {"mode": "text"}


def answer(held: HeldRelease, ask: Ask, now: datetime) -> OperationAnswer:
    """The answer to one request; a refusal is an OperationOutcome with its status."""
    try:
        return OperationAnswer(200, _resource(held, ask, now))
    except OperationRefused as reason:
        return OperationAnswer(reason.status, outcome(reason))


def _resource(held: HeldRelease, ask: Ask, now: datetime) -> dict[str, Any]:
    match _path(ask.path):
        case []:
            return _batch(held, ask, now)
        case ["metadata"]:
            return _metadata(held, ask, now)
        case [kind, name] if name.startswith("$"):
            return _operate(held, ask, now, _operation(kind, name), None)
        case [kind, id_, name] if name.startswith("$") and _operation(kind, name).on_instance:
            return _operate(held, ask, now, _operation(kind, name), _url_of(held, kind, id_))
        case [kind] if kind in SHELVES:
            _only(ask, "GET")
            return search(held, kind, from_query(_pairs(ask.query), search_table(kind)), ask.base)
        case [kind, "_search"] if kind in SHELVES:
            _only(ask, "POST")
            return search(held, kind, from_query(_pairs(ask.query), search_table(kind)), ask.base)
        case [kind, id_] if kind in SHELVES:
            _only(ask, "GET")
            from_query(_pairs(ask.query), {})
            return read(held, kind, id_)
    raise PathNotServed(ask.path)


def _operation(kind: str, name: str) -> _Operation:
    found = OPERATIONS.get((kind, name))
    if found is None:
        raise PathNotServed(f"{kind}/{name}")
    return found


def _operate(held: HeldRelease, ask: Ask, now: datetime, operation: _Operation, url: str | None) -> dict[str, Any]:
    pairs = _pairs(ask.query)
    if ask.method == "GET":
        given = from_query(pairs, operation.table)
    else:
        _only(ask, "POST")
        if any(name not in ("_format", "_pretty") for name, _ in pairs):
            raise ParametersContradict("a POST has its parameters in the body alone")
        given = from_parameters(ask.body, operation.table)
    if url is None:
        return operation.do(held, given, now)
    if "url" in given.values:
        raise ParametersContradict("url, and a resource by its id")
    return operation.do(held, Given({**given.values, "url": (url,)}), now)


def _url_of(held: HeldRelease, kind: str, id_: str) -> str:
    """The canonical of a resource by id, unmistakable. Raises ResourceUnknown."""
    if kind == "ValueSet" and id_ in held.release.value_sets:
        return f"urn:oid:{id_}"
    if kind == "CodeSystem" and id_ in held.systems:
        return held.uri(held.systems[id_])
    if kind == "ConceptMap" and id_ in held.maps:
        return map_url(*held.maps[id_])
    raise ResourceUnknown(f"{kind}/{id_}")


def _metadata(held: HeldRelease, ask: Ask, now: datetime) -> dict[str, Any]:
    _only(ask, "GET")
    mode = from_query(_pairs(ask.query), _METADATA).text("mode")
    if mode == "terminology":
        return terminology_capabilities(held, ask.base, now)
    if mode not in ("", "full"):
        raise ParameterMalformed("mode")
    return capability_statement(held, {key: o.definition for key, o in OPERATIONS.items()}, ask.base, now)


def _batch(held: HeldRelease, ask: Ask, now: datetime) -> dict[str, Any]:
    _only(ask, "POST")
    from_query(_pairs(ask.query), {})
    bundle = ask.body
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise ResourceUnexpected("Bundle of type batch")
    if bundle.get("type") != "batch":
        raise BundleRefused("its type is not batch")
    entries = bundle.get("entry", [])
    if not isinstance(entries, list):
        raise BundleRefused("entry is no list")
    if len(entries) > held.policy.entries:
        raise TooCostly(f"{len(entries)} entries, the most is {held.policy.entries}")
    done = [_entry(held, entry, ask.base, now) for entry in entries]
    answered: dict[str, Any] = {"resourceType": "Bundle", "meta": meta(held), "type": "batch-response"}
    return answered | ({"entry": done} if done else {})


def _entry(held: HeldRelease, entry: object, base: str, now: datetime) -> dict[str, Any]:
    try:
        told = answer(held, _asked(entry, base), now)
    except OperationRefused as reason:
        told = OperationAnswer(reason.status, outcome(reason))
    response: dict[str, Any] = {"status": _HTTP.get(told.status, str(told.status))}
    if told.resource["resourceType"] == "OperationOutcome":
        return {"response": response | {"outcome": told.resource}}
    return {"resource": told.resource, "response": response | {"etag": f'W/"{held.release.id}"'}}


def _asked(entry: object, base: str) -> Ask:
    request = entry.get("request") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(request, dict):
        raise BundleRefused("an entry without request")
    method, url = request.get("method"), request.get("url")
    if not isinstance(method, str) or not isinstance(url, str):
        raise BundleRefused("a request without method or url")
    path, _, query = url.removeprefix(base).partition("?")
    if not path.strip("/"):
        raise BundleRefused("a batch in a batch")
    return Ask(method, path, query, entry.get("resource"), base)


def _only(ask: Ask, method: str) -> None:
    if ask.method != method:
        raise MethodForbidden(f"{ask.method} {ask.path}")


def _path(path: str) -> list[str]:
    """Segments below the base, unquoted. Raises ParameterMalformed."""
    try:
        return [unquote(part, errors="strict") for part in path.strip("/").split("/") if path.strip("/")]
    except UnicodeDecodeError as fault:
        raise ParameterMalformed("path") from fault


def _pairs(query: str) -> list[tuple[str, str]]:
    """Names and values of a query. Raises ParameterMalformed."""
    try:
        return parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except ValueError as fault:
        raise ParameterMalformed("query") from fault
