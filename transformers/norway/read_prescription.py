"""M1 Resept, whole: MsgHead 1.2 with m1 2013-10-08 (e-resept 2.5) or 2010-05-01 (2.4), told by the namespace.

The signature is not verified here (`gateway/national/prescription_signature.py`), status and dispensings come from
other messages. NavnFormStyrke is never taken apart: `with_fest` adds what is structured.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from lxml import etree

from transformers.model.amounts import is_content, is_package_count, is_repeat_count
from transformers.model.finding import Report
from transformers.model.people import Professional
from transformers.model.prescription import PrescribedItem, Substitution
from transformers.model.summary import Dosage
from transformers.model.values import Coded, Coding, Identifier, Moment, Provenance, Quantity
from transformers.norway.code_systems import VOLVEN
from transformers.norway.errors import Malformed, UnknownVersion, WrongPatient
from transformers.norway.moments import read_date, read_date_time
from transformers.norway.package_sizes import held_by
from transformers.norway.prescription import Dispensing, Level, NorwegianPrescription
from transformers.norway.read_dosage import read_dosage
from transformers.norway.read_msghead import MessageHead, read_msghead
from transformers.norway.read_prescribed_product import ReadProduct, read_goods, read_product
from transformers.norway.read_prescriber import read_prescriber
from transformers.norway.read_prescription_m1 import MedicineReading, free_text, reason_of, treatment_of
from transformers.norway.remaining import with_dispensings
from transformers.norway.structured_dosage import WhyTextOnly
from transformers.norway.unread import tell_unread
from transformers.norway.xml_fields import (
    child,
    code,
    coded_of,
    decimal,
    flag,
    name_of,
    namespace_of,
    plain,
    quantity,
    required,
    required_text,
    text,
)

_KITH = "http://www.kith.no/xmlstds/eresept"
GENERATIONS = {
    f"{_KITH}/m1/2013-10-08": ("2.5", f"{_KITH}/forskrivning/2013-10-08"),
    f"{_KITH}/m1/2010-05-01": ("2.4", f"{_KITH}/forskrivning/2010-04-01"),
}
"""Namespace of Resept to generation and namespace of Forskrivning."""
SOURCE = "Reseptformidleren"

_REPEATS = re.compile(r"[0-9]{1,4}")
_RESERVED = "1"
_NO_SUBSTITUTION = Coded("Ja", Coding("1", f"{VOLVEN}1101", "Ja", "Ja/Nei"))


@dataclass(frozen=True, slots=True)
class PrescriptionContext:
    """What the reader of a whole prescription is told beside the message."""

    reading: MedicineReading = field(repr=False)
    root: str
    """OID below which ReseptId is the item's id (configuration)."""
    status: str | None = None
    """Volven 7408 from M9.2, M9.4 or M9.6."""
    dispensed: tuple[Dispensing, ...] | None = None
    """From M9.4's M10s, or M9.6 and M9.8; None: counted later (`with_dispensings`) or by nobody."""
    multidose: bool = False


def read_prescription(data: bytes, told: PrescriptionContext) -> tuple[NorwegianPrescription, Report]:
    """Read an M1 message.

    Raises ``Malformed``, ``UnknownVersion`` (naming the namespace), ``WrongPatient`` (another number, or none).
    """
    return read_prescription_in(read_msghead(data), told)


def read_prescription_in(head: MessageHead, told: PrescriptionContext) -> tuple[NorwegianPrescription, Report]:
    """As `read_prescription`, of a message whose head was read already."""
    resept = _resept(head)
    if not frozenset(head.patient_numbers) & told.reading.patient:
        raise WrongPatient
    generation, prescribing = GENERATIONS[namespace_of(resept)]
    document = child(resept, "ReseptDokLegemiddel")
    report = Report()
    if document is None:
        item, product = _goods_item(head, resept, told, report)
    else:
        forskrivning = required(document, "Forskrivning")
        if namespace_of(forskrivning) != prescribing:
            raise UnknownVersion(namespace_of(forskrivning))
        item, product = _medicine_item(head, resept, told, report)
    for element in (resept, *resept.iterchildren("{*}ReseptDokLegemiddel", "{*}ReseptDokHandelsvare")):
        tell_unread(element, report)
    if product.level is not Level.GOODS:
        tell_unread(required(required(resept, "ReseptDokLegemiddel"), "Forskrivning"), report)
        tell_unread(product.element, report, product=True)
    read = _national(resept, told, item, product, generation)
    if told.dispensed is None:
        return read, report
    counted, of_count = with_dispensings(read, told.dispensed)
    report.extend(of_count)
    return counted, report


def _resept(head: MessageHead) -> etree._Element:
    """The one Resept; the generation decides before anything else is read."""
    found = [payload for payload in head.payloads if name_of(payload) == "Resept"]
    if len(found) != 1:
        raise Malformed("Resept")
    if namespace_of(found[0]) not in GENERATIONS:
        raise UnknownVersion(namespace_of(found[0]))
    return found[0]


def _medicine_item(
    head: MessageHead, resept: etree._Element, told: PrescriptionContext, report: Report
) -> tuple[PrescribedItem, ReadProduct]:
    document = required(resept, "ReseptDokLegemiddel")
    prescribing = required(document, "Forskrivning")
    product = read_product(prescribing, told.reading.systems, report)
    reserved = code(document, "BytteresRekvirent") == _RESERVED
    written = [said for name in ("Merknad", "KomLegemdlAdm") if (said := text(document, name)) is not None]
    notes = [
        *(product.notes if product.level is Level.COMPOUNDED else ()),
        *free_text(written, told.reading, report, "item"),
    ]
    item = _item(head, resept, told)
    packages, amount = _stated(document, product)
    dosage = read_dosage(prescribing, product.element, told.reading.systems, report, "item")
    return PrescribedItem(
        id=item.id,
        product=product.product,
        dosage=dosage,
        treatment=treatment_of(prescribing, dosage),
        prescribed=item.prescribed,
        provenance=item.provenance,
        valid_until=item.valid_until,
        packages=packages,
        amount=amount,
        substitution=Substitution.NOT_ALLOWED if reserved else Substitution.ALLOWED,
        substitution_code=_NO_SUBSTITUTION if reserved else None,
        reason=reason_of(document, prescribing, told.reading.systems),
        to_dispenser=". ".join(notes) or None,
        prescriber=item.prescriber,
    ), product


@dataclass(frozen=True, slots=True)
class _CommonFields:
    """What every prescription has, medicine or goods."""

    id: Identifier
    prescribed: Moment
    valid_until: Moment
    provenance: Provenance
    prescriber: Professional


def _item(head: MessageHead, resept: etree._Element, told: PrescriptionContext) -> _CommonFields:
    prescriber = read_prescriber(head.info, told.reading.systems, protected=told.reading.protected)
    prescribed = read_date(required_text(resept, "Forskrivningsdato"), "Forskrivningsdato")
    who = None if prescriber.name is None else prescriber.name.plain()
    return _CommonFields(
        id=Identifier(told.root, head.id),
        prescribed=prescribed,
        valid_until=read_date(required_text(resept, "Utloper"), "Utloper"),
        provenance=Provenance(SOURCE, head.id, prescribed, who),
        prescriber=prescriber,
    )


def _stated(document: etree._Element, product: ReadProduct) -> tuple[Quantity | None, Quantity | None]:
    """Antall packages, or Mengde; neither is ever an invented 1."""
    antall = text(document, "Antall")
    packages = None if antall is None else Quantity(_plausible(antall, "Antall", is_package_count))
    amount = quantity(document, "Mengde") or product.amount
    if amount is not None:
        unit = None if amount.unit is None or amount.unit.text is None else amount.unit.text
        coded = None if unit is None else Coded(unit, Coding(unit, f"{VOLVEN}7452"))
        amount = Quantity(_plausible(str(amount.value), "Mengde", is_content), coded)
    return packages, amount


def _plausible(written: str, what: str, can_be: Callable[[Decimal], bool]) -> Decimal:
    value = decimal(written, what)
    if not can_be(value):
        raise Malformed(what)
    return value


def _reiterasjon(document: etree._Element) -> int:
    written = text(document, "Reiterasjon")
    if written is None:
        return 0
    if not _REPEATS.fullmatch(written) or not is_repeat_count(Decimal(written)):
        raise Malformed("Reiterasjon")
    return int(written)


def _goods_item(
    head: MessageHead, resept: etree._Element, told: PrescriptionContext, report: Report
) -> tuple[PrescribedItem, ReadProduct]:
    document = required(resept, "ReseptDokHandelsvare")
    product = read_goods(document, told.reading.systems)
    item = _item(head, resept, told)
    said = text(document, "Bruksveiledning")
    dosage = Dosage(text=said, why_text_only=WhyTextOnly.NO_STRUCTURE if said else WhyTextOnly.NOT_STATED)
    return PrescribedItem(
        id=item.id,
        product=product.product,
        dosage=dosage,
        treatment=treatment_of(document, dosage),
        prescribed=item.prescribed,
        provenance=item.provenance,
        valid_until=item.valid_until,
        packages=_stated(document, product)[0],
        prescriber=item.prescriber,
    ), product


def _national(
    resept: etree._Element, told: PrescriptionContext, item: PrescribedItem, product: ReadProduct, generation: str
) -> NorwegianPrescription:
    systems = told.reading.systems
    document = required(resept, "ReseptDokHandelsvare" if product.level is Level.GOODS else "ReseptDokLegemiddel")
    prescribing = child(document, "Forskrivning")
    inside = document if prescribing is None else prescribing
    earliest, updated = text(resept, "TidligsteUtlevering"), text(resept, "OppdatertFest")
    return NorwegianPrescription(
        item=item,
        level=product.level,
        generation=generation,
        reseptgruppe=product.group,
        reiterasjon=_reiterasjon(document),
        status=told.status,
        item_number=product.item_number,
        fest_id=product.fest_id,
        package_size=product.package_size,
        package_holds=held_by(product.product.packages),
        use=_use(inside),
        short_dose=coded_of(child(inside, "Kortdose"), systems),
        specialty=coded_of(child(resept, "Spesialitet"), systems),
        reimbursement=coded_of(child(document, "RefHjemmel"), systems),
        reference_number=text(resept, "RefNr"),
        locked=flag(resept, "LastResept") is True or text(resept, "RefNr") is not None,
        guardian_reserved=flag(resept, "Vergeinnsynsreservasjon") is True,
        expedition_requested=child(resept, "EkspAnm") is not None,
        earliest=None if earliest is None else read_date(earliest, "TidligsteUtlevering"),
        approval_exemption=child(document, "LegemiddelUtenMt") is not None or product.needs_exemption,
        own_practice=flag(resept, "TilEgenPraksis") is True,
        multidose=told.multidose,
        from_hospital=flag(resept, "UtskrevetSykehus") is True,
        fest_updated=None if updated is None else read_date_time(updated, "OppdatertFest"),
    )


def _use(prescribing: etree._Element) -> Coded | None:
    use = child(prescribing, "Bruk")
    value = None if use is None else plain(use.get("V"))
    if use is None or value is None:
        return None
    shown = plain(use.get("DN"))
    return Coded(shown or value, Coding(value, f"{VOLVEN}9101", shown))
