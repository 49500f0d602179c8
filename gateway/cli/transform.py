"""`ncpeh transform`: a document in another form, for testers. Warnings and losses go to ``--report``.

What makes the documents is loaded once the call is known to be a right one: its help costs little.
"""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.cli.sentences import at_place, in_words, sentence_of

if TYPE_CHECKING:
    from gateway.cli.transform_made import Made, Making

LEVELS: Final = ("cda-ep-l3", "cda-ep-l1")
"""Of a prescription."""
PAGES: Final = ("html", "pdf")
FORMS: Final = (*PAGES, "transcoded", "translated", "pivot")
DISPENSATION: Final = "cda-ed-l3"
FROM_FILE = (*FORMS, DISPENSATION)
FORMATS = ("cda-ps-l3", "cda-ps-l1", *LEVELS, *FROM_FILE)
_WAVE: Final = 8
"""Of documents that a tester makes without a peer whose wave they would have."""
_PDF: Final = "application/pdf"
_BARE: Final = (
    "a bare PDF has no form but its own: it states neither a patient nor anything coded, and its words are not read. "
    "Open it as it is, or give the clinical document (level 1) that it came in"
)
_YEARS = (1900, 2999)
_INSTANT = ("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S")


def transform(  # noqa: PLR0913 - one argument per option of the command line
    to: Annotated[str, typer.Option("--to", help=f"One of {', '.join(FORMATS)}.")],
    file: Annotated[Path | None, typer.Argument(help="A clinical document (eHDSI CDA); - reads stdin.")] = None,
    person: Annotated[str | None, typer.Option(help="A sample person's id (ncpeh samples).")] = None,
    prescription: Annotated[str | None, typer.Option(help="Id of one of her prescriptions (ncpeh samples).")] = None,
    at: Annotated[
        datetime | None, typer.Option(formats=_INSTANT, help="Instant (UTC unless it says): the same bytes again.")
    ] = None,
    language: Annotated[str | None, typer.Option(help="Of the page (en, nb, nn) or of the displays.")] = None,
    report: Annotated[Path | None, typer.Option(help="Findings as JSON, and what became of each code.")] = None,
) -> None:
    """Make a sample person's document, or of a document a page, a PDF, its pivot, its translation, a dispensation.

    A sample is a tester's: policy is not asked, so that protected and reserved persons' documents can be looked at.
    Exit 1 when the document is not good enough to leave, 2 for what is unknown or unreadable. The report is written
    either way.
    """
    if to not in FORMATS:
        raise typer.BadParameter(f"known are {', '.join(FORMATS)}", param_hint="--to")
    if (person is None) == (file is None):
        raise typer.BadParameter("give a FILE or --person, one of them")
    _check_prescription(to, file, prescription)
    if at is not None and not _YEARS[0] <= at.year <= _YEARS[1]:
        raise typer.BadParameter(f"between the years {_YEARS[0]} and {_YEARS[1]}", param_hint="--at")
    words = _language_of(to, language)
    made_with = _making(at)
    document = _of_file(file, to) if person is None else _of_person(person, prescription, to, made_with)
    made = document if document.refused is not None else _made_of(document, to, words, made_with)
    if report is not None:
        told = {"version": 1, "release": made_with.release.id, **made.more, "findings": made.report.as_json()}
        _write(report, told)
    if made.refused is not None:
        typer.echo(f"ncpeh: {made.refused}", err=True)
        raise typer.Exit(1)
    sys.stdout.buffer.write(made.content)
    sys.stdout.buffer.flush()


def _check_prescription(to: str, file: Path | None, prescription: str | None) -> None:
    """An ePrescription is of a named prescription; a form shows one where it is named; nothing else knows any."""
    hint = "--prescription"
    if to in LEVELS and file is None and prescription is None:
        raise typer.BadParameter("which of her prescriptions? See ncpeh samples", param_hint=hint)
    if prescription is not None and (file is not None or to not in (*LEVELS, *FORMS)):
        raise typer.BadParameter(f"goes with --person and one of {', '.join((*LEVELS, *FORMS))}", param_hint=hint)


def _language_of(to: str, language: str | None) -> str:
    """The language asked for: of the page one that it has, English unless said; a translation's must be said."""
    from transformers.display.chrome import CHROME

    if to == "translated" and not language:
        raise typer.BadParameter("a translation is into a language", param_hint="--language")
    if to in PAGES and language not in (None, *CHROME):
        raise typer.BadParameter(f"a page is in {', '.join(CHROME)}", param_hint="--language")
    return language or "en"


def _making(at: datetime | None) -> "Making":
    from gateway.cli.transform_made import making
    from gateway.configuration.settings import load
    from gateway.terminology.chosen import release_chosen

    settings = load()
    return making(settings, release_chosen(settings, _WAVE), at)


def _of_person(person: str, prescription: str | None, to: str, made_with: "Making") -> "Made":
    from gateway.cli.transform_sample import prescription_of_sample, summary_of_sample

    if to == DISPENSATION:
        raise typer.BadParameter("a dispensation is made of a FILE: an ePrescription", param_hint="--to")
    if prescription is not None:
        return prescription_of_sample(person, prescription, to, made_with)
    return summary_of_sample(person, to, made_with)


def _of_file(file: Path | None, to: str) -> "Made":
    from gateway.cli.transform_made import Made
    from transformers.cda.types.original_file import OriginalFile, read_bare_file
    from transformers.model.finding import Report

    if to not in FROM_FILE:
        raise typer.BadParameter(f"a file can be made into {', '.join(FROM_FILE)}", param_hint="--to")
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else Path(str(file)).read_bytes()
    except OSError as fault:
        raise typer.BadParameter(str(sentence_of(fault))) from fault
    if not content.lstrip().startswith(b"<") and isinstance(read_bare_file(content, _PDF), OriginalFile):
        raise typer.BadParameter(_BARE)
    return Made(content, Report())


def _made_of(document: "Made", to: str, language: str, made_with: "Making") -> "Made":
    from gateway.cli.transform_dispensation import dispensed_as_prescribed
    from gateway.cli.transform_file import in_form

    if to == DISPENSATION:
        return dispensed_as_prescribed(document.content, made_with)
    return in_form(document, to, language, made_with) if to in FORMS else document


def _write(report: Path, told: dict[str, object]) -> None:
    try:
        report.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
    except OSError as fault:
        raise typer.BadParameter(in_words(at_place(fault, str(report))), param_hint="--report") from fault
