"""Medicines as printed: E.3.4 with product E.3.31, reason, instructions, author where a role is mapped.

Name, strength, form and dosage stay the source's text; a code goes into the structure only where transcoding found one.
"""

from typing import Final

from transformers.cda.medicine.posology import print_dose, print_times
from transformers.cda.medicine.product import SUMMARY, print_product
from transformers.cda.statements.parts import COMMENT, TO_PATIENT, print_reason, print_words
from transformers.cda.statements.row_medications import medication_row, use_status
from transformers.cda.statements.section import Layout, SectionView, section_view
from transformers.cda.types import elements
from transformers.cda.types.composer import CdaComposer, EntryPlace
from transformers.cda.types.elements import written
from transformers.cda.types.narrative import NarrativeRow, note_anchor
from transformers.cda.types.people import print_assigned
from transformers.cda.types.times import precise_to_day
from transformers.cda.types.vocabulary import DRUG
from transformers.model.summary import MedicationStatement, Section

LAYOUT: Final = Layout("medications", "med", ("medicine", "code", "dosage", "reason", "dates", "status", "source"))
_TEMPLATES: Final = (
    "1.3.6.1.4.1.12559.11.10.1.3.1.3.4",
    "2.16.840.1.113883.10.20.1.24",
    "1.3.6.1.4.1.19376.1.5.3.1.4.7.1",
)


def medications(state: Section[MedicationStatement], composer: CdaComposer, *, reconciled: bool) -> SectionView | None:
    """The medication section; a list nobody reconciled says so in its narrative."""

    def entry(statement: MedicationStatement, place: EntryPlace) -> tuple[NarrativeRow, str]:
        return medication_row(statement, place.anchor, composer), _print(statement, place.anchor, place.path, composer)

    extra = () if reconciled else (composer.words["sentence.not_reconciled"],)
    return section_view(LAYOUT, state, composer, entry, extra)


def _print(statement: MedicationStatement, anchor: str, path: str, composer: CdaComposer) -> str:
    dosage, route = statement.dosage, statement.dosage.route
    identity = composer.entry_id(statement.provenance, statement.id, "medication")
    status = statement.status or use_status(statement.used.end, composer.created)
    used = elements.interval("effectiveTime", composer.interval(statement.used, f"{path}.used"), "IVL_TS")
    times = print_times(dosage, f"{path}.dosage", composer, one_rule=True)
    by = ""
    if route is not None:
        by = elements.code("routeCode", composer.code(route, f"{path}.dosage.route", f"{anchor}-route"))
    dose = print_dose(dosage, f"{path}.dosage", composer)
    product = print_product(statement.product, SUMMARY, anchor, f"{path}.product", composer)
    place = EntryPlace(composer, anchor, path)
    return (
        f'<substanceAdministration classCode="SBADM" moodCode="{"INT" if statement.ordered else "EVN"}">'
        f'{elements.templates(*_TEMPLATES)}<id root="{identity}"/>\n{elements.fixed_code("code", DRUG)}'
        f'{elements.reference(anchor)}<statusCode code="{status}"/>{used}\n{times}{by}{dose}\n'
        f'<consumable typeCode="CSM">{product}</consumable>{_print_author(statement, path, composer)}'
        f"{print_reason(statement.reason, statement.provenance, statement.id, place)}"
        f"{print_words(TO_PATIENT, None if written(dosage.text) is None else f'{anchor}-dosage')}"
        f"{print_words(COMMENT, note_anchor(statement.note, anchor))}\n</substanceAdministration>"
    )


def _print_author(statement: MedicationStatement, path: str, composer: CdaComposer) -> str:
    """Who prescribed; functionCode takes no null here, so that without a mapped role the words alone name them."""
    prescriber = statement.prescriber
    if prescriber is None or prescriber.role is None:
        return ""
    function = composer.code(prescriber.role, f"{path}.prescriber.role", None)
    if function.code is None:
        return ""
    recorded = statement.provenance.recorded
    time = recorded.hl7() if recorded is not None and precise_to_day(recorded) else None
    return (
        f'\n<author typeCode="AUT" contextControlCode="OP">{elements.code("functionCode", function)}'
        f'{elements.stamp("time", time)}\n<assignedAuthor classCode="ASSIGNED">'
        f"{print_assigned(prescriber, 'NA', prescriber.organisation)}</assignedAuthor></author>"
    )
