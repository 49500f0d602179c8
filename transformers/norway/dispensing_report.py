"""What an M10 Utleveringsrapport says, whoever dispensed: the value that is read, written, annulled and counted.

R1308, and Utlevering 2013-10-08. An annulment names by AnnulleringsId the report it takes back: its MsgId (the schema
says "id" alone; M25.3 calls the same reference "meldingsreferanse til M10").
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from transformers.model.amounts import MOST_PACKAGES
from transformers.model.finding import Finding, Report, Severity
from transformers.model.summary import MedicinalProduct
from transformers.model.values import Coded, Moment, Quantity
from transformers.norway.cancellation import Cancellation
from transformers.norway.eresept_fields import PackageSize
from transformers.norway.moments import norwegian_day
from transformers.norway.msghead_patient import HeadPatient
from transformers.norway.package_sizes import held_by, layers
from transformers.norway.prescription import Dispensing

_THOUSANDTH = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Dispenser:
    """Utleverer: HER-id and name."""

    her_id: str
    name: str


@dataclass(frozen=True, slots=True)
class PaperPrescriber:
    """RekvirentPapir: who wrote a prescription that is not at Reseptformidleren."""

    given: str | None = None
    family: str | None = None
    hpr_number: str | None = None
    specialty: Coded | None = None
    institution: str | None = None
    department: str | None = None
    institution_id: Coded | None = None
    nordic_or_eea: bool | None = None
    """RekvirentNordisk: authorised in another Nordic country, or meets the EEA conditions for practising in Norway."""


@dataclass(frozen=True, slots=True)
class Intervention:
    """Intervensjon: what the pharmacist changed (``change``, Volven 7413: D, P, R, V) and why (``code``, 7412)."""

    code: Coded | None = None
    change: str | None = None
    with_customer: bool | None = None
    with_doctor: str | None = None
    """Number of the doctor it was agreed with."""
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class DispensedMedicine:
    """ReseptDokLegemiddel of a dispensing: the product handed out and how much of it."""

    product: MedicinalProduct
    group: str
    """Reseptgruppe (Volven 7421)."""
    item_number: str | None = None
    brand: str | None = None
    """Varenavn."""
    packages: Decimal | None = None
    amount: Quantity | None = None
    """Mengde, where it was not counted in packages."""
    package_size: PackageSize | None = None
    dosage_text: str | None = None
    remark: str | None = None


@dataclass(frozen=True, slots=True)
class DispensingReport:
    """One M10."""

    id: str
    """MsgId."""
    prescription_id: str
    patient: HeadPatient
    dispensed: Moment
    dispenser: Dispenser
    employee_id: str
    annuls: str | None = None
    """MsgId of the report that this one takes back."""
    closed: bool | None = None
    """Avsluttet: nothing more is to be dispensed."""
    no_substitution: bool | None = None
    """ByttereservasjonKunde: the patient did not want another product."""
    lot: str | None = None
    medicine: DispensedMedicine | None = None
    goods: str | None = None
    interventions: tuple[Intervention, ...] = ()
    cancellation: str | None = None
    """Kanselleringskode (Volven 7411): nothing was dispensed."""
    withheld_from_doctor: bool = False
    """ReservasjonRapportFastlege."""
    paper: bool | None = None
    paper_prescriber: PaperPrescriber | None = None


def fits_antall(packages: Decimal) -> bool:
    """Whether Antall can say it: none or more, no more than anybody hands out, in at most three decimals."""
    return packages.is_finite() and 0 <= packages <= MOST_PACKAGES and packages == packages.quantize(_THOUSANDTH)


def to_antall(packages: Fraction) -> Decimal | None:
    """The nearest Antall, in thousandths of a package; None where that is none, or more than anybody hands out."""
    rounded = Decimal(round(packages * 1000)).scaleb(-3).normalize() + 0
    return rounded if rounded > 0 and fits_antall(rounded) else None


@dataclass(frozen=True, slots=True)
class GivenBack:
    """A download that is not dispensed from: which prescription of whom, who gives it back, and why."""

    prescription_id: str
    patient: HeadPatient
    dispenser: Dispenser
    employee_id: str
    why: Cancellation


def cancellation_of(download: GivenBack, *, new_id: str, now: datetime) -> DispensingReport:
    """The report that gives one downloaded prescription back: no product, nothing closed (R1308, 4.2.4).

    ``now`` is aware; its day in Norway is the report's.
    """
    return DispensingReport(
        id=new_id,
        prescription_id=download.prescription_id,
        patient=download.patient,
        dispensed=Moment(norwegian_day(now).isoformat()),
        dispenser=download.dispenser,
        employee_id=download.employee_id,
        cancellation=download.why.value[0],
    )


def annulment_of(report: DispensingReport, *, new_id: str, employee_id: str) -> DispensingReport:
    """The report that takes ``report`` back, as an eDispensation discard asks.

    It repeats the prescription, day, dispenser and product (error 264 of list 7419: an annulment names a package too).
    """
    return replace(report, id=new_id, employee_id=employee_id, annuls=report.id, closed=None, interventions=())


def in_force(reports: Sequence[DispensingReport], findings: Report) -> tuple[DispensingReport, ...]:
    """Dispensings that took place: annulments, what they take back, and cancelled ones left out.

    An annulment of a report that is not among them is named: what it takes back cannot be told, so nothing is added.
    """
    known = {one.id.lower() for one in reports}
    taken_back = {one.annuls.lower() for one in reports if one.annuls is not None}
    for missing in sorted(taken_back - known):
        findings.add(Finding(Severity.WARNING, "annulment-of-unknown", "M10", "annuls a report not here", missing))
    return tuple(
        one for one in reports if one.annuls is None and one.cancellation is None and one.id.lower() not in taken_back
    )


def counted(report: DispensingReport) -> Dispensing:
    """A report in force, as what is left is counted from it."""
    medicine, completes = report.medicine, report.closed is True
    if medicine is None:
        return Dispensing(completes=completes, report_id=report.id)
    size = medicine.package_size
    containers = None if size is None or size.unit is None else layers(size.written, size.unit)
    return Dispensing(
        packages=medicine.packages,
        amount=medicine.amount,
        completes=completes,
        item_number=medicine.item_number,
        holds=None if containers is None else held_by(containers),
        report_id=report.id,
    )
