"""What one client with a certificate and no assertion can cost a node: little, and others are served.

Each flood is met by a real node with limits of a second; after it a valid request is answered, and memory has a bound.
"""

import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.callers.assertions import envelope
from tests.support.nodes.node import PRIVACY, Abroad, read, refused
from tests.support.nodes.worlds import abroad_in
from trust import pki_layout

HASTE = {
    "NCPEH_LIMITS__HEADER_DEADLINE": "PT1S",
    "NCPEH_LIMITS__HANDSHAKE_DEADLINE": "PT1S",
    "NCPEH_LIMITS__BODY_DEADLINE": "PT8S",
}
_MOST_MEMORY = 400_000
"""kB, of the node's process, at its highest."""
_LARGE = 15_900_000


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Abroad]:
    with abroad_in(tmp_path_factory.mktemp("flooded"), HASTE) as abroad:
        yield abroad


@pytest.fixture(autouse=True)
def serves_others_afterwards(node: Abroad) -> Iterator[None]:
    node.reset()
    yield
    node.reset()
    assert node.discover().patients
    assert node.calls() == PRIVACY
    assert _highest_memory(node) < _MOST_MEMORY


def _highest_memory(node: Abroad) -> int:
    lines = Path(f"/proc/{node.world.processes['NO'].pid}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


@contextmanager
def connected(node: Abroad) -> Iterator[ssl.SSLSocket]:
    at = urlsplit(node.world.url("NO", "xca"))
    plain = socket.create_connection((str(at.hostname), at.port or 0), timeout=180)
    context = node.context(pki_layout.tls_client("PT"))
    with closing(context.wrap_socket(plain, server_hostname=at.hostname)) as secured:
        yield secured


def head(node: Abroad, length: int) -> bytes:
    path = urlsplit(node.world.url("NO", "xca")).path
    kind = "application/soap+xml"
    return f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n".encode()


def answer(secured: ssl.SSLSocket) -> bytes:
    """All that comes until the node ends the connection or the answer is whole; nothing when it was cut."""
    came = b""
    try:
        while piece := secured.recv(65536):
            came += piece
            if came.endswith(b"Envelope>"):
                break
    except ConnectionError:
        return b""
    return came


@pytest.mark.parametrize(
    ("piece", "cause"),
    [("<?a?>", "ProcessingInstructionForbidden"), ("<a/>", "XmlTooManyNodes"), ('<a b="" c=""/>', "XmlTooManyNodes")],
)
def test_a_message_of_very_many_nodes_is_refused_with_its_evidence(node: Abroad, piece: str, cause: str):
    body = f'<q xmlns="urn:nobody">{piece * 200_000}</q>'.encode()
    came = node.post("xca", envelope(body=body), pki_layout.tls_client("PT"))
    refused(node, came, "unknown", cause, [])


def test_headers_of_megabytes_are_ended(node: Abroad):
    with connected(node) as secured:
        sent = 0
        try:
            secured.sendall(head(node, 2)[:-2])
            while sent < 150:
                secured.sendall(b"a%d: " % sent + b"x" * 1_000_000 + b"\r\n")
                sent += 1
        except OSError:
            pass
        assert sent < 150
        assert answer(secured)[:12] in (b"", b"HTTP/1.1 431")


def test_large_bodies_that_stop_share_one_budget(node: Abroad):
    with ExitStack() as all_of_them:
        for _ in range(10):
            secured = all_of_them.enter_context(connected(node))
            secured.sendall(head(node, _LARGE))
            with suppress(OSError):  # refused while it sends
                secured.sendall(b"x" * (_LARGE - 1))
        assert answer(secured)[:12] in (b"", b"HTTP/1.1 503")
        assert node.event()["refusal_class"] == "NodeTooManyRequests"


def test_connections_that_say_nothing_are_ended(node: Abroad):
    with ExitStack() as all_of_them:
        silent = [all_of_them.enter_context(connected(node)) for _ in range(40)]
        half = all_of_them.enter_context(connected(node))
        half.sendall(b"POST / HTTP/1.1\r\nhost: ")
        assert answer(half).startswith(b"HTTP/1.1 408")
        assert [answer(secured) for secured in silent] == [b""] * 40


def test_a_client_has_so_many_connections_and_no_more(node: Abroad):
    with ExitStack() as all_of_them:
        for _ in range(64):
            all_of_them.enter_context(connected(node))
        assert answer(all_of_them.enter_context(connected(node))).startswith(b"HTTP/1.1 503")


def test_a_message_within_the_limits_is_answered(node: Abroad):
    message = envelope(*node.assertions(None), body=b'<x xmlns="urn:nobody"/>')
    with connected(node) as secured:
        secured.sendall(head(node, len(message)) + message)
        status, _, rest = answer(secured).partition(b"\r\n")
    node.sent += 1
    came = read(int(status.split()[1]), "application/soap+xml", rest.partition(b"\r\n\r\n")[2])
    refused(node, came, "unknown", "BodyElementUnknown", [])
