"""M25.1 Legemidler i bruk 2.5 (m251 2013-10-08): the medicines list a responsible doctor keeps (PLL).

An entry that is discontinued is no medicine in use; it is named in the report. Reactions a list carries (ki
2013-04-25) are read beside the medicines; whether kritisk informasjon states them too is not this reader's to know.
"""

from dataclasses import dataclass, field

from lxml import etree

from transformers.model.finding import Finding, Report, Severity
from transformers.model.people import Name, Professional
from transformers.model.summary import KeptInWords, MedicationStatement
from transformers.model.values import Identifier, Moment, Period, Provenance
from transformers.norway.eresept_fields import changed_at
from transformers.norway.errors import Malformed, UnknownVersion, WrongPatient
from transformers.norway.identifiers import HPR
from transformers.norway.moments import is_past, read_date, read_date_time
from transformers.norway.read_list_allergies_ki import ListedAllergies, read_listed_allergies
from transformers.norway.read_msghead import MessageHead, read_msghead
from transformers.norway.read_prescription_m1 import (
    MedicineReading,
    PrescribedMedicine,
    free_text,
    read_prescribed_medicine,
)
from transformers.norway.unread_entries import unread_entry
from transformers.norway.xml_fields import (
    base64_bytes,
    child,
    children,
    code,
    coded_of,
    name_of,
    namespace_of,
    plain,
    read_tree,
    required,
    required_text,
    text,
)

M251 = "http://www.kith.no/xmlstds/eresept/m251/2013-10-08"
SOURCE = "Pasientens legemiddelliste (Reseptformidleren)"

_WITHOUT_PRESCRIPTION = "U"
_PRESCRIBER = "R"


@dataclass(frozen=True, slots=True)
class MedicineList:
    """A list as kept: medicines in use, prescriptions it knows (also of what was discontinued), who answers for it."""

    statements: tuple[MedicationStatement, ...]
    prescription_ids: frozenset[str]
    kept: Provenance
    allergies: ListedAllergies = field(default_factory=ListedAllergies)
    unread: tuple[KeptInWords, ...] = ()
    """Entries that could not be read, in words."""


def list_namespace(data: bytes) -> str:
    """The namespace of the list inside a MsgHead, to tell a doctor's list from a pharmacy's; raises ``Malformed``."""
    for payload in read_msghead(data).payloads:
        if name_of(payload) == "LegemidlerIBruk":
            return namespace_of(payload)
    raise Malformed("LegemidlerIBruk")


def read_medicine_list(data: bytes, reading: MedicineReading, report: Report) -> MedicineList:
    """Read a whole MsgHead with M25.1; raises ``Malformed``, ``UnknownVersion``, ``WrongPatient``."""
    return list_of(*the_list(data, frozenset({M251}), reading), SOURCE, reading, report)


def the_list(data: bytes, namespaces: frozenset[str], reading: MedicineReading) -> tuple[MessageHead, etree._Element]:
    """The one LegemidlerIBruk of a hodemelding about her.

    Raises ``Malformed``, ``UnknownVersion``, ``WrongPatient``.
    """
    head = read_msghead(data)
    if any(number not in reading.patient for number in head.patient_numbers):
        raise WrongPatient
    return head, _content(head, namespaces)


def list_of(
    head: MessageHead, content: etree._Element, source: str, reading: MedicineReading, report: Report
) -> MedicineList:
    """Every entry of a list, whoever keeps it (``source`` names it to a reader); one that cannot be read, in words."""
    statements: list[MedicationStatement] = []
    prescriptions: set[str] = set()
    unread: list[KeptInWords] = []
    for index, entry in enumerate(children(content, "EnkeltoppforingLIB")):
        path = f"medications[{index}]"
        prescriptions |= {id_.lower() for one in children(entry, "ReseptId") if (id_ := plain(one.text)) is not None}
        about = Report()
        try:
            statement = _statement(entry, source, reading, about, path)
        except (Malformed, UnknownVersion) as fault:
            kept_in_words = unread_entry(_named_by(entry), _malformed(fault), path, reading.sensitive, report)
            unread += [] if kept_in_words is None else [kept_in_words]
            continue
        report.extend(about)
        statements += [] if statement is None else [statement]
    remark = text(content, "Merknad")
    if remark is not None:
        report.add(
            Finding(Severity.INFO, "list-remark", "LegemidlerIBruk.Merknad", "remark about the whole list", remark)
        )
    kept = Provenance(source, head.id, head.generated, _named(_role(content, "L"), reading))
    allergies = read_listed_allergies(content, kept, reading, report)
    return MedicineList(tuple(statements), frozenset(prescriptions), kept, allergies, tuple(unread))


def _malformed(fault: Malformed | UnknownVersion) -> Malformed:
    return fault if isinstance(fault, Malformed) else Malformed("ReseptDokLegemiddelB64")


def _named_by(entry: etree._Element) -> etree._Element | None:
    """What names the medicine of an entry, as far as that can be read: NavnFormStyrke, else the ATC code."""
    packed = next(iter(children(entry, "ReseptDokLegemiddelB64")), None)
    try:
        document = None if packed is None else read_tree(base64_bytes(packed), "ReseptDokLegemiddelB64")
    except Malformed:
        return None
    names = ("NavnFormStyrke", "Navn", "Atc")
    return None if document is None else next((one for name in names for one in document.iter(f"{{*}}{name}")), None)


def _content(head: MessageHead, namespaces: frozenset[str]) -> etree._Element:
    found = [payload for payload in head.payloads if name_of(payload) == "LegemidlerIBruk"]
    if len(found) != 1:
        raise Malformed("LegemidlerIBruk")
    if namespace_of(found[0]) not in namespaces:
        raise UnknownVersion(namespace_of(found[0]))
    return found[0]


def _statement(
    entry: etree._Element, source: str, reading: MedicineReading, report: Report, path: str
) -> MedicationStatement | None:
    entry_id = required_text(entry, "Id")
    for question in children(entry, "Sporsmal"):
        said = coded_of(child(question, "Kode"), reading.systems)
        asked = Finding(Severity.INFO, "question-open", path, "a question about the entry", said.text if said else None)
        report.add(asked)
    embedded = read_tree(base64_bytes(required(entry, "ReseptDokLegemiddelB64")), "ReseptDokLegemiddelB64")
    medicine = read_prescribed_medicine(embedded, reading, report, path)
    ended, why = _discontinued(entry)
    if ended is not None and is_past(ended, reading.now):
        report.add(
            Finding(
                Severity.INFO,
                "discontinued",
                path,
                "discontinued, so no medicine in use",
                medicine.product.name,
                result=why,
            )
        )
        return None
    prescriber = _professional(_role(entry, _PRESCRIBER))
    return MedicationStatement(
        id=entry_id,
        product=medicine.product,
        dosage=medicine.dosage,
        used=_used(entry, medicine, ended),
        ordered=code(entry, "Type") != _WITHOUT_PRESCRIPTION,
        reason=medicine.reason,
        provenance=Provenance(
            source, entry_id, changed_at(entry, "SistEndret", report, path),
            _named(_role(entry, _PRESCRIBER), reading),
        ),
        prescription_id=text(entry, "ReseptId"),
        prescriber=None if reading.protected else prescriber,
        note=_note(entry, medicine, free_text([why] if why else [], reading, report, path)),
    )  # fmt: skip


def _used(entry: etree._Element, medicine: PrescribedMedicine, ended: Moment | None) -> Period:
    started = text(entry, "DatoOppstart")
    start = medicine.treatment.start if started is None else read_date(started, "DatoOppstart")
    return Period(start, ended or medicine.treatment.end)


def _note(entry: etree._Element, medicine: PrescribedMedicine, why: list[str]) -> str | None:
    notes = [medicine.note] if medicine.note else []
    notes += [f"Seponeres: {reason}" for reason in why]
    if code(entry, "Type") == _WITHOUT_PRESCRIPTION:
        notes.append("Brukes uten resept")
    return ". ".join(notes) or None


def _discontinued(entry: etree._Element) -> tuple[Moment | None, str | None]:
    """When a medicine was or will be stopped, and why."""
    stop = child(entry, "Seponering")
    if stop is None:
        return None, None
    reason = child(stop, "Arsak")
    words = [plain(reason.get("DN")) if reason is not None else None, text(stop, "Merknad")]
    return read_date_time(required_text(stop, "Tidspunkt"), "Tidspunkt"), ": ".join(w for w in words if w) or None


def _role(holder: etree._Element, kind: str) -> etree._Element | None:
    """The first Rolle of that kind (Volven 7490)."""
    return next((role for role in children(holder, "Rolle") if code(role, "Rolle") == kind), None)


def _professional(role: etree._Element | None) -> Professional | None:
    person = None if role is None else child(role, "Helseperson")
    if person is None:
        return None
    given, family = text(person, "Fornavn"), text(person, "Etternavn")
    number = text(required(person, "HprId"), "Id")
    name = Name(given=tuple((given or "").split()), family=family) if family is not None else None
    return Professional(name=name, identifiers=(Identifier(HPR, number),) if number else ())


def _named(role: etree._Element | None, reading: MedicineReading) -> str | None:
    """Who a role stands for, as text; nobody when address protection hides who treats her."""
    if role is None or reading.protected:
        return None
    organisation = child(role, "Organisasjon")
    if organisation is not None:
        return text(organisation, "Inst")
    professional = _professional(role)
    return None if professional is None or professional.name is None else professional.name.plain()
