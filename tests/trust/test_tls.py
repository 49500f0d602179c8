"""Handshakes in memory (no socket): what OpenSSL refuses under our contexts, and why."""

import ssl
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from tests.support.callers.pki import NOW, pki, strangers_context, tls_files
from trust import pki_layout as layout
from trust.certificates import CertificateUse
from trust.errors import CertificateKindForbidden
from trust.pki_layout import Bad, Credential
from trust.tls import (
    PeerIdentity,
    client_context,
    load_revocation_lists,
    peer_identity,
    public_server_context,
    server_context,
)

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


class Refused(Exception):
    """The handshake failed: who ended it, and OpenSSL's word for why."""

    def __init__(self, by: str, error: ssl.SSLError) -> None:
        super().__init__(by, error)
        self.by = by
        self.why = error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else str(error.reason)


def handshake(
    server: ssl.SSLContext, client: ssl.SSLContext, host: str = "localhost"
) -> tuple[ssl.SSLObject, ssl.SSLObject]:
    """Both ends after a finished handshake, server first; or Refused by the end that found the fault."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = {
        "client": client.wrap_bio(to_client, to_server, server_hostname=host),
        "server": server.wrap_bio(to_server, to_client, server_side=True),
    }
    waiting = set(ends)
    while waiting:
        for name in sorted(waiting):
            try:
                ends[name].do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLError as error:
                raise Refused(name, error) from error
            waiting.remove(name)
    return ends["server"], ends["client"]


def norway() -> ssl.SSLContext:
    return server_context(tls_files(layout.tls_server("NO")))


def portugal() -> ssl.SSLContext:
    return client_context(tls_files(layout.tls_client("PT")))


def list_revoking(der: bytes, path: Path) -> Path:
    """A newer list of the issuing CA, PEM, that names the certificate too."""
    issuer = x509.load_der_x509_certificate(pki().der(layout.ISSUING))
    key = pki().key(layout.ISSUING)
    serial = x509.load_der_x509_certificate(der).serial_number
    newer = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(NOW - timedelta(minutes=5))
        .next_update(NOW + timedelta(days=1))
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .add_extension(x509.CRLNumber(2), critical=False)
        .add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(NOW - timedelta(hours=1)).build()
        )
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(newer.public_bytes(Encoding.PEM))
    return path


@pytest.mark.parametrize("version", VERSIONS)
def test_server_takes_a_client_of_ours(version: ssl.TLSVersion) -> None:
    server, _ = handshake(norway(), strangers_context(layout.tls_client("PT"), version))

    assert server.getpeercert(binary_form=True) == pki().der(layout.tls_client("PT"))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("credential", "why"),
    [
        (Bad.TLS_CLIENT_EXPIRED.credential, "certificate has expired"),
        (Bad.TLS_CLIENT_NOT_YET_VALID.credential, "certificate is not yet valid"),
        (Bad.TLS_CLIENT_REVOKED.credential, "certificate revoked"),
        (Bad.TLS_CLIENT_FOREIGN_CA.credential, "self-signed certificate in certificate chain"),
        (layout.tls_server("PT"), "unsuitable certificate purpose"),
        (layout.seal("PT"), "unsuitable certificate purpose"),
        (layout.FIELD_SEAL, "unable to get local issuer certificate"),
    ],
)
def test_server_refuses_client_certificate(version: ssl.TLSVersion, credential: Credential, why: str) -> None:
    with pytest.raises(Refused) as refused:
        handshake(norway(), strangers_context(credential, version))

    assert (refused.value.by, refused.value.why) == ("server", why)


@pytest.mark.parametrize("version", VERSIONS)
def test_server_refuses_a_client_without_certificate(version: ssl.TLSVersion) -> None:
    with pytest.raises(Refused) as refused:
        handshake(norway(), strangers_context(None, version))

    assert (refused.value.by, refused.value.why) == ("server", "PEER_DID_NOT_RETURN_A_CERTIFICATE")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
def test_server_refuses_tls_1_1() -> None:
    old = strangers_context(layout.tls_client("PT"), ssl.TLSVersion.TLSv1_1)
    old.set_ciphers("DEFAULT@SECLEVEL=0")

    with pytest.raises(Refused) as refused:
        handshake(norway(), old)

    assert (refused.value.by, refused.value.why) == ("server", "UNSUPPORTED_PROTOCOL")


@pytest.mark.parametrize(
    "cipher", ["ECDHE-RSA-AES256-SHA384", "ECDHE-RSA-AES128-SHA", "AES256-GCM-SHA384", "DHE-RSA-AES256-GCM-SHA384"]
)
def test_server_refuses_a_cipher_without_forward_secrecy_or_authentication(cipher: str) -> None:
    weak = strangers_context(layout.tls_client("PT"), ssl.TLSVersion.TLSv1_2)
    weak.set_ciphers(cipher)

    with pytest.raises(Refused) as refused:
        handshake(norway(), weak)

    assert (refused.value.by, refused.value.why) == ("server", "NO_SHARED_CIPHER")


@pytest.mark.parametrize("cipher", ["ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-CHACHA20-POLY1305"])
def test_server_takes_an_authenticated_cipher(cipher: str) -> None:
    strong = strangers_context(layout.tls_client("PT"), ssl.TLSVersion.TLSv1_2)
    strong.set_ciphers(cipher)

    server, _ = handshake(norway(), strong)

    assert server.cipher() == (cipher, "TLSv1.2", 256)


def test_server_gives_no_ticket_so_tls_1_3_resumes_nothing() -> None:
    context = norway()

    assert context.num_tickets == 0
    assert context.options & ssl.OP_NO_TICKET
    assert context.options & ssl.OP_NO_RENEGOTIATION


def test_lists_loaded_while_serving_are_applied_to_the_next_connection(tmp_path: Path) -> None:
    context = norway()
    handshake(context, portugal())

    load_revocation_lists(context, list_revoking(pki().der(layout.tls_client("PT")), tmp_path / "newer.pem"))

    with pytest.raises(Refused) as refused:
        handshake(context, portugal())
    assert (refused.value.by, refused.value.why) == ("server", "certificate revoked")
    handshake(context, client_context(tls_files(layout.tls_client("NO"))))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_client_takes_the_server_by_each_of_its_names(host: str) -> None:
    _, client = handshake(norway(), portugal(), host)

    assert client.getpeercert(binary_form=True) == pki().der(layout.tls_server("NO"))


def test_client_refuses_a_server_of_another_name() -> None:
    with pytest.raises(Refused) as refused:
        handshake(norway(), portugal(), "ncp.example.no")

    assert refused.value.by == "client"
    assert refused.value.why.startswith("Hostname mismatch")


def test_client_takes_no_common_name_for_a_host_name() -> None:
    context = portugal()

    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert not context.hostname_checks_common_name


def test_client_refuses_a_server_of_an_authority_it_does_not_trust() -> None:
    trusting_another = tls_files(layout.tls_client("PT"), authorities=layout.FOREIGN_CA.certificate)

    with pytest.raises(Refused) as refused:
        handshake(norway(), client_context(trusting_another))

    assert (refused.value.by, refused.value.why) == ("client", "unable to get local issuer certificate")


def test_client_refuses_a_revoked_server(tmp_path: Path) -> None:
    context = portugal()
    load_revocation_lists(context, list_revoking(pki().der(layout.tls_server("NO")), tmp_path / "newer.pem"))

    with pytest.raises(Refused) as refused:
        handshake(norway(), context)

    assert (refused.value.by, refused.value.why) == ("client", "certificate revoked")


@pytest.mark.parametrize(
    ("present", "absent"), [(layout.ROOT_LIST, layout.ISSUING_LIST), (layout.ISSUING_LIST, layout.ROOT_LIST)]
)
def test_client_refuses_when_a_list_of_the_chain_is_missing(tmp_path: Path, present: str, absent: str) -> None:
    some = tmp_path / "some.pem"
    some.write_bytes(x509.load_der_x509_crl(pki().read(present)).public_bytes(Encoding.PEM))
    files = replace(tls_files(layout.tls_client("PT")), revocation_lists=some)

    with pytest.raises(Refused) as refused:
        handshake(norway(), client_context(files))
    assert (refused.value.by, refused.value.why) == ("client", "unable to get certificate CRL")

    some.write_bytes(some.read_bytes() + x509.load_der_x509_crl(pki().read(absent)).public_bytes(Encoding.PEM))
    handshake(norway(), client_context(files))


def test_client_refuses_a_client_certificate_shown_by_a_server() -> None:
    with pytest.raises(Refused) as refused:
        handshake(server_context(tls_files(layout.tls_client("NO"))), portugal())

    assert (refused.value.by, refused.value.why) == ("client", "unsuitable certificate purpose")


def test_both_ends_hold_certificates_to_the_letter_of_rfc_5280() -> None:
    for context in (norway(), portugal()):
        assert context.verify_flags & ssl.VERIFY_X509_STRICT


@pytest.mark.parametrize("version", VERSIONS)
def test_a_public_listener_asks_nobody_for_a_certificate_and_shows_its_own(version: ssl.TLSVersion) -> None:
    files = tls_files(layout.tls_server("NO"))
    server, client = handshake(public_server_context(files.certificate, files.key), strangers_context(None, version))

    assert server.getpeercert(binary_form=True) is None
    assert client.getpeercert(binary_form=True) == pki().der(layout.tls_server("NO"))


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
def test_a_public_listener_speaks_no_older_tls_and_no_weaker_cipher() -> None:
    files = tls_files(layout.tls_server("NO"))
    old = strangers_context(None, ssl.TLSVersion.TLSv1_1)
    old.set_ciphers("DEFAULT@SECLEVEL=0")
    weak = strangers_context(None, ssl.TLSVersion.TLSv1_2)
    weak.set_ciphers("AES256-GCM-SHA384")

    for client, why in ((old, "UNSUPPORTED_PROTOCOL"), (weak, "NO_SHARED_CIPHER")):
        with pytest.raises(Refused) as refused:
            handshake(public_server_context(files.certificate, files.key), client)
        assert (refused.value.by, refused.value.why) == ("server", why)


def test_both_ends_keep_what_the_library_is_careful_about_by_itself() -> None:
    careful = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

    for context in (norway(), portugal()):
        assert context.options & careful.options == careful.options
        assert context.verify_flags & careful.verify_flags == careful.verify_flags


def test_peer_identity_is_the_certificate_verified_for_the_role() -> None:
    der = pki().der(layout.tls_client("PT"))

    identity = peer_identity(der, CertificateUse.TLS_CLIENT, pki().verifier(), NOW)

    assert identity == PeerIdentity(pki().verifier().verify(der, CertificateUse.TLS_CLIENT, NOW))
    assert identity.certificate.country == "PT"


def test_certificate_that_says_nothing_passes_openssl_and_is_no_peer_identity() -> None:
    server, _ = handshake(norway(), strangers_context(Bad.TLS_CLIENT_PLAIN.credential))

    der = server.getpeercert(binary_form=True)
    assert der == pki().der(Bad.TLS_CLIENT_PLAIN.credential)
    with pytest.raises(CertificateKindForbidden):
        peer_identity(der, CertificateUse.TLS_CLIENT, pki().verifier(), NOW)
