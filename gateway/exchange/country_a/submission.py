"""Country A, a submission: ITI-41 without the protocol. What it is to do, told by all its parts together.

Format, class and type of the metadata, template and code of each document have to name one operation. Of what peers do
otherwise one thing is taken: a discard is the dispensation's document under another code and template, whatever else it
holds, and its metadata may leave out the type (OpenNCP 8 and 9).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from gateway.configuration.document_types import DocumentType, DocumentTypes
from gateway.errors import DispensationIncomplete, DispensationUnreadable, PatientDiffers, SubmissionUnknown
from gateway.messages import PatientIdentifier, ProvidedDocument, ProvideDocuments
from transformers.cda.documents.operation import DispensingOperation, read_operation
from transformers.cda.errors import DocumentUnreadable, RequiredMissing
from transformers.model.values import Identifier

_KINDS = {"ed-l3": DispensingOperation.DISPENSE, "ed-discard": DispensingOperation.DISCARD}
"""By the key of the document type."""
_MEDIA_TYPE = "text/xml"


@dataclass(frozen=True, slots=True)
class SubmittedDocument:
    """One document of a submission."""

    id: Identifier
    """ClinicalDocument/id: by it the dispensation is known, and taken back."""
    class_code: str
    patients: tuple[Identifier, ...] = field(repr=False)
    """Of its one patient, as the document states them."""
    content: bytes = field(repr=False)

    @property
    def unique_id(self) -> str:
        """The id as peers and evidence write it, ``root^extension``."""
        return self.id.root if self.id.extension is None else f"{self.id.root}^{self.id.extension}"


@dataclass(frozen=True, slots=True)
class Submission:
    """Documents that are to have one effect together: all of them, or none."""

    operation: DispensingOperation
    submission_set: str
    documents: tuple[SubmittedDocument, ...]


def submission_of(asked: ProvideDocuments, types: DocumentTypes) -> Submission:
    """What the submission is to do.

    Raises SubmissionUnknown, and DispensationUnreadable or DispensationIncomplete for a document without form or id,
    or whose id another of the submission has.
    """
    operations, documents = set[DispensingOperation | None](), list[SubmittedDocument]()
    for provided in asked.documents:
        operation, document = _document(provided, types)
        operations.add(operation)
        documents.append(document)
    (operation, *others) = operations
    if operation is None or others:
        raise SubmissionUnknown
    if len({document.id for document in documents}) < len(documents):
        raise DispensationUnreadable("ClinicalDocument/id")
    return Submission(operation, asked.submission_set, tuple(documents))


def about_one_person(asked: ProvideDocuments, submission: Submission, patient: PatientIdentifier) -> None:
    """Slots, metadata and documents are about the patient of the TRC and nobody else. Raises PatientDiffers.

    A dispensation states its patient; a discard's document need not.
    """
    if set(asked.further_patients) | {document.patient for document in asked.documents} != {patient}:
        raise PatientDiffers
    for document in submission.documents:
        silent = submission.operation is DispensingOperation.DISCARD and not document.patients
        if not silent and not _is_of(patient, document.patients):
            raise PatientDiffers


def _is_of(patient: PatientIdentifier, stated: Iterable[Identifier]) -> bool:
    """Her number is among them, and no other of the same register."""
    return {one.extension for one in stated if one.root == patient.root} == {patient.extension}


def _document(provided: ProvidedDocument, types: DocumentTypes) -> tuple[DispensingOperation | None, SubmittedDocument]:
    try:
        read = read_operation(provided.content)
    except DocumentUnreadable as unreadable:
        raise DispensationUnreadable(unreadable.reason) from None
    except RequiredMissing as missing:
        raise DispensationIncomplete(missing.path) from None
    stated = _stated(provided, types)
    operation = stated if stated is read.operation and provided.mime_type == _MEDIA_TYPE else None
    return operation, SubmittedDocument(read.id, provided.class_code, read.patients, provided.content)


def _stated(provided: ProvidedDocument, types: DocumentTypes) -> DispensingOperation | None:
    """The operation that the metadata name."""
    try:
        kind = types.of_format(provided.class_code, provided.format_code)
    except KeyError:
        return None
    operation = _KINDS.get(kind.key)
    return operation if _type_fits(kind, provided.type_code, operation) else None


def _type_fits(kind: DocumentType, type_code: str | None, operation: DispensingOperation | None) -> bool:
    return type_code == kind.type_code or (type_code is None and operation is DispensingOperation.DISCARD)
