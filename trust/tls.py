"""TLS between countries, both ends, and who the peer is.

eHDSI: TLS 1.2 or 1.3 with certificates on both sides (RFC 5246, RFC 8446). OpenSSL verifies chain, revocation and, when
calling, the host name in the handshake; no switch turns any of it off. The application verifies the peer's certificate
again (`peer_identity`): OpenSSL takes a certificate without extensions for any use, we do not.
"""

import ssl
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from trust.certificates import CertificateUse, CertificateVerification, VerifiedCertificate

_TLS_1_2_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Forward secret and authenticated only; TLS 1.3 has no others."""

_CHECKS = ssl.VerifyFlags.VERIFY_CRL_CHECK_CHAIN | ssl.VerifyFlags.VERIFY_X509_STRICT
"""A list in force for every certificate of the chain; RFC 5280 to the letter (accredited authorities follow it)."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """One end's files, PEM; read when a context is made."""

    certificate: Path
    """Own certificate, then the issuing authorities below the root."""
    key: Path
    authorities: Path
    """Roots (and issuing authorities) whose peers we accept."""
    revocation_lists: Path
    """A list of every authority above, PEM, concatenated."""


@dataclass(frozen=True, slots=True)
class PeerIdentity:
    """Who is at the other end of a TLS connection."""

    certificate: VerifiedCertificate


def server_context(files: TlsFiles) -> ssl.SSLContext:
    """For a listener: without a client certificate we trust, valid and not revoked, no peer gets past the handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_REQUIRED
    # OpenSSL does not verify the peer of a resumed session again. No tickets, so TLS 1.3 resumes nothing; TLS 1.2 may,
    # by session id, and the application's own verification of every request stands.
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.num_tickets = 0
    return _with(context, files)


def public_server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """For a listener of public data: TLS as between countries, and nobody is asked for a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_TLS_1_2_CIPHERS)
    _load_pair(context, certificate, key)
    return context


def client_context(files: TlsFiles) -> ssl.SSLContext:
    """For calling: chain, revocation and host name (subjectAltName only) are verified, our certificate is shown."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # this protocol requires a certificate and checks the host name
    context.hostname_checks_common_name = False
    return _with(context, files)


def load_revocation_lists(context: ssl.SSLContext, revocation_lists: Path) -> None:
    """Give a context newer lists while it serves; connections made from then on are checked against the newest."""
    context.load_verify_locations(cafile=revocation_lists)


def peer_identity(der: bytes, use: CertificateUse, verifier: CertificateVerification, now: datetime) -> PeerIdentity:
    """Who the peer is by its certificate as the handshake gave it; or a leaf of CertificateRefused.

    ``use`` is the peer's role: TLS_CLIENT when it called us, TLS_SERVER when we called it.
    """
    return PeerIdentity(verifier.verify(der, use, now))


def _load_pair(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    """Raises OSError naming the files: OpenSSL's own error names none."""
    try:
        context.load_cert_chain(certificate, key)
    except OSError as fault:
        fault.filename = fault.filename or f"{certificate}, {key}"
        raise


def _with(context: ssl.SSLContext, files: TlsFiles) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_TLS_1_2_CIPHERS)
    context.verify_flags |= _CHECKS
    _load_pair(context, files.certificate, files.key)
    context.load_verify_locations(cafile=files.authorities)
    load_revocation_lists(context, files.revocation_lists)
    return context
