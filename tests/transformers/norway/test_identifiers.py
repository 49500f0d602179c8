"""Person numbers: HIS 1001:2010 and the 2032 rule side by side, calendar, series, control digits."""

from dataclasses import fields

import pytest

from tests.support.norway.source_messages import control_digits
from transformers.norway.errors import NumberInvalid
from transformers.norway.identifiers import DNR, FHN, FNR, PersonNumber, read_person_number

PUBLISHED_SYNTHETIC = {
    "30908299902": (FNR, True),
    "03851598730": (FNR, False),
    "41819077906": (DNR, True),
    "41819077302": (DNR, False),
    "46879700922": (DNR, False),
    "57912075186": (DNR, False),
    "15507600333": (FNR, False),
    "55507608360": (DNR, False),
}
"""Test numbers published by Skatteetaten and NAV: root, and whether only the 2032 rule lets them pass."""


@pytest.mark.parametrize(("number", "expected"), PUBLISHED_SYNTHETIC.items())
def test_published_test_numbers_are_valid_and_synthetic(number: str, expected: tuple[str, bool]):
    read = read_person_number(number)
    assert (read.root, read.only_2032, read.synthetic) == (*expected, True)


@pytest.mark.parametrize("remainder", [1, 2, 3])
def test_first_control_remainder_up_to_three_is_the_2032_series(remainder: int):
    assert read_person_number(control_digits("138774301", remainder=remainder)).only_2032


def test_first_control_remainder_of_four_is_refused():
    with pytest.raises(NumberInvalid) as refused:
        read_person_number(control_digits("138774301", remainder=4))
    assert refused.value.rule == "control"


def test_second_control_digit_has_no_tolerance():
    number = control_digits("138774301")
    with pytest.raises(NumberInvalid):
        read_person_number(number[:10] + str((int(number[10]) + 1) % 10))


@pytest.mark.parametrize("offset", [40, 65, 80])
def test_every_owner_of_test_numbers_is_flagged(offset: int):
    assert read_person_number(control_digits(f"13{7 + offset}74301")).synthetic


def test_leap_day_of_a_leap_year_is_a_day():
    assert read_person_number(control_digits("298200301")).synthetic


def test_leap_day_of_a_common_year_is_refused_though_its_control_digits_are_right():
    with pytest.raises(NumberInvalid) as refused:
        read_person_number(control_digits("298201301"))
    assert refused.value.rule == "calendar"


@pytest.mark.parametrize(
    ("nine", "rule"), [("008774301", "calendar"), ("328774301", "calendar"), ("728774301", "calendar")]
)
def test_days_outside_the_month_are_refused(nine: str, rule: str):
    with pytest.raises(NumberInvalid) as refused:
        read_person_number(control_digits(nine))
    assert refused.value.rule == rule


@pytest.mark.parametrize("month", ["00", "13", "40", "53", "65", "78", "80", "93"])
def test_months_between_the_series_are_refused(month: str):
    with pytest.raises(NumberInvalid) as refused:
        read_person_number(control_digits(f"13{month}74301"))
    assert refused.value.rule == "series"


@pytest.mark.parametrize("month", ["41", "52", "66", "77", "81", "92"])
def test_first_and_last_month_of_each_series_are_months(month: str):
    assert read_person_number(control_digits(f"13{month}74301")).synthetic


def test_help_number_carries_no_date_and_needs_todays_control_digits():
    assert read_person_number(control_digits("873456781")).root == FHN
    with pytest.raises(NumberInvalid):
        read_person_number(control_digits("873456781", remainder=1))


@pytest.mark.parametrize("text", ["", "1387743011", "138774301123", "13877430a11", "１３８７７４３０１１１"])
def test_anything_but_eleven_ascii_digits_is_refused(text: str):
    with pytest.raises(NumberInvalid) as refused:
        read_person_number(text)
    assert refused.value.rule == "digits"


def test_a_number_says_nothing_about_birth_or_sex():
    assert {f.name for f in fields(PersonNumber)} == {"value", "kind", "synthetic", "only_2032"}


def test_a_number_prints_masked():
    number = control_digits("138774301")
    assert number not in repr(read_person_number(number))
