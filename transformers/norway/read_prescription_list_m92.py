"""M9.2 Reseptliste (m92 2013-10-08): the prescriptions of a person as a dispenser sees them, each with its status.

R1408. The list names medicines and goods, and says nothing of dosage: that is in the M1 a download brings. Its rows
must be hers by number; a row without a number (a locked prescription of a person who has none) is let by when its
reference number was asked for.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from lxml import etree

from transformers.model.finding import Finding, Report, Severity
from transformers.model.values import Coded, Moment, Quantity
from transformers.norway.code_systems import CodeSystems
from transformers.norway.eresept_fields import PackageSize, day, number, package_size, required_flag, whole, yes
from transformers.norway.errors import Malformed, UnknownVersion, WrongPatient
from transformers.norway.moments import read_date
from transformers.norway.prescription_rows import rows_of
from transformers.norway.prescription_status import (
    PrescriptionStatus,
    SearchStatus,
    read_status,
    search_status_of,
)
from transformers.norway.read_msghead import read_msghead, the_payload
from transformers.norway.xml_fields import (
    child,
    children,
    code,
    coded_of,
    namespace_of,
    quantity,
    required_text,
    text,
)

M92 = "http://www.kith.no/xmlstds/eresept/m92/2013-10-08"


@dataclass(frozen=True, slots=True)
class Prescriber:
    """RekvirentId (HPR number) and NavnRekvirent."""

    hpr_number: str
    name: str


@dataclass(frozen=True, slots=True)
class ListedPrescription:
    """One Reseptinfo. What the row does not say is None."""

    id: str
    """ReseptId."""
    status: PrescriptionStatus
    prescribed: Moment
    name: str | None
    """NavnFormStyrke, or the name of a compounded medicine; None for goods."""
    compounded: bool
    prescriber: Prescriber
    changed_by_pharmacist: bool
    guardian_reserved: bool
    item_number: str | None = None
    goods: Coded | None = None
    """ProdGruppe of goods."""
    refund: Coded | None = None
    """RefHjemmel (Volven 7427)."""
    reference_number: str | None = field(default=None, repr=False)
    dispenser: str | None = None
    """Who has it for dispensing, or was asked to dispense it."""
    application: str | None = None
    """StatusSoknadSlv: an application for an exemption stands behind it."""
    method: str | None = None
    """MetodeEkspedering: the prescriber asked a pharmacy to dispense it."""
    recall_remark: str | None = None
    last_dispensed: Moment | None = None
    use: str | None = None
    packages: Decimal | None = None
    package_size: PackageSize | None = None
    amount: Quantity | None = None
    repeats: int | None = None
    not_before: Moment | None = None


@dataclass(frozen=True, slots=True)
class PrescriptionList:
    """An M9.2. ``search`` says why it is empty; None where it is not."""

    prescriptions: tuple[ListedPrescription, ...]
    search: SearchStatus | None
    multidose: bool
    """She gets her medicines packed by dose."""
    unreadable: tuple[str, ...] = ()
    """ReseptId of each row that could not be read, or was there twice; the place in the list where it has none."""


def read_prescription_list(
    data: bytes,
    numbers: frozenset[str],
    systems: CodeSystems,
    *,
    answers: str | None = None,
    reference_numbers: frozenset[str] = frozenset(),
) -> tuple[PrescriptionList, Report]:
    """Read an M9.2 about the person with ``numbers``; ``answers`` is the MsgId of our M9.1 when one was sent.

    Raises ``Malformed``, ``UnknownVersion``, ``WrongPatient``, ``WrongReference``.
    """
    report = Report()
    payload = the_payload(read_msghead(data, answers=answers), "Reseptliste", frozenset({M92}))
    rows = children(payload, "Reseptinfo")
    search = search_status_of(payload, "Status")
    if search is not None and rows:
        raise Malformed("Status")
    multidose = children(payload, "Multidosebruker")
    if any(text(person, "Fnr") not in numbers for person in multidose):
        raise WrongPatient
    if multidose:
        report.add(Finding(Severity.INFO, "multidose", "Multidosebruker", "her medicines are packed by dose"))
    hers = [row for row in rows if _is_hers(row, numbers, reference_numbers)]
    if len(hers) < len(rows):
        said = "a reference number that was given opens another person's prescription: it is not read"
        report.add(Finding(Severity.WARNING, "reference-of-another", "Reseptinfo", said))
    listed, unreadable = rows_of(hers, "Reseptinfo", lambda row: _prescription(row, systems), report)
    return PrescriptionList(listed, search, bool(multidose), unreadable), report


def _is_hers(row: etree._Element, numbers: frozenset[str], reference_numbers: frozenset[str]) -> bool:
    """Whether a row is about her; one that names nobody is hers by the reference number that was asked for.

    Another person's is not, where that number brought it; any other answer is about the wrong person: ``WrongPatient``.
    """
    if namespace_of(row) != M92:
        raise UnknownVersion(namespace_of(row))
    ident, opened = child(row, "Ident"), text(row, "RefNr") in reference_numbers
    if ident is not None and text(ident, "Id") in numbers:
        return True
    if not opened:
        raise WrongPatient
    return ident is None


def _prescription(row: etree._Element, systems: CodeSystems) -> ListedPrescription:
    medicine, compounded = text(row, "NavnFormStyrke"), text(row, "LegemiddelblandingNavn")
    return ListedPrescription(
        id=required_text(row, "ReseptId"),
        status=read_status(code(row, "Status")),
        prescribed=read_date(required_text(row, "Forskrivningsdato"), "Forskrivningsdato"),
        name=medicine or compounded,
        compounded=medicine is None and compounded is not None,
        prescriber=Prescriber(required_text(row, "RekvirentId"), required_text(row, "NavnRekvirent")),
        changed_by_pharmacist=yes(row, "EndretFarmasoyt") is True,
        guardian_reserved=required_flag(row, "Vergeinnsynsreservasjon"),
        item_number=text(row, "Nr"),
        goods=coded_of(child(row, "ProdGruppe"), systems),
        refund=coded_of(child(row, "RefHjemmel"), systems),
        reference_number=text(row, "RefNr"),
        dispenser=text(row, "NavnUtleverer"),
        application=code(row, "StatusSoknadSlv"),
        method=code(row, "MetodeEkspedering"),
        recall_remark=text(row, "MerknadTilbakekalling"),
        last_dispensed=day(row, "SisteUtlevering"),
        use=text(row, "Bruksomrade"),
        packages=number(row, "Antall"),
        package_size=package_size(row, systems),
        amount=quantity(row, "Mengde"),
        repeats=whole(row, "Reiterasjon"),
        not_before=day(row, "TidligsteUtlevering"),
    )
