"""Problems of a foreign summary: concern E.3.15 around observation E.3.7, of the sections E.2.9 and E.2.10.

A problem is resolved when its concern is completed or its status says so.
"""

from functools import partial
from typing import Final

from transformers.cda.read_statement import (
    Origin,
    affirmed,
    comment,
    differs,
    own_words,
    parts_below,
    provenance,
    side_value,
    statement_id,
    status_of,
    unreadable,
)
from transformers.cda.read_tree import Element, Tree, child
from transformers.cda.read_values import coded, is_code, period
from transformers.cda.vocabulary import PROBLEM_RESOLVED
from transformers.model.summary import Problem
from transformers.model.values import Coded, Period

CONCERN: Final = frozenset({"active", "suspended", "aborted", "completed"})
RESOLVED: Final = frozenset({PROBLEM_RESOLVED.code, "resolved", "remission"})
_PROBLEM: Final = "55607006"


def read_problem(tree: Tree, entry: Element, origin: Origin) -> list[Problem]:
    """The problems of one concern; usually one."""
    if not affirmed(tree, entry):
        return []
    concern = status_of(tree, entry, CONCERN)
    is_code(tree, child(entry, "code"), "CONC")
    _, inline = own_words(tree, entry)
    when = period(tree, child(entry, "effectiveTime"))
    outer = statement_id(tree, entry)
    found = []
    for observation in entry.iterfind("{*}entryRelationship/{*}observation"):
        problem = tree.attempt(partial(_problem, tree, observation, origin, concern, (inline, outer, when)))
        if problem is not None:
            found.append(problem)
    return found


def _problem(
    tree: Tree, element: Element, origin: Origin, concern: str | None, around: tuple[str | None, str, Period]
) -> Problem | None:
    if not affirmed(tree, element):
        return None
    inline, outer, when = around
    text, own = own_words(tree, element)
    condition = coded(tree, child(element, "value"), text)
    if condition is None:
        unreadable(tree, element, "condition")
        return None
    parts = parts_below(element)
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
