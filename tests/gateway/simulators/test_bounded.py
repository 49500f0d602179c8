"""What the simulator remembers does not grow with what it is asked: messages that were read, conversations, calls."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest

from gateway.simulators import calls, conversations, edi
from gateway.simulators.asked import read_asked
from gateway.simulators.calls import CallLog
from gateway.simulators.edi import Post, PostOffice
from gateway.simulators.messages import RESEPTFORMIDLEREN, SYSVAK, Desk
from gateway.simulators.prescription_bank import Bank
from gateway.simulators.samples import Samples
from gateway.simulators.schemas import OfficialSchemas
from tests.support.norway.business_messages import OUR_HER_ID, msghead, sok_request
from tests.support.norway.prescription_requests import m91

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


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
    monkeypatch.setattr(edi, "_MOST", 20)
    asked = read_asked(sok_request("13837424113", "m-1").encode())
    office.accept(asked, SYSVAK)
    unread = {each.id for each in office.box(OUR_HER_ID)}
    for _ in range(200):
        office.accept(asked, SYSVAK)
        for each in office.box(OUR_HER_ID):
            each.read = each.id not in unread
    assert len(office._stored) <= 20 + len(unread)
    assert {each.id for each in office.box(OUR_HER_ID)} == unread


def test_conversations_and_calls_that_are_long_ago_are_forgotten(office: PostOffice, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(conversations, "_MOST", 10)
    kind, payload = m91("13837424113")
    for number in range(100):
        office.accept(read_asked(msghead(kind, "80624", payload, f"m-{number}").encode()), RESEPTFORMIDLEREN)
    assert len(office._conversations._known) == 10
    monkeypatch.setattr(calls, "_MOST", 10)
    call_log = CallLog(lambda: NOW)
    for number in range(100):
        call_log.record("sysvak", str(number))
    assert [one["operation"] for one in call_log.calls()] == [str(number) for number in range(90, 100)]
