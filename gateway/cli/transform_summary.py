"""`ncpeh transform --person`: a sample person's sources, and of them her Patient Summary, level 3 or its original."""

from pathlib import Path

import typer

from gateway.cli.samples import sample_persons
from gateway.cli.transform_made import Made, Making, fit
from gateway.configuration.shipped import shipped
from gateway.exchange.country_a.compose import draft_document, summary_of
from gateway.exchange.country_a.gather import lay_together
from gateway.exchange.country_a.original import draft_original
from gateway.national.from_files import Sample, SampleReading, read_sample
from gateway.national.tables import read_code_systems
from transformers.model.finding import Report
from transformers.norway.errors import NorwegianMessageError

WAVE = 8
ORIGINAL = "cda-ps-l1"


def sample_of(person: str, made_with: Making) -> tuple[Path, SampleReading, Sample]:
    """The sample person's folder, what it is read with, and what her sources say.

    Raises typer.BadParameter (exit 2) for an unknown person or a sample that cannot be read.
    """
    numbers = {row["id"]: row["identifier"] for row in sample_persons()}
    if person not in numbers:
        raise typer.BadParameter("no sample person of that id; see ncpeh samples", param_hint="--person")
    settings = made_with.settings
    systems = read_code_systems(settings.files["national_code_systems"].parent)
    reading = SampleReading(numbers[person], made_with.now, systems, settings.policies.sensitive)
    folder = shipped("samples") / "persons" / person
    try:
        return folder, reading, read_sample(folder, reading)
    except NorwegianMessageError as fault:
        raise typer.BadParameter(f"the sample cannot be read: {type(fault).__name__}") from fault


def summary_of_sample(person: str, to: str, made_with: Making) -> Made:
    """Her Patient Summary; raises as `sample_of`."""
    _, _, (known, critical, medicines, vaccinations) = sample_of(person, made_with)
    gathered = lay_together(critical, medicines, vaccinations)
    document = made_with.new_id(f"{person} {made_with.now.isoformat()} cda-ps-l3")
    summary = summary_of(made_with.now, known, gathered.content, made_with.composer(), document)
    content, said = (draft_original if to == ORIGINAL else draft_document)(summary, made_with.release, WAVE)
    return fit(content, Report([*gathered.report.findings, *said.findings]), said)
