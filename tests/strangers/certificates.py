"""Server certificates of a contact point, one thing wrong with each: made with the keys of the demo's own authorities."""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LOOPBACK = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Fault:
    """How a certificate differs from a good one."""

    authority: str = "ca/issuing"
    since: timedelta = -DAY
    until: timedelta = DAY
    names: tuple[x509.GeneralName, ...] = (LOOPBACK,)
    purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.SERVER_AUTH
    country: str = "NO"


FAULTS = {
    "in order": Fault(),
    "expired": Fault(since=-2 * DAY, until=-DAY / 2),
    "not yet valid": Fault(since=DAY / 2, until=2 * DAY),
    "revoked": Fault(),
    "of a foreign authority": Fault(authority="bad/foreign-ca"),
    "of another host": Fault(names=(x509.DNSName("elsewhere.example"),)),
    "with a host in its common name alone": Fault(names=()),
    "for clients": Fault(purpose=ExtendedKeyUsageOID.CLIENT_AUTH),
    "of another country": Fault(country="PT"),
}


def made(pki: Path, folder: Path) -> dict[str, tuple[Path, Path]]:
    """Certificate (with its issuer) and key of each; the revoked one is on its authority's list from now on."""
    credentials = {}
    for number, (name, fault) in enumerate(FAULTS.items()):
        certificate, key, issuer = _issued(pki, fault)
        files = folder / f"{number}.pem", folder / f"{number}.key"
        files[0].write_bytes(certificate.public_bytes(Encoding.PEM) + issuer.public_bytes(Encoding.PEM))
        files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        credentials[name] = files
        if name == "revoked":
            _revoke(pki, certificate)
    return credentials


def _issued(pki: Path, fault: Fault) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey, x509.Certificate]:
    issuer = x509.load_pem_x509_certificate((pki / f"{fault.authority}.pem").read_bytes())
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    attributes = ((NameOID.COUNTRY_NAME, fault.country), (NameOID.COMMON_NAME, "127.0.0.1"))
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(*attribute) for attribute in attributes]))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + fault.since)
        .not_valid_after(now + fault.until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()), critical=False)
        .add_extension(x509.KeyUsage(True, *[False] * 8), critical=True)
        .add_extension(x509.ExtendedKeyUsage([fault.purpose]), critical=False)
    )
    if fault.names:
        builder = builder.add_extension(x509.SubjectAlternativeName(fault.names), critical=False)
    return builder.sign(_key(pki, fault.authority), hashes.SHA256()), key, issuer


def _revoke(pki: Path, certificate: x509.Certificate) -> None:
    """A newer list of the issuing authority, with one certificate more; put in place by rename."""
    path, now = pki / "crl" / "issuing.crl", datetime.now(UTC)
    old = x509.load_der_x509_crl(path.read_bytes())
    one = x509.RevokedCertificateBuilder().serial_number(certificate.serial_number).revocation_date(now).build()
    builder = x509.CertificateRevocationListBuilder(
        issuer_name=old.issuer, last_update=now, next_update=now + DAY, revoked_certificates=[*old, one]
    )
    for extension in old.extensions:
        value = extension.value
        builder = builder.add_extension(
            x509.CRLNumber(value.crl_number + 1) if isinstance(value, x509.CRLNumber) else value, extension.critical
        )
    beside = path.with_suffix(".new")
    beside.write_bytes(builder.sign(_key(pki, "ca/issuing"), hashes.SHA256()).public_bytes(Encoding.DER))
    beside.replace(path)


def _key(pki: Path, name: str):
    return load_pem_private_key((pki / f"{name}.key").read_bytes(), None)
