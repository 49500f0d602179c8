"""`ncpeh transform --prescription`: a sample person's ePrescription from its M1 and FEST, level 3 or its original.

Policy is not asked, but a prescription that may not cross a border (`config/exportability.toml`) makes no document.
"""

from collections.abc import Iterable
from typing import Any, Final

import typer

from gateway.cli.transform_made import Made, Making, fit
from gateway.cli.transform_summary import WAVE, sample_of
from gateway.configuration.shipped import shipped
from gateway.exchange.country_a.compose_prescription import (
    draft_prescription,
    draft_prescription_original,
    prescription_of,
)
from gateway.national.exportability import read_exportability
from gateway.national.ports import RegisteredPerson
from gateway.national.prescriptions_from_files import prescription_ids, read_sample_prescription, sample_sources
from transformers.model.finding import Report
from transformers.norway.errors import NorwegianMessageError
from transformers.norway.exportable import Asking, Reason, reasons_against_export
from transformers.norway.prescription import NorwegianPrescription

LEVELS: Final = ("cda-ep-l3", "cda-ep-l1")
_ORIGINAL: Final = "cda-ep-l1"


def prescription_of_sample(person: str, id_: str, to: str, made_with: Making) -> Made:
    """The ePrescription of that id (`ncpeh samples`); the original's where ``to`` asks for it, else level 3.

    Raises typer.BadParameter (exit 2) for an unknown person or prescription, or a sample that cannot be read.
    """
    known, prescription, told = _read(person, id_, made_with)
    policy = read_exportability(made_with.settings.tables["exportability"])
    against = reasons_against_export(prescription, policy, Asking(made_with.now))
    more = {"not_exportable": _told(against)}
    if against:
        why = ", ".join(reason.why for reason in against)
        return Made(b"", told, f"the prescription may not cross a border: {why}", more)
    document = made_with.new_id(f"{person} {id_} {made_with.now.isoformat()} cda-ep-l3")
    made = prescription_of(made_with.now, known, prescription.item, made_with.composer(), document)
    if to == _ORIGINAL:
        content, said = draft_prescription_original(made, made_with.release, WAVE)
    else:
        content, said = draft_prescription(made, made_with.release, WAVE, made_with.required_codes("ep-l3"))
    return fit(content, Report([*told.findings, *said.findings]), said, more)


def _read(person: str, id_: str, made_with: Making) -> tuple[RegisteredPerson, NorwegianPrescription, Report]:
    """The person and the prescription joined with FEST, with the findings of its reading."""
    folder, reading, (known, *_) = sample_of(person, made_with)
    if id_ not in prescription_ids(folder):
        raise typer.BadParameter("she has no prescription of that id; see ncpeh samples", param_hint="--prescription")
    try:
        sources = sample_sources(shipped("samples"), reading.systems, made_with.settings.documents.prescriptions_root)
        prescription, told = read_sample_prescription(folder, id_, known, reading, sources)
    except NorwegianMessageError as fault:
        raise typer.BadParameter(f"the sample cannot be read: {type(fault).__name__}") from fault
    return known, prescription, told


def _told(against: Iterable[Reason]) -> list[dict[str, Any]]:
    return [
        {"reason": one.why, "legal_source": one.legal_source, "nb": one.text_nb, "en": one.text_en} for one in against
    ]
