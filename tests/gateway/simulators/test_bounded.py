"""What the simulator remembers does not grow with what it is asked: messages that were read, conversations, calls."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest

from gateway.simulators import calls, conversations, edi, prescription_bank
from gateway.simulators.asked import ReceivedMessage, read_asked
from gateway.simulators.calls import CallLog
from gateway.simulators.edi import Post, PostOffice
from gateway.simulators.messages import RESEPTFORMIDLEREN, SYSVAK, Desk
from gateway.simulators.prescription_bank import Bank
from gateway.simulators.proofs import SeenIds
from gateway.simulators.refusal import CallRefused
from gateway.simulators.samples import Samples
from gateway.simulators.schemas import OfficialSchemas
from tests.support.norway.business_messages import OUR_HER_ID, msghead, sok_request
from tests.support.norway.prescription_requests import m91

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CLIENT = "ncpeh-under-test"


def sysvak(message_id: str) -> ReceivedMessage:
    return read_asked(sok_request("13837424113", message_id).encode())


@pytest.fixture
def office(tmp_path: Path) -> Iterator[PostOffice]:
    (tmp_path / "persons").mkdir()
    samples, numbers = Samples(tmp_path), count(1)
    yield PostOffice(
        Post(
            Desk(samples, Bank(samples)), OfficialSchemas(None), CallLog(lambda: NOW), lambda: NOW,
            lambda: UUID(int=next(numbers)),
        )
    )  # fmt: skip


def test_messages_that_were_read_are_forgotten_and_unread_ones_are_not(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(edi, "_MOST_READ", 20)
    office.accept(sysvak("first"), SYSVAK, CLIENT)
    unread = {each.id for each in office.box(OUR_HER_ID, CLIENT)}
    for number in range(200):
        office.accept(sysvak(f"m-{number}"), SYSVAK, CLIENT)
        for each in list(office.box(OUR_HER_ID, CLIENT)):
            if each.id not in unread:
                office.mark_read(each.id, CLIENT, OUR_HER_ID)
    assert len(office._read) == 20
    assert {each.id for each in office.box(OUR_HER_ID, CLIENT)} == unread


def test_a_mailbox_that_is_full_takes_no_more_until_something_is_read(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(edi, "_MOST_UNREAD", 4)
    for number in range(2):
        office.accept(sysvak(f"m-{number}"), SYSVAK, CLIENT)
    with pytest.raises(CallRefused, match="mailbox_full"):
        office.accept(sysvak("m-2"), SYSVAK, CLIENT)
    first = next(office.box(OUR_HER_ID, CLIENT))
    office.mark_read(first.id, CLIENT, OUR_HER_ID)
    office.accept(sysvak("m-2"), SYSVAK, CLIENT)


def test_who_has_taken_as_many_reports_as_fit_takes_no_more_and_forgets_none(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
):
    office.accept(sysvak("m-1"), SYSVAK, CLIENT)
    monkeypatch.setattr(prescription_bank, "_MOST_REPORTS", 0)
    with pytest.raises(CallRefused, match="reports_full"):
        office.accept(sysvak("m-2"), SYSVAK, CLIENT)


def test_ids_and_nonces_are_forgotten_once_they_prove_nothing():
    seen = SeenIds()
    for second in range(1_000):
        at = NOW + timedelta(seconds=second)
        assert seen.first("dpop", f"proof-{second}", at, at + timedelta(seconds=120))
    assert len(seen._seen) == 121
    assert not seen.first("dpop", "proof-999", NOW + timedelta(seconds=999), NOW + timedelta(seconds=1_119))


def test_senders_and_messages_of_long_ago_are_forgotten(office: PostOffice, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(edi, "_MOST_KNOWN", 10)
    for number in range(100):
        office.accept(sysvak(f"m-{number}"), SYSVAK, f"client-{number}")
    assert (len(office._senders), len(office._accepted)) == (10, 10)


def test_conversations_and_calls_that_are_long_ago_are_forgotten(office: PostOffice, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(conversations, "_MOST", 10)
    kind, payload = m91("13837424113")
    for number in range(100):
        office.accept(read_asked(msghead(kind, "80624", payload, f"m-{number}").encode()), RESEPTFORMIDLEREN, CLIENT)
    assert len(office._conversations._known) == 10
    monkeypatch.setattr(calls, "_MOST", 10)
    call_log = CallLog(lambda: NOW)
    for number in range(100):
        call_log.record("sysvak", str(number))
    assert [one["operation"] for one in call_log.calls()] == [str(number) for number in range(90, 100)]
