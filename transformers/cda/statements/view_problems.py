"""Problems as printed: concern E.3.15, observation E.3.7, severity E.3.8, certainty E.3.49, status E.3.9.

One view for the active problems and for past illness. A certainty without a European code is said in the narrative
alone (its template takes no null).
"""

from dataclasses import dataclass
from typing import Final

from transformers.cda.statements.section import Layout, SectionView, section_view
from transformers.cda.types.composer import CdaComposer, CodeView, EntryPlace, fixed
from transformers.cda.types.narrative import (
    Cell,
    NarrativeRow,
    coded_cell,
    codings_of,
    label_of,
    note_anchor,
    optional,
    period_cell,
    piece,
    row,
    source_cell,
)
from transformers.cda.types.times import Interval, of_concern
from transformers.cda.types.vocabulary import PROBLEM, PROBLEM_RESOLVED
from transformers.model.summary import Problem, Section

_COLUMNS: Final = ("condition", "code", "dates", "status", "source")
ACTIVE: Final = Layout("problems", "prob", _COLUMNS)
PAST: Final = Layout("past_illness", "past", _COLUMNS)


@dataclass(frozen=True, slots=True)
class ProblemView:
    """E.3.15 around E.3.7."""

    concern_id: str
    id: str
    anchor: str
    concern_status: str
    concern_period: Interval
    period: Interval
    value: CodeView
    severity: CodeView | None
    severity_anchor: str
    certainty: CodeView | None
    certainty_anchor: str
    status: CodeView | None
    status_anchor: str
    kind: CodeView
    health: CodeView | None
    note: str | None = None
    """Anchor of the comment."""
    template: str = "problem_concern.xml.j2"


def problems(layout: Layout, state: Section[Problem], composer: CdaComposer) -> SectionView | None:
    """The section of active problems (``ACTIVE``) or of past illness (``PAST``)."""

    def entry(problem: Problem, place: EntryPlace) -> tuple[NarrativeRow, ProblemView]:
        return _row(problem, place.anchor, composer), _view(problem, place.anchor, place.path, composer)

    return section_view(layout, state, composer, entry)


def _view(problem: Problem, anchor: str, path: str, composer: CdaComposer) -> ProblemView:
    severity = problem.severity
    status = problem.concern or ("completed" if problem.resolved else "active")
    period = composer.interval(problem.period, f"{path}.period")
    return ProblemView(
        concern_id=composer.entry_id(problem.provenance, problem.id, "problem-concern"),
        id=composer.entry_id(problem.provenance, problem.id, "problem"),
        anchor=anchor,
        concern_status=status,
        concern_period=of_concern(period, status),
        period=period,
        value=composer.code(problem.condition, f"{path}.condition", f"{anchor}-condition"),
        severity=None if severity is None else composer.code(severity, f"{path}.severity", f"{anchor}-severity"),
        severity_anchor=f"{anchor}-severity",
        certainty=composer.only_mapped(problem.certainty, f"{path}.certainty", f"{anchor}-certainty"),
        certainty_anchor=f"{anchor}-certainty",
        status=_status(problem, anchor, path, composer),
        status_anchor=f"{anchor}-status",
        kind=fixed(PROBLEM) if problem.kind is None else composer.code(problem.kind, f"{path}.kind", f"{anchor}-kind"),
        health=None
        if problem.health_status is None
        else composer.code(problem.health_status, f"{path}.health_status", f"{anchor}-health"),
        note=note_anchor(problem.note, anchor),
    )


def _status(problem: Problem, anchor: str, path: str, composer: CdaComposer) -> CodeView | None:
    """The source's own status, else that the problem is resolved where it is."""
    if problem.status is not None:
        return composer.code(problem.status, f"{path}.status", f"{anchor}-status")
    return fixed(PROBLEM_RESOLVED) if problem.resolved else None


def _row(problem: Problem, anchor: str, composer: CdaComposer) -> NarrativeRow:
    words = composer.words
    what: Cell = (
        piece(label_of(problem.condition), f"{anchor}-condition"),
        *coded_cell(problem.kind, words["label.kind"], f"{anchor}-kind"),
        *optional(problem.note, words["label.note"], f"{anchor}-note"),
    )
    status: Cell = (
        piece(
            words["status.resolved" if problem.resolved else "status.current"],
            None if problem.status is not None else f"{anchor}-status",
        ),
        *coded_cell(problem.status, words["label.status"], f"{anchor}-status"),
        *coded_cell(problem.health_status, words["label.health"], f"{anchor}-health"),
        *coded_cell(problem.severity, words["label.severity"], f"{anchor}-severity"),
        *coded_cell(problem.certainty, words["label.certainty"], f"{anchor}-certainty"),
    )
    dates, source = period_cell(problem.period, words), source_cell(problem.provenance, words)
    return row(anchor, what, codings_of(problem.condition), dates, status, source)
