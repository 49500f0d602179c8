"""Mail of the national mailbox: filed once, sealed, kept for reports, gone with its asker for readings, counted."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update

from gateway.errors import StoreTampered
from gateway.store.engine import Store
from gateway.store.mail import FoundMail, MailInStore, unclaimed_mail
from gateway.store.tables import mail_asked, mail_found
from tests.support.nodes.stores import KEYS, NOW
from tests.support.norway.mail import MailInMemory

REGISTER = "80624"
ANSWER = FoundMail("hub-1", REGISTER, "m-1", False, b"<MsgHead/>")
RECEIPT = FoundMail("hub-2", REGISTER, "m-1", True, b"<AppRec/>")


class Clock:
    """A clock that a test puts forward."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def mail(store: Store, clock: Clock) -> MailInStore:
    return MailInStore(store, KEYS, holder="no-1", now=clock)


@pytest.fixture(params=["store", "memory"])
def either(request: pytest.FixtureRequest, mail: MailInStore) -> MailInStore | MailInMemory:
    """The store's, and the double that other tests work with: they keep the same promises."""
    return mail if request.param == "store" else MailInMemory()


def unclaimed(mail: MailInStore | MailInMemory, store: Store) -> int:
    """What either counts as nobody's."""
    return mail.unclaimed() if isinstance(mail, MailInMemory) else unclaimed_mail(store)


def test_a_message_is_asked_once_whoever_notes_it(either: MailInStore | MailInMemory):
    assert not either.asked_before("m-1")
    assert [either.asking(key, REGISTER, kept=True) for key in ("M-1", "m-1")] == [True, False]
    assert either.asked_before("M-1")


def test_what_answers_a_reading_goes_to_its_asker_and_is_gone(either: MailInStore | MailInMemory):
    either.asking("m-1", REGISTER, kept=False)
    assert either.file([ANSWER, RECEIPT]) == {"hub-1", "hub-2"}
    assert either.filed("m-1", REGISTER) == (ANSWER, RECEIPT)
    assert either.filed("m-1", REGISTER) == ()


def test_what_answers_a_report_is_kept(either: MailInStore | MailInMemory):
    either.asking("m-1", REGISTER, kept=True)
    either.file([RECEIPT])
    assert [either.filed("m-1", REGISTER) for _ in range(2)] == [(RECEIPT,)] * 2


def test_what_is_found_twice_is_filed_once(either: MailInStore | MailInMemory):
    either.asking("m-1", REGISTER, kept=True)
    other = FoundMail("hub-2", REGISTER, "m-1", True, b"<Other/>")
    assert [either.file([one]) for one in (RECEIPT, other)] == [{"hub-2"}] * 2
    assert either.filed("m-1", REGISTER) == (RECEIPT,)


@pytest.mark.parametrize(
    "stray",
    [
        FoundMail("hub-9", REGISTER, "nobodys", False, b"<MsgHead/>"),
        FoundMail("hub-9", REGISTER, "", False, b"\x00"),
        FoundMail("hub-9", "138619", "m-1", True, b"<AppRec/>"),
    ],
    ids=["of-yesterday", "unreadable", "of-another-sender"],
)
def test_what_answers_nobody_is_kept_and_counted(either: MailInStore | MailInMemory, store: Store, stray: FoundMail):
    either.asking("m-1", REGISTER, kept=False)
    assert either.file([stray, ANSWER]) == {"hub-1"}
    assert (unclaimed(either, store), either.filed("m-1", REGISTER)) == (1, (ANSWER,))
    assert unclaimed(either, store) == 1


def test_content_is_sealed_with_all_that_says_whose_it_is(mail: MailInStore, store: Store):
    mail.asking("m-1", REGISTER, kept=True)
    mail.asking("m-2", REGISTER, kept=True)
    mail.file([RECEIPT])
    with store.reading() as connection:
        content = connection.execute(select(mail_found.c.content)).scalar_one()
    assert b"AppRec" not in content
    with store.unit_of_work() as unit:
        unit.connection.execute(update(mail_found).values(about="m-2"))
    with pytest.raises(StoreTampered):
        mail.filed("m-2", REGISTER)


def test_what_came_too_late_for_a_reading_is_deleted_and_nothing_else(store: Store, mail: MailInStore, clock: Clock):
    mail.asking("m-1", REGISTER, kept=False)
    mail.asking("report", REGISTER, kept=True)
    receipt = FoundMail("hub-3", REGISTER, "report", True, b"<AppRec/>")
    mail.file([ANSWER, receipt, FoundMail("hub-4", REGISTER, "nobodys", True, b"<AppRec/>")])
    assert mail.clear_up(clock.at + timedelta(minutes=9)) == 0
    assert mail.clear_up(clock.at + timedelta(minutes=10)) == 1
    assert (mail.filed("m-1", REGISTER), mail.filed("report", REGISTER), unclaimed_mail(store)) == ((), (receipt,), 1)
    mail.clear_up(clock.at + timedelta(days=30))
    assert (mail.filed("report", REGISTER), mail.asked_before("report")) == ((receipt,), True)
    assert not mail.asked_before("m-1")


def test_what_answers_a_report_is_kept_as_long_as_a_dispensing_is_documented(
    store: Store, mail: MailInStore, clock: Clock
):
    mail.asking("report", REGISTER, kept=True)
    mail.file([FoundMail("hub-3", REGISTER, "report", True, b"<AppRec/>"), FoundMail("hub-4", REGISTER, "", True, b"")])
    assert mail.clear_up(clock.at + timedelta(days=6 * 365)) == 0
    assert (len(mail.filed("report", REGISTER)), unclaimed_mail(store)) == (1, 1)
    assert mail.clear_up(clock.at + timedelta(days=6 * 366)) == 2
    assert (mail.filed("report", REGISTER), unclaimed_mail(store), mail.asked_before("report")) == ((), 0, False)


def test_one_process_at_a_time_clears_up(store: Store, mail: MailInStore, clock: Clock):
    other = MailInStore(store, KEYS, holder="no-2", now=clock)
    mail.asking("m-1", REGISTER, kept=False)
    late = clock.at + timedelta(hours=1)
    mail.clear_up(late)
    mail.file([ANSWER])
    assert other.clear_up(late) == 0
    clock.at += timedelta(seconds=61)
    assert other.clear_up(late) == 1


def test_a_note_that_is_lost_makes_its_answer_nobodys(store: Store, mail: MailInStore):
    mail.asking("m-1", REGISTER, kept=True)
    mail.file([RECEIPT])
    assert unclaimed_mail(store) == 0
    with store.unit_of_work() as unit:
        unit.connection.execute(delete(mail_asked))
    assert unclaimed_mail(store) == 1


def test_moments_are_of_the_clock_given(store: Store, mail: MailInStore):
    mail.asking("m-1", REGISTER, kept=False)
    with store.reading() as connection:
        asked = connection.execute(select(mail_asked.c.asked)).scalar_one()
    assert datetime.fromtimestamp(asked / 1_000_000, UTC) == NOW
