"""A mailbox at the simulator that several nodes share: what came too late is cleared away, what is waited for stays."""

import time

from tests.support.norway.business_messages import OUR_HER_ID, Mailbox, m911
from tests.support.norway.doors import doors_to, national_table, verified_request, verified_treatment
from tests.support.norway.helseid_client import HelseIdClient
from tests.support.norway.simulator import CLIENT_ID, Simulator, identifier_of, national, national_process

__all__ = ["national", "national_process"]

NUMBER = identifier_of("rich")


class Clock:
    """The transport's clock, which a test can put forward."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


def read_twice(national: Simulator, mailbox: Mailbox, *, between: float) -> list[str]:
    """MsgIds answered by what is unread after a node has read medicines twice; one message is nobody's from the start,
    one comes in between."""
    table = national_table(national.base_url, national.client_key_file, CLIENT_ID)
    table["national"]["sender"]["her_id"] = OUR_HER_ID
    clock = Clock()
    with doors_to(table, elapsed=clock) as doors:
        request = verified_request(NUMBER)
        person = doors.person_register.find(request, request.patient)
        assert person is not None
        assert mailbox.send(m911(NUMBER, "given-up")).status == 201
        doors.medicines.read(verified_treatment(NUMBER), person)
        clock.ahead += between
        assert mailbox.send(m911(NUMBER, "waited-for")).status == 201
        doors.medicines.read(verified_treatment(NUMBER), person)
    texts = [mailbox.document(one["id"]).decode() for one in mailbox.unread()]
    return [key for text in texts for key in ("given-up", "waited-for") if key in text]


def test_a_late_answer_and_its_receipt_are_cleared_away_and_a_running_exchanges_are_not(national: Simulator):
    assert read_twice(national, Mailbox(HelseIdClient(national)), between=600.5) == ["waited-for", "waited-for"]


def test_nothing_is_cleared_away_while_somebody_may_wait_for_it(national: Simulator):
    left = read_twice(national, Mailbox(HelseIdClient(national)), between=60.0)
    assert sorted(left) == ["given-up", "given-up", "waited-for", "waited-for"]


def test_more_messages_than_the_hub_lists_by_itself_hide_no_answer(national: Simulator):
    mailbox = Mailbox(HelseIdClient(national))
    for number in range(6):
        assert mailbox.send(m911(NUMBER, f"other-{number}")).status == 201
    assert len(mailbox.unread()) == 10
    assert read_twice(national, mailbox, between=0.0) == []
    assert len(mailbox.unread()) == 10
