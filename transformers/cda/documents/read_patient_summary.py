"""An eHDSI Patient Summary CDA L3 of any wave (2 to 9) becomes the pivot, with a report of everything it lost.

Document template E.1.3. Tolerant in form, strict in meaning: what cannot be read is a finding, the section's words are
kept beside the statements, and every code, quantity and text that no reader carried is reported.
"""

from dataclasses import dataclass
from typing import Final

from transformers.cda.documents.header import Header, read_header
from transformers.cda.documents.read_sections import FORMS, Sections, read_sections
from transformers.cda.errors import DocumentUnreadable
from transformers.cda.statements.forms import Origin
from transformers.cda.types.tree import Tree, open_tree
from transformers.cda.types.vocabulary import PATIENT_SUMMARY
from transformers.model.finding import Report, Severity
from transformers.model.people import Device, Organisation
from transformers.model.summary import PatientSummary, SummaryContent
from transformers.model.values import Moment
from trust.xml import DOCUMENT, XmlLimits

_TEMPLATE: Final = "1.3.6.1.4.1.12559.11.10.1.3.1.1.3"


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
        raise DocumentUnreadable("NoStructuredBody")


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
