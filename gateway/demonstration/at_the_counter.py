"""An invented pharmacist at a counter in Norway asks another country: find, list, retrieve, and the desk's steps.

Never in production: there a professional signs in.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.counter.decide import CounterHandout
from gateway.counter.home_report import ForeignDispensingFacts
from gateway.demonstration.norwegian_pharmacy import pharmacist, signed_in
from gateway.exchange.country_b.find import find_documents_abroad
from gateway.exchange.country_b.identify import identify_abroad
from gateway.exchange.country_b.listed_medicine import ListedMedicine, listed_medicine
from gateway.exchange.country_b.pairs import pairs_of
from gateway.exchange.country_b.retrieve import retrieve_documents_abroad
from gateway.handouts.desk import PRESCRIPTIONS, FetchedPrescription, HandoutDraft, HandoutStanding
from gateway.handouts.listing import listing_seen
from gateway.messages import DocumentEntry, FindDocuments, FindPatient, PatientIdentifier
from gateway.node.abroad import CountryB
from gateway.peers.ports import DocumentAbroad, TreatmentAbroad
from transformers.cda.documents.prescription import read_prescription
from transformers.model.values import Identifier


class NotOnePerson(Exception):
    """The country found several persons: none is chosen."""


class NotListed(Exception):
    """The country's list has no such prescription."""


@dataclass(frozen=True, slots=True)
class CounterSession:
    """One pharmacist, one patient, one country. Calls raise AbroadRefused leaves, and the desk's HandoutRefused."""

    country_b: CountryB
    treatment: TreatmentAbroad
    now: Callable[[], datetime]

    def listed(self) -> tuple[DocumentEntry, ...]:
        """The patient's prescriptions there, each once."""
        return tuple(pair.document for pair in pairs_of(self._entries()))

    def fetched(self, unique_id: str) -> tuple[DocumentAbroad, FetchedPrescription]:
        """A prescription as it is listed and retrieved now. Raises NotListed."""
        entries = self._entries()
        seen = self.now()
        entry = next((one for one in entries if one.unique_id == unique_id), None)
        if entry is None:
            raise NotListed
        peer, reception = self.country_b.peer, self.country_b.reception
        documents, _ = retrieve_documents_abroad(self.treatment, (entry,), peer, self.now(), reception)
        return documents[0], FetchedPrescription(documents[0].content, listing_seen(entries, unique_id, seen))

    def draft(self, unique_id: str, handout: CounterHandout) -> HandoutDraft:
        """What would be sent."""
        _, fetched = self.fetched(unique_id)
        return self.country_b.desk().draft(self.treatment, fetched, handout, pharmacist())

    def confirm(self, document: Identifier) -> HandoutStanding:
        """Send it, or ask how it stands."""
        return self.country_b.desk().confirm(self.treatment, document)

    def discard(self, document: Identifier) -> HandoutStanding:
        """Take it back."""
        return self.country_b.desk().discard(self.treatment, document)

    def standing(self, document: Identifier) -> HandoutStanding:
        """How it stands, asking nobody."""
        return self.country_b.desk().standing(self.treatment, document)

    def home_facts(self, document: Identifier) -> ForeignDispensingFacts:
        """What the pharmacy's own system needs to report it at home."""
        return self.country_b.desk().home_facts(self.treatment, document)

    def refuse(self, unique_id: str, why: str) -> tuple[str, ...]:
        """Record that nothing is handed out on it; the rules' reasons beside hers."""
        document, _ = self.fetched(unique_id)
        prescription, _ = read_prescription(document.content)
        return self.country_b.desk().refuse(self.treatment, prescription, why)

    def _entries(self) -> tuple[DocumentEntry, ...]:
        query = FindDocuments(self.treatment.patient, (PRESCRIPTIONS,))
        entries, _ = find_documents_abroad(self.treatment, query, "ep", self.country_b.peer, self.now())
        return entries


def open_counter(
    country_b: CountryB, country: str, patient: PatientIdentifier, now: Callable[[], datetime]
) -> CounterSession:
    """Sign in, identify the patient there and confirm her treatment. Raises AbroadRefused leaves, NotOnePerson."""
    row, own = country_b.country(country), country_b.settings.node.home_community
    session = country_b.issuer.open_session(signed_in(now()), row, now())
    asked = FindPatient(receiver=row.home_communities[0], sender=own, identifiers=(patient,))
    matches = identify_abroad(session, asked, country_b.peer, now())
    if len(matches) > 1:
        raise NotOnePerson
    return CounterSession(country_b, country_b.issuer.confirm_treatment(session, matches[0].patient, now()), now)


def medicine_of(entry: DocumentEntry) -> ListedMedicine:
    """What the list says of a prescription."""
    return replace(listed_medicine(entry), description=entry.description or entry.title)
