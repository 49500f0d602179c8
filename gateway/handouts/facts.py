"""What a row of table B is about: made with the draft, sealed, never changed. Canonical JSON is its stored form."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from gateway.messages import PatientIdentifier
from gateway.store.canonical import canonical, instant, read_instant
from transformers.model.values import Identifier


@dataclass(frozen=True, slots=True)
class PharmacyPlace:
    """Who hands out, and of which country's prescription: a discard must come from the same."""

    country: str
    professional_id: str = field(repr=False)
    organisation_id: str | None = None


@dataclass(frozen=True, slots=True)
class ListingSeen:
    """What the country's list showed before: the entry, and how many prescriptions it showed as open."""

    entry: str
    """Unique id of the prescription's entry."""
    open_entries: int
    seen: datetime


@dataclass(frozen=True, slots=True)
class HandoutFacts:
    """One dispensation of a foreign prescription."""

    place: PharmacyPlace
    patient: PatientIdentifier = field(repr=False)
    """As the country identified her."""
    drafted: datetime
    document: Identifier
    """ClinicalDocument/id of the dispensation: its key, here and there."""
    prescription: Identifier
    """The ePrescription document's id."""
    item: Identifier
    """The prescription item's id, root and extension verbatim."""
    listing: ListingSeen
    item_number: str
    """Of the Norwegian package handed out."""
    product: str
    """Its name."""
    packages: Decimal
    reporter: str
    """Who reports it at home, and why that one: ``own-system/no-agreement`` (`gateway.counter.home_report`)."""
    reasons: tuple[tuple[str, str], ...] = field(repr=False)
    """Stops that the pharmacist passed, each with the reason she recorded."""
    prescribed: bytes = field(repr=False)
    """The ePrescription as it came: kept as long as its dispensing is documented."""
    content: bytes = field(repr=False)
    """The dispensation, the very bytes that are sent."""
    discard: bytes = field(repr=False)
    """The document that takes it back."""

    @property
    def document_key(self) -> str:
        """Stands for the document in columns."""
        return handout_key(self.document)

    @property
    def taken_key(self) -> str:
        """Stands for the prescription item in columns: what one open row alone may have."""
        return item_key(self.place.country, self.item)


def handout_key(document: Identifier) -> str:
    """Stands for a ClinicalDocument/id of ours in columns."""
    return _digest(document.root, document.extension)


def item_key(country: str, item: Identifier) -> str:
    """Stands for a country's prescription item in columns."""
    return _digest(country, item.root, item.extension)


def write_handout(facts: HandoutFacts) -> bytes:
    """Canonical JSON."""
    written = {
        "place": [facts.place.country, facts.place.professional_id, facts.place.organisation_id],
        "patient": [facts.patient.root, facts.patient.extension],
        "drafted": instant(facts.drafted),
        "document": _id(facts.document),
        "prescription": _id(facts.prescription),
        "item": _id(facts.item),
        "listing": [facts.listing.entry, facts.listing.open_entries, instant(facts.listing.seen)],
        "item_number": facts.item_number,
        "product": facts.product,
        "packages": str(facts.packages),
        "reporter": facts.reporter,
        "reasons": [list(one) for one in facts.reasons],
        "prescribed": _text(facts.prescribed),
        "content": _text(facts.content),
        "discard": _text(facts.discard),
    }
    return canonical(written).encode()


def read_handout(data: bytes) -> HandoutFacts:
    """What `write_handout` wrote."""
    row: dict[str, Any] = json.loads(data)
    entry, open_entries, seen = row["listing"]
    return HandoutFacts(
        place=PharmacyPlace(*row["place"]),
        patient=PatientIdentifier(*row["patient"]),
        drafted=read_instant(row["drafted"]),
        document=Identifier(*row["document"]),
        prescription=Identifier(*row["prescription"]),
        item=Identifier(*row["item"]),
        listing=ListingSeen(entry, open_entries, read_instant(seen)),
        item_number=row["item_number"],
        product=row["product"],
        packages=Decimal(row["packages"]),
        reporter=row["reporter"],
        reasons=tuple((key, words) for key, words in row["reasons"]),
        prescribed=base64.b64decode(row["prescribed"]),
        content=base64.b64decode(row["content"]),
        discard=base64.b64decode(row["discard"]),
    )


def _digest(*parts: str | None) -> str:
    return hashlib.sha256(canonical(parts).encode()).hexdigest()


def _id(identifier: Identifier) -> tuple[str, str | None]:
    return identifier.root, identifier.extension


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
