"""What is left of a prescription: the total prescribed less what is in force, exact, or why nobody can tell."""

import random
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.norway.amounts import CAPSULE, OURS, number, packed, prescribed, reported
from tests.support.norway.eresept_messages import dispensing
from tests.support.norway.m1 import m1, told
from tests.support.norway.source_messages import medicine
from transformers.model.finding import Report
from transformers.model.summary import Ingredient, MedicinalProduct
from transformers.model.values import Coded, Coding, Quantity
from transformers.norway.dispensing_report import annulment_of, counted, in_force
from transformers.norway.errors import Malformed
from transformers.norway.exportable import ExportBar
from transformers.norway.measures import (
    another_strength,
    code_of,
    content_in_norwegian_units,
    in_norwegian_units,
    kind_of_piece,
)
from transformers.norway.prescription import Dispensing, NorwegianPrescription
from transformers.norway.read_prescription import read_prescription
from transformers.norway.remaining import (
    DISPENSINGS,
    PACKAGES,
    AmountsLeft,
    AmountsNotComparable,
    AmountVerdict,
    PrescribedAmount,
    WhyNotComparable,
    decide_amounts,
    exact_decimal,
    prescribed_amount,
    what_is_left,
    with_dispensings,
)

TWO_TIMES_14 = (number("14", "{tablet}"), number("2", "1"))
THIRTY = Quantity(Decimal(30), Coded("stk"))


def foreign(quantity: str, unit: str, content: str | None, of: str = "{tablet}") -> tuple[Quantity, MedicinalProduct]:
    """What was handed out, and the product: its package holds ``content`` of ``of``; None: not described."""
    return number(quantity, unit), packed(*(() if content is None else (number(content, of),)))


SCOUT = {
    "30 of a 28-pack": (prescribed("1", "100"), foreign("30", "{tablet}", "28"), "within", 70),
    "10 of a 30-pack": (prescribed("1", "30"), foreign("10", "{tablet}", "30"), "within", 20),
    "2 of unknown size": (prescribed("3", "30"), foreign("2", "1", None), "not-comparable", None),
    "60 on 2 of 30": (prescribed("2", "30"), foreign("1", "1", "60"), "closes", 0),
    "4 of 28 on 100": (prescribed("1", "100"), foreign("4", "1", "28"), "over-by-less-than-a-package", 0),
    "5 of 28 on 100": (prescribed("1", "100"), foreign("5", "1", "28"), "over", 0),
    "100 ml on tablets": (prescribed("1", "30"), foreign("100", "ml", "100", "ml"), "not-comparable", None),
    "1 of 28 with 3 repeats": (prescribed("1", "28", repeats=3), foreign("1", "1", "28"), "within", 84),
}
"""shared/cases/scout-04-amounts.csv, row by row: what is decided, and what is left by the report."""

NEIGHBOURS = {
    "a litre on millilitres": (prescribed("4", "250", "ml"), foreign("1", "1", "1", "L"), "closes", 0),
    "millilitres on a litre": (prescribed("1", "1", "L"), foreign("250", "mL", "500", "mL"), "within", "0.75"),
    "grams on milligrams": (prescribed("2", "500", "mg"), foreign("1", "1", "1", "g"), "closes", 0),
    "milligrams on grams": (prescribed("1", "30", "g"), foreign("1", "1", "15000", "mg"), "within", 15),
    "micrograms on milligrams": (prescribed("1", "1", "mg"), foreign("1", "1", "250", "ug"), "within", "0.75"),
    "teaspoons": (prescribed("1", "100", "ml"), foreign("20", "[tsp_us]", "20", "[tsp_us]"), "not-comparable", None),
    "grams on millilitres": (prescribed("1", "100", "ml"), foreign("1", "1", "100", "g"), "not-comparable", None),
    "capsules on tablets": (prescribed("1", "30"), foreign("1", "1", "30", "{capsule}"), "not-comparable", None),
    "a bare count of tablets": (prescribed("1", "30"), foreign("1", "1", "30", "1"), "closes", 0),
    "a bare 1 as content": (prescribed("1", "30"), foreign("1", "1", "1", "1"), "not-comparable", None),
    "doses on pieces": (prescribed("1", "1"), foreign("1", "1", "200", "{dose}"), "not-comparable", None),
    "units by the million": (prescribed("2", "5", "mill IE"), foreign("2", "1", "5000000", "[IU]"), "closes", 0),
    "packages of packages": (prescribed("1", "2x14"), (number("1", "1"), packed(*TWO_TIMES_14)), "closes", 0),
    "part of packages of packages": (
        prescribed("1", "98"), (number("14", "{tablet}"), packed(*TWO_TIMES_14)), "within", 84,
    ),
    "decimals": (prescribed("3", "0,5", "ml"), foreign("1", "1", "0.4", "mL"), "within", "1.1"),
    "over by exactly a package": (prescribed("1", "56"), foreign("3", "1", "28"), "over", 0),
    "over by a tablet less": (prescribed("1", "57"), foreign("3", "1", "28"), "over-by-less-than-a-package", 0),
    "over by part of a package": (
        prescribed("1", "20"), foreign("30", "{tablet}", "28"), "over-by-less-than-a-package", 0,
    ),
    "eleven repeats": (prescribed("1", "28", repeats=11), foreign("1", "1", "28"), "within", 28 * 11),
    "an amount prescribed": (
        prescribed(None, None, amount=Quantity(Decimal(100), Coded("ml", Coding("ml", "2.16.578.1.12.4.1.1.7452")))),
        foreign("2", "1", "40", "mL"), "within", 20,
    ),
    "packages of which nobody knows what they hold": (
        prescribed("3", None), foreign("1", "1", "30"), "not-comparable", None,
    ),
}  # fmt: skip
"""Neighbours of those rows."""


@pytest.mark.parametrize("case", [*SCOUT.values(), *NEIGHBOURS.values()], ids=[*SCOUT, *NEIGHBOURS])
def test_a_dispensing_abroad_is_decided_and_leaves_what_the_row_says(case):
    prescription, (quantity, product), verdict, left = case
    new = counted(reported(quantity, product, prescription))
    decided = decide_amounts(prescribed_amount(prescription), (), [new])
    assert decided.verdict.value == verdict
    assert decided.refused == decided.alarms == (verdict == "over")
    assert decided.closes == (verdict in ("closes", "over-by-less-than-a-package"))
    listed, _ = with_dispensings(prescription, [new])
    if left is None:
        assert isinstance(decided.after, AmountsNotComparable)
        assert listed.not_comparable == tuple(why.value for why in decided.after.reasons) != ()
        assert not listed.item.completed
    else:
        assert isinstance(decided.after, AmountsLeft)
        assert decided.after.left == Fraction(str(left))
        assert (listed.item.completed, listed.not_comparable) == (left == 0, ())


def test_a_part_package_is_said_as_amount_and_antall_has_three_decimals():
    for quantity, content, antall in (("30", "28", "1.071"), ("10", "30", "0.333"), ("5", "10", "0.5")):
        made = reported(*foreign(quantity, "{tablet}", content), prescribed("1", "100"))
        assert made.medicine is not None
        assert made.medicine.packages == Decimal(antall)
        assert made.medicine.amount == Quantity(Decimal(quantity), Coded("stk"))
        assert made.medicine.package_size is not None
        assert made.medicine.package_size.written == content


def test_whole_packages_are_counted_and_their_size_and_measure_are_carried():
    made = reported(number("2", "1"), packed(*TWO_TIMES_14), prescribed("1", "100"))
    assert made.medicine is not None
    assert (made.medicine.packages, made.medicine.amount) == (Decimal(2), None)
    size = made.medicine.package_size
    assert size is not None
    assert (size.written, size.unit and size.unit.original and size.unit.original.code) == ("2x14", "stk")


def test_a_package_that_does_not_compare_keeps_its_size_in_words():
    capsules = packed(number("10", "{capsule}"), number("3", "1"))
    made = reported(number("2", "1"), capsules, prescribed("1", "30")).medicine
    assert made is not None
    assert (made.packages, made.package_size, made.remark) == (
        Decimal(2), None, "Pakning: 3 x 10 capsule (ikke enheten på resepten)",
    )  # fmt: skip
    part = reported(number("10", "{capsule}"), capsules, prescribed("1", "30")).medicine
    assert part is not None
    assert (part.packages, part.amount) == (Decimal("0.333"), None)
    assert part.remark is not None
    assert part.remark.endswith("; Utlevert: 10 capsule (ikke enheten på resepten)")


def test_tablets_of_another_strength_do_not_compare_and_of_the_same_do():
    def of(milligrams: str) -> Ingredient:
        strength = number(milligrams, "mg")
        return Ingredient(Coded("cetirizine"), strength, Quantity(Decimal(1)))

    prescription = prescribed("1", "30")
    ours = replace(of("10"), numerator=Quantity(Decimal(10), Coded("mg", Coding("mg", "2.16.578.1.12.4.1.1.7452"))))
    item = replace(prescription.item, product=replace(prescription.item.product, ingredients=(ours,)))
    prescription = replace(prescription, item=item)
    for milligrams, verdict in (("5", AmountVerdict.NOT_COMPARABLE), ("10", AmountVerdict.CLOSES)):
        product = replace(packed(number("30", "{tablet}")), ingredients=(of(milligrams),))
        new = counted(reported(number("1", "1"), product, prescription))
        assert decide_amounts(prescribed_amount(prescription), (), [new]).verdict is verdict
    unstated = counted(reported(number("1", "1"), packed(number("30", "{tablet}")), prescription))
    assert decide_amounts(prescribed_amount(prescription), (), [unstated]).verdict is AmountVerdict.CLOSES


@pytest.mark.parametrize(("quantity", "unit"), [("30", "{piece}"), ("1", "{capsule}"), ("0.001", "{tablet}")])
def test_no_report_is_made_of_an_amount_whose_packages_nobody_can_tell(quantity: str, unit: str):
    with pytest.raises(Malformed, match="Antall"):
        reported(number(quantity, unit), packed(number("28", "{tablet}")), prescribed("1", "100"))


def test_an_outer_container_that_is_measured_is_no_count_of_containers():
    product = packed(number("3", "mL"), number("15", "mL"))
    made = reported(number("1", "1"), product, prescribed("5", "3", "ml"))
    assert made.medicine is not None
    assert made.medicine.package_size is None


PRESCRIBED = PrescribedAmount(Decimal(1), None, OURS, Quantity(Decimal(100), Coded("stk")), 3)


def other(count: str, holds: str | None, unit: str = "stk", item_number: str | None = "999999") -> Dispensing:
    content = None if holds is None else Quantity(Decimal(holds), Coded(unit))
    return Dispensing(packages=Decimal(count), item_number=item_number, holds=content)


def left(*made: Dispensing, of: PrescribedAmount = PRESCRIBED) -> Fraction | tuple[WhyNotComparable, ...]:
    balance = what_is_left(of, made)
    return balance.left if isinstance(balance, AmountsLeft) else balance.reasons


def test_packages_of_another_product_count_by_what_they_hold():
    assert left(other("3", "30")) == 310
    assert left(other("1", "300"), other("1", "100")) == 0
    assert left(other("1", "300"), other("1", "301")) == 0
    assert left(other("0.5", "30", "STK")) == 385


def test_packages_of_the_product_prescribed_count_as_they_are_and_must_hold_the_same():
    assert left(other("2", None, item_number=OURS)) == left(other("2", "100", item_number=OURS)) == 200
    assert left(other("2", "10", item_number=OURS)) == (WhyNotComparable.CONTRADICTED,)
    unsized = PrescribedAmount(Decimal(2), None, OURS, None, 1)
    assert unsized.unit == PACKAGES
    assert left(other("1", None, item_number=OURS), of=unsized) == 3
    assert left(other("1", "30"), of=unsized) == (WhyNotComparable.PACKAGE_UNKNOWN,)


def test_what_does_not_compare_says_why():
    assert left(other("1", None)) == left(other("1", None, item_number=None)) == (WhyNotComparable.PACKAGE_UNKNOWN,)
    assert left(other("1", "30", "ml")) == (WhyNotComparable.UNIT_DIFFERS,)
    assert left(other("1", None), other("1", "30", "ml"), other("1", None)) == (
        WhyNotComparable.PACKAGE_UNKNOWN, WhyNotComparable.UNIT_DIFFERS,
    )  # fmt: skip
    assert left(other("1", "30", "ml"), replace(other("1", "10"), completes=True)) == (WhyNotComparable.UNIT_DIFFERS,)


@pytest.mark.parametrize("count", ["0", "-3", "NaN", "Infinity"])
def test_a_number_that_cannot_be_gives_nothing_back(count: str):
    assert left(other(count, "30")) == (WhyNotComparable.AMOUNT_NOT_STATED,)
    amount = Dispensing(amount=Quantity(Decimal(count), Coded("stk")))
    assert left(amount) == left(Dispensing()) == (WhyNotComparable.AMOUNT_NOT_STATED,)
    assert left(Dispensing(amount=THIRTY)) == 370


def test_an_amount_decides_where_antall_is_rounded_and_contradicts_where_it_is_not():
    assert left(replace(other("1.071", "28"), amount=THIRTY)) == 370
    assert left(replace(other("2", "28"), amount=THIRTY)) == (WhyNotComparable.CONTRADICTED,)
    assert left(replace(other("1", "30", "ml"), amount=THIRTY)) == 370
    assert left(replace(other("1", "30"), amount=Quantity(Decimal(5), Coded("ml")))) == 370


def test_a_dispensing_of_a_source_that_states_no_amounts_is_one_as_prescribed():
    once = Dispensing(as_prescribed=True)
    assert left(once) == 300
    assert left(once, once, once, once) == 0
    without = PrescribedAmount(repeats=2)
    assert (without.unit, left(once, of=without)) == (DISPENSINGS, 2)
    assert left(other("1", "30"), of=without) == (WhyNotComparable.PRESCRIBED_UNKNOWN,)


def test_a_report_that_closes_leaves_nothing_and_what_lapses_is_said():
    balance = what_is_left(PRESCRIBED, [replace(other("1", "30"), completes=True)])
    assert isinstance(balance, AmountsLeft)
    assert (balance.left, balance.lapsed, balance.excess) == (0, 370, 0)


def test_an_annulled_report_is_as_if_it_had_not_been():
    first, second = (reported(number("1", "1"), packed(number("28", "{tablet}")), prescribed("1", "100"), report_id=key)
                     for key in ("r-1", "r-2"))  # fmt: skip
    back = annulment_of(first, new_id="a-1", employee_id="x")
    kept = in_force([first, second, back], Report())
    assert left(*map(counted, kept)) == left(counted(second)) == 372
    assert left(counted(dispensing(medicine=None, closed=False))) == (WhyNotComparable.AMOUNT_NOT_STATED,)


def test_the_proof_names_each_report_with_its_equivalent():
    balance = what_is_left(PRESCRIBED, [replace(other("1.071", "28"), amount=THIRTY, report_id="r-1")])
    assert (balance.unit, balance.prescribed) == ("stk", 400)
    (one,) = balance.counted
    assert (one.report_id, one.stated, one.amount, one.why) == ("r-1", "1.071 × 28 stk; 30 stk", 30, None)


def test_dispensings_of_one_submission_are_judged_together():
    once = other("1", "100", item_number=OURS)
    of = replace(PRESCRIBED, repeats=1)
    assert decide_amounts(of, [], [once, once]).verdict is AmountVerdict.CLOSES
    assert decide_amounts(of, [], [once] * 3).verdict is AmountVerdict.OVER
    assert decide_amounts(of, [once], [once, once]).verdict is AmountVerdict.OVER
    both = decide_amounts(of, [], [once, other("1", None)])
    assert (both.verdict, both.refused) == (AmountVerdict.LEFT_UNKNOWN, True)
    with pytest.raises(ValueError, match="submission"):
        decide_amounts(of, [once], [])


def test_nothing_left_is_exhausted_and_what_nobody_can_tell_is_refused():
    once = other("1", "100", item_number=OURS)
    of = replace(PRESCRIBED, repeats=0)
    for made in ([once], [once, once], [replace(other("1", "30"), completes=True)],
                 [replace(other("1", None), completes=True)]):  # fmt: skip
        decided = decide_amounts(of, made, [once])
        assert (decided.verdict, decided.refused, decided.alarms) == (AmountVerdict.EXHAUSTED, True, True)
    unknown = decide_amounts(of, [other("1", None)], [once])
    assert (unknown.verdict, unknown.refused, unknown.alarms) == (AmountVerdict.LEFT_UNKNOWN, True, False)


def test_the_setting_refuses_any_excess():
    of, four = replace(PRESCRIBED, repeats=0), [other("4", "28")]
    assert decide_amounts(of, [], four).closes
    refused = decide_amounts(of, [], four, refuse_excess=True)
    assert (refused.verdict, refused.over, refused.package) == (AmountVerdict.OVER, 12, 28)
    assert decide_amounts(of, [], [other("3", "28")], refuse_excess=True).verdict is AmountVerdict.WITHIN


def test_an_excess_of_packages_that_do_not_say_what_they_hold_is_refused():
    of = replace(PRESCRIBED, repeats=0)
    assert (
        decide_amounts(of, [], [Dispensing(amount=Quantity(Decimal(101), Coded("stk")))]).verdict is AmountVerdict.OVER
    )


def shown(prescription: NorwegianPrescription, *made: Dispensing) -> tuple[str | None, str | None, int | None]:
    item = with_dispensings(prescription, made)[0].item
    packages = None if item.packages is None else str(item.packages.value)
    amount = None if item.amount is None else f"{item.amount.value} {item.amount.unit and item.amount.unit.text}"
    return packages, amount, item.repeats


def test_what_is_left_is_listed_in_whole_packages_or_as_an_amount():
    assert shown(prescribed("1", "100", repeats=3)) == ("1", None, 3)
    assert shown(prescribed("1", "100"), other("1", "30")) == (None, "70 stk", 0)
    assert shown(prescribed("2", "30"), other("1", "30")) == ("1", None, 0)
    assert shown(prescribed("1", "28", repeats=3), other("1", "28")) == ("1", None, 2)
    assert shown(prescribed("1", "100", repeats=2), other("1", "30")) == ("1", None, 1)
    assert shown(prescribed("1", None, repeats=2), other("1", None, item_number=OURS)) == ("1", None, 1)


def test_a_rest_beyond_full_dispensings_is_told():
    _, report = with_dispensings(prescribed("1", "100", repeats=2), [other("1", "30")])
    assert [finding.code for finding in report.findings] == ["rest-outside-repeats"]
    assert with_dispensings(prescribed("1", "100"), [other("1", "30")])[1].findings == []


def test_what_does_not_compare_is_a_finding_and_a_bar():
    found, report = with_dispensings(prescribed("1", "100"), [other("1", None)])
    assert [finding.code for finding in report.findings] == ["left-not-comparable"] == [ExportBar.LEFT_NOT_COMPARABLE]
    assert found.not_comparable == ("package-unknown",)


UNITS = st.sampled_from(["stk", "STK", "ml", "L", "g", "mg", "ML", "IE", "mill IE", "dose", "doser", "capsule"])
COUNTS = st.decimals("0.001", "9999", places=3)
CONTENTS = st.builds(Quantity, st.decimals("0.001", "99999999", places=3), st.builds(Coded, UNITS))
REPORTS = st.builds(
    Dispensing,
    packages=st.none() | COUNTS,
    amount=st.none() | CONTENTS,
    completes=st.sampled_from([False, False, False, True]),
    item_number=st.sampled_from([OURS, "999999", None]),
    holds=st.none() | CONTENTS,
)
PRESCRIPTIONS = st.builds(
    PrescribedAmount,
    packages=st.none() | COUNTS,
    amount=st.none() | CONTENTS,
    item_number=st.sampled_from([OURS, None]),
    holds=st.none() | CONTENTS,
    repeats=st.integers(0, 11),
)


@given(PRESCRIPTIONS, st.lists(REPORTS, max_size=6), st.randoms(use_true_random=False))
def test_reports_in_force_and_what_is_left_are_what_was_prescribed_or_it_is_said_why_not(
    of: PrescribedAmount, made: list[Dispensing], order: random.Random
):
    balance = what_is_left(of, made)
    if isinstance(balance, AmountsLeft):
        assert balance.used + balance.left + balance.lapsed == of.total + balance.excess
        assert balance.left >= 0
        assert not balance.excess or not balance.left
    else:
        assert balance.reasons
    shuffled = order.sample(made, len(made))
    again = what_is_left(of, shuffled)
    assert type(again) is type(balance)
    assert Counter((one.stated, one.amount) for one in again.counted) == Counter(
        (one.stated, one.amount) for one in balance.counted
    )


@given(
    st.integers(1, 4),
    st.integers(0, 11),
    st.integers(1, 500),
    st.lists(st.tuples(st.integers(1, 9), st.integers(2, 500)), max_size=8),
)
def test_no_order_of_dispensings_lets_more_out_than_one_package_too_many(
    packages: int, repeats: int, size: int, handed: list[tuple[int, int]]
):
    of = PrescribedAmount(Decimal(packages), None, OURS, Quantity(Decimal(size), Coded("stk")), repeats)
    taken: list[Dispensing] = []
    for count, content in handed:
        new = other(str(count), str(content))
        decided = decide_amounts(of, taken, [new])
        if not decided.refused:
            taken.append(replace(new, completes=decided.closes))
            last = content
    balance = what_is_left(of, taken)
    assert isinstance(balance, AmountsLeft)
    assert balance.excess == 0 or balance.excess < last
    assert balance.closed == (bool(taken) and balance.used >= of.total)


@given(st.integers(1, 10**12), st.integers(0, 12), st.integers(0, 12))
def test_a_number_of_finitely_many_decimals_keeps_every_digit(numerator: int, twos: int, fives: int):
    value = Fraction(numerator, 2**twos * 5**fives)
    assert Fraction(exact_decimal(value)) == value


def test_a_number_without_end_is_no_decimal():
    with pytest.raises(ValueError, match="finitely"):
        exact_decimal(Fraction(1, 3))


def test_dispensings_counted_after_reading_leave_what_they_leave_when_told_to_the_reader():
    data = m1(medicine(before="<Antall>2</Antall>"))
    for made in ((), (Dispensing(as_prescribed=True),), (other("1", None),), (Dispensing(completes=True),)):
        uncounted, before = read_prescription(data, told(dispensed=None))
        counted_later, of_count = with_dispensings(uncounted, made)
        at_once, report = read_prescription(data, told(dispensed=made))
        assert counted_later == at_once
        assert [*before.findings, *of_count.findings] == report.findings
    assert counted_later.item.completed


def test_dispensings_are_counted_once():
    uncounted, _ = read_prescription(m1(), told(dispensed=None))
    once, _ = with_dispensings(uncounted, ())
    with pytest.raises(ValueError, match="already"):
        with_dispensings(once, ())


def test_a_form_that_names_another_piece_does_not_compare():
    capsules = prescribed("1", "30", form=CAPSULE)
    for unit, verdict in (("{tablet}", AmountVerdict.NOT_COMPARABLE), ("{capsule}", AmountVerdict.CLOSES)):
        new = counted(reported(number("1", "1"), packed(number("30", unit)), capsules))
        assert decide_amounts(prescribed_amount(capsules), (), [new]).verdict is verdict


@pytest.mark.parametrize(
    ("unit", "other_strength"),
    [
        ("mL", "ml av annen styrke"), ("g", "g av annen styrke"), ("{drop}", "dråpe av annen styrke"),
        ("{tablet}", "stk av annen styrke"), ("[IU]", "IE"), ("mmol", "mol"),
    ],
)  # fmt: skip
def test_an_amount_of_another_strength_is_another_amount_but_for_one_of_the_substance(unit: str, other_strength: str):
    def of(strength: str) -> MedicinalProduct:
        part = Ingredient(Coded("x"), number(strength, "mg"), number("1", "mL"))
        return MedicinalProduct("x", "package", form_text="tablet", ingredients=(part,))

    amount = number("100", unit)
    same, weaker = (in_norwegian_units(amount, of(strength), of("50")).unit for strength in ("50", "10"))
    assert (code_of(weaker), code_of(same)) == (other_strength, other_strength.removesuffix(" av annen styrke"))
    assert content_in_norwegian_units(amount, of("10"), of("50")).unit == weaker


def test_the_smallest_package_of_a_submission_is_the_measure_of_an_excess():
    of, large, small = replace(PRESCRIBED, repeats=0), other("1", "100"), other("1", "28")
    both = decide_amounts(of, [], [large, small])
    assert (both.verdict, both.over, both.package) == (AmountVerdict.OVER, 28, 28)
    of = replace(of, holds=Quantity(Decimal(101), Coded("stk")))
    assert decide_amounts(of, [], [large, small]).verdict is AmountVerdict.OVER_BY_LESS_THAN_A_PACKAGE
    unsized = Dispensing(amount=Quantity(Decimal(10), Coded("stk")))
    assert decide_amounts(of, [], [large, unsized]).verdict is AmountVerdict.OVER


def test_packages_of_which_neither_side_names_the_item_do_not_compare():
    of = replace(PRESCRIBED, item_number=None)
    assert left(other("1", None, item_number=None), of=of) == (WhyNotComparable.PACKAGE_UNKNOWN,)
    assert left(other("1", "30", item_number=None), of=of) == 370


def test_a_package_that_contradicts_the_item_prescribed_is_not_saved_by_an_amount():
    made = replace(other("1", "10", item_number=OURS), amount=Quantity(Decimal(10), Coded("stk")))
    assert left(made) == (WhyNotComparable.CONTRADICTED,)


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ("Tablett, filmdrasjert", "tablet"), ("Film-coated tablet", "tablet"), ("Kapsel, hard", "capsule"),
        ("Sugetablett", "lozenge"), ("Lozenge", "lozenge"), ("Tablett og kapsel", None), ("Mikstur", None),
        ("Stikkpille", "suppository"), ("Depotplaster", "patch"), ("Pulver i dosepose", "sachet"),
    ],
)  # fmt: skip
def test_a_form_names_one_kind_of_piece_or_none(form: str, kind: str | None):
    assert kind_of_piece(MedicinalProduct("x", "package", form_text=form)) == kind
    assert kind_of_piece(MedicinalProduct("x", "package", form=Coded(form))) == kind


def test_the_documents_own_unit_decides_and_not_one_in_a_translation():
    unit = Coded(None, Coding("g", "2.16.840.1.113883.6.8"), (), Coding("mL", "2.16.840.1.113883.6.8"))
    content = Quantity(Decimal(100), unit)
    made = counted(reported(number("1", "1"), packed(content), prescribed("1", "100", "ml")))
    assert made.holds == Quantity(Decimal(100), Coded("ml"))


@pytest.mark.parametrize(
    ("one", "other_one", "differ"),
    [
        (("10", "mg", "1", "1"), ("5", "mg", "1", "1"), True),
        (("10", "mg", "1", "1"), ("0.01", "g", "1", "{tablet}"), False),
        (("250", "mg", "5", "mL"), ("50", "mg", "1", "mL"), False),
        (("250", "mg", "5", "mL"), ("250", "mg", "1", "mL"), True),
        (("1", "g", "1", "L"), ("1", "mg", "1", "mL"), False),
        (("10", "mg", "1", "1"), ("5", "mg", "1", "mL"), False),
        (("100", "[IU]", "1", "mL"), ("3.5", "mg", "1", "mL"), False),
    ],
)
def test_strengths_differ_where_they_are_in_the_same_measures_and_not_the_same(one, other_one, differ: bool):
    def of(much: str, unit: str, per: str, per_unit: str) -> MedicinalProduct:
        strength = Ingredient(Coded("x"), number(much, unit), number(per, per_unit))
        return MedicinalProduct("x", "package", ingredients=(strength,))

    assert another_strength(of(*one), of(*other_one)) is another_strength(of(*other_one), of(*one)) is differ
    assert not another_strength(of(*one), MedicinalProduct("x", "package"))


@pytest.mark.parametrize(
    "outer", [number("2", "mL"), number("1.5", "1"), number("2", "{Tablet}"), number("20", "{tablet}")]
)
def test_no_amount_is_counted_in_packages_of_which_it_is_not_told_what_they_hold(outer: Quantity):
    blisters = packed(number("10", "{tablet}"), outer)
    with pytest.raises(Malformed, match="Antall"):
        reported(number("20", "{tablet}"), blisters, prescribed("1", "100"))
    whole = reported(number("1", "1"), blisters, prescribed("1", "100")).medicine
    assert whole is not None
    assert whole.package_size is None
