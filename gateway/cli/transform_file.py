"""`ncpeh transform FILE`: a page, a PDF, its pivot, other codes, another language.

Of the pivot as JSON: identifiers are shown, it is the user's own file. Every object names its type; what the document
does not say is left out; numbers are texts.
"""

import json
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Final, cast

import typer

from gateway.cli.sentences import in_words, sentence_of
from gateway.cli.transform_made import Made, Making
from gateway.configuration.errors import SettingsError
from gateway.pictures import first_page
from transformers.cda.documents.dispensation import read_dispensation
from transformers.cda.documents.level_one import read_level_one
from transformers.cda.documents.patient_summary import read_patient_summary
from transformers.cda.documents.prescription import read_prescription
from transformers.cda.errors import CdaError, DocumentUnreadable
from transformers.cda.kinds import document_code, recognise
from transformers.cda.types.walk import Element, local
from transformers.display.errors import DisplayRefused
from transformers.display.write_html import write_html
from transformers.display.write_pdf import write_pdf
from transformers.model.finding import Report, Severity
from transformers.terminology.check_words import words_held_against_codes
from transformers.terminology.element_rules import read_coded_elements
from transformers.terminology.errors import DocumentUntransformed, LanguageAbsent, ReleaseInvalid
from transformers.terminology.release import Release
from transformers.terminology.rows import read_facts
from transformers.terminology.transcode_document import transcode_document
from transformers.terminology.translate_document import translate_document
from transformers.words import Language
from trust.errors import XmlRefused
from trust.xml import DOCUMENT, parse

_GRAVE = (Severity.ERROR, Severity.FATAL)
_NAMED = 3
_CODE: Final = re.compile(r"[A-Za-z0-9.-]{1,32}")
"""A code that may be printed: foreign words are not."""


def in_form(document: Made, to: str, language: str, made_with: Making) -> Made:
    """The document in the form of that name (`transform.FORMS`), with the findings of both.

    Raises typer.BadParameter (exit 2) for what is no document that can have it.
    """
    if to in ("html", "pdf"):
        return _shown(document, made_with.release, cast(Language, language), to)
    if to in ("transcoded", "translated"):
        folder = made_with.settings.files["terminology"]
        return _in_place(document, folder, made_with.release, language if to == "translated" else None)
    told, report = pivot_json(document.content)
    report.extend(words_held_against_codes(document.content, made_with.release))
    return Made(told, _together(document, report), more=document.more)


def _in_place(document: Made, folder: Path, release: Release, language: str | None) -> Made:
    """Transcoded, or with a language translated."""
    try:
        rules = read_coded_elements(folder, read_facts(folder))
    except ReleaseInvalid as fault:
        raise SettingsError(f"terminology: {in_words(fault)}") from fault
    try:
        if language is None:
            done = transcode_document(document.content, rules, release)
        else:
            done = translate_document(document.content, rules, release, language)
    except XmlRefused as fault:
        raise typer.BadParameter(f"no readable document: {sentence_of(fault)}") from fault
    except LanguageAbsent as fault:
        raise typer.BadParameter("the release has no words of this language", param_hint="--language") from fault
    except DocumentUntransformed as fault:
        raise typer.BadParameter(f"no readable document: {sentence_of(fault)}") from fault
    refused = _without_code(done.report) if done.report.worst() in _GRAVE else None
    return Made(done.content, _together(document, done.report), refused, {**document.more, **done.as_json()})


def _without_code(report: Report) -> str:
    """Which required elements have no European code: path and code of the first few, and how many there are."""
    grave = [f for f in report.findings if f.severity in _GRAVE]
    named = "; ".join(f"{f.path}{'' if f.original is None else f' {f.original}'}" for f in grave[:_NAMED])
    more = "" if len(grave) <= _NAMED else f"; and {len(grave) - _NAMED} more (--report names all)"
    return f"a required element has no European code: {named}{more}"


def _shown(document: Made, release: Release, language: Language, to: str) -> Made:
    try:
        if to == "pdf":
            printed = write_pdf(document.content, release=release, language=language)
            return Made(printed.content, _together(document, printed.report), more=document.more)
        shown = write_html(document.content, release=release, language=language, picture=first_page)
    except (XmlRefused, DisplayRefused) as fault:
        raise typer.BadParameter(f"no readable document: {sentence_of(fault)}") from fault
    return Made(shown.html, _together(document, shown.report), more=document.more)


def _together(document: Made, report: Report) -> Report:
    return Report([*document.report.findings, *report.findings])


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
"""What reads a document, by its kind (`transformers.cda.kinds`)."""


def pivot_json(content: bytes) -> tuple[bytes, Report]:
    """The document as JSON, the same bytes every time, and what was lost on the way.

    Raises typer.BadParameter (exit 2) for what is no document that anybody here reads.
    """
    try:
        root = parse(content, DOCUMENT)
        kind = recognise(root)
        if kind is None or kind.id not in READERS:
            what = _of_another_kind(root) if kind is None else f"a {kind.name} has no pivot"
            raise typer.BadParameter(f"no readable document: {what}; --to html shows it")
        document, report = READERS[kind.id](content)
    except (XmlRefused, CdaError) as fault:
        raise typer.BadParameter(f"no readable document: {sentence_of(fault)}") from fault
    told = {"version": 1, "kind": kind.id, "document": plain(document), "findings": report.as_json()}
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode(), report


def _of_another_kind(root: Element) -> str:
    """What a clinical document of no kind that is read here says that it is: its code, where that may be shown."""
    if local(root) != "ClinicalDocument":
        raise DocumentUnreadable("NoClinicalDocument")
    code = document_code(root) or ""
    named = f"its code {code} is that" if _CODE.fullmatch(code) else "its code is that"
    return f"{named} of no kind of document that has a pivot"


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
