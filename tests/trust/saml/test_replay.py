"""A message is taken once; the assertions in it again and again while in force, as long as they are the same."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from tests.support.callers.assertions import HCP_ID, NOW, TRC_ID, Ids, SeenInMemory, call, envelope, hcp, nok, peer, trc
from tests.support.callers.signatures import Signing, sealer
from trust.errors import AssertionIdReused, MessageRepeated, TlsCountryDiffers, TrustError
from trust.saml.replay import refuse_repeated_message, refuse_reused_assertions

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@dataclass
class Node:
    """What outlives a message."""

    seen: SeenInMemory = field(default_factory=SeenInMemory)
    new_id: Ids = field(default_factory=Ids)

    def takes(self, *assertions: bytes, **changes: object) -> bool:
        return bool(call(envelope(*assertions), seen=self.seen, new_id=self.new_id, **changes))

    def refuses(self, *assertions: bytes, **changes: object) -> type[TrustError]:
        with pytest.raises(TrustError) as refusal:
            self.takes(*assertions, **changes)
        return refusal.type


@pytest.fixture
def node() -> Node:
    return Node()


def test_the_same_assertions_serve_discovery_query_and_many_retrieves(node: Node):
    made = hcp(), trc()
    assert node.takes(made[0], message_id="urn:uuid:discovery", needs_role_display=True)
    assert node.takes(*made, message_id="urn:uuid:query", needs_trc=True)
    for number in range(5):
        assert node.takes(*made, message_id=f"urn:uuid:retrieve-{number}", needs_trc=True, now=NOW + number * MINUTE)


def test_a_message_without_an_id_may_come_again(node: Node):
    made = hcp(), trc()
    assert node.takes(*made)
    assert node.takes(*made)


def test_refuses_a_repeated_message(node: Node):
    assert node.takes(hcp(), message_id="urn:uuid:1")
    assert node.refuses(hcp(), message_id="urn:uuid:1") is MessageRepeated
    assert node.takes(hcp(), message_id="urn:uuid:2")


def test_refuses_a_message_id_that_comes_with_other_assertions(node: Node):
    assert node.takes(hcp(), message_id="urn:uuid:1")
    assert node.refuses(hcp(fields={"@ID": "_other"}), message_id="urn:uuid:1") is MessageRepeated


def test_two_countries_may_choose_the_same_message_id(node: Node):
    assert node.takes(hcp(), message_id="urn:uuid:1")
    danish = hcp(by=sealer("DK"), fields={"@ID": "_danish"})
    assert node.takes(danish, peer=peer("DK"), message_id="urn:uuid:1")


def test_an_empty_message_id_is_one(node: Node):
    assert node.takes(hcp(), message_id="")
    assert node.refuses(hcp(), message_id="") is MessageRepeated


@pytest.mark.parametrize("which", ["hcp", "trc", "nok"])
def test_refuses_an_assertion_id_seen_with_other_bytes(node: Node, which: str):
    builders = {"hcp": hcp, "trc": trc, "nok": nok}
    other = {"@IssueInstant": "2026-03-02T10:29:59Z"}
    again = [build(fields=other if kind == which else {}) for kind, build in builders.items()]
    assert node.takes(*(build() for build in builders.values()))
    assert node.refuses(*again) is AssertionIdReused
    assert Node().takes(*again)


def test_an_assertion_sealed_again_is_the_same(node: Node):
    assert node.takes(hcp())
    assert node.takes(hcp(by=sealer("PT", "p256"), signing=Signing("ecdsa-sha256")))


def test_refuses_an_assertion_id_that_another_country_used(node: Node):
    assert node.takes(hcp())
    assert node.refuses(hcp(by=sealer("DK")), peer=peer("DK")) is AssertionIdReused


def test_refuses_the_very_assertion_from_another_countrys_client(node: Node):
    assert node.takes(hcp())
    assert node.refuses(hcp(), peer=peer("DK")) is TlsCountryDiffers
    caller = call(envelope(hcp()))
    refuse_reused_assertions([("hcp", caller.hcp)], "PT", seen=node.seen, now=NOW)
    with pytest.raises(AssertionIdReused):
        refuse_reused_assertions([("hcp", caller.hcp)], "DK", seen=node.seen, now=NOW)


def test_a_refused_message_leaves_nothing_behind(node: Node):
    assert node.refuses(hcp(), trc(hcp_id="_other"), message_id="urn:uuid:1")
    assert node.seen.kept == {}


def test_what_is_seen_is_kept_until_it_can_no_longer_be_in_force(node: Node):
    assert node.takes(hcp(), trc(), message_id="urn:uuid:1")
    kept = {space_and_key: until for space_and_key, (_, until) in node.seen.kept.items()}
    ((message,),) = [[key for key in kept if key[0] == "message"]]
    assert kept[message] == NOW + 4 * HOUR + MINUTE
    assert kept["assertion", HCP_ID] == NOW + 4 * HOUR + MINUTE
    assert kept["assertion", TRC_ID] == NOW + 2 * HOUR + MINUTE


def test_a_message_id_is_kept_as_its_digest(node: Node):
    assert node.takes(hcp(), message_id="urn:uuid:readable" * 1000)
    ((_, key),) = [kept for kept in node.seen.kept if kept[0] == "message"]
    assert "readable" not in key
    assert len(key) == len("PT:") + 64


def test_the_memory_is_asked_with_the_instant_of_the_request():
    asked: list[tuple[datetime, datetime]] = []

    class Asked(SeenInMemory):
        def first_seen(self, space: str, key: str, value: str, until: datetime, now: datetime) -> str:
            asked.append((until, now))
            return value

    refuse_repeated_message("1", "PT", seen=Asked(), new_id=Ids(), until=NOW + HOUR, now=NOW)
    refuse_reused_assertions([("hcp", call(envelope(hcp())).hcp)], "PT", seen=Asked(), now=NOW)
    assert asked == [(NOW + HOUR, NOW), (NOW + 4 * HOUR + MINUTE, NOW)]
