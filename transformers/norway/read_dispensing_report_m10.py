"""M10 Utleveringsrapport (m10, utlevering, m1 and forskrivning 2013-10-08): what a pharmacy handed out, or took back.

R1308. Prices (PrisLegemiddelUtenMt, Egenandel) and what else no field holds are named in the report. The signature is
not verified here: Reseptformidleren took the message from whoever signed it.
"""

from lxml import etree

from transformers.model.finding import Report
from transformers.model.summary import MedicinalProduct
from transformers.norway.code_systems import CodeSystems
from transformers.norway.dispensing_report import (
    DispensedMedicine,
    Dispenser,
    DispensingReport,
    Intervention,
    PaperPrescriber,
)
from transformers.norway.eresept_fields import day, number, package_size, required_flag, unread, yes
from transformers.norway.errors import Malformed, UnknownVersion
from transformers.norway.msghead_patient import Subject, check_patient, required_patient
from transformers.norway.read_msghead import MessageHead, read_msghead, the_payload
from transformers.norway.xml_fields import (
    child,
    children,
    code,
    coded_of,
    flag,
    name_of,
    namespace_of,
    plain,
    quantity,
    required,
    required_text,
    text,
)

M10 = "http://www.kith.no/xmlstds/eresept/m10/2013-10-08"
DISPENSING = "http://www.kith.no/xmlstds/eresept/utlevering/2013-10-08"
M1 = "http://www.kith.no/xmlstds/eresept/m1/2013-10-08"
PRESCRIBING = "http://www.kith.no/xmlstds/eresept/forskrivning/2013-10-08"
LEVELS = {
    "Legemiddelpakning": "package",
    "LegemiddelMerkevare": "brand",
    "LegemiddelVirkestoff": "substance",
    "Legemiddelblanding": "compounded",
    "Legemiddeldose": "unknown",
}

_REPORT = frozenset(
    {"Utlevering", "Kanselleringskode", "ReservasjonRapportFastlege", "AnsattId", "Papirresept", "RekvirentPapir"}
)
_MEDICINE = frozenset({"Varegruppekode", "Antall", "Merknad", "Reiterasjon", "Mengde", "Forskrivning"})
_PRESCRIBING = frozenset({"DosVeiledEnkel", *LEVELS})
_PRODUCT = frozenset(
    {"Atc", "NavnFormStyrke", "Navn", "Reseptgruppe", "LegemiddelformKort", "LegemiddelformLang", "Legemiddelform"}
    | {"Varenr", "Varenavn", "PakningsinfoResept"}
)


def read_dispensing_report(
    data: bytes, systems: CodeSystems, *, subject: Subject | None = None
) -> tuple[DispensingReport, Report]:
    """Read an M10; with ``subject`` given it must be about her.

    Raises ``Malformed``, ``UnknownVersion``, ``WrongPatient``.
    """
    report = Report()
    head = read_msghead(data)
    made = report_of(head, systems, report, "M10")
    if subject is not None:
        check_patient(made.patient, subject)
    return made, report


def report_of(head: MessageHead, systems: CodeSystems, report: Report, path: str) -> DispensingReport:
    """The M10 inside a hodemelding that was read already."""
    payload = the_payload(head, "Utleveringsrapport", frozenset({M10}))
    unread(payload, _REPORT, report, path)
    dispensing = required(payload, "Utlevering")
    if namespace_of(dispensing) != DISPENSING:
        raise UnknownVersion(namespace_of(dispensing))
    medicine, goods = child(dispensing, "ReseptDokLegemiddel"), child(dispensing, "ReseptDokHandelsvare")
    dispensed = day(dispensing, "Utleveringsdato")
    if dispensed is None:
        raise Malformed("Utleveringsdato")
    return DispensingReport(
        id=head.id,
        prescription_id=required_text(dispensing, "ReseptId"),
        patient=required_patient(head),
        dispensed=dispensed,
        dispenser=_dispenser(required(dispensing, "Utleverer")),
        employee_id=required_text(payload, "AnsattId"),
        annuls=_annuls(dispensing),
        closed=yes(dispensing, "Avsluttet"),
        no_substitution=flag(dispensing, "ByttereservasjonKunde"),
        lot=text(dispensing, "Batchnr"),
        medicine=None if medicine is None else dispensed_medicine(medicine, systems, report, path),
        goods=None if goods is None else _goods(goods),
        interventions=tuple(_intervention(one, systems) for one in children(dispensing, "Intervensjon")),
        cancellation=_cancellation(payload),
        withheld_from_doctor=required_flag(payload, "ReservasjonRapportFastlege"),
        paper=flag(payload, "Papirresept"),
        paper_prescriber=_paper_prescriber(child(payload, "RekvirentPapir"), systems),
    )


_CANCELLATIONS = frozenset({*map(str, range(1, 12)), *map(str, range(15, 19))})
"""Volven 7411. By one of these nothing was dispensed: one that is of no list decides nothing."""


def _cancellation(payload: etree._Element) -> str | None:
    element = child(payload, "Kanselleringskode")
    why = code(payload, "Kanselleringskode")
    if element is not None and why not in _CANCELLATIONS:
        raise Malformed("Kanselleringskode")
    return why


def _annuls(dispensing: etree._Element) -> str | None:
    """Which report it takes back; an annulment that does not say is refused, and so is an id without annulment."""
    taken_back = text(dispensing, "AnnulleringsId")
    if required_flag(dispensing, "Annullering") != (taken_back is not None):
        raise Malformed("AnnulleringsId")
    return taken_back


def _dispenser(holder: etree._Element) -> Dispenser:
    return Dispenser(required_text(required(holder, "HerId"), "Id"), required_text(holder, "Navn"))


def dispensed_medicine(element: etree._Element, systems: CodeSystems, report: Report, path: str) -> DispensedMedicine:
    """A ReseptDokLegemiddel of a dispensing; raises ``Malformed``, ``UnknownVersion``."""
    prescribing = required(element, "Forskrivning")
    for part, namespace in ((element, M1), (prescribing, PRESCRIBING)):
        if namespace_of(part) != namespace:
            raise UnknownVersion(namespace_of(part))
    found = [inner for inner in prescribing if name_of(inner) in LEVELS]
    if len(found) != 1:
        raise Malformed("Forskrivning")
    (source,) = found
    for part, known in ((element, _MEDICINE), (prescribing, _PRESCRIBING), (source, _PRODUCT)):
        unread(part, known, report, f"{path}.{name_of(part)}")
    info = child(source, "PakningsinfoResept")
    return DispensedMedicine(
        product=_product(source, systems),
        group=code(source, "Reseptgruppe") or "",
        item_number=text(source, "Varenr"),
        brand=text(source, "Varenavn") or (None if info is None else text(info, "Varenavn")),
        packages=number(element, "Antall"),
        amount=quantity(element, "Mengde"),
        package_size=None if info is None else package_size(info, systems),
        dosage_text=text(prescribing, "DosVeiledEnkel"),
        remark=text(element, "Merknad"),
    )


def _product(source: etree._Element, systems: CodeSystems) -> MedicinalProduct:
    form = child(source, "LegemiddelformKort")
    form = child(source, "Legemiddelform") if form is None else form
    return MedicinalProduct(
        name=text(source, "NavnFormStyrke") or required_text(source, "Navn"),
        level=LEVELS[name_of(source)],
        atc=coded_of(child(source, "Atc"), systems),
        form=coded_of(form, systems),
        form_text=text(source, "LegemiddelformLang") or (None if form is None else plain(form.get("DN"))),
    )


def _goods(element: etree._Element) -> str:
    """Goods in words: their name, else their group."""
    for inner in element:
        if name_of(inner) in ("Brystprotese", "Naringsmiddel", "MedForbMatr"):
            return required_text(inner, "Navn")
    group = child(element, "ProdGruppe")
    return (None if group is None else plain(group.get("DN"))) or "Handelsvare"


def _intervention(element: etree._Element, systems: CodeSystems) -> Intervention:
    doctor = child(element, "KonfLege")
    return Intervention(
        code=coded_of(child(element, "Kode"), systems),
        change=code(element, "EndringsType"),
        with_customer=flag(element, "KonfKunde"),
        with_doctor=None if doctor is None else required_text(doctor, "Id"),
        reason=text(element, "Begrunnelse"),
    )


def _paper_prescriber(element: etree._Element | None, systems: CodeSystems) -> PaperPrescriber | None:
    if element is None:
        return None
    ident = child(element, "Ident")
    return PaperPrescriber(
        given=text(element, "Fornavn"),
        family=text(element, "Etternavn"),
        hpr_number=None if ident is None else required_text(ident, "Id"),
        specialty=coded_of(child(element, "Spesialitet"), systems),
        institution=text(element, "Inst"),
        department=text(element, "Dept"),
        institution_id=coded_of(child(element, "InstitusjonsID"), systems),
        nordic_or_eea=flag(element, "RekvirentNordisk"),
    )
