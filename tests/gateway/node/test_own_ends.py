"""What ends is told before it does: a certificate 60, 30 and 7 days ahead, a list in the last quarter of its life."""

from datetime import datetime, timedelta
from functools import cache

import pytest

from gateway.conditions import Occasion, Unmet, unmet
from gateway.configuration.settings import load
from gateway.node.own.conditions import OWN_CONDITIONS
from gateway.node.own.read import read_own_state
from gateway.node.own.state import OwnState
from tests.gateway.cli.test_own_credentials import said
from tests.support.nodes.configured import OWN, Configured
from trust.pki_layout import ISSUING

DAY = timedelta(days=1)
YEAR = 365 * DAY


@cache
def end() -> datetime:
    """When the certificates of the test's PKI end; they were made a year before."""
    return said(OWN["seal/seal"]).not_after


@pytest.fixture
def state(own: Configured) -> OwnState:
    return read_own_state(load())


def found(state: OwnState, condition: str, now: datetime) -> list[Unmet]:
    """What that condition finds at an instant."""
    return [one for one in unmet(OWN_CONDITIONS, state, Occasion.DOCTOR, now) if one.condition == condition]


@pytest.mark.parametrize(("days", "stage"), [(61, None), (60, 60), (31, 60), (30, 30), (8, 30), (7, 7), (0, 7)])
def test_a_certificate_is_warned_of_60_30_and_7_days_ahead(state: OwnState, days: int, stage: int | None):
    told = found(state, "certificates-last", end() - days * DAY)
    assert [(one.shortcoming.stage, one.refuses) for one in told] == [(stage, False)] * 3 * (stage is not None)
    assert all(one.shortcoming.until == end() for one in told)


def test_the_sentence_counts_the_days_and_names_the_end(state: OwnState):
    (first, *_) = found(state, "certificates-last", end() - 30 * DAY)
    assert "TLS server certificate: ends in 30 days, on " in first.sentence()
    assert end().strftime("%Y-%m-%d") in first.sentence()


def test_a_certificate_that_has_ended_is_refused_and_no_longer_warned_of(state: OwnState):
    after = end() + timedelta(seconds=1)
    assert found(state, "certificates-last", after) == []
    told = found(state, "certificates-accepted", after)
    assert [(one.refuses, one.shortcoming.until) for one in told] == [(True, end())] * 3
    assert found(state, "certificates-accepted", end() - YEAR) == []


@pytest.mark.parametrize(
    ("days", "words"), [(22, ""), (23, "is to be renewed by"), (31, "should have been renewed by")]
)
def test_a_list_is_warned_of_in_the_last_quarter_of_its_life(state: OwnState, days: int, words: str):
    told = found(state, "lists-renewed", end() - YEAR + days * DAY)
    assert len(told) == (2 if words else 0)
    assert all(words in one.sentence() for one in told)
    assert not any(one.refuses for one in told)


def test_a_list_that_has_ended_leaves_no_certificate_that_peers_accept(state: OwnState):
    told = found(state, "certificates-accepted", end() - YEAR + 31 * DAY)
    assert [one.refuses for one in told] == [True] * 3


@pytest.mark.parametrize(("days", "words"), [(61, ""), (59, "ends in 59 days"), (-1, "ended on")])
def test_an_authority_is_warned_of_before_and_after_its_end(state: OwnState, days: int, words: str):
    told = found(state, "authorities-last", said(ISSUING).not_after - days * DAY)
    assert len(told) == (2 if words else 0)
    assert all(words in one.sentence() for one in told)
