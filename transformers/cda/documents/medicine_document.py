"""What an ePrescription (E.1.1) and an eDispensation (E.1.2) have in common when written: header, one section."""

from transformers.cda.documents.header import Authored, Header, made_from
from transformers.cda.errors import RequiredMissing
from transformers.cda.types.composer import CdaComposer
from transformers.cda.words import words_for
from transformers.model.finding import Report
from transformers.model.people import Device, Professional
from transformers.model.prescription import Dispensation, Prescription
from transformers.model.values import Moment

MedicineDocument = Prescription | Dispensation


def composer_of(document: MedicineDocument, updated: Moment | None) -> CdaComposer:
    """The state of one document's making. Raises RequiredMissing."""
    if document.created.tzinfo is None or not document.patient.identifiers:
        raise RequiredMissing("created" if document.created.tzinfo is None else "patient.identifiers")
    created = Moment.at(document.created)
    words = words_for(document.language)
    return CdaComposer(words, Report(), document.patient.identifiers[0], created, updated or created)


def header_of(document: MedicineDocument, author: Professional | Device, when: Moment | None) -> Header:
    """What the document's header says, with who wrote it and when."""
    return Header(
        id=document.id,
        patient=document.patient,
        created=document.created,
        title=document.title,
        language=document.language,
        confidentiality=document.confidentiality,
        authors=(Authored(author, when),),
        custodian=document.custodian,
        legal_authenticator=document.legal_authenticator,
        related=made_from(document.parent),
    )


def one_section(content: str) -> str:
    """The body of a document that has one section of that content."""
    return (
        '<structuredBody classCode="DOCBODY" moodCode="EVN"><component typeCode="COMP">'
        f'<section classCode="DOCSECT" moodCode="EVN">\n{content}</section></component></structuredBody>'
    )
