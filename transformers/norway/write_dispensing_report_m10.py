"""M10 Utleveringsrapport (m10, utlevering, m1 and forskrivning 2013-10-08), written: what was dispensed, or taken back.

R1308, and what Reseptformidleren rejects (Volven 7419): 264 a dispensing or annulment without package, 265 and 276
without number of packages, 66 and 67 a cancellation that closes or intervenes, 124 one that annuls, 356 neither
medicine nor goods. A cancellation gives a download back and names no product (R1308, 4.2.4). The report is about the
patient in the head; a person without Norwegian number is told by names, birth date and sex (an M10 has no Utlending or
EEA block, that is M1's).
"""

from dataclasses import replace
from decimal import Decimal

from lxml import etree

from transformers.model.amounts import is_content
from transformers.model.values import Coded, Quantity
from transformers.norway.cancellation import Cancellation
from transformers.norway.dispensing_report import (
    DispensedMedicine,
    DispensingReport,
    Intervention,
    PaperPrescriber,
    fits_antall,
)
from transformers.norway.eresept_fields import PackageSize, yes_or_no
from transformers.norway.errors import Malformed
from transformers.norway.identifiers import KINDS_OF_ORGANISATION_IDS, KINDS_OF_PERSON_IDS
from transformers.norway.read_dispensing_report_m10 import DISPENSING, M1, M10, PRESCRIBING
from transformers.norway.write_msghead import MsgInfo, add, default_namespace, ident, write_msghead

KIND = ("ERM10", "Utleveringsrapport")

_HER = ("HER", "HER-id")
_HPR = ("HPR", "HPR-nummer")


_NAMES = {
    "Reseptgruppe": {group: f"Reseptgruppe {group}" for group in ("A", "B", "C", "CF", "F")} | {"K": "Kosttilskudd"},
    "EndringsType": {
        "D": "Endret dosering",
        "P": "Endret personopplysninger",
        "R": "Endret refusjonshjemmel",
        "V": "Valgt annen vare",
    },
    "Kanselleringskode": dict(one.value for one in Cancellation),
}
"""Names of codes, Volven 7421, 7413, 7411. A code without its name is an empty value, which is rejected (e-resept,
requirements for messages: CS has V and DN, CV also S, PQ has V and U)."""


def write_dispensing_report(envelope: MsgInfo, report: DispensingReport) -> bytes:
    """The whole message; its MsgId and patient are the report's. Raises ``Malformed``."""
    return write_msghead(replace(envelope, message_id=report.id, patient=report.patient), report_payload(report))


def report_payload(report: DispensingReport) -> etree._Element:
    """Utleveringsrapport without the head of its message, which brings MsgId, patient and conversation.

    Raises ``Malformed`` for what Reseptformidleren would reject, and for what cannot be written: goods, another product
    than a package, one without reseptgruppe, a code without code system.
    """
    _check(report)
    payload = etree.Element(f"{{{M10}}}Utleveringsrapport", nsmap=default_namespace(M10))
    _dispensing(payload, report)
    if report.cancellation is not None:
        add(payload, "Kanselleringskode", V=report.cancellation, DN=_name_of("Kanselleringskode", report.cancellation))
    _flag(payload, "ReservasjonRapportFastlege", said=report.withheld_from_doctor)
    add(payload, "AnsattId").text = report.employee_id
    if report.paper is not None:
        _flag(payload, "Papirresept", said=report.paper)
    if report.paper_prescriber is not None:
        _paper_prescriber(payload, report.paper_prescriber)
    return payload


def _check(report: DispensingReport) -> None:
    if report.goods is not None:
        raise Malformed("ReseptDokHandelsvare")
    if report.cancellation is not None:
        if report.annuls is not None or report.closed or report.interventions or report.medicine is not None:
            raise Malformed("Kanselleringskode")
        return
    packages = None if report.medicine is None else report.medicine.packages
    if report.medicine is None:
        raise Malformed("ReseptDokLegemiddel")
    if packages is None or not fits_antall(packages) or (packages == 0 and report.annuls is None):
        raise Malformed("Antall")
    amount = report.medicine.amount
    if amount is not None and not (amount.value.is_finite() and is_content(amount.value)):
        raise Malformed("Mengde")


def _dispensing(payload: etree._Element, report: DispensingReport) -> None:
    if len(report.dispensed.iso) != len("2000-01-01"):
        raise Malformed("Utleveringsdato")
    holder = _root(payload, DISPENSING, "Utlevering")
    add(holder, "ReseptId").text = report.prescription_id
    add(holder, "Utleveringsdato").text = report.dispensed.iso
    _flag(holder, "Annullering", said=report.annuls is not None)
    if report.closed is not None:
        yes_or_no(holder, "Avsluttet", said=report.closed)
    if report.no_substitution is not None:
        _flag(holder, "ByttereservasjonKunde", said=report.no_substitution)
    _text(holder, "AnnulleringsId", report.annuls)
    _text(holder, "Batchnr", report.lot)
    if report.medicine is not None:
        _medicine(holder, report.medicine)
    dispenser = add(holder, "Utleverer")
    ident(add(dispenser, "HerId"), report.dispenser.her_id, _HER, KINDS_OF_ORGANISATION_IDS)
    add(dispenser, "Navn").text = report.dispenser.name
    for one in report.interventions:
        _intervention(holder, one)


def _medicine(holder: etree._Element, medicine: DispensedMedicine) -> None:
    element = _root(holder, M1, "ReseptDokLegemiddel")
    add(element, "Varegruppekode", V="L", DN="Legemiddel")
    if medicine.packages is not None:
        add(element, "Antall").text = _number(medicine.packages)
    _text(element, "Merknad", medicine.remark)
    add(element, "Reiterasjon").text = "0"
    if medicine.amount is not None:
        _pq(element, "Mengde", medicine.amount)
    prescribing = _root(element, PRESCRIBING, "Forskrivning")
    _text(prescribing, "DosVeiledEnkel", medicine.dosage_text)
    if medicine.product.level != "package":
        raise Malformed("Legemiddelpakning")
    product = add(prescribing, "Legemiddelpakning")
    _common(product, medicine)
    _package(product, medicine)


def _common(product: etree._Element, medicine: DispensedMedicine) -> None:
    """typeLegemiddel."""
    if not medicine.group:
        raise Malformed("Reseptgruppe")
    _cv(product, "Atc", medicine.product.atc)
    add(product, "NavnFormStyrke").text = medicine.product.name
    add(product, "Reseptgruppe", V=medicine.group, DN=_name_of("Reseptgruppe", medicine.group))
    _cv(product, "LegemiddelformKort", medicine.product.form)


def _package(product: etree._Element, medicine: DispensedMedicine) -> None:
    if medicine.item_number is None:
        raise Malformed("Varenr")
    add(product, "Varenr").text = medicine.item_number
    if medicine.package_size is not None:
        info = add(product, "PakningsinfoResept")
        add(info, "Varenavn").text = medicine.brand or medicine.product.name
        _size(info, medicine.package_size)


def _intervention(holder: etree._Element, one: Intervention) -> None:
    element = add(holder, "Intervensjon")
    _cv(element, "Kode", one.code)
    if one.change is not None:
        add(element, "EndringsType", V=one.change, DN=_name_of("EndringsType", one.change))
    if one.with_customer is not None:
        _flag(element, "KonfKunde", said=one.with_customer)
    if one.with_doctor is not None:
        ident(add(element, "KonfLege"), one.with_doctor, _HPR, KINDS_OF_PERSON_IDS)
    _text(element, "Begrunnelse", one.reason)


def _paper_prescriber(payload: etree._Element, prescriber: PaperPrescriber) -> None:
    element = _root(payload, DISPENSING, "RekvirentPapir")
    if prescriber.hpr_number is not None:
        ident(add(element, "Ident"), prescriber.hpr_number, _HPR, KINDS_OF_PERSON_IDS)
    _text(element, "Fornavn", prescriber.given)
    _text(element, "Etternavn", prescriber.family)
    _cv(element, "Spesialitet", prescriber.specialty)
    _text(element, "Inst", prescriber.institution)
    _text(element, "Dept", prescriber.department)
    if prescriber.nordic_or_eea is not None:
        _flag(element, "RekvirentNordisk", said=prescriber.nordic_or_eea)
    _cv(element, "InstitusjonsID", prescriber.institution_id)


def _root(parent: etree._Element, namespace: str, name: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{namespace}}}{name}", nsmap=default_namespace(namespace))


def _text(parent: etree._Element, name: str, said: str | None) -> None:
    if said is not None:
        add(parent, name).text = said


def _flag(parent: etree._Element, name: str, *, said: bool) -> None:
    add(parent, name).text = "true" if said else "false"


def _name_of(what: str, code: str) -> str:
    """The name of a code of a closed list; raises ``Malformed(what)`` for one that is of none."""
    name = _NAMES[what].get(code)
    if name is None:
        raise Malformed(what)
    return name


def _cv(parent: etree._Element, name: str, concept: Coded | None) -> None:
    if concept is None:
        return
    coding = concept.original
    if coding is None:
        raise Malformed(name)
    shown = coding.display or concept.text
    add(parent, name, V=coding.code, S=coding.system, **({} if shown is None else {"DN": shown}))


def _pq(parent: etree._Element, name: str, quantity: Quantity) -> None:
    unit = quantity.unit.text if quantity.unit is not None else None
    add(parent, name, V=_number(quantity.value), **({} if unit is None else {"U": unit}))


def _size(info: etree._Element, size: PackageSize) -> None:
    add(info, "Pakningsstr").text = size.written
    if size.unit is None:
        raise Malformed("EnhetPakning")
    _cv(info, "EnhetPakning", size.unit)


def _number(value: Decimal) -> str:
    return format(value, "f")
