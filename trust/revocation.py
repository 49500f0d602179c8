"""Is a certificate revoked: the issuer's list, under a stated policy, with the evidence of the answer.

RFC 5280 sections 5 and 6.3, complete lists of the issuer itself only. A list that speaks of a part of the certificates
(delta, indirect, partitioned) is not understood and counts as no list. OCSP will be a source beside `_newest_list`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import lru_cache
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import ExtensionOID

from trust.errors import CertificateRevoked, RevocationUnknown
from trust.extensions import UNREADABLE, extension
from trust.ports import RevocationLists

STRONG_HASHES = frozenset({"sha256", "sha384", "sha512"})
"""Digests we accept below a signature over a certificate or a list; SHA-1 is not one."""

_PARTIAL = frozenset({ExtensionOID.ISSUING_DISTRIBUTION_POINT, ExtensionOID.DELTA_CRL_INDICATOR})


class RevocationPolicy(Enum):
    """How long after its nextUpdate a list still counts; the value is that duration."""

    HARD_FAIL = timedelta(0)
    """No list in force, no certificate."""
    GRACE = timedelta(hours=24)
    """A central service that is down for a day does not stop care; after that, refuse."""

    @property
    def grace(self) -> timedelta:
        """How long after nextUpdate a list still counts."""
        return self.value

    @property
    def strict(self) -> bool:
        """Only a list in force now counts."""
        return self.grace == timedelta(0)


@dataclass(frozen=True, slots=True)
class RevocationEvidence:
    """Which list said that a certificate is not revoked."""

    number: int | None
    """cRLNumber, None when the list has none."""
    this_update: datetime
    next_update: datetime
    sha256: str
    """Hex, of the list's DER."""
    in_grace: bool
    """The list was past its nextUpdate and policy let it pass."""


@dataclass(frozen=True, slots=True)
class _List:
    number: int | None
    this_update: datetime
    next_update: datetime
    sha256: str
    serials: frozenset[int]


@dataclass(frozen=True, slots=True)
class RevocationListDescription:
    """What a revocation list says of itself. Nothing of it is verified."""

    issuer: str
    """RFC 4514."""
    this_update: datetime
    next_update: datetime | None
    revoked: int
    """How many certificates it names."""
    sha256: str
    """Hex, of the DER."""


def describe_list(der: bytes) -> RevocationListDescription:
    """What the list says of itself, for an operator's eyes. Raises ValueError for what is none."""
    found = x509.load_der_x509_crl(der)
    return RevocationListDescription(
        issuer=found.issuer.rfc4514_string(),
        this_update=found.last_update_utc,
        next_update=found.next_update_utc,
        revoked=len(found),
        sha256=sha256(der).hexdigest(),
    )


def check_revocation(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    lists: RevocationLists,
    policy: RevocationPolicy,
    now: datetime,
) -> RevocationEvidence:
    """Evidence that ``certificate`` is not revoked by ``issuer``, whose key and right to issue the caller has verified.

    Raises CertificateRevoked when the newest list names it (an overdue list too), RevocationUnknown when there is no
    list of the issuer or policy no longer lets the newest count.
    """
    newest = _newest_list(issuer, lists, now)
    if certificate.serial_number in newest.serials:
        raise CertificateRevoked
    if now > newest.next_update + policy.grace:
        raise RevocationUnknown
    return RevocationEvidence(
        newest.number, newest.this_update, newest.next_update, newest.sha256, in_grace=now > newest.next_update
    )


def _newest_list(issuer: x509.Certificate, lists: RevocationLists, now: datetime) -> _List:
    usage = extension(issuer, x509.KeyUsage)
    if usage is None or not usage.crl_sign:
        raise RevocationUnknown
    at_hand = (_read_list(der, issuer) for der in lists.for_issuer(issuer.subject.public_bytes()))
    usable = [found for found in at_hand if found is not None and found.this_update <= now]
    if not usable:
        raise RevocationUnknown
    return max(usable, key=lambda found: (found.this_update, found.number or 0))


@lru_cache(maxsize=64)  # pure: bytes and issuer in, set of serials out; a list of 40 KB costs 1 ms once
def _read_list(der: bytes, issuer: x509.Certificate) -> _List | None:
    """The list, if it is a complete list signed by this very issuer; else None."""
    try:
        found = x509.load_der_x509_crl(der)
        name, extensions = found.issuer, found.extensions
        serials = frozenset(entry.serial_number for entry in found)
    except UNREADABLE:
        return None
    if any(one.critical or one.oid in _PARTIAL for one in extensions):
        return None
    if found.next_update_utc is None or name != issuer.subject or not _signed_by(found, issuer):
        return None
    return _List(
        number=next((one.value.crl_number for one in extensions if isinstance(one.value, x509.CRLNumber)), None),
        this_update=found.last_update_utc,
        next_update=found.next_update_utc,
        sha256=sha256(der).hexdigest(),
        serials=serials,
    )


def _signed_by(found: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    key = issuer.public_key()
    if not isinstance(key, RSAPublicKey | EllipticCurvePublicKey):
        return False
    try:
        digest = found.signature_hash_algorithm
        return digest is not None and digest.name in STRONG_HASHES and found.is_signature_valid(key)
    except UnsupportedAlgorithm:
        return False
