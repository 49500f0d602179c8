"""The section of an ePrescription as printed: E.2.1 with one E.3.2, its supply, substitution and instructions.

The document states one dispensing. What is told to the patient is the whole dosage text; the dispensings that remain
are told there too, for no template has a place for them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from transformers.cda.composer import CdaComposer, CodeView, fixed
from transformers.cda.errors import AmountInexpressible
from transformers.cda.identifiers import Id, required_id
from transformers.cda.narrative import Narrative, footer, optional
from transformers.cda.row_prescriptions import COLUMNS, instruction_text, prescription_row
from transformers.cda.times import Interval
from transformers.cda.view_medications import QuantityView, ReasonView, quantity_view, written
from transformers.cda.view_posology import DoseView, TimingView, dose_view, timing_views
from transformers.cda.view_product import ProductView, containers, product_view
from transformers.cda.vocabulary import PRESCRIPTION_LIST, SUBSTITUTION, UCUM
from transformers.model.finding import Severity
from transformers.model.prescription import PrescribedItem
from transformers.model.summary import PackageLayer
from transformers.model.values import Quantity

TITLE = "Prescriptions"
"""The one title that a template fixes, in English (E.2.1)."""
_ANCHOR = "rx1"
_ONE = QuantityView("1", "1")


@dataclass(frozen=True, slots=True)
class PrescriptionView:
    """E.2.1 and E.3.2. ``instructions`` and ``to_dispenser`` are anchors of the narrative."""

    section_id: Id
    code: CodeView
    title: str
    narrative: Narrative
    id: Id
    anchor: str
    status: str
    treatment: Interval
    timings: tuple[TimingView, ...]
    route: CodeView | None
    dose: DoseView | None
    product: ProductView
    supplied: QuantityView
    reason: ReasonView | None
    substitution: CodeView | None
    instructions: str | None
    to_dispenser: str | None


def prescription_view(item: PrescribedItem, read: str | None, composer: CdaComposer) -> PrescriptionView:
    """The one entry; ``read`` are the words of the document it was read from.

    Raises AmountInexpressible, LevelRefused, RequiredMissing, IdentifierInvalid.
    """
    words, dosage = composer.words, item.dosage
    layers, supplied = _one_dispensing(item, composer)
    route = dosage.route
    identity = required_id(item.id, "item.id")
    section = identity if item.prescription is None else required_id(item.prescription, "item.prescription")
    recorded = item.provenance.recorded or item.prescribed or composer.updated
    rows = (prescription_row(item, _ANCHOR, words),)
    return PrescriptionView(
        section_id=section,
        code=fixed(PRESCRIPTION_LIST),
        title=TITLE,
        narrative=Narrative(
            tuple(words[f"column.{key}"] for key in COLUMNS),
            rows,
            (*optional(read, words["label.read"]), footer((item.provenance.source,), recorded, words)),
        ),
        id=identity,
        anchor=_ANCHOR,
        status="completed" if item.completed else "active",
        treatment=composer.interval(item.treatment, "item.treatment"),
        timings=timing_views(dosage, "item.dosage", composer),
        route=None if route is None else composer.code(route, "item.dosage.route", f"{_ANCHOR}-route"),
        dose=dose_view(dosage, "item.dosage", composer),
        product=product_view(item.product, layers, _ANCHOR, "item.product", composer),
        supplied=supplied,
        reason=_reason(item, composer),
        substitution=_substitution(item, composer),
        instructions=None if instruction_text(item, words) is None else f"{_ANCHOR}-patient",
        to_dispenser=None if written(item.to_dispenser) is None else f"{_ANCHOR}-dispenser",
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
    if view is None or not bare or packages.value <= 0:
        raise AmountInexpressible("item.packages")
    return view


def _reason(item: PrescribedItem, composer: CdaComposer) -> ReasonView | None:
    if item.reason is None:
        return None
    anchor = f"{_ANCHOR}-reason"
    identity = composer.entry_id(item.provenance, f"{item.id.root}^{item.id.extension or ''}", "medication-reason")
    return ReasonView(identity, anchor, composer.code(item.reason, "item.reason", anchor))


def _substitution(item: PrescribedItem, composer: CdaComposer) -> CodeView | None:
    """The source's own code where it has a European one, else the code of what it said; value takes no null."""
    coded = item.substitution_code
    view = composer.only_mapped(coded, "item.substitution_code", f"{_ANCHOR}-substitution")
    if view is None and item.substitution is not None:
        return fixed(SUBSTITUTION[item.substitution.value])
    return view
