"""The section of an eDispensation as printed: E.2.2 with one E.3.3, the product handed out and the one prescribed.

The id of the prescription item (REFR) and of the prescription (inFulfillmentOf) are the ePrescription's, verbatim.
"""

from typing import Final

from transformers.cda.errors import AmountInexpressible, NotAffirmed, RequiredMissing
from transformers.cda.medicine.packages import containers, supplied_view
from transformers.cda.medicine.product import print_supplied
from transformers.cda.medicine.rows import dosage_cell, whole_codes_cell, whole_product_cell
from transformers.cda.types import elements
from transformers.cda.types.composer import CdaComposer
from transformers.cda.types.elements import escaped
from transformers.cda.types.identifiers import required_id
from transformers.cda.types.narrative import (
    Cell,
    Narrative,
    NarrativeRow,
    footer,
    moment_cell,
    optional,
    piece,
    print_narrative,
    quantity_text,
    row,
    source_cell,
)
from transformers.cda.types.people import print_assigned, professional_text
from transformers.cda.types.vocabulary import DISPENSED, SUBSTITUTED
from transformers.model.prescription import DispensedItem
from transformers.model.summary import MedicinalProduct
from transformers.words import Words

COLUMNS = ("dispensed", "code", "prescribed", "dosage", "amount", "dates", "source")
_ANCHOR = "ds1"
_PRESCRIBED = f"{_ANCHOR}-prescribed"
_SECTION: Final = ("1.3.6.1.4.1.12559.11.10.1.3.1.2.2", "2.16.840.1.113883.10.20.1.8")
_TEMPLATES: Final = (
    "1.3.6.1.4.1.12559.11.10.1.3.1.3.3",
    "1.3.6.1.4.1.19376.1.5.3.1.4.7.3",
    "2.16.840.1.113883.10.20.1.34",
)
_SUBSTITUTED: Final = (
    '\n<entryRelationship typeCode="COMP"><act classCode="ACT" moodCode="EVN">'
    f"{elements.fixed_code('code', SUBSTITUTED)}</act></entryRelationship>"
)


def print_dispensation(item: DispensedItem, read: str | None, composer: CdaComposer) -> str:
    """E.2.2 with its one entry, as the content of a section; ``read`` are the words of the document it was read from.

    Raises NotAffirmed, RequiredMissing, AmountInexpressible, LevelRefused, IdentifierInvalid.
    """
    if item.negated:
        raise NotAffirmed("item.negated")
    if item.quantity is None or item.dispenser is None or item.prescribed_product is None:
        missing = [name for name in ("quantity", "dispenser", "prescribed_product") if getattr(item, name) is None]
        raise RequiredMissing(f"item.{missing[0]}")
    identity = elements.ident(required_id(item.id, "item.id"))
    quantity = supplied_view(item.quantity)
    if quantity is None:
        raise AmountInexpressible("item.quantity")
    narrative = print_narrative(_narrative(item, item.prescribed_product, read, composer))
    product = _print_product(item.product, "item.product", _ANCHOR, composer)
    prescribed = _print_product(item.prescribed_product, "item.prescribed_product", _PRESCRIBED, composer)
    order = elements.ident(required_id(item.prescription_item, "item.prescription_item"))
    performer = print_assigned(item.dispenser, "NI", item.dispenser.organisation)
    time = elements.stamp("time", None if item.dispensed is None else item.dispensed.hl7())
    return (
        f"{elements.templates(*_SECTION)}{identity}\n{elements.fixed_code('code', DISPENSED)}\n"
        f"<title>{escaped(composer.words['title.dispensation'])}</title>\n{narrative}"
        f'<entry typeCode="COMP"><supply classCode="SPLY" moodCode="EVN">{elements.templates(*_TEMPLATES)}{identity}'
        f"{elements.reference(_ANCHOR)}{elements.quantity('quantity', quantity)}"
        f'<product typeCode="PRD">{product}</product><performer typeCode="PRF">{time}\n'
        f'<assignedEntity classCode="ASSIGNED">{performer}</assignedEntity></performer>'
        '<entryRelationship typeCode="REFR"><substanceAdministration classCode="SBADM" moodCode="INT">'
        f'{order}<consumable typeCode="CSM">{prescribed}</consumable></substanceAdministration></entryRelationship>'
        f"{_SUBSTITUTED if item.substituted else ''}\n</supply></entry>"
    )


def _print_product(product: MedicinalProduct, path: str, anchor: str, composer: CdaComposer) -> str:
    return print_supplied(product, containers(product, path), anchor, path, composer)


def _narrative(item: DispensedItem, prescribed: MedicinalProduct, read: str | None, composer: CdaComposer) -> Narrative:
    words = composer.words
    source = "" if item.provenance is None else item.provenance.source
    return Narrative(
        tuple(words[f"column.{key}"] for key in COLUMNS),
        (_row(item, prescribed, words),),
        (*optional(read, words["label.read"]), footer((source,), item.dispensed or composer.updated, words)),
    )


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
