"""The eDispensation of what a Norwegian pharmacy hands out on a foreign ePrescription, and the document to discard it.

The supply is the Norwegian package; the prescribed product, the item's id and the order's id are repeated verbatim
(working-group slides "Improvements and clarifications eP"; addendum-dispensation-iti41.md, 6). A code that has no
European one travels as OTH with its words and national code, and the pharmacist is shown which before she confirms.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from gateway.counter.decide import CounterHandout
from gateway.counter.products import ProductDecision, ProductVerdict
from gateway.errors import InternalFault
from gateway.exchange.document_gate import DocumentGate
from gateway.handouts.errors import DraftUnwritable
from transformers.cda.documents.dispensation import write_discard, write_dispensation
from transformers.cda.errors import CdaError
from transformers.model.finding import Finding
from transformers.model.people import Organisation, Professional
from transformers.model.prescription import Dispensation, DispensedItem, Prescription
from transformers.model.values import Identifier, Moment, Provenance, Quantity
from transformers.terminology.release import Release
from transformers.terminology.transcode import transcode_prescription

_LANGUAGE: Final = "nb-NO"
_TITLE: Final = "Utlevering"
_UNMAPPED: Final = "unmapped-code"
_PRODUCT: Final = "item.product"


@dataclass(frozen=True, slots=True)
class DraftingMeans:
    """What every draft is made with."""

    release: Callable[[int], Release]
    """In force for a wave. Raises StoreUnavailable."""
    gate: DocumentGate
    """What looks at a document before it leaves."""
    root: str
    """Of our documents' ids."""


@dataclass(frozen=True, slots=True)
class DraftIds:
    """Of the dispensation: made once, and the key by which the country and we know it."""

    document: Identifier
    supply: Identifier


@dataclass(frozen=True, slots=True)
class WrittenDraft:
    """The documents, and the findings of codes that travel without a European one."""

    content: bytes = field(repr=False)
    discard: bytes = field(repr=False)
    uncoded: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class DraftedHandout:
    """What goes into the document beside the prescription."""

    handout: CounterHandout
    product: ProductDecision
    pharmacist: Professional
    """With her pharmacy, whose identifier is what a discard is judged by."""
    ids: DraftIds


def write_draft(
    prescription: Prescription, drafted: DraftedHandout, means: DraftingMeans, wave: int, now: datetime
) -> WrittenDraft:
    """The documents, valid by what the gate asks. Raises DraftUnwritable, InternalFault, StoreUnavailable."""
    pharmacy = drafted.pharmacist.organisation
    if pharmacy is None:
        raise DraftUnwritable("pharmacy")
    dispensation, report = transcode_prescription(
        _dispensation(prescription, drafted, pharmacy, now), means.release(wave)
    )
    # what was prescribed is repeated as it came
    item = replace(dispensation.item, prescribed_product=prescription.item.product)
    dispensation = replace(dispensation, item=item, patient=prescription.patient)
    try:
        content = write_dispensation(dispensation, wave=wave).content
        discard = write_discard(dispensation, wave=wave).content
    except CdaError as fault:
        raise DraftUnwritable(str(fault)) from None
    _require_valid(content, means, wave)
    uncoded = tuple(one for one in report.findings if one.code == _UNMAPPED and one.path.startswith(_PRODUCT))
    return WrittenDraft(content, discard, uncoded)


def _require_valid(content: bytes, means: DraftingMeans, wave: int) -> None:
    try:
        found = means.gate.look(content, wave, means.release(wave))
    except InternalFault:
        raise DraftUnwritable("validation") from None
    if not means.gate.passes(found):
        graver = (one.rule or one.code for one in found.findings if one.severity in means.gate.refused)
        raise DraftUnwritable(", ".join(dict.fromkeys(graver)))


def _dispensation(
    prescription: Prescription, drafted: DraftedHandout, pharmacy: Organisation, now: datetime
) -> Dispensation:
    item, ids, when = prescription.item, drafted.ids, Moment.at(now)
    return Dispensation(
        id=ids.document,
        prescription=prescription.id,
        patient=prescription.patient,
        item=DispensedItem(
            id=ids.supply,
            prescription_item=item.id,
            product=drafted.product.compared.product,
            quantity=Quantity(drafted.handout.packages),
            dispensed=when,
            dispenser=drafted.pharmacist,
            substituted=drafted.product.verdict is ProductVerdict.SUBSTITUTED,
            prescribed_product=item.product,
            dosage=item.dosage,
            provenance=Provenance(pharmacy.name or "", ids.document.extension or "", when),
        ),
        created=now,
        language=_LANGUAGE,
        author=drafted.pharmacist,
        custodian=pharmacy,
        legal_authenticator=drafted.pharmacist,
        title=_TITLE,
    )
