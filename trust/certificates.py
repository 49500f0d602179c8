"""Whose certificate is this, and is it for this use: key, country, kind, validity, path, revocation, in that order.

RFC 5280 path validation by `cryptography.x509.verification`, and on top the eHDSI X.509 profile as the field uses it:
three certificates per country (TLS server, TLS client, seal). Host names are left to trust/tls.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from hashlib import sha256
from itertools import pairwise
from re import compile as pattern
from threading import Lock
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, SECP521R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store, VerificationError

from trust.errors import (
    CertificateCountryMissing,
    CertificateExpired,
    CertificateIssuerUnknown,
    CertificateKeyWeak,
    CertificateKindForbidden,
    CertificateNotYetValid,
    CertificateUnreadable,
)
from trust.extensions import UNREADABLE, extension
from trust.ports import RevocationLists
from trust.revocation import STRONG_HASHES, RevocationEvidence, RevocationPolicy, check_revocation

CertificatePath = tuple[x509.Certificate, ...]
"""End entity first, anchor last."""


class CertificateUse(Enum):
    """What a certificate is used for; the three a country has."""

    TLS_SERVER = "tls-server"
    TLS_CLIENT = "tls-client"
    SEAL = "seal"


@dataclass(frozen=True, slots=True)
class Profile:
    """What a certificate must say about itself to be used so."""

    key_usages: frozenset[str]
    """keyUsage, when there, has at least one of these."""
    needs_purposes: frozenset[x509.ObjectIdentifier]
    """extendedKeyUsage has all of these (so it is there, unless this is empty)."""
    only_purposes: frozenset[x509.ObjectIdentifier] | None
    """extendedKeyUsage, when there, has none but these; None for no such limit."""
    issuer_purposes: frozenset[x509.ObjectIdentifier]
    """extendedKeyUsage of each issuer on the path, when there, has at least one of these."""


_SERVER, _CLIENT, _ANY = (
    ExtendedKeyUsageOID.SERVER_AUTH,
    ExtendedKeyUsageOID.CLIENT_AUTH,
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
)
_SEALING = frozenset(
    {
        ExtendedKeyUsageOID.EMAIL_PROTECTION,  # seals from S/MIME issuers, as Finland's
        x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36"),  # id-kp-documentSigning, RFC 9336
        x509.ObjectIdentifier("1.3.6.1.4.1.311.10.3.12"),  # the same, Microsoft's
        x509.ObjectIdentifier("1.2.840.113583.1.1.5"),  # the same, Adobe's
    }
)

PROFILES = {
    # A named purpose: what says nothing (the field's test seals) or "any" is never a TLS certificate.
    # digitalSignature: what TLS 1.3 and ECDHE do with the key; a seal of nonRepudiation only cannot.
    CertificateUse.TLS_SERVER: Profile(
        frozenset({"digital_signature"}), frozenset({_SERVER}), None, frozenset({_SERVER, _ANY})
    ),
    CertificateUse.TLS_CLIENT: Profile(
        frozenset({"digital_signature"}), frozenset({_CLIENT}), None, frozenset({_CLIENT, _ANY})
    ),
    # May say nothing at all (the field's test seals); what names a TLS purpose, or "any", is a TLS certificate: its key
    # sits on a listening machine. Qualified seals have nonRepudiation only, others digitalSignature.
    CertificateUse.SEAL: Profile(
        frozenset({"digital_signature", "content_commitment"}), frozenset(), _SEALING, _SEALING | {_ANY}
    ),
}
"""The eHDSI profile, a row per use."""

_UNDERSTOOD = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
    }
)
"""Extensions an end entity may mark critical: those we act on."""

_COUNTRY = pattern("[A-Z]{2}")
_CURVES = (SECP256R1, SECP384R1, SECP521R1)
_RSA_BITS = 2048
_REMEMBERED_PATHS = 1024


@dataclass(frozen=True, slots=True)
class VerifiedCertificate:
    """A certificate that verified, for one use, at one time. Made by CertificateVerifier only."""

    der: bytes
    use: CertificateUse
    country: str
    """ISO 3166-1 alpha-2, the subject's one countryName."""
    common_name: str
    """The subject's one commonName; empty when it has none or several."""
    sha256: str
    """Hex, of ``der``."""
    not_after: datetime
    public_key: RSAPublicKey | EllipticCurvePublicKey
    revocation: tuple[RevocationEvidence, ...] = ()
    """Which list said "not revoked", for each certificate of the path below the anchor."""


class CertificateVerification(Protocol):
    """What verifies certificates: one `CertificateVerifier`, or always the newest."""

    def verify(self, der: bytes, use: CertificateUse, now: datetime) -> VerifiedCertificate:
        """The certificate, verified for ``use`` at ``now``; or a leaf of CertificateRefused."""


class CertificateVerifier:
    """Verifies against one set of anchors. New trust is a new verifier: no memory of paths outlives its anchors."""

    def __init__(
        self,
        anchors: Sequence[bytes],
        intermediates: Sequence[bytes],
        revocations: RevocationLists,
        policy: RevocationPolicy,
    ) -> None:
        """``anchors`` and ``intermediates`` are DER; only anchors are trusted. Raises CertificateUnreadable."""
        self._anchors = [_read(der) for der in anchors]
        self._intermediates = [_read(der) for der in intermediates]
        self._revocations = revocations
        self._policy = policy
        self.paths = PathMemory(_REMEMBERED_PATHS)

    def verify(self, der: bytes, use: CertificateUse, now: datetime) -> VerifiedCertificate:
        """The certificate, verified for ``use`` at ``now``; or a leaf of CertificateRefused."""
        certificate = _read(der)
        public_key = _strong_key(certificate)
        country = _country(certificate)
        if not _fits(certificate, PROFILES[use]):
            raise CertificateKindForbidden
        if now < certificate.not_valid_before_utc:
            raise CertificateNotYetValid
        if now > certificate.not_valid_after_utc:
            raise CertificateExpired
        digest = sha256(der).hexdigest()
        path = self.paths.in_force((digest, use), now) or self._find_path(certificate, use, now)
        self.paths.remember((digest, use), path)
        return VerifiedCertificate(
            der=der,
            use=use,
            country=country,
            common_name=_only(certificate, NameOID.COMMON_NAME) or "",
            sha256=digest,
            not_after=certificate.not_valid_after_utc,
            public_key=public_key,
            revocation=tuple(
                check_revocation(member, issuer, self._revocations, self._policy, now)
                for member, issuer in pairwise(path)
            ),
        )

    def _find_path(self, certificate: x509.Certificate, use: CertificateUse, now: datetime) -> CertificatePath:
        if certificate.version is x509.Version.v1:
            path = self._path_of_version_1(certificate, now)
        else:
            path = self._path_of_version_3(certificate, now)
        # An end entity among the anchors is a path of one: nobody vouches for it, nobody can revoke it.
        if len(path) == 1 or not all(_may_issue(issuer, PROFILES[use]) for issuer in path[1:]):
            raise CertificateIssuerUnknown
        return path

    def _path_of_version_3(self, certificate: x509.Certificate, now: datetime) -> CertificatePath:
        """Names, signatures, validity, path length and name constraints are the library's; the profiles are ours."""
        builder = PolicyBuilder().store(Store(self._anchors)).time(now)
        anything = ExtensionPolicy.permit_all()
        issuers = anything.require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
        # The client verifier asks for no subject name; what it would ask of extensions is replaced by our profiles.
        verifier = builder.extension_policies(ca_policy=issuers, ee_policy=anything).build_client_verifier()
        try:
            return tuple(verifier.verify(certificate, self._intermediates).chain)
        except VerificationError as error:
            raise CertificateIssuerUnknown from error

    def _path_of_version_1(self, certificate: x509.Certificate, now: datetime) -> CertificatePath:
        """Directly below an anchor or not at all; the library refuses version 1."""
        for anchor in self._anchors:
            if (
                _issued(anchor, certificate)
                and _in_force(anchor, now)
                and extension(anchor, x509.NameConstraints) is None
            ):
                return certificate, anchor
        raise CertificateIssuerUnknown


@dataclass(frozen=True, slots=True)
class Description:
    """What a certificate says of itself. Nothing of it is verified."""

    subject: str
    """RFC 4514."""
    issuer: str
    country: str | None
    uses: tuple[CertificateUse, ...]
    """What its extensions let it be used for; none for an authority's."""
    not_before: datetime
    not_after: datetime
    sha256: str
    """Hex, of the DER."""


def describe(der: bytes) -> Description:
    """What the certificate says of itself, for an operator's eyes; or CertificateUnreadable."""
    certificate = _read(der)
    return Description(
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        country=_only(certificate, NameOID.COUNTRY_NAME),
        uses=tuple(use for use in CertificateUse if _fits(certificate, PROFILES[use])),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        sha256=sha256(der).hexdigest(),
    )


class PathMemory:
    """The ``bound`` paths used last, by certificate and use: searched once, their validity looked at each time."""

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._paths: dict[tuple[str, CertificateUse], CertificatePath] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._paths)

    def in_force(self, key: tuple[str, CertificateUse], now: datetime) -> CertificatePath | None:
        """The path remembered for ``key``, if each certificate of it is within its validity at ``now``."""
        path = self._paths.get(key)
        return path if path is not None and all(_in_force(member, now) for member in path) else None

    def remember(self, key: tuple[str, CertificateUse], path: CertificatePath) -> None:
        """Keep the path; the oldest goes when there are too many."""
        with self._lock:
            self._paths.pop(key, None)
            self._paths[key] = path
            if len(self._paths) > self._bound:
                del self._paths[next(iter(self._paths))]


def _read(der: bytes) -> x509.Certificate:
    try:
        certificate = x509.load_der_x509_certificate(der)
        _ = (
            certificate.subject,
            certificate.issuer,
            certificate.extensions,
        )  # read late by the library; an unreadable one must fail here
    except UNREADABLE as error:
        raise CertificateUnreadable from error
    return certificate


def _strong_key(certificate: x509.Certificate) -> RSAPublicKey | EllipticCurvePublicKey:
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CertificateKeyWeak from error
    if isinstance(key, RSAPublicKey) and key.key_size >= _RSA_BITS:
        return key
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, _CURVES):
        return key
    raise CertificateKeyWeak


def _only(certificate: x509.Certificate, kind: x509.ObjectIdentifier) -> str | None:
    """The subject's one attribute of that kind; None when it has none or several."""
    found = certificate.subject.get_attributes_for_oid(kind)
    return str(found[0].value) if len(found) == 1 else None


def _country(certificate: x509.Certificate) -> str:
    country = _only(certificate, NameOID.COUNTRY_NAME)
    if country is None or not _COUNTRY.fullmatch(country):
        raise CertificateCountryMissing
    return country


def _fits(certificate: x509.Certificate, profile: Profile) -> bool:
    constraints = extension(certificate, x509.BasicConstraints)
    usage = extension(certificate, x509.KeyUsage)
    purposes = frozenset(extension(certificate, x509.ExtendedKeyUsage) or ())
    return (
        all(one.oid in _UNDERSTOOD for one in certificate.extensions if one.critical)
        and (constraints is None or not constraints.ca)
        and (usage is None or any(getattr(usage, name) for name in profile.key_usages))
        and purposes >= profile.needs_purposes
        and (profile.only_purposes is None or purposes <= profile.only_purposes)
    )


def _may_issue(certificate: x509.Certificate, profile: Profile) -> bool:
    constraints = extension(certificate, x509.BasicConstraints)
    usage = extension(certificate, x509.KeyUsage)
    purposes = extension(certificate, x509.ExtendedKeyUsage)
    return (
        constraints is not None
        and constraints.ca
        and usage is not None
        and usage.key_cert_sign
        and (purposes is None or not profile.issuer_purposes.isdisjoint(purposes))
    )


def _issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    """Issuer's name and signature, over a digest we accept."""
    try:
        certificate.verify_directly_issued_by(issuer)
        digest = certificate.signature_hash_algorithm
    except (ValueError, TypeError, InvalidSignature):
        return False
    return digest is not None and digest.name in STRONG_HASHES


def _in_force(certificate: x509.Certificate, now: datetime) -> bool:
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
