"""Norway in memory, behind the real ports: what each door answers is given, and every call is written down."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from gateway.admission import VerifiedRequest, VerifiedTreatment, admit_discovery, admit_query
from gateway.errors import NationalRefused
from gateway.exchange.ports import CountryOfAffiliation, Doors, IdentityPolicy, KeptDocument
from gateway.messages import DocumentEntry, FindDocuments, FindPatient, PatientIdentifier
from gateway.national.ports import (
    AddressConfidentiality,
    CriticalInformation,
    Medicines,
    PrivacyStatus,
    RegisteredPerson,
    Sharing,
    Vaccinations,
)
from tests.support.callers.verified import MOMENT, NORWAY, NOW, PATIENT, PORTUGAL, PS, caller, nok, policy
from transformers.model.people import Address, Gender, Name, Person, Telecom
from transformers.model.summary import NoInformation
from transformers.model.values import Identifier, Moment

DOCUMENT = "2.16.578.1.12.4.5.10.1.1^0B9A5A4E-6B6C-4F0D-9D7E-0E5F8C3A1A01"


def person(**changes: object) -> RegisteredPerson:
    """PATIENT as the register knows her."""
    who = Person(
        identifiers=(Identifier(PATIENT.root, PATIENT.extension),),
        name=Name(("Kari", "Anne"), "Prøve"),
        gender=Gender.FEMALE,
        birth=Moment("1974-03-13"),
        address=Address(("Prøvegata 1",), "0001", "Oslo", "NO"),
        telecoms=(Telecom("tel:+4799999999", "MC"),),
    )
    known = RegisteredPerson(who, AddressConfidentiality.UNCLASSIFIED, deceased=False)
    return replace(known, **changes)  # type: ignore[arg-type]  # changes are named fields


@dataclass
class Remembered:
    """Every door; an answer that is an exception is raised."""

    register: RegisteredPerson | NationalRefused | None = field(default_factory=person)
    privacy: PrivacyStatus | NationalRefused = field(default_factory=lambda: PrivacyStatus(Sharing.ALLOWED))
    critical: CriticalInformation | NationalRefused = field(
        default_factory=lambda: CriticalInformation(NoInformation(), NoInformation(), NoInformation(), NoInformation())
    )
    medicines: Medicines | NationalRefused = field(
        default_factory=lambda: Medicines(NoInformation(), reconciled=False, guardian_reserved=False)
    )
    vaccinations: Vaccinations | NationalRefused = field(default_factory=lambda: Vaccinations(NoInformation()))
    calls: list[str] = field(default_factory=list)

    def find(self, _request: VerifiedRequest, _identifier: PatientIdentifier) -> RegisteredPerson | None:
        return self._answer("person-register", self.register)

    def status(self, _request: VerifiedRequest, _identifier: PatientIdentifier) -> PrivacyStatus:
        return self._answer("privacy-services", self.privacy)

    def _answer(self, name, answer):
        self.calls.append(name)
        if isinstance(answer, NationalRefused):
            raise answer
        return answer


@dataclass
class Source:
    """One clinical door."""

    norway: Remembered
    name: str

    def read(self, _treatment: VerifiedTreatment, _person: RegisteredPerson):
        fields = {"critical-information": "critical", "medicines": "medicines", "vaccinations": "vaccinations"}
        return self.norway._answer(self.name, getattr(self.norway, fields[self.name]))


@dataclass
class MemoryShelf:
    """Documents by id."""

    documents: dict[str, KeptDocument] = field(default_factory=dict)
    listings: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def keep(self, *documents: KeptDocument) -> None:
        self.documents |= {document.entry.unique_id: document for document in documents}

    def listed_of(self, contents, since, now, expires):
        found = [kept for kept in self.documents.values() if kept.made_of in contents]
        there = [replace(kept, expires=expires) for kept in found if kept.created > since and kept.expires > now]
        self.keep(*there)
        return tuple(there)

    def note_listed(self, unique_ids, country, now, expires):
        self.listings |= {(one, country): now for one in unique_ids}

    def listed(self, unique_id, country):
        return self.listings.get((unique_id, country))

    def find(self, unique_id, now):
        kept = self.documents.get(unique_id)
        return None if kept is None or kept.expires <= now else kept


def norway(remembered: Remembered, **changes: object) -> CountryOfAffiliation:
    """The real `CountryOfAffiliation` over doors in memory."""
    doors = Doors(
        remembered, remembered, Source(remembered, "critical-information"), Source(remembered, "medicines"),
        Source(remembered, "vaccinations"),
    )  # fmt: skip
    usual = IdentityPolicy(
        reserved_as_unknown=True,
        deceased_as_unknown=True,
        source_unavailable={"critical-information": "refuse", "medicines": "section", "vaccinations": "section"},
    )
    return CountryOfAffiliation(doors, replace(usual, **changes), MemoryShelf())  # type: ignore[arg-type]  # named fields


def kept(**changes: object) -> KeptDocument:
    """A listed patient summary of PATIENT."""
    entry = DocumentEntry(
        unique_id=DOCUMENT, patient=PATIENT, class_code=PS[0], format_code="urn:epSOS:ps:ps:2010",
        title="Patient Summary", description="Patient Summary", created=NOW, language="nb-NO", size=4, sha1="ab",
        repository="2.16.578.1.12.4.5.10.1.1", home_community=NORWAY,
    )  # fmt: skip
    usual = KeptDocument(
        entry=entry, patient=PATIENT, service="ps", content=b"<x/>", warnings=(), release="starter", wave=8,
        created=NOW, expires=NOW + timedelta(hours=4),
    )  # fmt: skip
    return replace(usual, **changes)  # type: ignore[arg-type]  # changes are named fields


ASKED = FindPatient(receiver=NORWAY, sender=PORTUGAL, identifiers=(PATIENT,))


def request() -> VerifiedRequest:
    """A discovery that was admitted."""
    return admit_discovery(caller(trc=None), ASKED, policy(), MOMENT)


def treatment(*, next_of_kin: bool = False) -> VerifiedTreatment:
    """A query that was admitted."""
    by = caller(nok=nok()) if next_of_kin else caller()
    return admit_query(by, FindDocuments(PATIENT, (PS,)), policy(), MOMENT)
