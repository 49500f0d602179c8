"""The corpus over the real wire: what cannot be read, and what is wrapped; each with its twin from the same client."""

from uuid import uuid4

import pytest

from gateway import clock
from gateway.errors import MessageRefused
from gateway.messages import FindPatient
from gateway.wire.names import Sender
from gateway.wire.xcpd import write_find_patient
from tests.support.callers.assertions import envelope
from tests.support.callers.attacks import Attack, rows
from tests.support.callers.wrapping import WAYS
from tests.support.machine.generated import of_the_day
from tests.support.nodes.node import NORWAY, PORTUGAL, PRIVACY, Abroad, refused
from trust import pki_layout
from trust.errors import XmlRefused

UNREADABLE = [
    row for row in rows() if issubclass(row.cause, (XmlRefused, MessageRefused)) and row.name[:7] != "wrapped"
]
OVER_THE_LIMIT = "large"
"""Refused by the face before it is read: test_h08_refuses_a_body_over_the_limit."""


@pytest.mark.parametrize(
    "attack",
    of_the_day("unreadable", (a for a in UNREADABLE if a.name != OVER_THE_LIMIT), 20),
    ids=lambda attack: attack.name,
)
def test_h07_refuses_what_cannot_be_read(abroad: Abroad, attack: Attack):
    sent = {"content-type": attack.content_type}
    came = abroad.post("xca", attack.build(), pki_layout.tls_client("PT"), **sent)
    refused(abroad, came, "unknown", attack.cause.__name__, [])


def test_h07_an_unknown_body_element_is_refused_on_every_service(abroad: Abroad):
    for service in ("xcpd", "xca", "xdr"):
        came = abroad.post(service, envelope(body=b'<x xmlns="urn:nobody"/>'), pki_layout.tls_client("PT"))
        refused(abroad, came, "unknown", "BodyElementUnknown", [])


def test_a_message_for_another_service_is_refused(abroad: Abroad):
    came = abroad.post("xca", discovery(abroad), pki_layout.tls_client("PT"))
    refused(abroad, came, "unknown", "BodyElementUnknown", [])


@pytest.mark.parametrize("way", WAYS)
def test_h03_refuses_a_wrapped_assertion(abroad: Abroad, way: str):
    attack, cause = WAYS[way]
    (genuine,) = abroad.assertions(None)
    body = discovery(abroad, bare=True)
    message = attack(genuine).replace(b"<q/>", body)
    transaction = "unknown" if issubclass(cause, XmlRefused) else "ITI-55"
    refused(abroad, post(abroad, message), transaction, cause.__name__, [])
    assert post(abroad, envelope(genuine, body=body)).patients
    assert abroad.calls() == PRIVACY


def discovery(abroad: Abroad, *, bare: bool = False) -> bytes:
    asked = FindPatient(NORWAY, PORTUGAL, (abroad.number("rich"),))
    body = write_find_patient(asked, Sender(PORTUGAL, "PT", "Portugal", "1.2", clock.now(), uuid4))
    return body if bare else envelope(*abroad.assertions(None), body=body)


def post(abroad: Abroad, message: bytes):
    return abroad.post("xcpd", message, pki_layout.tls_client("PT"))
