"""The verifiers of `trust` with what they trust: from what a form presents to a verified caller of their type.

A new kind of caller is a new class here, a verified type of `trust` and admissions that take it; never a flag.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from gateway.pipeline.form import FaceIncomplete, Form, Message
from trust.certificates import CertificateUse, CertificateVerification
from trust.ports import SeenOnce
from trust.saml.model import VerifiedCaller
from trust.saml.replay import SentMessage
from trust.saml.tables import SamlTables
from trust.saml.tolerances import Deviation
from trust.saml.verify import verify_caller
from trust.tls import PeerIdentity, peer_identity


@dataclass(frozen=True, slots=True)
class Needs:
    """What a transaction needs stated about its caller."""

    trc: bool
    """A treatment relationship to the patient."""
    role_display: bool
    """The role's display name too."""


@dataclass(frozen=True, slots=True)
class Trusted:
    """What verification needs."""

    certificates: CertificateVerification
    seals: CertificateVerification
    directory: Mapping[str, Collection[str]]
    tables: SamlTables
    seen: SeenOnce
    tolerated: Callable[[str, datetime], frozenset[Deviation]] = lambda _country, _now: frozenset()
    """Of a country at an instant."""


Caller = VerifiedCaller
"""The verified types there are; a new kind of caller joins here."""


class Verifier(Protocol):
    """One verifier of `trust`, with all it trusts."""

    @property
    def caller(self) -> type:
        """The type of verified caller it makes."""

    def peer(self, der: bytes, now: datetime) -> PeerIdentity:
        """Who is at the other end of the connection. Raises CertificateRefused leaves."""

    def verify(self, message: Message, peer: PeerIdentity, needs: Needs, now: datetime) -> Caller:
        """Who calls, by what the message presents. Raises TrustError leaves."""


def verifier_of(form: Form, verifiers: Iterable[Verifier]) -> Verifier:
    """The verifier that the form names. Raises FaceIncomplete."""
    wanted = getattr(form, "caller", None)
    if not isinstance(wanted, type):
        raise FaceIncomplete(f"face {form.name}: names no verifier for its callers")
    for verifier in verifiers:
        if verifier.caller is wanted:
            return verifier
    raise FaceIncomplete(f"face {form.name}: no verifier makes a {wanted.__name__}")


class SamlVerifier:
    """Assertions of eHDSI (HCP, TRC, NOK) over a connection with a contact point's certificate."""

    caller = VerifiedCaller

    def __init__(self, trusted: Trusted, new_id: Callable[[], UUID]) -> None:
        self._trusted = trusted
        self._new_id = new_id

    def peer(self, der: bytes, now: datetime) -> PeerIdentity:
        """Who is at the other end of the connection. Raises CertificateRefused leaves."""
        return peer_identity(der, CertificateUse.TLS_CLIENT, self._trusted.certificates, now)

    def verify(self, message: Message, peer: PeerIdentity, needs: Needs, now: datetime) -> VerifiedCaller:
        """Who calls. Raises TrustError leaves."""
        trusted = self._trusted
        return verify_caller(
            message.presented,
            peer=peer,
            verify_certificate=trusted.seals.verify,
            directory=trusted.directory,
            tables=trusted.tables,
            needs_trc=needs.trc,
            needs_role_display=needs.role_display,
            seen=trusted.seen,
            new_id=self._new_id,
            message=SentMessage(message.id, message.body),
            now=now,
            tolerated=trusted.tolerated(peer.certificate.country, now),
        )
