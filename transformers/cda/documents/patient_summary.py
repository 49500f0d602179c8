"""The eHDSI Patient Summary CDA of level 3 (document template E.1.3), read and written.

A document of any wave (2 to 9) becomes the pivot with a report of everything it lost: tolerant in form, strict in
meaning. What cannot be read is a finding, the section's words are kept beside the statements, and every code, quantity
and text that no reader carried is reported. A summary of the pivot becomes a document of wave 8 or 9, section by
section: UTF-8 without BOM, the same bytes for the same pivot. Transcoding happens before, validation and the last look
(`rules`) after.
"""

from dataclasses import dataclass, replace
from typing import Final

from transformers.cda.documents.header import (
    Authored,
    Header,
    HeaderForm,
    document_of,
    header_of,
    print_header,
    read_header,
)
from transformers.cda.documents.sections import FORMS, Sections, read_sections
from transformers.cda.documents.written import WAVES, Written, begun
from transformers.cda.errors import DocumentUnreadable, RequiredMissing
from transformers.cda.kinds import TEMPLATES
from transformers.cda.statements.allergies import allergies
from transformers.cda.statements.devices import devices
from transformers.cda.statements.forms import Origin
from transformers.cda.statements.immunisations import immunisations
from transformers.cda.statements.medications import medications
from transformers.cda.statements.observations import groups, observations
from transformers.cda.statements.problems import ACTIVE, PAST, problems
from transformers.cda.statements.procedures import procedures
from transformers.cda.statements.section import SectionView, narrated, narrated_section, print_section
from transformers.cda.types.composer import CdaComposer
from transformers.cda.types.narrative import Narrative
from transformers.cda.types.original_file import file_body
from transformers.cda.types.tree import Tree, open_tree
from transformers.cda.types.vocabulary import PATIENT_SUMMARY, SECTIONS
from transformers.model.finding import Report, Severity
from transformers.model.people import Device, Organisation
from transformers.model.summary import PatientSummary, SummaryContent
from transformers.model.values import Moment, Period
from trust.xml import DOCUMENT, XmlLimits

_TEMPLATE: Final = TEMPLATES["ps-l3"]


@dataclass(frozen=True, slots=True)
class Read:
    """The summary, and all that deserves a word: losses, what was assumed, what could not be read."""

    summary: PatientSummary
    report: Report


def read_patient_summary(content: bytes, limits: XmlLimits = DOCUMENT) -> Read:
    """The summary in the document, with a finding for everything not carried into the pivot.

    Raises DocumentUnreadable when the bytes are no XML, no ClinicalDocument or no structured patient summary, and
    RequiredMissing when it lacks its id, its patient or its time.
    """
    report = Report()
    tree = open_tree(content, report, limits)
    _check_kind(tree)
    header = read_header(tree)
    _check_template(tree, header)
    custodian = header.custodian or Organisation(None)
    sections = read_sections(tree, Origin(custodian.name or "", FORMS))
    summary = _summary(tree, header, sections, custodian)
    tree.losses()
    return Read(summary, report)


def _check_kind(tree: Tree) -> None:
    code = tree.root.find("{*}code")
    named = code is not None and code.get("code") == PATIENT_SUMMARY.code
    templated = any(t.get("root") == _TEMPLATE for t in tree.root.iterchildren("{*}templateId"))
    if not named and not templated:
        raise DocumentUnreadable("NoPatientSummary")
    if tree.root.find("{*}component/{*}structuredBody") is None:
        raise DocumentUnreadable("NoStructuredBody" if file_body(tree.root) is None else "BodyIsFile")


def _check_template(tree: Tree, header: Header) -> None:
    if _TEMPLATE not in header.templates:
        text = "The document does not claim the template of a patient summary; it is read as one for its code."
        tree.note(Severity.WARNING, "template-missing", tree.root, text)


def _summary(tree: Tree, header: Header, sections: Sections, custodian: Organisation) -> PatientSummary:
    authors = [a.who for a in header.authors]
    if not authors:
        tree.note(Severity.WARNING, "author-missing", tree.root, "The document names no author.")
    if header.legal_authenticator is None:
        tree.note(Severity.WARNING, "authenticator-missing", tree.root, "The document names no legal authenticator.")
    for name, said in (("confidentiality", header.confidentiality), ("language", header.language)):
        if said is None:
            tree.note(Severity.WARNING, f"{name}-missing", tree.root, f"The document does not state its {name}.")
    return PatientSummary(
        id=header.id,
        parent=header.parent(),
        patient=header.patient,
        content=_content(sections),
        created=header.created,
        last_updated=header.documented.end or header.documented.start or Moment.at(header.created),
        language=header.language or "",
        author=authors[0] if authors else Device(""),
        custodian=custodian,
        legal_authenticator=header.legal_authenticator,
        title=header.title or "",
        confidentiality="N" if header.confidentiality is None else header.confidentiality.code,
        further_authors=tuple(authors[1:]),
    )


def _content(found: Sections) -> SummaryContent:
    return SummaryContent(
        allergies=found.state("allergies"),
        medications=found.state("medications"),
        problems=found.state("problems"),
        procedures=found.state("procedures"),
        devices=found.state("devices"),
        past_illness=found.state("past_illness"),
        immunisations=found.state("immunisations"),
        vital_signs=found.state("vital_signs"),
        results=found.state("results"),
        social_history=found.state("social_history"),
        pregnancies=found.state("pregnancies"),
        functional_status=found.state("functional_status"),
        advance_directives=found.state("advance_directives"),
        care_plan=found.state("care_plan"),
        other_sections=tuple(found.others),
        narratives=tuple(found.narratives),
    )


_FORM: Final = HeaderForm(
    _TEMPLATE,
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
    composer = _composer(summary, wave)
    if summary.parent is None:
        raise RequiredMissing("parent")
    authors = tuple(Authored(who, composer.created) for who in (summary.author, *summary.further_authors))
    header = print_header(header_of(summary, authors, Period(end=summary.last_updated)), _FORM, composer)
    sections = "".join(print_section(one, composer.words_language) for one in _sections(summary.content, composer))
    body = f'<structuredBody classCode="DOCBODY" moodCode="EVN">\n{sections}\n</structuredBody>'
    return Written(document_of(header, body), composer.report)


def narratives_of(summary: PatientSummary) -> tuple[tuple[str, Narrative], ...]:
    """Title and narrative of each section: the original (level 1) says them in the very words of level 3.

    Raises what every document raises that lacks what it is about, AbsenceUnknown as the writer does.
    """
    composer = _composer(summary, max(WAVES))
    return tuple((section.title, section.narrative) for section in _sections(summary.content, composer))


def _composer(summary: PatientSummary, wave: int) -> CdaComposer:
    return replace(begun(summary, wave, summary.last_updated), told=_told(summary.content))


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
