"""When an assertion was issued and its professional signed in: each instant of each kind, on both sides of its edge."""

from datetime import datetime, timedelta

import pytest

from tests.support.callers.assertions import NOW, call, envelope, hcp, nok, tables, trc
from trust.errors import (
    AssertionRefused,
    AuthenticatedInFuture,
    AuthenticatedTooLongAgo,
    FieldMissing,
    IssuedInFuture,
    IssuedOutsideWindow,
)

KINDS = {"hcp": hcp, "trc": trc, "nok": nok}
ISSUED, SIGNED_IN = "@IssueInstant", "AuthnStatement/@AuthnInstant"
BEGINS, ENDS = "Conditions/@NotBefore", "Conditions/@NotOnOrAfter"
MOMENT = timedelta(milliseconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
LONGEST = tables().longest_since_authentication

every_kind = pytest.mark.parametrize("kind", KINDS)


def _message(kind: str, instants: dict[str, datetime | None]) -> bytes:
    """A message with one assertion of ``kind`` that states these instants, right in all else."""
    fields = {path: at and at.isoformat().replace("+00:00", "Z") for path, at in instants.items()}
    made = KINDS[kind](fields=fields)
    return envelope(made) if kind == "hcp" else envelope(hcp(now=NOW - HOUR), made)


def _takes(kind: str, instants: dict[str, datetime | None], now: datetime = NOW) -> bool:
    return bool(call(_message(kind, instants), now=now))


def _refused(
    kind: str, instants: dict[str, datetime | None], now: datetime = NOW
) -> tuple[type[AssertionRefused], str, str | None]:
    """Class, assertion and field."""
    with pytest.raises(AssertionRefused) as refusal:
        call(_message(kind, instants), now=now)
    return refusal.type, refusal.value.kind, refusal.value.field


@every_kind
def test_refuses_an_assertion_issued_more_than_a_minute_ahead(kind: str):
    assert _takes(kind, {ISSUED: NOW + MINUTE})
    assert _refused(kind, {ISSUED: NOW + MINUTE + MOMENT}) == (IssuedInFuture, kind, ISSUED)
    assert _refused(kind, {ISSUED: NOW + HOUR}) == (IssuedInFuture, kind, ISSUED)


@every_kind
def test_refuses_an_assertion_issued_at_or_after_its_own_end(kind: str):
    window = {BEGINS: NOW - HOUR, ENDS: NOW + MOMENT}
    assert _takes(kind, {**window, ISSUED: NOW})
    assert _refused(kind, {**window, ISSUED: NOW + MOMENT}) == (IssuedOutsideWindow, kind, ISSUED)
    assert _refused(kind, {**window, ISSUED: NOW + MINUTE}) == (IssuedOutsideWindow, kind, ISSUED)


@every_kind
def test_refuses_an_assertion_issued_hours_after_its_end(kind: str):
    assert _refused(kind, {ISSUED: NOW + 9 * HOUR}) == (IssuedInFuture, kind, ISSUED)


@every_kind
def test_refuses_an_assertion_issued_more_than_a_minute_before_its_window(kind: str):
    signed_in = {SIGNED_IN: NOW - HOUR}
    assert _takes(kind, {**signed_in, ISSUED: NOW - MINUTE})
    assert _refused(kind, {**signed_in, ISSUED: NOW - MINUTE - MOMENT}) == (IssuedOutsideWindow, kind, ISSUED)
    assert _refused(kind, {**signed_in, ISSUED: datetime(2016, 1, 1, tzinfo=NOW.tzinfo)}) == (
        IssuedOutsideWindow, kind, ISSUED,
    )  # fmt: skip


@every_kind
def test_refuses_who_signed_in_more_than_a_minute_after_the_assertion_was_issued(kind: str):
    issued = {BEGINS: NOW - HOUR, ENDS: NOW + HOUR, ISSUED: NOW - HOUR}
    assert _takes(kind, {**issued, SIGNED_IN: NOW - HOUR + MINUTE})
    assert _refused(kind, {**issued, SIGNED_IN: NOW - HOUR + MINUTE + MOMENT}) == (
        AuthenticatedInFuture, kind, SIGNED_IN,
    )  # fmt: skip


@every_kind
def test_refuses_who_signed_in_more_than_a_minute_ahead(kind: str):
    assert _takes(kind, {SIGNED_IN: NOW + MINUTE})
    assert _refused(kind, {SIGNED_IN: NOW + MINUTE + MOMENT}) == (AuthenticatedInFuture, kind, SIGNED_IN)
    assert _refused(kind, {SIGNED_IN: NOW + HOUR}) == (AuthenticatedInFuture, kind, SIGNED_IN)


@every_kind
def test_two_minutes_of_skew_are_not_to_be_had_by_issuing_ahead(kind: str):
    ahead = {ISSUED: NOW + MINUTE}
    assert _takes(kind, {**ahead, SIGNED_IN: NOW + MINUTE})
    assert _refused(kind, {**ahead, SIGNED_IN: NOW + 2 * MINUTE}) == (AuthenticatedInFuture, kind, SIGNED_IN)


@every_kind
def test_refuses_who_signed_in_longer_ago_than_policy_lets(kind: str):
    assert _takes(kind, {SIGNED_IN: NOW - LONGEST - MINUTE})
    assert _refused(kind, {SIGNED_IN: NOW - LONGEST - MINUTE - MOMENT}) == (AuthenticatedTooLongAgo, kind, SIGNED_IN)
    assert _refused(kind, {SIGNED_IN: datetime(2016, 1, 1, tzinfo=NOW.tzinfo)}) == (
        AuthenticatedTooLongAgo, kind, SIGNED_IN,
    )  # fmt: skip


@every_kind
def test_how_long_ago_somebody_signed_in_is_told_at_each_use(kind: str):
    signed_in = {SIGNED_IN: NOW - LONGEST + HOUR}
    assert _takes(kind, signed_in, now=NOW + HOUR + MINUTE)
    assert _refused(kind, signed_in, now=NOW + HOUR + MINUTE + MOMENT) == (AuthenticatedTooLongAgo, kind, SIGNED_IN)


@every_kind
@pytest.mark.parametrize("instant", [ISSUED, SIGNED_IN, BEGINS, ENDS])
def test_refuses_an_assertion_that_lacks_an_instant(kind: str, instant: str):
    assert _refused(kind, {instant: None}) == (FieldMissing, kind, instant)
    assert _takes(kind, {})
