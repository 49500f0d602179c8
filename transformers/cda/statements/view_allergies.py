"""Allergies as printed: concern E.3.16, observation E.3.17, reactions E.3.44 with severity E.3.8, criticality E.3.33,
certainty E.3.35, clinical status E.3.34.

Criticality and certainty take no null (M): without a European code they are said in the narrative alone.
"""

from dataclasses import dataclass
from typing import Final

from transformers.cda.statements.view_section import Layout, SectionView, section_view
from transformers.cda.types.composer import CdaComposer, CodeView, fixed
from transformers.cda.types.narrative import (
    Cell,
    NarrativeRow,
    coded_cell,
    codings_of,
    label_of,
    moment_cell,
    note_anchor,
    optional,
    piece,
    row,
    source_cell,
)
from transformers.cda.types.times import Interval, of_concern, spoken
from transformers.cda.types.vocabulary import ALLERGY_STATUS, FINDING
from transformers.model.summary import Allergy, Reaction, Section
from transformers.model.values import Period

LAYOUT: Final = Layout("allergies", "alg", ("agent", "code", "reaction", "dates", "status", "source"))
_CONCERN_STATUS: Final = {"active": "active", "inactive": "completed", "resolved": "completed"}


@dataclass(frozen=True, slots=True)
class ReactionView:
    """E.3.44."""

    id: str
    anchor: str
    value: CodeView
    onset: Interval
    kind: CodeView
    severity: CodeView | None
    severity_anchor: str


@dataclass(frozen=True, slots=True)
class AllergyView:
    """E.3.16 around E.3.17."""

    concern_id: str
    id: str
    anchor: str
    concern_status: str | None
    concern_period: Interval
    onset: Interval
    kind: CodeView
    agent: CodeView
    agent_name: str
    reactions: tuple[ReactionView, ...]
    criticality: CodeView | None
    certainty: CodeView | None
    status: CodeView | None
    severity: CodeView | None
    note: str | None = None
    """Anchor of the comment."""
    template: str = "allergy_concern.xml.j2"


def allergies(state: Section[Allergy], composer: CdaComposer) -> SectionView | None:
    """The section of allergies and other adverse reactions."""

    def entry(allergy: Allergy, anchor: str, path: str) -> tuple[NarrativeRow, AllergyView]:
        return _row(allergy, anchor, composer), _view(allergy, anchor, path, composer)

    return section_view(LAYOUT, state, composer, entry)


def _view(allergy: Allergy, anchor: str, path: str, composer: CdaComposer) -> AllergyView:
    status = allergy.status
    known = status.target if status is not None and status.target and status.target.system == ALLERGY_STATUS else None
    concern = allergy.concern or (None if known is None else _CONCERN_STATUS.get(known.code))
    onset = composer.interval(Period(start=allergy.onset), f"{path}.onset")
    return AllergyView(
        concern_id=composer.entry_id(allergy.provenance, allergy.id, "allergy-concern"),
        id=composer.entry_id(allergy.provenance, allergy.id, "allergy"),
        anchor=anchor,
        concern_status=concern,
        concern_period=of_concern(onset, concern),
        onset=onset,
        kind=composer.code(allergy.kind, f"{path}.kind", f"{anchor}-kind"),
        agent=composer.code(allergy.agent, f"{path}.agent", f"{anchor}-agent"),
        agent_name=label_of(allergy.agent),
        reactions=tuple(
            _reaction(allergy, reaction, n, anchor, path, composer) for n, reaction in enumerate(allergy.reactions, 1)
        ),
        criticality=composer.only_mapped(allergy.criticality, f"{path}.criticality", f"{anchor}-criticality"),
        certainty=composer.only_mapped(allergy.certainty, f"{path}.certainty", f"{anchor}-certainty"),
        status=None if status is None else composer.code(status, f"{path}.status", f"{anchor}-status"),
        severity=None
        if allergy.severity is None
        else composer.code(allergy.severity, f"{path}.severity", f"{anchor}-severity"),
        note=note_anchor(allergy.note, anchor),
    )


def _reaction(
    allergy: Allergy, reaction: Reaction, n: int, anchor: str, path: str, composer: CdaComposer
) -> ReactionView:
    mine, where = f"{anchor}-reaction{n}", f"{path}.reactions[{n - 1}]"
    severity = reaction.severity
    return ReactionView(
        id=composer.entry_id(allergy.provenance, f"{allergy.id}\x1f{n}", "reaction"),
        anchor=mine,
        value=composer.code(reaction.manifestation, f"{where}.manifestation", mine),
        onset=composer.interval(Period(start=reaction.onset), f"{where}.onset"),
        kind=fixed(FINDING) if reaction.kind is None else composer.code(reaction.kind, f"{where}.kind", f"{mine}-kind"),
        severity=None if severity is None else composer.code(severity, f"{where}.severity", f"{mine}-severity"),
        severity_anchor=f"{mine}-severity",
    )


def _row(allergy: Allergy, anchor: str, composer: CdaComposer) -> NarrativeRow:
    words = composer.words
    group = words["value.medicine" if allergy.agent_is_medicine else "value.other"]
    what: Cell = (
        piece(label_of(allergy.agent), f"{anchor}-agent"),
        piece(group),
        *coded_cell(allergy.kind, words["label.kind"], f"{anchor}-kind"),
        *optional(allergy.note, words["label.note"], f"{anchor}-note"),
    )
    reactions: list[Cell] = []
    for n, reaction in enumerate(allergy.reactions, 1):
        mine = f"{anchor}-reaction{n}"
        reactions.append(
            (
                piece(label_of(reaction.manifestation), mine),
                *codings_of(reaction.manifestation),
                *coded_cell(reaction.kind, words["label.kind"], f"{mine}-kind"),
                *coded_cell(reaction.severity, words["label.severity"], f"{mine}-severity"),
                *moment_cell(reaction.onset, words["label.onset"]),
            )
        )
    onset = piece(words["value.not_stated"] if allergy.onset is None else spoken(allergy.onset))
    status: Cell = (
        *coded_cell(allergy.status, words["label.status"], f"{anchor}-status"),
        *coded_cell(allergy.criticality, words["label.criticality"], f"{anchor}-criticality"),
        *coded_cell(allergy.certainty, words["label.certainty"], f"{anchor}-certainty"),
        *coded_cell(allergy.severity, words["label.severity"], f"{anchor}-severity"),
    )
    source = source_cell(allergy.provenance, words)
    reacted = tuple(p for cell in reactions for p in cell)
    return row(anchor, what, codings_of(allergy.agent), reacted, (onset,), status, source)
