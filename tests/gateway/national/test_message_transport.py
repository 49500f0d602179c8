"""EDI 2.0: one message out, its receipt and answer back; what is found for others is filed before it is read."""

import base64
import json
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field

import pytest

from gateway.errors import (
    NationalAccessDenied,
    NationalAnswerUnreadable,
    NationalServiceDown,
    NationalServiceSlow,
    StoreUnavailable,
)
from gateway.http import HttpAnswer, HttpUnreachable
from gateway.national.awaited import AwaitedAnswer
from gateway.national.calls import Api
from gateway.national.message_transport import Edi20, FiledMail, TransportSettings
from gateway.store.mail import FoundMail
from tests.support.norway.mail import MailInMemory
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
    most: int = 1_000
    """Messages a list holds."""
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
        return answer(200, listed[: self.most])


@dataclass
class Forgetful(MailInMemory):
    """A store that takes nothing found while it is broken."""

    broken: bool = True

    def file(self, found: Sequence[FoundMail]) -> frozenset[str]:
        if self.broken:
            raise StoreUnavailable("OperationalError/SQLITE_FULL")
        return super().file(found)


class Time:
    """Seconds that pass only when somebody waits."""

    def __init__(self) -> None:
        self.at = 0.0

    def elapsed(self) -> float:
        return self.at

    def pause(self, seconds: float) -> None:
        self.at += seconds


def transport(http: ScriptedHttp, time: Time | None = None, mail: FiledMail | None = None) -> Edi20:
    clock = time or Time()
    api = Api("message-transport", HUB, http, NoAuthority())
    settings = TransportSettings("8190099", "tests", deadline_seconds=2.0, pause_seconds=0.5, report_seconds=120.0)
    return Edi20(settings, api, mail or MailInMemory(), elapsed=clock.elapsed, pause=clock.pause)


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


def test_an_answer_found_at_the_last_moment_counts():
    box, time = Mailbox(), Time()

    def found_late() -> None:
        box.put("a", msghead(HELLO))
        time.pause(1.99)

    box.later[1] = found_late
    edi = transport(ScriptedHttp([box]), time)
    assert edi.exchange(b"<out/>", message_id=OUR_MESSAGE, receiver_her_id="80624").content == msghead(HELLO)
    assert box.polls == 1


@pytest.mark.parametrize("how", ["gone", "nonsense"])
def test_an_answer_counts_though_the_look_for_its_receipt_fails(how: str):
    box = Mailbox()
    box.put("a", msghead(HELLO))

    def fails() -> None:
        if how == "gone":
            raise HttpUnreachable
        box.put("no id/of the hub", msghead(HELLO))

    box.later[2] = fails
    assert exchange(box) == msghead(HELLO)
    assert box.polls == 2


def test_a_receipt_may_refer_to_the_hubs_own_id():
    box = Mailbox()
    box.put("r", apprec(), receipt_of="TRANSPORT-1")
    box.put("a", msghead(HELLO))
    exchange(box)
    assert "r" in box.read


def test_what_is_found_for_others_is_filed_and_receipted_only_where_it_answers_us():
    box, mail = Mailbox(), MailInMemory()
    mail.asking("waits-elsewhere", "80624", kept=False)
    box.put("other-sender", msghead(HELLO), sender=138619)
    box.put("other-receipt", apprec(original="waits-elsewhere"), receipt_of="waits-elsewhere")
    box.put("other-answer", msghead(HELLO, answers="waits-elsewhere"))
    box.put("nobodys", msghead(HELLO, answers="of-yesterday"))
    box.put("a", msghead(HELLO))
    edi = transport(ScriptedHttp([box]), mail=mail)
    edi.exchange(b"<o/>", message_id=OUR_MESSAGE, receiver_her_id="80624")
    assert sorted(mail.found) == ["nobodys", "other-answer", "other-receipt", "other-sender"]
    assert sorted(box.read) == ["a", "nobodys", "other-answer", "other-receipt", "other-sender"]
    assert (sorted(box.receipted), mail.unclaimed()) == (["a", "other-answer"], 2)


def test_an_answer_of_another_sender_is_no_answer():
    box, mail = Mailbox(), MailInMemory()
    box.put("forged", msghead(HELLO), sender=138619)
    with pytest.raises(NationalServiceSlow):
        transport(ScriptedHttp([box]), mail=mail).exchange(b"<o/>", message_id=OUR_MESSAGE, receiver_her_id="80624")
    assert mail.unclaimed() == 1


def test_what_another_process_has_filed_reaches_its_asker():
    box, mail = Mailbox(), MailInMemory()
    filed = FoundMail("a", "80624", OUR_MESSAGE.lower(), False, msghead(HELLO))
    box.later[2] = lambda: mail.file([filed]) and None
    edi = transport(ScriptedHttp([box]), mail=mail)
    assert edi.exchange(b"<o/>", message_id=OUR_MESSAGE, receiver_her_id="80624").content == msghead(HELLO)
    assert mail.found == {}


def test_nonsense_in_the_mailbox_does_not_stop_an_answer():
    box, mail = Mailbox(), MailInMemory()
    box.put("nonsense", b"\x00\x01")
    box.put("a", msghead(HELLO))
    edi = transport(ScriptedHttp([box]), mail=mail)
    assert edi.exchange(b"<o/>", message_id=OUR_MESSAGE, receiver_her_id="80624").content == msghead(HELLO)
    assert (sorted(box.read), box.receipted, sorted(mail.found)) == (["a", "nonsense"], ["a"], ["nonsense"])


def test_nonsense_alone_is_an_unreadable_answer_and_kept():
    box, mail = Mailbox(), MailInMemory()
    box.put("nonsense", b"<MsgHead/>")
    with pytest.raises(NationalAnswerUnreadable):
        transport(ScriptedHttp([box]), mail=mail).exchange(b"<o/>", message_id=OUR_MESSAGE, receiver_her_id="80624")
    assert (box.read, mail.unclaimed()) == (["nonsense"], 1)


def test_what_cannot_be_kept_is_not_marked_read():
    box, mail = Mailbox(), Forgetful()
    box.put("nobodys", msghead(HELLO, answers="of-yesterday"))
    edi = transport(ScriptedHttp([box]), mail=mail)
    with pytest.raises(StoreUnavailable):
        edi.exchange(b"<o/>", message_id=OUR_MESSAGE, receiver_her_id="80624")
    assert box.read == []
    mail.broken = False
    box.put("a", msghead(HELLO))
    assert edi.exchange(b"<o/>", message_id=OUR_MESSAGE, receiver_her_id="80624").content == msghead(HELLO)
    assert sorted(box.read) == ["a", "nobodys"]


def test_what_cannot_be_marked_read_is_filed_once():
    box, mail = Mailbox(), MailInMemory()
    box.put("nobodys", msghead(HELLO, answers="of-yesterday"))
    box.stubborn.add("nobodys")
    edi = transport(ScriptedHttp([box]), mail=mail)
    for key in ("m-1", "m-2"):
        box.put(f"a-{key}", msghead(HELLO, answers=key))
        edi.exchange(b"<o/>", message_id=key, receiver_her_id="80624")
    assert box.fetched.count("nobodys") > 1
    assert (sorted(mail.found), box.receipted) == (["nobodys"], ["a-m-1", "a-m-2"])


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


@pytest.mark.parametrize(("late", "asked"), [(2.0, 1), (2.5, 1), (1.99, 2)])
def test_a_hub_that_took_all_the_time_to_take_the_message_is_asked_nothing_more(late: float, asked: int):
    box, time = Mailbox(), Time()

    def slow(one: Asked) -> HttpAnswer:
        time.at = max(time.at, late)
        return box(one)

    http = ScriptedHttp([slow])
    with pytest.raises(NationalServiceSlow):
        transport(http, time).exchange(b"<o/>", message_id=OUR_MESSAGE, receiver_her_id="80624")
    assert len(http.asked) == asked


def test_as_many_messages_are_listed_as_the_hub_gives():
    http = ScriptedHttp([Mailbox()])
    with pytest.raises(NationalServiceSlow):
        transport(http).exchange(b"<o/>", message_id=OUR_MESSAGE, receiver_her_id="80624")
    assert "messagesToFetch=100" in http.asked[1].url


def report(edi: Edi20, key: str = OUR_MESSAGE) -> None:
    edi.report(b"<m10/>", message_id=key, receiver_her_id="80624")


def test_a_reports_receipt_is_waited_for_until_the_deadline_of_reports():
    time = Time()
    with pytest.raises(NationalServiceSlow):
        report(transport(ScriptedHttp([Mailbox()]), time))
    assert 119 <= time.at <= 120


@pytest.mark.parametrize("status", ["1", "2"])
def test_a_late_receipt_is_kept_by_whoever_looks_and_decides_without_sending_again(status: str):
    box, mail = Mailbox(), MailInMemory()
    first, other = (transport(ScriptedHttp([box]), mail=mail) for _ in range(2))
    with pytest.raises(NationalServiceSlow):
        report(first)
    box.put("late", apprec(status=status), receipt_of=OUR_MESSAGE)
    box.put("a", msghead(HELLO, answers="m-2"))
    other.exchange(b"<o/>", message_id="m-2", receiver_her_id="80624")
    assert ("late" in box.read, sorted(mail.found)) == (True, ["late"])
    sent = len(box.sent)
    for edi in (first, other):
        if status == "1":
            report(edi)
            continue
        with pytest.raises(Rejected) as rejected:
            report(edi)
        assert rejected.value.codes == ("X99",)
    assert len(box.sent) == sent


def test_a_report_without_receipt_is_sent_again_as_the_same_message():
    box, mail = Mailbox(), MailInMemory()
    edi = transport(ScriptedHttp([box]), mail=mail)
    assert not edi.sent_before(OUR_MESSAGE)
    with pytest.raises(NationalServiceSlow):
        report(edi)
    assert edi.sent_before(OUR_MESSAGE)
    box.put("r", apprec(), receipt_of=OUR_MESSAGE)
    report(edi)
    assert box.sent in ([b"<m10/>"], [b"<m10/>"] * 2)


@pytest.mark.parametrize("order", [("1", "2"), ("2", "1")], ids=["accepted-first", "rejected-first"])
def test_a_report_that_was_accepted_stays_accepted_though_its_repetition_is_rejected(order: tuple[str, str]):
    box, mail = Mailbox(), MailInMemory()
    edi = transport(ScriptedHttp([box]), mail=mail)
    for number, status in enumerate(order):
        box.put(f"r-{number}", apprec(status=status), receipt_of=OUR_MESSAGE)
    report(edi)
    assert sorted(box.read) == ["r-0", "r-1"]
    sent = len(box.sent)
    report(edi)
    assert len(box.sent) == sent


@pytest.mark.parametrize("status", ["1", "2"])
def test_a_receipt_that_comes_twice_says_what_it_said(status: str):
    box, mail = Mailbox(), MailInMemory()
    edi = transport(ScriptedHttp([box]), mail=mail)
    for number in range(2):
        box.put(f"r-{number}", apprec(status=status), receipt_of=OUR_MESSAGE)
    with nullcontext() if status == "1" else pytest.raises(Rejected):
        report(edi)
    assert (sorted(box.read), sorted(mail.found)) == (["r-0", "r-1"], ["r-0", "r-1"])


def test_a_receipt_of_a_report_is_filed_before_it_is_marked_read():
    box, mail = Mailbox(), Forgetful()
    box.put("r", apprec(), receipt_of=OUR_MESSAGE)
    edi = transport(ScriptedHttp([box]), mail=mail)
    with pytest.raises(StoreUnavailable):
        report(edi)
    assert (box.read, mail.found) == ([], {})
    mail.broken = False
    report(edi)
    assert (box.read, sorted(mail.found)) == (["r"], ["r"])


def test_two_transactions_of_one_process_give_each_other_what_they_find():
    box, mail = Mailbox(), MailInMemory()
    edi = transport(ScriptedHttp([box]), mail=mail)
    waiting = AwaitedAnswer("m-2", "80624")
    box.put("other", msghead(HELLO, answers="m-2"))
    box.put("a", msghead(HELLO))
    with edi._awaited.waiting(waiting):
        edi.exchange(b"<o/>", message_id=OUR_MESSAGE, receiver_her_id="80624")
    assert (waiting.answer, mail.found, sorted(box.receipted)) == (
        msghead(HELLO, answers="m-2"), {}, ["a", "other"],
    )  # fmt: skip


def test_a_full_mailbox_hides_an_answer_for_no_longer_than_it_takes_to_file_it():
    box, mail = Mailbox(most=100), MailInMemory()
    for number in range(550):
        box.put(f"nobodys-{number}", msghead(HELLO, answers=f"n-{number}"))
    box.put("a", msghead(HELLO))
    edi = transport(ScriptedHttp([box]), mail=mail)
    assert edi.exchange(b"<o/>", message_id=OUR_MESSAGE, receiver_her_id="80624").content == msghead(HELLO)
    assert mail.unclaimed() == 550
