"""M9.12 Nedlasting av legemidler i bruk (m912 2018-07-01, and 2014-01-21 as older senders have it): medicines in use.

The doctor's list (M25.1) is the list. A prescription that can be dispensed and is not on it is added and said so; where
there is no list, dispensable prescriptions (m92 Reseptinfo) are all there is, and the section is not reconciled. A
pharmacy's list (M25.2 to M25.4) beside the doctor's is compared with it; alone, it is shown and said not to be a
doctor's.
"""

from dataclasses import dataclass, field

from lxml import etree

from transformers.model.finding import Finding, Report, Severity
from transformers.model.summary import (
    Dosage,
    KeptInWords,
    KnownAbsent,
    MedicationStatement,
    MedicinalProduct,
    NoInformation,
    NotReadable,
    Present,
    Section,
)
from transformers.model.values import Coded, Period, Provenance
from transformers.norway.errors import Malformed, UnknownVersion, WrongPatient
from transformers.norway.moments import read_date
from transformers.norway.prescription import Level
from transformers.norway.prescription_status import PrescriptionStatus, read_status
from transformers.norway.read_list_allergies_ki import ListedAllergies
from transformers.norway.read_medicine_list_m251 import (
    M251,
    MedicineList,
    list_namespace,
    read_medicine_list,
)
from transformers.norway.read_msghead import read_msghead, same_number, the_payload
from transformers.norway.read_pharmacy_list_m25 import PHARMACY_LISTS, read_pharmacy_list
from transformers.norway.read_prescription_m1 import MedicineReading
from transformers.norway.structured_dosage import WhyTextOnly
from transformers.norway.unread_entries import unread_entry
from transformers.norway.with_fest import NamedProduct, joined_medicine
from transformers.norway.xml_fields import (
    base64_bytes,
    child,
    children,
    code,
    flag,
    namespace_of,
    plain,
    required,
    required_text,
    text,
)

M912 = frozenset(
    {"http://www.ehelse.no/xmlstds/eresept/m912/2018-07-01", "http://www.kith.no/xmlstds/eresept/m912/2014-01-21"}
)
M92 = "http://www.kith.no/xmlstds/eresept/m92/2013-10-08"
SOURCE = "Reseptformidleren"
NO_KNOWN_MEDICATIONS = "no-known-medications"

_DISPENSABLE = (PrescriptionStatus.DISPENSABLE, PrescriptionStatus.LOCKED)


@dataclass(frozen=True, slots=True)
class MedicinesInUse:
    """What Reseptformidleren holds. ``reconciled``: every entry comes from the doctor's list."""

    medications: Section[MedicationStatement]
    reconciled: bool
    guardian_reserved: bool
    """At least one prescription carries Vergeinnsynsreservasjon."""
    allergies: ListedAllergies = field(default_factory=ListedAllergies)


def read_medicines_in_use(
    data: bytes, reading: MedicineReading, *, answers: str | None = None
) -> tuple[MedicinesInUse, Report]:
    """Read an M9.12; ``answers`` is the MsgId of our M9.11 when one was sent.

    Raises ``Malformed``, ``UnknownVersion``, ``WrongPatient``, ``WrongReference``.
    """
    report = Report()
    head = read_msghead(data, answers=answers)
    payload = the_payload(head, "M912", M912)
    patient = required(payload, "Pasient" if child(payload, "Pasient") is not None else "Multidosepasient")
    if not same_number(text(patient, "Fnr"), reading.patient):
        raise WrongPatient
    listed, doctors = _lists(patient, reading, report)
    prescriptions = children(patient, "Reseptinfo")
    known = listed.prescription_ids if listed else frozenset()
    loose, unread = _loose(prescriptions, known, reading, report)
    unread = (*(listed.unread if listed else ()), *unread)
    if listed is not None and loose:
        report.add(
            Finding(
                Severity.WARNING, "prescription-outside-list", "medications",
                f"{len(loose)} dispensable prescription(s) are not on the medicines list and were added to it",
            )
        )  # fmt: skip
    return MedicinesInUse(
        medications=_section(listed, loose, unread, doctors=doctors),
        reconciled=doctors and not loose,
        guardian_reserved=any(_reserved(info) for info in prescriptions),
        allergies=listed.allergies if listed else ListedAllergies(),
    ), report


def _section(
    listed: MedicineList | None,
    loose: tuple[MedicationStatement, ...],
    unread: tuple[KeptInWords, ...],
    *,
    doctors: bool,
) -> Section[MedicationStatement]:
    """A list that a doctor keeps and that holds nothing states that nothing is used; no list states nothing."""
    statements = (*(listed.statements if listed else ()), *loose)
    if statements:
        return Present(statements, unread)
    if unread:
        return NotReadable(unread, SOURCE)
    return NoInformation(SOURCE) if listed is None or not doctors else KnownAbsent(NO_KNOWN_MEDICATIONS, listed.kept)


def _reserved(info: etree._Element) -> bool:
    """Whether a prescription is reserved against guardians: a reservation that cannot be read is one."""
    try:
        return flag(info, "Vergeinnsynsreservasjon") is True
    except Malformed:
        return True


def _lists(patient: etree._Element, reading: MedicineReading, report: Report) -> tuple[MedicineList | None, bool]:
    """The list to show, and whether a doctor keeps it: without a doctor's, a pharmacy's when it is the only one."""
    doctors, pharmacies = _unpacked(patient, report)
    if len(doctors) > 1 or (not doctors and len(pharmacies) > 1):
        raise Malformed("VarerIBrukB64")
    if doctors:
        listed = read_medicine_list(doctors[0], reading, report)
        for data in pharmacies:
            try:
                _compare(listed, data, reading, report)
            except (Malformed, UnknownVersion):
                _beside_unread(report)
        return listed, True
    if not pharmacies:
        return None, False
    said = "no doctor keeps a list: this is a pharmacy's"
    report.add(Finding(Severity.WARNING, "pharmacy-list", "medications", said))
    return read_pharmacy_list(pharmacies[0], reading, report).entries, False


def _unpacked(patient: etree._Element, report: Report) -> tuple[list[bytes], list[bytes]]:
    """Doctors' lists and pharmacies'. One that cannot be told is named beside a doctor's; without one it is raised."""
    doctors: list[bytes] = []
    pharmacies: list[bytes] = []
    faults: list[Malformed | UnknownVersion] = []
    for packed in children(patient, "VarerIBrukB64"):
        try:
            data = base64_bytes(packed)
            namespace = list_namespace(data)
        except (Malformed, UnknownVersion) as fault:
            faults.append(fault)
            continue
        if namespace != M251 and namespace not in PHARMACY_LISTS:
            faults.append(UnknownVersion(namespace))
        else:
            (doctors if namespace == M251 else pharmacies).append(data)
    if faults and not doctors:
        raise faults[0]
    for _ in faults:
        _beside_unread(report)
    return doctors, pharmacies


def _beside_unread(report: Report) -> None:
    text = "a list beside the doctor's could not be read: the doctor's stands without it"
    report.add(Finding(Severity.WARNING, "list-unreadable", "VarerIBrukB64", text))


def _compare(doctors: MedicineList, data: bytes, reading: MedicineReading, report: Report) -> None:
    """Name what a pharmacy's list holds and the doctor's does not; nothing is added to a list a doctor answers for."""
    beside = Report()
    pharmacy = read_pharmacy_list(data, reading, beside)
    known = {statement.id.lower() for statement in doctors.statements}
    report.add(Finding(Severity.INFO, "pharmacy-list", "VarerIBrukB64", "beside the doctor's", pharmacy.source))
    for one in pharmacy.entries.statements:
        on_prescription = (one.prescription_id or "").lower() in doctors.prescription_ids
        if one.id.lower() not in known and not on_prescription:
            said = "on a pharmacy's list only"
            report.add(Finding(Severity.WARNING, "medicine-outside-list", "medications", said, one.product.name))


def _loose(
    prescriptions: list[etree._Element], known: frozenset[str], reading: MedicineReading, report: Report
) -> tuple[tuple[MedicationStatement, ...], tuple[KeptInWords, ...]]:
    """Dispensable prescriptions that no list names, as statements; the others are named in the report.

    Beside them in words those that cannot be read, or whose status is of no list: it is never "not dispensable".
    """
    statements: list[MedicationStatement] = []
    unread: list[KeptInWords] = []
    for index, info in enumerate(prescriptions):
        path = f"Reseptinfo[{index}]"
        if namespace_of(info) != M92:
            raise UnknownVersion(namespace_of(info))
        try:
            made = _prescription(info, known, reading, report, path)
        except Malformed as fault:
            named = next((one for name in _NAMES for one in children(info, name)), None)
            kept = unread_entry(named, fault, path, reading.sensitive, report)
            unread += [] if kept is None else [kept]
            continue
        statements += [] if made is None else [made]
    return tuple(statements), tuple(unread)


_NAMES = ("NavnFormStyrke", "LegemiddelblandingNavn")


def _prescription(
    info: etree._Element, known: frozenset[str], reading: MedicineReading, report: Report, path: str
) -> MedicationStatement | None:
    """One Reseptinfo; None when a list names it, or it is none to be taken. Raises ``Malformed``."""
    name = text(info, "NavnFormStyrke") or text(info, "LegemiddelblandingNavn")
    if required_text(info, "ReseptId").lower() in known:
        return None
    status = read_status(code(info, "Status"))
    if status not in _DISPENSABLE:
        report.add(Finding(Severity.INFO, "prescription-not-active", path, "not dispensable", name, status))
        return None
    if name is None:
        report.add(Finding(Severity.INFO, "not-a-medicine", path, "a prescription for goods, no medicine"))
        return None
    return _from_prescription(info, name, reading, report, path)


def _from_prescription(
    info: etree._Element, name: str, reading: MedicineReading, report: Report, path: str
) -> MedicationStatement:
    """M9.2's line about a prescription: it names the medicine, and its package, and says nothing of dosage."""
    prescription = required_text(info, "ReseptId")
    use = text(info, "Bruksomrade")
    report.add(
        Finding(Severity.WARNING, "dosage-missing", f"{path}.dosage", "the prescription list carries no dosage", name)
    )
    compounded, number = text(info, "NavnFormStyrke") is None, text(info, "Nr")
    product = MedicinalProduct(
        name=name, level="compounded" if compounded else "unknown" if number is None else "package"
    )
    named = NamedProduct(None if number is None else Level.PACKAGE, number, None, product)
    dosage = Dosage(text=None, why_text_only=WhyTextOnly.NOT_STATED)
    product, dosage = joined_medicine(named, dosage, reading.fest, report, path)
    prescribed = read_date(required_text(info, "Forskrivningsdato"), "Forskrivningsdato")
    return MedicationStatement(
        id=prescription,
        product=product,
        dosage=dosage,
        used=Period(start=prescribed),
        ordered=True,
        reason=None if use is None else Coded(text=use),
        provenance=Provenance(
            SOURCE, prescription, prescribed, None if reading.protected else text(info, "NavnRekvirent")
        ),
        prescription_id=prescription,
        note=_note(info),
    )


def _note(info: etree._Element) -> str | None:
    unit = child(info, "EnhetPakning")
    size = text(info, "Pakningsstr")
    shown = None if unit is None else plain(unit.get("DN")) or plain(unit.get("V"))
    notes = [f"Varenummer {item}" for item in [text(info, "Nr")] if item]
    notes += [" ".join(["Pakningsstørrelse", size, *([shown] if shown else [])])] if size else []
    return ". ".join(notes) or None
