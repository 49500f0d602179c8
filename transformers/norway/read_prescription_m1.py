"""M1 Resept 2.5 (m1 2013-10-08, forskrivning 2013-10-08): the medicine of a prescription, as the summary needs it.

Product, dosage and FEST are read and joined by what whole prescriptions use (`read_prescription`): NavnFormStyrke is
one text and stays one, and strength, form and route are structured as FEST has them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from lxml import etree

from transformers.model.finding import Finding, Report, Severity
from transformers.model.summary import Dosage, MedicinalProduct
from transformers.model.values import Coded, Moment, Period
from transformers.norway.code_systems import CodeSystems
from transformers.norway.errors import Malformed, UnknownVersion
from transformers.norway.fest import Fest
from transformers.norway.moments import read_either
from transformers.norway.read_dosage import read_dosage
from transformers.norway.read_prescribed_product import read_product
from transformers.norway.structured_dosage import AS_NEEDED
from transformers.norway.with_fest import with_fest_of
from transformers.norway.xml_fields import (
    child,
    children,
    code,
    coded_of,
    name_of,
    namespace_of,
    plain,
    required,
    text,
)

M1 = "http://www.kith.no/xmlstds/eresept/m1/2013-10-08"
PRESCRIBING = "http://www.kith.no/xmlstds/eresept/forskrivning/2013-10-08"

_COURSE = "2"


@dataclass(frozen=True, slots=True)
class PrescribedMedicine:
    """What one ReseptDokLegemiddel says."""

    product: MedicinalProduct
    dosage: Dosage
    reason: Coded | None
    treatment: Period
    """Start and end of Dosering, where stated."""
    note: str | None


@dataclass(frozen=True, slots=True)
class MedicineReading:
    """What every reader of medicines is told: the accepted numbers of the person, the tables, the instant,
    protection."""

    patient: frozenset[str] = field(repr=False)
    systems: CodeSystems = field(repr=False)
    now: datetime
    protected: bool = False
    """Address protection: nobody who treats her is named, and what was written freely beside a medicine is withheld."""
    sensitive: Mapping[str, bool] = field(default_factory=dict)
    """``list#code`` (Volven): whether such an element may leave the country; absent: it may."""
    fest: Fest | None = field(default=None, repr=False)
    """What a list's medicines are joined with; None: nobody looks them up, and the report says so."""


def read_prescribed_medicine(
    element: etree._Element, reading: MedicineReading, report: Report, path: str
) -> PrescribedMedicine:
    """Read a ReseptDokLegemiddel; ``path`` is where it stands, for findings.

    Raises ``UnknownVersion`` for another generation, ``Malformed`` where a required element is missing.
    """
    if name_of(element) != "ReseptDokLegemiddel":
        raise Malformed("ReseptDokLegemiddel")
    if namespace_of(element) != M1:
        raise UnknownVersion(namespace_of(element))
    prescribing = required(element, "Forskrivning")
    if namespace_of(prescribing) != PRESCRIBING:
        raise UnknownVersion(namespace_of(prescribing))
    read = read_product(prescribing, reading.systems, report, path, packed=False)
    dosage = read_dosage(prescribing, read.element, reading.systems, report, path)
    product, dosage = with_fest_of(read, dosage, reading.fest, report, path)
    notes = [*read.notes, *_notes(element, prescribing, reading, report, path)]
    return PrescribedMedicine(
        product=product,
        dosage=dosage,
        reason=reason_of(element, prescribing, reading.systems),
        treatment=treatment_of(prescribing, dosage),
        note=". ".join(notes) or None,
    )


def reason_of(element: etree._Element, prescribing: etree._Element, systems: CodeSystems) -> Coded | None:
    """RefKode with the words of Bruksomrade, or these alone."""
    coded = coded_of(child(element, "RefKode"), systems)
    use = text(prescribing, "Bruksomrade")
    if coded is None:
        return None if use is None else Coded(text=use)
    return Coded(text=use or coded.text, original=coded.original, others=coded.others)


def _notes(
    element: etree._Element, prescribing: etree._Element, reading: MedicineReading, report: Report, path: str
) -> list[str]:
    use = child(prescribing, "Bruk")
    notes = []
    if use is not None and plain(use.get("V")) in (AS_NEEDED, _COURSE):
        notes.append(f"Bruk: {plain(use.get('DN')) or plain(use.get('V'))}")
    written = [said for name in ("Merknad", "KomLegemdlAdm") if (said := text(element, name)) is not None]
    notes += free_text(written, reading, report, path)
    if code(element, "BytteresRekvirent") == "1":
        notes.append("Rekvirenten har reservert mot bytte")
    return notes


def free_text(written: list[str], reading: MedicineReading, report: Report, path: str) -> list[str]:
    """What somebody wrote freely; under address protection nothing, for it may name the place, and the report says
    so."""
    if not reading.protected or not written:
        return written
    report.add(Finding(Severity.WARNING, "note-withheld", f"{path}.note", "free text may reveal a protected address"))
    return []


def treatment_of(prescribing: etree._Element, dosage: Dosage) -> Period:
    """From the earliest stated start to the latest stated end; an end counts only when every regime has one.

    A dosage that is structured although its Dosering ends is a course whose words count the days before that end ("i 7
    dager", 5 to 12 October): then the last day is the one before.
    """
    starts: list[Moment] = []
    ends: list[Moment | None] = []
    for dosing in children(prescribing, "Dosering"):
        start, end = child(dosing, "Starttidspunkt"), child(dosing, "Sluttidspunkt")
        if start is not None and start.get("V"):
            starts.append(read_either(start.get("V", ""), "Starttidspunkt"))
        ends.append(read_either(end.get("V", ""), "Sluttidspunkt") if end is not None and end.get("V") else None)
    known = [end for end in ends if end is not None]
    last = max(known) if known and len(known) == len(ends) else None
    if last is not None and dosage.why_text_only is None:
        last = Moment((date.fromisoformat(last.iso) - timedelta(days=1)).isoformat())
    return Period(min(starts, default=None), last)
