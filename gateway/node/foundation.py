"""What both roles stand on: keys, trust, store and evidence, opened from settings and closed together."""

import ssl
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from gateway.configuration.errors import SettingsError
from gateway.configuration.permissions import Agreements, read_agreements
from gateway.configuration.settings import Settings
from gateway.evidence.bodies import Bodies
from gateway.evidence.chain import Chain
from gateway.evidence.checkpoints import Checkpoints
from gateway.evidence.event import Event
from gateway.evidence.head_file import HeadFile
from gateway.evidence.seal import Seal
from gateway.store.engine import Store
from gateway.store.keys import KeyRing
from gateway.store.revision import require_current
from gateway.store.revocation_lists import DirectoryRevocationLists
from trust.certificates import CertificateVerifier
from trust.ports import RevocationLists
from trust.revocation import RevocationPolicy
from trust.saml.issue import AssertionSeal
from trust.tls import TlsFiles, client_context, public_server_context


@dataclass(frozen=True, slots=True)
class Foundation:
    """Opened once per process."""

    settings: Settings
    agreements: Agreements
    store: Store
    keys: KeyRing
    chain: Chain
    seal: AssertionSeal
    tls_verifier: CertificateVerifier
    seal_verifier: CertificateVerifier

    def record(self, event: Event, request: bytes, response: bytes) -> None:
        """Write one evidence row, durable when this returns. Raises EvidenceUnavailable."""
        self.chain.record(event, request=request, response=response)

    def close(self, now: datetime) -> None:
        """Sign a last checkpoint and close the store."""
        try:
            self.chain.stop(now)
        finally:
            self.store.close()


def open_foundation(settings: Settings) -> Foundation:
    """Raises SettingsError, StoreCannotStart or StoreUnavailable: a node that lacks anything does not start."""
    agreements = read_agreements(settings)
    keys = KeyRing.read(settings.path(settings.store.keys_file))
    seal = _seal(settings)
    store = Store.open(settings.store_url())
    with ExitStack() as opened:
        opened.callback(store.close)
        require_current(store)
        foundation = Foundation(
            settings=settings,
            agreements=agreements,
            store=store,
            keys=keys,
            chain=_chain(settings, store, keys, seal),
            seal=seal,
            tls_verifier=_verifier(settings, settings.tls.trust_file),
            seal_verifier=_verifier(settings, settings.seal.trust_file),
        )
        opened.pop_all()
    return foundation


def server_tls_files(settings: Settings) -> TlsFiles:
    """For the listener; revocation lists are bundled for OpenSSL on the way."""
    tls = settings.tls
    return _tls_files(settings, tls.server_certificate_file, tls.server_key_file, "server")


def terminology_context(settings: Settings) -> ssl.SSLContext | None:
    """For the terminology service's own listener, None where it speaks in the clear. Raises SettingsError."""
    table = settings.terminology_api
    if not table.enabled or table.certificate_file is None or table.key_file is None:
        return None
    try:
        return public_server_context(settings.path(table.certificate_file), settings.path(table.key_file))
    except (OSError, ssl.SSLError) as fault:
        raise SettingsError("terminology_api.certificate_file, key_file: no certificate and its key") from fault


def calling_context(settings: Settings) -> ssl.SSLContext:
    """For calling peers: chain, host name and revocation verified, no switch."""
    tls = settings.tls
    return client_context(_tls_files(settings, tls.client_certificate_file, tls.client_key_file, "client"))


def server_common_name(settings: Settings) -> str:
    """The name on the certificate our listener shows. Raises SettingsError."""
    return _common_name(settings.path(settings.tls.server_certificate_file))


def client_common_name(settings: Settings) -> str:
    """The name on the certificate we show when we call. Raises SettingsError."""
    return _common_name(settings.path(settings.tls.client_certificate_file))


def _common_name(path: Path) -> str:
    names = pem_certificates(path)[0].subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    if len(names) != 1:
        raise SettingsError(f"{path}: the certificate's subject has not exactly one common name")
    return str(names[0].value)


def pem_certificates(path: Path) -> list[x509.Certificate]:
    """Every certificate of a PEM file. Raises SettingsError."""
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as fault:
        raise SettingsError(f"{path}: no PEM certificates") from fault


def _tls_files(settings: Settings, certificate: Path, key: Path, role: str) -> TlsFiles:
    files = TlsFiles(
        certificate=settings.path(certificate),
        key=settings.path(key),
        authorities=settings.path(settings.tls.trust_file),
        revocation_lists=_bundle(settings, role),
    )
    for path in (files.certificate, files.key, files.authorities):
        if not path.is_file():
            raise SettingsError(f"[tls]: {path} is not there")
    return files


def _bundle(settings: Settings, role: str) -> Path:
    """OpenSSL reads lists from one PEM file: all of the folder's, put together below the state directory."""
    folder = settings.path(settings.tls.revocation_directory)
    lists = []
    for path in sorted(folder.glob("*.crl")):
        content = path.read_bytes()
        read = x509.load_pem_x509_crl if content.startswith(b"-----") else x509.load_der_x509_crl
        lists.append(read(content).public_bytes(Encoding.PEM))
    if not lists:
        raise SettingsError(f"tls.revocation_directory: {folder} holds no *.crl")
    settings.state.mkdir(parents=True, exist_ok=True)
    bundle = settings.state / f"revocation-{role}.pem"
    beside = bundle.with_suffix(".new")
    beside.write_bytes(b"".join(lists))
    beside.replace(bundle)
    return bundle


def _verifier(settings: Settings, trust_file: Path) -> CertificateVerifier:
    lists = DirectoryRevocationLists(settings.path(settings.tls.revocation_directory))
    return verifier_of(settings, pem_certificates(settings.path(trust_file)), lists)


def verifier_of(
    settings: Settings, authorities: Sequence[x509.Certificate], lists: RevocationLists
) -> CertificateVerifier:
    """Trust in these authorities, those that sign themselves as anchors, under the configured policy."""
    anchors = [c for c in authorities if c.issuer == c.subject]
    others = [c for c in authorities if c.issuer != c.subject]
    policy = RevocationPolicy.HARD_FAIL if settings.tls.revocation_policy == "hard-fail" else RevocationPolicy.GRACE
    return CertificateVerifier(_der(anchors), _der(others), lists, policy)


def _der(certificates: Sequence[x509.Certificate]) -> list[bytes]:
    return [certificate.public_bytes(Encoding.DER) for certificate in certificates]


def _seal(settings: Settings) -> AssertionSeal:
    path = settings.path(settings.seal.key_file)
    certificate = pem_certificates(settings.path(settings.seal.certificate_file))[0]
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as fault:
        raise SettingsError(f"seal.key_file: {path} holds no key to use") from fault
    if not isinstance(key, RSAPrivateKey) or key.public_key() != certificate.public_key():
        raise SettingsError("seal.key_file: not the RSA key of seal.certificate_file")
    return AssertionSeal(settings.node.country, key, certificate.public_bytes(Encoding.DER))


def _chain(settings: Settings, store: Store, keys: KeyRing, seal: AssertionSeal) -> Chain:
    folder = settings.path(settings.evidence.checkpoint_directory)
    folder.mkdir(parents=True, exist_ok=True)
    node = settings.node.node_id
    return Chain(
        store,
        head_file=HeadFile(folder, node, keys),
        checkpoints=Checkpoints(
            folder,
            Seal(seal.key, x509.load_der_x509_certificate(seal.certificate)),
            node,
            every_rows=settings.evidence.checkpoint_every,
            every=settings.evidence.checkpoint_interval,
        ),
        bodies=Bodies(keys) if settings.evidence.store_bodies else None,
    )
