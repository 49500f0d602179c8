"""Medicines in use (section E.2.3), read and printed: E.3.4 with product, dosage, reason, instruction, prescriber.

Name, strength, form and dosage stay the source's text; a code goes into the structure only where transcoding found one.
A prescriber without a European role and the prescription's number stand in the narrative alone.
"""

from dataclasses import replace
from typing import Final

from transformers.cda.medicine.posology import print_dose, print_schedule, read_posology
from transformers.cda.medicine.product import SUMMARY, print_product, read_product
from transformers.cda.medicine.rows import dosage_cell, whole_codes_cell, whole_product_cell
from transformers.cda.statements.absence import absences
from transformers.cda.statements.forms import Origin, StatementForm, provenance, single
from transformers.cda.statements.parts import (
    COMMENT,
    TO_PATIENT,
    comment,
    instruction,
    own_words,
    parts_below,
    print_reason,
    print_words,
    read_reason,
    status_of,
)
from transformers.cda.statements.section import Layout, SectionView, section_view
from transformers.cda.statements.signs import unreadable
from transformers.cda.types import elements
from transformers.cda.types.composer import CdaComposer, EntryPlace
from transformers.cda.types.elements import CodeView, written
from transformers.cda.types.narrative import (
    Cell,
    NarrativeRow,
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
from transformers.cda.types.people import print_assigned, professional, professional_text
from transformers.cda.types.times import ends_before, precise_to_day
from transformers.cda.types.tree import Element, Tree, child
from transformers.cda.types.values import is_code
from transformers.cda.types.vocabulary import (
    DRUG,
    E3,
    IHE,
    ILLNESSES,
    MEDICATION_ACTIVITY,
    NORMAL_DOSING,
    RARE_DISEASES,
    ValueSets,
)
from transformers.model.people import Professional
from transformers.model.section_state import Absence
from transformers.model.summary import Dosage, MedicationStatement, Section, Timing

FORM: Final = StatementForm(
    frozenset({"substanceAdministration"}),
    (f"{E3}4", MEDICATION_ACTIVITY, NORMAL_DOSING),
    frozenset({DRUG.code}),
    older=(f"{IHE}7",),
)
VALUE_SETS: Final[ValueSets] = {(MedicationStatement, "reason"): (ILLNESSES, RARE_DISEASES)}


def read_medication(tree: Tree, entry: Element, origin: Origin) -> MedicationStatement | list[Absence] | None:
    """One medicine, or the absence of any; None for an entry that names no product."""
    material = entry.find("{*}consumable/{*}manufacturedProduct/{*}manufacturedMaterial/{*}code")
    said = absences(tree, entry, (child(entry, "code"), material), (origin, "medicine"))
    if said is not None:
        return said
    if not single(tree, entry, FORM, "medicine", origin):
        return None
    text, own = own_words(tree, entry)
    product = read_product(tree, entry.find("{*}consumable/{*}manufacturedProduct"), text)
    if product is None:
        unreadable(tree, entry, "product")
        return None
    is_code(tree, child(entry, "code"), DRUG.code)
    parts = parts_below(entry)
    told = instruction(tree, parts.get("instruction", ()), TO_PATIENT)
    used, dosage = read_posology(tree, entry, told)
    made = provenance(tree, entry, origin)
    return MedicationStatement(
        id=made.source_id or "",
        product=product,
        dosage=_with_period(dosage),
        used=used,
        ordered=entry.get("moodCode") == "INT",
        reason=read_reason(tree, parts.get("reason", ())),
        provenance=made,
        prescriber=_prescriber(tree, entry),
        note=comment(tree, parts, own),
        status=status_of(tree, entry, frozenset({"active", "completed"})),
    )


def _with_period(dosage: Dosage) -> Dosage:
    """The pivot of a summary (version 1 of its JSON) names a plain "every" that stands alone ``period``."""
    plain = dosage.timings[0].period if len(dosage.timings) == 1 else None
    return replace(dosage, period=plain, timings=()) if dosage.timings == (Timing(period=plain),) and plain else dosage


def _prescriber(tree: Tree, entry: Element) -> Professional | None:
    author = child(entry, "author")
    if author is None:
        return None
    return professional(tree, child(author, "assignedAuthor"), child(author, "functionCode"))


def medications(state: Section[MedicationStatement], composer: CdaComposer, *, reconciled: bool) -> SectionView | None:
    """The medication section, as printed; a list nobody reconciled says so in its narrative."""
    extra = () if reconciled else (composer.words["sentence.not_reconciled"],)
    return section_view(LAYOUT, state, composer, lambda one, place: (_row(one, place), _print(one, place)), extra)


def _status(statement: MedicationStatement, composer: CdaComposer) -> str:
    """``completed`` when the use certainly ended before the document was made, else ``active``, unless it is stated."""
    end = statement.used.end
    return statement.status or ("completed" if end is not None and ends_before(end, composer.created) else "active")


def _print(statement: MedicationStatement, place: EntryPlace) -> str:
    composer, anchor, path = place
    dosage, route = statement.dosage, statement.dosage.route
    identity = composer.entry_id(statement.provenance, statement.id, "medication")
    used = composer.interval(statement.used, f"{path}.used")
    times = print_schedule(used, dosage, f"{path}.dosage", composer, one_rule=True)
    by = "" if route is None else elements.code("routeCode", place.medicine_view(route, "dosage.route", "route"))
    dose = print_dose(dosage, f"{path}.dosage", composer)
    product = print_product(statement.product, SUMMARY, anchor, f"{path}.product", composer)
    return (
        f'<substanceAdministration classCode="SBADM" moodCode="{"INT" if statement.ordered else "EVN"}">'
        f'{elements.templates(*FORM.templates)}<id root="{identity}"/>\n'
        f'{elements.reference(anchor)}<statusCode code="{_status(statement, composer)}"/>\n{times}{by}{dose}\n'
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


def _print_empty(said: CodeView, anchor: str, identity: str) -> str:
    """The section without statements (value set 42.49)."""
    return _without_product(elements.code("code", said), anchor, identity, ' nullFlavor="NA"')


def _print_unread(said: CodeView, anchor: str, identity: str) -> str:
    """What could not be read: its code is OTH in words, and so is what it says of the product."""
    return _without_product(elements.code("code", said), anchor, identity, "")


def _without_product(code: str, anchor: str, identity: str, null: str) -> str:
    """E.3.4 with two effectiveTime, both null, and a product that says nothing."""
    return (
        f'<substanceAdministration classCode="SBADM" moodCode="INT">{elements.templates(*FORM.templates[:2])}'
        f'<id root="{identity}"/>\n{code}{elements.reference(anchor)}<statusCode code="completed"/>'
        '<effectiveTime xsi:type="IVL_TS" nullFlavor="UNK"/><effectiveTime nullFlavor="NA"/>\n'
        f'<consumable typeCode="CSM"><manufacturedProduct classCode="MANU">{elements.templates(SUMMARY.product)}'
        f'<manufacturedMaterial classCode="MMAT" determinerCode="KIND"{null}>{elements.templates(SUMMARY.material)}'
        "</manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration>"
    )


LAYOUT: Final = Layout(
    "medications",
    "med",
    ("medicine", "code", "dosage", "reason", "dates", "status", "source"),
    _print_empty,
    _print_unread,
)


def _row(statement: MedicationStatement, place: EntryPlace) -> NarrativeRow:
    composer, anchor, _ = place
    words, product = composer.words, statement.product
    what: Cell = (
        *whole_product_cell(product, anchor, words),
        *optional(statement.note, words["label.note"], f"{anchor}-note"),
    )
    status: Cell = (
        phrase(words["status.prescribed" if statement.ordered else "status.taken"]),
        phrase(words[f"status.{_status(statement, composer)}"]),
        *optional(professional_text(statement.prescriber), words["label.prescriber"]),
        *optional(statement.prescription_id, words["label.prescription"]),
    )
    reason: Cell = ()
    if statement.reason is not None:
        reason = (piece(label_of(statement.reason), f"{anchor}-reason"), *codings_of(statement.reason))
    dates, source = period_cell(statement.used, words), source_cell(statement.provenance, words)
    dosage = dosage_cell(statement.dosage, anchor, words)
    return row(anchor, what, whole_codes_cell(product, anchor, words), dosage, reason, dates, status, source)
