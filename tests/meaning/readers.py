"""What is held against the table: every reader and printer of the product that takes a document of the corpus.

The one module here that imports the product, and of it only what is under test and what that is set up with.
"""

import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lxml import etree, html

from gateway.configuration.shipped import shipped
from gateway.national.tables import read_code_systems
from tests.meaning.changes import STATEMENTS
from tests.meaning.facts import facts_of, meaning_of, of_one
from tests.meaning.table import Meaning, Row, base_text
from tests.support.documents.in_place import RULES
from tests.support.norway.m1 import NOW, policy
from tests.support.persons.samples import release
from transformers.cda.documents.dispensation import check_fulfilment, read_dispensation, write_dispensation
from transformers.cda.documents.level_one import read_level_one
from transformers.cda.documents.patient_summary import read_patient_summary, write_patient_summary
from transformers.cda.documents.prescription import read_prescription, write_prescription
from transformers.cda.errors import CdaError
from transformers.cda.rules.check import check_integrity
from transformers.display.errors import DisplayRefused
from transformers.display.write_html import write_html
from transformers.fhir.json_text import JsonUnreadable, read_json
from transformers.model.decisions import against_dispensing, against_fulfilling, against_listing
from transformers.model.finding import Report
from transformers.model.values import Moment
from transformers.norway.errors import NorwegianMessageError
from transformers.norway.exportable import Asking, reasons_against_export
from transformers.norway.fhir_fields import Context
from transformers.norway.prescription import SignatureState
from transformers.norway.read_critical_information import read_critical_information
from transformers.norway.read_dispensing_report_m10 import read_dispensing_report
from transformers.norway.read_medicine_list_m251 import read_medicine_list
from transformers.norway.read_medicine_list_m912 import read_medicines_in_use
from transformers.norway.read_prescription import PrescriptionContext
from transformers.norway.read_prescription import read_prescription as read_m1_message
from transformers.norway.read_prescription_list_m92 import read_prescription_list
from transformers.norway.read_prescription_m1 import MedicineReading
from transformers.norway.read_vaccinations_sysvak import VaccinationSubject, read_vaccinations
from transformers.terminology.errors import DocumentUntransformed, LanguageAbsent
from transformers.terminology.transcode_document import transcode_document
from transformers.terminology.translate_document import translate_document
from trust.errors import XmlRefused


@dataclass(frozen=True)
class Said:
    """What one reader made of a document: its meaning, its findings' codes, and what it decides."""

    meaning: Meaning
    findings: frozenset[str] = frozenset()
    decisions: Mapping[str, bool] = field(default_factory=dict)


REFUSED = "refused"
_FILE_IN = re.compile(r"<text[^>]*>([^<]+)</text></nonXMLBody>")


def refused(fault: Exception) -> Said:
    """A document that a reader takes for none: nothing is read of it, and nothing decided."""
    return Said(Meaning(f"{REFUSED}: {type(fault).__name__}"))


def _codes(report: Any) -> frozenset[str]:
    return frozenset(finding.code for finding in report.findings)


def read_ps(content: bytes, section: str) -> Said:
    """A section of a patient summary, or its header as one statement."""
    read = read_patient_summary(content)
    if section == "header":
        return Said(of_one(_header(read.summary)), _codes(read.report))
    return Said(meaning_of(getattr(read.summary.content, section)), _codes(read.report))


@dataclass(frozen=True)
class _Header:
    id: Any
    patient: Any
    created: Any
    language: str
    parent: Any
    author: Any
    authenticator: Any
    custodian: Any
    confidentiality: Any


def _header(document: Any) -> _Header:
    return _Header(
        document.id, document.patient, document.created.isoformat(), document.language, document.parent,
        document.author,
        document.legal_authenticator, document.custodian, document.confidentiality,
    )  # fmt: skip


def read_ep(content: bytes, section: str) -> Said:
    """A prescription, and what is decided on it."""
    read, report = read_prescription(content)
    decided = {"dispense": not against_dispensing(read), "list": not against_listing(read)}
    meaning = of_one(_header(read) if section == "header" else read.item)
    return Said(meaning, _codes(report), decided)


def read_ed(content: bytes, section: str) -> Said:
    """A dispensation, and whether it fulfils anything, and the prescription of the corpus."""
    read, report = read_dispensation(content)
    against = check_fulfilment(read, read_prescription(base_text("ep").encode())[0])
    decided = {"fulfil": not against_fulfilling(read) and not against.findings}
    meaning = of_one(_header(read) if section == "header" else read.item)
    return Said(meaning, _codes(report) | _codes(against), decided)


@dataclass(frozen=True)
class _File:
    kind: str
    code: Any
    patient: str
    created: str
    language: str
    media_type: str
    file: str
    parent: Any


def read_l1(content: bytes, section: str) -> Said:
    """A document around a file; the file is ``whole`` when it is the bytes that the bases hold."""
    read = read_level_one(content)
    original = read.document
    told = f"{original.patient.name.plain()}, {original.patient.birth.iso}"
    stated = b64decode(_FILE_IN.search(base_text("l1_ps"))[1]) == original.content  # type: ignore[index]  # it has one
    file = _File(
        original.kind, original.code, told, original.created.isoformat(), original.language, original.media_type,
        "whole" if stated else "other", original.parent,
    )  # fmt: skip
    return Said(of_one(file), _codes(read.report))


DOCUMENTS = ("ps", "ep", "ed", "l1")
"""What is a document of country A, which is processed and shown."""
PATIENT, BORN = "13877430124", "1974-07-13"
"""Of the Norwegian messages: a number that nobody has (month +80)."""


def _systems() -> Any:
    return read_code_systems(shipped("config"))


def _reading() -> MedicineReading:
    return MedicineReading(frozenset({PATIENT}), _systems(), NOW)


@dataclass(frozen=True)
class _National:
    level: Any
    group: str | None
    repeats: int
    item_number: str | None
    package_size: str | None
    use: Any
    reimbursement: Any
    item: Any


def read_m1(content: bytes, section: str) -> Said:
    """A Norwegian prescription that is signed and has had no dispensing, and whether it may cross."""
    read, report = read_m1_message(content, PrescriptionContext(_reading(), "2.999.47", "E", ()))
    signed = replace(read, signature=SignatureState.VALID)
    national = _National(
        read.level, read.reseptgruppe, read.reiterasjon, read.item_number, read.package_size, read.use,
        read.reimbursement, read.item,
    )  # fmt: skip
    return Said(of_one(national), _codes(report), {"export": not reasons_against_export(signed, policy(), Asking(NOW))})


def read_m10(content: bytes, section: str) -> Said:
    """A report of a dispensing."""
    read, report = read_dispensing_report(content, _systems())
    return Said(of_one(read), _codes(report))


def read_m92(content: bytes, section: str) -> Said:
    """A list of prescriptions for a dispenser; one that cannot be read is kept by its id."""
    read, report = read_prescription_list(content, frozenset({PATIENT}), _systems())
    unread = tuple("not-readable" for _ in read.unreadable)
    rows = tuple(of_one(one).statements[0] for one in read.prescriptions)
    state = "present" if rows else "not-readable" if unread else f"none: {read.search and read.search.value}"
    return Said(Meaning(state, rows, unread), _codes(report))


def read_m25(content: bytes, section: str) -> Said:
    """A doctor's list of medicines in use."""
    report = Report()
    read = read_medicine_list(content, _reading(), report)
    kept = tuple(one.why.value for one in read.unread)
    rows = tuple(facts_of(one) for one in read.statements)
    return Said(
        Meaning("present" if rows else "not-readable" if kept else "no-information", rows, kept), _codes(report)
    )


def read_m912(content: bytes, section: str) -> Said:
    """The medicines in use that Reseptformidleren answers with."""
    read, report = read_medicines_in_use(content, _reading())
    return Said(meaning_of(read.medications), _codes(report))


def read_sysvak(content: bytes, section: str) -> Said:
    """The vaccinations of an answer of SYSVAK."""
    read, report = read_vaccinations(content, VaccinationSubject(frozenset({PATIENT}), Moment(BORN)), _systems())
    return Said(meaning_of(read), _codes(report))


def read_kj(content: bytes, section: str) -> Said:
    """The allergies of an answer of kritisk informasjon."""
    report = Report()
    context = Context(frozenset({PATIENT}), _systems(), {}, NOW, False, report)
    read = read_critical_information({"AllergyIntolerance": read_json(content)}, context)
    return Said(meaning_of(read.allergies), _codes(report))


READERS: Mapping[str, Callable[[bytes, str], Said]] = {
    "ps": read_ps,
    "ep": read_ep,
    "ed": read_ed,
    "l1": read_l1,
    "m1": read_m1,
    "m10": read_m10,
    "m92": read_m92,
    "m25": read_m25,
    "m912": read_m912,
    "sysvak": read_sysvak,
    "kj": read_kj,
}


def pivot(kind: str, content: bytes, section: str) -> Said:
    """What the readers of the pivot say."""
    try:
        return READERS[kind](content, section)
    except (CdaError, NorwegianMessageError) as fault:
        return refused(fault)


def transcoded(content: bytes) -> bytes:
    """The same with European codes."""
    return transcode_document(content, RULES, release()).content


def translated(content: bytes) -> bytes:
    """The same in Norwegian."""
    return translate_document(content, RULES, release(), "nb").content


def page(content: bytes) -> str:
    """The words of the page, and nothing of its markup."""
    shown = html.fromstring(write_html(content, release=release(), language="en").html.decode())
    return " ".join(" ".join(shown.find("body").itertext()).split())


PRINTERS: Mapping[str, Callable[[bytes], Any]] = {
    "ps": lambda content: write_patient_summary(read_patient_summary(content).summary),
    "ep": lambda content: write_prescription(read_prescription(content)[0]),
    "ed": lambda content: write_dispensation(read_dispensation(content)[0]),
}


def printed(kind: str, content: bytes) -> tuple[bytes, frozenset[str]] | None:
    """What our printers make of what was read, with their findings' codes; None for what they refuse to print."""
    try:
        written = PRINTERS[kind](content)
    except CdaError:
        return None
    return written.content, _codes(written.report)


def own_rules(content: bytes) -> frozenset[str]:
    """Own rules that found something."""
    return frozenset(str(finding.rule) for finding in check_integrity(content).findings)


def differences(right: Meaning, said: Meaning) -> list[str]:
    """Where what was read is not what is right, fact by fact."""
    if right.state != said.state or tuple(sorted(right.kept)) != said.kept:
        return [f"state {said.state} {said.kept} for {right.state} {tuple(sorted(right.kept))}"]
    if len(right.statements) != len(said.statements):
        return [f"{len(said.statements)} statements for {len(right.statements)}"]
    return [
        f"{name}: {got.get(name)} for {wanted.get(name)}"
        for wanted, got in zip(right.statements, said.statements, strict=True)
        for name in sorted({*wanted, *got})
        if wanted.get(name) != got.get(name)
    ]


Look = Callable[[Row], list[str]]


def wrongly_read(row: Row) -> list[str]:
    """What the pivot's readers, their decisions and our own rules say otherwise than the row."""
    said = pivot(row.kind, row.document, row.section)
    wrong = [f"pivot: {one}" for one in differences(row.means, said.meaning)]
    wrong += [f"no finding {code} among {sorted(said.findings)}" for code in row.findings if code not in said.findings]
    wrong += [
        f"{name} is {not may}" for name, may in row.decisions.items() if said.decisions.get(name, False) is not may
    ]
    found = own_rules(row.document) if row.rules else frozenset()
    return wrong + [f"no own rule {rule} among {sorted(found)}" for rule in row.rules if rule not in found]


def wrongly_processed(row: Row) -> list[str]:
    """What is read of the document with European codes and Norwegian displays otherwise than of itself."""
    if row.kind not in DOCUMENTS or row.means.state.startswith(REFUSED):
        return []
    said = pivot(row.kind, row.document, row.section)
    wrong = []
    for name, content in (("transcoded", transcoded(row.document)), ("translated", translated(row.document))):
        again = pivot(row.kind, content, row.section)
        wrong += [f"{name}: {one}" for one in differences(said.meaning, again.meaning)]
        wrong += [] if again.decisions == said.decisions else [f"{name}: decides {again.decisions}"]
    return wrong


PRINTED_OTHERWISE = ("why_text_only", "concern", "status", "completed")
"""What a printer states where nothing is stated, or leaves to the words: a concern is followed, a resolved problem has
that status, what is not open is completed, and why a regimen stands in words alone is told by none of its codes."""


def wrongly_printed(row: Row) -> list[str]:
    """What a printer made another statement of, or left out without a finding."""
    said = pivot(row.kind, row.document, row.section)
    words_alone = row.section in ("care_plan", "advance_directives") or "-of-scope" in said.meaning.state
    if row.kind not in PRINTERS or said.meaning.state.startswith((REFUSED, "not-readable")) or words_alone:
        return []
    made = printed(row.kind, row.document)
    if made is None:
        return []
    if "section-left-out" in made[1]:
        return []
    again = pivot(row.kind, made[0], row.section)
    if again.meaning.state != said.meaning.state or len(again.meaning.statements) != len(said.meaning.statements):
        return [f"printed: {again.meaning.state}, {len(again.meaning.statements)} statements"]
    wrong = []
    for before, after in zip(said.meaning.statements, again.meaning.statements, strict=True):
        for name in sorted({*before, *after}):
            lost = name not in after and bool(made[1])
            same = before.get(name, "").replace('"', "") == after.get(name, "").replace('"', "")
            if not same and not lost and name.rpartition(".")[2] not in PRINTED_OTHERWISE:
                wrong.append(f"printed: {name}: {after.get(name)} for {before.get(name)}")
    return wrong


GUIDE_LEAVES_OPEN = {
    ("substanceAdministration", "1.3.6.1.4.1.19376.1.5.3.1.4.7.1"),  # 0..1, normal dosing
    ("substanceAdministration", "DRUG 2.16.840.1.113883.5.4"),  # code 0..1
    ("act", "1.3.6.1.4.1.19376.1.5.3.1.4.3.1"),  # beside E.3.13, for a page of other countries
    ("observation", "2.16.840.1.113883.10.20.1.55"),  # 0..1 of a severity
    ("procedure", "2.16.840.1.113883.10.20.1.29"),  # 0..1, this or .25
    ("observation", "282291009 2.16.840.1.113883.6.96"),  # of a reason E.3.41: any of 42.23
    ("observation", "55607006 2.16.840.1.113883.6.96"),
}
"""Templates and codes of a form that the guide lets a document have or lack."""


IPS_ABSENT = "2.16.840.1.113883.5.1150.1"
"""Codes of absences, wherever they stand (value sets 42.47 to 42.51)."""


def forms_of(document: bytes) -> dict[str, set[tuple[str, str]]]:
    """Templates and codes of the header (``""``), and of sections and statements by the code of the section."""
    found: dict[str, set[tuple[str, str]]] = {"": set()}
    root = etree.fromstring(document)
    for element in root.iter("*"):
        section = next((e for e in (element, *element.iterancestors()) if etree.QName(e).localname == "section"), None)
        code = None if section is None else section.find("{*}code")
        told = found.setdefault("" if code is None else code.get("code", ""), set())
        name = etree.QName(element).localname
        told |= {(name, one.get("root", "")) for one in element.iterfind("{*}templateId")}
        if element.get("codeSystem") == IPS_ABSENT:
            told.add((name, element.get("code", "")))
        if name in STATEMENTS:
            told |= {(name, f"{one.get('code')} {one.get('codeSystem')}") for one in element.iterfind("{*}code[@code]")}
    return found


def otherwise_than_the_guide(base: Row) -> list[str]:
    """Templates and codes that a printed base has or lacks otherwise than the base, which is written from the guide."""
    made = printed(base.kind, base.document)
    if made is None:
        return [f"{base.base} is not printed"]
    ours = forms_of(made[0])
    differ = {
        code: (told ^ ours.get(code, set())) - GUIDE_LEAVES_OPEN for code, told in forms_of(base.document).items()
    }
    return [f"{base.base} {code}: {sorted(one)}" for code, one in differ.items() if one]


def wrongly_shown(row: Row) -> list[str]:
    """Words that the page owes and has not, and words that nothing in the document says."""
    if row.kind not in DOCUMENTS or row.means.state.startswith(REFUSED):
        return []
    shown = page(row.document)
    wrong = [f"page without {word}" for word in row.page if word not in shown]
    return wrong + [f"page with {word}" for word in row.not_page if word in shown]


def wrong_in(row: Row) -> list[str]:
    """All that any reader or printer of the product says otherwise than the row."""
    return [one for look in LOOKS for one in look(row)]


LOOKS: tuple[Look, ...] = (wrongly_read, wrongly_processed, wrongly_printed, wrongly_shown)


_TREES = (
    CdaError,
    NorwegianMessageError,
    XmlRefused,
    DisplayRefused,
    DocumentUntransformed,
    LanguageAbsent,
    JsonUnreadable,
)
"""What a reader or printer may raise of a document; anything else is a crash."""


def crashes(kind: str, section: str, content: bytes) -> list[str]:
    """What any reader or printer that takes the document raises of it, and may not."""
    looks: dict[str, Callable[[], object]] = {"pivot": lambda: pivot(kind, content, section)}
    if kind in DOCUMENTS:
        looks |= {
            "own rules": lambda: own_rules(content),
            "transcoded": lambda: transcoded(content),
            "translated": lambda: translated(content),
            "page": lambda: page(content),
        }
    found = []
    for name, look in looks.items():
        try:
            look()
        except _TREES:
            continue
        except Exception as fault:  # noqa: BLE001 - that there is one is what is told
            found.append(f"{name}: {type(fault).__name__}: {fault}"[:200])
    return found
