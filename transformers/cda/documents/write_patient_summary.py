"""A patient summary of the pivot becomes an eHDSI Patient Summary CDA L3 (document template E.1.3, waves 8 and 9).

Views are made section by section, one template prints them; the bytes are UTF-8 without BOM, the same for the same
pivot. Transcoding happens before, validation and the last look (`rules`) after.
"""

from typing import Final

from transformers.cda.documents.header import (
    Authored,
    Header,
    HeaderForm,
    document_of,
    made_from,
    print_header,
)
from transformers.cda.documents.written import Written, refuse_forbidden_characters
from transformers.cda.errors import RequiredMissing, WaveUnknown
from transformers.cda.statements.allergies import allergies
from transformers.cda.statements.devices import devices
from transformers.cda.statements.immunisations import immunisations
from transformers.cda.statements.medications import medications
from transformers.cda.statements.observations import groups, observations
from transformers.cda.statements.problems import ACTIVE, PAST, problems
from transformers.cda.statements.procedures import procedures
from transformers.cda.statements.section import SectionView, narrated, narrated_section, print_section
from transformers.cda.types.composer import CdaComposer
from transformers.cda.types.narrative import Narrative
from transformers.cda.types.vocabulary import CONFIDENTIALITY_SYSTEM, PATIENT_SUMMARY, SECTIONS
from transformers.cda.words import words_for
from transformers.model.finding import Report
from transformers.model.summary import PatientSummary, SummaryContent
from transformers.model.values import Coding, Moment, Period

__all__ = ["WAVES", "Written", "narratives_of", "write_patient_summary"]

WAVES: Final = frozenset({8, 9})
"""The document template of wave 9 is wave 8's (E.1.3, 2024-04-19, unchanged in 9.0.0): one set of rules writes both.
What differs from wave to wave are the codes a document may carry, and those the release decides."""
_FORM: Final = HeaderForm(
    "1.3.6.1.4.1.12559.11.10.1.3.1.1.3",
    PATIENT_SUMMARY,
    of_summary=True,
    whole_authors=True,
    custodian_stands_in=True,
)


def write_patient_summary(summary: PatientSummary, *, wave: int = 8) -> Written:
    """The document of ``summary``, for that wave of eHDSI (one of `WAVES`).

    Statements are never dropped and original text is never lost: a concept without European code is ``OTH`` with its
    words and coding, and a finding. Raises a CdaError when the pivot lacks what the document type demands or holds a
    character XML cannot carry.
    """
    if wave not in WAVES:
        raise WaveUnknown(wave)
    refuse_forbidden_characters(summary)
    if summary.created.tzinfo is None or not summary.patient.identifiers:
        raise RequiredMissing("created" if summary.created.tzinfo is None else "patient.identifiers")
    if summary.parent is None:
        raise RequiredMissing("parent")
    composer = _composer(summary)
    header = print_header(header_of(summary), _FORM, composer)
    sections = "".join(map(print_section, _sections(summary.content, composer)))
    body = f'<structuredBody classCode="DOCBODY" moodCode="EVN">\n{sections}\n</structuredBody>'
    return Written(document_of(header, body), composer.report)


def header_of(summary: PatientSummary) -> Header:
    """What the summary's header says; its authors wrote when the document was made."""
    created = Moment.at(summary.created)
    return Header(
        id=summary.id,
        patient=summary.patient,
        created=summary.created,
        title=summary.title,
        language=summary.language,
        confidentiality=Coding(summary.confidentiality, CONFIDENTIALITY_SYSTEM),
        authors=tuple(Authored(who, created) for who in (summary.author, *summary.further_authors)),
        custodian=summary.custodian,
        legal_authenticator=summary.legal_authenticator,
        related=made_from(summary.parent),
        documented=Period(end=summary.last_updated),
    )


def narratives_of(summary: PatientSummary) -> tuple[tuple[str, Narrative], ...]:
    """Title and narrative of each section: the original (level 1) says them in the very words of level 3.

    Raises RequiredMissing without an identifier of the patient, AbsenceUnknown as the writer does.
    """
    if not summary.patient.identifiers:
        raise RequiredMissing("patient.identifiers")
    return tuple((section.title, section.narrative) for section in _sections(summary.content, _composer(summary)))


def _composer(summary: PatientSummary) -> CdaComposer:
    return CdaComposer(
        words=words_for(summary.language),
        report=Report(),
        patient=summary.patient.identifiers[0],
        created=Moment.at(summary.created),
        updated=summary.last_updated,
        told=_told(summary.content),
    )


def _sections(content: SummaryContent, composer: CdaComposer) -> tuple[SectionView, ...]:
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


def _others(content: SummaryContent, printed: set[str | None], composer: CdaComposer) -> list[SectionView]:
    """Foreign sections that stand nowhere else: as text."""
    left = [
        one
        for one in (*content.narratives, *content.other_sections)
        if one.code is None or one.code.code not in printed
    ]
    names = {form.code.code: name for name, form in SECTIONS.items()}
    return [narrated_section(one, composer, None if one.code is None else names.get(one.code.code)) for one in left]
