"""The section of an ePrescription as printed: E.2.1 with one E.3.2, its supply, substitution and instructions.

The document states one dispensing. What is told to the patient is the whole dosage text; the dispensings that remain
are told there too, for no template has a place for them.
"""

from collections.abc import Sequence
from typing import Final

from transformers.cda.documents.row_prescriptions import COLUMNS, instruction_text, prescription_row
from transformers.cda.errors import AmountInexpressible, NotAffirmed
from transformers.cda.medicine.packages import containers
from transformers.cda.medicine.posology import print_dose, print_times
from transformers.cda.medicine.product import print_supplied
from transformers.cda.statements.parts import TO_DISPENSER, TO_PATIENT, print_reason, print_words
from transformers.cda.types import elements
from transformers.cda.types.composer import CdaComposer, EntryPlace
from transformers.cda.types.elements import QuantityView, fixed, quantity_view, written
from transformers.cda.types.identifiers import required_id
from transformers.cda.types.narrative import Narrative, footer, optional, print_narrative
from transformers.cda.types.vocabulary import (
    DRUG,
    E3,
    MEDICATION_ACTIVITY,
    NORMAL_DOSING,
    PRESCRIPTION_LIST,
    SUBSTITUTED,
    SUBSTITUTION,
    UCUM,
)
from transformers.model.amounts import is_package_count
from transformers.model.finding import Severity
from transformers.model.prescription import PrescribedItem
from transformers.model.summary import PackageLayer
from transformers.model.values import Quantity

TITLE = "Prescriptions"
"""The one title that a template fixes, in English (E.2.1)."""
_ANCHOR = "rx1"
_ONE = QuantityView("1", "1")
_SECTION: Final = "1.3.6.1.4.1.12559.11.10.1.3.1.2.1"
_TEMPLATES: Final = (
    f"{E3}2",
    MEDICATION_ACTIVITY,
    NORMAL_DOSING,
)


def print_prescription(item: PrescribedItem, read: str | None, composer: CdaComposer) -> str:
    """E.2.1 with its one entry, as the content of a section; ``read`` are the words of the document it was read from.

    Raises NotAffirmed, AmountInexpressible, LevelRefused, RequiredMissing, IdentifierInvalid.
    """
    if item.negated:
        raise NotAffirmed("item.negated")
    layers, supplied = _one_dispensing(item, composer)
    identity = required_id(item.id, "item.id")
    section = identity if item.prescription is None else required_id(item.prescription, "item.prescription")
    return (
        f"{elements.templates(_SECTION)}{elements.ident(section)}\n{elements.fixed_code('code', PRESCRIPTION_LIST)}\n"
        f"<title>{TITLE}</title>\n{print_narrative(_narrative(item, read, composer))}"
        f'<entry typeCode="COMP"><substanceAdministration classCode="SBADM" moodCode="INT">'
        f"{elements.templates(*_TEMPLATES)}{elements.ident(identity)}\n{elements.fixed_code('code', DRUG)}"
        f"{elements.reference(_ANCHOR)}{_posology(item, composer)}"
        f'<consumable typeCode="CSM">{print_supplied(item.product, layers, _ANCHOR, "item.product", composer)}'
        f"</consumable>{_parts(item, supplied, composer)}\n</substanceAdministration></entry>"
    )


def _narrative(item: PrescribedItem, read: str | None, composer: CdaComposer) -> Narrative:
    words = composer.words
    recorded = item.provenance.recorded or item.prescribed or composer.updated
    return Narrative(
        tuple(words[f"column.{key}"] for key in COLUMNS),
        (prescription_row(item, _ANCHOR, words),),
        (*optional(read, words["label.read"]), footer((item.provenance.source,), recorded, words)),
    )


def _posology(item: PrescribedItem, composer: CdaComposer) -> str:
    """Status, period of treatment, when, how and how much."""
    dosage, route = item.dosage, item.dosage.route
    treatment = elements.interval("effectiveTime", composer.interval(item.treatment, "item.treatment"), "IVL_TS")
    times = print_times(dosage, "item.dosage", composer, one_rule=False)
    by = ""
    if route is not None:
        by = elements.code("routeCode", composer.code(route, "item.dosage.route", f"{_ANCHOR}-route"))
    status = "completed" if item.completed else "active"
    return f'<statusCode code="{status}"/>{treatment}{times}{by}{print_dose(dosage, "item.dosage", composer)}'


def _parts(item: PrescribedItem, supplied: QuantityView, composer: CdaComposer) -> str:
    """Reason, supply, substitution, instructions."""
    place = EntryPlace(composer, _ANCHOR, "item")
    told = None if instruction_text(item, composer.words) is None else f"{_ANCHOR}-patient"
    to_dispenser = None if written(item.to_dispenser) is None else f"{_ANCHOR}-dispenser"
    entry = f"{item.id.root}^{item.id.extension or ''}"
    return (
        f"{print_reason(item.reason, item.provenance, entry, place)}"
        '\n<entryRelationship typeCode="COMP"><supply classCode="SPLY" moodCode="RQO"><independentInd value="false"/>'
        f"{elements.quantity('quantity', supplied)}</supply></entryRelationship>"
        f"{_substitution(item, composer)}{print_words(TO_PATIENT, told)}"
        f"{print_words(TO_DISPENSER, to_dispenser)}"
    )


def _one_dispensing(item: PrescribedItem, composer: CdaComposer) -> tuple[Sequence[PackageLayer], QuantityView]:
    """Containers and how many of them are handed out at once.

    An amount that is not stated in packages (M1 Mengde) is the content of one container of unknown kind. A substance
    has no packages of its own. Raises AmountInexpressible.
    """
    substance = item.product.level == "substance"
    if item.packages is not None and not substance:
        return containers(item.product, "item.product"), _count(item.packages)
    if item.amount is None:
        raise AmountInexpressible("item.amount" if substance else "item.packages")
    if item.product.packages:
        text = "The amount is not stated in packages; the product's containers are in the narrative alone."
        composer.note(Severity.WARNING, "package-not-expressible", "item.product.packages", text)
    return (PackageLayer(item.amount),), _ONE


def _count(packages: Quantity) -> QuantityView:
    """A number of packages has no unit; a unit would make it an amount. Raises AmountInexpressible."""
    unit = packages.unit
    bare = unit is None or (unit.target is not None and (unit.target.code, unit.target.system) == ("1", UCUM))
    view = quantity_view(packages)
    if view is None or not bare or not is_package_count(packages.value):
        raise AmountInexpressible("item.packages")
    return view


def _substitution(item: PrescribedItem, composer: CdaComposer) -> str:
    """The source's own code where it has a European one, else the code of what it said; value takes no null."""
    coded = item.substitution_code
    view = composer.only_mapped(coded, "item.substitution_code", f"{_ANCHOR}-substitution")
    if view is None and item.substitution is not None:
        view = fixed(SUBSTITUTION[item.substitution.value])
    if view is None:
        return ""
    return (
        '\n<entryRelationship typeCode="SUBJ" inversionInd="true"><observation classCode="OBS" moodCode="EVN">'
        f"{elements.fixed_code('code', SUBSTITUTED)}{elements.code('value', view, 'CE')}</observation>"
        "</entryRelationship>"
    )
