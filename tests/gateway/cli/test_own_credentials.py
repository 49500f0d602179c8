"""A node does not start on credentials of its own that every peer refuses, and `doctor` tells of them without starting.

Each rule: exit 2 and one line with the file, what is wrong and until when; `doctor` exit 1 with the same sentence; and
with the right credential the node comes as far as its socket and `doctor` says that all is well.
"""

from asn1crypto import pem
from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificates

from gateway.conditions import instant
from gateway.node.own.credentials import REFUSED
from tests.support.callers.certificates import authority
from tests.support.nodes.configured import OWN, Configured, pki_files
from trust import errors, pki_layout
from trust.certificates import Description, describe
from trust.pki_layout import Bad, Credential


def said(credential: Credential) -> Description:
    """What a certificate of the PKI says of itself."""
    pem = pki_files()[credential.certificate].content
    return describe(load_pem_x509_certificates(pem)[0].public_bytes(Encoding.DER))


def refused(own: Configured, name: str, *words: str) -> None:
    """One line is what the node refuses with and `doctor` says no with, about that file, with these words."""
    ended = own.start()
    assert (ended.status, len(ended.err)) == (2, 1), ended
    (line,) = ended.err
    assert line.startswith(f"ncpeh: {own.state / name} (")
    assert [word for word in words if word not in line] == []
    told = own.call("doctor")
    assert told.status == 1
    assert next(one for one in told.out if one.startswith("NO ")).endswith(line.removeprefix("ncpeh: "))


def starts(own: Configured) -> None:
    """The valid twin."""
    ended, told = own.start(), own.call("doctor")
    assert (ended.status, ended.err) == (0, ())
    assert (told.status, [line for line in told.out if line.startswith(("NO", "!"))]) == (0, [])


def shows(own: Configured, place: str, credential: Credential, *words: str) -> None:
    """Refused with that credential at that place, and started with its own."""
    own.put(place, credential)
    refused(own, f"{place}.pem", *words)
    own.put(place, OWN[place])
    starts(own)


def test_doctor_passes_nothing_that_it_could_not_look_at(own: Configured):
    looked_at = ("keys-fit", "certificates-accepted", "certificates-last")
    whole = own.call("doctor").out
    assert [line for line in whole if line.startswith("-- ")] == []
    assert all(f"ok  {name}: as it should be" in whole for name in looked_at)
    (own.state / "tls/client.pem").unlink()
    missing = own.call("doctor").out
    assert all(f"--  {name}: not looked at, for files-there is not met" in missing for name in looked_at)


def test_refuses_a_tls_client_certificate_that_has_ended(own: Configured):
    bad = Bad.TLS_CLIENT_EXPIRED.credential
    shows(own, "tls/client", bad, "TLS client certificate", f"ended on {instant(said(bad).not_after)}")


def test_refuses_a_tls_client_certificate_on_our_own_revocation_list(own: Configured):
    shows(own, "tls/client", Bad.TLS_CLIENT_REVOKED.credential, "TLS client certificate: is revoked")


def test_refuses_a_seal_that_has_ended(own: Configured):
    bad = Bad.SEAL_EXPIRED.credential
    shows(own, "seal/seal", bad, "seal certificate", f"ended on {instant(said(bad).not_after)}")


def test_refuses_a_seal_that_is_not_yet_valid(own: Configured):
    bad = Bad.SEAL_NOT_YET_VALID.credential
    shows(own, "seal/seal", bad, "seal certificate", f"is not valid before {instant(said(bad).not_before)}")


def test_refuses_a_seal_on_our_own_revocation_list(own: Configured):
    shows(own, "seal/seal", Bad.SEAL_REVOKED.credential, "seal certificate: is revoked")


def test_refuses_a_seal_of_an_issuer_outside_the_trust_file(own: Configured):
    issuer, trust = said(Bad.SEAL_FOREIGN_CA.credential).issuer, own.state / "tls/trust.pem"
    shows(own, "seal/seal", Bad.SEAL_FOREIGN_CA.credential, f"issued by {issuer}", f"no authority of {trust}")


def test_refuses_another_countrys_tls_server_certificate(own: Configured):
    shows(own, "tls/server", pki_layout.tls_server("PT"), "TLS server certificate: is a certificate of PT")


def test_refuses_a_client_certificate_as_server_certificate(own: Configured):
    shows(own, "tls/server", OWN["tls/client"], "may not be used as TLS server certificate")


def test_refuses_a_key_of_another_certificate(own: Configured):
    for place, stranger in (("tls/server", "tls/client"), ("tls/client", "seal/seal"), ("seal/seal", "tls/server")):
        own.write(f"{place}.key", pki_files()[OWN[stranger].key].content, 0o600)
        refused(own, f"{place}.key", f"is not the key of {own.state / place}.pem")
        own.put(place, OWN[place])
    starts(own)


def test_refuses_keys_that_others_may_use(own: Configured):
    modes = {"tls/server.key": 0o666, "tls/client.key": 0o640, "seal/seal.key": 0o602, "store/keys": 0o604}
    for name, mode in modes.items():
        (own.state / name).chmod(mode)
        refused(own, name, f"mode {mode:04o}", f"chmod 600 {own.state / name}")
        (own.state / name).chmod(0o600)
    starts(own)


def test_each_fault_has_a_line_of_its_own(own: Configured):
    own.put("tls/client", Bad.TLS_CLIENT_EXPIRED.credential)
    own.put("seal/seal", Bad.SEAL_REVOKED.credential)
    (own.state / "store/keys").chmod(0o644)
    ended = own.start()
    assert (ended.status, len(ended.err)) == (2, 3)


def test_every_reason_to_refuse_a_certificate_has_its_words():
    assert set(REFUSED) == set(errors.CertificateRefused.__subclasses__())


def test_warns_of_a_server_certificate_without_its_issuing_authority(own: Configured):
    whole = (own.state / "tls/server.pem").read_bytes()
    alone = whole[: whole.index(b"-----END CERTIFICATE-----")] + b"-----END CERTIFICATE-----\n"
    own.write("tls/server.pem", alone)
    ended, told = own.start(), own.call("doctor")
    assert (ended.status, told.status) == (0, 0)
    (line,) = [line for line in told.out if line.startswith("!")]
    assert f"chains-whole: {own.state}/tls/server.pem" in line
    assert "a peer that holds the root alone refuses it" in line
    own.write("tls/server.pem", whole)
    starts(own)


def test_refuses_authorities_of_a_development_pki_in_production(own: Configured):
    own.monkeypatch.setenv("NCPEH_NODE__ENVIRONMENT", "production")
    ended = own.start()
    assert ended.status == 2
    assert len(ended.err) == 2, "its root and its issuing authority"
    assert all("an authority of a development PKI, in production" in line for line in ended.err)
    accredited = authority("Accredited root").certificate.public_bytes(Encoding.PEM)
    own.write("tls/trust.pem", accredited)
    assert not [line for line in own.start().err if "development PKI" in line]
    own.monkeypatch.setenv("NCPEH_NODE__ENVIRONMENT", "test")
    own.write("tls/trust.pem", pki_files()[pki_layout.TRUST].content)
    starts(own)


def test_refuses_a_certificate_that_peers_cannot_read(own: Configured):
    (_, _, der), *_ = pem.unarmor((own.state / "tls/server.pem").read_bytes(), multiple=True)
    changed = asn1.Certificate.load(der)
    extensions = changed["tbs_certificate"]["extensions"]
    extensions.append(extensions[0].copy())
    own.write("tls/server.pem", pem.armor("CERTIFICATE", changed.dump(force=True)))
    refused(own, "tls/server.pem", "holds no certificate that can be read")
    own.put("tls/server", OWN["tls/server"])
    starts(own)
