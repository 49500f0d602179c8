"""An invented pharmacy in Porto: what it hands out of a Norwegian ePrescription, as its documents say it."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from gateway.configuration.document_types import DocumentTypes
from gateway.demonstration.asking import physician
from gateway.demonstration.world import HOME
from gateway.messages import PatientIdentifier, ProvidedDocument, ProvideDocuments
from gateway.peers.ports import Clinician
from gateway.wire.names import xds_time
from transformers.cda.documents.dispensation import write_discard, write_dispensation
from transformers.cda.documents.prescription import read_prescription
from transformers.model.people import Address, Name, Organisation, Professional, Telecom
from transformers.model.prescription import Dispensation, DispensedItem
from transformers.model.values import Coded, Coding, Identifier, Moment, Provenance, Quantity

_DISPENSE, _DISCARD = "ed-l3", "ed-discard"
"""Keys of document types."""
_ISCO: Final = "2.16.840.1.113883.2.9.6.2.7"
_PHARMACY: Final = Organisation(
    "Farmácia de Demonstração",
    (Identifier("2.16.17.710.820.1000.990.1.9", "F-1"),),
    Address(("Rua do Exemplo 1",), "4000-001", "Porto", "PT"),
    (Telecom("tel:+351220000000", "WP"),),
)
_PHARMACIST: Final = Professional(
    Name(("Rui",), "Exemplo"),
    (Identifier("2.16.17.710.820.1000.990.1.9", "P-1"),),
    Coded("Pharmacists", Coding("2262", _ISCO, "Pharmacists"), (), Coding("2262", _ISCO, "Pharmacists")),
    _PHARMACY,
    _PHARMACY.telecoms,
    _PHARMACY.address,
)


@dataclass(frozen=True, slots=True)
class HandedOut:
    """What the pharmacy hands out: under which number of its own, how many packages, and whether of another product."""

    number: str
    packages: Decimal | None = None
    """None: as many as the prescription states."""
    substituted: bool = False


def pharmacist(authenticated_at: datetime) -> Clinician:
    """The pharmacist who signed in then."""
    return replace(
        physician(authenticated_at),
        id="P-1",
        name="Rui Exemplo",
        role="2262",
        role_display="Pharmacists",
        organisation=_PHARMACY.name or "",
        facility_type="Pharmacy",
        permissions=("PRD-004", "PRD-006", "PRD-010", "PPD-046"),
    )


def dispensed(content: bytes, handed_out: HandedOut, now: datetime) -> Dispensation:
    """The dispensation of the ePrescription in ``content`` (level 3), at that instant. Raises CdaError leaves."""
    prescription, _ = read_prescription(content)
    item, when = prescription.item, Moment.at(now)
    quantity = item.packages or item.amount
    if handed_out.packages is not None:
        quantity = Quantity(handed_out.packages)
    return Dispensation(
        id=Identifier(HOME["PT"], handed_out.number),
        prescription=prescription.id,
        patient=prescription.patient,
        item=DispensedItem(
            id=Identifier(HOME["PT"], f"{handed_out.number}.1"),
            prescription_item=item.id,
            product=item.product,
            quantity=quantity,
            dispensed=when,
            dispenser=_PHARMACIST,
            substituted=handed_out.substituted,
            prescribed_product=item.product,
            dosage=item.dosage,
            provenance=Provenance(_PHARMACY.name or "", handed_out.number, when),
        ),
        created=now,
        language=prescription.language,
        author=_PHARMACIST,
        custodian=_PHARMACY,
        legal_authenticator=_PHARMACIST,
        title="Dispensa",
    )


@dataclass(frozen=True, slots=True)
class Submitting:
    """What hands in what a pharmacy did: for whom, when, and how documents are named."""

    patient: PatientIdentifier
    now: datetime
    types: DocumentTypes

    def dispensations(self, submission_set: str, *made: Dispensation) -> ProvideDocuments:
        """Dispensations, all together. Raises CdaError leaves."""
        documents = tuple(self._provided(write_dispensation(one).content, _DISPENSE, one.id) for one in made)
        return ProvideDocuments(submission_set, documents, submitted=xds_time(self.now), source=HOME["PT"])

    def discard(self, submission_set: str, made: Dispensation) -> ProvideDocuments:
        """What takes one back. Raises CdaError leaves."""
        document = self._provided(write_discard(made).content, _DISCARD, made.id)
        return ProvideDocuments(submission_set, (document,), submitted=xds_time(self.now), source=HOME["PT"])

    def _provided(self, content: bytes, key: str, own: Identifier) -> ProvidedDocument:
        kind = self.types.by_key(key)
        return ProvidedDocument(
            content=content,
            class_code=kind.class_code,
            format_code=kind.format_code,
            type_code=kind.type_code,
            patient=self.patient,
            unique_id=f"{own.root}^{own.extension}",
            language="pt-PT",
            created=xds_time(self.now),
        )
