"""What the metadata of ITI-38 and ITI-41 share: schemes and facts of a document entry (IHE ITI TF-3 4.2, ebRIM 3.0)."""

from collections.abc import Sequence
from typing import Final

from gateway.configuration.document_types import CodedFact, DocumentType, DocumentTypes
from gateway.wire.elements import first
from gateway.wire.names import RIM, Sender
from trust.xml import XML_BLANKS, Element

PATIENT_ID: Final = "urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427"
UNIQUE_ID: Final = "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab"
CONFIDENTIALITY: Final = "urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f"
CLASS_CODE: Final = "urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a"
TYPE_CODE: Final = "urn:uuid:f0306f51-975f-434e-a61c-c59651d33983"
FACILITY: Final = "urn:uuid:f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1"
PRACTICE: Final = "urn:uuid:cccf5598-8b07-4b77-a05e-ae952c785ead"
FORMAT_CODE: Final = "urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d"
EVENT: Final = "urn:uuid:2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4"
PATIENT_ID_NAME: Final = "XDSDocumentEntry.patientId"
UNIQUE_ID_NAME: Final = "XDSDocumentEntry.uniqueId"
"""By which OpenNCP finds it, in any case."""
_RIM = f"{{{RIM}}}"


def facts_of(
    kind: DocumentType, confidentiality: str, types: DocumentTypes, sender: Sender
) -> tuple[tuple[str, CodedFact], ...]:
    """Classification schemes of an entry with their codes; KeyError for a confidentiality the table does not have."""
    return (
        (CLASS_CODE, CodedFact(code=kind.class_code, system=types.class_system, display=kind.title)),
        (TYPE_CODE, CodedFact(code=kind.type_code, system=types.class_system, display=kind.title)),
        (CONFIDENTIALITY, types.confidentiality_of(confidentiality)),
        (FORMAT_CODE, CodedFact(code=kind.format_code, system=kind.format_system, display=kind.format_display)),
        (FACILITY, CodedFact(code=sender.country, system=types.country_system, display=sender.country_name)),
        (PRACTICE, types.practice_setting),
    )


def slot_values(slot: Element) -> list[str]:
    """The values of a slot, trimmed."""
    return [(value.text or "").strip(XML_BLANKS) for value in slot.findall(f"{_RIM}ValueList/{_RIM}Value")]


def localized(item: Element, name: str) -> str:
    """The first LocalizedString of a Name or Description; empty without one."""
    found = first(item.findall(f"{_RIM}{name}/{_RIM}LocalizedString"))
    return found.get("value", "") if found is not None else ""


def first_of(texts: Sequence[str]) -> str:
    """The first; empty without one."""
    return texts[0] if texts else ""
