"""An invented issuer of professional certificates, its prescribers, and their signatures on M1, always the same bytes.

Keys are made of words and so are secret from nobody: they stand for nothing but these samples. ECDSA with deterministic
nonces (RFC 6979); Norwegian prescribers sign with RSA, which the tests cover with keys of their own.
"""

from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree

from tests.support.authoring.people import Clinic

_DS = "http://www.w3.org/2000/09/xmldsig#"
_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_ECDSA = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_BEGIN, _END = datetime(2025, 1, 1, tzinfo=UTC), datetime(2044, 12, 31, tzinfo=UTC)
_BYTES = 32


@dataclass(frozen=True)
class Signer:
    """A key and its certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        """The certificate as it stands in KeyInfo."""
        return self.certificate.public_bytes(Encoding.DER)


def _key(words: str) -> ec.EllipticCurvePrivateKey:
    secret = int.from_bytes(sha256(f"ncpeh samples, secret from nobody: {words}".encode()).digest())
    return ec.derive_private_key(secret, ec.SECP256R1())


def _number(words: str) -> int:
    return int.from_bytes(sha256(words.encode()).digest()[:16]) >> 1


def _name(common: str, *more: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    parts = ((NameOID.COUNTRY_NAME, "NO"), *more, (NameOID.COMMON_NAME, common))
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts])


def _usage(*names: str) -> x509.KeyUsage:
    every = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
        *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{name: name in names for name in every})


def _issue(subject: x509.Name, key: ec.EllipticCurvePrivateKey, issuer: "Signer | None") -> Signer:
    authority = issuer is None
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(_number(subject.rfc4514_string()))
        .not_valid_before(_BEGIN)
        .not_valid_after(_END)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=0 if authority else None), critical=True)
        .add_extension(
            _usage("key_cert_sign", "crl_sign") if authority else _usage("content_commitment"), critical=True
        )
    )
    signing = key if issuer is None else issuer.key
    return Signer(key, builder.sign(signing, SHA256(), ecdsa_deterministic=True))


@cache
def issuer() -> Signer:
    """The authority of the sample prescribers."""
    return _issue(_name("Prøveutsteder for oppdiktede rekvirenter"), _key("issuer"), None)


@cache
def prescriber(clinic: Clinic) -> Signer:
    """The certificate of a clinic's professional; it carries a name and an invented serial number, no HPR number."""
    serial = (NameOID.SERIAL_NUMBER, f"0000-0000-{clinic.hpr}")
    return _issue(_name(f"{clinic.given} {clinic.family}".upper(), serial), _key(clinic.hpr), issuer())


def nobody_revoked() -> bytes:
    """The issuer's revocation list, DER: empty, in force as long as the certificates."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer().certificate.subject)
        .last_update(_BEGIN)
        .next_update(_END)
        .add_extension(x509.CRLNumber(1), critical=False)
    )
    return builder.sign(issuer().key, SHA256(), ecdsa_deterministic=True).public_bytes(Encoding.DER)


def signed(message: bytes, by: Signer) -> bytes:
    """A MsgHead with its enveloped signature as last child."""
    root = etree.fromstring(message)
    digest = sha256(etree.tostring(root, method="c14n", exclusive=True)).digest()
    signature = etree.fromstring(_unsigned(digest, by.der))
    root.append(signature)
    value = by.key.sign(
        etree.tostring(signature[0], method="c14n", exclusive=True), ec.ECDSA(SHA256(), deterministic_signing=True)
    )
    r, s = utils.decode_dss_signature(value)
    signature[1].text = b64encode(r.to_bytes(_BYTES) + s.to_bytes(_BYTES)).decode()
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + etree.tostring(root, encoding="utf-8") + b"\n"


def _unsigned(digest: bytes, certificate: bytes) -> bytes:
    return (
        f'<Signature xmlns="{_DS}"><SignedInfo><CanonicalizationMethod Algorithm="{_EXCLUSIVE}"/>'
        f'<SignatureMethod Algorithm="{_ECDSA}"/><Reference URI=""><Transforms>'
        f'<Transform Algorithm="{_DS}enveloped-signature"/><Transform Algorithm="{_EXCLUSIVE}"/></Transforms>'
        f'<DigestMethod Algorithm="{_SHA256}"/><DigestValue>{b64encode(digest).decode()}</DigestValue></Reference>'
        "</SignedInfo><SignatureValue/><KeyInfo><X509Data><X509Certificate>"
        f"{b64encode(certificate).decode()}</X509Certificate></X509Data></KeyInfo></Signature>"
    ).encode()
