"""Procedures as printed: E.3.26."""

from dataclasses import dataclass
from typing import Final

from transformers.cda.errors import RequiredMissing
from transformers.cda.statements.section import Layout, SectionView, section_view
from transformers.cda.types.composer import CdaComposer, CodeView, EntryPlace
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
from transformers.cda.types.times import Interval
from transformers.model.summary import Procedure, Section

LAYOUT: Final = Layout("procedures", "proc", ("procedure", "code", "dates", "status", "source"))
_STATUSES: Final = frozenset({"active", "completed", "cancelled", "aborted"})


@dataclass(frozen=True, slots=True)
class ProcedureView:
    """E.3.26."""

    id: str
    anchor: str
    code: CodeView
    status: str
    performed: Interval
    sites: tuple[CodeView, ...]
    note: str | None = None
    """Anchor of the comment."""
    template: str = "procedure.xml.j2"


def procedures(state: Section[Procedure], composer: CdaComposer) -> SectionView | None:
    """The section of surgeries and other procedures. Raises RequiredMissing for a status that CDA does not know."""

    def entry(procedure: Procedure, place: EntryPlace) -> tuple[NarrativeRow, ProcedureView]:
        if procedure.status not in _STATUSES:
            raise RequiredMissing(f"{place.path}.status")
        return _row(procedure, place.anchor, composer), _view(procedure, place.anchor, place.path, composer)

    return section_view(LAYOUT, state, composer, entry)


def _view(procedure: Procedure, anchor: str, path: str, composer: CdaComposer) -> ProcedureView:
    return ProcedureView(
        id=composer.entry_id(procedure.provenance, procedure.id, "procedure"),
        anchor=anchor,
        code=composer.code(procedure.procedure, f"{path}.procedure", f"{anchor}-procedure"),
        status=procedure.status,
        performed=composer.interval(procedure.performed, f"{path}.performed"),
        sites=tuple(
            composer.code(site, f"{path}.body_sites[{n}]", f"{anchor}-site{n + 1}")
            for n, site in enumerate(procedure.body_sites)
        ),
        note=note_anchor(procedure.note, anchor),
    )


def _row(procedure: Procedure, anchor: str, composer: CdaComposer) -> NarrativeRow:
    words = composer.words
    what: Cell = (
        piece(label_of(procedure.procedure), f"{anchor}-procedure"),
        *(
            p
            for n, site in enumerate(procedure.body_sites, 1)
            for p in coded_cell(site, words["label.body_site"], f"{anchor}-site{n}")
        ),
        *optional(procedure.note, words["label.note"], f"{anchor}-note"),
    )
    dates, source = period_cell(procedure.performed, words), source_cell(procedure.provenance, words)
    status: Cell = (piece(words[f"status.{procedure.status}"]),)
    return row(anchor, what, codings_of(procedure.procedure), dates, status, source)
