"""What is asked and answered between countries, without any protocol: the values wire reads and writes.

IHE ITI TF-2 names: ITI-55 Cross Gateway Patient Discovery, ITI-38 Cross Gateway Query, ITI-39 Cross Gateway Retrieve.
"""

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class PatientIdentifier:
    """A patient's identifier: assigning authority (dotted OID) and number. Prints masked."""

    root: str
    extension: str = field(repr=False)

    def __str__(self) -> str:
        return f"{self.root}:***"

    def cx(self) -> str:
        """HL7 v2 CX form, ``ext^^^&root&ISO``."""
        return f"{self.extension}^^^&{self.root}&ISO"


@dataclass(frozen=True, slots=True)
class FindPatient:
    """ITI-55: who is asked for. Demographics are what the asker gave, None when omitted."""

    receiver: str
    """Home community id asked, dotted OID."""
    sender: str
    identifiers: tuple[PatientIdentifier, ...]
    family: str | None = field(default=None, repr=False)
    given: tuple[str, ...] = field(default=(), repr=False)
    birth_date: date | None = field(default=None, repr=False)
    gender: str | None = None


@dataclass(frozen=True, slots=True)
class FoundPatient:
    """ITI-55: one match. ``address`` members are None when absent or protected."""

    identifier: PatientIdentifier
    family: str = field(repr=False)
    given: tuple[str, ...] = field(repr=False)
    gender: str | None
    birth_date: str = field(repr=False)
    """HL7 TS, as precise as known."""
    street: str | None = field(default=None, repr=False)
    postal_code: str | None = field(default=None, repr=False)
    city: str | None = field(default=None, repr=False)
    country: str | None = None


@dataclass(frozen=True, slots=True)
class FindDocuments:
    """ITI-38 FindDocuments: patient, class codes (code, codeSystem OID) in the order asked, filters."""

    patient: PatientIdentifier
    class_codes: tuple[tuple[str, str], ...]
    created_after: datetime | None = None
    created_before: datetime | None = None
    maximum_size: int | None = None
    home_community: str | None = None
    """AdhocQuery/@home, dotted OID; None when the asker left it out."""


@dataclass(frozen=True, slots=True)
class EventCode:
    """ITI-38: one coded remark of a list entry (XDS eventCodeList): what a list shows without opening the document."""

    code: str
    system: str
    """Coding scheme: a dotted OID, or eHDSI's own name of one."""
    display: str


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """ITI-38: metadata of one document. ``unique_id`` is ``root^extension``; ``sha1`` is hex of the very bytes."""

    unique_id: str
    patient: PatientIdentifier
    class_code: str
    """Code in LOINC or the eHDSI list; its display and the rest come from `config/document_types.toml`."""
    format_code: str
    title: str
    description: str
    created: datetime
    language: str
    size: int
    sha1: str
    confidentiality: str = "N"
    repository: str = ""
    home_community: str = ""
    transformed_from: str | None = None
    """``unique_id`` of the entry in the same answer this one is a rendering of (the PDF of an L3)."""
    events: tuple[EventCode, ...] = ()
    """Of an ePrescription: dispensable or not, ATC, dose form, strength, substitution."""


@dataclass(frozen=True, slots=True)
class DocumentRequest:
    """ITI-39: one requested document; community and repository None when the asker left them out."""

    unique_id: str
    home_community: str | None = None
    repository: str | None = None


@dataclass(frozen=True, slots=True)
class RetrieveDocuments:
    """ITI-39: documents asked for, in order."""

    requests: tuple[DocumentRequest, ...]


@dataclass(frozen=True, slots=True)
class RetrievedDocument:
    """ITI-39: one document, the bytes as listed."""

    request: DocumentRequest
    content: bytes = field(repr=False)
    mime_type: str = "text/xml"


@dataclass(frozen=True, slots=True)
class Remark:
    """One remark in an answer (a RegistryError, an acknowledgementDetail), as wire carries it."""

    code: str
    severity: str
    """``Error`` or ``Warning``."""
    text: str
    location: str | None = None


@dataclass(frozen=True, slots=True)
class PatientsReply:
    """Answer to ITI-55."""

    patients: tuple[FoundPatient, ...]


@dataclass(frozen=True, slots=True)
class DocumentsReply:
    """Answer to ITI-38: entries and warnings."""

    entries: tuple[DocumentEntry, ...]
    problems: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class RetrieveReply:
    """Answer to ITI-39: documents found, and a problem for each that was not."""

    documents: tuple[RetrievedDocument, ...]
    problems: tuple[Remark, ...] = ()
