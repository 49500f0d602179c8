"""Documents of 12 MB, inline and by XOP: written, read, and what reading them takes of memory (finding R12)."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.messages import RetrievedDocument, RetrieveReply
from gateway.wire.soap import content_type, packed, read_envelope, write_envelope
from gateway.wire.xca_retrieve import read_retrieved, write_retrieved, write_retrieved_apart
from tests.support.nodes.wire import document_request, sender
from trust.errors import XmlTooLarge
from trust.xml import ANSWER

ROOT = Path(__file__).resolve().parents[3]
SIZE = 12_000_000
CONTENT = hashlib.shake_256(b"a document").digest(1_000) * (SIZE // 1_000)
XOP = '<xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:doc@x"/>'


def inline(content: bytes = CONTENT) -> tuple[str, bytes]:
    """Media type and body as this node sends them."""
    document = RetrievedDocument(document_request(), content, "application/pdf")
    body = write_retrieved(RetrieveReply((document,)), sender())
    return content_type("urn:x"), write_envelope(body, action="urn:x", message_id="urn:uuid:1")


def by_xop() -> tuple[str, bytes]:
    """Media type and body as OpenNCP 8 sends them."""
    _, body = inline(b"abc")
    root = body.replace(b"YWJj", XOP.encode())
    assert root != body
    head = b'--B\r\nContent-Type: application/xop+xml; type="application/soap+xml"\r\nContent-ID: <r@x>\r\n\r\n'
    part = (
        b"\r\n--B\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <doc@x>\r\n\r\n"
    )
    kind = 'multipart/related; boundary=B; type="application/xop+xml"; start="<r@x>"; start-info="application/soap+xml"'
    return kind, head + root + part + CONTENT + b"\r\n--B--\r\n"


def apart() -> tuple[str, bytes]:
    """Media type and body as this node sends them to who asked by MTOM."""
    document = RetrievedDocument(document_request(), CONTENT, "application/pdf")
    body, attachments = write_retrieved_apart(RetrieveReply((document,)), sender())
    sent = write_envelope(body, action="urn:x", message_id="urn:uuid:1")
    return packed(sent, attachments, action="urn:x", boundary="part-1")


WAYS = {"inline": inline, "by XOP": by_xop, "as we send by XOP": apart}
READING = """
import sys
from gateway.wire.soap import read_envelope
from gateway.wire.xca_retrieve import read_retrieved
from trust.xml import ANSWER

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

body = open(sys.argv[2], "rb").read()
before = peak()
envelope = read_envelope(sys.argv[1], body, ANSWER)
(document,) = read_retrieved(envelope.body, envelope.attachments).documents
print(len(document.content), (peak() - before) * 1024)
"""


@pytest.mark.parametrize("way", WAYS)
def test_a_document_of_12_mb_arrives_as_it_left(way: str):
    envelope = read_envelope(*WAYS[way](), ANSWER)
    (document,) = read_retrieved(envelope.body, envelope.attachments).documents
    assert document.content == CONTENT


@pytest.mark.parametrize("way", WAYS)
def test_reading_a_document_of_12_mb_takes_at_most_six_times_its_size(way: str, tmp_path: Path):
    """49 MB inline and 24 MB by XOP when this was written."""
    kind, body = WAYS[way]()
    (tmp_path / "body").write_bytes(body)
    command = [sys.executable, "-c", READING, kind, str(tmp_path / "body")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=180)
    length, taken = map(int, done.stdout.split())
    assert length == SIZE
    assert taken < 6 * SIZE


def test_an_answer_over_the_limit_is_refused_before_it_is_read():
    content = b"x" * (ANSWER.bytes // 4 * 3)
    with pytest.raises(XmlTooLarge):
        read_envelope(*inline(content), ANSWER)
    assert read_envelope(*inline(content[:-1_000_000]), ANSWER).body is not None
