"""A node that serves for months: each of its files is replaced, broken and restored, and nobody who may ask notices."""

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from gateway import clock
from gateway.node.foundation import calling_context, open_foundation
from tests.support.callers.certificates import (
    CLIENT,
    SERVER,
    Issued,
    Request,
    authority,
    issue,
    of_country,
    revocation_list,
    rsa_2048,
)
from tests.support.nodes.kept_open import KeptOpen
from tests.support.nodes.management import asked
from tests.support.nodes.node import Abroad
from tests.support.nodes.worlds import abroad_in
from trust import pki_layout as layout
from trust.pki_layout import Credential

_SEEN_WITHIN = 180.0
"""Seconds in which a node that looks each second has seen a change, on a busy machine too."""
GARBAGE = b"-----BEGIN CERTIFICATE-----\nno certificate\n-----END CERTIFICATE-----\n"


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Abroad]:
    """A node of its own, for its files are spoiled; it trusts seals by a file of their own."""
    folder, seals = tmp_path_factory.mktemp("reload"), tmp_path_factory.mktemp("seals") / "seals.pem"
    seals.symlink_to(folder / "pki" / layout.TRUST)
    server = layout.tls_server("NO")
    more = {
        "NCPEH_SEAL__TRUST_FILE": str(seals),
        "NCPEH_TERMINOLOGY_API__ENABLED": "true",
        "NCPEH_TERMINOLOGY_API__PORT": "0",
        "NCPEH_TERMINOLOGY_API__CERTIFICATE_FILE": str(folder / "pki" / server.certificate),
        "NCPEH_TERMINOLOGY_API__KEY_FILE": str(folder / "pki" / server.key),
    }
    with abroad_in(folder, more) as abroad:
        yield abroad


@pytest.fixture
def open_(serving: Abroad) -> Iterator[KeptOpen]:
    """One connection that was there before, with nothing asked of Norway's services yet."""
    kept = KeptOpen(serving.world)
    kept.reset()
    assert kept.discover().patients
    yield kept
    kept.close()


@pytest.fixture
def replaced(serving: Abroad) -> Iterator[Callable[[Path, bytes], None]]:
    """Replaces a file by rename, as who knows what they do; all are as they were at the end."""
    before: dict[Path, bytes] = {}

    def put(path: Path, content: bytes) -> None:
        before.setdefault(path, path.read_bytes())
        beside = path.with_name(path.name + ".beside")
        beside.write_bytes(content)
        beside.replace(path)

    yield put
    for path, content in before.items():
        put(path, content)
    eventually(lambda: bool(serving.discover().patients))


def eventually(true: Callable[[], bool]) -> None:
    """Wait for what the node sees by itself within a second or so."""
    ends = time.monotonic() + _SEEN_WITHIN
    while not true():
        assert time.monotonic() < ends, "the node does not see the change"
        time.sleep(0.1)


def pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(one.public_bytes(Encoding.PEM) for one in certificates)


def log(serving: Abroad) -> str:
    return (serving.world.folder / "NO.log").read_text("utf-8")


def of(serving: Abroad, names: Credential) -> Issued:
    (certificate, *_) = x509.load_pem_x509_certificates(serving.world.pki(names.certificate).read_bytes())
    key = load_pem_private_key(serving.world.pki(names.key).read_bytes(), None)
    return Issued(certificate, key)  # type: ignore[arg-type]  # RSA in this PKI


@pytest.mark.parametrize("named", ["tls.trust_file", "seal.trust_file"])
def test_whom_it_trusts_is_what_the_file_says_at_the_next_request(serving, open_, replaced, named):
    settings, port = serving.world.settings("NO"), open_.port()
    path = settings.tls.trust_file if named.startswith("tls") else settings.seal.trust_file
    good = path.read_bytes()

    replaced(path, GARBAGE)
    assert open_.discover().patients, "the last good one is kept"
    assert f'"what": "{named}"' in log(serving)
    assert str(path) in log(serving)

    replaced(path, pem(authority("Another").certificate))
    assert not open_.discover().patients
    assert open_.event()["refusal_class"] == "CertificateIssuerUnknown"

    replaced(path, good)
    assert open_.discover().patients
    assert open_.port() == port, "all over the connection that was there before"


def test_a_client_that_is_revoked_is_refused_at_the_next_request_on_an_open_connection(serving, open_, replaced):
    path, issuing = serving.world.pki(layout.ISSUING_LIST), of(serving, layout.ISSUING)
    good, now, port = path.read_bytes(), clock.now(), open_.port()
    client = of(serving, layout.tls_client("PT"))
    until = now + timedelta(days=1)

    replaced(path, revocation_list(issuing, [client.der], this_update=now, next_update=until))
    assert not open_.discover().patients
    assert open_.event()["refusal_class"] == "CertificateRevoked"

    replaced(path, b"no list")
    assert not open_.discover().patients, "a list that cannot be read takes nothing back"
    assert open_.event()["refusal_class"] == "CertificateRevoked"
    assert str(path) in log(serving)

    replaced(path, good)
    assert open_.discover().patients
    assert open_.port() == port


def test_one_list_that_cannot_be_read_stops_only_itself(serving, open_):
    bad = serving.world.pki(layout.LISTS_FOLDER) / "another.crl"
    bad.write_bytes(b"no list")
    try:
        eventually(lambda: str(bad) in log(serving))
        assert open_.discover().patients
        path, issuing = serving.world.pki(layout.ISSUING_LIST), of(serving, layout.ISSUING)
        good, now = path.read_bytes(), clock.now()
        client, until = of(serving, layout.tls_client("PT")), now + timedelta(days=1)
        path.write_bytes(revocation_list(issuing, [client.der], this_update=now, next_update=until))
        try:
            assert not open_.discover().patients
            eventually(lambda: serving.discover().status == 0)
        finally:
            path.write_bytes(good)
        eventually(lambda: bool(serving.discover().patients))
    finally:
        bad.unlink()


def own_server(serving: Abroad) -> Issued:
    issuing, now = of(serving, layout.ISSUING), clock.now()
    old = of(serving, layout.tls_server("NO")).certificate
    names = old.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    request = Request(
        of_country("NO", "NCPeH NO anew"),
        (*SERVER[:2], (names, False), *_identifiers(issuing)),
        begin=now - timedelta(hours=1),
        end=now + timedelta(days=90),
    )
    return issue(request, issuing)


def _identifiers(issuing: Issued) -> tuple[tuple[x509.ExtensionType, bool], ...]:
    return ((x509.AuthorityKeyIdentifier.from_issuer_public_key(issuing.key.public_key()), False),)  # type: ignore[arg-type]  # RSA


def key_pem(issued: Issued) -> bytes:
    return issued.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def shown_to_national_users(serving: Abroad) -> bytes:
    at = json.loads((serving.world.folder / "NO" / "NO.ready").read_text("utf-8"))["terminology"]
    context = serving.context(None)
    with (
        socket.create_connection((at["host"], at["port"]), timeout=180) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as secure,
    ):
        return secure.getpeercert(binary_form=True) or b""


def test_its_own_certificate_and_key_are_shown_to_new_connections_and_no_request_fails(serving, open_, replaced):
    names = layout.tls_server("NO")
    certificate, key = serving.world.pki(names.certificate), serving.world.pki(names.key)
    new, issuing, old = own_server(serving), of(serving, layout.ISSUING), open_.shown()
    came, done = [], threading.Event()

    def ask() -> None:
        while not done.is_set():
            came.append(bool(Abroad(serving.world).discover().patients))

    def shown() -> bytes:
        fresh = KeptOpen(serving.world)
        assert fresh.discover().patients
        try:
            return fresh.shown()
        finally:
            fresh.close()

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        replaced(certificate, pem(new.certificate, issuing.certificate))  # not its key yet
        eventually(lambda: '"what": "tls.server_certificate_file", "why"' in log(serving))
        assert shown() == old
        replaced(key, key_pem(new))
        eventually(lambda: shown() == new.der)
        eventually(lambda: shown_to_national_users(serving) == new.der)
        assert open_.discover().patients
        assert open_.event()["own"]["common_name"] == "NCPeH NO anew"
        replaced(certificate, GARBAGE)
        eventually(lambda: log(serving).count('"what": "tls.server_certificate_file", "why"') > 1)
        assert shown() == new.der
    finally:
        done.set()
        asking.join()
    assert came
    assert all(came)


def test_whom_national_services_are_trusted_by_is_what_the_file_says_at_the_next_call(serving, open_, replaced):
    path = serving.world.pki(layout.NATIONAL_CA.certificate)
    good = path.read_bytes()

    replaced(path, GARBAGE)
    assert open_.discover().patients

    replaced(path, pem(authority("Another").certificate))
    assert not open_.discover().patients
    assert open_.event()["refusal_class"] == "NationalServiceDown"

    replaced(path, good)
    assert open_.discover().patients


def test_what_it_calls_and_signs_with_is_what_the_files_hold_at_the_next_use(serving, replaced):
    settings, now = serving.world.settings("PT"), clock.now()
    foundation = open_foundation(settings)
    try:
        calling, seal = calling_context(foundation), foundation.seal
        first, signed = calling(), seal().certificate
        for names in (layout.tls_client("PT"), layout.seal("PT")):
            replaced(serving.world.pki(names.certificate), GARBAGE)
        assert (calling(), seal().certificate) == (first, signed)
        assert {name for name, _ in foundation.reloads.faults()} == {"tls.client_certificate_file", "seal.key_file"}

        issuing = of(serving, layout.ISSUING)
        request = Request(of_country("PT"), CLIENT, begin=now - timedelta(hours=1), end=now + timedelta(days=90))
        for names in (layout.tls_client("PT"), layout.seal("PT")):
            new = issue(request.but(key=rsa_2048()), issuing)
            replaced(serving.world.pki(names.certificate), pem(new.certificate, issuing.certificate))
            replaced(serving.world.pki(names.key), key_pem(new))
        assert calling() is not first
        assert seal().certificate == new.der
        assert list(foundation.reloads.faults()) == []
    finally:
        foundation.store.close()


def test_sighup_makes_everything_anew_and_fails_no_request(serving, open_):
    before = log(serving).count('"event": "reloaded"')
    port = open_.port()
    os.kill(serving.world.processes["NO"].pid, signal.SIGHUP)
    eventually(lambda: log(serving).count('"event": "reloaded"') >= before + 6)
    assert open_.discover().patients
    assert open_.port() == port
    assert replace(serving).discover().patients


def test_what_is_read_at_a_start_alone_is_named_when_it_changes_and_the_node_goes_on(serving, open_, replaced):
    keys = serving.world.folder / "NO" / "keys"

    def named() -> bool:
        return any(
            sentence.startswith("store.keys_file: has changed") for sentence in asked(serving, "/ready").sentences
        )

    assert not named()
    replaced(keys, b"# a word of who runs the node\n" + keys.read_bytes())
    eventually(named)
    assert open_.discover().patients
