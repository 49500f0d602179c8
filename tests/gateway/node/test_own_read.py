"""Reading a node's own state raises nothing, whatever lies where its files should: it is told, or it is no fault."""

import base64
import os

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from gateway import clock
from gateway.conditions import Occasion, unmet
from gateway.configuration.settings import load
from gateway.node.own.conditions import OWN_CONDITIONS
from gateway.node.own.read import read_own_state
from tests.support.callers.certificates import PLAIN, Request, authority, issue, name
from tests.support.nodes.configured import Configured

FILES = ["tls/server.pem", "tls/server.key", "tls/client.pem", "tls/trust.pem", "tls/crl/issuing.crl", "seal/seal.pem",
         "seal/seal.key", "store/keys", "ncpeh.db"]  # fmt: skip


def pem(kind: str, content: bytes) -> bytes:
    return b"-----BEGIN %b-----\n%b\n-----END %b-----\n" % (kind.encode(), base64.b64encode(content), kind.encode())


NAMELESS = issue(Request(name(), PLAIN), authority()).certificate.public_bytes(Encoding.PEM)
CONTENTS = {
    "nothing": b"",
    "zeros": bytes(100),
    "not UTF-8": b"\xff\xfe no text",
    "a certificate that is none": pem("CERTIFICATE", b"none"),
    "a certificate without a name": NAMELESS,
    "a certificate cut off": NAMELESS[:200],
    "a key that is none": pem("PRIVATE KEY", b"none"),
    "a list that is none": pem("X509 CRL", b"none"),
}


def looked() -> list[str]:
    """What is found on each occasion, by condition."""
    state = read_own_state(load())
    return [one.condition for occasion in Occasion for one in unmet(OWN_CONDITIONS, state, occasion, clock.now())]


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("file", FILES)
def test_a_file_of_any_content_is_told(own: Configured, file: str, content: str):
    own.write(file, CONTENTS[content], 0o600)
    assert looked()


@pytest.mark.parametrize("file", FILES)
def test_a_folder_a_pipe_or_a_broken_link_instead_of_a_file_is_told(own: Configured, file: str):
    path = own.state / file
    path.unlink()
    path.mkdir()
    assert looked()
    path.rmdir()
    os.mkfifo(path)
    assert looked(), "and nobody waits for who writes into it"
    path.unlink()
    path.symlink_to("nowhere")
    assert looked()


def test_a_link_to_the_right_file_is_no_fault(own: Configured):
    for file in FILES[:-1]:
        path = own.state / file
        real = path.rename(path.with_name(f"{path.name}.real"))
        path.symlink_to(real.name)
    assert looked() == []
