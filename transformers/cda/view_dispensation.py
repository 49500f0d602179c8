"""The section of an eDispensation as printed: E.2.2 with one E.3.3, the product handed out and the one prescribed.

The id of the prescription item (REFR) and of the prescription (inFulfillmentOf) are the ePrescription's, verbatim.
"""

from dataclasses import dataclass

from transformers.cda.composer import CdaComposer, CodeView, fixed
from transformers.cda.errors import AmountInexpressible, RequiredMissing
from transformers.cda.identifiers import Id, required_id
from transformers.cda.narrative import (
    Cell,
    Narrative,
    NarrativeRow,
    footer,
    moment_cell,
    optional,
    piece,
    row,
    source_cell,
)
from transformers.cda.row_medications import dosage_cell, professional_text, quantity_text
from transformers.cda.row_prescriptions import whole_codes_cell, whole_product_cell
from transformers.cda.view_medications import QuantityView, quantity_view
from transformers.cda.view_people import PersonView, person_view
from transformers.cda.view_product import ProductView, containers, product_view
from transformers.cda.vocabulary import DISPENSED
from transformers.cda.words import Words
from transformers.model.prescription import DispensedItem
from transformers.model.summary import MedicinalProduct
from transformers.model.values import Quantity

COLUMNS = ("dispensed", "code", "prescribed", "dosage", "amount", "dates", "source")
_ANCHOR = "ds1"
_PRESCRIBED = f"{_ANCHOR}-prescribed"


@dataclass(frozen=True, slots=True)
class DispensationView:
    """E.2.2 and E.3.3; ``time`` None prints as unknown."""

    code: CodeView
    title: str
    narrative: Narrative
    id: Id
    anchor: str
    quantity: QuantityView
    product: ProductView
    time: str | None
    performer: PersonView
    prescription_item: Id
    prescribed: ProductView
    substituted: bool


def dispensation_view(item: DispensedItem, read: str | None, composer: CdaComposer) -> DispensationView:
    """The one entry; ``read`` are the words of the document it was read from.

    Raises RequiredMissing, AmountInexpressible, LevelRefused, IdentifierInvalid.
    """
    if item.quantity is None:
        raise RequiredMissing("item.quantity")
    if item.dispenser is None:
        raise RequiredMissing("item.dispenser")
    if item.prescribed_product is None:
        raise RequiredMissing("item.prescribed_product")
    words, prescribed = composer.words, item.prescribed_product
    source = "" if item.provenance is None else item.provenance.source
    narrative = Narrative(
        tuple(words[f"column.{key}"] for key in COLUMNS),
        (_row(item, prescribed, words),),
        (*optional(read, words["label.read"]), footer((source,), item.dispensed or composer.updated, words)),
    )
    return DispensationView(
        code=fixed(DISPENSED),
        title=words["title.dispensation"],
        narrative=narrative,
        id=required_id(item.id, "item.id"),
        anchor=_ANCHOR,
        quantity=_quantity(item.quantity),
        product=product_view(item.product, containers(item.product, "item.product"), _ANCHOR, "item.product", composer),
        time=None if item.dispensed is None else item.dispensed.hl7(),
        performer=person_view(item.dispenser, None),
        prescription_item=required_id(item.prescription_item, "item.prescription_item"),
        prescribed=_prescribed(prescribed, composer),
        substituted=item.substituted,
    )


def _prescribed(product: MedicinalProduct, composer: CdaComposer) -> ProductView:
    path = "item.prescribed_product"
    return product_view(product, containers(product, path), _PRESCRIBED, path, composer)


def _quantity(quantity: Quantity) -> QuantityView:
    view = quantity_view(quantity)
    if view is None:
        raise AmountInexpressible("item.quantity")
    return view


def _row(item: DispensedItem, prescribed: MedicinalProduct, words: Words) -> NarrativeRow:
    identity = "^".join(part for part in (item.prescription_item.root, item.prescription_item.extension) if part)
    dosage: Cell = () if item.dosage is None else dosage_cell(item.dosage, _ANCHOR, words)
    substituted = (piece(words["value.substituted"]),) if item.substituted else ()
    quantity = None if item.quantity is None else quantity_text(item.quantity)
    return row(
        _ANCHOR,
        whole_product_cell(item.product, _ANCHOR, words),
        whole_codes_cell(item.product, _ANCHOR, words),
        (
            *whole_product_cell(prescribed, _PRESCRIBED, words),
            *whole_codes_cell(prescribed, _PRESCRIBED, words),
            piece(identity, label=words["label.prescription_item"]),
        ),
        dosage,
        (*optional(quantity, words["label.dispensed_quantity"]), *substituted),
        (
            *moment_cell(item.dispensed, words["label.dispensed"]),
            *optional(professional_text(item.dispenser), words["label.dispenser"]),
        ),
        () if item.provenance is None else source_cell(item.provenance, words),
    )
