"""M9.4 Nedlasting av resept (m94 2010-07-01): one prescription, downloaded and locked, with its earlier dispensings.

R1408. The M1 comes attached as the prescriber signed it, the M10 reports as the pharmacies sent them. Its MsgId is the
ReseptId: another prescription than the one asked for is refused, and so is a report about another.
"""

from dataclasses import dataclass, field

from lxml import etree

from transformers.model.finding import Report
from transformers.norway.attached_messages import Attached, attached_messages, report_unread
from transformers.norway.code_systems import CodeSystems
from transformers.norway.dispensing_report import DispensingReport
from transformers.norway.eresept_fields import day, unread
from transformers.norway.errors import Malformed, WrongReference
from transformers.norway.msghead_patient import Subject, check_patient, read_head_patient
from transformers.norway.prescription_status import PrescriptionStatus, read_status
from transformers.norway.read_dispensing_report_m10 import report_of
from transformers.norway.read_msghead import read_msghead, the_payload
from transformers.norway.xml_fields import code, flag

M94 = "http://www.kith.no/xmlstds/eresept/m94/2010-07-01"
PRESCRIPTION, DISPENSING = "Resept", "Utleveringsrapport"

_FIELDS = frozenset({"DatoSoknadSendtSLV", "SvarSLVDato", "InnvligetGodkjFritak", "Status", "StatusSoknadSlv"})


@dataclass(frozen=True, slots=True)
class Download:
    """A downloaded prescription. ``original`` is the M1 hodemelding as received, signature and all."""

    status: PrescriptionStatus
    original: bytes = field(repr=False)
    dispensings: tuple[DispensingReport, ...] = ()
    """Earlier reports in the order they came, annulments too."""
    exemption_granted: bool | None = None
    application: str | None = None
    """StatusSoknadSlv."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for: the prescription, whose it is, and the MsgId of our M9.3 when one was sent."""

    prescription_id: str
    subject: Subject
    answers: str | None = None


def read_download(data: bytes, wanted: Wanted, systems: CodeSystems) -> tuple[Download, Report]:
    """Read an M9.4; raises ``Malformed``, ``UnknownVersion``, ``WrongPatient``, ``WrongReference``."""
    report = Report()
    head = read_msghead(data, answers=wanted.answers)
    payload = the_payload(head, "ReseptNedlasting", frozenset({M94}))
    unread(payload, _FIELDS, report, "ReseptNedlasting")
    _check_dates(payload)
    attached = attached_messages(head)
    report_unread(attached, frozenset({PRESCRIPTION, DISPENSING}), report, "ReseptNedlasting")
    return Download(
        status=read_status(code(payload, "Status")),
        original=_original(attached, wanted).content,
        dispensings=dispensings_of(attached, wanted, systems, report),
        exemption_granted=flag(payload, "InnvligetGodkjFritak"),
        application=code(payload, "StatusSoknadSlv"),
    ), report


def _check_dates(payload: etree._Element) -> None:
    """When an exemption was asked for and answered: read so that a broken message is not half believed."""
    for name in ("DatoSoknadSendtSLV", "SvarSLVDato"):
        day(payload, name)


def _original(attached: tuple[Attached, ...], wanted: Wanted) -> Attached:
    found = [one for one in attached if one.payload == PRESCRIPTION]
    if len(found) != 1:
        raise Malformed(PRESCRIPTION)
    (original,) = found
    if original.head.id.lower() != wanted.prescription_id.lower():
        raise WrongReference
    check_patient(read_head_patient(original.head), wanted.subject)
    return original


def dispensings_of(
    attached: tuple[Attached, ...], wanted: Wanted, systems: CodeSystems, report: Report
) -> tuple[DispensingReport, ...]:
    """The attached M10 reports of one prescription; raises ``WrongReference`` for one of another prescription."""
    made = []
    for index, one in enumerate(each for each in attached if each.payload == DISPENSING):
        dispensing = report_of(one.head, systems, report, f"M10[{index}]")
        if dispensing.prescription_id.lower() != wanted.prescription_id.lower():
            raise WrongReference
        check_patient(dispensing.patient, wanted.subject)
        made.append(dispensing)
    return tuple(made)
