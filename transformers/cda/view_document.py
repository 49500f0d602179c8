"""The header of an ePrescription (E.1.1) and of an eDispensation (E.1.2) as printed, eHDSI 8.0.0.

Whoever prescribes is the author of an ePrescription, a person with a function of value set 42.1; an eDispensation may
be authored by a system. The legal authenticator is always a named person.
"""

from dataclasses import dataclass

from transformers.cda.composer import CdaComposer, CodeView, fixed
from transformers.cda.errors import CodeMissing, LanguageUnknown, ParentIsItself, RequiredMissing
from transformers.cda.identifiers import Id, required_id, usable_ids
from transformers.cda.times import precise_to_day
from transformers.cda.view_header import PatientView, patient_view, required_text, whole_name, whole_organisation
from transformers.cda.view_people import NameView, OrganisationView, PersonView, organisation_view, person_view
from transformers.cda.vocabulary import CONFIDENTIALITY, DOCUMENT_LANGUAGES, FixedCode
from transformers.cda.words import words_for
from transformers.model.finding import Report
from transformers.model.people import Device, Organisation, Professional
from transformers.model.prescription import Dispensation, Prescription
from transformers.model.values import Moment

MedicineDocument = Prescription | Dispensation


@dataclass(frozen=True, slots=True)
class DocumentAuthorView:
    """Either a person (``person``) or a system (``software``); ``time`` None prints as unknown."""

    function: CodeView | None
    time: str | None
    ids: tuple[Id, ...]
    person: PersonView | None
    software: str | None
    model: str | None
    organisation: OrganisationView


@dataclass(frozen=True, slots=True)
class DocumentView:
    """Everything before the body. ``order`` is inFulfillmentOf, of an eDispensation alone."""

    template: str
    id: Id
    parent: Id | None
    order: Id | None
    code: CodeView
    title: str
    created: str
    confidentiality: CodeView
    language: str
    patient: PatientView
    author: DocumentAuthorView
    custodian: OrganisationView
    authenticator: PersonView
    authenticator_name: NameView


def composer_of(document: MedicineDocument, updated: Moment | None) -> CdaComposer:
    """The state of one document's making. Raises RequiredMissing."""
    if document.created.tzinfo is None or not document.patient.identifiers:
        raise RequiredMissing("created" if document.created.tzinfo is None else "patient.identifiers")
    created = Moment.at(document.created)
    return CdaComposer(
        words_for(document.language), Report(), document.patient.identifiers[0], created, updated or created
    )


def document_view(
    document: MedicineDocument, template: str, code: FixedCode, author: DocumentAuthorView, composer: CdaComposer
) -> DocumentView:
    """The header. Raises a CdaError naming the field when the document type demands what is not there."""
    if document.language not in DOCUMENT_LANGUAGES:
        raise LanguageUnknown("language")
    if document.parent == document.id:
        raise ParentIsItself("parent")
    confidentiality = "N" if document.confidentiality is None else document.confidentiality.code
    if confidentiality not in CONFIDENTIALITY:
        raise RequiredMissing("confidentiality")
    if document.legal_authenticator is None:
        raise RequiredMissing("legal_authenticator")
    authenticator = person_view(document.legal_authenticator, document.custodian)
    if not authenticator.ids:
        raise RequiredMissing("legal_authenticator.identifiers")
    return DocumentView(
        template=template,
        id=required_id(document.id, "id"),
        parent=None if document.parent is None else required_id(document.parent, "parent"),
        order=None,
        code=fixed(code),
        title=required_text(document.title, "title"),
        created=composer.created.hl7(),
        confidentiality=fixed(CONFIDENTIALITY[confidentiality]),
        language=document.language,
        patient=patient_view(document.patient, composer),
        author=author,
        custodian=whole_organisation(document.custodian, "custodian"),
        authenticator=authenticator,
        authenticator_name=whole_name(authenticator.name, "legal_authenticator.name"),
    )


def person_author(who: Professional, when: Moment | None, path: str, composer: CdaComposer) -> DocumentAuthorView:
    """A person as author; ``function`` is None when the role has no European code."""
    function = None
    if who.role is not None and who.role.target is not None:
        view = composer.code(who.role, f"{path}.role", None)
        function = view if view.code is not None else None
    view_of = person_view(who, None)
    time = when.hl7() if when is not None and precise_to_day(when) else None
    return DocumentAuthorView(function, time, view_of.ids, view_of, None, None, view_of.organisation)


def prescriber_author(who: Professional, when: Moment | None, path: str, composer: CdaComposer) -> DocumentAuthorView:
    """The prescriber: functionCode is mandatory and takes no null (E.1.1). Raises CodeMissing."""
    author = person_author(who, when, path, composer)
    if author.function is None:
        raise CodeMissing(f"{path}.role")
    return author


def device_author(device: Device, fallback: Organisation, created: Moment) -> DocumentAuthorView:
    """A system as author, with the custodian where it names no organisation of its own."""
    return DocumentAuthorView(
        function=None,
        time=created.hl7(),
        ids=usable_ids(device.identifiers),
        person=None,
        software=required_text(device.software, "author.software"),
        model=(device.model or "").strip() or None,
        organisation=organisation_view(device.organisation or fallback),
    )
