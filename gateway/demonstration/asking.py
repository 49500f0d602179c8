"""Asking another country as its peer, for an invented professional: find, list, retrieve. Never in production."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from gateway.exchange.country_b.find import find_documents_abroad
from gateway.exchange.country_b.identify import identify_abroad
from gateway.exchange.country_b.listed import same_language
from gateway.exchange.country_b.pairs import pairs_of
from gateway.exchange.country_b.retrieve import retrieve_documents_abroad
from gateway.messages import FindDocuments, FindPatient, FoundPatient, PatientIdentifier
from gateway.node.abroad import CountryB
from gateway.peers.ports import Clinician, DocumentAbroad
from transformers.cda.kinds import PATIENT_SUMMARY_CODE

SUMMARIES: Final = (PATIENT_SUMMARY_CODE, "2.16.840.1.113883.6.1")
"""The class of Patient Summaries (LOINC)."""


@dataclass(frozen=True, slots=True)
class SummaryAbroad:
    """What came of asking: how many persons and documents there are, and the first document, None without one."""

    persons: int
    documents: int
    """A document and its original are one."""
    originals: int = 0
    """How many of the documents are listed beside their original (PDF)."""
    document: DocumentAbroad | None = None
    person: FoundPatient | None = field(default=None, repr=False)
    """As the other country identified them."""


def physician(authenticated_at: datetime) -> Clinician:
    """An invented physician in Porto who signed in then."""
    return Clinician(
        id="dr.demo",
        name="Demo Clinician",
        role="221",
        role_display="Medical Doctors",
        organisation="Hospital de Demonstração",
        organisation_id="urn:hl7ii:1.2.3.4:demo",
        facility_type="Hospital",
        locality="Porto",
        purpose="TREATMENT",
        permissions=("PRD-003", "PRD-004", "PRD-005", "PRD-006", "PRD-010", "PRD-016"),
        class_ref="urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI",
        authenticated_at=authenticated_at,
    )


def ask_for_summary(
    country_b: CountryB,
    country: str,
    patient: PatientIdentifier,
    now: Callable[[], datetime],
    language: str | None = None,
) -> SummaryAbroad:
    """Ask a country of the directory for a patient's summary. Raises leaves of AbroadRefused, and KeyError.

    ``language`` (BCP 47): the one that the document has to be in; of several that are listed, one that is listed in it
    is taken before others. Of several persons none is chosen. Each question leaves its evidence, as any other.
    """
    row, own = country_b.country(country), country_b.settings.node.home_community
    session = country_b.issuer.open_session(physician(now()), row, now())
    asked = FindPatient(receiver=row.home_communities[0], sender=own, identifiers=(patient,))
    matches = identify_abroad(session, asked, country_b.peer, now())
    if len(matches) > 1:
        return SummaryAbroad(len(matches), 0)
    treatment = country_b.issuer.confirm_treatment(session, matches[0].patient, now())
    query = FindDocuments(treatment.patient, (SUMMARIES,))
    entries, _ = find_documents_abroad(treatment, query, "ps", country_b.peer, now())
    if not entries:
        return SummaryAbroad(len(matches), 0)
    pairs = pairs_of(entries)
    first = (pair.document for pair in pairs if same_language(pair.document.language, language))
    chosen = next(first, pairs[0].document)
    reception = replace(country_b.reception, asked_language=language)
    documents, _ = retrieve_documents_abroad(treatment, (chosen,), country_b.peer, now(), reception)
    originals = sum(pair.original is not None for pair in pairs)
    return SummaryAbroad(len(matches), len(pairs), originals, documents[0] if documents else None, treatment.person)
