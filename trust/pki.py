"""Development PKI: what operators get from an accredited authority, made in memory; writing is the caller's.

The eHDSI X.509 profile as trust/certificates.py reads it, and those that must be refused, each with one fault.
Names of the files: trust/pki_layout.py. Not for production: keys are unencrypted and one process knows all of them.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address
from re import fullmatch

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from joserfc.jwk import ECKey

from trust import pki_layout as layout
from trust.pki_layout import WRONG_COUNTRY, Bad, Credential

KeyMaker = Callable[[int], rsa.RSAPrivateKey]
"""Bits in, a new key out."""

Digest = hashes.SHA256 | hashes.SHA512

_BITS = 2048
_FIELD_BITS = 4096
_USAGES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)

_YEAR = timedelta(days=365)
_PAST = timedelta(hours=1)
"""How long before `now` validity begins: clocks of one machine's processes differ a little."""
_LIST_LIFE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class PkiFile:
    """One file to write: its bytes and its mode."""

    content: bytes
    mode: int


@dataclass(frozen=True, slots=True)
class _Window:
    begin: datetime
    end: datetime


@dataclass(slots=True)
class _DevelopmentCa:
    certificate: x509.Certificate
    key: rsa.RSAPrivateKey
    digest: Digest
    revoked: list[x509.Certificate] = field(default_factory=list)


def new_rsa_key(bits: int) -> rsa.RSAPrivateKey:
    """A new RSA key, e = 65537."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def development_pki(countries: Sequence[str], now: datetime, new_key: KeyMaker = new_rsa_key) -> dict[str, PkiFile]:
    """Every file of the PKI by its path below the PKI's folder (trust/pki_layout.py), valid around ``now``.

    The refused certificates (`Bad`) and the field-style seal are of the last country. Raises ValueError unless
    ``countries`` are different ISO 3166-1 alpha-2 codes, at least one.
    """
    if not countries or len(set(countries)) != len(countries):
        raise ValueError("at least one country, each once")
    if not all(fullmatch("[A-Z]{2}", country) for country in countries):
        raise ValueError("a country is two capital letters (ISO 3166-1 alpha-2)")
    return _Maker(now, new_key).everything(countries)


class _Maker:
    """One run: its instant, its keys, its files so far."""

    def __init__(self, now: datetime, new_key: KeyMaker) -> None:
        self._now = now
        self._new_key = new_key
        self._files: dict[str, PkiFile] = {}
        self._current = _Window(now - _PAST, now + _YEAR)
        self._authorities = _Window(now - 3 * _YEAR, now + 10 * _YEAR)

    def everything(self, countries: Sequence[str]) -> dict[str, PkiFile]:
        root = self._authority("Development root CA")
        issuing = self._authority("Development issuing CA", below=root)
        seals = self._authority("Field-style seal CA", digest=hashes.SHA512())
        foreign = self._authority("Foreign CA")
        for country in countries:
            self._country(country, issuing)
        self._refused(countries[-1], issuing, foreign)
        self._field_seal(countries[-1], seals)
        for names, authority in (
            (layout.ROOT, root),
            (layout.ISSUING, issuing),
            (layout.FIELD_CA, seals),
            (layout.FOREIGN_CA, foreign),
        ):
            self._put_credential(names, authority.key, authority.certificate)
        self._put(layout.TRUST, _pem(root.certificate, issuing.certificate))
        self._put(layout.SEAL_ANCHORS, _pem(root.certificate, seals.certificate))
        self._lists(root, issuing, seals, foreign)
        self._national()
        return self._files

    def _put(self, path: str, content: bytes, mode: int = 0o644) -> None:
        self._files[path] = PkiFile(content, mode)

    def _put_credential(self, names: Credential, key: rsa.RSAPrivateKey, *chain: x509.Certificate) -> None:
        self._put(names.certificate, _pem(*chain))
        self._put(names.key, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)

    def _authority(
        self, name: str, below: _DevelopmentCa | None = None, digest: Digest | None = None
    ) -> _DevelopmentCa:
        key = self._new_key(_BITS)
        subject = _name("XX", name)
        extensions = (
            (x509.BasicConstraints(ca=True, path_length=None if below is None else 0), True),
            (_key_usage("key_cert_sign", "crl_sign"), True),
        )
        digest = digest or hashes.SHA256()
        builder = _builder(subject, key, self._authorities, extensions)
        if below is None:
            return _DevelopmentCa(_sign(builder, subject, key, digest), key, digest)
        return _DevelopmentCa(_sign(builder, below.certificate.subject, below.key, below.digest), key, digest)

    def _issue(
        self,
        names: Credential,
        issuer: _DevelopmentCa,
        country: str,
        profile: "_CertificateProfile",
        window: _Window,
    ) -> x509.Certificate:
        """A certificate of ``country`` with a key of its own, put where ``names`` says."""
        key = self._new_key(_BITS)
        builder = _builder(_name(country, f"NCPeH {country} {profile.name}"), key, window, profile.extensions)
        certificate = _sign(builder, issuer.certificate.subject, issuer.key, issuer.digest)
        self._put_credential(names, key, certificate, *([issuer.certificate] if profile.with_issuer else []))
        return certificate

    def _country(self, country: str, issuing: _DevelopmentCa) -> None:
        self._issue(layout.tls_server(country), issuing, country, _TLS_SERVER, self._current)
        self._issue(layout.tls_client(country), issuing, country, _TLS_CLIENT, self._current)
        self._issue(layout.seal(country), issuing, country, _SEAL, self._current)

    def _refused(self, country: str, issuing: _DevelopmentCa, foreign: _DevelopmentCa) -> None:
        expired = _Window(self._now - 2 * _YEAR, self._now - _PAST)
        future = _Window(self._now + _YEAR, self._now + 2 * _YEAR)
        rows = (
            (Bad.TLS_CLIENT_REVOKED, issuing, country, _TLS_CLIENT, self._current),
            (Bad.TLS_CLIENT_EXPIRED, issuing, country, _TLS_CLIENT, expired),
            (Bad.TLS_CLIENT_NOT_YET_VALID, issuing, country, _TLS_CLIENT, future),
            (Bad.TLS_CLIENT_WRONG_COUNTRY, issuing, WRONG_COUNTRY, _TLS_CLIENT, self._current),
            (Bad.TLS_CLIENT_FOREIGN_CA, foreign, country, _TLS_CLIENT, self._current),
            (Bad.TLS_CLIENT_PLAIN, issuing, country, _PLAIN, self._current),
            (Bad.SEAL_REVOKED, issuing, country, _SEAL, self._current),
            (Bad.SEAL_EXPIRED, issuing, country, _SEAL, expired),
            (Bad.SEAL_NOT_YET_VALID, issuing, country, _SEAL, future),
            (Bad.SEAL_WRONG_COUNTRY, issuing, WRONG_COUNTRY, _SEAL, self._current),
            (Bad.SEAL_FOREIGN_CA, foreign, country, _SEAL, self._current),
        )
        for bad, issuer, subject_country, profile, window in rows:
            made = self._issue(bad.credential, issuer, subject_country, profile, window)
            if bad in (Bad.TLS_CLIENT_REVOKED, Bad.SEAL_REVOKED):
                issuer.revoked.append(made)

    def _field_seal(self, country: str, seals: _DevelopmentCa) -> None:
        key = self._new_key(_FIELD_BITS)
        window = _Window(self._now - _PAST, self._now - _PAST + 10 * _YEAR)
        builder = _bare_builder(_name(country, f"GRP:NCPEH_TEST_{country}"), key, window)
        certificate = builder.issuer_name(seals.certificate.subject).sign(seals.key, seals.digest)
        self._put_credential(layout.FIELD_SEAL, key, certificate)

    def _lists(
        self,
        root: _DevelopmentCa,
        issuing: _DevelopmentCa,
        seals: _DevelopmentCa,
        foreign: _DevelopmentCa,
    ) -> None:
        paths = (layout.ROOT_LIST, layout.ISSUING_LIST, layout.FIELD_LIST, layout.FOREIGN_LIST)
        lists = [_revocation_list(authority, self._now) for authority in (root, issuing, seals, foreign)]
        for path, one in zip(paths, lists, strict=True):
            self._put(path, one.public_bytes(Encoding.DER))
        self._put(layout.ALL_LISTS, b"".join(one.public_bytes(Encoding.PEM) for one in lists[:3]))

    def _national(self) -> None:
        """An authority of its own: the node trusts it for national services only."""
        authority = self._authority("National simulator CA")
        self._put_credential(layout.NATIONAL_CA, authority.key, authority.certificate)
        self._issue(layout.NATIONAL_SERVER, authority, "NO", _TLS_SERVER, self._current)
        self._issue(layout.NATIONAL_ENTERPRISE, authority, "NO", _SIGNER, self._current)
        self._professional(authority)
        key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
        self._put(layout.HELSEID_CLIENT_PRIVATE, _json(key.as_dict(private=True)), 0o600)
        self._put(layout.HELSEID_CLIENT_PUBLIC, _json({"keys": [key.as_dict(private=False)]}))

    def _professional(self, authority: _DevelopmentCa) -> None:
        """A person's certificate for signing: it names nobody's organisation."""
        key = self._new_key(_BITS)
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "NO"),
                x509.NameAttribute(NameOID.COMMON_NAME, "Fara Bjørk"),
                x509.NameAttribute(NameOID.SERIAL_NUMBER, "9578-4050-000000000"),
            ]
        )
        builder = _builder(name, key, self._current, _SIGNER.extensions)
        certificate = _sign(builder, authority.certificate.subject, authority.key, authority.digest)
        self._put_credential(layout.NATIONAL_PROFESSIONAL, key, certificate)


Extensions = Sequence[tuple[x509.ExtensionType, bool]]
"""Extension and whether it is critical."""


@dataclass(frozen=True, slots=True)
class _CertificateProfile:
    name: str
    extensions: Extensions
    with_issuer: bool
    """The file holds the issuing CA too, as a TLS endpoint must send it."""


def _key_usage(*names: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{usage: usage in names for usage in _USAGES})


_LOOPBACK = x509.SubjectAlternativeName(
    [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1")), x509.IPAddress(ip_address("::1"))]
)
_TLS_SERVER = _CertificateProfile(
    "TLS server",
    (
        (_key_usage("digital_signature", "key_encipherment"), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (_LOOPBACK, False),
    ),
    with_issuer=True,
)
_TLS_CLIENT = _CertificateProfile(
    "TLS client",
    ((_key_usage("digital_signature"), True), (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False)),
    with_issuer=True,
)
_DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
"""id-kp-documentSigning (RFC 9336): what no TLS library takes for a certificate of its own."""
_SEAL = _CertificateProfile(
    "seal",
    (
        (_key_usage("digital_signature", "content_commitment"), True),
        (x509.ExtendedKeyUsage([_DOCUMENT_SIGNING]), False),
    ),
    with_issuer=False,
)
"""OpenNCP's trust check asks for digitalSignature; qualified seals have nonRepudiation: with both any peer takes it."""
_SIGNER = _CertificateProfile("signer", ((_key_usage("content_commitment"), True),), with_issuer=False)
"""Of Norwegian messages (R0908): nonRepudiation alone."""
_PLAIN = _CertificateProfile("plain", (), with_issuer=True)


def _name(country: str, common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, country),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, layout.ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _bare_builder(subject: x509.Name, key: rsa.RSAPrivateKey, window: _Window) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(window.begin)
        .not_valid_after(window.end)
    )


def _builder(
    subject: x509.Name, key: rsa.RSAPrivateKey, window: _Window, extensions: Extensions
) -> x509.CertificateBuilder:
    builder = _bare_builder(subject, key, window)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    for value, critical in extensions:
        builder = builder.add_extension(value, critical)
    return builder


def _sign(
    builder: x509.CertificateBuilder, issuer: x509.Name, key: rsa.RSAPrivateKey, digest: Digest
) -> x509.Certificate:
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    return builder.issuer_name(issuer).add_extension(identifier, critical=False).sign(key, digest)


def _revocation_list(authority: _DevelopmentCa, now: datetime) -> x509.CertificateRevocationList:
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(now - _PAST)
        .next_update(now + _LIST_LIFE)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
        .add_extension(x509.CRLNumber(1), critical=False)
    )
    for certificate in authority.revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(certificate.serial_number).revocation_date(now - _PAST)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(authority.key, authority.digest)


def _pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)


def _json(value: object) -> bytes:
    return json.dumps(value, indent=2, sort_keys=True).encode() + b"\n"
