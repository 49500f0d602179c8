"""The one event: what happened in one transaction, served or refused. Audit messages and receipts are renderings of it.

Canonical JSON (RFC 8785 subset, `gateway/store/canonical.py`) is its only stored form. The patient is a keyed digest,
never a number. Fields are added with a new `SCHEMA_VERSION`; the reader keeps reading every version ever written, and
gives None for what a version had no field for. `event_of.py` alone makes events.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any
from uuid import UUID

from gateway.store.canonical import canonical, instant, read_instant
from gateway.store.keys import PersonKey

SCHEMA_VERSION = 2

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


class Direction(StrEnum):
    """Who asked: a foreign country us (inbound), we them (outbound), or an operator this node (internal)."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class LifeCycle(IntEnum):
    """What happened to the documents named (DICOM PS3.15 A.5.2, participant object data life cycle)."""

    VERIFICATION = 4
    DISCLOSURE = 11
    RECEIPT_OF_DISCLOSURE = 12
    LOGICAL_DELETION = 14


class Outcome(StrEnum):
    """How it ended. Refused: an answer that says no, by a rule. Failed: what should have worked did not."""

    SUCCESS = "success"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Actor:
    """The professional, as asserted; None for what was not, or not yet, verified."""

    professional_id: str | None = field(default=None, repr=False)
    professional_name: str | None = field(default=None, repr=False)
    role: str | None = None
    organisation: str | None = None
    organisation_id: str | None = None
    """The point of care, as far as the country has organisations with ids; its place is the ``locality``."""
    next_of_kin: bool = False
    """A next-of-kin assertion came with the request: the representative that eHDSI knows."""
    name_id: str | None = field(default=None, repr=False)
    """Subject/NameID of the HCP assertion; with ``issuer`` it names her for ever."""
    provider_id: str | None = field(default=None, repr=False)
    """National provider identifier (XSPA npi)."""
    issuer: str | None = None
    """Issuer of the HCP assertion."""
    assurance: str | None = None
    """How she signed in: AuthnContextClassRef of the HCP assertion."""
    locality: str | None = None
    facility_type: str | None = None


@dataclass(frozen=True, slots=True)
class Peer:
    """The other node. ``country`` ISO 3166-1 alpha-2; ``tls_sha256`` of its TLS certificate's DER, hex."""

    country: str | None = None
    home_community: str | None = None
    tls_sha256: str | None = None
    common_name: str | None = None
    """Of its TLS certificate."""
    address: str | None = None
    """Its network address, keyed: ``key id:HMAC-SHA256`` (hex)."""


@dataclass(frozen=True, slots=True)
class OwnEnd:
    """This node's end of the connection, as `Peer` has the other."""

    country: str | None = None
    home_community: str | None = None
    common_name: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentReference:
    """A document that was listed, retrieved or received: its class code and unique id.

    Of a look at one that came from abroad also its SHA-1 as listed and as it came, where the list states another, and
    how often it broke which rule.
    """

    class_code: str
    unique_id: str
    sha1_listed: str | None = None
    sha1_came: str | None = None
    findings: tuple[tuple[str, int], ...] | None = None
    """Rule and number; None when none was broken."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """A prescription that was read and not given: its ReseptId and the names of the reasons.

    Or, by the name ``reference-number``, one that came and opened nothing; a section of a summary, by its name, with
    how many of its records could not be read; by its unique id, a document that was asked for and is another patient's.
    """

    prescription_id: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DispensingReference:
    """What was handed out abroad and decided to be reported."""

    document: str
    """ClinicalDocument/id, ``root^extension``."""
    prescription_id: str
    product: str
    """Name, as the document has it."""
    amount: str
    """As the document states it; a bare number counts packages."""
    pharmacy: str | None
    verdict: str
    """What the amount is, held against what was left."""
    proof: tuple[str, ...] = ()
    """The arithmetic: numbers and units."""


@dataclass(frozen=True, slots=True)
class Access:
    """Why and to what: purpose of use, its Norwegian access basis, kinds of data, national services asked."""

    purpose: str | None = None
    access_basis: str | None = None
    data_categories: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    emergency: bool = False
    """The purpose is an emergency: access without what is otherwise asked for."""


@dataclass(frozen=True, slots=True)
class AssertionReference:
    """An assertion that came with a request: ``hcp``, ``trc`` or ``nok``, and its id; schema 1 told no kinds (None)."""

    kind: str | None
    id: str


@dataclass(frozen=True, slots=True)
class Exchanged:
    """The messages: SHA-256 (hex) of the bytes received and sent, WS-Addressing ids, assertion ids.

    Inbound the request is theirs and the response ours; outbound the other way round.
    """

    request_sha256: str
    response_sha256: str | None = None
    """None when there was none (an outbound request that got no answer)."""
    request_id: str | None = None
    response_id: str | None = None
    assertions: tuple[AssertionReference, ...] = ()
    submission_set: str | None = None
    """XDS submission set of what was provided (ITI-41)."""


@dataclass(frozen=True, slots=True)
class Event:
    """One transaction. Raises ValueError for moments without zone or out of order, or a digest that is none."""

    id: UUID
    transaction: str
    """``ITI-55``, ``ITI-38``, ``ITI-39``, …; ``unknown`` when the body said nothing we serve.

    An operator's acts on terminology are ``TERMINOLOGY-IMPORT``, ``-APPROVE``, ``-ACTIVATE`` and ``-ROLLBACK``: the
    request is the release's file, the actor who did it, ``access`` the reason for an override and the rules overridden.
    ``CLOCK-ACCEPT`` is a person's word that a node's clock is right, with the reason in ``access``;
    ``EVIDENCE-RESUME`` that rows are lost, with the reason and which there (`gateway/evidence/resume.py`).
    ``DOCUMENT-CHECK`` is our own look at a document that came from abroad. ``EVIDENCE-ALARM``: a guard of the evidence
    was lost, ``HeadFileLost`` or ``CheckpointNotWritten``.
    """
    direction: Direction
    start: datetime
    end: datetime
    outcome: Outcome
    node: str
    """Id of the node that wrote it."""
    correlation: UUID
    """Ours, sent as event id to national services."""
    exchanged: Exchanged
    peer: Peer = Peer()
    own: OwnEnd = OwnEnd()
    actor: Actor = Actor()
    patient: PersonKey | None = None
    subject_country: str | None = None
    """The patient's country of affiliation."""
    access: Access = Access()
    documents: tuple[DocumentReference, ...] = ()
    life_cycle: LifeCycle | None = None
    """What happened to ``documents``; None when there are none, or when they were only listed."""
    refusal_class: str | None = None
    """Class name of the error tree, given exactly when the outcome is not success. ``AnswerUndelivered`` in the second
    row of an answer whose peer was gone: the first says what was made ready.
    """
    refusal_code: str | None = None
    """The code the peer was given."""
    refusal_text: str | None = None
    """The text the peer was given. What a peer wrote to us is never here: it may name the patient."""
    refusal_assertion: str | None = None
    """Which assertion broke the rule that the class names (``hcp``, ``trc``, ``nok``), where it was one."""
    refusal_field: str | None = None
    """And which of its fields, or of the message; a name, never a value."""
    refusal_national: tuple[str, ...] = ()
    """Codes of the receipt by which a national service rejected our message (Volven 7419, 8221)."""
    wave: int | None = None
    terminology_release: str | None = None
    validated: tuple[str, ...] = ()
    """Layers of validation that looked at the document (``own``, ``xsd``, ``schematron``)."""
    withheld: tuple[Withheld, ...] = ()
    """Prescriptions that may not cross, and why."""
    tolerances: tuple[str, ...] = ()
    """Deviations of the assertions that there were and that the peer's row tolerates; of what is approved, the one."""
    dispensings: tuple[DispensingReference, ...] = ()
    """Of ITI-41: what was handed out, of what prescription, and how it was decided."""
    national_messages: tuple[str, ...] = ()
    """MsgIds of the messages by which it was taken, reported or taken back."""

    def __post_init__(self) -> None:
        digests = (self.exchanged.request_sha256, self.exchanged.response_sha256, self.peer.tls_sha256)
        if any(digest is not None and not _SHA256.match(digest) for digest in digests):
            raise ValueError("a digest that is not 64 hexadecimal digits")
        if self.start.tzinfo is None or self.end.tzinfo is None or self.end < self.start:
            raise ValueError("moments without a zone, or an end before its start")
        if (self.outcome is Outcome.SUCCESS) != (self.refusal_class is None):
            raise ValueError("a refusal class belongs to an event that did not succeed, and to no other")


def write_event(event: Event) -> str:
    """Canonical JSON of the event, ``schema_version`` included. Raises ValueError for text that is not Unicode."""
    text = canonical(_as_json(event))
    text.encode()  # a lone surrogate has no bytes: UnicodeEncodeError is a ValueError
    return text


def read_event(text: str) -> Event:
    """The event that `write_event` wrote, in this version or an earlier one. Raises ValueError for any other text."""
    row = json.loads(text)
    if not isinstance(row, dict) or row.get("schema_version") not in (1, SCHEMA_VERSION):
        raise ValueError("an event of a schema version this program does not know")
    try:
        return _from_json(_as_schema_2(row) if row["schema_version"] == 1 else row)
    except (KeyError, TypeError) as error:
        raise ValueError("not an event") from error


def _as_schema_2(row: dict[str, Any]) -> dict[str, Any]:
    """A row of schema 1 with what it had no fields for."""
    assertions = [{"kind": None, "id": one} for one in row["exchanged"]["assertions"]]
    absent = ("subject_country", "life_cycle", "refusal_text", "refusal_assertion", "refusal_field")
    return {
        "validated": [],
        "withheld": [],
        "own": {},
        **dict.fromkeys(absent),
        **row,
        "exchanged": {**row["exchanged"], "assertions": assertions},
    }


def _as_json(event: Event) -> dict[str, object]:
    exchanged = _fields(event.exchanged)
    exchanged["assertions"] = [_fields(assertion) for assertion in event.exchanged.assertions]
    return {
        "schema_version": SCHEMA_VERSION,
        "id": str(event.id),
        "transaction": event.transaction,
        "direction": event.direction.value,
        "start": instant(event.start),
        "end": instant(event.end),
        "outcome": event.outcome.value,
        "node": event.node,
        "correlation": str(event.correlation),
        "exchanged": exchanged,
        "peer": _fields(event.peer),
        "own": _fields(event.own),
        "actor": _fields(event.actor),
        "patient": None if event.patient is None else _fields(event.patient),
        "subject_country": event.subject_country,
        "access": _fields(event.access),
        "documents": [_stated(document) for document in event.documents],
        "life_cycle": event.life_cycle,
        "refusal_class": event.refusal_class,
        "refusal_code": event.refusal_code,
        "refusal_text": event.refusal_text,
        "refusal_assertion": event.refusal_assertion,
        "refusal_field": event.refusal_field,
        "wave": event.wave,
        "terminology_release": event.terminology_release,
        "validated": list(event.validated),
        "withheld": [_fields(one) for one in event.withheld],
        # only where there are some: rows from before the field was there keep their bytes
        **({"refusal_national": list(event.refusal_national)} if event.refusal_national else {}),
        **({"tolerances": list(event.tolerances)} if event.tolerances else {}),
        **({"dispensings": [_fields(one) for one in event.dispensings]} if event.dispensings else {}),
        **({"national_messages": list(event.national_messages)} if event.national_messages else {}),
    }


_Part = (
    Exchanged
    | Peer
    | OwnEnd
    | Actor
    | PersonKey
    | Access
    | DocumentReference
    | AssertionReference
    | Withheld
    | DispensingReference
)


def _fields(part: _Part) -> dict[str, object]:
    return {name: getattr(part, name) for name in part.__dataclass_fields__}


def _stated(document: DocumentReference) -> dict[str, object]:
    """Without what it does not say: rows from before a field was there keep their bytes."""
    return {name: value for name, value in _fields(document).items() if value is not None}


def _document(row: dict[str, Any]) -> DocumentReference:
    counted = row.get("findings")
    findings = None if counted is None else tuple((str(rule), int(number)) for rule, number in counted)
    return DocumentReference(**{**row, "findings": findings})


def _from_json(row: dict[str, Any]) -> Event:
    exchanged, access = dict(row["exchanged"]), dict(row["access"])
    exchanged["assertions"] = tuple(AssertionReference(**one) for one in exchanged["assertions"])
    access |= {name: tuple(access[name]) for name in ("data_categories", "origins")}
    return Event(
        id=UUID(row["id"]),
        transaction=row["transaction"],
        direction=Direction(row["direction"]),
        start=read_instant(row["start"]),
        end=read_instant(row["end"]),
        outcome=Outcome(row["outcome"]),
        node=row["node"],
        correlation=UUID(row["correlation"]),
        exchanged=Exchanged(**exchanged),
        peer=Peer(**row["peer"]),
        own=OwnEnd(**row["own"]),
        actor=Actor(**row["actor"]),
        patient=None if row["patient"] is None else PersonKey(**row["patient"]),
        subject_country=row["subject_country"],
        access=Access(**access),
        documents=tuple(_document(document) for document in row["documents"]),
        life_cycle=None if row["life_cycle"] is None else LifeCycle(row["life_cycle"]),
        refusal_class=row["refusal_class"],
        refusal_code=row["refusal_code"],
        refusal_text=row["refusal_text"],
        refusal_assertion=row["refusal_assertion"],
        refusal_field=row["refusal_field"],
        refusal_national=tuple(map(str, row.get("refusal_national", ()))),
        wave=row["wave"],
        terminology_release=row["terminology_release"],
        validated=tuple(row["validated"]),
        withheld=tuple(Withheld(one["prescription_id"], tuple(one["reasons"])) for one in row["withheld"]),
        tolerances=tuple(row.get("tolerances", ())),
        dispensings=tuple(
            DispensingReference(**{**one, "proof": tuple(one["proof"])}) for one in row.get("dispensings", ())
        ),
        national_messages=tuple(map(str, row.get("national_messages", ()))),
    )
