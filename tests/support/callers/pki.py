"""One development PKI per test process, made when first asked for and kept in memory; lists and verifiers over it."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from tests.support.callers.keys import same_keys
from trust import pki_layout as layout
from trust.certificates import CertificateVerifier
from trust.pki import PkiFile, development_pki
from trust.pki_layout import Credential
from trust.revocation import RevocationPolicy
from trust.tls import TlsFiles

NOW = datetime.now(UTC).replace(microsecond=0)
"""The instant the PKI is made for: the real one, because OpenSSL's handshakes read the real clock."""


@dataclass(frozen=True)
class ListsInMemory:
    """`trust.ports.RevocationLists` over lists given as DER."""

    lists: tuple[bytes, ...] = ()

    def for_issuer(self, issuer_der: bytes) -> Sequence[bytes]:
        found = [one for one in self.lists if x509.load_der_x509_crl(one).issuer.public_bytes() == issuer_der]
        return sorted(found, key=lambda one: x509.load_der_x509_crl(one).last_update_utc, reverse=True)


@dataclass(frozen=True)
class DevelopmentPki:
    """The files of `trust.pki.development_pki` for NO and PT (whose the bad ones are), read as tests need them."""

    files: dict[str, PkiFile]

    def read(self, path: str) -> bytes:
        return self.files[path].content

    def der(self, credential: Credential) -> bytes:
        """The first certificate of the file."""
        return self.ders(credential.certificate)[0]

    def ders(self, path: str) -> tuple[bytes, ...]:
        return tuple(one.public_bytes(Encoding.DER) for one in x509.load_pem_x509_certificates(self.read(path)))

    def key(self, credential: Credential) -> RSAPrivateKey:
        key = load_pem_private_key(self.read(credential.key), None)
        assert isinstance(key, RSAPrivateKey)
        return key

    def lists(self) -> ListsInMemory:
        return ListsInMemory(
            tuple(self.read(path) for path in (layout.ROOT_LIST, layout.ISSUING_LIST, layout.FIELD_LIST))
        )

    def verifier(self, policy: RevocationPolicy = RevocationPolicy.HARD_FAIL) -> CertificateVerifier:
        """Trusts the root and the field-style seal authority, as a node of the demo does."""
        return CertificateVerifier(
            anchors=self.ders(layout.SEAL_ANCHORS),
            intermediates=self.ders(layout.ISSUING.certificate),
            revocations=self.lists(),
            policy=policy,
        )


@lru_cache(maxsize=1)
def pki() -> DevelopmentPki:
    """The PKI of this process, for countries NO and PT."""
    return DevelopmentPki(development_pki(["NO", "PT"], NOW, same_keys()))


@lru_cache(maxsize=1)
def _folder() -> TemporaryDirectory[str]:
    made = TemporaryDirectory(prefix="ncpeh-pki-")
    for name, one in pki().files.items():
        path = Path(made.name) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(one.content)
        path.chmod(one.mode)
    return made


def pki_folder() -> Path:
    """The PKI of this process written to a temporary folder, removed when the process ends. Read only."""
    return Path(_folder().name)


def tls_files(credential: Credential, authorities: str = layout.TRUST) -> TlsFiles:
    """What an end with that certificate gives `trust.tls`: trusts our authorities and has all their lists."""
    folder = pki_folder()
    return TlsFiles(
        certificate=folder / credential.certificate,
        key=folder / credential.key,
        authorities=folder / authorities,
        revocation_lists=folder / layout.ALL_LISTS,
    )


def strangers_context(
    credential: Credential | None, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
) -> ssl.SSLContext:
    """TLS of a client that is not ours: verifies the server's chain, shows what it was given, speaks one version."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(pki_folder() / layout.ROOT.certificate)
    context.minimum_version = context.maximum_version = version
    if credential is not None:
        context.load_cert_chain(pki_folder() / credential.certificate, pki_folder() / credential.key)
    return context
