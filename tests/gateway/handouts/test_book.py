"""Rows of the desk: moved by whoever holds them, one open row of a prescription, and what was changed is not read."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, update

from gateway.errors import StoreTampered
from gateway.handouts.book import HandoutBook, HandoutRow
from gateway.handouts.errors import HandoutTaken, HandoutUnsettled
from gateway.handouts.facts import read_handout, write_handout
from gateway.handouts.states import ARROWS, MOVES, OPEN, SETTLED, HandoutState
from gateway.handouts.tables import handout_rows
from gateway.messages import Remark
from gateway.store.engine import Store
from gateway.store.migrate import migrate
from tests.support.machine.postgres import server
from tests.support.nodes.handouts import HANDOUT, another
from tests.support.nodes.stores import KEYS, NOW, migrated_file

S = HandoutState
SAID = (Remark("4106", "Error", "no^recusado", None),)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def migrated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One database of each kind for the module."""
    if request.param == "sqlite":
        file = tmp_path_factory.mktemp("handouts") / "node.db"
        file.write_bytes(migrated_file())
        store = Store.open(f"sqlite:///{file}")
        yield store
        store.close()
        return
    with server().prepared(migrate) as url:
        store = Store.open(url)
        yield store
        store.close()


class Books:
    """Books of several processes on one clock."""

    def __init__(self, store: Store) -> None:
        self.store, self.time = store, NOW

    def __call__(self, holder: str = "no-1") -> HandoutBook:
        return HandoutBook(self.store, KEYS, holder=holder, lease=timedelta(minutes=4), now=self.now)

    def now(self) -> datetime:
        return self.time

    def moved(self, row: HandoutRow, *states: HandoutState) -> HandoutRow:
        row = self().take(row)
        for state in states:
            row = self().move(row, state)
        return row


@pytest.fixture
def books(migrated: Store) -> Books:
    with migrated.unit_of_work() as unit:
        unit.connection.execute(delete(handout_rows))
    return Books(migrated)


def test_facts_are_kept_whole():
    assert read_handout(write_handout(HANDOUT)) == HANDOUT


def test_a_draft_is_found_by_its_document_and_by_its_prescription(books: Books):
    row = books().draft("h-1", HANDOUT)
    assert (row.state, row.facts, row.tries, row.sent) == (S.DRAFT, HANDOUT, 0, None)
    assert books().by_document(HANDOUT.document) == books().by_id("h-1") == row
    assert books().of_prescription(HANDOUT.taken_key) == (row,)
    assert books().by_document(another(2).document) is books().by_id("h-2") is None


def test_one_of_two_that_take_a_row_moves_it_and_who_lost_it_sends_nothing(books: Books):
    row = books().draft("h-1", HANDOUT)
    mine = books("no-1").take(row)
    with pytest.raises(HandoutTaken):
        books("no-2").take(row)
    ready = books("no-1").move(mine, S.READY)
    books.time += timedelta(minutes=5)
    theirs = books("no-2").take(ready)
    for late in (lambda: books("no-1").still_ours(ready), lambda: books("no-1").move(ready, S.SENT_ASKED)):
        with pytest.raises(HandoutTaken):
            late()
    books("no-2").still_ours(theirs)
    assert books("no-2").move(theirs, S.REFUSED).state is S.REFUSED


def test_of_a_prescription_one_row_alone_is_open_and_another_follows_when_it_is_settled(books: Books):
    first, second = books().draft("h-1", HANDOUT), books().draft("h-2", another(2))
    sent = books.moved(first, S.READY, S.SENT_ASKED)
    own = books().take(second)
    with pytest.raises(HandoutUnsettled):
        books().move(own, S.READY)
    assert books().by_id("h-2") == own
    books().move(sent, S.ACCEPTED)
    assert books().move(own, S.READY).state is S.READY
    elsewhere = books().draft("h-3", another(3, item="EP-2.1.1"))
    assert books.moved(elsewhere, S.READY).state is S.READY


def test_what_the_country_said_is_sealed_and_how_often_it_was_asked_is_counted(books: Books):
    row = books.moved(books().draft("h-1", HANDOUT), S.READY, S.SENT_ASKED)
    assert (row.tries, row.sent) == (1, NOW)
    books.time += timedelta(minutes=1)
    row = books().move(row, S.SENT_ASKED)
    assert (row.tries, row.sent, row.changed) == (2, NOW, books.time)
    row = books().move(row, S.REFUSED, answer=SAID)
    assert books().by_id("h-1") == row
    assert row.answer == SAID
    with books.store.reading() as connection:
        assert b"recusado" not in repr(connection.execute(handout_rows.select()).all()).encode()


@pytest.mark.parametrize("column", ["state", "changed", "evidence", "prescription", "seen"])
def test_a_row_that_was_changed_in_the_database_is_not_read(books: Books, column: str):
    books.moved(books().draft("h-1", HANDOUT), S.READY, S.SENT_ASKED)
    value = 1 if column == "changed" else "ACCEPTED"
    with books.store.unit_of_work() as unit:
        unit.connection.execute(update(handout_rows).values({column: value}))
    with pytest.raises(StoreTampered):
        books().by_id("h-1")


def test_no_move_is_made_that_no_arrow_has(books: Books):
    row = books().take(books().draft("h-1", HANDOUT))
    for state in set(S) - {S.READY}:
        with pytest.raises(ValueError, match="no arrow"):
            books().move(row, state)


def test_drafts_are_forgotten_after_their_day_and_settled_rows_after_theirs(books: Books):
    books().draft("h-1", HANDOUT)
    books.moved(books().draft("h-2", another(2)), S.READY, S.REFUSED)
    books.moved(books().draft("h-3", another(3)), S.READY, S.SENT_ASKED)
    assert books().forget(NOW - timedelta(days=1), NOW - timedelta(days=1)) == 0
    assert books().forget(NOW, NOW - timedelta(days=1)) == 1
    assert books().forget(NOW, NOW) == 1
    assert [row.row_id for row in books().in_states(set(S))] == ["h-3"]


def test_every_state_is_reached_and_only_a_question_is_open_without_an_answer():
    assert {to for _, to in MOVES} == set(S) - {S.DRAFT}
    assert OPEN.isdisjoint(SETTLED)
    assert set(S) - SETTLED - OPEN == {S.DRAFT}
    assert all(arrow.asked in OPEN for arrow in ARROWS.values() if arrow.asked is not None)
    # silence alone never settles: what leaves a question for a settled state is an answer, or a person
    assert {source for source, to in MOVES if to in SETTLED} <= {S.READY, S.SENT_ASKED, S.DISCARD_ASKED, S.HUMAN}
