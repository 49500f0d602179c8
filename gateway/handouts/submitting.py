"""ITI-41 as a submission of ours: the documents of a dispensation or a discard with what the envelope says of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gateway.configuration.document_types import DocumentTypes
from gateway.messages import PatientIdentifier, ProvidedDocument, ProvideDocuments
from gateway.wire.names import xds_time
from transformers.model.values import Identifier

DISPENSE: Final = "ed-l3"
DISCARD: Final = "ed-discard"
"""Keys of document types (`config/document_types.toml`)."""


@dataclass(frozen=True, slots=True)
class Submitter:
    """Who hands in documents: the community it speaks for, and the language they are written in (BCP 47)."""

    source: str
    language: str
    types: DocumentTypes


@dataclass(frozen=True, slots=True)
class SubmittedCda:
    """One document: its bytes, its ClinicalDocument/id, and which kind of document it is."""

    content: bytes
    id: Identifier
    kind: str


def submission(
    submitter: Submitter, submission_set: str, patient: PatientIdentifier, now: datetime, *documents: SubmittedCda
) -> ProvideDocuments:
    """The submission. A discard names the dispensation by the same ClinicalDocument/id, and itself by the set's id."""
    provided = []
    for one in documents:
        kind = submitter.types.by_key(one.kind)
        provided.append(
            ProvidedDocument(
                content=one.content,
                class_code=kind.class_code,
                format_code=kind.format_code,
                type_code=kind.type_code,
                patient=patient,
                unique_id=f"{one.id.root}^{one.id.extension}",
                language=submitter.language,
                created=xds_time(now),
            )
        )
    return ProvideDocuments(submission_set, tuple(provided), submitted=xds_time(now), source=submitter.source)
