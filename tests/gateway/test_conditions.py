"""The form of a start condition: what is found, what follows on each occasion, and the line a person reads."""

from collections.abc import Iterator
from datetime import UTC, datetime

from gateway.conditions import Consequence, Occasion, Shortcoming, StartCondition, unmet

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def even(read: int, _now: datetime) -> Iterator[Shortcoming]:
    if read % 2:
        yield Shortcoming("the number", f"is {read}, which is odd", "double it")


def small(read: int, _now: datetime) -> Iterator[Shortcoming]:
    if read > 9:
        yield Shortcoming("the number", "has two digits", "take a smaller one")


CONDITIONS = (
    StartCondition("small", small, at_start=Consequence.WARN, while_serving=Consequence.WARN),
    StartCondition("even", even, for_doctor=Consequence.WARN),
)


def test_what_is_met_is_not_told():
    assert unmet(CONDITIONS, 8, Occasion.START, NOW) == ()


def test_what_refuses_is_told_before_what_warns():
    found = unmet(CONDITIONS, 11, Occasion.START, NOW)
    assert [(one.condition, one.refuses) for one in found] == [("even", True), ("small", False)]


def test_what_follows_depends_on_the_occasion():
    told = {occasion: {one.condition for one in unmet(CONDITIONS, 11, occasion, NOW) if one.refuses}
            for occasion in Occasion}  # fmt: skip
    assert told == {Occasion.START: {"even"}, Occasion.DOCTOR: {"small"}, Occasion.SERVING: {"even"}}


def test_a_sentence_names_the_place_the_fault_and_the_next_step():
    (found,) = unmet(CONDITIONS, 7, Occasion.START, NOW)
    assert found.sentence() == "the number: is 7, which is odd. Next: double it."
