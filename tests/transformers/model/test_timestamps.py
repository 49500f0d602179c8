"""Forms of TS: whatever the XSD accepts keeps its day, and what is not kept has its remark."""

import re

import pytest

from transformers.model.timestamps import TimeRemark, read_timestamp, written_timestamp
from transformers.model.values import Moment

XSD = re.compile(r"[0-9]{1,8}|([0-9]{9,14}|[0-9]{14,14}\.[0-9]+)([+\-][0-9]{1,4})?")
"""The pattern of ``ts`` in datatypes-base.xsd of CDA R2."""
DIGITS = ("20261101143059", "20261101240000", "20261101235960", "20261101256199", "20261101996060")
ZONES = ("", "+0", "+1", "+01", "-02", "+010", "+0100", "-0330", "+1400", "+1401", "+9999", "-1160")
FRACTIONS = ("", ".1", ".123456", ".1234567890")
EVERY = [
    f"{digits[:size]}{fraction}{zone}"
    for digits in DIGITS
    for size in range(8, 15)
    for fraction in FRACTIONS
    for zone in ZONES
    if XSD.fullmatch(f"{digits[:size]}{fraction}{zone}")
]


@pytest.mark.parametrize("text", sorted(set(EVERY)))
def test_every_time_that_the_schema_accepts_keeps_its_day(text: str):
    read = read_timestamp(text)
    assert read.moment is not None
    assert read.moment.iso[:10] == "2026-11-01"
    assert written_timestamp(text).startswith("2026-11-01")
    kept = sum(c.isdigit() for c in read.moment.iso)
    assert read.remark is not None or kept >= sum(c.isdigit() for c in text)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026", "2026"),
        ("202611", "2026-11"),
        ("20261101", "2026-11-01"),
        ("202611011430+0100", "2026-11-01T14:30+01:00"),
        ("20261101143059+0100", "2026-11-01T14:30:59+01:00"),
        ("20261101143059+01", "2026-11-01T14:30:59+01:00"),
        ("20261101143059.25-0330", "2026-11-01T14:30:59.25-03:30"),
        ("20261101143059Z", "2026-11-01T14:30:59Z"),
        (" 20261101\n", "2026-11-01"),
    ],
)
def test_a_whole_time_is_read_as_precise_as_it_is_written(text: str, iso: str):
    assert read_timestamp(text).moment == Moment(iso)
    assert read_timestamp(text).remark is None


@pytest.mark.parametrize(
    ("text", "iso", "remark"),
    [
        ("20261", "2026", TimeRemark.IMPRECISE),
        ("2026110", "2026-11", TimeRemark.IMPRECISE),
        ("202611011", "2026-11-01", TimeRemark.IMPRECISE),
        ("2026110114", "2026-11-01", TimeRemark.IMPRECISE),
        ("2026110114+0100", "2026-11-01", TimeRemark.IMPRECISE),
        ("20261101143", "2026-11-01", TimeRemark.IMPRECISE),
        ("2026110114305+0100", "2026-11-01T14:30+01:00", TimeRemark.IMPRECISE),
        ("202611011430", "2026-11-01", TimeRemark.WITHOUT_ZONE),
        ("20261101143059", "2026-11-01", TimeRemark.WITHOUT_ZONE),
        ("20261101143059+1", "2026-11-01", TimeRemark.IMPRECISE),
        ("20261101143059+1500", "2026-11-01", TimeRemark.IMPRECISE),
        ("20261101240000+0100", "2026-11-01", TimeRemark.IMPRECISE),
        ("20261101235960+0100", "2026-11-01T23:59+01:00", TimeRemark.IMPRECISE),
        ("20261101143059.1234567+0100", "2026-11-01T14:30:59.123456+01:00", TimeRemark.IMPRECISE),
        ("2026-11-01", "2026-11-01", TimeRemark.OTHER_FORM),
        ("2026-11-01T14:30:59+01:00", "2026-11-01T14:30:59+01:00", TimeRemark.OTHER_FORM),
        ("2026-11-01T14:30:59", "2026-11-01", TimeRemark.WITHOUT_ZONE),
    ],
)
def test_what_is_not_kept_of_a_time_is_remarked(text: str, iso: str, remark: TimeRemark):
    assert read_timestamp(text).moment == Moment(iso)
    assert read_timestamp(text).remark is remark


@pytest.mark.parametrize(
    "text",
    (
        *("", "1", "202", "20261301", "20260230", "00001101", "20260230120000+0100", "i går", "２０２６", "2026\u00a0"),
        *("20261101143059+01000", "202611011430590", "2026-13-01", "20261101T14"),
    ),
)
def test_a_day_that_no_calendar_has_is_no_time(text: str):
    assert read_timestamp(text).moment is None
    assert read_timestamp(text).remark is TimeRemark.UNREADABLE


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026", "2026"),
        ("20261101", "2026-11-01"),
        ("2026110114", "2026-11-01 14"),
        ("202611011430+01", "2026-11-01 14:30 +01"),
        ("20261101143059.5-0330", "2026-11-01 14:30:59.5 -03:30"),
        ("202", "202"),
        ("i går", "i går"),
    ],
)
def test_a_time_is_shown_with_every_digit_that_stands_there(text: str, shown: str):
    assert written_timestamp(text) == shown


@pytest.mark.parametrize("text", ["2026", "202611", "20261101", "202611011430+0100", "20261101143059+0100"])
def test_a_moment_is_printed_as_precise_as_it_was_read(text: str):
    moment = read_timestamp(text).moment
    assert moment is not None
    assert moment.hl7() == text
