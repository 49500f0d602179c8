"""Doors abroad: what a peer country can be asked, without a protocol. SOAP is one way through; FHIR will be another."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from gateway.configuration.settings import CountryRow
from gateway.messages import (
    DocumentEntry,
    DocumentRequest,
    FindDocuments,
    FindPatient,
    FoundPatient,
    PatientIdentifier,
    ProvideDocuments,
    Remark,
)
from transformers.model.finding import Finding


@dataclass(frozen=True, slots=True)
class Clinician:
    """Who asks, as logged in here; everything an HCP assertion states of her."""

    id: str = field(repr=False)
    name: str = field(repr=False)
    role: str
    """ISCO code."""
    role_display: str
    organisation: str
    organisation_id: str | None
    facility_type: str
    locality: str
    purpose: str
    permissions: tuple[str, ...]
    class_ref: str
    authenticated_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """One clinician asking one country: her assertion is issued once and used until it expires."""

    peer: CountryRow
    clinician: Clinician
    hcp: bytes = field(repr=False)
    """Signed HCP assertion."""
    hcp_id: str
    until: datetime
    issuer: str
    """Who issued it, as it says."""


@dataclass(frozen=True, slots=True)
class TreatmentAbroad:
    """A session in which the patient's treatment relationship was confirmed (TRC)."""

    session: Session
    person: FoundPatient = field(repr=False)
    """As identified: what every document is held against."""
    trc: bytes = field(repr=False)
    trc_id: str
    until: datetime

    @property
    def patient(self) -> PatientIdentifier:
        """The identifier that the TRC names and every question asks with."""
        return self.person.identifier


@dataclass(frozen=True, slots=True)
class PeerMatch:
    """A patient a peer found; ``home_community`` as it says."""

    patient: FoundPatient
    home_community: str | None


@dataclass(frozen=True, slots=True)
class PatientsAbroad:
    """A peer's answer to a discovery."""

    matches: tuple[PeerMatch, ...]
    problems: tuple[Remark, ...]
    issue: str | None
    sender: str | None


@dataclass(frozen=True, slots=True)
class DocumentsAbroad:
    """A peer's answer to a query; ``refused`` when its status says Failure, or it has none."""

    entries: tuple[DocumentEntry, ...]
    problems: tuple[Remark, ...]
    refused: bool


@dataclass(frozen=True, slots=True)
class PatientDifference:
    """What a document says of its patient otherwise than the identification did; prints without either."""

    what: Literal["name", "sex"]
    identified: str = field(repr=False)
    stated: str = field(repr=False)
    """A name, or an HL7 administrative gender; empty where the document does not say."""


@dataclass(frozen=True, slots=True)
class DocumentAbroad:
    """One document of a retrieve."""

    request: DocumentRequest
    content: bytes = field(repr=False)
    mime_type: str
    findings: tuple[Finding, ...] = ()
    """What our own gate found, to be shown with it."""
    validated: tuple[str, ...] = ()
    """Layers of validation that looked at it."""
    differences: tuple[PatientDifference, ...] = ()
    """To be shown above all of it: who reads compares with the person's identity document."""


@dataclass(frozen=True, slots=True)
class RetrievedAbroad:
    """A peer's answer to a retrieve."""

    documents: tuple[DocumentAbroad, ...]
    problems: tuple[Remark, ...]
    refused: bool


@dataclass(frozen=True, slots=True)
class ProvidedAbroad:
    """A peer's answer to a submission; unless ``refused`` all of it took effect."""

    problems: tuple[Remark, ...]
    refused: bool
    unclear: bool = False
    """It contradicts itself: whether it took effect is not known."""


class ContactPoint(Protocol):
    """A country's contact point. Each call raises AbroadRefused leaves and nothing else."""

    def find_patient(self, session: Session, asked: FindPatient, now: datetime) -> PatientsAbroad:
        """ITI-55."""

    def find_documents(self, treatment: TreatmentAbroad, asked: FindDocuments, now: datetime) -> DocumentsAbroad:
        """ITI-38."""

    def retrieve(
        self, treatment: TreatmentAbroad, asked: tuple[DocumentRequest, ...], now: datetime
    ) -> RetrievedAbroad:
        """ITI-39."""

    def provide(self, treatment: TreatmentAbroad, asked: ProvideDocuments, now: datetime) -> ProvidedAbroad:
        """ITI-41. After any AbroadRefused leaf once it was sent, whether it took effect is not known."""
