"""What nobody answered is in somebody's queue after ten minutes, and a person closes it with a reason."""

import json
from datetime import timedelta

import pytest

from gateway.evidence.named import AcceptanceIncomplete
from gateway.evidence.read import newest_events
from gateway.handouts.closing import cases_for_people, close_handout, oldest_case
from gateway.handouts.errors import HandoutNotOpen, HandoutUnknown, HandoutUnsettled
from gateway.handouts.states import ClosingDecision, HandoutState
from tests.gateway.handouts.counter import Abroad

S = HandoutState
WORD = ("Kari Drift", "asked them by telephone")


def unanswered(abroad: Abroad) -> str:
    """A dispensation that was sent and not answered; its row's id."""
    session = abroad.session()
    draft = abroad.drafted(session)
    abroad.order("lost", times=1)
    assert abroad.confirmed(session, draft.document).state is S.SENT_ASKED
    (row,) = abroad.book()[0].in_states({S.SENT_ASKED})
    return row.row_id


def test_what_nobody_answered_waits_for_a_person_after_ten_minutes_and_not_before(abroad: Abroad):
    row_id = unanswered(abroad)
    abroad.later = timedelta(minutes=9)
    assert abroad.queue().sweep() == 0
    abroad.later = timedelta(minutes=11)
    assert (abroad.queue().sweep(), abroad.queue().sweep()) == (1, 0)
    row = abroad.book()[0].by_id(row_id)
    assert row is not None
    assert (row.state, row.asked_in, cases_for_people(abroad.foundation.store)) == (S.HUMAN, S.SENT_ASKED, 1)
    assert oldest_case(abroad.foundation.store) == row.changed
    (event,) = newest_events(abroad.foundation.store, 1)
    assert (event["transaction"], event["outcome"], event["refusal_class"]) == ("HANDOUT-SETTLED", "failed", "SENT?")
    assert abroad.received() == ["dispense"]


def test_what_was_confirmed_and_never_sent_is_refused_and_holds_the_prescription_no_longer(abroad: Abroad):
    session = abroad.session()
    draft = abroad.drafted(session)
    book, _ = abroad.book()
    row = book.by_document(draft.document)
    assert row is not None
    book.let_go(book.move(book.take(row), S.READY))
    abroad.queue().sweep()
    assert abroad.desk().standing(session.treatment, draft.document).state is S.REFUSED
    again = abroad.drafted(session)
    assert abroad.confirmed(session, again.document).state is S.ACCEPTED


@pytest.mark.parametrize(
    ("decision", "state", "free"),
    [
        (ClosingDecision.HANDED_OUT, S.CLOSED_DISPENSED, False),
        (ClosingDecision.NOT_HANDED_OUT, S.CLOSED_NOT_DISPENSED, True),
    ],
)
def test_a_person_closes_it_and_her_reason_is_evidence(
    abroad: Abroad, decision: ClosingDecision, state: HandoutState, free: bool
):
    row_id = unanswered(abroad)
    book, evidence = abroad.book()
    assert close_handout(row_id, decision, WORD, book, evidence, abroad.now()) is state
    (event,) = newest_events(abroad.foundation.store, 1)
    assert (event["transaction"], event["access"]["origins"]) == ("HANDOUT-CLOSED", [state.value])
    assert event["access"]["purpose"] == WORD[1]
    with pytest.raises(HandoutNotOpen):
        close_handout(row_id, decision, WORD, book, evidence, abroad.now())
    session = abroad.session()
    if free:
        assert abroad.confirmed(session, abroad.drafted(session).document).state is S.ACCEPTED
    else:
        row = book.by_id(row_id)
        assert row is not None
        assert abroad.desk().discard(session.treatment, row.facts.document).state is S.DISCARDED


def test_nothing_is_closed_without_a_name_a_reason_or_a_row(abroad: Abroad):
    row_id = unanswered(abroad)
    book, evidence = abroad.book()
    for by, reason in (("", "x"), ("Kari", " ")):
        with pytest.raises(AcceptanceIncomplete):
            close_handout(row_id, ClosingDecision.HANDED_OUT, (by, reason), book, evidence, abroad.now())
    with pytest.raises(HandoutUnknown):
        close_handout("nobody", ClosingDecision.HANDED_OUT, WORD, book, evidence, abroad.now())
    with pytest.raises(HandoutUnsettled):
        abroad.drafted(abroad.session())


def test_the_command_shows_it_without_naming_the_patient_and_closes_it(abroad: Abroad, own_command):
    row_id = unanswered(abroad)
    shown = own_command("dispensations", "show", "--json")
    (one,) = [each for each in json.loads(shown)["dispensations"] if each["where"] == "here"]
    assert (one["row"], one["state"], one["may_decide"]) == (row_id, "SENT?", ["handed-out", "not-handed-out"])
    assert "999800080" not in shown
    closed = own_command(
        "dispensations", "decide", row_id, "--to", "not-handed-out", "--by", WORD[0], "--reason", WORD[1]
    )
    assert closed == "decided: CLOSED-NOT-DISPENSED"
    refused = own_command(
        "dispensations", "decide", row_id, "--to", "held", "--by", WORD[0], "--reason", WORD[1], status=1
    )
    assert "handed-out, not-handed-out" in refused
