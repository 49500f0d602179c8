"""`ncpeh transform --person`: a sample person's Patient Summary, or one of her ePrescriptions of its M1 and FEST.

Each at level 3 or as its original. Policy is not asked, but a prescription that may not cross a border
(`config/exportability.toml`) makes no document.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import typer

from gateway.cli.samples import sample_persons
from gateway.cli.sentences import in_words
from gateway.cli.transform_made import Made, Making, fit
from gateway.configuration.shipped import shipped
from gateway.exchange.country_a.compose import draft_document, draft_original, summary_of
from gateway.exchange.country_a.compose_prescription import (
    draft_prescription,
    draft_prescription_original,
    prescription_of,
)
from gateway.exchange.country_a.gather import lay_together
from gateway.national.exportability import export_policy
from gateway.national.from_files import Sample, SampleReading, read_sample, sample_fest
from gateway.national.ports import RegisteredPerson
from gateway.national.prescriptions_from_files import (
    prescription_ids,
    read_sample_prescription,
    read_sample_prescriptions,
    sample_sources,
)
from gateway.national.tables import read_code_systems
from gateway.national.words import NORWEGIAN
from transformers.model.finding import Report
from transformers.norway.errors import NorwegianMessageError
from transformers.norway.exportable import Asking, Reason, reasons_against_export
from transformers.norway.prescription import NorwegianPrescription

_WAVE: Final = 8
_ORIGINAL: Final = "cda-ps-l1"
_PRESCRIPTION_ORIGINAL: Final = "cda-ep-l1"


def _sample_of(person: str, made_with: Making) -> tuple[Path, SampleReading, Sample]:
    """The sample person's folder, what it is read with, and what her sources say.

    Raises typer.BadParameter (exit 2) for an unknown person or a sample that cannot be read.
    """
    numbers = {row["id"]: row["identifier"] for row in sample_persons()}
    if person not in numbers:
        raise typer.BadParameter("no sample person of that id; see ncpeh samples", param_hint="--person")
    settings = made_with.settings
    systems = read_code_systems(settings.files["national_code_systems"].parent)
    fest = sample_fest(shipped("samples"), systems)
    reading = SampleReading(numbers[person], made_with.now, systems, settings.policies.sensitive, fest)
    folder = shipped("samples") / "persons" / person
    try:
        return folder, reading, read_sample(folder, reading)
    except NorwegianMessageError as fault:
        raise typer.BadParameter(f"the sample cannot be read: {in_words(fault)}") from fault


def summary_of_sample(person: str, to: str, made_with: Making) -> Made:
    """Her Patient Summary; raises as `_sample_of`."""
    _, _, (known, critical, medicines, vaccinations) = _sample_of(person, made_with)
    gathered = lay_together(critical, medicines, vaccinations, NORWEGIAN)
    document = made_with.new_id(f"{person} {made_with.now.isoformat()} cda-ps-l3")
    summary = summary_of(made_with.now, known, gathered.content, made_with.composer(), document)
    content, said = (draft_original if to == _ORIGINAL else draft_document)(summary, made_with.release, _WAVE)
    return fit(content, Report([*gathered.report.findings, *said.findings]), said)


def prescription_of_sample(person: str, id_: str, to: str, made_with: Making) -> Made:
    """The ePrescription of that id (`ncpeh samples`); the original's where ``to`` asks for it, else level 3.

    Raises typer.BadParameter (exit 2) for an unknown person or prescription, or a sample that cannot be read.
    """
    known, prescription, told = _read(person, id_, made_with)
    settings = made_with.settings
    policy = export_policy(settings.tables["exportability"], settings.files["exportability"])
    against = reasons_against_export(prescription, policy, Asking(made_with.now))
    more = {"not_exportable": _told(against)}
    if against:
        why = ", ".join(reason.why for reason in against)
        return Made(b"", told, f"the prescription may not cross a border: {why}", more)
    document = made_with.new_id(f"{person} {id_} {made_with.now.isoformat()} cda-ep-l3")
    made = prescription_of(made_with.now, known, prescription.item, made_with.composer(), document)
    if to == _PRESCRIPTION_ORIGINAL:
        content, said = draft_prescription_original(made, made_with.release, _WAVE)
    else:
        content, said = draft_prescription(made, made_with.release, _WAVE, made_with.required_codes("ep-l3"))
    return fit(content, Report([*told.findings, *said.findings]), said, more)


def prescriptions_of_sample(
    person: str, made_with: Making
) -> tuple[Path, RegisteredPerson, dict[str, NorwegianPrescription]]:
    """Her folder, the person, and every prescription of hers by its id (`ncpeh samples`), joined with FEST.

    Raises typer.BadParameter (exit 2) for an unknown person or a sample that cannot be read.
    """
    folder, reading, (known, *_) = _sample_of(person, made_with)
    try:
        sources = sample_sources(shipped("samples"), reading.systems, made_with.settings.documents.prescriptions_root)
        read = read_sample_prescriptions(folder, known, reading, sources)
    except NorwegianMessageError as fault:
        raise typer.BadParameter(f"the sample cannot be read: {in_words(fault)}") from fault
    return folder, known, {id_: prescription for id_, (prescription, _) in read.items()}


def _read(person: str, id_: str, made_with: Making) -> tuple[RegisteredPerson, NorwegianPrescription, Report]:
    """The person and the prescription joined with FEST, with the findings of its reading."""
    folder, reading, (known, *_) = _sample_of(person, made_with)
    if id_ not in prescription_ids(folder):
        raise typer.BadParameter("she has no prescription of that id; see ncpeh samples", param_hint="--prescription")
    try:
        sources = sample_sources(shipped("samples"), reading.systems, made_with.settings.documents.prescriptions_root)
        prescription, told = read_sample_prescription(folder, id_, known, reading, sources)
    except NorwegianMessageError as fault:
        raise typer.BadParameter(f"the sample cannot be read: {in_words(fault)}") from fault
    return known, prescription, told


def _told(against: Iterable[Reason]) -> list[dict[str, Any]]:
    return [
        {"reason": one.why, "legal_source": one.legal_source, "nb": one.text_nb, "en": one.text_en} for one in against
    ]
