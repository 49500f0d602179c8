"""What is asked and answered between countries, without any protocol: the values wire reads and writes.

IHE ITI TF-2 names: ITI-55 Cross Gateway Patient Discovery, ITI-38 Cross Gateway Query, ITI-39 Cross Gateway Retrieve,
ITI-41 Provide and Register Document Set-b.
"""

import re
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Self

_HL7_TIME = re.compile(r"([0-9]{4})(?:([0-9]{2})(?:([0-9]{2})(?:(?:[0-9]{2}){1,3}(?:\.[0-9]+)?)?)?)?(?:[+-][0-9]{4})?")


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
class DayRange:
    """The days on one of which something lies, both inclusive; None where an end is not known. Prints masked."""

    first: date | None = field(default=None, repr=False)
    last: date | None = field(default=None, repr=False)

    @classmethod
    def of_hl7(cls, text: str) -> Self | None:
        """The days an HL7 v3 TS may mean: one, a month's or a year's, as written there; None for what is no TS."""
        match = _HL7_TIME.fullmatch(text)
        if match is None:
            return None
        year, month, day = (None if part is None else int(part) for part in match.groups())
        try:
            first = date(year or 0, month or 1, day or 1)
        except ValueError:
            return None
        if day is not None:
            return cls(first, first)
        last_month = month or 12
        return cls(first, date(first.year, last_month, monthrange(first.year, last_month)[1]))

    def meets(self, other: "DayRange") -> bool:
        """Whether both may mean the same day: as far as both are known, they do not contradict each other."""
        begin, end = (
            max(self.first or date.min, other.first or date.min),
            min(self.last or date.max, other.last or date.max),
        )
        return begin <= end


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
    born: DayRange | None = field(default=None, repr=False)
    """Where the asker knows a year, a month or an interval, and no ``birth_date``."""

    @property
    def birth(self) -> DayRange | None:
        """The days on one of which she was born, as far as the asker knows."""
        return self.born if self.birth_date is None else DayRange(self.birth_date, self.birth_date)


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
    further: tuple[PatientIdentifier, ...] = ()
    """Further whole identifiers that the same answer gives them."""

    @property
    def identifiers(self) -> tuple[PatientIdentifier, ...]:
        """Every one, the one to be used first."""
        return (self.identifier, *self.further)


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


STATUS_SCHEME: Final = "1.3.6.1.4.1.19376.1.2.3"
"""Coding scheme of an event code that says whether a prescription can be dispensed (IHE XDW event codes)."""


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
    created: datetime | None
    """None: the peer gives no time that can be read."""
    language: str
    size: int
    sha1: str
    confidentiality: str = "N"
    repository: str = ""
    home_community: str = ""
    mime_type: str = "text/xml"
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
class ProvidedDocument:
    """ITI-41: one document, the bytes as sent, and what its metadata say of it."""

    content: bytes = field(repr=False)
    class_code: str
    format_code: str
    type_code: str | None
    """None when the sender leaves it out."""
    patient: PatientIdentifier
    """Slot sourcePatientId."""
    unique_id: str | None = None
    """XDSDocumentEntry.uniqueId. OpenNCP makes a new one for a discard, so that nothing is found by it."""
    language: str | None = None
    created: str | None = None
    """As written: OpenNCP writes hours of 1 to 12, so that it is no time to go by."""
    mime_type: str = "text/xml"
    patient_facts: tuple[str, ...] = field(default=(), repr=False)
    """Slot sourcePatientInfo: fields of HL7 v2 PID, ``PID-5|family^given``."""


@dataclass(frozen=True, slots=True)
class SubmissionAuthor:
    """ITI-41: who submits, as the metadata say it; who it is, the assertions prove."""

    institution: str
    """HL7 v2 XON."""
    person: str = field(repr=False)
    """HL7 v2 XCN."""


@dataclass(frozen=True, slots=True)
class ProvideDocuments:
    """ITI-41: a submission of documents, in order."""

    submission_set: str
    """XDSSubmissionSet.uniqueId; of a discard, the id of the discard."""
    documents: tuple[ProvidedDocument, ...]
    further_patients: tuple[PatientIdentifier, ...] = ()
    """Patients that the submission set and the entries name besides sourcePatientId, each that differs once."""
    author: SubmissionAuthor | None = None
    submitted: str | None = None
    """As written."""
    source: str | None = None
    """XDSSubmissionSet.sourceId."""


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


@dataclass(frozen=True, slots=True)
class ProvideReply:
    """Answer to ITI-41: every document of the submission took effect. ``warnings`` are no errors."""

    warnings: tuple[Remark, ...] = ()
