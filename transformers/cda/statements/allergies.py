"""Allergies and other adverse reactions (section E.2.12), read and printed.

Concern E.3.16 around observation E.3.17; reactions E.3.44 (E.3.7 in older waves) with their severity; severity E.3.8,
criticality E.3.33, certainty E.3.35, clinical status E.3.34. Criticality and certainty take no null (M): without a
European code they are said in the narrative alone.
"""

from collections.abc import Mapping
from typing import Final

from transformers.cda.medicine.packages import says_something
from transformers.cda.statements.absence import held_statements
from transformers.cda.statements.forms import (
    CCDA,
    Held,
    Origin,
    StatementForm,
    differs,
    kind_of,
    print_concern,
    provenance,
    read_concern,
    roles,
)
from transformers.cda.statements.parts import (
    ALLERGY_CERTAINTY,
    ALLERGY_STATUS,
    COMMENT,
    CRITICALITY,
    REACTION,
    SEVERITY,
    comment,
    completed,
    only,
    own_words,
    parts_below,
    print_part,
    print_words,
    side_value,
    statement_id,
)
from transformers.cda.statements.section import Layout, SectionView, section_view
from transformers.cda.statements.signs import affirmed, unreadable
from transformers.cda.types.composer import CdaComposer, EntryPlace
from transformers.cda.types.elements import CodeView, code, element, fixed_code, interval, reference, templates
from transformers.cda.types.narrative import (
    Cell,
    NarrativeRow,
    codings_of,
    label_of,
    moment_cell,
    note_anchor,
    optional,
    phrase,
    piece,
    row,
    source_cell,
)
from transformers.cda.types.times import of_concern, spoken
from transformers.cda.types.tree import Element, Tree, child, children
from transformers.cda.types.values import coded, moment, named_concept
from transformers.cda.types.vocabulary import (
    ACTIVE_INGREDIENTS,
    ALLERGIC_DISPOSITION,
    ALLERGY_STATUS_SYSTEM,
    ALLERGY_TO_SUBSTANCE,
    ATC,
    E3,
    FINDING,
    IHE,
    ILLNESSES,
    INTOLERANCE_DISPOSITION,
    MVC,
    PROPENSITY,
    PROPENSITY_TO_SUBSTANCE,
    SEVERITIES,
    ValueSets,
)
from transformers.model.finding import Severity
from transformers.model.section_state import Absence
from transformers.model.summary import Allergy, Reaction, Section
from transformers.model.values import Coded, Moment, Period

KINDS: Final[Mapping[str, str]] = {
    **dict.fromkeys((ALLERGIC_DISPOSITION, ALLERGY_TO_SUBSTANCE, "416098002", "414285001", "426232007"), "allergy"),
    **dict.fromkeys(("ALG", "DALG", "EALG", "FALG"), "allergy"),
    **dict.fromkeys((INTOLERANCE_DISPOSITION, "59037007", "235719002"), "intolerance"),
    **dict.fromkeys(("OINT", "DINT", "EINT", "FINT", "DNAINT", "FNAINT", "ENAINT"), "intolerance"),
    **dict.fromkeys((PROPENSITY, PROPENSITY_TO_SUBSTANCE, "419511003", "418471000"), "propensity"),
}
"""Value set 42.18, SNOMED CT's of older waves, ActCode ObservationIntoleranceType: which of the three it is."""
FORM: Final = StatementForm(
    frozenset({"observation"}),
    (f"{E3}17",),
    frozenset({*KINDS, "281647001", "106190000", "ASSERTION"}),
    frame=(f"{E3}16",),
    older=(f"{IHE}6", f"{CCDA}7"),
    by_agent=True,
)
"""Codes: of the three kinds, adverse reactions and allergies as such, and C-CDA's ASSERTION."""
VALUE_SETS: Final[ValueSets] = {
    (Allergy, "kind"): (f"{MVC}18",),
    (Allergy, "criticality"): (f"{MVC}57",),
    (Allergy, "certainty"): (f"{MVC}58",),
    (Allergy, "status"): (f"{MVC}59",),
    (Reaction, "manifestation"): (f"{MVC}11", ILLNESSES),
    (Reaction, "severity"): (SEVERITIES,),
}
MEDICINAL_AGENTS: Final = (ACTIVE_INGREDIENTS,)
OTHER_AGENTS: Final = (f"{MVC}19",)
_MEDICINES: Final = frozenset({ATC, "1.3.6.1.4.1.12559.11.10.1.3.1.44.4", "2.16.840.1.113883.3.6905.2"})
"""Code systems of active ingredients: ATC, EMA substance management services."""
_UNSAID: Final = Coded("not stated")
_CONCERN_STATUS: Final = {"active": "active", "inactive": "completed", "resolved": "completed"}


def read_allergy(tree: Tree, entry: Element, origin: Origin) -> list[Allergy | Absence]:
    """The allergies, or the absence, that an entry holds: in a concern, or by themselves; usually one."""
    return held_statements(tree, entry, FORM, origin, _allergy)


def _allergy(tree: Tree, held: Held, origin: Origin) -> Allergy | None:
    element, parts = held.element, held.parts
    text, own = own_words(tree, element)
    agent = _agent(tree, element) or _agent_in_value(tree, element, text)
    if agent is None:
        unreadable(tree, element, "agent")
        return None
    concern, inline, _ = read_concern(tree, held)
    made = provenance(tree, element, origin)
    stated = _start(tree, element)
    outer = None if held.frame is None or stated is None else _start(tree, held.frame)
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
        onset=stated,
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
    agents = [e for role in roles(element) for e in children(role, "playingEntity") if says_something(e)]
    agent = only(tree, agents, "agent")
    return None if agent is None else named_concept(tree, child(agent, "code"), child(agent, "name"))


def _agent_in_value(tree: Tree, element: Element, text: Element | None) -> Coded | None:
    """The agent where the value names it; a kind of allergy there (C-CDA) names none but by its own words."""
    value = child(element, "value")
    found = coded(tree, value, text)
    if value is None or value.get("code") not in FORM.codes:
        return found
    return Coded(found.text) if found is not None and found.text is not None else None


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
    severity = side_value(tree, parts_below(element), "severity")
    kind = kind_of(tree, child(element, "code"), FINDING)
    return Reaction(manifestation, severity, _start(tree, element), kind)


def allergies(state: Section[Allergy], composer: CdaComposer) -> SectionView | None:
    """The section of allergies and other adverse reactions, as printed."""
    return section_view(LAYOUT, state, composer, lambda one, place: (_row(one, place), _print(one, place)))


def _print(allergy: Allergy, place: EntryPlace) -> str:
    composer, status = place.composer, None if allergy.status is None else allergy.status.target
    own = None if status is None or status.system != ALLERGY_STATUS_SYSTEM else _CONCERN_STATUS.get(status.code)
    concern = allergy.concern or own
    concern_id = composer.entry_id(allergy.provenance, allergy.id, "allergy-concern")
    identity = composer.entry_id(allergy.provenance, allergy.id, "allergy")
    onset = composer.interval(Period(start=allergy.onset), f"{place.path}.onset")
    kind = code("code", place.view(allergy.kind, "kind"))
    agent = f"{code('code', place.view(allergy.agent, 'agent'))}{element('name', label_of(allergy.agent))}"
    reactions = "".join(_print_reaction(allergy, n, place) for n in range(1, len(allergy.reactions) + 1))
    sides = (
        f"{print_part(CRITICALITY, allergy.criticality, place)}"
        f"{print_part(ALLERGY_CERTAINTY, allergy.certainty, place)}{print_part(ALLERGY_STATUS, allergy.status, place)}"
    )
    severity = print_part(SEVERITY, allergy.severity, place)
    statement = (
        f'<observation classCode="OBS" moodCode="EVN">{templates(*FORM.templates)}<id root="{identity}"/>\n{kind}'
        f'{reference(place.anchor)}<statusCode code="completed"/>{interval("effectiveTime", onset)}\n'
        '<participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT">'
        f"{agent}</playingEntity></participantRole></participant>{reactions}{severity}{sides}"
        f"{print_words(COMMENT, note_anchor(allergy.note, place.anchor))}\n</observation>"
    )
    time = interval("effectiveTime", of_concern(onset, concern))
    return print_concern(FORM, f'<id root="{concern_id}"/>', concern, time, statement)


def _print_reaction(allergy: Allergy, number: int, place: EntryPlace) -> str:
    reaction, mine = allergy.reactions[number - 1], place.part("reactions", number)
    identity = place.composer.entry_id(allergy.provenance, f"{allergy.id}\x1f{number}", "reaction")
    value = place.composer.code(reaction.manifestation, f"{mine.path}.manifestation", mine.anchor)
    onset = place.composer.interval(Period(start=reaction.onset), f"{mine.path}.onset")
    kind = fixed_code("code", FINDING) if reaction.kind is None else code("code", mine.view(reaction.kind, "kind"))
    return (
        '<entryRelationship typeCode="MFST" inversionInd="true"><observation classCode="OBS" moodCode="EVN">'
        f'{templates(REACTION)}<id root="{identity}"/>\n{kind}{reference(mine.anchor)}<statusCode code="completed"/>'
        f"{interval('effectiveTime', onset)}{code('value', value, 'CD')}{print_part(SEVERITY, reaction.severity, mine)}"
        "</observation></entryRelationship>"
    )


def _print_empty(said: CodeView, anchor: str, _identity: str) -> str:
    """The section without statements (value set 42.47)."""
    null = '<effectiveTime nullFlavor="NA"/>'
    statement = (
        f'<observation classCode="OBS" moodCode="EVN">{templates(*FORM.templates)}<id nullFlavor="NA"/>'
        f'<code nullFlavor="NA"/>{reference(anchor)}<statusCode code="completed"/>{null}{code("value", said, "CD")}'
        "</observation>"
    )
    return print_concern(FORM, '<id nullFlavor="NA"/>', "active", null, statement)


LAYOUT: Final = Layout("allergies", "alg", ("agent", "code", "reaction", "dates", "status", "source"), _print_empty)


def _row(allergy: Allergy, place: EntryPlace) -> NarrativeRow:
    words, anchor = place.composer.words, place.anchor
    what: Cell = (
        piece(label_of(allergy.agent), f"{anchor}-agent"),
        phrase(words["value.medicine" if allergy.agent_is_medicine else "value.other"]),
        *place.cell(allergy.kind, "kind"),
        *optional(allergy.note, words["label.note"], f"{anchor}-note"),
    )
    reactions: Cell = ()
    for n, reaction in enumerate(allergy.reactions, 1):
        mine = place.part("reactions", n)
        reactions += (
            piece(label_of(reaction.manifestation), mine.anchor),
            *codings_of(reaction.manifestation),
            *mine.cell(reaction.kind, "kind"),
            *mine.cell(reaction.severity, "severity"),
            *moment_cell(reaction.onset, words["label.onset"]),
        )
    onset = phrase(words["value.not_stated"] if allergy.onset is None else spoken(allergy.onset))
    status: Cell = (
        *place.cell(allergy.status, "status"),
        *place.cell(allergy.criticality, "criticality"),
        *place.cell(allergy.certainty, "certainty"),
        *place.cell(allergy.severity, "severity"),
    )
    source = source_cell(allergy.provenance, words)
    return row(anchor, what, codings_of(allergy.agent), reactions, (onset,), status, source)
