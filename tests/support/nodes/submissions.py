"""Submissions (ITI-41) as Portugal's contact point makes them, and the documents in them."""

import re
from collections.abc import Callable
from dataclasses import replace

from gateway.messages import PatientIdentifier, ProvidedDocument, ProvideDocuments
from gateway.wire.names import Sender
from gateway.wire.xdr import write_provide
from tests.support.callers.assertions import Ids
from tests.support.callers.verified import NOW, PATIENT, PORTUGAL
from tests.support.nodes.wire import document_types
from tests.support.pivots.rich_prescriptions import dispensation
from transformers.cda.documents.dispensation import write_dispensation
from transformers.model.values import Identifier

DISPENSE = ("60593-1", "urn:epSOS:ep:dis:2010")
DISCARD = ("DISCARD-60593-1", "urn:eHDSI:ed:discard:2020")
TEMPLATE = "1.3.6.1.4.1.12559.11.10.1.3.1.1.2"
SET = "2.16.17.710.820.1000.990.1.99.4"


def edispensation(number: str = "ED-77", patient: PatientIdentifier = PATIENT, **changes: object) -> bytes:
    """A dispensation of a prescription, as a document; ``changes`` are fields of the pivot."""
    made = dispensation(**changes)
    whose = replace(made.patient, identifiers=(Identifier(patient.root, patient.extension),))
    return write_dispensation(replace(made, id=Identifier(PORTUGAL, number), patient=whose)).content


def as_openncp_discards(content: bytes) -> bytes:
    """The document with its first templateId and its first code changed, as OpenNCP's client makes a discard."""
    text = re.sub(r'(<templateId root=")[^"]*', rf"\g<1>{TEMPLATE}-DISCARD", content.decode(), count=1)
    return re.sub(r'(<code code=")[^"]*', rf"\g<1>{DISCARD[0]}", text, count=1).encode()


def provided(content: bytes, kind: tuple[str, str] = DISPENSE, **changes: object) -> ProvidedDocument:
    """A document with metadata of that class and format; ``changes`` are fields of it."""
    usual = ProvidedDocument(content, *kind, type_code=kind[0], patient=PATIENT, unique_id="1.2.3^x", language="pt-PT")
    return replace(usual, **changes)  # type: ignore[arg-type]  # changes are named fields of the document


def submission(*documents: ProvidedDocument, **changes: object) -> ProvideDocuments:
    """A submission of them."""
    return replace(ProvideDocuments(SET, documents), **changes)  # type: ignore[arg-type]  # named fields


def sent(asked: ProvideDocuments, new_id: Callable[[], object] | None = None) -> bytes:
    """ITI-41 as Portugal writes it."""
    sender = Sender(PORTUGAL, "PT", "Portugal", "1.2", NOW, new_id or Ids())  # type: ignore[arg-type]  # makes UUIDs
    return write_provide(asked, document_types(), sender)
