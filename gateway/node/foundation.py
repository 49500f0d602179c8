"""What both roles stand on: keys, trust, store and evidence, opened from settings and closed together."""

import base64
import ssl
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.configuration.errors import SettingsError
from gateway.configuration.permissions import Agreements, read_agreements
from gateway.configuration.settings import Settings
from gateway.evidence.bodies import Bodies
from gateway.evidence.chain import Chain, Guards
from gateway.evidence.checkpoints import Checkpoints
from gateway.evidence.event import Event
from gateway.evidence.head_file import HeadFile
from gateway.evidence.seal import Seal
from gateway.last_good import LastGood, Reloads
from gateway.store.engine import Store
from gateway.store.key_proofs import note_keys, require_same_keys
from gateway.store.keys import KeyRing
from gateway.store.revision import require_current
from gateway.store.revocation_lists import DirectoryRevocationLists
from trust.certificates import CertificateUse, CertificateVerification, CertificateVerifier, VerifiedCertificate
from trust.errors import TrustError
from trust.ports import RevocationLists
from trust.private_key import read_private_key
from trust.revocation import RevocationPolicy
from trust.saml.issue import AssertionSeal
from trust.tls import TlsFiles, client_context, public_server_context, server_context

UNUSABLE = (SettingsError, TrustError, OSError, ValueError)
"""What reading files of keys and certificates raises when they cannot be used."""


class NewestVerifier:
    """Verifies certificates by the trust file and the revocation lists as they are at each call."""

    def __init__(self, verifier: Callable[[], CertificateVerifier]) -> None:
        self._verifier = verifier

    def verify(self, der: bytes, use: CertificateUse, now: datetime) -> VerifiedCertificate:
        """As `CertificateVerifier.verify`."""
        return self._verifier().verify(der, use, now)


@dataclass(frozen=True, slots=True)
class Foundation:
    """Opened once per process; what is made of files is made anew when they change."""

    settings: Settings
    agreements: Agreements
    store: Store
    keys: KeyRing
    chain: Chain
    seal: LastGood[AssertionSeal]
    revocation_lists: DirectoryRevocationLists
    tls_verifier: CertificateVerification
    seal_verifier: CertificateVerification
    reloads: Reloads

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
    reloads = Reloads()
    seal = reloads.keep(_seal(settings))
    lists = DirectoryRevocationLists(settings.path(settings.tls.revocation_directory))
    store = Store.open(settings.store_url())
    with ExitStack() as opened:
        opened.callback(store.close)
        require_current(store)
        require_same_keys(store, keys)
        note_keys(store, keys)
        foundation = Foundation(
            settings=settings,
            agreements=agreements,
            store=store,
            keys=keys,
            chain=_chain(settings, store, keys, seal),
            seal=seal,
            revocation_lists=lists,
            tls_verifier=_verifier("tls.trust_file", settings, settings.tls.trust_file, lists, reloads),
            seal_verifier=_verifier("seal.trust_file", settings, settings.seal.trust_file, lists, reloads),
            reloads=reloads,
        )
        opened.pop_all()
    return foundation


def listening_context(foundation: Foundation) -> LastGood[ssl.SSLContext]:
    """For the listener, made anew when its certificate, its key, whom it trusts or a revocation list changes."""
    tls = foundation.settings.tls
    return _tls_context(foundation, (tls.server_certificate_file, tls.server_key_file), "server", server_context)


def calling_context(foundation: Foundation) -> LastGood[ssl.SSLContext]:
    """For calling peers: chain, host name and revocation verified, no switch; made anew as the listener's."""
    tls = foundation.settings.tls
    return _tls_context(foundation, (tls.client_certificate_file, tls.client_key_file), "client", client_context)


def terminology_context(foundation: Foundation) -> LastGood[ssl.SSLContext] | None:
    """For the terminology service's own listener, None where it speaks in the clear. Raises SettingsError."""
    settings = foundation.settings
    table = settings.terminology_api
    if not table.enabled or table.certificate_file is None or table.key_file is None:
        return None
    certificate, key = settings.path(table.certificate_file), settings.path(table.key_file)

    def made() -> ssl.SSLContext:
        try:
            return public_server_context(certificate, key)
        except (OSError, ssl.SSLError) as fault:
            raise SettingsError("terminology_api.certificate_file, key_file: no certificate and its key") from fault

    kept = LastGood("terminology_api.certificate_file", lambda: (certificate, key), made, UNUSABLE)
    return foundation.reloads.keep(kept)


def certificate_ends(settings: Settings) -> dict[str, datetime]:
    """When each certificate of the node ends, as the files are now; one that cannot be read is left out."""
    files = {
        "tls-server": settings.tls.server_certificate_file,
        "tls-client": settings.tls.client_certificate_file,
        "seal": settings.seal.certificate_file,
    }
    if settings.terminology_api.enabled and settings.terminology_api.certificate_file is not None:
        files["terminology"] = settings.terminology_api.certificate_file
    ends = {}
    for name, file in files.items():
        with suppress(SettingsError):
            ends[name] = pem_certificates(settings.path(file))[0].not_valid_after_utc
    return ends


def server_common_name(foundation: Foundation) -> LastGood[str]:
    """The name on the certificate our listener shows. Raises SettingsError."""
    return _common_name(foundation, "tls.server_certificate_file", foundation.settings.tls.server_certificate_file)


def client_common_name(foundation: Foundation) -> LastGood[str]:
    """The name on the certificate we show when we call. Raises SettingsError."""
    return _common_name(foundation, "tls.client_certificate_file", foundation.settings.tls.client_certificate_file)


def _common_name(foundation: Foundation, setting: str, file: Path) -> LastGood[str]:
    path = foundation.settings.path(file)

    def read() -> str:
        names = pem_certificates(path)[0].subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        if len(names) != 1:
            raise SettingsError(f"{path}: the certificate's subject has not exactly one common name")
        return str(names[0].value)

    return LastGood(setting, lambda: (path,), read, UNUSABLE)


def pem_certificates(path: Path) -> list[x509.Certificate]:
    """Every certificate of a PEM file. Raises SettingsError."""
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as fault:
        raise SettingsError(f"{path}: no PEM certificates") from fault


def _tls_context(
    foundation: Foundation, own: tuple[Path, Path], role: str, make: Callable[[TlsFiles], ssl.SSLContext]
) -> LastGood[ssl.SSLContext]:
    settings, lists = foundation.settings, foundation.revocation_lists
    certificate, key, authorities = (settings.path(path) for path in (*own, settings.tls.trust_file))
    folder = settings.path(settings.tls.revocation_directory)

    def files() -> list[Path]:
        return [certificate, key, authorities, *sorted(folder.glob("*.crl"))]

    def made() -> ssl.SSLContext:
        for path in (certificate, key, authorities):
            if not path.is_file():
                raise SettingsError(f"[tls]: {path} is not there")
        ders = lists.every_list()
        if not ders:
            raise SettingsError(f"tls.revocation_directory: {folder} holds no *.crl that can be read")
        settings.state.mkdir(parents=True, exist_ok=True)
        # OpenSSL reads lists from one PEM file, when a context is made.
        with tempfile.NamedTemporaryFile(dir=settings.state, prefix="revocation-", suffix=".pem") as bundle:
            bundle.write(b"".join(_pem_list(der) for der in ders))
            bundle.flush()
            try:
                return make(TlsFiles(certificate, key, authorities, Path(bundle.name)))
            except ssl.SSLError as fault:
                told = fault.reason or "cannot be read"
                raise SettingsError(f"tls: {certificate}, {key}, {authorities}: not to be used: {told}") from fault

    return foundation.reloads.keep(LastGood(f"tls.{role}_certificate_file", files, made, UNUSABLE))


def _pem_list(der: bytes) -> bytes:
    return b"-----BEGIN X509 CRL-----\n" + base64.encodebytes(der) + b"-----END X509 CRL-----\n"


def _verifier(
    setting: str, settings: Settings, trust_file: Path, lists: DirectoryRevocationLists, reloads: Reloads
) -> NewestVerifier:
    path = settings.path(trust_file)

    def made() -> CertificateVerifier:
        certificates = pem_certificates(path)
        if not any(one.issuer == one.subject for one in certificates):
            raise SettingsError(f"{setting}: {path} holds no certificate that signs itself")
        return verifier_of(settings, certificates, lists)

    return NewestVerifier(reloads.keep(LastGood(setting, lambda: (path,), made, UNUSABLE)))


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


def _seal(settings: Settings) -> LastGood[AssertionSeal]:
    certificate_file, key_file = settings.path(settings.seal.certificate_file), settings.path(settings.seal.key_file)

    def read() -> AssertionSeal:
        certificate = pem_certificates(certificate_file)[0]
        try:
            key = read_private_key(key_file.read_bytes())
        except (OSError, ValueError, TypeError) as fault:
            raise SettingsError(f"seal.key_file: {key_file} holds no key to use") from fault
        if not isinstance(key, RSAPrivateKey) or key.public_key() != certificate.public_key():
            raise SettingsError("seal.key_file: not the RSA key of seal.certificate_file")
        return AssertionSeal(settings.node.country, key, certificate.public_bytes(Encoding.DER))

    return LastGood("seal.key_file", lambda: (certificate_file, key_file), read, UNUSABLE)


def evidence_guards(settings: Settings, keys: KeyRing, seal: LastGood[AssertionSeal]) -> Guards:
    """What this node keeps of its evidence outside the database. Raises OSError."""
    folder, node = settings.path(settings.evidence.checkpoint_directory), settings.node.node_id
    folder.mkdir(parents=True, exist_ok=True)
    return Guards(
        HeadFile(folder, node, keys),
        Checkpoints(
            folder,
            lambda: _evidence_seal(seal()),
            node,
            every_rows=settings.evidence.checkpoint_every,
            every=settings.evidence.checkpoint_interval,
        ),
    )


def _chain(settings: Settings, store: Store, keys: KeyRing, seal: LastGood[AssertionSeal]) -> Chain:
    guards = evidence_guards(settings, keys, seal)
    return Chain(
        store,
        head_file=guards.head_file,
        checkpoints=guards.checkpoints,
        bodies=Bodies(keys) if settings.evidence.store_bodies else None,
    )


def _evidence_seal(seal: AssertionSeal) -> Seal:
    return Seal(seal.key, x509.load_der_x509_certificate(seal.certificate))
