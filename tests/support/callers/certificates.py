"""Certificates and revocation lists with one thing different at a time, on small EC keys; and X.509 version 1."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from asn1crypto import x509 as asn1
from asn1crypto.crl import CertificateList
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.support.callers.keys import same_key

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
"""The instant these certificates are looked at; all are valid a year around it."""

Extensions = tuple[tuple[x509.ExtensionType, bool], ...]
Key = CertificateIssuerPrivateKeyTypes


def usage(*names: str) -> x509.KeyUsage:
    every = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
        *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{name: name in names for name in every})


def purposes(*oids: x509.ObjectIdentifier) -> x509.ExtendedKeyUsage:
    return x509.ExtendedKeyUsage(oids)


def name(*attributes: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    """One attribute per RDN, in that order."""
    return x509.Name([x509.NameAttribute(oid, value, _validate=False) for oid, value in attributes])


def of_country(country: str, common_name: str = "NCPeH") -> x509.Name:
    return name((NameOID.COUNTRY_NAME, country), (NameOID.COMMON_NAME, common_name))


def rsa_2048() -> rsa.RSAPrivateKey:
    return same_key("certificate")


def ec_key(curve: ec.EllipticCurve | None = None) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(curve or ec.SECP256R1())


CA: Extensions = ((x509.BasicConstraints(ca=True, path_length=None), True), (usage("key_cert_sign", "crl_sign"), True))
SERVER: Extensions = (
    (usage("digital_signature"), True),
    (purposes(ExtendedKeyUsageOID.SERVER_AUTH), False),
    (x509.SubjectAlternativeName([x509.DNSName("ncp.example.pt")]), False),
)
CLIENT: Extensions = ((usage("digital_signature"), True), (purposes(ExtendedKeyUsageOID.CLIENT_AUTH), False))
SEAL: Extensions = ((usage("content_commitment"), True),)
PLAIN: Extensions = ()

PORTUGAL = of_country("PT")
SHA_256 = hashes.SHA256()
NUMBER_7: Extensions = ((x509.CRLNumber(7), False),)


@dataclass(frozen=True)
class Issued:
    """A certificate and its key; an authority if its extensions say so."""

    certificate: x509.Certificate
    key: Key

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)


@dataclass(frozen=True)
class Request:
    """What to issue; every field has a value that verifies for a seal."""

    subject: x509.Name = PORTUGAL
    extensions: Extensions = PLAIN
    key: Key | None = None
    begin: datetime = NOON - timedelta(days=365)
    end: datetime = NOON + timedelta(days=365)

    def but(self, **changes: object) -> "Request":
        return replace(self, **changes)  # type: ignore[arg-type]  # the test names the field


AUTHORITY = Request(extensions=CA)


def issue(request: Request, issuer: Issued | None = None, issuer_name: x509.Name | None = None) -> Issued:
    """The certificate, by ``issuer`` or self-signed."""
    key = request.key or ec_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(request.subject)
        .issuer_name(issuer_name or (issuer.certificate.subject if issuer else request.subject))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(request.begin)
        .not_valid_after(request.end)
    )
    for value, critical in request.extensions:
        builder = builder.add_extension(value, critical)
    return Issued(builder.sign(issuer.key if issuer else key, SHA_256), key)


def authority(common_name: str = "Root", issuer: Issued | None = None, *, like: Request = AUTHORITY) -> Issued:
    """A certificate authority, self-signed or below ``issuer``."""
    return issue(like.but(subject=of_country("XX", common_name)), issuer)


def revocation_list(
    issuer: Issued,
    revoked: Sequence[bytes] = (),
    this_update: datetime = NOON - timedelta(hours=1),
    next_update: datetime = NOON + timedelta(hours=1),
    extensions: Extensions = NUMBER_7,
    digest: hashes.SHA256 | hashes.SHA384 | hashes.SHA512 = SHA_256,
    issuer_name: x509.Name | None = None,
) -> bytes:
    """A list of ``issuer``, DER, that names the certificates given as DER."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer_name or issuer.certificate.subject)
        .last_update(this_update)
        .next_update(next_update)
    )
    for value, critical in extensions:
        builder = builder.add_extension(value, critical)
    for der in revoked:
        serial = x509.load_der_x509_certificate(der).serial_number
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(this_update)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(issuer.key, digest).public_bytes(Encoding.DER)


def as_version_1(issued: Issued, issuer: Issued, digest: hashes.HashAlgorithm | None = None) -> bytes:
    """The certificate without version and extensions, signed again; the library itself builds version 3 only."""
    certificate = asn1.Certificate.load(issued.der)
    del certificate["tbs_certificate"]["extensions"]
    certificate["tbs_certificate"]["version"] = "v1"
    return resigned(certificate, issuer, digest)


def resigned(
    certificate: asn1.Certificate | CertificateList, issuer: Issued, digest: hashes.HashAlgorithm | None = None
) -> bytes:
    """A changed certificate (or list), signed again by an EC issuer."""
    assert isinstance(issuer.key, ec.EllipticCurvePrivateKey)
    digest = digest or SHA_256
    algorithm = {"algorithm": f"{digest.name}_ecdsa"}
    signed = "tbs_certificate" if "tbs_certificate" in certificate else "tbs_cert_list"
    certificate[signed]["signature"] = algorithm
    certificate["signature_algorithm"] = algorithm
    certificate["signature_value" if signed == "tbs_certificate" else "signature"] = issuer.key.sign(
        certificate[signed].dump(force=True), ec.ECDSA(digest)
    )
    return bytes(certificate.dump(force=True))
