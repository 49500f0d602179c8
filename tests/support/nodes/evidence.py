"""Events, seals and chains for the tests."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from sqlalchemy import insert, update

from gateway.evidence.bodies import Bodies
from gateway.evidence.chain import Chain
from gateway.evidence.checkpoints import Checkpoints
from gateway.evidence.event import (
    Access,
    Actor,
    AssertionReference,
    Direction,
    DocumentReference,
    Event,
    Exchanged,
    LifeCycle,
    Outcome,
    OwnEnd,
    Peer,
    write_event,
)
from gateway.evidence.head_file import HeadFile
from gateway.evidence.row import GENESIS, row_hash
from gateway.evidence.seal import Seal
from gateway.evidence.tables import evidence, evidence_head
from gateway.messages import PatientIdentifier
from gateway.side_channel import SideChannel
from gateway.store.engine import Store
from tests.support.callers.keys import same_key
from tests.support.nodes.stores import KEYS, NOW

PATIENT = PatientIdentifier("2.16.578.1.12.4.1.4.1", "13877512345")
REQUEST, RESPONSE = b"<request/>", b"<response/>"
MINUTE = timedelta(minutes=1)


def event(number: int = 1, **changes: Any) -> Event:
    """A retrieve that went well; ``number`` makes its ids and its minute."""
    whole = Event(
        id=UUID(int=number),
        transaction="ITI-39",
        direction=Direction.INBOUND,
        start=NOW + number * MINUTE,
        end=NOW + number * MINUTE + timedelta(milliseconds=250),
        outcome=Outcome.SUCCESS,
        node="no-1",
        correlation=UUID(int=2**64 + number),
        exchanged=Exchanged(
            request_sha256=hashlib.sha256(REQUEST).hexdigest(),
            response_sha256=hashlib.sha256(RESPONSE).hexdigest(),
            request_id="urn:uuid:theirs",
            response_id="urn:uuid:ours",
            assertions=(AssertionReference("hcp", "_hcp"), AssertionReference("trc", "_trc")),
        ),
        peer=Peer("PT", "2.999.351", "ab" * 32, "ncp.pt.example", f"k1:{'cd' * 32}"),
        own=OwnEnd("NO", "2.999.578", "ncp.no.example", f"k1:{'ef' * 32}"),
        actor=Actor(
            "PT-4711",
            "João Conceição",
            "221",
            "Hospital de Santa Mária",
            "2.999.351.1",
            name_id="joao",
            provider_id="M-4711",
            issuer="urn:idp:PT:countryB",
            assurance="urn:x:SmartcardPKI",
            locality="Lisboa",
            facility_type="Hospital",
        ),
        patient=KEYS.person(PATIENT),
        access=Access("TREATMENT", "SAMTYKKE", ("allergies", "medication"), ("persons", "critical_information")),
        documents=(DocumentReference("60591-5", "2.999.47.1^9d5b1f0e"),),
        subject_country="NO",
        life_cycle=LifeCycle.DISCLOSURE,
        wave=8,
        terminology_release="starter-1",
    )
    return replace(whole, **changes)


def refused(number: int = 1) -> Event:
    """The same, refused before it was known who asks."""
    return event(
        number,
        outcome=Outcome.REFUSED,
        refusal_class="SignatureInvalid",
        refusal_code="4703",
        actor=Actor(),
        patient=None,
        access=Access(),
        documents=(),
        subject_country=None,
        life_cycle=None,
        refusal_text="The request could not be trusted.",
        refusal_assertion="trc",
        refusal_field="Signature",
    )


@cache
def seal(kind: str = "ec", name: str = "NO seal") -> Seal:
    """A seal key, ``ec`` or ``rsa``, with a certificate of its own making."""
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    key = ec.generate_private_key(ec.SECP256R1()) if kind == "ec" else same_key(f"evidence-{name}")
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), len(name) + 1, NOW, NOW + 525600 * MINUTE)
    return Seal(key, builder.sign(key, SHA256()))


class AtOnce(SideChannel):
    """Does what it is given before it returns."""

    def give(self, work: Callable[[], object]) -> None:
        """Now."""
        self._do(work)


def chain(store: Store, folder: Path | None = None, *, every_rows: int = 1000, **means: Any) -> Chain:
    """A chain with checkpoints and a head file in ``folder``, or with the ``means`` given."""
    if folder is not None:
        means.setdefault("head_file", HeadFile(folder, "no-1", KEYS))
        means.setdefault("checkpoints", Checkpoints(folder, seal, "no-1", every_rows=every_rows, every=60 * MINUTE))
    return Chain(store, **{"beside": AtOnce("checkpoints"), **means})


def with_bodies(store: Store) -> Chain:
    """A chain that keeps bodies."""
    return chain(store, bodies=Bodies(KEYS))


def fill(chain: Chain, count: int, make: Callable[[int], Event] = event) -> None:
    """Record events 1 to ``count``."""
    for number in range(1, count + 1):
        chain.record(make(number))


def write_rows(store: Store, count: int) -> None:
    """Rows 1 to ``count`` of a chain, written at once as `Chain` would have written them one by one."""
    rows, previous, like = [], GENESIS, event()
    for number in range(1, count + 1):
        one = replace(like, id=UUID(int=number), correlation=UUID(int=2**64 + number))
        text = write_event(one)
        digest = row_hash(number, previous, text)
        rows.append(
            {
                "sequence": number,
                "event_id": str(one.id),
                "correlation": str(one.correlation),
                "patient": str(one.patient),
                "event": text,
                "previous": previous,
                "hash": digest,
            }
        )
        previous = digest
    with store.unit_of_work() as unit:
        unit.connection.execute(insert(evidence), rows)
        unit.connection.execute(update(evidence_head).values(sequence=count, hash=previous))
