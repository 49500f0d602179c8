"""Lyonesse, an invented second country: a person is a JSON file, and there is no Norway in it.

A number is eight digits and a letter that checks them. `lyonesse()` is everything the exchange needs of a country;
prescriptions it has none to offer. Files: `persons/NUMBER.json`.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

from gateway.admission import VerifiedRequest, VerifiedTreatment
from gateway.errors import NationalAnswerUnreadable
from gateway.exchange.country_a.compose import Composer
from gateway.exchange.ports import CountryOfAffiliation, Doors, IdentityPolicy, KeptDocument
from gateway.messages import PatientIdentifier
from gateway.national.ports import (
    AddressConfidentiality,
    CriticalInformation,
    Medicines,
    NationalWords,
    PrivacyStatus,
    RegisteredPerson,
    Sharing,
    Vaccinations,
)
from transformers.model.people import Address, Device, Gender, Name, Organisation, Person, Professional, Telecom
from transformers.model.summary import (
    Allergy,
    Dosage,
    Immunisation,
    KnownAbsent,
    MedicationStatement,
    MedicinalProduct,
    NoInformation,
    Present,
    Problem,
    Reaction,
    Section,
)
from transformers.model.values import Coded, Coding, Identifier, Moment, Period, Provenance
from transformers.terminology.release import Release

T = TypeVar("T")
COUNTRY: Final = "AQ"
"""Nobody's, for an address must have a code of ISO 3166-1."""
HOME_COMMUNITY: Final = "2.999.7"
NUMBERS: Final = "2.999.7.1"
REPOSITORY: Final = "2.999.7.2"
PERSONS: Final = Path(__file__).parent / "persons"
_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXY"
_SNOMED, _ATC, _ICD = "2.16.840.1.113883.6.96", "2.16.840.1.113883.6.73", "1.3.6.1.4.1.12559.11.10.1.3.1.44.2"
_BOOK: Final = "The Green Book of Lyonesse"
_ABSENT: Final = {"allergies": "no-known-allergies", "medicines": "no-known-medications"}
_PROTECTION: Final = {
    "open": AddressConfidentiality.UNCLASSIFIED,
    "veiled": AddressConfidentiality.CONFIDENTIAL,
    "sealed": AddressConfidentiality.STRICTLY_CONFIDENTIAL,
}
WORDS: Final = NationalWords(
    critical_information=_BOOK, medicines="The apothecaries' roll", vaccinations="The needle register",
    medicine_list="the apothecaries' roll", refuted_in="Denied in", summary_title="Leaf of the Green Book",
    prescription_title="Receipt",
)  # fmt: skip


def number_is_valid(identifier: PatientIdentifier) -> bool:
    """Eight digits, and the letter of their remainder by 23."""
    digits, letter = identifier.extension[:-1], identifier.extension[-1:]
    return (
        identifier.root == NUMBERS
        and len(digits) == 8
        and digits.isascii()
        and digits.isdigit()
        and letter == _LETTERS[int(digits) % 23]
    )


@dataclass
class Files:
    """Every door of the country; ``asked`` are the questions, in order."""

    folder: Path = PERSONS
    asked: list[str] = field(default_factory=list)

    def find(self, _request: VerifiedRequest, identifier: PatientIdentifier) -> RegisteredPerson | None:
        """The person of that number, or None."""
        self.asked.append("register")
        file = self.folder / f"{identifier.extension}.json"
        return _registered(identifier.extension, _read(file)) if file.is_file() else None

    def status(self, _request: VerifiedRequest, identifier: PatientIdentifier) -> PrivacyStatus:
        """Shared, unless the person said no or nobody has that number."""
        self.asked.append("privacy")
        file = self.folder / f"{identifier.extension}.json"
        shares = file.is_file() and _read(file)["shares"] is True
        return PrivacyStatus(Sharing.ALLOWED if shares else Sharing.RESERVED)

    def critical(self, _treatment: VerifiedTreatment, person: RegisteredPerson) -> CriticalInformation:
        """Allergies and problems of the Green Book; it knows no procedures and no devices."""
        leaf, nothing = self._leaf("green-book", person), NoInformation(_BOOK)
        return CriticalInformation(
            _section(leaf, "allergies", _allergy), _section(leaf, "problems", _problem), nothing, nothing
        )

    def medicines(self, _treatment: VerifiedTreatment, person: RegisteredPerson) -> Medicines:
        """The roll; it is always reconciled."""
        leaf = self._leaf("roll", person)
        return Medicines(_section(leaf, "medicines", _medicine), reconciled=True, guardian_reserved=False)

    def vaccinations(self, _treatment: VerifiedTreatment, person: RegisteredPerson) -> Vaccinations:
        """The needle register."""
        return Vaccinations(_section(self._leaf("needles", person), "vaccinations", _vaccination))

    def _leaf(self, door: str, person: RegisteredPerson) -> Mapping[str, Any]:
        self.asked.append(door)
        return _read(self.folder / f"{person.person.identifiers[0].extension}.json")


def _read(file: Path) -> Mapping[str, Any]:
    try:
        return dict(json.loads(file.read_bytes()))
    except (ValueError, TypeError):
        raise NationalAnswerUnreadable("person-register") from None


def _registered(number: str, leaf: Mapping[str, Any]) -> RegisteredPerson:
    try:
        home = leaf["home"]
        person = Person(
            identifiers=(Identifier(NUMBERS, number),),
            name=Name(tuple(leaf["given"]), leaf["family"]),
            gender=Gender(leaf["gender"]),
            birth=Moment(leaf["born"]),
            address=Address((home["street"],), home["code"], home["town"], COUNTRY),
            telecoms=(Telecom(f"tel:{home['telephone']}", "HP"),),
        )
        return RegisteredPerson(person, _PROTECTION[leaf["protection"]], deceased=leaf["dead"] is True)
    except (KeyError, TypeError, ValueError):
        raise NationalAnswerUnreadable("person-register") from None


def _section(leaf: Mapping[str, Any], name: str, read: Callable[[Mapping[str, Any]], T]) -> Section[T]:
    """Rows, "none" for what is known to be absent, or nothing said."""
    rows = leaf.get(name)
    if rows == "none":
        return KnownAbsent(_ABSENT[name], Provenance(_BOOK))
    return Present(tuple(read(row) for row in rows)) if rows else NoInformation(_BOOK)


def _coded(row: Mapping[str, Any], system: str) -> Coded:
    return Coded(row["words"], Coding(row["code"], system, row["words"]))


def _from(row: Mapping[str, Any]) -> Provenance:
    return Provenance(row.get("book", _BOOK), row["id"], Moment(row["written"]), row.get("by"))


def _allergy(row: Mapping[str, Any]) -> Allergy:
    kind = Coded("Allergy", Coding("609328004", _SNOMED, "Allergic disposition"))
    reactions = tuple(Reaction(_coded(one, _SNOMED)) for one in row["reactions"])
    return Allergy(
        row["id"], _coded(row, _ATC), True, kind, reactions, None, None, None, Moment(row["since"]), _from(row)
    )


def _problem(row: Mapping[str, Any]) -> Problem:
    return Problem(row["id"], _coded(row, _ICD), Period(Moment(row["since"])), False, _from(row))


def _medicine(row: Mapping[str, Any]) -> MedicationStatement:
    product = MedicinalProduct(row["name"], "brand", atc=_coded(row, _ATC))
    dosage = Dosage(row["dose"], "source-text-is-authoritative")
    return MedicationStatement(row["id"], product, dosage, Period(Moment(row["since"])), True, None, _from(row))


def _vaccination(row: Mapping[str, Any]) -> Immunisation:
    return Immunisation(row["id"], _coded(row, _ATC), Moment(row["given"]), _from(row))


@dataclass(frozen=True)
class _Source:
    """One clinical door, by the method that reads it."""

    read: Callable[[VerifiedTreatment, RegisteredPerson], Any]


@dataclass
class Shelf:
    """Listed documents, in memory."""

    documents: dict[str, KeptDocument] = field(default_factory=dict)

    def keep(self, *documents: KeptDocument) -> None:
        """Keep them."""
        self.documents |= {document.entry.unique_id: document for document in documents}

    def listed_of(self, contents: Any, since: datetime, now: datetime, expires: datetime) -> tuple[KeptDocument, ...]:
        """What was made of these contents and has not expired."""
        there = (kept for kept in self.documents.values() if kept.made_of in contents)
        return tuple(kept for kept in there if kept.created > since and kept.expires > now)

    def note_listed(self, unique_ids: Any, country: str, now: datetime, expires: datetime) -> None:
        """Nothing: this country has no prescriptions."""

    def listed(self, unique_id: str, country: str) -> datetime | None:
        """Never."""

    def find(self, unique_id: str, now: datetime) -> KeptDocument | None:
        """The document, unless it expired."""
        kept = self.documents.get(unique_id)
        return kept if kept is not None and now < kept.expires else None


def lyonesse(files: Files) -> CountryOfAffiliation:
    """The country, as its contact point has it at hand."""
    doors = Doors(files, files, _Source(files.critical), _Source(files.medicines), _Source(files.vaccinations))
    policy = IdentityPolicy(reserved_as_unknown=True, deceased_as_unknown=True, source_unavailable={})
    return CountryOfAffiliation(doors, policy, Shelf())


def composer(release: Release) -> Composer:
    """Who stands behind the country's documents."""
    house = Organisation(
        "House of Healing", (Identifier("2.999.7.3", "1"),), Address(("Quay 1",), "L1", "Lys", COUNTRY),
        (Telecom("tel:+99912345", "WP"),),
    )  # fmt: skip
    healer = Professional(
        Name(("Iseult",), "Whitehands"), (Identifier("2.999.7.4", "H-1"),), organisation=house,
        telecoms=house.telecoms, address=house.address,
    )  # fmt: skip
    return Composer(
        author=Device("lyonesse", organisation=house), custodian=house, legal_authenticator=healer, root=REPOSITORY,
        home_community=HOME_COMMUNITY, default_language="nb-NO", words=WORDS, keep=timedelta(hours=1),
        release=lambda _wave: release,
    )  # fmt: skip
