"""M9.6 Reseptliste til rekvirent (m96 2018-07-01, and 2015-05-01 as older senders have it): prescriptions, as M1.

HIS 3004:2018. Every row's prescription comes attached. A patient who blocked prescribers (Pasientreservasjon) has no
list: that is told apart from a list without rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from lxml import etree

from transformers.model.finding import Finding, Report, Severity
from transformers.model.values import Coded, Moment, Quantity
from transformers.norway.attached_messages import Attached, readable_messages, report_unread
from transformers.norway.code_systems import CodeSystems
from transformers.norway.eresept_fields import day, number
from transformers.norway.errors import Malformed, WrongPatient
from transformers.norway.moments import read_date_time
from transformers.norway.msghead_patient import Subject, check_patient, read_head_patient
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
    flag,
    name_of,
    plain,
    quantity,
    required_text,
    text,
)

M96 = frozenset(
    {"http://www.ehelse.no/xmlstds/eresept/m96/2018-07-01", "http://www.kith.no/xmlstds/eresept/m96/2015-05-01"}
)
PRESCRIPTION = "Resept"


@dataclass(frozen=True, slots=True)
class DispensedSoFar:
    """Utlevering of a row: one product, how many packages in all and the last time."""

    name: str
    item_number: str | None
    package_size: Quantity | None
    packages: Decimal
    packages_last: Decimal
    last: Moment


@dataclass(frozen=True, slots=True)
class PrescriberRow:
    """One Listeelement."""

    id: str
    status: PrescriptionStatus
    dispenser: str | None
    application: str | None
    recall_pending: bool | None
    """TilbakekallingStatus."""
    recall_reason: Coded | None
    """Arsak (Volven 7500)."""
    dispensed: tuple[DispensedSoFar, ...]


@dataclass(frozen=True, slots=True)
class PrescriberList:
    """An M9.6. ``originals``: the M1 hodemelding of each ReseptId, in lower case, as received."""

    rows: tuple[PrescriberRow, ...]
    search: SearchStatus | None
    blocked: bool
    """Pasientreservasjon: she blocked prescribers; nothing else is told."""
    locked_exist: bool
    """LastResept: prescriptions that only a reference number opens."""
    originals: Mapping[str, bytes] = field(repr=False, default_factory=dict)
    unreadable: tuple[str, ...] = ()
    """ReseptId of each row that could not be read, or was there twice; the place in the list where it has none."""


def read_prescriber_list(
    data: bytes,
    subject: Subject,
    systems: CodeSystems,
    *,
    answers: str | None = None,
    reference_numbers: frozenset[str] = frozenset(),
) -> tuple[PrescriberList, Report]:
    """Read an M9.6; ``answers`` is the MsgId of our M9.5 when one was sent, with these ``reference_numbers``.

    What one of them opened and is another person's is not read.

    Raises ``Malformed``, ``UnknownVersion``, ``WrongPatient``, ``WrongReference``.
    """
    report = Report()
    head = read_msghead(data, answers=answers)
    payload = the_payload(head, "M96", M96)
    _check_person(payload, subject)
    elements = children(payload, "Listeelement")
    rows, unreadable = rows_of(elements, "Listeelement", lambda element: _row(element, systems), report)
    blocked = flag(payload, "Pasientreservasjon") is True
    search = search_status_of(payload, "StatusSok")
    if elements and (blocked or search is not None):
        raise Malformed("Listeelement")
    attached = readable_messages(head, report, "M96")
    report_unread(attached, frozenset({PRESCRIPTION}), report, "M96")
    others = _opened_of_others(attached, subject, reference_numbers, report)
    rows = tuple(row for row in rows if row.id.lower() not in others)
    originals = _originals([one for one in attached if one.head.id.lower() not in others], subject, report)
    kept = _matching(rows, originals, report)
    return PrescriberList(rows, search, blocked, flag(payload, "LastResept") is True, kept, unreadable), report


def _check_person(payload: etree._Element, subject: Subject) -> None:
    info = child(payload, "PasientInfo")
    if info is not None and text(info, "Fnr") not in subject.numbers:
        raise WrongPatient


def _row(element: etree._Element, systems: CodeSystems) -> PrescriberRow:
    day(element, "SendtSLVDato")
    return PrescriberRow(
        id=required_text(element, "ReseptId"),
        status=read_status(code(element, "Status")),
        dispenser=text(element, "NavnUtleverer"),
        application=code(element, "StatusSoknadSlv"),
        recall_pending=flag(element, "TilbakekallingStatus"),
        recall_reason=coded_of(child(element, "Arsak"), systems),
        dispensed=tuple(_dispensed(one) for one in children(element, "Utlevering")),
    )


def _dispensed(element: etree._Element) -> DispensedSoFar:
    packages, last = number(element, "AntallPakningerUtlevertTotalt"), number(element, "AntallPakningerUtlevertSiste")
    if packages is None or last is None:
        raise Malformed("Utlevering")
    when = "TidspunktSisteUtlevering"
    return DispensedSoFar(
        name=required_text(element, "NavnFormStyrke"),
        item_number=text(element, "Varenr"),
        package_size=quantity(element, "Pakningsstr"),
        packages=packages,
        packages_last=last,
        last=read_date_time(plain(required_text(element, when)) or "", when),
    )


def _opened_of_others(
    attached: Sequence[Attached], subject: Subject, reference_numbers: frozenset[str], report: Report
) -> frozenset[str]:
    """Ids of attached prescriptions of others that a reference number brought; what cannot be read is none of them."""
    others = set()
    for one in attached:
        given = (text(payload, "RefNr") for payload in one.head.payloads if name_of(payload) == PRESCRIPTION)
        if reference_numbers.isdisjoint(number for number in given if number is not None):
            continue
        try:
            check_patient(read_head_patient(one.head), subject)
        except WrongPatient:
            others.add(one.head.id.lower())
        except Malformed:
            continue
    if others:
        said = "a reference number that was given opens another person's prescription: it is not read"
        report.add(Finding(Severity.WARNING, "reference-of-another", "M96", said))
    return frozenset(others)


def _originals(attached: Sequence[Attached], subject: Subject, report: Report) -> dict[str, bytes]:
    """The prescriptions by their ids; of two with one id neither. Raises ``WrongPatient`` for one about another."""
    found: dict[str, bytes] = {}
    twice: set[str] = set()
    for one in attached:
        if one.payload != PRESCRIPTION:
            continue
        try:
            check_patient(read_head_patient(one.head), subject)
        except Malformed:
            said = "one attached prescription names nobody who can be read: not taken"
            report.add(Finding(Severity.WARNING, "attachment-unreadable", "M96", said))
            continue
        id_ = one.head.id.lower()
        if id_ in found:
            twice.add(id_)
        found[id_] = one.content
    for id_ in sorted(twice):
        said = "two prescriptions of one id: neither is taken"
        report.add(Finding(Severity.WARNING, "prescription-twice", "M96", said, id_))
        del found[id_]
    return found


def _matching(rows: tuple[PrescriberRow, ...], originals: Mapping[str, bytes], report: Report) -> dict[str, bytes]:
    """The prescriptions of these rows. A row without its prescription is named, and a prescription without a row."""
    known = {row.id.lower() for row in rows}
    for row in rows:
        if row.id.lower() not in originals:
            said = "a row whose prescription is not attached"
            report.add(Finding(Severity.WARNING, "prescription-not-attached", "Listeelement", said, row.id))
    for id_ in sorted(set(originals) - known):
        said = "a prescription that no readable row lists: not taken"
        report.add(Finding(Severity.WARNING, "prescription-without-row", "M96", said, id_))
    return {id_: content for id_, content in originals.items() if id_ in known}
