"""A patient summary of the pivot becomes an eHDSI Patient Summary CDA L3 (document template E.1.3, waves 8 and 9).

Views are made section by section, one template prints them; the bytes are UTF-8 without BOM, the same for the same
pivot. Transcoding happens before, validation and the last look (`integrity`) after.
"""

import re
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from transformers.cda.composer import Composer
from transformers.cda.errors import CharacterForbidden, RequiredMissing, WaveUnknown
from transformers.cda.view_allergies import allergies
from transformers.cda.view_devices import devices
from transformers.cda.view_findings import groups, narrated, narrated_section, observations
from transformers.cda.view_header import header_view
from transformers.cda.view_immunisations import immunisations
from transformers.cda.view_medications import medications
from transformers.cda.view_problems import ACTIVE, PAST, problems
from transformers.cda.view_procedures import procedures
from transformers.cda.view_section import SectionView
from transformers.cda.vocabulary import SECTIONS
from transformers.cda.words import words_for
from transformers.model.finding import Report
from transformers.model.summary import PatientSummary, SummaryContent
from transformers.model.values import Moment

WAVES: Final = frozenset({8, 9})
"""The document template of wave 9 is wave 8's (E.1.3, 2024-04-19, unchanged in 9.0.0): one set of rules writes both.
What differs from wave to wave are the codes a document may carry, and those the release decides."""
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Written:
    """The document and what deserves a word about it: unmapped codes, what only the narrative carries."""

    content: bytes
    report: Report


def write_patient_summary(summary: PatientSummary, *, wave: int = 8) -> Written:
    """The document of ``summary``, for that wave of eHDSI (one of `WAVES`).

    Statements are never dropped and original text is never lost: a concept without European code is ``OTH`` with its
    words and coding, and a finding. Raises a CdaError when the pivot lacks what the document type demands or holds a
    character XML cannot carry.
    """
    if wave not in WAVES:
        raise WaveUnknown(wave)
    _refuse_forbidden_characters(summary)
    if summary.created.tzinfo is None or not summary.patient.identifiers:
        raise RequiredMissing("created" if summary.created.tzinfo is None else "patient.identifiers")
    composer = Composer(
        words=words_for(summary.language),
        report=Report(),
        patient=summary.patient.identifiers[0],
        created=Moment.at(summary.created),
        updated=summary.last_updated,
        told=_told(summary.content),
    )
    header = header_view(summary, composer)
    text = _template().render(header=header, sections=_sections(summary.content, composer))
    return Written(text.encode(), composer.report)


def _sections(content: SummaryContent, composer: Composer) -> tuple[SectionView, ...]:
    """Allergies first: what a clinician must not miss; then in the order of the guideline."""
    made = (
        allergies(content.allergies, composer),
        medications(content.medications, composer, reconciled=content.medications_reconciled),
        problems(ACTIVE, content.problems, composer),
        procedures(content.procedures, composer),
        devices(content.devices, composer),
        problems(PAST, content.past_illness, composer),
        immunisations(content.immunisations, composer),
        groups("vital_signs", content.vital_signs, composer),
        groups("results", content.results, composer),
        observations("social_history", content.social_history, composer),
        observations("pregnancies", content.pregnancies, composer),
        groups("functional_status", content.functional_status, composer),
        *narrated("advance_directives", content.advance_directives, composer),
        *narrated("care_plan", content.care_plan, composer),
    )
    sections = [section for section in made if section is not None]
    printed = {section.code.code for section in sections}
    return (*sections, *_others(content, printed, composer))


def _told(content: SummaryContent) -> dict[str, str]:
    """The words of foreign sections by their code."""
    told: dict[str, str] = {}
    for one in (*content.narratives, *content.other_sections):
        if one.code is not None:
            told[one.code.code] = f"{told[one.code.code]}\n{one.text}" if one.code.code in told else one.text
    return told


def _others(content: SummaryContent, printed: set[str | None], composer: Composer) -> list[SectionView]:
    """Foreign sections that stand nowhere else: as text."""
    left = [
        one
        for one in (*content.narratives, *content.other_sections)
        if one.code is None or one.code.code not in printed
    ]
    names = {form.code.code: name for name, form in SECTIONS.items()}
    return [narrated_section(one, composer, None if one.code is None else names.get(one.code.code)) for one in left]


@cache
def _template() -> Template:
    """The document's template; ``p`` in every template are the macros of the data types."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=False,
        auto_reload=False,
    )
    environment.globals["p"] = environment.get_template("parts.xml.j2").module
    return environment.get_template("patient_summary.xml.j2")


def _refuse_forbidden_characters(summary: PatientSummary) -> None:
    """One pass over all texts at once; the path is sought only when one of them is to be refused."""
    texts: list[str] = []
    stack: list[object] = [summary]
    while stack:
        value = stack.pop()
        if isinstance(value, str):
            texts.append(value)
        elif isinstance(value, tuple):
            stack.extend(value)
        elif value is not None:
            kind: type = type(value)
            stack.extend(getattr(value, name) for name in _members(kind))
    if _FORBIDDEN.search("\n".join(texts)):
        raise CharacterForbidden(_path_of_forbidden(summary, "") or "")


def _path_of_forbidden(value: object, path: str) -> str | None:
    if isinstance(value, str):
        return path if _FORBIDDEN.search(value) else None
    if isinstance(value, tuple):
        below = [(f"{path}[{n}]", item) for n, item in enumerate(value)]
    else:
        kind: type = type(value)
        below = [(f"{path}.{name}".lstrip("."), getattr(value, name)) for name in _members(kind)]
    return next((found for where, item in below if (found := _path_of_forbidden(item, where)) is not None), None)


@cache
def _members(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()
