"""ITI-39 at country A's SOAP face: a large document leaves as a part of its own when it was asked for by MTOM.

OpenNCP 7 and 8 ask so and their own servers answer so; who asks plainly is answered plainly. What is sent is taken
apart by Python's own reader of MIME, which shares nothing with ours.
"""

import base64
import hashlib
from email import message_from_bytes
from email.message import Message

import pytest
from lxml import etree

from gateway.pipeline.answer import Reply
from gateway.pipeline.form import Arrived
from gateway.wire.xca_retrieve import APART_FROM
from tests.support.callers.assertions import envelope
from tests.support.callers.signatures import sealer
from tests.support.nodes.in_process import MEDIA_TYPE, hcp, in_process, retrieve, trc
from tests.support.nodes.wire import MULTIPART, multipart
from tests.support.norway.in_memory import DOCUMENT, kept

CONTENT = hashlib.shake_256(b"an original").digest(APART_FROM)
XDS = "{urn:ihe:iti:xds-b:2007}"
INCLUDE = "{http://www.w3.org/2004/08/xop/include}Include"


def asked(content: bytes, *shown: bytes, by_mtom: bool) -> Reply:
    node = in_process()
    node.norway.shelf.keep(kept(content=content))
    message = envelope(*shown, body=retrieve(DOCUMENT))
    media_type, body = (MULTIPART, multipart(message)) if by_mtom else (MEDIA_TYPE, message)
    return node.answerer.answer(Arrived("xca", media_type, body, sealer("PT", "tls").certificate))


def opened(reply: Reply) -> Message:
    return message_from_bytes(f"Content-Type: {reply.content_type}\r\n\r\n".encode() + reply.body)


def document(content: bytes) -> etree._Element:
    (found,) = etree.fromstring(content).iter(f"{XDS}Document")
    return found


def test_a_large_document_asked_for_by_mtom_is_a_part_of_its_own():
    reply = asked(CONTENT, hcp(), trc(), by_mtom=True)
    whole = opened(reply)
    root, part = whole.get_payload()
    assert (reply.status, whole.get_content_type(), whole.get_param("type"), whole.get_param("start-info")) == (
        200,
        "multipart/related",
        "application/xop+xml",
        "application/soap+xml",
    )
    assert (root["Content-ID"], root.get_content_type()) == (whole.get_param("start"), "application/xop+xml")
    (include,) = document(root.get_payload(decode=True))
    assert include.tag == INCLUDE
    assert part["Content-ID"] == f"<{include.get('href').removeprefix('cid:')}>"
    assert part.get_payload(decode=True) == CONTENT
    assert len(reply.body) < len(CONTENT) + 5_000


@pytest.mark.parametrize(
    ("content", "by_mtom"), [(CONTENT, False), (CONTENT[1:], True)], ids=["asked plainly", "small"]
)
def test_everything_else_is_inline(content: bytes, by_mtom: bool):
    reply = asked(content, hcp(), trc(), by_mtom=by_mtom)
    assert reply.content_type.startswith("application/soap+xml")
    assert base64.b64decode(document(reply.body).text) == content


def test_a_refusal_is_plain_however_it_was_asked():
    reply = asked(CONTENT, by_mtom=True)
    assert (reply.status, reply.recorded.refusal_class) == (200, "HcpMissing")
    assert reply.content_type.startswith("application/soap+xml")
