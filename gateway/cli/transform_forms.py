"""`ncpeh transform`: a document in another form: a page, a PDF, its pivot, with other codes or in another language."""

from pathlib import Path
from typing import cast

import typer

from gateway.cli.transform_made import Made, Making
from gateway.cli.transform_pivot import pivot_json
from transformers.display.chrome import CHROME, Language
from transformers.display.errors import DisplayRefused
from transformers.display.write_html import write_html
from transformers.display.write_pdf import write_pdf
from transformers.model.finding import Report, Severity
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
FORMS = (*PAGES, *IN_PLACE, PIVOT)
_GRAVE = (Severity.ERROR, Severity.FATAL)


def language_of(to: str, language: str | None) -> str:
    """The language asked for: of the page one that it has, English unless said; a translation's must be said."""
    if to == "translated" and not language:
        raise typer.BadParameter("a translation is into a language", param_hint="--language")
    if to in PAGES and language not in (None, *CHROME):
        raise typer.BadParameter(f"a page is in {', '.join(CHROME)}", param_hint="--language")
    return language or "en"


def in_form(document: Made, to: str, language: str, made_with: Making) -> Made:
    """The document in the form of that name (one of `FORMS`), with the findings of both.

    Raises typer.BadParameter (exit 2) for what is no document that can have it.
    """
    if to in PAGES:
        return _shown(document, made_with.release, cast(Language, language), to)
    if to in IN_PLACE:
        folder = made_with.settings.files["terminology"]
        return _in_place(document, folder, made_with.release, language if to == "translated" else None)
    told, report = pivot_json(document.content)
    return Made(told, _together(document, report), more=document.more)


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
    return Made(done.content, _together(document, done.report), refused, {**document.more, **done.as_json()})


def _shown(document: Made, release: Release, language: Language, to: str) -> Made:
    try:
        if to == "pdf":
            printed = write_pdf(document.content, release=release, language=language)
            return Made(printed.content, _together(document, printed.report), more=document.more)
        shown = write_html(document.content, release=release, language=language)
    except (XmlRefused, DisplayRefused) as fault:
        raise typer.BadParameter(f"no readable document: {type(fault).__name__}") from fault
    return Made(shown.html, _together(document, shown.report), more=document.more)


def _together(document: Made, report: Report) -> Report:
    return Report([*document.report.findings, *report.findings])
