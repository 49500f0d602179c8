"""M5 Tilbakekalling, M5.2 Kvittering på tilbakekalling, M7 Slettet resept i RF: a prescription that is taken back.

R1208; m5 2013-04-16, m52 2013-12-01, m7 2008-05-01. A prescriber recalls, Reseptformidleren answers; neither is
written by a contact point. An M7 names no prescription itself: the message it deleted for comes attached.
"""

from dataclasses import dataclass, field

from transformers.model.finding import Report
from transformers.model.values import Coded, Moment
from transformers.norway.attached_messages import Attached, attached_messages, report_unread
from transformers.norway.code_systems import CodeSystems
from transformers.norway.errors import Malformed
from transformers.norway.moments import read_date_time
from transformers.norway.msghead_patient import HeadPatient, read_head_patient
from transformers.norway.read_msghead import MessageHead, read_msghead, the_payload
from transformers.norway.xml_fields import code, coded_of, required, required_text, text

M5 = "http://www.kith.no/xmlstds/eresept/m5/2013-04-16"
M52 = "http://www.kith.no/xmlstds/eresept/m52/2013-12-01"
M7 = "http://www.kith.no/xmlstds/eresept/m7/2008-05-01"

_RECALL, _PRESCRIPTION = "Tilbakekalling", "Resept"


@dataclass(frozen=True, slots=True)
class Recall:
    """An M5: which prescription, why (Volven 7500), and the one that stands in its place."""

    prescription_id: str
    reason: Coded
    patient: HeadPatient | None
    remark: str | None = field(default=None, repr=False)
    replaced_by: str | None = None


@dataclass(frozen=True, slots=True)
class RecallReceipt:
    """An M5.2. ``pending``: it is being dispensed, and recalled once that ends (Volven 7503)."""

    prescription_id: str
    pending: bool


@dataclass(frozen=True, slots=True)
class Deletion:
    """An M7: when a prescription was deleted, which, and by which recall where one is attached."""

    at: Moment
    prescription_id: str
    recall: Recall | None


def read_recall(data: bytes, systems: CodeSystems) -> Recall:
    """Read an M5; raises ``Malformed``, ``UnknownVersion``."""
    return _recall(read_msghead(data), systems)


def _recall(head: MessageHead, systems: CodeSystems) -> Recall:
    payload = the_payload(head, _RECALL, frozenset({M5}))
    reason = coded_of(required(payload, "Arsak"), systems)
    if reason is None:
        raise Malformed("Arsak")
    return Recall(
        prescription_id=required_text(payload, "ReseptId"),
        reason=reason,
        patient=read_head_patient(head),
        remark=text(payload, "Merknad"),
        replaced_by=text(payload, "NyReseptId"),
    )


def read_recall_receipt(data: bytes, *, answers: str | None = None) -> RecallReceipt:
    """Read an M5.2; raises ``Malformed``, ``UnknownVersion``, ``WrongReference``."""
    payload = the_payload(read_msghead(data, answers=answers), "KvitteringTilbakekalling", frozenset({M52}))
    status = code(payload, "Status")
    if status not in ("1", "2"):
        raise Malformed("Status")
    return RecallReceipt(required_text(payload, "ReseptId"), pending=status == "2")


def read_deletion(data: bytes, systems: CodeSystems) -> tuple[Deletion, Report]:
    """Read an M7 with the recall or the prescription attached to it; raises ``Malformed``, ``UnknownVersion``."""
    report = Report()
    head = read_msghead(data)
    payload = the_payload(head, "SlettetReseptRF", frozenset({M7}))
    attached = attached_messages(head)
    report_unread(attached, frozenset({_RECALL, _PRESCRIPTION}), report, "SlettetReseptRF")
    recall = _only(attached, _RECALL)
    prescription = _only(attached, _PRESCRIPTION)
    known = None if recall is None else _recall(recall.head, systems)
    ids = {one.lower() for one in (known and known.prescription_id, prescription and prescription.head.id) if one}
    if len(ids) != 1:
        raise Malformed("SlettetReseptRF")
    at = read_date_time(required_text(payload, "Tidspunkt"), "Tidspunkt")
    return Deletion(at, ids.pop(), known), report


def _only(attached: tuple[Attached, ...], payload: str) -> Attached | None:
    found = [one for one in attached if one.payload == payload]
    if len(found) > 1:
        raise Malformed(payload)
    return found[0] if found else None
