"""The match of an identification that a document is rightly about."""

from gateway.messages import FoundPatient, PatientIdentifier
from transformers.cda.documents.patient import read_stated_patient
from transformers.cda.types.tree import open_tree
from transformers.model.finding import Report


def identified(document: bytes) -> FoundPatient:
    """The patient as the document states them, whole."""
    stated = read_stated_patient(open_tree(document, Report()))
    own, name = stated.identifiers[0], stated.names[0]
    assert own.extension is not None
    assert stated.birth is not None
    return FoundPatient(
        PatientIdentifier(own.root, own.extension), name.family, name.given, stated.gender, stated.birth.hl7()
    )
