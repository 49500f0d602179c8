"""`ncpeh transform --to pivot`: what a clinical document says, as JSON of the pivot; identifiers are shown, it is the
user's own file. Every object names its type; what the document does not say is left out; numbers are texts.
"""

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Final

import typer

from transformers.cda.errors import CdaError
from transformers.cda.read_dispensation import read_dispensation
from transformers.cda.read_level_one import LIMITS, read_level_one
from transformers.cda.read_patient_summary import read_patient_summary
from transformers.cda.read_prescription import read_prescription
from transformers.model.finding import Report
from transformers.validation.kinds import recognise
from trust.errors import XmlRefused
from trust.xml import parse


def _summary(content: bytes) -> tuple[object, Report]:
    read = read_patient_summary(content)
    return read.summary, read.report


def _original(content: bytes) -> tuple[object, Report]:
    read = read_level_one(content)
    return read.document, read.report


READERS: Final[dict[str, Callable[[bytes], tuple[object, Report]]]] = {
    "ps-l3": _summary,
    "ep-l3": read_prescription,
    "ed": read_dispensation,
    **dict.fromkeys(("ps-l1", "ep-l1", "orcd-lab", "orcd-hdr", "orcd-mir", "orcd-mi"), _original),
}
"""What reads a document, by its kind (`transformers.validation.kinds`)."""


def pivot_json(content: bytes) -> tuple[bytes, Report]:
    """The document as JSON, the same bytes every time, and what was lost on the way.

    Raises typer.BadParameter (exit 2) for what is no document that anybody here reads.
    """
    try:
        kind = recognise(parse(content, LIMITS))
        if kind is None or kind.id not in READERS:
            raise typer.BadParameter("no readable document: " + ("KindUnknown" if kind is None else kind.id))
        document, report = READERS[kind.id](content)
    except (XmlRefused, CdaError) as fault:
        raise typer.BadParameter(f"no readable document: {fault}") from fault
    told = {"version": 1, "kind": kind.id, "document": plain(document), "findings": report.as_json()}
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode(), report


def plain(value: object) -> object:
    """A value of the pivot as JSON knows it."""
    if is_dataclass(value) and not isinstance(value, type):
        members = {f.name: getattr(value, f.name) for f in fields(value)}
        said = {name: plain(member) for name, member in members.items() if member is not None and member != ()}
        return {"type": type(value).__name__, **said}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, Enum):
        return value.value
    return f"{value:f}" if isinstance(value, Decimal) else value
