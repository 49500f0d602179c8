"""Amounts, rhythms and dates in words: every number that is printed reads back as the number it was."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformers.model.summary import Timing
from transformers.model.values import Coded, Coding, Moment, Quantity
from transformers.spoken import SPOKEN, Measures
from transformers.words import LANGUAGES, Language

UCUM = "2.16.840.1.113883.6.8"
NB = Measures("nb")
NUMBERS = st.decimals(min_value=0, max_value=Decimal(10) ** 16, allow_nan=False, places=None).filter(
    lambda value: value.as_tuple().exponent > -20  # type: ignore[operator] - no NaN is drawn
)
UNITS = sorted(key.removeprefix("unit.") for key in SPOKEN["nb"] if key.startswith("unit."))


def of(value: str | Decimal, unit: str = "") -> Quantity:
    coding = Coding(unit, UCUM) if unit else None
    return Quantity(Decimal(value), None if coding is None else Coded(original=coding, target=coding))


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def read_back(printed: str, language: Language) -> Decimal:
    """The number at the head of a printed amount, as a person reads it."""
    found = re.match(r"(\d+(?:\N{NO-BREAK SPACE}\d{3})*)?([.,]\d+)?([½¼])?", printed)
    assert found is not None
    assert found[2] is None or found[2][0] == ("." if language == "en" else ",")
    whole = Decimal((found[1] or "0").replace("\N{NO-BREAK SPACE}", ""))
    part = Decimal(f"0.{found[2][1:]}") if found[2] else Decimal(0)
    return whole + part + {"½": Decimal("0.5"), "¼": Decimal("0.25")}.get(found[3] or "", Decimal(0))


@given(value=NUMBERS, unit=st.sampled_from(UNITS), language=st.sampled_from(LANGUAGES))
def test_every_amount_reads_back(value: Decimal, unit: str, language: Language):
    printed = Measures(language).amount(of(value, unit))
    assert read_back(printed, language) == value
    assert not re.search(r"[.,]\d*0(?!\d)|^[.,]|[eE]\d|µ|\[|\{", printed.split("\N{NO-BREAK SPACE}")[0])


@pytest.mark.parametrize(
    ("value", "unit", "printed"),
    [
        ("0.50", "{Tablet}", "½ tablett"),
        ("0.25", "{tablet}", "¼ tablett"),
        ("1.5", "15054000", "1½ tablett"),
        ("2", "{Tablet}", "2 tabletter"),
        ("0.75", "{Tablet}", "0,75 tablett"),
        ("0.5", "mL", "0,5 ml"),
        ("0.25", "{Capsule}", "0,25 kapsel"),
        (".5", "mg", "0,5 mg"),
        ("200.0", "mg", "200 mg"),
        ("100", "ug", "100 mikrogram"),
        ("100", "[IU]", "100 IE"),
        ("100", "[iU]", "100 IE"),
        ("100", "[arb'U]", "100 enheter (arb.)"),
        ("100", "U", "100 U"),
        ("1.2E+4", "[IU]", "12 000 IE"),
        ("3", "mL/d", "3 ml per døgn"),
        ("100", "[IU]/mL", "100 IE/ml"),
        ("1", "{national_unit}", "1 national unit"),
        ("10", "", "10 (enhet ikke oppgitt)"),
    ],
)
def test_an_amount_is_printed_as_a_nurse_writes_it(value: str, unit: str, printed: str):
    assert plain(NB.amount(of(value, unit))) == printed


@pytest.mark.parametrize("unit", sorted({"[arb'U]", "U", "{unit}", "[arb'U]/mL", "[USP'U]", "k[arb'U]"}))
def test_only_international_units_are_called_so(unit: str):
    assert "IE" not in NB.amount(of("1", unit))
    assert "IE" in NB.amount(of("1", "[IU]/mL"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_micro_is_in_letters(language: Language):
    for unit in ("ug", "uL", "ug/mL", "ug/h"):
        printed = Measures(language).amount(of("5", unit))
        assert not re.search(r"µ|mcg|\bug\b|uL", printed)
        assert re.search(r"mikro|micro", printed)


@pytest.mark.parametrize(
    ("numerator", "denominator", "printed"),
    [
        (("500", "mg"), ("1", ""), "500 mg"),
        (("500", "mg"), None, "500 mg"),
        (("100", "[IU]"), ("1.0", "mL"), "100 IE/ml"),
        (("2.5", "mg"), ("2.5", "mL"), "2,5 mg per 2,5 ml"),
        (("200", "mg"), ("2", ""), "200 mg per 2"),
        (("100", ""), ("1", "mL"), "100 (enhet ikke oppgitt)/ml"),
    ],
)
def test_a_strength_keeps_both_its_halves(numerator, denominator, printed):
    assert plain(NB.strength(of(*numerator), None if denominator is None else of(*denominator))) == printed


@pytest.mark.parametrize(
    ("period", "unit", "free", "printed"),
    [
        ("8", "h", False, "hver 8. time"),
        ("8", "h", True, "3 ganger daglig"),
        ("24", "h", True, "1 gang daglig"),
        ("1", "d", False, "hver dag"),
        ("5", "h", True, "hver 5. time"),
        ("2", "d", False, "ANNENHVER dag"),
        ("1", "wk", False, "én gang i UKEN"),
        ("7", "d", False, "én gang i UKEN"),
        ("168", "h", False, "én gang i UKEN"),
        ("72", "h", False, "hver 72. time"),
        ("2", "wk", True, "ANNENHVER UKE"),
        ("3", "mo", False, "hver 3. måned"),
        ("1.5", "d", False, "1,5 døgn mellom hver gang"),
        ("0.5", "d", True, "2 ganger daglig"),
    ],
)
def test_a_rhythm_is_said_in_words_and_a_week_in_capitals(period: str, unit: str, free: bool, printed: str):
    timing = Timing(period=of(period, unit), institution_specified=free)
    assert plain(NB.rhythm(timing) or "") == printed


@pytest.mark.parametrize(
    ("iso", "nb", "en"),
    [
        ("2026-11-30", "30.11.2026", "2026-11-30"),
        ("2026-11", "november 2026", "2026-11"),
        ("2026", "2026", "2026"),
        ("2026-11-30T15:41:53+05:30", "30.11.2026 kl. 15.41 (UTC+05:30)", "2026-11-30 at 15:41 (UTC+05:30)"),
        ("2026-11-30T15:41Z", "30.11.2026 kl. 15.41 (UTC)", "2026-11-30 at 15:41 (UTC)"),
    ],
)
def test_a_moment_is_as_precise_as_it_was_and_keeps_its_zone(iso: str, nb: str, en: str):
    assert (NB.moment(Moment(iso)), Measures("en").moment(Moment(iso))) == (nb, en)


@pytest.mark.parametrize(
    ("born", "when", "age"),
    [
        ("1974-03-13", "2026-03-12", "51 år"),
        ("1974-03-13", "2026-03-13", "52 år"),
        ("2025-01-31", "2026-03-01", "13 måneder"),
        ("2026-03-01", "2026-03-31", "0 måneder"),
        ("1974", "2026-03-13", None),
        ("2027-01-01", "2026-03-13", None),
    ],
)
def test_an_age_is_of_whole_years_and_only_of_days_that_are_told(born: str, when: str, age: str | None):
    assert NB.age(Moment(born), Moment(when)) == age
