"""The sections of things measured, asked and seen, and those that are text alone (E.2.5 to E.2.8, E.2.13, E.2.14,
E.2.16). None of them is obligatory: without a statement a section is left out.

No Norwegian source fills them; what another country says is written as it was read.
"""

from dataclasses import replace
from typing import Final

from transformers.cda.statements.observation_forms import STATUS
from transformers.cda.statements.section import Layout, SectionView, UnreadView, section_view
from transformers.cda.statements.view_observations import (
    ObservationView,
    OrganiserView,
    observation_cell,
    observation_view,
    organiser_view,
    plain_observation,
)
from transformers.cda.types.composer import CdaComposer, CodeView, EntryPlace, fixed, one_line
from transformers.cda.types.narrative import (
    Narrative,
    NarrativeRow,
    Piece,
    codings_of,
    footer,
    label_of,
    optional,
    period_cell,
    piece,
    row,
    source_cell,
)
from transformers.cda.types.vocabulary import SECTIONS
from transformers.model.summary import Narrated, Observation, ObservationGroup, Present, Section
from transformers.model.values import Coded, Coding, Period

_COLUMNS: Final = ("observation", "dates", "source")
_PREFIXES: Final = {
    "vital_signs": "vit",
    "results": "res",
    "functional_status": "fun",
    "social_history": "soc",
    "pregnancies": "preg",
}
_TEXT_ALONE: Final = frozenset({"functional_status", "advance_directives", "care_plan"})
"""Sections whose template takes no entry: others claim their template only with one."""
_PREGNANCY: Final = Coded(target=Coding(STATUS, "2.16.840.1.113883.6.1", "Pregnancy status", "LOINC"))


def groups(name: str, state: Section[ObservationGroup], composer: CdaComposer) -> SectionView | None:
    """Vital signs, results or functional status."""

    def entry(group: ObservationGroup, place: EntryPlace) -> tuple[NarrativeRow, OrganiserView | ObservationView]:
        view = organiser_view(group, name, place.anchor, place.path, composer)
        return _group_row(group, place.anchor, composer), view

    return _claimed(section_view(Layout(name, _PREFIXES[name], _COLUMNS), state, composer, entry, unread=_unread))


def _unread(view: UnreadView) -> ObservationView:
    """What could not be read, as a plain observation of no template: the forms of these sections take no OTH."""
    return plain_observation(view.id, view.anchor, view.code)


def observations(name: str, state: Section[Observation], composer: CdaComposer) -> SectionView | None:
    """Social history or pregnancies; an expected date of delivery is printed below a pregnancy status."""

    def entry(one: Observation, place: EntryPlace) -> tuple[NarrativeRow, ObservationView]:
        view = observation_view(one, name, place.anchor, place.path, composer)
        words = (observation_cell(one, place.anchor, composer), (), source_cell(one.provenance, composer.words))
        return row(place.anchor, *words), view

    if name == "pregnancies" and isinstance(state, Present):
        state = Present(tuple(_below_status(one) for one in state.entries), state.unread)
    return _claimed(section_view(Layout(name, _PREFIXES[name], _COLUMNS), state, composer, entry, unread=_unread))


def _below_status(one: Observation) -> Observation:
    """An expected date of delivery that stands alone, below a status that nobody stated."""
    due = one.code.target is not None and one.code.target.code in {"11778-8", "11779-6", "11780-4"}
    if not due:
        return one
    return Observation(one.id, _PREGNANCY, None, Period(), one.provenance, parts=(one,))


def _claimed(section: SectionView | None) -> SectionView | None:
    """A section whose entries fit no form does not claim its template."""
    if section is None:
        return None
    fits = any(getattr(entry, "templates", ()) for entry in section.entries)
    return section if fits else replace(section, templates=())


def _group_row(group: ObservationGroup, anchor: str, composer: CdaComposer) -> NarrativeRow:
    words = composer.words
    heading = () if group.code is None else (piece(label_of(group.code), f"{anchor}-code"),)
    made = tuple(
        p for n, one in enumerate(group.observations, 1) for p in observation_cell(one, f"{anchor}-o{n}", composer)
    )
    performer = optional(None if group.performer is None else group.performer.name, words["label.performer"])
    source = source_cell(group.provenance, words)
    codes = () if group.code is None else codings_of(group.code)
    return row(anchor, (*heading, *codes, *made, *performer), period_cell(group.when, words), source)


def narrated(name: str, state: Section[Narrated], composer: CdaComposer) -> list[SectionView]:
    """Advance directives or the care plan: text alone."""
    if not isinstance(state, Present):
        return []
    merged = "\n".join(one.text for one in state.entries)
    first = state.entries[0]
    return [narrated_section(replace(first, text=merged), composer, name)]


def narrated_section(one: Narrated, composer: CdaComposer, name: str | None = None) -> SectionView:
    """A section that is its words; it claims a template only where that takes no entry."""
    known = name if name in _TEXT_ALONE else None
    paragraphs: list[Piece] = [piece(line) for line in one.text.split("\n") if line.strip()]
    if one.provenance is not None:
        paragraphs.append(footer((one.provenance.source,), composer.updated, composer.words))
    title = (one.title or "").strip() or (None if name is None else composer.words[f"title.{name}"])
    return SectionView(
        templates=() if known is None else SECTIONS[known].templates,
        code=_code(one, name),
        title=title or composer.words["title.other"],
        narrative=Narrative((), (), tuple(paragraphs) or (piece(""),)),
        entries=(),
    )


def _code(one: Narrated, name: str | None) -> CodeView:
    if name is not None:
        return fixed(SECTIONS[name].code)
    coding = one.code
    if coding is None:
        return CodeView(null="UNK")
    return CodeView(coding.code, coding.system, coding.system_name, None, one_line(coding.display or coding.code))
