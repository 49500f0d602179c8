"""The one event: what happened in one transaction, served or refused. Audit messages and receipts are renderings of it.

Canonical JSON (RFC 8785 subset, `gateway/store/canonical.py`) is its only stored form. The patient is a keyed digest,
never a number. Fields are added with a new `SCHEMA_VERSION`; the reader keeps reading every version ever written.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from gateway.store.canonical import canonical, instant, read_instant
from gateway.store.keys import PersonKey

SCHEMA_VERSION = 1

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


class Direction(StrEnum):
    """Who asked: a foreign country us (inbound), we them (outbound), or an operator this node (internal)."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


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
    next_of_kin: bool = False
    """A next-of-kin assertion came with the request."""


@dataclass(frozen=True, slots=True)
class Peer:
    """The other node. ``country`` ISO 3166-1 alpha-2; ``tls_sha256`` of its TLS certificate's DER, hex."""

    country: str | None = None
    home_community: str | None = None
    tls_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentReference:
    """A document that was listed, retrieved or received: its class code and unique id."""

    class_code: str
    unique_id: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """A prescription that was read and not given: its ReseptId and the names of the reasons."""

    prescription_id: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Access:
    """Why and to what: purpose of use, its Norwegian access basis, kinds of data, national services asked."""

    purpose: str | None = None
    access_basis: str | None = None
    data_categories: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()


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
    assertions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """One transaction. Raises ValueError for moments without zone or out of order, or a digest that is none."""

    id: UUID
    transaction: str
    """``ITI-55``, ``ITI-38``, ``ITI-39``, …; ``unknown`` when the body said nothing we serve.

    An operator's acts on terminology are ``TERMINOLOGY-IMPORT``, ``-APPROVE``, ``-ACTIVATE`` and ``-ROLLBACK``: the
    request is the release's file, the actor who did it, ``access`` the reason for an override and the rules overridden.
    ``DOCUMENT-CHECK`` is our own look at a document that came from abroad.
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
    actor: Actor = Actor()
    patient: PersonKey | None = None
    access: Access = Access()
    documents: tuple[DocumentReference, ...] = ()
    refusal_class: str | None = None
    """Class name of the error tree, given exactly when the outcome is not success."""
    refusal_code: str | None = None
    """The code the peer was given."""
    wave: int | None = None
    terminology_release: str | None = None
    validated: tuple[str, ...] = ()
    """Layers of validation that looked at the document (``own``, ``xsd``, ``schematron``); not told when none did."""
    withheld: tuple[Withheld, ...] = ()
    """Prescriptions that may not cross, and why; not told when there are none."""

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
    """The event that `write_event` wrote. Raises ValueError for another schema version or shape."""
    row = json.loads(text)
    if not isinstance(row, dict) or row.get("schema_version") != SCHEMA_VERSION:
        raise ValueError("an event of a schema version this program does not know")
    try:
        return _from_json(row)
    except (KeyError, TypeError) as error:
        raise ValueError("not an event") from error


def _as_json(event: Event) -> dict[str, object]:
    told: dict[str, object] = {"validated": list(event.validated)} if event.validated else {}
    if event.withheld:
        told["withheld"] = [
            {"prescription_id": one.prescription_id, "reasons": list(one.reasons)} for one in event.withheld
        ]
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
        "exchanged": _fields(event.exchanged),
        "peer": _fields(event.peer),
        "actor": _fields(event.actor),
        "patient": None if event.patient is None else _fields(event.patient),
        "access": _fields(event.access),
        "documents": [_fields(document) for document in event.documents],
        "refusal_class": event.refusal_class,
        "refusal_code": event.refusal_code,
        "wave": event.wave,
        "terminology_release": event.terminology_release,
        **told,
    }


def _fields(part: Exchanged | Peer | Actor | PersonKey | Access | DocumentReference) -> dict[str, object]:
    return {name: getattr(part, name) for name in part.__dataclass_fields__}


def _from_json(row: dict[str, Any]) -> Event:
    exchanged, access = dict(row["exchanged"]), dict(row["access"])
    exchanged["assertions"] = tuple(exchanged["assertions"])
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
        actor=Actor(**row["actor"]),
        patient=None if row["patient"] is None else PersonKey(**row["patient"]),
        access=Access(**access),
        documents=tuple(DocumentReference(**document) for document in row["documents"]),
        refusal_class=row["refusal_class"],
        refusal_code=row["refusal_code"],
        wave=row["wave"],
        terminology_release=row["terminology_release"],
        validated=tuple(row.get("validated", ())),
        withheld=tuple(Withheld(one["prescription_id"], tuple(one["reasons"])) for one in row.get("withheld", ())),
    )
