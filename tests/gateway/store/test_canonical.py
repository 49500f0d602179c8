from datetime import UTC, datetime, timedelta, timezone

import pytest

from gateway.store.canonical import canonical, instant, read_instant
from gateway.store.moments import from_microseconds, to_microseconds


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": {"d": [True, None], "c": "x"}}, '{"a":{"c":"x","d":[true,null]},"b":1}'),
        ({"B": 1, "a": 2, "A": 3}, '{"A":3,"B":1,"a":2}'),
        ("Čáhci Ærø €", '"Čáhci Ærø €"'),
        # RFC 8785 3.2.2.2: short escapes where JSON has them, lower-case \u00xx for the other controls
        ('\u20ac$\u000f\nA\'B"\\"/\u007f', '"€$\\u000f\\nA\'B\\"\\\\\\"/\u007f"'),
        ((), "[]"),
        (2**53, "9007199254740992"),
        (-(2**53), "-9007199254740992"),
    ],
)
def test_writes_one_text_for_one_value(value: object, text: str):
    assert canonical(value) == text


@pytest.mark.parametrize(
    "value", [1.0, {"a": 0.5}, [float("nan")], 2**53 + 1, -(2**53) - 1, {1: 2}, {"æ": 1}, b"x", {1}]
)
def test_refuses_what_has_more_than_one_form(value: object):
    with pytest.raises(ValueError, match=r"canonical|ASCII"):
        canonical(value)


def test_an_instant_is_utc_with_microseconds_and_reads_back():
    moment = datetime(2026, 3, 2, 12, 30, tzinfo=timezone(timedelta(hours=2)))
    assert instant(moment) == "2026-03-02T10:30:00.000000Z"
    assert read_instant(instant(moment)) == moment


def test_refuses_an_instant_without_a_zone():
    with pytest.raises(ValueError, match="zone"):
        instant(datetime(2026, 3, 2, 12, 30, tzinfo=UTC).replace(tzinfo=None))


def test_microseconds_are_exact_both_ways():
    moment = datetime(2026, 3, 2, 12, 30, 1, 999999, tzinfo=UTC)
    assert from_microseconds(to_microseconds(moment)) == moment
