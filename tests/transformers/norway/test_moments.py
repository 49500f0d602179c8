"""Dates and times: as precise as the source; Norwegian civil time without a zone, the day where that is not unique."""

from datetime import UTC, datetime

import pytest

from transformers.model.values import Moment
from transformers.norway.errors import Malformed
from transformers.norway.moments import is_past, read_date, read_date_time, read_either, read_fhir


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-07-01T10:15:00", "2026-07-01T10:15:00+02:00"),
        ("2026-01-01T10:15:00.5", "2026-01-01T10:15:00+01:00"),
        ("2026-03-29T01:59:59", "2026-03-29T01:59:59+01:00"),
        ("2026-03-29T03:00:00", "2026-03-29T03:00:00+02:00"),
        ("2026-10-25T01:59:59", "2026-10-25T01:59:59+02:00"),
        ("2026-10-25T03:00:00", "2026-10-25T03:00:00+01:00"),
        ("2026-07-01T10:15:00Z", "2026-07-01T10:15:00+00:00"),
        ("2026-07-01T10:15:00.0262215+02:00", "2026-07-01T10:15:00+02:00"),
    ],
)
def test_a_time_has_its_zone_or_norways(written: str, read: str):
    assert read_date_time(written, "x").iso == read


@pytest.mark.parametrize("written", ["2026-03-29T02:30:00", "2026-10-25T02:30:00", "1995-07-01T10:00:00"])
def test_a_time_that_is_not_unique_is_its_day(written: str):
    assert read_date_time(written, "x").iso == written[:10]


def test_a_date_with_a_zone_is_that_day():
    assert read_date("2026-06-17+02:00", "x") == Moment("2026-06-17")


@pytest.mark.parametrize("written", ["", "2026-02-30", "20260217", "17.06.2026", "2026-06"])
def test_a_date_outside_its_form_is_refused(written: str):
    with pytest.raises(Malformed):
        read_date(written, "Utloper")


@pytest.mark.parametrize("written", ["2026-02-30T10:00:00", "2026-02-03T25:00:00", "2026-02-03", "2026-02-03T10:00"])
def test_a_time_outside_its_form_is_refused(written: str):
    with pytest.raises(Malformed):
        read_date_time(written, "GenDate")


def test_either_reads_both():
    assert (read_either("2026-06-17", "x").iso, read_either("2026-06-17T10:00:00Z", "x").iso) == (
        "2026-06-17",
        "2026-06-17T10:00:00+00:00",
    )


@pytest.mark.parametrize("written", ["1981", "2011-02", "2019-09-14", "2019-09-14T10:20:30.000+00:00"])
def test_fhir_keeps_its_precision(written: str):
    assert read_fhir(written, "x").iso == written


@pytest.mark.parametrize("written", [None, 1981, "81", "2019-13"])
def test_fhir_of_another_kind_is_refused(written: object):
    with pytest.raises(Malformed):
        read_fhir(written, "x")


@pytest.mark.parametrize(
    ("moment", "past"),
    [
        ("2026-11-23", True), ("2026-11-24", False), ("2026-10", True), ("2026-11", False), ("2025", True),
        ("2026-11-24T12:59:59+01:00", True), ("2026-11-24T13:00:00+01:00", False),
    ],
)  # fmt: skip
def test_a_moment_is_past_once_the_whole_of_it_is(moment: str, past: bool):
    assert is_past(Moment(moment), datetime(2026, 11, 24, 12, tzinfo=UTC)) is past
