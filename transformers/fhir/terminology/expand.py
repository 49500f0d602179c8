"""ValueSet/$expand: a page of a value set's members, in a language, those that hold a text.

FHIR R4 valueset-operation-expand. Members stand by code system and code, so that pages never overlap. Every word of
``filter`` is looked for in the display shown, the English one and the code, in any case. An excerpt says so
(valueset-unclosed).
"""

from datetime import datetime
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from transformers.fhir.terminology.errors import TooCostly
from transformers.fhir.terminology.given import Given, Table
from transformers.fhir.terminology.held import ENGLISH, HeldRelease, is_of
from transformers.fhir.terminology.resources import value_set_head
from transformers.model.values import Coding
from transformers.terminology.rows import ValueSet

EXPAND: Table = {
    "url": "text",
    "valueSetVersion": "text",
    "filter": "text",
    "offset": "integer",
    "count": "integer",
    "displayLanguage": "text",
    "includeDesignations": "flag",
    "activeOnly": "flag",
    "excludeNested": "flag",
    "excludeNotForUI": "flag",
    "excludePostCoordinated": "flag",
}
"""The last three change nothing: an expansion here is flat, and every code in it may be chosen."""
_UNCLOSED = "http://hl7.org/fhir/StructureDefinition/valueset-unclosed"


def expand(held: HeldRelease, given: Given, now: datetime) -> dict[str, Any]:
    """The ValueSet with its expansion. Raises leaves of OperationRefused."""
    value_set = held.value_set(given.required("url"), given.text("valueSetVersion"))
    wanted = held.wanted(given.text("displayLanguage"))
    offset, count = given.count("offset") or 0, given.count("count")
    total, page = _page(held, value_set, given, (offset, count), wanted)
    shown = [_contained(held, coding, given, wanted) for coding in page]
    parameters = _parameters(held, value_set, given, page)
    said = f"{held.release.id} {value_set.oid} {parameters}"
    expansion: dict[str, Any] = {
        "identifier": f"urn:uuid:{uuid5(NAMESPACE_OID, said)}",
        "timestamp": now.isoformat(timespec="seconds"),
        "total": total,
        **({"offset": offset} if given.values.keys() & {"offset", "count"} else {}),
        "parameter": parameters,
    }
    if not value_set.complete:
        expansion = {"extension": [{"url": _UNCLOSED, "valueBoolean": True}], **expansion}
    if shown:
        expansion["contains"] = shown
    return {**value_set_head(held, value_set), "expansion": expansion}


def _page(
    held: HeldRelease, value_set: ValueSet, given: Given, part: tuple[int, int | None], wanted: tuple[str, ...]
) -> tuple[int, list[Coding]]:
    offset, count = part
    most = held.policy.members
    if count is not None and count > most:
        raise TooCostly(f"count is {count}, the largest is {most}")
    release, words, active = held.release, given.text("filter").casefold().split(), given.flag("activeOnly")
    chosen: list[Coding] | None = None
    if words or active:
        found = held.folded(value_set.oid, wanted)
        for word in words:
            found = [one for one in found if word in one[0]]
        chosen = [one for _, one in found if not (active and (one.system, one.code) in held.retired)]
    total = release.count(value_set.oid) if chosen is None else len(chosen)
    if count is None and total - offset > most:
        raise TooCostly(f"{total} members; ask for pages of at most {most} with count and offset")
    take = most if count is None else count
    if chosen is not None:
        return total, chosen[offset : offset + take]
    return total, list(release.members(value_set.oid, limit=take, offset=offset))


def _contained(held: HeldRelease, coding: Coding, given: Given, wanted: tuple[str, ...]) -> dict[str, Any]:
    """A member; one shown in another language than the one asked for says which, as a designation."""
    english = coding.display or ""
    word = held.word(coding.system, coding.code, english, wanted)
    found: dict[str, Any] = {"system": held.uri(coding.system)}
    if (coding.system, coding.code) in held.retired:
        found["inactive"] = True
    if coding.version:
        found["version"] = coding.version
    found |= {"code": coding.code, "display": word.text}
    words = []
    if given.flag("includeDesignations"):
        words = [(ENGLISH, english), *((one.language, one.text) for one in held.words(coding.system, coding.code))]
    elif not is_of(word, given.text("displayLanguage")):
        words = [(word.language, word.text)]
    if words:
        found["designation"] = [{"language": language, "value": text} for language, text in words]
    return found


def _parameters(held: HeldRelease, value_set: ValueSet, given: Given, page: list[Coding]) -> list[dict[str, Any]]:
    """What was heeded, and of which code systems and versions the page is."""
    kinds = {"text": "valueString", "integer": "valueInteger", "flag": "valueBoolean"}
    own = {"url": "valueUri", "displayLanguage": "valueCode"}
    found: list[dict[str, Any]] = [
        {"name": name, own.get(name, kinds[kind]): given.values[name][0]}
        for name, kind in EXPAND.items()
        if name in given.values
    ]
    systems = sorted({(held.uri(coding.system), coding.version or "") for coding in page})
    found += [{"name": "version", "valueUri": f"{uri}|{version}"} for uri, version in systems if version]
    found += [{"name": "used-codesystem", "valueUri": uri} for uri, version in systems if not version]
    return [*found, {"name": "release", "valueString": held.release.id}]
