"""Each wrong configuration of a node: exit 2, and sentences that a stranger understands, before it listens.

A row is a node that would start, with one thing changed; the node without the change is the valid twin of all.
"""

import re
import shutil
import socket
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509 import load_pem_x509_certificate

from gateway import clock
from gateway.configuration.shipped import shipped
from gateway.store.engine import Store
from gateway.store.key_proofs import note_keys
from gateway.store.keys import KeyRing
from tests.support.callers.certificates import SERVER, Issued, Request, issue, of_country
from tests.support.nodes.configured import OWN, Configured, pki_files
from trust import pki_layout
from trust.pki_layout import Bad, Credential

Change = Callable[[Configured], None]
PYTHON = re.compile(r"Traceback|Exception|[a-z]Error\b|\b[A-Z][a-z]+[A-Z][A-Za-z]+\(|<class|object at 0x|None\b|row 0")
"""What no sentence for a person has."""
NATIONAL = ("HELSEID__ISSUER", "PERSON_REGISTER__BASE_URL", "PRIVACY__BASE_URL", "CRITICAL_INFORMATION__BASE_URL",
            "TRANSPORT__BASE_URL")  # fmt: skip


class Wrong(NamedTuple):
    """What is changed, and words of the sentences, each of them in one."""

    change: Change
    words: tuple[str, ...]


def shows(place: str, credential: Credential) -> Change:
    """Another credential lies at that place."""
    return lambda own: own.put(place, credential)


def holds(name: str, content: bytes, mode: int = 0o600) -> Change:
    """That file has another content."""
    return lambda own: _kept(own.write(name, content, mode))


def holds_of_pki(name: str, other: str) -> Change:
    """That file has the content of another file of the PKI, which is not made before a test asks for it."""
    return lambda own: _kept(own.write(name, pki_files()[other].content, 0o600))


def _kept(_: object) -> None:
    return None


def lacks(name: str) -> Change:
    """That file or folder is not there."""

    def change(own: Configured) -> None:
        path = own.state / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return change


def mode(name: str, bits: int) -> Change:
    """That file has another mode."""
    return lambda own: (own.state / name).chmod(bits)


def told(**environment: str) -> Change:
    """The environment has more variables, their names without NCPEH_."""

    def change(own: Configured) -> None:
        for name, value in environment.items():
            own.monkeypatch.setenv(f"NCPEH_{name}", value)

    return change


def overlaid(name: str, old: str = "", new: str = "") -> Change:
    """NCPEH_CONFIG has that file as shipped, with the first ``old`` replaced, or ``new`` alone."""

    def change(own: Configured) -> None:
        shipped_file = shipped("config") / name
        text = shipped_file.read_text("utf-8") if old else new
        assert old in text
        own.write(f"config/{name}", text.replace(old, new, 1).encode())
        own.monkeypatch.setenv("NCPEH_CONFIG", str(own.state / "config"))

    return change


def answering(*further: Change) -> Change:
    """A node that answers other countries, and then these changes."""

    def change(own: Configured) -> None:
        answers(own)
        for one in further:
            one(own)

    return change


def answers(own: Configured) -> None:
    """Let it answer: national addresses, a HelseID key, somebody responsible, a country that may ask."""
    own.write("helseid.json", pki_files()[pki_layout.HELSEID_CLIENT_PRIVATE].content, 0o600)
    overlaid("countries.toml", 'code = "PT"', 'code = "PT"\nin_test = true')(own)
    text = (own.state / "config/countries.toml").read_text("utf-8").replace("asks = []", 'asks = ["ps"]', 2)
    own.write("config/countries.toml", text.replace('asks = ["ps"]', "asks = []", 1).encode())
    told(
        NODE__COUNTRY_A_ENABLED="true",
        NATIONAL__SENDER__HER_ID="8142000",
        NATIONAL__SENDER__TELEPHONE="00 00 00 00",
        NATIONAL__SENDER__STREET="Eksempelgata 1",
        NATIONAL__SENDER__POSTAL_CODE="0001",
        NATIONAL__SENDER__CITY="Oslo",
        NATIONAL__HELSEID__CLIENT_ID="ncpeh",
        NATIONAL__HELSEID__KEY_FILE="helseid.json",
        NATIONAL__HELSEID__ALGORITHM="ES256",
        NATIONAL__PRIVACY__DEFINITION_GUID="5f1c1e0a-7a55-4f0e-9d6f-6f2f9a1f0c11",
        NATIONAL__PRIVACY__PART_CODE="ncpeh",
        COMPOSITION__LEGAL_AUTHENTICATOR_GIVEN='["Kari"]',
        COMPOSITION__LEGAL_AUTHENTICATOR_FAMILY="Fagansvarlig",
        COMPOSITION__LEGAL_AUTHENTICATOR_ID="9999999",
        **{f"NATIONAL__{key}": "https://national.invalid/api" for key in NATIONAL},
    )(own)


def encrypted_key(own: Configured) -> None:
    key = load_pem_private_key(pki_files()[OWN["tls/server"].key].content, None)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"a password"))
    own.write("tls/server.key", pem, 0o600)


def nameless_server(own: Configured) -> None:
    """A server certificate of our own authority that names no host."""
    issuing, key = (pki_files()[name].content for name in (pki_layout.ISSUING.certificate, pki_layout.ISSUING.key))
    issuer = Issued(load_pem_x509_certificate(issuing), load_pem_private_key(key, None))
    now = clock.now()
    request = Request(of_country("NO", "ncp"), SERVER[:2], begin=now - timedelta(days=1), end=now + timedelta(days=300))
    made = issue(request, issuer)
    own.write("tls/server.pem", made.certificate.public_bytes(Encoding.PEM) + issuing)
    own.write("tls/server.key", made.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)


def terminology(place: str, credential: Credential) -> Change:
    """The terminology service has a listener with TLS, and that credential."""

    def change(own: Configured) -> None:
        own.put(place, credential)
        told(
            TERMINOLOGY_API__ENABLED="true",
            TERMINOLOGY_API__CERTIFICATE_FILE=f"{place}.pem",
            TERMINOLOGY_API__KEY_FILE=f"{place}.key",
        )(own)

    return change


def other_store_key(own: Configured) -> None:
    with closing(Store.open(f"sqlite:///{own.state}/ncpeh.db")) as store:
        note_keys(store, KeyRing.read(own.state / "store/keys"))
    own.write("store/keys", KeyRing.new_line("no-1").encode(), 0o600)


def spoken_in_wave_5(own: Configured) -> None:
    path = own.state / "config/countries.toml"
    before, _, portugal = path.read_text("utf-8").partition('code = "PT"')
    path.write_text(before + 'code = "PT"' + portugal.replace("wave = 8", "wave = 5", 1), "utf-8")


CREDENTIALS = {
    "the TLS client certificate has ended": Wrong(
        shows("tls/client", Bad.TLS_CLIENT_EXPIRED.credential), ("TLS client certificate: ended on",)
    ),
    "the TLS client certificate is not yet valid": Wrong(
        shows("tls/client", Bad.TLS_CLIENT_NOT_YET_VALID.credential), ("is not valid before",)
    ),
    "the TLS client certificate is revoked": Wrong(
        shows("tls/client", Bad.TLS_CLIENT_REVOKED.credential), ("TLS client certificate: is revoked",)
    ),
    "the TLS client certificate is of a foreign authority": Wrong(
        shows("tls/client", Bad.TLS_CLIENT_FOREIGN_CA.credential), ("was issued by CN=Foreign CA",)
    ),
    "the TLS client certificate is for no use": Wrong(
        shows("tls/client", Bad.TLS_CLIENT_PLAIN.credential), ("may not be used as TLS client certificate",)
    ),
    "the TLS client certificate names another country": Wrong(
        shows("tls/client", Bad.TLS_CLIENT_WRONG_COUNTRY.credential), ("is a certificate of XX",)
    ),
    "the seal is a TLS client certificate": Wrong(
        shows("seal/seal", OWN["tls/client"]), ("may not be used as seal certificate",)
    ),
    "the seal has ended": Wrong(shows("seal/seal", Bad.SEAL_EXPIRED.credential), ("seal certificate: ended on",)),
    "the seal is not yet valid": Wrong(shows("seal/seal", Bad.SEAL_NOT_YET_VALID.credential), ("is not valid before",)),
    "the seal is revoked": Wrong(shows("seal/seal", Bad.SEAL_REVOKED.credential), ("seal certificate: is revoked",)),
    "the seal is of a foreign authority": Wrong(
        shows("seal/seal", Bad.SEAL_FOREIGN_CA.credential), ("was issued by CN=Foreign CA",)
    ),
    "the seal names another country": Wrong(
        shows("seal/seal", Bad.SEAL_WRONG_COUNTRY.credential), ("is a certificate of XX",)
    ),
    "the TLS server certificate is another country's": Wrong(
        shows("tls/server", pki_layout.tls_server("PT")), ("is a certificate of PT, and this node is that of NO",)
    ),
    "the TLS server certificate is a client certificate": Wrong(
        shows("tls/server", OWN["tls/client"]), ("may not be used as TLS server certificate",)
    ),
    "the TLS server certificate names no host": Wrong(nameless_server, ("names no host in its subjectAltName",)),
    "the terminology service's certificate has ended": Wrong(
        terminology("tls/terms", Bad.TLS_CLIENT_EXPIRED.credential),
        ("certificate of the terminology service: ended on",),
    ),
    "the terminology service's key is another's": Wrong(
        terminology("tls/terms", Credential(OWN["tls/server"].certificate, OWN["tls/client"].key)),
        ("terms.key (terminology_api.key_file): is not the key of",),
    ),
    "a key is another certificate's": Wrong(
        holds_of_pki("tls/server.key", OWN["tls/client"].key), ("is not the key of",)
    ),
    "a key is encrypted": Wrong(encrypted_key, ("is encrypted with a password",)),
    "a key is none": Wrong(holds("seal/seal.key", b"a key\n"), ("holds no private key in PEM",)),
    "a certificate is none": Wrong(holds("tls/client.pem", b"hello\n"), ("holds no certificate in PEM",)),
    "a certificate is not there": Wrong(lacks("seal/seal.pem"), ("seal.pem (seal.certificate_file): is not there",)),
    "a key may be read by everybody": Wrong(mode("tls/server.key", 0o666), ("(mode 0666)", "chmod 600")),
    "the store keys may be read by a group": Wrong(mode("store/keys", 0o640), ("(mode 0640)", "chmod 600")),
    "the trust file is not there": Wrong(lacks("tls/trust.pem"), ("trust.pem (tls.trust_file): is not there",)),
    "the trust file has no root": Wrong(
        holds_of_pki("tls/trust.pem", pki_layout.ISSUING.certificate), ("holds no authority in PEM",)
    ),
    "the trust file is none": Wrong(holds("tls/trust.pem", b"hello\n"), ("holds no authority in PEM",)),
    "there are no revocation lists": Wrong(lacks("tls/crl"), ("holds no revocation list (*.crl)",)),
    "a revocation list is none": Wrong(holds("tls/crl/more.crl", b"x"), ("more.crl", "is no revocation list")),
    "the list of our own authority is missing": Wrong(
        lacks("tls/crl/issuing.crl"), ("cannot be told from a revoked one", "fetch the newest lists")
    ),
}
PLACE = {
    "the database is not there": Wrong(lacks("ncpeh.db"), ("the file is not there", "ncpeh db migrate")),
    "the database was never migrated": Wrong(holds("ncpeh.db", b""), ("is empty: it was never migrated",)),
    "the database is none": Wrong(holds("ncpeh.db", b"no database" * 512), ("the file is no SQLite database",)),
    "the database is of no kind that is supported": Wrong(
        told(STORE__URL="mysql://host/ncpeh"), ("is of a kind that is not supported", "postgresql://")
    ),
    "the address of the database is none": Wrong(told(STORE__URL="ncpeh.db"), ("sqlite:///PATH",)),
    "the database server does not run": Wrong(
        told(STORE__URL="postgresql://ncpeh:hush-hush@127.0.0.1:1/ncpeh"),
        ("127.0.0.1:1", "the server cannot be reached"),
    ),
    "the store key is another one": Wrong(other_store_key, ("was written with a store key no-1",)),
    "the store keys are none": Wrong(holds("store/keys", b"no-1:short\n"), ("has no key in line 1",)),
    "the store keys are not there": Wrong(lacks("store/keys"), ("keys (store.keys_file): is not there",)),
    "the directory of checkpoints is a file": Wrong(holds("evidence", b"x"), ("a directory is needed there",)),
}
CONFIGURATION = {
    "a key is unknown": Wrong(told(NODE__COLOUR="blue"), ("node.colour", "nobody knows this key")),
    "a table is unknown": Wrong(told(NOODE__COUNTRY="NO"), ("NCPEH_NOODE__COUNTRY", "no such table")),
    "a file is unknown": Wrong(overlaid("nodes.toml", new="[node]"), ("nodes.toml", "unknown configuration file")),
    "a file is no TOML": Wrong(overlaid("node.toml", new="[node"), ("node.toml",)),
    "a value is none of those allowed": Wrong(told(NODE__ENVIRONMENT="prod"), ("node.environment", "production")),
    "a value is of another type": Wrong(told(LISTEN__PORT="many"), ("listen.port",)),
    "NCPEH_CONFIG is no directory": Wrong(told(CONFIG="/dev/null"), ("NCPEH_CONFIG", "is not a directory")),
    "the home community is another country's": Wrong(told(NODE__HOME_COMMUNITY="1.2.208"), ("node.home_community",)),
    "production answers from the starter": Wrong(
        answering(told(NODE__ENVIRONMENT="production")), ("activated release only",)
    ),
    "production accepts test numbers": Wrong(
        told(NODE__ENVIRONMENT="production", NODE__ALLOW_SYNTHETIC="true"), ("allow_synthetic",)
    ),
    "no release was activated": Wrong(told(NODE__TERMINOLOGY="activated"), ("has no release in force",)),
    "a national address is missing": Wrong(answering(told(NATIONAL__PRIVACY__BASE_URL="")), ("privacy.base_url",)),
    "a national service is asked in the clear": Wrong(
        answering(told(NODE__ENVIRONMENT="demo", NATIONAL__TRANSPORT__BASE_URL="http://edi.example/api")),
        ("transport.base_url", "https:// alone"),
    ),
    "a simulator stands for a national service": Wrong(
        answering(told(NATIONAL__HELSEID__ISSUER="https://127.0.0.1:1/helseid")), ("accepted in a demo only",)
    ),
    "the HelseID key is not there": Wrong(answering(lacks("helseid.json")), ("national.helseid.key_file",)),
    "the HelseID key may be read by everybody": Wrong(answering(mode("helseid.json", 0o644)), ("(mode 0644)",)),
    "the HelseID key is none": Wrong(answering(holds("helseid.json", b"{}")), ("holds no JWK of",)),
    "the HelseID key is no JSON": Wrong(answering(holds("helseid.json", b"key")), ("holds no JSON",)),
    "the national services' authorities are none": Wrong(
        answering(holds("national.pem", b"hello"), told(NATIONAL__TRUST_FILE="national.pem")),
        ("national.pem (national.trust_file): holds no authority in PEM",),
    ),
    "a table of refusals is wrong": Wrong(
        overlaid("refusals.toml", 'severity = "Error"', 'severity = "Grave"'), ("refusals.toml", "severity")
    ),
    "a table of permissions is wrong": Wrong(
        overlaid("permissions.toml", 'purposes = ["TREATMENT", "EMERGENCY"]', "purposes = 3"), ("permissions.toml",)
    ),
    "a table of document types is wrong": Wrong(
        overlaid("document_types.toml", 'family = "PS"', 'family = "XX"'), ("document_types.toml",)
    ),
    "official layers are asked for without artefacts": Wrong(
        told(VALIDATION__OUTGOING__LAYERS='["own", "xsd"]'), ("NCPEH_ARTEFACTS is not set",)
    ),
    "nobody is responsible": Wrong(
        answering(told(COMPOSITION__LEGAL_AUTHENTICATOR_FAMILY="")), ("a named responsible person",)
    ),
    "another country is asked in the clear": Wrong(
        overlaid("countries.toml", 'code = "PT"', 'code = "PT"\nxca = "http://pt.example/xca"'),
        ("xca of PT", "https:// alone"),
    ),
    "a wave was agreed that nobody writes": Wrong(answering(spoken_in_wave_5), ("asks ps in wave 5",)),
}
WRONG = CREDENTIALS | PLACE | CONFIGURATION


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_configuration_is_refused_in_sentences(own: Configured, name: str):
    wrong = WRONG[name]
    wrong.change(own)
    ended = own.start()
    sentences = [line for line in ended.err if not line.startswith("{")]
    assert (ended.status, ended.out) == (2, ())
    assert sentences
    assert [word for word in wrong.words if not any(word in one for one in sentences)] == [], sentences
    for one in sentences:
        assert one.startswith("ncpeh: ")
        assert PYTHON.search(one) is None, one
        assert "hush-hush" not in one


@pytest.mark.parametrize(("host", "port", "words"), [
    ("127.0.0.1", 0, "is in use by another process"),
    ("192.0.2.1", 8443, "is no address of this machine"),
    ("host.invalid", 8443, "has no address"),
])  # fmt: skip
def test_a_place_where_nobody_can_listen_is_refused_in_a_sentence(own: Configured, host: str, port: int, words: str):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        told(LISTEN__HOST=host, LISTEN__PORT=str(port or taken.getsockname()[1]))(own)
        ended = own.call("node")
    assert (ended.status, len(ended.err)) == (2, 1)
    assert words in ended.err[0]


def test_the_same_node_without_the_change_would_listen(own: Configured):
    assert own.start().status == 0
    answers(own)
    terminology("tls/terms", OWN["tls/server"])(own)
    ended = own.start()
    assert (ended.status, ended.err) == (0, ())
    assert own.call("doctor").status == 0


def test_there_are_forty_at_least():
    assert len(WRONG) >= 40
