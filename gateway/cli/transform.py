"""`ncpeh transform`: a document in another form, for testers. Warnings and losses go to ``--report``."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid5

import typer

from gateway import clock
from gateway.app import composer_of
from gateway.cli.samples import sample_persons
from gateway.cli.transform_pivot import pivot_json
from gateway.errors import MeaningRefused
from gateway.exchange.country_a.compose import summary_of, write_document
from gateway.exchange.country_a.gather import lay_together
from gateway.national.from_files import SampleReading, read_sample
from gateway.national.tables import read_code_systems
from gateway.settings import Settings, load
from gateway.shipped import shipped
from transformers.display.chrome import Language
from transformers.display.errors import DisplayRefused
from transformers.display.write_html import write_html
from transformers.model.finding import Report
from transformers.norway.errors import NorwegianMessageError
from transformers.terminology.release import Release, load_starter
from trust.errors import XmlRefused

FORMATS = ("cda-ps-l3", "html", "pivot")
_INSTANT = ("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S")
_IDS = UUID("5d0f2f0a-7b0e-5c39-8f57-0d7b6f9a3c02")
_RESPONSIBLE = {
    "legal_authenticator_given": ("Eksempel",),
    "legal_authenticator_family": "Fagansvarlig",
    "legal_authenticator_id": "9999999",
}
"""Stands behind documents of invented persons when the configuration names nobody."""


@dataclass(frozen=True, slots=True)
class _Made:
    content: bytes
    report: Report


def transform(
    to: Annotated[str, typer.Option("--to", help=f"One of {', '.join(FORMATS)}.")],
    file: Annotated[Path | None, typer.Argument(help="A clinical document (eHDSI CDA); - reads stdin.")] = None,
    person: Annotated[str | None, typer.Option(help="A sample person's id (ncpeh samples).")] = None,
    at: Annotated[
        datetime | None, typer.Option(formats=_INSTANT, help="Instant (UTC unless it says): the same bytes again.")
    ] = None,
    language: Annotated[Language, typer.Option(help="Language of the page.")] = "en",
    report: Annotated[Path | None, typer.Option(help="Findings as JSON.")] = None,
) -> None:
    """Make a sample person's Patient Summary, or show a document as a page, on standard output.

    A sample is a tester's: policy is not asked, so that protected and reserved persons' documents can be looked at.
    Exit 1 when the document is not good enough to leave, 2 for what is unknown or unreadable.
    """
    if to not in FORMATS:
        raise typer.BadParameter(f"known are {', '.join(FORMATS)}", param_hint="--to")
    if (person is None) == (file is None):
        raise typer.BadParameter("give a FILE or --person, one of them")
    settings = load()
    release = load_starter(settings.files["terminology"])
    document = _of_person(person, settings, release, at) if person is not None else _of_file(file, to)
    made = _shown(document, release, language) if to == "html" else _read(document) if to == "pivot" else document
    if report is not None:
        _write(report, {"version": 1, "findings": made.report.as_json()})
    sys.stdout.buffer.write(made.content)
    sys.stdout.buffer.flush()


def _write(report: Path, told: dict[str, object]) -> None:
    try:
        report.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
    except OSError as fault:
        raise typer.BadParameter(f"{report}: {fault.strerror}", param_hint="--report") from fault


def _of_file(file: Path | None, to: str) -> _Made:
    if to not in {"html", "pivot"}:
        raise typer.BadParameter("a file can be made into html or pivot", param_hint="--to")
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else Path(str(file)).read_bytes()
    except OSError as fault:
        raise typer.BadParameter(f"{file}: {fault.strerror}") from fault
    return _Made(content, Report())


def _of_person(person: str, settings: Settings, release: Release, at: datetime | None) -> _Made:
    numbers = {row["id"]: row["identifier"] for row in sample_persons()}
    if person not in numbers:
        raise typer.BadParameter("no sample person of that id; see ncpeh samples", param_hint="--person")
    now = clock.now() if at is None else at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    systems = read_code_systems(settings.files["national_code_systems"].parent)
    reading = SampleReading(numbers[person], now, systems, settings.policies.sensitive)
    try:
        known, critical, medicines, vaccinations = read_sample(shipped("samples") / "persons" / person, reading)
    except NorwegianMessageError as fault:
        raise typer.BadParameter(f"the sample cannot be read: {type(fault).__name__}") from fault
    gathered = lay_together(critical, medicines, vaccinations)
    new_id: Callable[[], UUID] = (lambda: uuid5(_IDS, f"{person} {now.isoformat()} cda-ps-l3")) if at else clock.new_id
    composer = composer_of(_with_responsible(settings), lambda _wave: release)
    summary = summary_of(now, known, gathered.content, composer, new_id())
    try:
        content, said = write_document(summary, release, wave=8)
    except MeaningRefused as fault:
        typer.echo(f"ncpeh: {fault}", err=True)
        raise typer.Exit(1) from None
    return _Made(content, Report([*gathered.report.findings, *said.findings]))


def _shown(document: _Made, release: Release, language: Language) -> _Made:
    try:
        shown = write_html(document.content, release=release, language=language)
    except (XmlRefused, DisplayRefused) as fault:
        raise typer.BadParameter(f"no readable document: {type(fault).__name__}") from fault
    return _Made(shown.html, Report([*document.report.findings, *shown.report.findings]))


def _read(document: _Made) -> _Made:
    made, report = pivot_json(document.content)
    return _Made(made, Report([*document.report.findings, *report.findings]))


def _with_responsible(settings: Settings) -> Settings:
    if settings.composition.legal_authenticator_family:
        return settings
    return replace(settings, composition=settings.composition.model_copy(update=_RESPONSIBLE))
