"""Every hostile message of the corpus against wire and trust, in process: refused with its own class."""

import pytest

from gateway.errors import Refusal
from gateway.wire.soap import read_envelope
from tests.support.callers.assertions import DIRECTORY, NOW, Ids, SeenInMemory, certificate, peer, tables
from tests.support.callers.attacks import SOAP_TYPE, Attack, good, rows
from trust.errors import TrustError
from trust.saml.model import VerifiedCaller
from trust.saml.replay import SentMessage
from trust.saml.verify import verify_caller
from trust.xml import canonical


def received(content_type: str, body: bytes) -> VerifiedCaller:
    """As the pipeline does: read, then verify."""
    envelope = read_envelope(content_type, body)
    return verify_caller(
        envelope.root,
        peer=peer(),
        verify_certificate=certificate,
        directory=DIRECTORY,
        tables=tables(),
        needs_trc=False,
        needs_role_display=False,
        seen=SeenInMemory(),
        new_id=Ids(),
        message=SentMessage(envelope.message_id, lambda: canonical(envelope.body)),
        now=NOW,
    )


def test_the_message_every_attack_is_made_from_is_good():
    assert received(SOAP_TYPE, good()).country == "PT"


def test_names_are_told_apart():
    assert len({attack.name for attack in rows()}) == len(rows())


@pytest.mark.parametrize("attack", rows(), ids=lambda attack: attack.name)
def test_refuses(attack: Attack):
    with pytest.raises((TrustError, Refusal)) as refusal:
        received(attack.content_type, attack.build())
    assert refusal.type is attack.cause
