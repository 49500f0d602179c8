"""ConceptMap/$translate: what a code becomes, by the same rows and rules that transcode a document.

FHIR R4 conceptmap-operation-translate. Order: a row with a target, being a member already, a rule. A row that says
``none`` is the answer ``result`` false with its reason. Each match names its map; the message names row and reason.
"""

from dataclasses import dataclass
from typing import Any

from transformers.fhir.terminology.errors import (
    CodeSystemNotInRelease,
    ConceptMapNotInRelease,
    ParameterMissing,
    ParametersContradict,
    ParameterUnsupported,
)
from transformers.fhir.terminology.given import Given, Table, asked_codes
from transformers.fhir.terminology.held import HeldRelease, map_url
from transformers.fhir.terminology.resources import EQUIVALENCE, joined, parameters, said_text
from transformers.model.values import Coding
from transformers.terminology.release import MapEntry
from transformers.terminology.rules import ATC_NORWEGIAN, ICD10_NORWEGIAN, ICD10_WHO, by_rule

TRANSLATE: Table = {
    "url": "text",
    "conceptMapVersion": "text",
    "code": "text",
    "system": "text",
    "version": "text",
    "source": "text",
    "coding": "coding",
    "codeableConcept": "concept",
    "target": "text",
    "targetsystem": "text",
    "reverse": "flag",
}
"""``source``, the value set a code was chosen from, changes nothing: our maps are of whole code systems."""
_MEMBER = "member"


@dataclass(frozen=True, slots=True)
class _TranslateMatch:
    source: str
    value_set: str
    entry: MapEntry


def translate(held: HeldRelease, given: Given) -> dict[str, Any]:
    """Parameters of result, message and matches. Raises leaves of OperationRefused."""
    if given.flag("reverse"):
        raise ParameterUnsupported("reverse")
    asked = asked_codes(given, "system", "version")
    if any(not one.system for one in asked):
        raise ParameterMissing("system")
    only, value_sets = _targets(held, given)
    wanted_system = held.system(given.text("targetsystem")).id if given.text("targetsystem") else None
    known = {source for source, _ in held.maps.values()} | {ICD10_NORWEGIAN, ICD10_WHO, ATC_NORWEGIAN}
    found: list[_TranslateMatch] = []
    for one in asked:
        sources = [oid for oid in held.oids(one.system) if oid in known or oid in held.release.systems]
        if not sources:
            raise CodeSystemNotInRelease(one.system)
        for value_set in value_sets:
            chosen = [source for source in sources if only in (None, source)]
            found += _first(held, one.code, chosen, value_set, members=bool(given.text("target")))
    matches = [m for m in found if m.entry.target is not None and wanted_system in (None, m.entry.target.system)]
    told = matches or found
    return parameters(
        held,
        {"name": "result", "valueBoolean": bool(matches)},
        said_text("message", joined(map(_reason, told)) or "The release has no map for this code."),
        *(_written(held, match) for match in matches),
    )


def _targets(held: HeldRelease, given: Given) -> tuple[str | None, list[str]]:
    """The one source system, if a map is named, and the value sets to look in."""
    target = held.value_set(given.text("target")).oid if given.text("target") else None
    url, version = given.text("url"), given.text("conceptMapVersion")
    if not url:
        return None, [target] if target else sorted(held.release.value_sets)
    bare, _, said = url.partition("|")
    pair = next((pair for pair in held.maps.values() if map_url(*pair) == bare), None)
    if pair is None or any(v not in ("", held.release.id) for v in (version, said)):
        raise ConceptMapNotInRelease(url)
    if target not in (None, pair[1]):
        raise ParametersContradict("url and target")
    return pair[0], [pair[1]]


def _first(held: HeldRelease, code: str, sources: list[str], value_set: str, *, members: bool) -> list[_TranslateMatch]:
    """What the first source system that says anything says; a reason why not counts when none has a target."""
    reasons = []
    for source in sources:
        row = held.release.map(source, code, value_set)
        entry = row if row is not None and row.target is not None else None
        if entry is None and members:
            entry = _as_member(held, Coding(code, source), value_set)
        entry = entry or by_rule(held.release, Coding(code, source), value_set)
        if entry is not None:
            return [_TranslateMatch(source, value_set, entry)]
        if row is not None:
            reasons.append(_TranslateMatch(source, value_set, row))
    return reasons


def _as_member(held: HeldRelease, coding: Coding, value_set: str) -> MapEntry | None:
    found = held.release.concept(value_set, coding.system, coding.code)
    return None if found is None else MapEntry(_MEMBER, found, "equivalent", "the code is in the value set", "")


def _reason(match: _TranslateMatch) -> str:
    entry = match.entry
    proposed = " (proposed: nobody has approved it)" if not entry.approver and _is_row(entry) else ""
    return f"{entry.id}{proposed}: {entry.why}."


def _is_row(entry: MapEntry) -> bool:
    return entry.id != _MEMBER and not entry.id.startswith("rule:")


def _written(held: HeldRelease, match: _TranslateMatch) -> dict[str, Any]:
    target = match.entry.target
    assert target is not None, "only matches with a target are written"
    coding: dict[str, Any] = {"system": held.uri(target.system)}
    if target.version:
        coding["version"] = target.version
    part: list[dict[str, Any]] = [
        {"name": "equivalence", "valueCode": EQUIVALENCE[match.entry.relation]},
        {"name": "concept", "valueCoding": coding | {"code": target.code, "display": target.display}},
    ]
    if _is_row(match.entry):
        part.append({"name": "source", "valueUri": map_url(match.source, match.value_set)})
    return {"name": "match", "part": part}
