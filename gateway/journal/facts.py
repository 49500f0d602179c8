"""What a row of the journal is about: decided once, sealed, never changed. Canonical JSON is its stored form."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.national.ports import AmountRemark, PrescriptionState
from gateway.national.prescription_broker import PrescriptionPatient
from gateway.store.canonical import canonical, instant, read_instant
from transformers.model.people import Gender
from transformers.model.values import Identifier, Moment
from transformers.norway.msghead_patient import HeadPatient, Subject
from trust.xml import parse


@dataclass(frozen=True, slots=True)
class DispensingPlace:
    """Who dispenses, abroad: what a discard must name again."""

    country: str
    professional_id: str = field(repr=False)
    organisation_id: str | None = None


@dataclass(frozen=True, slots=True)
class DispensationFacts:
    """One dispensation, or with neither draft nor content a prescription that is held for the counter."""

    place: DispensingPlace
    correlation: str
    opened: datetime
    document: Identifier
    supply: Identifier
    digest: str
    prescription: PrescriptionState
    patient: PrescriptionPatient
    reference_number: str | None = field(default=None, repr=False)
    draft: bytes | None = field(default=None, repr=False)
    """What its M10 says, without head."""
    content: bytes | None = field(default=None, repr=False)
    """The document as it came."""
    remark: AmountRemark | None = None
    """What is said of its amount, each time that it is answered."""

    @property
    def document_key(self) -> str:
        """Stands for country and document in columns."""
        return document_key(self.place.country, self.document)

    @property
    def closes(self) -> bool:
        """Its report says that nothing more is to be dispensed (Avsluttet)."""
        found = () if self.draft is None else parse(self.draft).iter("{*}Avsluttet")
        return any(one.get("V") == "1" for one in found)

    @property
    def key(self) -> str:
        """Stands for country, document and supply in columns."""
        return _digest(self.place.country, *_id(self.document), *_id(self.supply))


def document_key(country: str, document: Identifier) -> str:
    """Stands for country and ClinicalDocument/id in columns."""
    return _digest(country, *_id(document))


def write_facts(facts: DispensationFacts) -> bytes:
    """Canonical JSON. Raises ValueError for text that is not Unicode."""
    head, subject, state = facts.patient.head, facts.patient.subject, facts.prescription
    written = {
        "country": facts.place.country,
        "professional": facts.place.professional_id,
        "organisation_id": facts.place.organisation_id,
        "correlation": facts.correlation,
        "opened": instant(facts.opened),
        "document": _id(facts.document),
        "supply": _id(facts.supply),
        "digest": facts.digest,
        "prescription": [state.prescription_id, state.sha256, state.dispensings, state.reports],
        "patient": [head.family, head.given, head.middle, head.number, _iso(head.birth), head.sex],
        "numbers": sorted(subject.numbers),
        "birth": _iso(subject.birth),
        "reference_number": facts.reference_number,
        "draft": _text(facts.draft),
        "content": _text(facts.content),
        "remark": facts.remark,
    }
    return canonical(written).encode()


def read_facts(data: bytes) -> DispensationFacts:
    """What `write_facts` wrote; rows of before remarks were kept have none."""
    row: dict[str, Any] = json.loads(data)
    family, given, middle, number, birth, sex = row["patient"]
    head = HeadPatient(family, given, middle, number, _moment(birth), None if sex is None else Gender(sex))
    return DispensationFacts(
        place=DispensingPlace(row["country"], row["professional"], row["organisation_id"]),
        correlation=row["correlation"],
        opened=read_instant(row["opened"]),
        document=Identifier(*row["document"]),
        supply=Identifier(*row["supply"]),
        digest=row["digest"],
        prescription=PrescriptionState(*row["prescription"]),
        patient=PrescriptionPatient(head, Subject(frozenset(row["numbers"]), _moment(row["birth"]))),
        reference_number=row["reference_number"],
        draft=_bytes(row["draft"]),
        content=_bytes(row["content"]),
        remark=None if row.get("remark") is None else AmountRemark(row["remark"]),
    )


def _digest(*parts: str | None) -> str:
    return hashlib.sha256(canonical(parts).encode()).hexdigest()


def _id(identifier: Identifier) -> tuple[str, str | None]:
    return identifier.root, identifier.extension


def _iso(moment: Moment | None) -> str | None:
    return None if moment is None else moment.iso


def _moment(iso: str | None) -> Moment | None:
    return None if iso is None else Moment(iso)


def _text(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode("ascii")


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)
