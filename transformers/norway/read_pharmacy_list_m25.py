"""M25.2, M25.3 and M25.4 Legemidler i bruk (2013-10-08): the lists of those who dispense and pack, beside a doctor's.

R1608, and the schemas: an entry is M25.1's without discontinuation; M25.2 and M25.3 say when the next round is packed
(Pakkeinfo); M25.3 says of each entry what was packed for which days (SisteUtlevering). Who keeps a list is what its
role A (ansvarlig farmasøyt, Volven 7490) says.
"""

from dataclasses import dataclass

from lxml import etree

from transformers.model.finding import Report
from transformers.model.values import Moment, Period
from transformers.norway.dispensing_report import DispensedMedicine
from transformers.norway.eresept_fields import day
from transformers.norway.errors import Malformed, UnknownVersion
from transformers.norway.moments import read_date_time
from transformers.norway.read_dispensing_report_m10 import DISPENSING, dispensed_medicine
from transformers.norway.read_medicine_list_m251 import MedicineList, list_of, the_list
from transformers.norway.read_prescription_m1 import MedicineReading
from transformers.norway.xml_fields import (
    base64_bytes,
    child,
    children,
    code,
    name_of,
    namespace_of,
    read_tree,
    required,
    required_text,
    text,
)

M252 = "http://www.kith.no/xmlstds/eresept/m252/2013-10-08"
M253 = "http://www.kith.no/xmlstds/eresept/m253/2013-10-08"
M254 = "http://www.kith.no/xmlstds/eresept/m254/2013-10-08"
PHARMACY_LISTS = {
    M252: "Legemidler i bruk fra apotek (M25.2)",
    M253: "Pakkede legemidler, multidose (M25.3)",
    M254: "Legemidler i bruk (M25.4)",
}
"""Name shown to a reader, by namespace."""


@dataclass(frozen=True, slots=True)
class Packing:
    """Pakkeinfo: when changes must be in, and for which days the next round is."""

    order_by: Moment
    doses: Period


@dataclass(frozen=True, slots=True)
class Packed:
    """SisteUtlevering of one entry (M25.3)."""

    entry_id: str
    doses: Period
    report_id: str | None
    """MsgId of the M10 it was reported with."""
    repacked_why: str | None
    """Ompakkingsgrunn."""
    medicine: DispensedMedicine | None
    lot: str | None


@dataclass(frozen=True, slots=True)
class PharmacyList:
    """A list kept by those who dispense. ``source`` is its name as shown."""

    source: str
    entries: MedicineList
    packing: Packing | None
    packed: tuple[Packed, ...]
    in_multidose: frozenset[str]
    """Ids of entries that are packed by dose (InngarMultidose)."""


def read_pharmacy_list(data: bytes, reading: MedicineReading, report: Report) -> PharmacyList:
    """Read a whole hodemelding with an M25.2, M25.3 or M25.4.

    Raises ``Malformed``, ``UnknownVersion``, ``WrongPatient``.
    """
    head, content = the_list(data, frozenset(PHARMACY_LISTS), reading)
    source = PHARMACY_LISTS[namespace_of(content)]
    rows = children(content, "EnkeltoppforingLIB")
    return PharmacyList(
        source=source,
        entries=list_of(head, content, source, reading, report),
        packing=_packing(child(content, "Pakkeinfo")),
        packed=tuple(_packed(row, one, reading, report) for row in rows for one in children(row, "SisteUtlevering")),
        in_multidose=frozenset(required_text(row, "Id") for row in rows if code(row, "InngarMultidose") == "1"),
    )


def _packing(element: etree._Element | None) -> Packing | None:
    if element is None:
        return None
    return Packing(
        order_by=read_date_time(required_text(element, "Bestillingsfrist"), "Bestillingsfrist"),
        doses=Period(day(element, "ForsteDoseringsdato"), day(element, "SisteDoseringsdato")),
    )


def _packed(row: etree._Element, element: etree._Element, reading: MedicineReading, report: Report) -> Packed:
    first, last = day(element, "DatoForsteDose"), day(element, "DatoSisteDose")
    if first is None or last is None or first > last:
        raise Malformed("SisteUtlevering")
    dispensing = read_tree(base64_bytes(required(element, "UtleveringB64")), "UtleveringB64")
    if name_of(dispensing) != "Utlevering":
        raise Malformed("UtleveringB64")
    if namespace_of(dispensing) != DISPENSING:
        raise UnknownVersion(namespace_of(dispensing))
    medicine = child(dispensing, "ReseptDokLegemiddel")
    entry_id = required_text(row, "Id")
    return Packed(
        entry_id=entry_id,
        doses=Period(first, last),
        report_id=text(element, "RefM10"),
        repacked_why=code(element, "Ompakkingsgrunn"),
        medicine=None if medicine is None else dispensed_medicine(medicine, reading.systems, report, "SisteUtlevering"),
        lot=text(dispensing, "Batchnr"),
    )
