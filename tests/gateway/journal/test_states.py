"""State table A as data: what its arrows must be whatever becomes of them."""

import pytest

from gateway.journal.states import ARROWS, MOVES, QUESTIONED, SETTLED, DispensationState, NationalEffect, StateQuestion

S = DispensationState
TABLE = {
    "A1": ("", NationalEffect.NONE, "TAKING REFUSED"),
    "A2": ("TAKING TAKING?", NationalEffect.LOCK, "HELD REFUSED"),
    "A3": ("HELD", NationalEffect.NONE, "RELEASING"),
    "A4": ("HELD REPORTED?", NationalEffect.DISPENSE, "REPORTED RELEASING"),
    "A5": ("REPORTED", NationalEffect.NONE, "DONE"),
    "A6": ("RELEASING RELEASING?", NationalEffect.UNLOCK, "REFUSED"),
    "A7": ("DONE REPORTED", NationalEffect.NONE, "UNDOING"),
    "A8": ("UNDOING UNDOING?", NationalEffect.ANNUL, "UNDONE UNDO-REFUSED"),
    "A9": ("TAKING? REPORTED? RELEASING? UNDOING?", NationalEffect.NONE, "HUMAN"),
    "A10": ("", NationalEffect.NONE, "UNDOING"),
}
"""By hand from the table: sources, effect, and where yes and no lead."""


@pytest.mark.parametrize("name", TABLE)
def test_each_arrow_is_the_tables(name: str):
    arrow, (sources, effect, targets) = ARROWS[name], TABLE[name]
    assert arrow.sources == {S(one) for one in sources.split()}
    assert arrow.effect is effect
    assert {arrow.yes, arrow.no} - {None} == {S(one) for one in targets.split()}


def test_an_effect_has_a_state_that_is_recorded_before_it_and_a_question():
    for arrow in ARROWS.values():
        has_effect = arrow.effect is not NationalEffect.NONE
        assert (arrow.asked in QUESTIONED) == has_effect
        assert (arrow.question is not StateQuestion.NONE) == has_effect


def test_what_was_reported_or_taken_back_was_recorded_as_asked_before():
    leads = {(source, target) for source, target in MOVES if source is not S.HUMAN}
    assert {source for source, target in leads if target is S.REPORTED} == {S.REPORTED_ASKED}
    assert {source for source, target in leads if target is S.UNDONE} == {S.UNDOING_ASKED}
    # and not before that only where another report closed the prescription: then nothing is sent
    assert {source for source, target in leads if target is S.UNDO_REFUSED} == {S.UNDOING_ASKED, S.UNDOING}


def test_nothing_follows_by_itself_where_a_row_is_settled_and_every_other_state_leads_there():
    assert {source for source, _ in MOVES if source in SETTLED} == {S.DONE}  # which a discard alone moves
    ends = set(SETTLED)
    for _ in S:
        ends |= {source for source, target in MOVES if target in ends}
    assert ends == set(S)


def test_every_question_may_become_a_persons_and_a_person_can_end_each():
    assert {source for source, target in MOVES if target is S.HUMAN} == QUESTIONED
    assert {target for source, target in MOVES if source is S.HUMAN} == {
        S.REPORTED, S.REFUSED, S.RELEASING, S.UNDONE, S.UNDO_REFUSED,
    }  # fmt: skip
