"""Vaccinations as printed: E.3.19 with product E.3.18, target diseases and dose number E.3.28."""

from dataclasses import dataclass
from typing import Final

from transformers.cda.statements.section import Layout, SectionView, section_view
from transformers.cda.types.composer import CdaComposer, CodeView, EntryPlace
from transformers.cda.types.elements import QuantityView, quantity_view
from transformers.cda.types.narrative import (
    Cell,
    NarrativeRow,
    coded_cell,
    codings_of,
    label_of,
    optional,
    piece,
    quantity_text,
    row,
    source_cell,
)
from transformers.cda.types.times import spoken
from transformers.model.finding import Severity
from transformers.model.people import Organisation
from transformers.model.summary import Immunisation, Section

LAYOUT: Final = Layout("immunisations", "imm", ("vaccine", "code", "diseases", "dates", "status", "source"))


@dataclass(frozen=True, slots=True)
class DiseaseView:
    """What the vaccine protects against."""

    code: CodeView
    name: str


@dataclass(frozen=True, slots=True)
class ImmunisationView:
    """E.3.19."""

    id: str
    anchor: str
    given: str | None
    vaccine: CodeView
    name: str
    lot: str | None
    performer: Organisation | None
    diseases: tuple[DiseaseView, ...]
    dose_number: int | None
    route: CodeView | None
    dose: QuantityView | None
    manufacturer: Organisation | None
    template: str = "immunisation.xml.j2"


def immunisations(state: Section[Immunisation], composer: CdaComposer) -> SectionView | None:
    """The section of vaccinations, None when there is nothing to say: it is not a required one."""

    def entry(immunisation: Immunisation, place: EntryPlace) -> tuple[NarrativeRow, ImmunisationView]:
        return _row(immunisation, place.anchor, composer), _view(immunisation, place.anchor, place.path, composer)

    return section_view(LAYOUT, state, composer, entry)


def _view(given: Immunisation, anchor: str, path: str, composer: CdaComposer) -> ImmunisationView:
    product = given.product_name if given.product_name and given.product_name.strip() else None
    diseases = tuple(
        DiseaseView(composer.code(d, f"{path}.target_diseases[{n - 1}]", f"{anchor}-disease{n}"), label_of(d))
        for n, d in enumerate(given.target_diseases, 1)
    )
    return ImmunisationView(
        id=composer.entry_id(given.provenance, given.id, "immunisation"),
        anchor=anchor,
        given=None if given.given is None else given.given.hl7(),
        vaccine=composer.code(given.vaccine, f"{path}.vaccine", f"{anchor}-vaccine"),
        name=product or label_of(given.vaccine),
        lot=given.lot if given.lot and given.lot.strip() else None,
        performer=given.performer,
        diseases=diseases,
        dose_number=given.dose_number,
        route=None if given.route is None else composer.code(given.route, f"{path}.route", f"{anchor}-route"),
        dose=_dose(given, path, composer),
        manufacturer=given.manufacturer,
    )


def _dose(given: Immunisation, path: str, composer: CdaComposer) -> QuantityView | None:
    view = None if given.dose is None else quantity_view(given.dose)
    if given.dose is not None and view is None:
        text = "The dose's unit has no European code; the dose is in the narrative."
        composer.note(Severity.WARNING, "unit-not-expressible", f"{path}.dose", text, given.dose.unit)
    return view


def _row(given: Immunisation, anchor: str, composer: CdaComposer) -> NarrativeRow:
    words = composer.words
    what: Cell = (
        piece(label_of(given.vaccine), f"{anchor}-vaccine"),
        *optional(given.product_name, words["label.product"]),
        *optional(given.lot, words["label.lot"]),
        *optional(None if given.dose_number is None else str(given.dose_number), words["label.dose_number"]),
        *optional(None if given.dose is None else quantity_text(given.dose), words["label.dose"]),
        *coded_cell(given.route, words["label.route"], f"{anchor}-route"),
        *optional(None if given.manufacturer is None else given.manufacturer.name, words["label.manufacturer"]),
    )
    diseases = tuple(
        p
        for n, disease in enumerate(given.target_diseases, 1)
        for p in coded_cell(disease, words["column.diseases"], f"{anchor}-disease{n}")
    )
    status: Cell = (
        piece(words["status.given"]),
        *optional(None if given.performer is None else given.performer.name, words["label.performer"]),
    )
    source = source_cell(given.provenance, words)
    when = piece(words["date.unknown"] if given.given is None else spoken(given.given))
    return row(anchor, what, codings_of(given.vaccine), diseases, (when,), status, source)
