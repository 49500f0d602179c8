"""Problems (sections E.2.9, active, and E.2.10, past illness), read and printed.

Concern E.3.15 around observation E.3.7; severity E.3.8, certainty E.3.49, status E.3.9, health status E.3.10. A problem
is resolved when its concern is completed or its status says so. A certainty without a European code is said in the
narrative alone (its template takes no null).
"""

from typing import Final

from transformers.cda.statements.absence import held_statements
from transformers.cda.statements.forms import (
    CCD_CONCERN,
    CCDA,
    Held,
    Origin,
    StatementForm,
    differs,
    kind_of,
    print_concern,
    provenance,
    read_concern,
)
from transformers.cda.statements.parts import (
    COMMENT,
    HEALTH_STATUS,
    PROBLEM_CERTAINTY,
    PROBLEM_STATUS,
    SEVERITY,
    comment,
    only,
    own_words,
    print_part,
    print_part_view,
    print_words,
    side_value,
    status_of,
)
from transformers.cda.statements.section import Layout, SectionView, section_view
from transformers.cda.statements.signs import unreadable
from transformers.cda.types.composer import CdaComposer, EntryPlace
from transformers.cda.types.elements import CodeView, code, fixed, fixed_code, interval, reference, templates
from transformers.cda.types.narrative import (
    Cell,
    NarrativeRow,
    codings_of,
    label_of,
    note_anchor,
    optional,
    period_cell,
    phrase,
    piece,
    row,
    source_cell,
)
from transformers.cda.types.times import of_concern
from transformers.cda.types.tree import Element, Tree, child, children
from transformers.cda.types.values import coded, period
from transformers.cda.types.vocabulary import (
    DIAGNOSIS,
    DISEASE,
    E3,
    FINDING,
    IHE,
    ILLNESSES,
    MVC,
    PROBLEM,
    PROBLEM_RESOLVED,
    RARE_DISEASES,
    REPORTED_FINDING,
    SEVERITIES,
    ValueSets,
)
from transformers.model.section_state import Absence
from transformers.model.summary import Problem, Section
from transformers.model.values import Coded, Period

FORM: Final = StatementForm(
    frozenset({"observation"}),
    (f"{E3}7",),
    frozenset({PROBLEM.code, FINDING.code, DIAGNOSIS, DISEASE, REPORTED_FINDING, "409586006", "248536006", "439401001"})
    | frozenset({"75326-9", "29308-4", "75323-6", "75322-8", "75321-0", "75275-8", "ASSERTION"}),
    frame=(f"{E3}15", CCD_CONCERN),
    older=(f"{CCDA}4", f"{IHE}5"),
)
"""Codes: value set 42.23 and its LOINC counterparts; C-CDA's ASSERTION."""
VALUE_SETS: Final[ValueSets] = {
    (Problem, "condition"): (ILLNESSES, RARE_DISEASES),
    (Problem, "severity"): (SEVERITIES,),
    (Problem, "certainty"): (f"{MVC}64",),
}
_RESOLVED: Final = frozenset({PROBLEM_RESOLVED.code, "resolved", "remission"})


def read_problem(tree: Tree, entry: Element, origin: Origin) -> list[Problem | Absence]:
    """The problems, or the absence, that an entry holds: in a concern, or by themselves; usually one."""
    return held_statements(tree, entry, FORM, origin, _problem)


def _problem(tree: Tree, held: Held, origin: Origin) -> Problem | None:
    element, parts = held.element, held.parts
    text, own = own_words(tree, element)
    condition = coded(tree, only(tree, children(element, "value"), "condition"), text)
    if condition is None:
        unreadable(tree, element, "condition")
        return None
    concern, inline, outer = read_concern(tree, held)
    status = side_value(tree, parts, "status")
    stated = period(tree, child(element, "effectiveTime"))
    framed = held.frame is not None and stated != Period()
    when = period(tree, child(held.frame, "effectiveTime")) if held.frame is not None and framed else Period()
    differs(tree, element, when, stated)
    made = provenance(tree, element, origin)
    status_of(tree, element, frozenset({"completed"}))
    resolved = concern == "completed" or (status is not None and _says_resolved(status))
    return Problem(
        id=made.source_id or outer,
        condition=condition,
        period=stated,
        resolved=resolved,
        provenance=made,
        severity=side_value(tree, parts, "severity"),
        certainty=side_value(tree, parts, "certainty"),
        note=comment(tree, parts, own or inline),
        kind=kind_of(tree, child(element, "code"), PROBLEM),
        status=status,
        health_status=side_value(tree, parts, "health"),
        concern=concern,
    )


def _says_resolved(status: Coded) -> bool:
    return any(c is not None and c.code in _RESOLVED for c in (status.target, status.original))


def problems(layout: Layout, state: Section[Problem], composer: CdaComposer) -> SectionView | None:
    """The section of active problems (``ACTIVE``) or of past illness (``PAST``), as printed."""
    return section_view(layout, state, composer, lambda one, place: (_row(one, place), _print(one, place)))


def _print(problem: Problem, place: EntryPlace) -> str:
    composer, anchor = place.composer, place.anchor
    concern = problem.concern or ("completed" if problem.resolved else "active")
    concern_id = composer.entry_id(problem.provenance, problem.id, "problem-concern")
    identity = composer.entry_id(problem.provenance, problem.id, "problem")
    when = composer.interval(problem.period, f"{place.path}.period")
    value = code("value", place.view(problem.condition, "condition"), "CD")
    sides = (
        f"{print_part(SEVERITY, problem.severity, place)}{print_part(PROBLEM_CERTAINTY, problem.certainty, place)}"
        f"{_print_status(problem, place)}"
    )
    kind = fixed_code("code", PROBLEM) if problem.kind is None else code("code", place.view(problem.kind, "kind"))
    statement = (
        f'<observation classCode="OBS" moodCode="EVN">{templates(*FORM.templates)}<id root="{identity}"/>\n{kind}'
        f'{reference(anchor)}<statusCode code="completed"/>{interval("effectiveTime", when)}{value}{sides}'
        f"{print_part(HEALTH_STATUS, problem.health_status, place)}"
        f"{print_words(COMMENT, note_anchor(problem.note, anchor))}\n</observation>"
    )
    time = interval("effectiveTime", of_concern(when, concern))
    return print_concern(FORM, f'<id root="{concern_id}"/>', concern, time, statement)


def _print_status(problem: Problem, place: EntryPlace) -> str:
    """The source's own status, else that the problem is resolved where it is."""
    if problem.status is not None or not problem.resolved:
        return print_part(PROBLEM_STATUS, problem.status, place)
    return print_part_view(PROBLEM_STATUS, fixed(PROBLEM_RESOLVED), place.anchor)


def _print_empty(said: CodeView, anchor: str, identity: str) -> str:
    """The section without statements (value set 42.50); the observation's id is mandatory."""
    statement = (
        f'<observation classCode="OBS" moodCode="EVN">{templates(*FORM.templates)}<id root="{identity}"/>\n'
        f'{fixed_code("code", PROBLEM)}{reference(anchor)}<statusCode code="completed"/>'
        f'<effectiveTime nullFlavor="NA"/>{code("value", said, "CD")}</observation>'
    )
    time = '<effectiveTime><low nullFlavor="NA"/></effectiveTime>'
    return print_concern(FORM, '<id nullFlavor="NA"/>', "active", time, statement)


_COLUMNS: Final = ("condition", "code", "dates", "status", "source")
ACTIVE: Final = Layout("problems", "prob", _COLUMNS, _print_empty)
PAST: Final = Layout("past_illness", "past", _COLUMNS, _print_empty)


def _row(problem: Problem, place: EntryPlace) -> NarrativeRow:
    words, anchor = place.composer.words, place.anchor
    what: Cell = (
        piece(label_of(problem.condition), f"{anchor}-condition"),
        *place.cell(problem.kind, "kind"),
        *optional(problem.note, words["label.note"], f"{anchor}-note"),
    )
    state = words["status.resolved" if problem.resolved else "status.current"]
    status: Cell = (
        phrase(state, None if problem.status is not None else f"{anchor}-status"),
        *place.cell(problem.status, "status"),
        *place.cell(problem.health_status, "health"),
        *place.cell(problem.severity, "severity"),
        *place.cell(problem.certainty, "certainty"),
    )
    dates, source = period_cell(problem.period, words), source_cell(problem.provenance, words)
    return row(anchor, what, codings_of(problem.condition), dates, status, source)
