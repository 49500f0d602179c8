"""A structured dosage is believed only when it is the prescriber's sentence; every way of giving up has its name."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformers.model.values import Coded, Moment, Quantity
from transformers.norway.dosage_text import normalised, number
from transformers.norway.dosing import FixedDose, Regime
from transformers.norway.structured_dosage import Structured, WhyTextOnly, structured

DAY = Quantity(Decimal(1), Coded("Døgn"))


def dose(amount: str = "1", unit: str | None = "tablett", interval: Quantity | None = DAY, **more: object) -> FixedDose:
    return FixedDose(Quantity(Decimal(amount), Coded(unit) if unit else None), interval, **more)  # type: ignore[arg-type]  # the test names the field


def decided(
    said: str | None, *doses: FixedDose, as_needed: bool = False, by_scheme: bool = False, **regime: object
) -> Structured | WhyTextOnly:
    return structured(
        said, (Regime(doses, **{"as_needed": False, **regime}),), use="3" if as_needed else "1", by_scheme=by_scheme  # type: ignore[arg-type]  # the test names the field
    )  # fmt: skip


def period(said: str, *doses: FixedDose) -> tuple[str, str, bool]:
    found = decided(said, *doses)
    assert isinstance(found, Structured)
    (timing,) = found.timings
    assert timing.period is not None
    assert timing.period.unit is not None
    assert timing.period.unit.target is not None
    return str(timing.period.value), timing.period.unit.target.code, timing.institution_specified


@pytest.mark.parametrize(
    ("said", "times", "hours"),
    [
        ("1 tablett daglig", 1, "24"),
        ("1 tablett 1 gang daglig.", 1, "24"),
        ("1\u00a0tablett  hver dag", 1, "24"),
        ("Én tablett én gang daglig", 1, "24"),
        ("1 tablett dagleg", 1, "24"),
        ("1 tablett 2 ganger daglig", 2, "12"),
        ("1 tablett to ganger i døgnet", 2, "12"),
        ("1 tablett 3 gonger dagleg", 3, "8"),
        ("1 tablett 4 ganger per dag", 4, "6"),
        ("1 tablett 5 ganger daglig", 5, "4.8"),
    ],
)
def test_so_many_times_a_day_is_a_period_at_hours_of_the_patients_choice(said: str, times: int, hours: str):
    assert period(said, *[dose()] * times) == (hours, "h", True)


@pytest.mark.parametrize(
    ("said", "interval", "expected"),
    [
        ("1 tablett annenhver dag", Quantity(Decimal(2), Coded("Døgn")), ("2", "d", False)),
        ("1 tablett hver 3. dag", Quantity(Decimal(3), Coded("Døgn")), ("3", "d", False)),
        ("1 tablett 1 gang i uken", Quantity(Decimal(7), Coded("Døgn")), ("1", "wk", False)),
        ("1 tablett ukentlig", Quantity(Decimal(1), Coded("Uke")), ("1", "wk", False)),
        ("1 tablett hver 8. time", Quantity(Decimal(8), Coded("Time")), ("8", "h", False)),
    ],
)
def test_every_so_often_is_a_period(said: str, interval: Quantity, expected: tuple[str, str, bool]):
    assert period(said, dose(interval=interval)) == expected


def test_the_part_of_day_that_spells_a_frequency_claims_nothing():
    parts = [dose(part_of_day=part) for part in ("morgen", "midt på dagen", "kveld")]
    assert period("1 tablett 3 ganger daglig", *parts) == ("8", "h", True)


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ("0,5 tablett daglig", "0.5"),
        ("0.5 tablett daglig", "0.5"),
        ("½ tablett daglig", "0.5"),
        ("2,50 ml daglig", "2.5"),
    ],
)
def test_a_comma_and_a_point_are_the_same_decimal_sign(said: str, amount: str):
    unit = "ml" if "ml" in said else "tablett"
    found = decided(said, dose(amount, unit))
    assert isinstance(found, Structured)
    assert found.dose.value == Decimal(amount)


@pytest.mark.parametrize(("said", "amount"), [("1.000 mg daglig", "1"), ("12.500 mg daglig", "12.5")])
def test_a_point_that_may_set_thousands_apart_is_no_decimal_sign(said: str, amount: str):
    assert decided(said, dose(amount, "mg")) is WhyTextOnly.TEXT_DIFFERS
    assert isinstance(decided(said.replace(".", ","), dose(amount, "mg")), Structured)


def test_what_one_dose_of_several_says_counts():
    said = "1 tablett 2 ganger daglig"
    assert decided(said, dose(), dose(clock="20:00:00")) is WhyTextOnly.CLOCK_TIMES
    assert decided(said, dose(), dose(weekdays=True)) is WhyTextOnly.WEEKDAYS
    assert isinstance(decided(said, dose(), dose()), Structured)


def test_as_needed_is_kept_when_both_say_so():
    assert isinstance(decided("1 tablett daglig ved behov", dose(), as_needed=True), Structured)


def alone(said: str) -> Structured | WhyTextOnly:
    """A sentence without Dosering and without Bruk."""
    return structured(said, (), use=None, by_scheme=False)


DAILY = "1 tablett daglig"
GIVING_UP = {
    WhyTextOnly.NOT_STATED: lambda: decided(None, dose()),
    WhyTextOnly.BY_SCHEME: lambda: decided(DAILY, dose(), by_scheme=True),
    WhyTextOnly.NO_STRUCTURE: lambda: decided(DAILY),
    WhyTextOnly.SEVERAL_PHASES: lambda: structured(
        DAILY, (Regime((dose(),), as_needed=False),) * 2, use="1", by_scheme=False
    ),
    WhyTextOnly.AS_NEEDED_WITH_MAXIMUM: lambda: structured(
        DAILY, (Regime((), as_needed=True),), use="3", by_scheme=False
    ),
    WhyTextOnly.DOSING_RULE: lambda: decided(DAILY, dose(), ruled=True),
    WhyTextOnly.COURSE_LENGTH: lambda: decided(DAILY, dose(), end=Moment("2026-10-12")),
    WhyTextOnly.CLOCK_TIMES: lambda: decided(DAILY, dose(clock="08:00:00")),
    WhyTextOnly.EXACT_TIMES: lambda: decided(DAILY, dose(exact=True)),
    WhyTextOnly.WEEKDAYS: lambda: decided(DAILY, dose(weekdays=True)),
    WhyTextOnly.DAYS_ON_AND_OFF: lambda: decided(DAILY, dose(days_on_and_off=True)),
    WhyTextOnly.INFUSION_RATE: lambda: decided(DAILY, dose(infused=True)),
    WhyTextOnly.UNIT_NOT_STATED: lambda: alone("1 x 3"),
    WhyTextOnly.DAILY_AMOUNT: lambda: alone("2 tabletter daglig"),
    WhyTextOnly.BOUND: lambda: alone("1-2 tabletter inntil 3 ganger daglig"),
    WhyTextOnly.SITE: lambda: alone("1 dråpe i hvert øye daglig"),
    WhyTextOnly.SEVERAL_READINGS: lambda: alone("1 tablett morgen og kveld ved behov"),
    WhyTextOnly.NO_AMOUNT: lambda: alone("daglig"),
    WhyTextOnly.NO_FREQUENCY: lambda: alone("1 tablett"),
    WhyTextOnly.OTHER_WORDS: lambda: alone("1 tablett daglig mot høysnue"),
    WhyTextOnly.UNEQUAL_DOSES: lambda: decided("3 tabletter daglig", dose("1"), dose("2")),
    WhyTextOnly.INTERVAL_UNREADABLE: lambda: decided(DAILY, dose(interval=None)),
    WhyTextOnly.FREQUENCY_NOT_EXPRESSIBLE: lambda: decided("1 tablett 7 ganger daglig", *[dose()] * 7),
    WhyTextOnly.TEXT_DIFFERS: lambda: decided("2 tabletter daglig", dose()),
    WhyTextOnly.AS_NEEDED_DIFFERS: lambda: decided(DAILY, dose(), as_needed=True),
}


@pytest.mark.parametrize("reason", [one for one in WhyTextOnly if one is not WhyTextOnly.STRUCTURE_UNREADABLE])
def test_gives_up_by_name(reason: WhyTextOnly):
    assert GIVING_UP[reason]() is reason
    assert isinstance(decided(DAILY, dose()), Structured)


@pytest.mark.parametrize(
    "said",
    ["1 tablett morgen og kveld", "1 tablett morgen og 1 tablett kveld"],
)
def test_parts_of_day_are_a_frequency_when_structure_and_text_name_the_same(said: str):
    assert period(said, dose(part_of_day="morgen"), dose(part_of_day="kveld")) == ("12", "h", True)
    assert decided(said, dose(part_of_day="morgen"), dose(part_of_day="natt")) is WhyTextOnly.TEXT_DIFFERS


@pytest.mark.parametrize(("said", "days"), [("i 7 dager", 7), ("i 1 uke", 7), ("i ei veke", 7), ("i 10 dager", 10)])
def test_a_course_is_believed_when_its_dates_are_that_many_days_apart(said: str, days: int):
    start, end = Moment("2026-10-05"), Moment(f"2026-10-{5 + days:02}")
    assert isinstance(decided(f"1 tablett daglig {said}", dose(), start=start, end=end), Structured)
    a_day_more = Moment(f"2026-10-{6 + days:02}")
    assert decided(f"1 tablett daglig {said}", dose(), start=start, end=a_day_more) is WhyTextOnly.COURSE_LENGTH
    assert decided(f"1 tablett daglig {said}", dose()) is WhyTextOnly.COURSE_LENGTH


def test_a_sentence_alone_is_structured_when_it_has_one_reading():
    assert isinstance(alone("1 tablett 3 ganger daglig"), Structured)
    assert isinstance(decided("2 tabletter daglig", dose("2")), Structured)
    assert alone("2 tabletter daglig") is WhyTextOnly.DAILY_AMOUNT


def test_a_range_has_both_ends_and_what_is_taken_as_needed_has_no_time():
    found = alone("1-2 tabletter ved behov")
    assert isinstance(found, Structured)
    assert found.dose_high is not None
    assert (found.dose.value, found.dose_high.value, found.timings, found.as_needed) == (1, 2, (), True)


def test_a_short_form_takes_the_unit_of_the_structure_beside_it():
    found = decided("1x3", *[dose(unit="kapsel")] * 3)
    assert isinstance(found, Structured)
    assert found.dose.unit == Coded("kapsel")


def test_the_same_time_each_day_is_24_hours_apart():
    assert period("1 tablett daglig til samme tid", dose()) == ("24", "h", False)


@pytest.mark.parametrize(
    "said",
    [
        "1 tablett daglig på fastende mage",
        "1-2 tabletter daglig",
        "1-2 tabletter inntil 3 ganger daglig",
        "1 tablett 2 ganger daglig",
        "10 tabletter daglig",
        "ikke 1 tablett daglig",
        "1 kapsel daglig",
    ],
)
def test_one_word_more_or_other_and_the_text_stands_alone(said: str):
    assert decided(said, dose()) is WhyTextOnly.TEXT_DIFFERS


@pytest.mark.parametrize("interval", ["0", "1.5", "-1"])
def test_an_interval_that_is_no_whole_number_is_unreadable(interval: str):
    broken = dose(interval=Quantity(Decimal(interval), Coded("Døgn")))
    assert decided(DAILY, broken) is WhyTextOnly.INTERVAL_UNREADABLE


def test_an_interval_in_unknown_units_is_unreadable():
    assert decided(DAILY, dose(interval=Quantity(Decimal(1), Coded("Måned")))) is WhyTextOnly.INTERVAL_UNREADABLE
    assert decided(DAILY, dose(interval=Quantity(Decimal(1)))) is WhyTextOnly.INTERVAL_UNREADABLE


@given(st.text(max_size=40))
def test_what_is_normalised_stays_as_it_is(said: str):
    assert normalised(normalised(said)) == normalised(said)


@given(st.decimals("0.01", "99", places=2), st.decimals("0.01", "99", places=2), st.integers(1, 4), st.integers(1, 4))
def test_another_amount_or_another_frequency_is_never_believed(a: Decimal, b: Decimal, often: int, structured_as: int):
    found = decided(f"{number(a)} tabletter {often} ganger daglig", *[dose(str(b))] * structured_as)
    assert isinstance(found, Structured) == ((number(a), often) == (number(b), structured_as))
