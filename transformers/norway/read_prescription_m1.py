"""M1 Resept 2.5 (m1 2013-10-08, forskrivning 2013-10-08): the medicine of a prescription, as the summary needs it.

NavnFormStyrke is one text and stays one: strength, form and route are structured in FEST only, nothing is taken apart
here. The dosage text is what the prescriber wrote (DosVeiledEnkel); the short dose (7478) is its abbreviation and
counts only when there is no text. Dosering is not read here: the text is authoritative and says why it stands alone
(whole prescriptions: `read_prescription`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree

from transformers.model.finding import Finding, Report, Severity
from transformers.model.summary import Dosage, MedicinalProduct
from transformers.model.values import Coded, Moment, Period
from transformers.norway.code_systems import CodeSystems
from transformers.norway.errors import Malformed, UnknownVersion
from transformers.norway.moments import read_either
from transformers.norway.xml_fields import (
    child,
    children,
    code,
    coded_of,
    name_of,
    namespace_of,
    plain,
    required,
    required_text,
    text,
    words,
)

M1 = "http://www.kith.no/xmlstds/eresept/m1/2013-10-08"
PRESCRIBING = "http://www.kith.no/xmlstds/eresept/forskrivning/2013-10-08"

LEVELS = {
    "Legemiddelpakning": "package",
    "LegemiddelMerkevare": "brand",
    "LegemiddelVirkestoff": "substance",
    "Legemiddelblanding": "compounded",
    "Legemiddeldose": "unknown",
}
_AS_NEEDED = "3"
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
    medicine = medicine_of(prescribing)
    product, about_product = product_of(medicine, reading.systems, report, path)
    notes = [*about_product, *_notes(element, prescribing, reading, report, path)]
    return PrescribedMedicine(
        product=product,
        dosage=_dosage(prescribing, medicine, reading.systems, report, path),
        reason=reason_of(element, prescribing, reading.systems),
        treatment=treatment_of(prescribing),
        note=". ".join(notes) or None,
    )


def medicine_of(prescribing: etree._Element) -> etree._Element:
    """The one medicine of a Forskrivning, at whatever level; raises ``Malformed``."""
    found = [c for c in prescribing if name_of(c) in LEVELS]
    if len(found) != 1:
        raise Malformed("Forskrivning")
    return found[0]


def product_of(
    medicine: etree._Element, systems: CodeSystems, report: Report, path: str
) -> tuple[MedicinalProduct, list[str]]:
    """The medicine, and in words what has no field: item number, FEST id, package size, parts of a compound."""
    level = LEVELS[name_of(medicine)]
    if level == "compounded":
        return _compounded(medicine, systems)
    if level == "unknown":
        report.add(
            Finding(
                Severity.INFO, "product-level-unknown", f"{path}.product", "a single dose; neither package nor brand"
            )
        )
    form = child(medicine, "LegemiddelformKort")
    product = MedicinalProduct(
        name=required_text(medicine, "NavnFormStyrke"),
        level=level,
        atc=coded_of(child(medicine, "Atc"), systems),
        form=coded_of(form, systems),
        form_text=text(medicine, "LegemiddelformLang") or (None if form is None else plain(form.get("DN"))),
    )
    return product, _package_notes(medicine)


def _package_notes(medicine: etree._Element) -> list[str]:
    """Item number, FEST id and package size: no OID stands for their systems, so they are said in words."""
    notes = [f"Varenummer {item}" for item in [text(medicine, "Varenr")] if item]
    notes += [f"FEST-id {key}" for key in [text(medicine, "Id")] if key]
    for info in children(medicine, "PakningsinfoResept"):
        unit = child(info, "EnhetPakning")
        size = required_text(info, "Pakningsstr")
        shown = None if unit is None else plain(unit.get("DN")) or plain(unit.get("V"))
        notes.append(f"Pakningsstørrelse {size} {shown}" if shown else f"Pakningsstørrelse {size}")
    return notes


def _compounded(medicine: etree._Element, systems: CodeSystems) -> tuple[MedicinalProduct, list[str]]:
    """Legemiddelblanding: the name is the prescriber's, the parts are listed as they are written."""
    form = child(medicine, "Legemiddelform")
    product = MedicinalProduct(
        name=required_text(medicine, "Navn"),
        level="compounded",
        form=coded_of(form, systems),
        form_text=None if form is None else plain(form.get("DN")),
    )
    notes = [f"Tilberedning {how}" for how in [text(medicine, "TilbOppl")] if how]
    parts = [
        part
        for kind in ("BestanddelLegemiddel", "BestanddelAnnet", "BestanddelVirkestoff")
        for part in children(medicine, kind)
    ]
    named = [name for part in parts if (name := _part(part)) is not None]
    if named:
        notes.append("Bestanddeler " + ", ".join(named))
    return product, notes


def _part(part: etree._Element) -> str | None:
    for inner in (part, *part):
        name = text(inner, "NavnFormStyrke") or text(inner, "Navn")
        if name:
            return " ".join([name, *_amounts(part)])
    return None


def _amounts(part: etree._Element) -> list[str]:
    """Every quantity of a part of a compound, as written and in order."""
    shown = []
    for element in part.iter():
        if name_of(element) in ("Mengde", "Teller", "Nevner", "Adqs"):
            value = " ".join(v for v in (plain(element.get("V")), plain(element.get("U"))) if v)
            if value:
                shown.append(f"/ {value}" if name_of(element) == "Nevner" else value)
    return shown


def _dosage(
    prescribing: etree._Element, medicine: etree._Element, systems: CodeSystems, report: Report, path: str
) -> Dosage:
    written = text(prescribing, "DosVeiledEnkel")
    short = child(prescribing, "Kortdose")
    said = written or (None if short is None else words(short))
    if said is None:
        report.add(
            Finding(Severity.WARNING, "dosage-missing", f"{path}.dosage", "the prescription states no dosage text")
        )
    return Dosage(
        text=said,
        why_text_only="source-text-is-authoritative" if said else "not-stated",
        route=route_of(medicine, systems, report, path),
    )


def route_of(medicine: etree._Element, systems: CodeSystems, report: Report, path: str) -> Coded | None:
    """The route, when the prescription itself states exactly one."""
    administration = child(medicine, "AdministreringLegemiddel")
    routes = [] if administration is None else children(administration, "Administrasjonsvei")
    if len(routes) > 1:
        names = ", ".join(filter(None, (plain(r.get("DN")) for r in routes)))
        report.add(
            Finding(
                Severity.INFO, "route-ambiguous", f"{path}.dosage.route", "several routes, none chosen", original=names
            )
        )
        return None
    return coded_of(routes[0], systems) if routes else None


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
    if use is not None and plain(use.get("V")) in (_AS_NEEDED, _COURSE):
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


def treatment_of(prescribing: etree._Element) -> Period:
    """From the earliest stated start to the latest stated end; an end counts only when every regime has one."""
    starts: list[Moment] = []
    ends: list[Moment | None] = []
    for dosing in children(prescribing, "Dosering"):
        start, end = child(dosing, "Starttidspunkt"), child(dosing, "Sluttidspunkt")
        if start is not None and start.get("V"):
            starts.append(read_either(start.get("V", ""), "Starttidspunkt"))
        ends.append(read_either(end.get("V", ""), "Sluttidspunkt") if end is not None and end.get("V") else None)
    known = [end for end in ends if end is not None]
    return Period(min(starts, default=None), max(known) if known and len(known) == len(ends) else None)
