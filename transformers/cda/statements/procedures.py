"""Surgeries and other procedures (section E.2.11), read and printed: E.3.26.

A procedure that is only planned is none. What each sign means stands in `transformers.model.standing`.
"""

from typing import Final

from transformers.cda.errors import RequiredMissing
from transformers.cda.statements.absence import absences
from transformers.cda.statements.forms import Origin, StatementForm, provenance, single
from transformers.cda.statements.parts import COMMENT, comment, own_words, parts_below, print_words, status_of
from transformers.cda.statements.section import Layout, SectionView, section_view
from transformers.cda.statements.signs import unreadable
from transformers.cda.types.composer import CdaComposer, EntryPlace
from transformers.cda.types.elements import CodeView, code, interval, reference, templates
from transformers.cda.types.narrative import (
    Cell,
    NarrativeRow,
    coded_cell,
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
from transformers.cda.types.tree import Element, Tree, child, children
from transformers.cda.types.values import coded, period
from transformers.cda.types.vocabulary import E3, MVC, ValueSets
from transformers.model.finding import Severity
from transformers.model.section_state import Absence
from transformers.model.summary import Procedure, Section

FORM: Final = StatementForm(frozenset({"procedure"}), (f"{E3}26",))
VALUE_SETS: Final[ValueSets] = {(Procedure, "procedure"): (f"{MVC}10",)}
_STATUSES: Final = frozenset({"active", "completed", "cancelled", "aborted"})


def read_procedure(tree: Tree, entry: Element, origin: Origin) -> Procedure | list[Absence] | None:
    """One procedure, or the absence of any; a status nobody states is read as completed, with a finding."""
    said = absences(tree, entry, (child(entry, "code"),), (origin, "procedure"))
    if said is not None:
        return said
    if not single(tree, entry, FORM, "procedure", origin):
        return None
    text, own = own_words(tree, entry)
    procedure = coded(tree, child(entry, "code"), text)
    if procedure is None:
        unreadable(tree, entry, "procedure")
        return None
    status = status_of(tree, entry, _STATUSES)
    if status is None:
        assumed = "The procedure has no status; as an event it is read as completed."
        tree.note(Severity.WARNING, "status-assumed", entry, assumed)
    sites = (coded(tree, e) for e in children(entry, "targetSiteCode"))
    made = provenance(tree, entry, origin)
    return Procedure(
        id=made.source_id or "",
        procedure=procedure,
        performed=period(tree, child(entry, "effectiveTime")),
        status=status or "completed",
        provenance=made,
        note=comment(tree, parts_below(entry), own),
        body_sites=tuple(s for s in sites if s is not None),
    )


def procedures(state: Section[Procedure], composer: CdaComposer) -> SectionView | None:
    """The section of procedures, as printed. Raises RequiredMissing for a status that CDA does not know."""
    return section_view(LAYOUT, state, composer, lambda one, place: (_row(one, place), _print(one, place)))


def _print(procedure: Procedure, place: EntryPlace) -> str:
    composer, anchor, path = place
    identity = composer.entry_id(procedure.provenance, procedure.id, "procedure")
    what = code("code", place.view(procedure.procedure, "procedure"))
    performed = interval("effectiveTime", composer.interval(procedure.performed, f"{path}.performed"))
    sites = "".join(
        code("targetSiteCode", composer.code(site, f"{path}.body_sites[{n - 1}]", f"{anchor}-site{n}"))
        for n, site in enumerate(procedure.body_sites, 1)
    )
    return (
        f'<procedure classCode="PROC" moodCode="EVN">{templates(*FORM.templates)}<id root="{identity}"/>\n{what}'
        f'{reference(anchor)}<statusCode code="{procedure.status}"/>{performed}{sites}'
        f"{print_words(COMMENT, note_anchor(procedure.note, anchor))}</procedure>"
    )


def _print_empty(said: CodeView, anchor: str, _identity: str) -> str:
    """The section without statements (value set 42.51)."""
    return (
        f'<procedure classCode="PROC" moodCode="EVN">{templates(*FORM.templates)}<id nullFlavor="NA"/>\n'
        f'{code("code", said)}{reference(anchor)}<statusCode code="completed"/><effectiveTime nullFlavor="NA"/>'
        "</procedure>"
    )


LAYOUT: Final = Layout("procedures", "proc", ("procedure", "code", "dates", "status", "source"), _print_empty)


def _row(procedure: Procedure, place: EntryPlace) -> NarrativeRow:
    if procedure.status not in _STATUSES:
        raise RequiredMissing(f"{place.path}.status")
    words, anchor = place.composer.words, place.anchor
    what: Cell = (
        piece(label_of(procedure.procedure), f"{anchor}-procedure"),
        *(
            shown
            for n, site in enumerate(procedure.body_sites, 1)
            for shown in coded_cell(site, words["label.body_site"], f"{anchor}-site{n}")
        ),
        *optional(procedure.note, words["label.note"], f"{anchor}-note"),
    )
    dates, source = period_cell(procedure.performed, words), source_cell(procedure.provenance, words)
    status: Cell = (phrase(words[f"status.{procedure.status}"]),)
    return row(anchor, what, codings_of(procedure.procedure), dates, status, source)
