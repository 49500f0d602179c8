"""Periods as intervals: as precise as the source, never low = high, never low after high (DTr1 IVL_TS)."""

import pytest

from tests.support.documents.elements import NS, Document
from tests.support.pivots.summaries import implant, problem, rich_content, summary
from transformers.cda.types import elements
from transformers.cda.types.times import Interval, ends_before, interval, of_concern, same
from transformers.model.summary import Present
from transformers.model.values import Moment, Period


def test_a_completed_concern_has_an_end_if_only_an_unknown_one():
    open_ended = interval(Period(Moment("2020"), None))
    assert of_concern(open_ended, "completed").high_unknown
    assert of_concern(open_ended, "active") == open_ended
    for ended in (Period(Moment("2020"), Moment("2021")), Period(Moment("2020"), Moment("2020"))):
        assert of_concern(interval(ended), "completed") == interval(ended)


def edges(start, end):
    found = interval(Period(None if start is None else Moment(start), None if end is None else Moment(end)))
    low = found.low or ("UNK" if found.low_unknown else None)
    high = found.high or ("UNK" if found.high_unknown else None)
    return low, high, found.width, found.finding


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (None, None, ("UNK", None, None, None)),
        ("2020", None, ("2020", None, None, None)),
        (None, "2020-03", ("UNK", "202003", None, None)),
        ("2020-01-01", "2020-01-02", ("20200101", "20200102", None, None)),
        ("2020", "2020-03", ("2020", "202003", None, None)),
        ("2020-03", "2020-03-01", ("202003", "20200301", None, None)),
        ("2020-06-15", "2020-06-15", ("20200615", None, "d", None)),
        ("2020-06", "2020-06", ("202006", None, "mo", None)),
        ("2020", "2020", ("2020", None, "a", None)),
        ("2020-06-15T10:00:00Z", "2020-06-15T12:00:00+02:00", ("20200615100000+0000", None, "s", None)),
        ("2020-06-15T10:00:00Z", "2020-06-15T10:00:01Z", ("20200615100000+0000", "20200615100001+0000", None, None)),
        ("2020-03-15", "2020-03", ("20200315", "UNK", None, "period-end-in-narrative")),
        ("2020-03-15T10:00:00+01:00", "2020-03-15", ("20200315100000+0100", "UNK", None, "period-end-in-narrative")),
        ("2020-03-15T10:00:00+01:00", "2020-03-17", ("20200315100000+0100", "20200317", None, None)),
        ("2021-01-01", "2020-12-31", ("UNK", "UNK", None, "period-reversed")),
        ("2021", "2020", ("UNK", "UNK", None, "period-reversed")),
        ("2020-03-01", "2020-02", ("UNK", "UNK", None, "period-reversed")),
        ("9999-12-31", "9999-12-31", ("99991231", None, "d", None)),
        ("0001", "9999", ("0001", "9999", None, None)),
    ],
)
def test_period_becomes_interval(start, end, expected):
    assert edges(start, end) == expected


def test_interval_always_has_a_low_or_says_that_it_is_unknown():
    assert interval(Period()) == Interval(None, True, None, False, None, None)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("2020", "2021", True),
        ("2020", "2020-12-31", False),
        ("2020-12-30", "2020-12-31", True),
        ("2020-12-31", "2020-12-31", False),
        ("2020-12-30", "2020-12-31T10:00:00Z", False),
        ("2020-12-29", "2020-12-31T10:00:00Z", True),
        ("2020-12-31T10:00:00Z", "2020-12-31T10:00:01Z", True),
        ("2020-12-31T10:00:00Z", "2020-12-31T10:00:00Z", False),
    ],
)
def test_ends_before_only_when_certain(one, other, expected):
    assert ends_before(Moment(one), Moment(other)) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("2020", "2020", True),
        ("2020", "2020-01", False),
        ("2020-01-01T10:00:00Z", "2020-01-01T11:00:00+01:00", True),
        ("2020-01-01T10:00:00Z", "2020-01-01T10:00:00+01:00", False),
        ("2020-01-01", "2020-01-01T00:00:00Z", False),
    ],
)
def test_same_moment_at_the_same_precision(one, other, expected):
    assert same(Moment(one), Moment(other)) is expected


def test_procedure_of_one_day_lasts_one_day():
    effective = Document(summary()).one("//h:procedure/h:effectiveTime")
    assert [(c.tag.rpartition("}")[2], dict(c.attrib)) for c in effective] == [
        ("low", {"value": "20200615"}),
        ("width", {"value": "1", "unit": "d"}),
    ]


def test_device_has_a_typed_interval_with_low_even_when_unknown():
    document = Document(summary(rich_content(devices=Present((implant(implanted=Period()),)))))
    effective = document.section("devices").find(".//h:supply/h:effectiveTime", NS)
    assert effective.get("{http://www.w3.org/2001/XMLSchema-instance}type") == "IVL_TS"
    assert effective.find("h:low", NS).get("nullFlavor") == "UNK"


def test_reversed_period_is_reported_and_stays_in_the_narrative():
    entry = problem(period=Period(Moment("2021"), Moment("2020-05")))
    document = Document(summary(rich_content(problems=Present((entry,)))))
    assert "Fra: 2021 Til: 2020-05" in document.said("problems")
    assert "period-reversed" in document.codes()


def test_end_within_the_start_is_reported_and_stays_in_the_narrative():
    entry = problem(period=Period(Moment("2020-05-06"), Moment("2020-05")))
    document = Document(summary(rich_content(problems=Present((entry,)))))
    assert "Fra: 2020-05-06 Til: 2020-05" in document.said("problems")
    assert "period-end-in-narrative" in document.codes()


@pytest.mark.parametrize(
    ("low_unknown", "high_unknown", "printed"),
    [
        (False, False, "<t></t>"),
        (True, False, '<t><low nullFlavor="UNK"/></t>'),
        (False, True, '<t><high nullFlavor="UNK"/></t>'),
    ],
)
def test_an_edge_that_nobody_knows_is_printed_as_unknown_and_one_that_is_open_not_at_all(
    low_unknown: bool, high_unknown: bool, printed: str
):
    assert elements.interval("t", Interval(None, low_unknown, None, high_unknown, None, None)) == printed
