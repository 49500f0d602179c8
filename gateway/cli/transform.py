"""`ncpeh transform`: a document in another form, for testers. Warnings and losses go to ``--report``."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, cast
from uuid import UUID, uuid5

import typer

from gateway import clock
from gateway.app import composer_of
from gateway.cli.release import opened_release
from gateway.cli.samples import sample_persons
from gateway.cli.transform_pivot import pivot_json
from gateway.errors import MeaningRefused
from gateway.exchange.country_a.compose import draft_document, refuse_unfit, summary_of
from gateway.exchange.country_a.gather import lay_together
from gateway.exchange.country_a.original import draft_original
from gateway.national.from_files import SampleReading, read_sample
from gateway.national.tables import read_code_systems
from gateway.settings import Settings, load
from gateway.shipped import shipped
from transformers.display.chrome import CHROME, Language
from transformers.display.errors import DisplayRefused
from transformers.display.write_html import write_html
from transformers.display.write_pdf import write_pdf
from transformers.model.finding import Report, Severity
from transformers.norway.errors import NorwegianMessageError
from transformers.terminology.element_rules import read_coded_elements
from transformers.terminology.errors import DocumentUntransformed, LanguageAbsent
from transformers.terminology.release import Release
from transformers.terminology.rows import read_facts
from transformers.terminology.transcode_document import transcode_document
from transformers.terminology.translate_document import translate_document
from trust.errors import XmlRefused

IN_PLACE = ("transcoded", "translated")
PAGES = ("html", "pdf")
PIVOT = "pivot"
FROM_FILE = (*PAGES, *IN_PLACE, PIVOT)
FORMATS = ("cda-ps-l3", "cda-ps-l1", *FROM_FILE)
_GRAVE = (Severity.ERROR, Severity.FATAL)
_INSTANT = ("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S")
_IDS = UUID("5d0f2f0a-7b0e-5c39-8f57-0d7b6f9a3c02")
_RESPONSIBLE = {
    "legal_authenticator_given": ("Eksempel",),
    "legal_authenticator_family": "Fagansvarlig",
    "legal_authenticator_id": "9999999",
}
"""Stands behind documents of invented persons when the configuration names nobody."""


@dataclass(frozen=True, slots=True)
class Made:
    """What was made, all that is told of it, and why it must not leave (None: it may)."""

    content: bytes
    report: Report
    refused: str | None = None
    more: Mapping[str, Any] = field(default_factory=dict)
    """What ``--report`` says beside the findings."""


def transform(
    to: Annotated[str, typer.Option("--to", help=f"One of {', '.join(FORMATS)}.")],
    file: Annotated[Path | None, typer.Argument(help="A clinical document (eHDSI CDA); - reads stdin.")] = None,
    person: Annotated[str | None, typer.Option(help="A sample person's id (ncpeh samples).")] = None,
    at: Annotated[
        datetime | None, typer.Option(formats=_INSTANT, help="Instant (UTC unless it says): the same bytes again.")
    ] = None,
    language: Annotated[str | None, typer.Option(help="Of the page (en, nb, nn) or of the displays.")] = None,
    report: Annotated[Path | None, typer.Option(help="Findings as JSON, and what became of each code.")] = None,
) -> None:
    """Make a sample person's Patient Summary, or of a document a page, a PDF, its pivot or its translation.

    A sample is a tester's: policy is not asked, so that protected and reserved persons' documents can be looked at.
    Exit 1 when the document is not good enough to leave, 2 for what is unknown or unreadable. The report is written
    either way.
    """
    if to not in FORMATS:
        raise typer.BadParameter(f"known are {', '.join(FORMATS)}", param_hint="--to")
    if (person is None) == (file is None):
        raise typer.BadParameter("give a FILE or --person, one of them")
    words = _language(to, language)
    settings = load()
    folder = settings.files["terminology"]
    release = opened_release(settings)
    document = _of_person(person, settings, release, at, to) if person is not None else _of_file(file, to)
    made = document
    if to in PAGES and document.refused is None:
        made = _shown(document, release, cast(Language, words), to)
    elif to in IN_PLACE and document.refused is None:
        made = _in_place(document, folder, release, words if to == "translated" else None)
    elif to == PIVOT and document.refused is None:
        made = _read(document)
    if report is not None:
        _write(report, {"version": 1, "release": release.id, **made.more, "findings": made.report.as_json()})
    if made.refused is not None:
        typer.echo(f"ncpeh: {made.refused}", err=True)
        raise typer.Exit(1)
    sys.stdout.buffer.write(made.content)
    sys.stdout.buffer.flush()


def _language(to: str, language: str | None) -> str:
    """The language asked for: of the page one that it has, English unless said; a translation's must be said."""
    if to == "translated" and language is None:
        raise typer.BadParameter("a translation is into a language", param_hint="--language")
    if to in PAGES and language not in (None, *CHROME):
        raise typer.BadParameter(f"a page is in {', '.join(CHROME)}", param_hint="--language")
    return language or "en"


def _in_place(document: Made, folder: Path, release: Release, language: str | None) -> Made:
    """Transcoded, or with a language translated."""
    rules = read_coded_elements(folder, read_facts(folder))
    try:
        if language is None:
            done = transcode_document(document.content, rules, release)
        else:
            done = translate_document(document.content, rules, release, language)
    except XmlRefused as fault:
        raise typer.BadParameter(f"no readable document: {type(fault).__name__}") from fault
    except LanguageAbsent as fault:
        raise typer.BadParameter("the release has no words of this language", param_hint="--language") from fault
    except DocumentUntransformed as fault:
        raise typer.BadParameter(f"no document with rules: {type(fault).__name__}") from fault
    refused = "a required element has no European code" if done.report.worst() in _GRAVE else None
    said = Report([*document.report.findings, *done.report.findings])
    return Made(done.content, said, refused, done.as_json())


def _write(report: Path, told: dict[str, object]) -> None:
    try:
        report.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
    except OSError as fault:
        raise typer.BadParameter(f"{report}: {fault.strerror}", param_hint="--report") from fault


def _of_file(file: Path | None, to: str) -> Made:
    if to not in FROM_FILE:
        raise typer.BadParameter(f"a file can be made into {', '.join(FROM_FILE)}", param_hint="--to")
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else Path(str(file)).read_bytes()
    except OSError as fault:
        raise typer.BadParameter(f"{file}: {fault.strerror}") from fault
    return Made(content, Report())


def _of_person(person: str, settings: Settings, release: Release, at: datetime | None, to: str) -> Made:
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
    content, said = (draft_original if to == "cda-ps-l1" else draft_document)(summary, release, 8)
    told = Report([*gathered.report.findings, *said.findings])
    try:
        refuse_unfit(said)
    except MeaningRefused as fault:
        return Made(content, told, str(fault))
    return Made(content, told)


def _shown(document: Made, release: Release, language: Language, to: str) -> Made:
    try:
        if to == "pdf":
            printed = write_pdf(document.content, release=release, language=language)
            return Made(printed.content, Report([*document.report.findings, *printed.report.findings]))
        shown = write_html(document.content, release=release, language=language)
    except (XmlRefused, DisplayRefused) as fault:
        raise typer.BadParameter(f"no readable document: {type(fault).__name__}") from fault
    return Made(shown.html, Report([*document.report.findings, *shown.report.findings]))


def _read(document: Made) -> Made:
    told, report = pivot_json(document.content)
    return Made(told, Report([*document.report.findings, *report.findings]))


def _with_responsible(settings: Settings) -> Settings:
    if settings.composition.legal_authenticator_family:
        return settings
    return replace(settings, composition=settings.composition.model_copy(update=_RESPONSIBLE))
