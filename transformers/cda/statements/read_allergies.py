"""Allergies of a foreign summary: concern E.3.16, observation E.3.17, reactions E.3.44 (E.3.7 in older waves)."""

from functools import partial
from typing import Final

from transformers.cda.statements.absence import absences
from transformers.cda.statements.entry import (
    Origin,
    comment,
    completed,
    differs,
    own_words,
    provenance,
    side_value,
    statement_id,
)
from transformers.cda.statements.parts import ALLERGY, Held, held_in, parts_below, verification_of
from transformers.cda.statements.read_problems import kind_of, read_concern
from transformers.cda.statements.signs import affirmed, stands, unreadable
from transformers.cda.types.tree import Element, Tree, child
from transformers.cda.types.values import coded, moment, named_concept
from transformers.cda.types.vocabulary import ATC
from transformers.model.finding import Severity
from transformers.model.section_state import Absence
from transformers.model.summary import Allergy, Reaction
from transformers.model.values import Coded, Moment, Period

_FINDING: Final = "404684003"
_MEDICINES: Final = frozenset({ATC, "1.3.6.1.4.1.12559.11.10.1.3.1.44.4", "2.16.840.1.113883.3.6905.2"})
"""Code systems of active ingredients: ATC, EMA substance management services."""
_UNSAID: Final = Coded("not stated")


def read_allergy(tree: Tree, entry: Element, origin: Origin) -> list[Allergy | Absence]:
    """The allergies, or the absence, that an entry holds: in a concern, or by themselves; usually one."""
    found: list[Allergy | Absence] = []
    for held in held_in(tree, entry, ALLERGY):
        found += tree.attempt(partial(_held, tree, held, origin)) or []
    return found


def _held(tree: Tree, held: Held, origin: Origin) -> list[Allergy | Absence] | None:
    element = held.element
    agents = element.iterfind("{*}participant/{*}participantRole/{*}playingEntity/{*}code")
    said = absences(tree, element, (child(element, "value"), child(element, "code"), *agents), (origin, "observation"))
    if said is not None:
        read_concern(tree, held)
        return [*said]
    if not stands(tree, element, "observation", verification_of(held.parts)):
        return None
    allergy = _allergy(tree, held, origin)
    return None if allergy is None else [allergy]


def _allergy(tree: Tree, held: Held, origin: Origin) -> Allergy | None:
    element, parts = held.element, held.parts
    text, own = own_words(tree, element)
    agent = _agent(tree, element) or coded(tree, child(element, "value"), text)
    if agent is None:
        unreadable(tree, element, "agent")
        return None
    concern, inline, _ = read_concern(tree, held)
    outer = None if held.frame is None else _start(tree, held.frame)
    made = provenance(tree, element, origin)
    stated = _start(tree, element)
    differs(tree, element, Period(outer), Period(stated))
    completed(tree, element)
    return Allergy(
        id=made.source_id or "",
        agent=agent,
        agent_is_medicine=any(c is not None and c.system in _MEDICINES for c in (agent.target, agent.original)),
        kind=_kind(tree, element),
        reactions=tuple(r for e in parts.get("reaction", ()) if (r := _read_reaction(tree, e)) is not None),
        criticality=side_value(tree, parts, "criticality"),
        certainty=side_value(tree, parts, "certainty"),
        status=side_value(tree, parts, "status"),
        onset=stated or outer,
        provenance=made,
        note=comment(tree, parts, own or inline),
        concern=concern,
        severity=side_value(tree, parts, "severity"),
    )


def _kind(tree: Tree, element: Element) -> Coded:
    """Allergy, intolerance or propensity; one that is not stated says so, with a finding."""
    kind = coded(tree, child(element, "code"))
    if kind is None:
        tree.note(Severity.WARNING, "kind-not-stated", element, "Allergy or intolerance: it is not told which.")
    return kind or _UNSAID


def _agent(tree: Tree, element: Element) -> Coded | None:
    for entity in element.iterfind("{*}participant/{*}participantRole/{*}playingEntity"):
        agent = named_concept(tree, child(entity, "code"), child(entity, "name"))
        if agent is not None:
            return agent
    return None


def _start(tree: Tree, element: Element) -> Moment | None:
    """The beginning; an end has no place in the pivot and stays unread."""
    time = child(element, "effectiveTime")
    if time is None:
        return None
    low = child(time, "low")
    return moment(tree, low) or moment(tree, time)


def _read_reaction(tree: Tree, element: Element) -> Reaction | None:
    return tree.attempt(lambda: _reaction(tree, element))


def _reaction(tree: Tree, element: Element) -> Reaction | None:
    if not affirmed(tree, element, "part"):
        return None
    text, _ = own_words(tree, element)
    manifestation = coded(tree, child(element, "value"), text)
    if manifestation is None:
        tree.note(Severity.ERROR, "part-unreadable", element, "The reaction names none; see the section's words.")
        return None
    statement_id(tree, element)
    completed(tree, element)
    return Reaction(
        manifestation,
        side_value(tree, parts_below(element), "severity"),
        _start(tree, element),
        kind_of(tree, child(element, "code"), _FINDING),
    )
