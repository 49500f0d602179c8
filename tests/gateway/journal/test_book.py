"""The journal's rows: opened once, moved by their newest holder alone, sealed, and not read when they were changed."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from gateway.errors import StoreTampered, StoreUnavailable
from gateway.journal.book import Book, Fall, JournalRow, may_come_again
from gateway.journal.errors import NotOpened, RowTakenOver
from gateway.journal.facts import DispensationFacts, DispensingPlace, document_key, read_facts, write_facts
from gateway.journal.ports import AGAIN, FallReason
from gateway.journal.states import DispensationState
from gateway.journal.tables import journal_messages, journal_rows
from gateway.store.engine import Store, UnitOfWork
from gateway.store.mail import DOCUMENTED
from tests.support.nodes.stores import KEYS
from tests.support.norway.journals import FACTS, MESSAGE, NUMBER, OTHER, SECRET
from transformers.model.values import Identifier

S = DispensationState
BEGAN = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
LEASE = timedelta(seconds=60)


class Clock:
    def __init__(self) -> None:
        self.at = BEGAN

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(store: Store, clock: Clock) -> Book:
    return Book(store, KEYS, holder="no-1", lease=LEASE, now=clock)


@pytest.fixture
def other(store: Store, clock: Clock) -> Book:
    return Book(store, KEYS, holder="no-2", lease=LEASE, now=clock)


def nothing(_unit: UnitOfWork) -> None:
    """Evidence is recorded elsewhere."""


def opened(book: Book, *facts: DispensationFacts) -> tuple[JournalRow, ...]:
    return book.open(str(uuid4()), [(str(uuid4()), one, str(uuid4())) for one in facts or (FACTS,)], nothing)


def refused(book: Book, row: JournalRow, reason: FallReason) -> JournalRow:
    return book.move(row, S.REFUSED, fall=Fall(reason))


def test_facts_are_read_as_they_were_written():
    whole = read_facts(write_facts(FACTS))
    assert (whole, write_facts(whole)) == (FACTS, write_facts(FACTS))
    bare = replace(FACTS, place=DispensingPlace("PT", "m"), reference_number=None, draft=None, content=None)
    assert read_facts(write_facts(bare)) == bare
    before = json.loads(write_facts(FACTS))
    del before["remark"]
    assert read_facts(json.dumps(before).encode()) == replace(FACTS, remark=None)


def test_a_row_is_read_as_it_was_opened_and_says_nothing_in_the_clear(book: Book, store: Store):
    (row,) = opened(book)
    assert (row.state, row.fencing, row.facts, row.fall) == (S.TAKING, 1, FACTS, None)
    assert book.submission(row.submission) == book.of_documents({FACTS.document_key}) == (row,)
    with store.reading() as connection:
        kept = str(connection.execute(select(journal_rows)).mappings().all())
    assert not any(one in kept for one in (NUMBER, "Prøve", "Kari", "medico-1", "471147114", SECRET.decode()))
    assert str(FACTS.document.extension) not in kept


def test_what_is_opened_with_its_evidence_is_opened_with_it_or_not_at_all(book: Book, store: Store):
    def fails(_unit: UnitOfWork) -> None:
        raise StoreUnavailable("full")

    with pytest.raises(StoreUnavailable):
        book.open("s", [("r", FACTS, "e")], fails)
    with pytest.raises(NotOpened):
        opened(book, FACTS, OTHER, replace(FACTS, draft=None))
    with store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(journal_rows)).scalar_one() == 0
    assert opened(book)


def test_the_same_dispensation_is_opened_once(book: Book, other: Book):
    opened(book)
    with pytest.raises(NotOpened) as again:
        opened(other)
    assert again.value.reason is FallReason.CONFLICT


def test_a_prescription_has_one_unsettled_submission(book: Book, other: Book):
    (row,) = opened(book)
    second = replace(FACTS, document=OTHER.document)
    with pytest.raises(NotOpened) as taken:
        opened(other, second)
    assert taken.value.reason is FallReason.ELSEWHERE
    refused(book, row, FallReason.GONE)
    assert opened(other, second)


def test_two_documents_of_one_submission_may_name_one_prescription(book: Book, other: Book):
    rows = opened(book, FACTS, replace(FACTS, document=OTHER.document))
    refused(book, rows[0], FallReason.GONE)
    third = replace(FACTS, document=Identifier("1.2.3", "d-3"))
    with pytest.raises(NotOpened):
        opened(other, third)
    refused(book, rows[1], FallReason.ANOTHER)
    assert opened(other, third)


@pytest.mark.parametrize("reason", FallReason)
def test_what_fell_comes_again_for_some_reasons_and_is_said_again_for_the_others(book: Book, reason: FallReason):
    (row,) = opened(book)
    row = refused(book, row, reason)
    assert may_come_again(row) == (reason in AGAIN)
    if reason not in AGAIN:
        with pytest.raises(NotOpened):
            opened(book)
        return
    (new,) = opened(book)
    assert book.of_documents({FACTS.document_key}) == (new,)
    assert book.submission(row.submission)[0].state is S.REFUSED


def test_a_move_that_no_arrow_makes_is_refused(book: Book):
    (row,) = opened(book)
    for state in (S.REPORTED, S.DONE, S.UNDONE, S.HUMAN):
        with pytest.raises(ValueError, match="no arrow"):
            book.move(row, state)
    assert book.move(row, S.TAKING_ASKED).state is S.TAKING_ASKED


def test_a_message_is_kept_with_the_move_that_precedes_it_and_its_bytes_are_sealed(book: Book, store: Store):
    (row,) = opened(book)
    row = book.move(row, S.TAKING_ASKED, message=MESSAGE)
    assert book.messages(row) == {"M10": MESSAGE}
    with store.reading() as connection:
        kept = connection.execute(select(journal_messages.c.content)).scalar_one()
    assert b"MsgHead" not in kept
    with pytest.raises(StoreUnavailable):  # the id of a step is made once
        book.move(row, S.TAKING_ASKED, message=replace(MESSAGE, message_id=str(uuid4())))
    assert book.messages(row) == {"M10": MESSAGE}


def test_refuses_whoever_lost_the_row_before_it_records_and_before_it_sends(book: Book, other: Book, clock: Clock):
    (row,) = opened(book)
    row = book.move(row, S.TAKING_ASKED)
    assert other.take_over(row.submission) == ()
    book.still_ours(row)
    clock.at += LEASE
    (taken,) = other.take_over(row.submission)
    assert (taken.state, taken.fencing) == (S.TAKING_ASKED, row.fencing + 1)
    lost: list[Callable[[], Any]] = [
        lambda: book.still_ours(row),
        lambda: book.move(row, S.HELD),
        lambda: book.let_go([row], clock()),
        lambda: book.own([row]),
    ]
    for call in lost:
        with pytest.raises(RowTakenOver):
            call()
    assert other.move(taken, S.HELD).state is S.HELD


def test_a_lease_is_renewed_by_each_move_for_the_whole_submission(book: Book, other: Book, clock: Clock):
    first, _ = opened(book, FACTS, OTHER)
    clock.at += LEASE / 2
    book.move(first, S.TAKING_ASKED)
    clock.at += LEASE / 2
    assert other.take_over(first.submission) == ()
    assert other.due(10) == ()
    clock.at += LEASE / 2
    assert other.due(10) == (first.submission,)
    assert len(other.take_over(first.submission)) == 2


def test_a_node_that_starts_again_goes_on_with_its_own_of_before_at_once(book: Book, other: Book, clock: Clock):
    (row,) = opened(book)
    clock.at += timedelta(seconds=1)
    started = clock.at
    (new,) = opened(book, OTHER)
    assert (book.due(10), other.due(10, started=started)) == ((), ())
    assert book.due(10, started=started) == (row.submission,)
    assert book.take_over(new.submission, started=started) == ()
    assert other.take_over(row.submission, started=started) == ()
    assert book.take_over(row.submission, started=started)[0].fencing == 2


def test_what_is_settled_or_waits_for_a_person_is_not_due(book: Book, clock: Clock):
    (row,) = opened(book)
    (waits,) = opened(book, OTHER)
    refused(book, row, FallReason.GONE)
    waits = book.move(book.move(waits, S.TAKING_ASKED), S.HUMAN)
    clock.at += 2 * LEASE
    assert (book.due(10), waits.asked_in) == ((), S.TAKING_ASKED)


def test_the_first_reason_why_a_row_falls_stays(book: Book):
    (row,) = opened(book)
    row = book.move(book.move(row, S.TAKING_ASKED), S.HELD)
    row = book.move(row, S.RELEASING, fall=Fall(FallReason.REJECTED, ("265",)))
    row = book.move(book.move(row, S.RELEASING_ASKED), S.REFUSED, fall=Fall(FallReason.ANOTHER))
    assert book.submission(row.submission)[0].fall == Fall(FallReason.REJECTED, ("265",))


@pytest.mark.parametrize(
    "changed", [{"state": "DONE"}, {"refusal": None}, {"discard": True}, {"place": 3}, {"evidence": str(uuid4())}],
    ids=["state", "refusal", "discard", "place", "evidence"],
)  # fmt: skip
def test_a_row_that_was_changed_in_the_database_is_not_read(book: Book, store: Store, changed: dict[str, object]):
    (row,) = opened(book)
    refused(book, row, FallReason.GONE)
    assert book.submission(row.submission)
    with store.unit_of_work() as unit:
        unit.connection.execute(update(journal_rows).values(changed))
    with pytest.raises(StoreTampered):
        book.submission(row.submission)


def test_a_message_that_was_changed_in_the_database_is_not_read(book: Book, store: Store):
    (row,) = opened(book)
    row = book.move(row, S.TAKING_ASKED, message=MESSAGE)
    with store.unit_of_work() as unit:
        unit.connection.execute(update(journal_messages).values(message_id=str(uuid4())))
    with pytest.raises(StoreTampered):
        book.messages(row)


def test_a_discard_before_the_submission_refuses_it_and_one_after_does_not_count_as_such(book: Book):
    unseen = document_key("PT", OTHER.document)
    book.discard_unseen(unseen, str(uuid4()), nothing)
    with pytest.raises(NotOpened) as late:
        opened(book, OTHER)
    assert late.value.reason is FallReason.DISCARDED
    opened(book)
    with pytest.raises(RowTakenOver):
        book.discard_unseen(FACTS.document_key, str(uuid4()), nothing)


def test_a_discard_that_is_wanted_turns_what_is_finished_into_what_is_undone(book: Book):
    (row,) = opened(book)
    book.want_discard([row], nothing)
    for state in (S.TAKING_ASKED, S.HELD, S.REPORTED_ASKED, S.REPORTED):
        row = book.move(row, state)
    assert (row.discard, [one.state for one in book.finish([row])]) == (True, [S.UNDOING])


def test_a_discard_is_not_noted_on_what_was_settled_meanwhile(book: Book):
    (row,) = opened(book)
    settled = refused(book, row, FallReason.GONE)
    book.want_discard([row], nothing)
    (kept,) = book.own([settled])
    assert not kept.discard


def test_nothing_is_taken_back_while_another_dispensing_of_its_prescription_is_on_its_way(book: Book, other: Book):
    (row,) = opened(book)
    for state in (S.TAKING_ASKED, S.HELD, S.REPORTED_ASKED, S.REPORTED):
        row = book.move(row, state)
    (done,) = book.finish([row])
    (next_,) = opened(other, replace(FACTS, document=OTHER.document, supply=OTHER.document))
    with pytest.raises(NotOpened) as busy:
        book.begin_undoing([done], nothing)
    assert busy.value.reason is FallReason.ELSEWHERE
    refused(other, next_, FallReason.GONE)
    assert [one.state for one in book.begin_undoing([done], nothing)] == [S.UNDOING]


def test_what_was_settled_is_kept_as_long_as_documentation_and_what_is_not_for_good(book: Book, clock: Clock):
    (row,) = opened(book)
    (waits,) = opened(book, OTHER)
    book.discard_unseen("ab" * 32, str(uuid4()), nothing)
    row = book.move(row, S.TAKING_ASKED, message=MESSAGE)
    refused(book, row, FallReason.GONE)
    assert book.forget(clock.at + DOCUMENTED - timedelta(seconds=1)) == 0
    assert book.messages(row) == {"M10": MESSAGE}
    assert book.forget(clock.at + DOCUMENTED) == 1
    assert (book.submission(row.submission), book.messages(row)) == ((), {})
    assert book.submission(waits.submission) == (waits,)
