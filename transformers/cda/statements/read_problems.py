"""Problems of a foreign summary: concern E.3.15 around observation E.3.7, of the sections E.2.9 and E.2.10.

A problem is resolved when its concern is completed or its status says so.
"""

from functools import partial
from typing import Final

from transformers.cda.statements.absence import absences
from transformers.cda.statements.forms import (
    CCD_CONCERN,
    CCDA,
    Held,
    Origin,
    StatementForm,
    differs,
    held_in,
    kind_of,
    provenance,
    read_concern,
)
from transformers.cda.statements.parts import comment, own_words, side_value, status_of, verification_of
from transformers.cda.statements.signs import stands, unreadable
from transformers.cda.types.tree import Element, Tree, child
from transformers.cda.types.values import coded, period
from transformers.cda.types.vocabulary import E3, IHE, PROBLEM, PROBLEM_RESOLVED
from transformers.model.section_state import Absence
from transformers.model.summary import Problem
from transformers.model.values import Coded, Period

FORM: Final = StatementForm(
    frozenset({"observation"}),
    (f"{E3}7",),
    frozenset({"55607006", "404684003", "409586006", "282291009", "64572001", "248536006", "418799008", "439401001"})
    | frozenset({"75326-9", "29308-4", "75323-6", "75322-8", "75321-0", "75275-8", "ASSERTION"}),
    frame=(f"{E3}15", CCD_CONCERN),
    older=(f"{CCDA}4", f"{IHE}5"),
)
"""Codes: value set 42.23 and its LOINC counterparts; C-CDA's ASSERTION."""
_RESOLVED: Final = frozenset({PROBLEM_RESOLVED.code, "resolved", "remission"})


def read_problem(tree: Tree, entry: Element, origin: Origin) -> list[Problem | Absence]:
    """The problems, or the absence, that an entry holds: in a concern, or by themselves; usually one."""
    found: list[Problem | Absence] = []
    for held in held_in(tree, entry, FORM, origin):
        found += tree.attempt(partial(_held, tree, held, origin)) or []
    return found


def _held(tree: Tree, held: Held, origin: Origin) -> list[Problem | Absence] | None:
    element = held.element
    said = absences(tree, element, (child(element, "value"), child(element, "code")), (origin, "observation"))
    if said is not None:
        read_concern(tree, held)
        return [*said]
    if not stands(tree, element, "observation", verification_of(held.parts)):
        return None
    problem = _problem(tree, held, origin)
    return None if problem is None else [problem]


def _problem(tree: Tree, held: Held, origin: Origin) -> Problem | None:
    element, parts = held.element, held.parts
    text, own = own_words(tree, element)
    condition = coded(tree, child(element, "value"), text)
    if condition is None:
        unreadable(tree, element, "condition")
        return None
    concern, inline, outer = read_concern(tree, held)
    when = Period() if held.frame is None else period(tree, child(held.frame, "effectiveTime"))
    status = side_value(tree, parts, "status")
    stated = period(tree, child(element, "effectiveTime"))
    differs(tree, element, when, stated)
    made = provenance(tree, element, origin)
    status_of(tree, element, frozenset({"completed"}))
    resolved = concern == "completed" or (status is not None and _says_resolved(status))
    return Problem(
        id=made.source_id or outer,
        condition=condition,
        period=stated if stated != Period() else when,
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
