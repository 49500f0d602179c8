"""Vaccinations (section E.2.15), read and printed: E.3.19 with product E.3.18, target diseases, dose number E.3.28.

A vaccination that was not given is none; one given on a day that nobody knows is one. The template of wave 8
(2024-01-26) writes the code system of IMMUNIZ with 1.3.5 where IHE's OID is 1.3.6, and its Schematron refuses the
right one; tests pin it.
"""

from functools import partial
from typing import Final

from transformers.cda.medicine.packages import words_of
from transformers.cda.statements.absence import absences
from transformers.cda.statements.forms import Origin, StatementForm, provenance, roles, single
from transformers.cda.statements.parts import DOSE_NUMBER, completed, own_words, parts_below, statement_id
from transformers.cda.statements.section import Layout, SectionView, section_view
from transformers.cda.statements.signs import affirmed, unreadable
from transformers.cda.types import elements
from transformers.cda.types.composer import CdaComposer, EntryPlace
from transformers.cda.types.elements import CodeView, code, written
from transformers.cda.types.narrative import (
    Cell,
    NarrativeRow,
    coded_cell,
    codings_of,
    label_of,
    optional,
    phrase,
    piece,
    quantity_text,
    row,
    source_cell,
)
from transformers.cda.types.people import organisation, performing_organisation, print_organisation, print_performer
from transformers.cda.types.times import spoken
from transformers.cda.types.tree import Element, Tree, child
from transformers.cda.types.values import coded, is_code, named_concept, number, period, quantity, value_holder
from transformers.cda.types.vocabulary import CCD, E3, IHE, ILLNESSES, MEDICATION_ACTIVITY, MVC, FixedCode, ValueSets
from transformers.model.amounts import is_dose_number, is_strength
from transformers.model.finding import Severity
from transformers.model.section_state import Absence
from transformers.model.summary import Immunisation, Section
from transformers.model.values import Coded, Moment, Quantity

CODE: Final = FixedCode("IMMUNIZ", "1.3.5.1.4.1.19376.1.5.3.2", "IHEActCode", "Immunization")
_VACCINATION: Final = f"{IHE}12"
FORM: Final = StatementForm(
    frozenset({"substanceAdministration"}),
    (f"{E3}19", _VACCINATION, MEDICATION_ACTIVITY),
    frozenset({CODE.code}),
    older=(_VACCINATION,),
)
VALUE_SETS: Final[ValueSets] = {
    (Immunisation, "vaccine"): (f"{MVC}28",),
    (Immunisation, "target_diseases"): (ILLNESSES,),
}
PRODUCT: Final = (f"{E3}18", f"{CCD}53")
_PRODUCT: Final = "{*}consumable/{*}manufacturedProduct"


def read_immunisation(tree: Tree, entry: Element, origin: Origin) -> Immunisation | list[Absence] | None:
    """One vaccination given, on a day or on a day that nobody knows; or the absence of any."""
    material = entry.find(f"{_PRODUCT}/{{*}}manufacturedMaterial")
    named = None if material is None else child(material, "code")
    said = absences(tree, entry, (named, child(entry, "code")), (origin, "immunisation"))
    if said is not None:
        return said
    if not single(tree, entry, FORM, "immunisation", origin):
        return None
    text, _ = own_words(tree, entry)
    name = None if material is None else words_of(tree, child(material, "name"))
    vaccine = None if material is None else coded(tree, child(material, "code"), text if name is None else name)
    given = _given(tree, entry)
    if vaccine is None or material is None:
        unreadable(tree, entry, "vaccine")
        return None
    if given is None:
        tree.note(Severity.WARNING, "vaccination-undated", entry, "It is not told when the vaccination was given.")
    is_code(tree, child(entry, "code"), CODE.code)
    completed(tree, entry)
    made = provenance(tree, entry, origin)
    return Immunisation(
        id=made.source_id or "",
        vaccine=vaccine,
        given=given,
        provenance=made,
        product_name=None if vaccine.text is not None and " ".join(vaccine.text.split()) == name else name,
        target_diseases=tuple(d for role in roles(entry) if (d := _disease(tree, role)) is not None),
        lot=words_of(tree, child(material, "lotNumberText")),
        dose_number=_dose_number(tree, entry),
        performer=performing_organisation(tree, entry),
        route=coded(tree, child(entry, "routeCode")),
        dose=tree.attempt(partial(_dose, tree, entry)),
        manufacturer=organisation(tree, entry.find(f"{_PRODUCT}/{{*}}manufacturerOrganization")),
    )


def _given(tree: Tree, entry: Element) -> Moment | None:
    """When it was given: a TS, or the beginning of an interval, whose end is named where it is another day."""
    time = child(entry, "effectiveTime")
    when = period(tree, time)
    if time is not None and when.end not in {None, when.start}:
        tree.note(Severity.WARNING, "not-carried", time, "The end of the vaccination is not carried into the pivot.")
    return when.start


def _disease(tree: Tree, role: Element) -> Coded | None:
    return named_concept(tree, child(role, "code"), role.find("{*}playingEntity/{*}name"))


def _dose(tree: Tree, entry: Element) -> Quantity | None:
    """One amount, or an interval of it (IVL_PQ) whose ends are the same."""
    stated = child(entry, "doseQuantity")
    if stated is None or value_holder(stated) is not None:
        return quantity(tree, stated, is_strength)
    low, high = (quantity(tree, child(stated, end), is_strength) for end in ("low", "high"))
    return low if low == high else None


def _dose_number(tree: Tree, entry: Element) -> int | None:
    for element in parts_below(entry).get("dose", ()):
        value = child(element, "value")
        count = None if value is None else number(tree, value, value.get("value"))
        if value is not None and count is not None and not is_dose_number(count):
            tree.note(Severity.ERROR, "amount-impossible", value, "No dose has that number.", value.get("value"))
        elif value is not None and count is not None and affirmed(tree, element, "part"):
            tree.use(value, "value")
            is_code(tree, child(element, "code"), DOSE_NUMBER.code.code)
            completed(tree, element)
            statement_id(tree, element)
            return int(count)
    return None


def immunisations(state: Section[Immunisation], composer: CdaComposer) -> SectionView | None:
    """The section of vaccinations, as printed; None when there is nothing to say: it is not a required one."""
    return section_view(LAYOUT, state, composer, lambda one, place: (_row(one, place), _print(one, place)))


def _print(given: Immunisation, place: EntryPlace) -> str:
    composer = place.composer
    diseases = "".join(_print_disease(one, n, place) for n, one in enumerate(given.target_diseases, 1))
    identity = composer.entry_id(given.provenance, given.id, "immunisation")
    vaccine = code("code", place.view(given.vaccine, "vaccine"))
    when = elements.stamp("effectiveTime", None if given.given is None else given.given.hl7())
    route = "" if given.route is None else code("routeCode", place.medicine_view(given.route, "route", "route"))
    maker = given.manufacturer
    material = (
        f"{vaccine}{elements.element('name', written(given.product_name) or label_of(given.vaccine))}"
        f"{elements.element('lotNumberText', written(given.lot))}"
    )
    made_by = "" if maker is None else print_organisation("manufacturerOrganization", maker)
    performer = "" if given.performer is None else print_performer(given.performer)
    rest = f"{performer}{diseases}{_print_dose_number(given.dose_number)}"
    head = f"{when}{route}{_print_dose(given, place)}"
    return _administration(identity, place.anchor, head, (material, made_by), rest)


def _administration(identity: str, anchor: str, head: str, product: tuple[str, str], rest: str) -> str:
    """E.3.19; ``product`` is what its material holds and who made it."""
    material, made_by = product
    return (
        f'<substanceAdministration classCode="SBADM" moodCode="EVN">{elements.templates(*FORM.templates)}'
        f'<id root="{identity}"/>\n{elements.fixed_code("code", CODE)}{elements.reference(anchor)}'
        f'<statusCode code="completed"/>{head}<consumable typeCode="CSM"><manufacturedProduct classCode="MANU">'
        f'{elements.templates(*PRODUCT)}<manufacturedMaterial classCode="MMAT" determinerCode="KIND">{material}'
        f"</manufacturedMaterial>{made_by}</manufacturedProduct></consumable>{rest}</substanceAdministration>"
    )


def _print_unread(said: CodeView, anchor: str, identity: str) -> str:
    """What could not be read: the vaccine is OTH in words, the time unknown."""
    head = elements.stamp("effectiveTime", None) + "\n"
    return _administration(identity, anchor, head, (f"{code('code', said)}<name>–</name>", ""), "")


LAYOUT: Final = Layout(
    "immunisations", "imm", ("vaccine", "code", "diseases", "dates", "status", "source"), unread=_print_unread
)


def _print_dose(given: Immunisation, place: EntryPlace) -> str:
    view = None if given.dose is None else elements.quantity_view(given.dose)
    if given.dose is not None and view is None:
        text = "The dose's unit has no European code; the dose is in the narrative."
        place.composer.note(Severity.WARNING, "unit-not-expressible", f"{place.path}.dose", text, given.dose.unit)
    return "" if view is None else elements.quantity("doseQuantity", view)


def _print_disease(disease: Coded, number: int, place: EntryPlace) -> str:
    path, anchor = f"{place.path}.target_diseases[{number - 1}]", f"{place.anchor}-disease{number}"
    return (
        f'<participant typeCode="IND"><participantRole classCode="AGNT">'
        f"{code('code', place.composer.code(disease, path, anchor))}"
        f'<playingEntity classCode="ENT">{elements.element("name", label_of(disease))}</playingEntity>'
        "</participantRole></participant>"
    )


def _print_dose_number(number: int | None) -> str:
    if number is None:
        return ""
    return (
        '<entryRelationship typeCode="SUBJ" inversionInd="false"><observation classCode="OBS" moodCode="EVN">'
        f"{elements.templates(*DOSE_NUMBER.templates)}\n{elements.fixed_code('code', DOSE_NUMBER.code)}"
        f'<statusCode code="completed"/><value xsi:type="INT" value="{number}"/></observation></entryRelationship>'
    )


def _row(given: Immunisation, place: EntryPlace) -> NarrativeRow:
    words, anchor = place.composer.words, place.anchor
    what: Cell = (
        piece(label_of(given.vaccine), f"{anchor}-vaccine"),
        *optional(given.product_name, words["label.product"]),
        *optional(given.lot, words["label.lot"]),
        *optional(None if given.dose_number is None else str(given.dose_number), words["label.dose_number"]),
        *optional(None if given.dose is None else quantity_text(given.dose), words["label.dose"]),
        *place.cell(given.route, "route"),
        *optional(None if given.manufacturer is None else given.manufacturer.name, words["label.manufacturer"]),
    )
    diseases = tuple(
        shown
        for n, disease in enumerate(given.target_diseases, 1)
        for shown in coded_cell(disease, words["column.diseases"], f"{anchor}-disease{n}")
    )
    status: Cell = (
        phrase(words["status.given"]),
        *optional(None if given.performer is None else given.performer.name, words["label.performer"]),
    )
    when = phrase(words["date.unknown"] if given.given is None else spoken(given.given))
    return row(anchor, what, codings_of(given.vaccine), diseases, (when,), status, source_cell(given.provenance, words))
