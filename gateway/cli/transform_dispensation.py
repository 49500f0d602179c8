"""`ncpeh transform --to cda-ed-l3`: the eDispensation of a pharmacy that hands out what an ePrescription prescribes.

One dispensing, the prescribed product, nothing substituted. Country B composes it from the ePrescription as it came
(pivot), never from a translated one; what the prescription does not say is not made up, and nothing is dispensed on it.
"""

from collections.abc import Sequence
from typing import Final

import typer

from gateway.cli.sentences import in_words, sentence_of
from gateway.cli.transform_made import Made, Making, fit
from gateway.exchange.document_gate import DocumentGate
from transformers.cda.documents.dispensation import write_dispensation
from transformers.cda.documents.prescription import read_prescription
from transformers.cda.errors import AmountInexpressible, CdaError, RequiredMissing
from transformers.cda.kinds import recognise
from transformers.model.decisions import CLOSED, against_dispensing
from transformers.model.finding import Finding, Report, Severity
from transformers.model.people import Address, Name, Organisation, Professional, Telecom
from transformers.model.prescription import Dispensation, DispensedItem, Prescription
from transformers.model.values import Coded, Coding, Identifier, Moment, Provenance
from transformers.terminology.transcode import transcode_prescription
from trust.errors import XmlRefused
from trust.xml import DOCUMENT, parse

_WAVE: Final = 8
_NOTHING: Final = "nothing is dispensed on this prescription"
_SAID: Final = {"amount-missing": "it does not say an amount (amount-missing)", CLOSED: "it is completed"}
_REQUIRED: Final = {
    "id": "document-id-missing",
    "created": "created-missing",
    "patient": "patient-missing",
    "patient.name": "patient-missing",
    "patient.birth": "patient-missing",
    "item.id": "item-id-missing",
    "item.product": "product-missing",
}
"""What no document can do without, by its path in the pivot: the reason of its row (`transformers.model.decisions`)."""
_KIND: Final = "ep-l3"
_PHARMACY: Final = Organisation(
    "Eksempelapoteket",
    (Identifier("2.16.578.1.12.4.1.4.101", "999999999"),),
    Address(("Eksempelgata 1",), "0001", "Oslo", "NO"),
    (Telecom("tel:+4722000000", "WP"),),
)
_PHARMACIST: Final = Professional(
    Name(("Eksempel",), "Farmasøyt"),
    (Identifier("2.16.578.1.12.4.1.4.4", "9999998"),),
    Coded("Provisorfarmasøyt", Coding("FA1", "2.16.578.1.12.4.1.1.9060", "Provisorfarmasøyt", "Helsepersonell")),
    _PHARMACY,
    _PHARMACY.telecoms,
    _PHARMACY.address,
)
"""Who hands it out, where: both are invented."""


def dispensed_as_prescribed(content: bytes, made_with: Making) -> Made:
    """The eDispensation of the ePrescription in ``content``, refused where nothing can be dispensed on it.

    What it stands on is the table of `transformers.model.decisions`.
    Raises typer.BadParameter (exit 2) for what is no readable ePrescription of level 3.
    """
    try:
        prescription, told = _prescription(content)
    except RequiredMissing as fault:
        reason = _REQUIRED.get(fault.path, "field-missing")
        text = f"The document does not state {fault.path}."
        return Made(b"", Report([Finding(Severity.FATAL, reason, "/", text)]), f"{_NOTHING}: {_why_not((reason,))}")
    reasons = against_dispensing(prescription)
    if reasons:
        return Made(b"", told, f"{_NOTHING}: {_why_not(reasons)}")
    required = made_with.required_codes("ed-l3")
    dispensation, transcoded = transcode_prescription(
        _dispensation(prescription, made_with), made_with.release, required
    )
    told.extend(transcoded)
    try:
        written = write_dispensation(dispensation, wave=_WAVE)
    except CdaError as fault:
        what = "its amount cannot be stated" if isinstance(fault, AmountInexpressible) else "it cannot be written"
        told.add(Finding(Severity.FATAL, "own", "/", f"The dispensation cannot be printed: {in_words(fault)}."))
        return Made(b"", told, f"{_NOTHING}: {what} ({in_words(fault)})")
    looked = DocumentGate().look(written.content, _WAVE, made_with.release)
    told.extend(Report([*written.report.findings, *looked.findings]))
    return fit(written.content, told, Report([*transcoded.findings, *written.report.findings, *looked.findings]))


def _prescription(content: bytes) -> tuple[Prescription, Report]:
    try:
        kind = recognise(parse(content, DOCUMENT))
        if kind is None or kind.id != _KIND:
            what = "is of no kind that is read here" if kind is None else f"is a document of another kind: {kind.name}"
            raise typer.BadParameter(f"dispensed is on an ePrescription of level 3, and this {what}")
        return read_prescription(content)
    except RequiredMissing:
        raise
    except (XmlRefused, CdaError) as fault:
        raise typer.BadParameter(f"no readable document: {sentence_of(fault)}") from fault


def _why_not(reasons: Sequence[str]) -> str:
    """What keeps a pharmacist from handing anything out, in words and, where they are, with the codes of the table."""
    said = [words for code, words in _SAID.items() if code in reasons]
    rest = sorted(code for code in reasons if code not in _SAID)
    return "; ".join([*said, *([f"it cannot be relied on ({', '.join(rest)})"] if rest else [])])


def _dispensation(prescription: Prescription, made_with: Making) -> Dispensation:
    composer, item = made_with.composer(), prescription.item
    order = f"{prescription.id.root}^{prescription.id.extension or ''}"
    document, own = (
        str(made_with.new_id(f"{order} {made_with.now.isoformat()} {name}")).upper()
        for name in ("cda-ed-l3", "dispensed")
    )
    when = Moment.at(made_with.now)
    return Dispensation(
        id=Identifier(composer.root, document),
        prescription=prescription.id,
        patient=prescription.patient,
        item=DispensedItem(
            id=Identifier(composer.root, own),
            prescription_item=item.id,
            product=item.product,
            quantity=item.packages or item.amount,
            dispensed=when,
            dispenser=_PHARMACIST,
            substituted=False,
            prescribed_product=item.product,
            dosage=item.dosage,
            provenance=Provenance(_PHARMACY.name or "", own, when),
        ),
        created=made_with.now,
        language=composer.default_language,
        author=_PHARMACIST,
        custodian=composer.custodian,
        legal_authenticator=composer.legal_authenticator,
        title="Utlevering",
    )
