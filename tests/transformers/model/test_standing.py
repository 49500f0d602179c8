"""What each sign makes of a record, form by form: one that affirms is the exception among its neighbours."""

import pytest

from transformers.model.standing import FORMS, Signs, Standing, standing

ORDINARY = {"medicine": "INT", "prescription": "INT", "instruction": "INT", "order": "RQO", "prescribed": "INT"}
ORDERED = ("order", "prescribed", "prescription")
"""A request is an order's own mood."""


def plain(form: str, **more: object) -> Standing:
    return standing(form, Signs(mood=ORDINARY.get(form, "EVN"), **more))  # type: ignore[arg-type] - one sign at a time


@pytest.mark.parametrize("form", FORMS)
def test_a_record_in_its_ordinary_mood_without_other_signs_affirms(form: str):
    assert plain(form) is Standing.AFFIRMED
    assert plain(form, status="completed") is Standing.AFFIRMED
    assert plain(form, status="active") is Standing.AFFIRMED
    assert plain(form, negation="false") is Standing.AFFIRMED


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("written", ["true", "1", "TRUE", "yes", "", " true "])
def test_whatever_is_not_plainly_affirmed_is_denied(form: str, written: str):
    assert plain(form, negation=written) is Standing.DENIED


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("mood", ["RQO", "PRMS", "PRP", "GOL", "APT", "DEF", "EVN.CRT", "nobody knows"])
def test_every_other_mood_plans(form: str, mood: str):
    ordinary = mood == "RQO" and form in ORDERED
    assert standing(form, Signs(mood=mood)) is (Standing.AFFIRMED if ordinary else Standing.PLANNED)


@pytest.mark.parametrize("form", sorted(set(FORMS) - set(ORDINARY)))
def test_an_order_is_the_ordinary_mood_of_medicines_and_instructions_only(form: str):
    assert standing(form, Signs(mood="INT")) is Standing.PLANNED


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("status", ["nullified", "obsolete", "entered-in-error"])
def test_what_is_taken_back_is_withdrawn(form: str, status: str):
    assert plain(form, status=status) is Standing.WITHDRAWN


@pytest.mark.parametrize(
    ("form", "status", "expected"),
    [
        ("observation", "aborted", Standing.WITHDRAWN),
        ("concern", "aborted", Standing.AFFIRMED),
        ("concern", "suspended", Standing.AFFIRMED),
        ("procedure", "cancelled", Standing.AFFIRMED),
        ("immunisation", "cancelled", Standing.DENIED),
        ("immunisation", "not-done", Standing.DENIED),
        ("medicine", "held", Standing.PLANNED),
        ("part", "aborted", Standing.WITHDRAWN),
        ("observation", "a word of nobody", Standing.AFFIRMED),
    ],
)
def test_a_status_means_what_its_form_says(form: str, status: str, expected: Standing):
    assert plain(form, status=status) is expected


def test_what_is_denied_and_done_on_a_day_contradicts_itself():
    done = {"negation": "true", "status": "completed"}
    assert plain("procedure", **done, dated=True) is Standing.CONTRADICTED
    assert plain("procedure", **done) is Standing.DENIED
    assert plain("procedure", negation="true", status="active", dated=True) is Standing.DENIED
    assert plain("observation", **done, dated=True) is Standing.DENIED


@pytest.mark.parametrize("form", FORMS)
def test_a_modifier_nobody_knows_or_a_null_record_is_not_read(form: str):
    assert plain(form, modifiers=("https://example.org/negated",)) is Standing.NOT_READABLE
    assert plain(form, null_flavor="NI") is Standing.NOT_READABLE


def test_what_is_refuted_is_denied_and_what_is_confirmed_is_not():
    assert plain("observation", verification="refuted") is Standing.DENIED
    assert plain("observation", verification="410516002") is Standing.DENIED
    assert plain("observation", verification="entered-in-error") is Standing.WITHDRAWN
    assert plain("observation", verification="confirmed") is Standing.AFFIRMED
