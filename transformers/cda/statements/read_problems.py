"""Problems of a foreign summary: concern E.3.15 around observation E.3.7, of the sections E.2.9 and E.2.10.

A problem is resolved when its concern is completed or its status says so.
"""

from functools import partial
from typing import Final

from transformers.cda.statements.absence import absences
from transformers.cda.statements.entry import (
    Origin,
    comment,
    differs,
    own_words,
    provenance,
    side_value,
    statement_id,
    status_of,
)
from transformers.cda.statements.parts import PROBLEM, Held, held_in, verification_of
from transformers.cda.statements.signs import stands, unreadable
from transformers.cda.types.tree import Element, Tree, child
from transformers.cda.types.values import coded, is_code, period
from transformers.cda.types.vocabulary import PROBLEM_RESOLVED
from transformers.model.section_state import Absence
from transformers.model.summary import Problem
from transformers.model.values import Coded, Period

CONCERN: Final = frozenset({"active", "suspended", "aborted", "completed"})
RESOLVED: Final = frozenset({PROBLEM_RESOLVED.code, "resolved", "remission"})
_PROBLEM: Final = "55607006"


def read_problem(tree: Tree, entry: Element, origin: Origin) -> list[Problem | Absence]:
    """The problems, or the absence, that an entry holds: in a concern, or by themselves; usually one."""
    found: list[Problem | Absence] = []
    for held in held_in(tree, entry, PROBLEM):
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


def read_concern(tree: Tree, held: Held) -> tuple[str | None, str | None, str]:
    """Status, words and id of the concern around a statement; nothing for a statement that stands by itself."""
    frame = held.frame
    if frame is None:
        return None, None, ""
    is_code(tree, child(frame, "code"), "CONC")
    return status_of(tree, frame, CONCERN), own_words(tree, frame)[1], statement_id(tree, frame)


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
        kind=kind_of(tree, child(element, "code"), _PROBLEM),
        status=status,
        health_status=side_value(tree, parts, "health"),
        concern=concern,
    )


def _says_resolved(status: Coded) -> bool:
    return any(c is not None and c.code in RESOLVED for c in (status.target, status.original))


def kind_of(tree: Tree, element: Element | None, usual: str) -> Coded | None:
    """The kind of a finding (42.23); None for the usual one, which the form gives."""
    if element is not None and element.get("code") == usual and child(element, "translation") is None:
        is_code(tree, element, usual)
        return None
    return coded(tree, element)
