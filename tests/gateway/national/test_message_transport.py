"""EDI 2.0: one message out, its receipt and answer back, everybody else's messages left alone."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from gateway.errors import NationalAccessDenied, NationalAnswerUnreadable, NationalServiceDown, NationalServiceSlow
from gateway.http import HttpAnswer, HttpUnreachable
from gateway.national.calls import Api
from gateway.national.message_transport import Edi20, TransportSettings
from tests.support.norway.scripted import Asked, NoAuthority, ScriptedHttp, answer
from tests.support.norway.source_messages import OUR_MESSAGE, apprec, msghead
from transformers.norway.errors import Rejected

HELLO = '<Hei xmlns="urn:hei"/>'
HUB = "https://edi.invalid"


@dataclass
class Mailbox:
    """The hub: a list of messages, answered as EDI 2.0 does, and what became of each."""

    messages: dict[str, tuple[bytes, int, str | None]] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)
    receipted: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    send_status: int = 201
    stubborn: set[str] = field(default_factory=set)
    """Messages that cannot be marked read."""
    later: dict[int, Callable[[], None]] = field(default_factory=dict)
    polls: int = 0

    def put(self, key: str, document: bytes, *, sender: int = 80624, receipt_of: str | None = None) -> None:
        self.messages[key] = (document, sender, receipt_of)

    def __call__(self, one: Asked) -> HttpAnswer:
        assert one.headers["api-version"] == "2"
        path = one.url.removeprefix(HUB).split("?")[0]
        match (one.method, path.split("/")[2:]):
            case ("POST", []):
                self.sent.append(base64.b64decode(json.loads(one.content or b"")["businessDocument"]))
                return answer(self.send_status, "transport-1")
            case ("GET", []):
                return self._list()
            case ("GET", [key, "business-document"]):
                self.fetched.append(key)
                return answer(200, {"businessDocument": base64.b64encode(self.messages[key][0]).decode()})
            case ("PUT", [key, "read", "8190099"]):
                if key in self.stubborn:
                    return answer(500, b"")
                self.read.append(key)
                return answer(204, b"")
            case ("POST", [key, "apprec", "8190099"]):
                assert json.loads(one.content or b"")["appRecStatus"] == "Ok"
                self.receipted.append(key)
                return answer(201, "x")
        raise AssertionError(f"{one.method} {path}")

    def _list(self) -> HttpAnswer:
        self.polls += 1
        self.later.get(self.polls, lambda: None)()
        listed = []
        for key, (_, sender, receipt_of) in self.messages.items():
            if key not in self.read:
                entry = {"id": key, "senderHerId": sender, "receiverHerId": 8190099, "isAppRec": receipt_of is not None}
                listed.append(entry | ({"apprecReferenceId": receipt_of} if receipt_of else {}))
        return answer(200, listed)


class Time:
    """Seconds that pass only when somebody waits."""

    def __init__(self) -> None:
        self.at = 0.0

    def elapsed(self) -> float:
        return self.at

    def pause(self, seconds: float) -> None:
        self.at += seconds


def transport(http: ScriptedHttp, time: Time | None = None) -> Edi20:
    clock = time or Time()
    api = Api("message-transport", HUB, http, NoAuthority())
    settings = TransportSettings("8190099", "tests", deadline_seconds=2.0, pause_seconds=0.5)
    return Edi20(settings, api, elapsed=clock.elapsed, pause=clock.pause)


def exchange(box: Mailbox) -> bytes:
    http = ScriptedHttp([box])
    return transport(http).exchange(b"<out/>", message_id=OUR_MESSAGE, receiver_her_id="80624").content


def deliver(box: Mailbox) -> None:
    transport(ScriptedHttp([box])).deliver(b"<out/>", message_id=OUR_MESSAGE, receiver_her_id="80624")


def test_receipt_and_answer_are_taken_read_and_the_answer_receipted():
    box = Mailbox()
    box.put("r", apprec(), receipt_of=OUR_MESSAGE)
    box.put("a", msghead(HELLO))
    assert exchange(box) == msghead(HELLO)
    assert (box.sent, sorted(box.read), box.receipted) == ([b"<out/>"], ["a", "r"], ["a"])


def test_an_answer_before_its_receipt_is_an_answer():
    box = Mailbox()
    box.put("a", msghead(HELLO))
    box.later[2] = lambda: box.put("r", apprec())
    assert exchange(box) == msghead(HELLO)
    assert box.read == ["a", "r"]


def test_an_answer_without_receipt_counts_after_one_more_look():
    box = Mailbox()
    box.put("a", msghead(HELLO))
    assert exchange(box) == msghead(HELLO)
    assert box.polls == 2


def test_a_receipt_may_refer_to_the_hubs_own_id():
    box = Mailbox()
    box.put("r", apprec(), receipt_of="TRANSPORT-1")
    box.put("a", msghead(HELLO))
    exchange(box)
    assert "r" in box.read


def test_messages_of_others_are_left_unread():
    box = Mailbox()
    box.put("other-sender", msghead(HELLO), sender=138619)
    box.put("other-receipt", apprec(), receipt_of="somebody-elses")
    box.put("other-answer", msghead(HELLO, answers="somebody-elses"))
    box.put("hidden-receipt", apprec(original="somebody-elses"))
    box.put("a", msghead(HELLO))
    exchange(box)
    assert (box.read, box.receipted) == (["a"], ["a"])
    assert sorted(box.fetched) == ["a", "hidden-receipt", "other-answer"]


def test_nonsense_in_the_mailbox_does_not_stop_an_answer():
    box = Mailbox()
    box.put("nonsense", b"\x00\x01")
    box.put("a", msghead(HELLO))
    assert exchange(box) == msghead(HELLO)
    assert box.read == ["a"]


def test_nonsense_alone_is_an_unreadable_answer():
    box = Mailbox()
    box.put("nonsense", b"<MsgHead/>")
    with pytest.raises(NationalAnswerUnreadable):
        exchange(box)
    assert box.read == []


def test_no_answer_within_the_deadline_is_slow():
    box = Mailbox()
    box.put("r", apprec())
    with pytest.raises(NationalServiceSlow):
        exchange(box)
    assert box.polls == 9


@pytest.mark.parametrize("status", ["2", "3"])
def test_a_rejecting_receipt_rejects_with_its_codes(status: str):
    box = Mailbox()
    box.put("r", apprec(status=status))
    with pytest.raises(Rejected) as rejected:
        exchange(box)
    assert (box.read, rejected.value.codes) == (["r"], ("X99",))


def test_what_is_answered_with_a_receipt_alone_is_delivered_with_it():
    box = Mailbox()
    box.put("r", apprec())
    deliver(box)
    assert (box.sent, box.read) == ([b"<out/>"], ["r"])


def test_what_nobody_receipts_is_not_delivered():
    with pytest.raises(NationalServiceSlow):
        deliver(Mailbox())


def test_a_message_the_hub_has_already_is_waited_for_and_not_sent_again():
    box = Mailbox(send_status=409)
    box.put("a", msghead(HELLO))
    assert exchange(box) == msghead(HELLO)
    assert len(box.sent) == 1


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        (401, NationalAccessDenied), (403, NationalAccessDenied), (400, NationalAnswerUnreadable),
        (302, NationalAnswerUnreadable), (404, NationalAnswerUnreadable), (429, NationalServiceDown),
        (503, NationalServiceDown), (408, NationalServiceSlow), (504, NationalServiceSlow),
    ],
)  # fmt: skip
def test_each_status_of_the_hub_is_its_refusal_and_nothing_is_polled(status: int, refusal: type[Exception]):
    box = Mailbox(send_status=status)
    with pytest.raises(refusal):
        exchange(box)
    assert box.polls == 0


@pytest.mark.parametrize("listed", [{"not": "a list"}, [1], [{"senderHerId": 80624}], b"{"])
def test_a_list_outside_its_specification_is_unreadable(listed: object):
    http = ScriptedHttp([answer(201, "t"), answer(200, listed)])
    with pytest.raises(NationalAnswerUnreadable):
        transport(http).exchange(b"<out/>", message_id=OUR_MESSAGE, receiver_her_id="80624")


def test_a_hub_that_disappears_is_down():
    with pytest.raises(NationalServiceDown):
        transport(ScriptedHttp([HttpUnreachable()])).exchange(b"<o/>", message_id="m", receiver_her_id="80624")


def test_the_first_looks_are_quick_and_each_gets_no_more_time_than_is_left():
    box, time = Mailbox(), Time()
    http = ScriptedHttp([box])
    with pytest.raises(NationalServiceSlow):
        transport(http, time).exchange(b"<o/>", message_id=OUR_MESSAGE, receiver_her_id="80624")
    left = [2.0, 2.0, 1.99, 1.97, 1.93, 1.85, 1.69, 1.37, 0.87, 0.37]
    assert [round(one.deadline_seconds or 0, 6) for one in http.asked] == left


def test_as_many_messages_are_listed_as_the_hub_gives():
    http = ScriptedHttp([Mailbox()])
    with pytest.raises(NationalServiceSlow):
        transport(http).exchange(b"<o/>", message_id=OUR_MESSAGE, receiver_her_id="80624")
    assert "messagesToFetch=100" in http.asked[1].url


def again(box: Mailbox, edi: Edi20, key: str) -> None:
    """Another exchange over the same transport, answered at once."""
    box.put(f"a-{key}", msghead(HELLO, answers=key))
    box.put(f"r-{key}", apprec(original=key), receipt_of=key)
    edi.exchange(b"<o/>", message_id=key, receiver_her_id="80624")


def shared() -> tuple[Mailbox, Edi20, Time]:
    box, time = Mailbox(), Time()
    return box, transport(ScriptedHttp([box]), time), time


def test_what_nobody_waits_for_any_longer_is_read_receipted_and_gone():
    box, edi, time = shared()
    box.put("late", msghead(HELLO, answers="gave-up"))
    box.put("late-receipt", apprec(original="gave-up"), receipt_of="gave-up")
    box.put("nonsense", b"\x00")
    again(box, edi, "m-1")
    time.at += 600.5
    again(box, edi, "m-2")
    assert {"late", "late-receipt", "nonsense"} <= set(box.read)
    assert sorted(box.receipted) == ["a-m-1", "a-m-2", "late"]


def test_a_receipt_that_nobody_waits_for_is_read_and_never_receipted():
    box, edi, time = shared()
    box.put("late", msghead(HELLO, answers="gave-up"))
    box.put("late-receipt", msghead(HELLO, answers="gave-up"), receipt_of="gave-up")
    again(box, edi, "m-1")
    time.at += 600.5
    again(box, edi, "m-2")
    assert {"late", "late-receipt"} <= set(box.read)
    assert sorted(box.receipted) == ["a-m-1", "a-m-2", "late"]


@pytest.mark.parametrize("seconds", [0.0, 2.5, 600.0])
def test_what_another_exchange_may_still_wait_for_stays(seconds: float):
    box, edi, time = shared()
    box.put("theirs", msghead(HELLO, answers="waits-on-another-node"))
    again(box, edi, "m-1")
    time.at += seconds
    again(box, edi, "m-2")
    assert "theirs" not in box.read
    assert "theirs" not in box.receipted


def test_how_long_it_lies_there_counts_from_when_it_was_first_seen():
    box, edi, time = shared()
    again(box, edi, "m-1")
    time.at += 600.5
    box.put("theirs", msghead(HELLO, answers="just-came"))
    again(box, edi, "m-2")
    assert "theirs" not in box.read


def test_another_senders_messages_are_never_cleared_away():
    box, edi, time = shared()
    box.put("sysvak", msghead(HELLO, answers="gave-up"), sender=138619)
    again(box, edi, "m-1")
    time.at += 600.5
    again(box, edi, "m-2")
    assert "sysvak" not in box.read


def test_an_exchange_clears_a_few_away_and_the_next_one_more():
    box, edi, time = shared()
    late = [f"late-{n}" for n in range(6)]
    for key in late:
        box.put(key, msghead(HELLO, answers="gave-up"))
    again(box, edi, "m-1")
    time.at += 600.5
    again(box, edi, "m-2")
    assert len(set(late) & set(box.read)) == 4
    again(box, edi, "m-3")
    assert set(late) <= set(box.read)


def test_clearing_away_never_costs_an_answer():
    box, edi, time = shared()
    box.put("late", msghead(HELLO, answers="gave-up"))
    again(box, edi, "m-1")
    box.stubborn.add("late")
    time.at += 600.5
    again(box, edi, "m-2")
    assert "a-m-2" in box.read
    assert "late" not in box.read


def test_a_message_known_to_be_somebody_elses_is_not_fetched_again():
    box, edi, _ = shared()
    box.put("theirs", msghead(HELLO, answers="waits-on-another-node"))
    again(box, edi, "m-1")
    again(box, edi, "m-2")
    assert box.fetched.count("theirs") == 1


@pytest.mark.parametrize(("deadline", "fits"), [(599.0, True), (600.0, False), (601.0, False)])
def test_no_exchange_may_wait_as_long_as_a_message_is_kept(deadline: float, fits: bool):
    if fits:
        assert TransportSettings("1", "t", deadline_seconds=deadline).abandoned_seconds == 600.0
    else:
        with pytest.raises(ValueError, match="abandoned"):
            TransportSettings("1", "t", deadline_seconds=deadline)
