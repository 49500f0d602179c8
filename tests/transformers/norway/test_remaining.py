"""What is left of a prescription: the total allowed less what was dispensed, never more and never negative."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.norway.m1 import m1, told
from tests.support.norway.source_messages import medicine
from transformers.model.values import Coded, Quantity
from transformers.norway.prescription import Dispensing
from transformers.norway.read_prescription import read_prescription
from transformers.norway.remaining import OneDispensing, Remaining, remaining, with_dispensings

ML = Coded("ml")


def packages(count: str) -> OneDispensing:
    return OneDispensing(Quantity(Decimal(count)), None)


def amount(value: str) -> OneDispensing:
    return OneDispensing(None, Quantity(Decimal(value), ML))


def handed(count: str) -> Dispensing:
    return Dispensing(packages=Decimal(count))


def test_nothing_dispensed_is_one_dispensing_and_its_repeats():
    assert remaining(packages("2"), 3, []) == Remaining(packages("2"), 3)


def test_a_dispensing_without_a_number_is_one_as_prescribed():
    assert remaining(packages("2"), 3, [Dispensing()]) == Remaining(packages("2"), 2)
    assert remaining(packages("2"), 1, [Dispensing()] * 2) is None


def test_packages_are_counted_where_they_are_told():
    assert remaining(packages("2"), 1, [handed("2")]) == Remaining(packages("2"), 0)
    assert remaining(packages("2"), 1, [handed("3")]) == Remaining(packages("1"), 0)
    assert remaining(packages("2"), 1, [handed("4")]) is None


def test_less_than_a_full_dispensing_is_what_may_still_be_dispensed():
    assert remaining(packages("3"), 0, [handed("1")]) == Remaining(packages("2"), 0)


def test_a_rest_beyond_full_dispensings_is_told():
    found = remaining(packages("2"), 2, [handed("1")])
    assert found is not None
    assert (found.repeats, found.rest) == (1, Decimal(1))


def test_an_amount_is_counted_in_its_own_unit():
    used = Dispensing(amount=Quantity(Decimal(50), ML))
    assert remaining(amount("100"), 0, [used]) == Remaining(amount("50"), 0)


def test_an_amount_in_another_unit_counts_as_one_dispensing():
    used = Dispensing(amount=Quantity(Decimal(50), Coded("g")))
    assert remaining(amount("100"), 1, [used]) == Remaining(amount("100"), 0)


def test_packages_on_a_prescribed_amount_count_as_one_dispensing():
    assert remaining(amount("100"), 1, [handed("3")]) == Remaining(amount("100"), 0)


def test_a_dispensing_that_completes_leaves_nothing():
    assert remaining(packages("1"), 9, [Dispensing(packages=Decimal(1), completes=True)]) is None
    assert remaining(packages("1"), 9, [Dispensing(packages=Decimal(1))]) is not None


PRESCRIBED = OneDispensing(Quantity(Decimal(1)), None, "012345", Quantity(Decimal(100), Coded("stk")))


def other(count: str, holds: str | None, unit: str = "stk", item_number: str = "999999") -> Dispensing:
    content = None if holds is None else Quantity(Decimal(holds), Coded(unit))
    return Dispensing(packages=Decimal(count), item_number=item_number, holds=content)


def left(made: Dispensing) -> tuple[Decimal, int] | None:
    found = remaining(PRESCRIBED, 3, [made])
    return None if found is None or found.next.packages is None else (found.next.packages.value, found.repeats)


def test_packages_of_the_product_prescribed_are_counted_as_they_are():
    assert left(other("2", "30", item_number="012345")) == (1, 1)
    assert left(other("2", "30")) == (1, 2)


def test_packages_of_another_product_count_by_what_they_hold_rounded_up():
    assert left(other("3", "30")) == (1, 2)
    assert left(other("1", "300")) == (1, 0)
    assert left(other("1", "301")) is None
    assert left(other("4", "30")) == (1, 1)


def test_packages_that_cannot_be_compared_are_a_dispensing_and_no_fewer_than_they_are():
    assert left(other("1", None)) == (1, 2)
    assert left(other("2", "30", "ml")) == (1, 1)
    two = OneDispensing(Quantity(Decimal(2)), None, "012345", None)
    assert remaining(two, 1, [other("1", "30")]) == Remaining(two, 0)
    assert remaining(two, 1, [other("1", "30", item_number="012345")]) == Remaining(two, 0, Decimal(1))


def test_packages_on_a_prescribed_amount_count_by_what_they_hold_where_that_is_told():
    assert remaining(amount("100"), 1, [other("3", "50", "ml")]) == Remaining(amount("50"), 0)
    assert remaining(amount("100"), 1, [other("3", "50", "g")]) == Remaining(amount("100"), 0)


@given(st.integers(1, 9), st.integers(0, 9), st.lists(st.integers(1, 5), max_size=8))
def test_what_is_left_and_what_was_used_are_the_whole(size: int, repeats: int, used: list[int]):
    found = remaining(packages(str(size)), repeats, [handed(str(one)) for one in used])
    left = size * (repeats + 1) - sum(used)
    if found is None:
        assert left <= 0
    else:
        assert found.next.packages is not None
        assert found.next.packages.value * (found.repeats + 1) + found.rest == left


def test_a_dispensing_of_less_than_nothing_gives_nothing_back():
    assert remaining(packages("1"), 0, [handed("-3")]) is None
    assert remaining(packages("1"), 1, [handed("-3")]) == Remaining(packages("1"), 0)
    returned = Dispensing(amount=Quantity(Decimal(-50), ML))
    assert remaining(amount("100"), 0, [returned]) is None
    assert remaining(amount("100"), 0, [Dispensing(amount=Quantity(Decimal(50), ML))]) is not None


def test_dispensings_counted_after_reading_leave_what_they_leave_when_told_to_the_reader():
    data = m1(medicine(before="<Antall>2</Antall>"))
    for made in ((), (handed("3"),), (Dispensing(completes=True),)):
        uncounted, before = read_prescription(data, told(dispensed=None))
        counted, of_count = with_dispensings(uncounted, made)
        at_once, report = read_prescription(data, told(dispensed=made))
        assert counted == at_once
        assert [*before.findings, *of_count.findings] == report.findings
    assert counted.item.completed


def test_dispensings_are_counted_once():
    uncounted, _ = read_prescription(m1(), told(dispensed=None))
    counted, _ = with_dispensings(uncounted, ())
    with pytest.raises(ValueError, match="already"):
        with_dispensings(counted, ())
