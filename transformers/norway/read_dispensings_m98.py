"""M9.8 Utleveringer på resept (m98 2018-07-01, and 2015-10-15 as older senders have it): what was dispensed so far.

HIS 3006:2018. The reports come attached, as many as are said (AntallUtleveringer; the older schema misspells it). A
blocked patient and a prescription nobody knows are told apart from one that was never dispensed.
"""

from dataclasses import dataclass
from enum import Enum

from transformers.model.finding import Report
from transformers.norway.attached_messages import attached_messages, report_unread
from transformers.norway.code_systems import CodeSystems
from transformers.norway.dispensing_report import DispensingReport
from transformers.norway.eresept_fields import whole
from transformers.norway.errors import Malformed
from transformers.norway.read_download_m94 import DISPENSING, Wanted, dispensings_of
from transformers.norway.read_msghead import read_msghead, the_payload
from transformers.norway.xml_fields import flag

M98 = frozenset(
    {"http://www.ehelse.no/xmlstds/eresept/m98/2018-07-01", "http://www.kith.no/xmlstds/eresept/m98/2015-10-15"}
)


class Answered(Enum):
    """What Reseptformidleren said."""

    DISPENSINGS = "dispensings"
    NO_PRESCRIPTION = "no-prescription"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Dispensings:
    """An M9.8."""

    answered: Answered
    reports: tuple[DispensingReport, ...]
    """In the order they came, annulments too."""


def read_dispensings(data: bytes, wanted: Wanted, systems: CodeSystems) -> tuple[Dispensings, Report]:
    """Read an M9.8; raises ``Malformed`` (also when reports are missing), ``UnknownVersion``, ``WrongPatient``,
    ``WrongReference``."""
    report = Report()
    head = read_msghead(data, answers=wanted.answers)
    payload = the_payload(head, "M98", M98)
    attached = attached_messages(head)
    if flag(payload, "IngenResept") is True:
        answered = Answered.NO_PRESCRIPTION
    elif flag(payload, "Pasientreservasjon") is True:
        answered = Answered.BLOCKED
    else:
        answered = Answered.DISPENSINGS
    if answered is not Answered.DISPENSINGS:
        if attached:
            raise Malformed("M98")
        return Dispensings(answered, ()), report
    counted = [whole(payload, name) for name in ("AntallUtleveringer", "AntallUteveringer")]
    report_unread(attached, frozenset({DISPENSING}), report, "M98")
    made = dispensings_of(attached, wanted, systems, report)
    if [count for count in counted if count is not None] != [len(made)]:
        raise Malformed("AntallUtleveringer")
    return Dispensings(answered, made), report
