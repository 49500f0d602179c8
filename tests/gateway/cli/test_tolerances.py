"""Tolerances at the command line: doctor lists them, a second person approves, production waits for that (R7)."""

import json
from datetime import timedelta

import pytest

from gateway import clock
from gateway.configuration.shipped import shipped
from tests.support.nodes.configured import Configured, Ended

APPROVE = ("evidence", "approve-tolerance", "PT", "no-audience", "--reason", "until their next release")


def tolerating(own: Configured, *, begins: int = 0, ends: int = 30) -> None:
    """The node tolerates a deviation of Portugal, from and until so many days from now."""
    first, last = (clock.now().date() + timedelta(days=days) for days in (begins, ends))
    row = (
        f'[[country.tolerances]]\ndeviation = "no-audience"\nbegins = {first}\nends = {last}\n'
        'by = "Kari Drift"\nreason = "their portal"\n\n'
    )
    text = (shipped("config") / "countries.toml").read_text("utf-8")
    before, mark, after = text.partition('[[country]]\ncode = "DK"')
    own.write("config/countries.toml", (before + row + mark + after).encode())
    own.monkeypatch.setenv("NCPEH_CONFIG", str(own.state / "config"))


def said(own: Configured, condition: str) -> list[tuple[object, bool, str]]:
    """Of each line of doctor about a condition: whether it is met, whether it is a warning, what it says."""
    checks = json.loads(own.call("doctor", "--json").out[0])["checks"]
    return [(c["ok"], c.get("warning", False), c["detail"]) for c in checks if c["name"] == condition]


def approved(own: Configured, by: str = "Ola Sikkerhet") -> Ended:
    return own.call(*APPROVE, "--by", by)


def test_doctor_lists_each_tolerance_and_warns_of_one_that_has_ended(own: Configured):
    assert said(own, "nothing-tolerated") == [(True, False, "as it should be")]
    tolerating(own)
    ((met, warning, words),) = said(own, "nothing-tolerated")
    assert (met, warning, "tolerates no-audience of PT from" in words, "Kari Drift" in words) == (
        True,
        True,
        True,
        True,
    )
    tolerating(own, begins=-30, ends=-1)
    ((met, warning, words),) = said(own, "nothing-tolerated")
    assert (met, warning, "of PT no more since" in words) == (True, True, True)


def test_a_production_node_does_not_start_before_a_second_person_approved(own: Configured):
    tolerating(own)
    assert said(own, "tolerances-approved") == [(True, False, "as it should be")]
    own.monkeypatch.setenv("NCPEH_NODE__ENVIRONMENT", "production")
    own.monkeypatch.setenv("NCPEH_NODE__TERMINOLOGY", "activated")
    ((met, _, words),) = said(own, "tolerances-approved")
    assert (met, "no second person's approval is in the evidence" in words) == (False, True)
    refused = approved(own, "kari drift")
    assert (refused.status, "who asked for it does not approve it" in refused.err[-1]) == (2, True)
    assert said(own, "tolerances-approved")[0][0] is False
    ended = approved(own)
    assert (ended.status, ended.out[0].startswith("approved: PT no-audience from")) == (0, True)
    assert said(own, "tolerances-approved") == [(True, False, "as it should be")]
    assert own.call("evidence", "verify").status == 0


@pytest.mark.parametrize(("begins", "ends"), [(-30, -1), (0, 30)], ids=["ended", "approved before"])
def test_there_is_nothing_to_approve(own: Configured, begins: int, ends: int):
    tolerating(own, begins=begins, ends=ends)
    assert approved(own).status == (0 if ends > 0 else 1)
    again = approved(own)
    assert (again.status, again.out) == (1, ())


def test_a_tally_of_nothing_is_empty(own: Configured):
    tolerating(own)
    assert approved(own).status == 0
    ended = own.call("evidence", "tally", "--json")
    assert (ended.status, json.loads(ended.out[0])) == (0, {"version": 1, "countries": {}})
    assert own.call("evidence", "tally").out == ()
