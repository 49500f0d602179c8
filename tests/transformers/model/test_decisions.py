"""What a decision stands on: absent, each field refuses or has the default of the guide."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.pivots.rich_prescriptions import dispensation, dispensed, item, prescription, product
from transformers.model.decisions import (
    TABLE,
    DecisionKind,
    against_dispensing,
    against_fulfilling,
    against_listing,
    field_of,
    not_stated,
    reasons_against,
)
from transformers.model.values import Identifier, Quantity

ROWS = [(decision, row.name) for decision in DecisionKind for row in TABLE[decision]]
OPEN = item(status="active")
NAMELESS = (Identifier("2.16.578.1.12.4.1.4.1"),)
PACKAGES = product().packages


@pytest.mark.parametrize("decision", DecisionKind)
def test_every_decision_has_a_table_whose_rows_say_what_holds_and_by_which_source(decision: DecisionKind):
    rows = TABLE[decision]
    assert rows
    assert len({row.name for row in rows}) == len(rows)
    assert all(row.text.endswith(".") and row.source for row in rows)


@pytest.mark.parametrize(("decision", "name"), ROWS)
def test_a_field_that_is_not_stated_refuses_by_its_name_or_has_the_default(decision: DecisionKind, name: str):
    stated = {row.name: True for row in TABLE[decision]}
    assert (reasons_against(decision, stated), not_stated(decision, stated)) == ((), ())
    row = field_of(decision, name)
    for facts in ({**stated, name: False}, {key: so for key, so in stated.items() if key != name}):
        refused, defaults = reasons_against(decision, facts), not_stated(decision, facts)
        assert (refused, defaults) == (((), (row,)) if row.reason is None else ((row.reason,), ()))


def test_what_nobody_looked_for_is_not_stated():
    wanted = tuple(row.reason for row in TABLE[DecisionKind.DISPENSE] if row.reason is not None)
    assert reasons_against(DecisionKind.DISPENSE, {}) == wanted


DISPENSING = {
    "patient-missing": prescription(OPEN, patient=replace(prescription().patient, identifiers=())),
    "prescriber-missing": prescription(replace(OPEN, prescriber=None)),
    "status-missing": prescription(replace(OPEN, status=None)),
    "status-unknown": prescription(replace(OPEN, status="suspended")),
    "completed": prescription(replace(OPEN, status="completed")),
    "product-missing": prescription(replace(OPEN, product=product(name=" "))),
    "package-missing": prescription(replace(OPEN, product=product(packages=()))),
    "amount-missing": prescription(replace(OPEN, packages=None)),
    "negated": prescription(replace(OPEN, negated=True)),
    "amount-impossible": prescription(OPEN, doubts=("amount-impossible",)),
}


@pytest.mark.parametrize("reason", DISPENSING)
def test_nothing_is_dispensed_without_what_it_stands_on(reason: str):
    assert against_dispensing(prescription(OPEN)) == ()
    assert against_dispensing(DISPENSING[reason]) == (reason,)


def test_a_number_that_names_nobody_and_a_container_without_content_are_not_stated():
    nobody = prescription(OPEN, patient=replace(prescription().patient, identifiers=NAMELESS))
    assert against_dispensing(nobody) == ("patient-missing",)
    empty = replace(OPEN, product=product(packages=(PACKAGES[0], replace(PACKAGES[1], quantity=None))))
    assert against_dispensing(prescription(empty)) == ("package-missing",)


@pytest.mark.parametrize("repeats", [0, None, 3])
def test_no_repeats_half_a_tablet_and_an_amount_in_a_unit_pass(repeats: int | None):
    half = replace(OPEN.dosage, dose=Quantity(Decimal("0.5"), OPEN.dosage.dose.unit))
    valid = replace(OPEN, repeats=repeats, dosage=half, packages=None, amount=Quantity(Decimal("0.5")))
    assert against_dispensing(prescription(valid)) == ()


FULFILLING = {
    "patient-missing": dispensation(patient=replace(prescription().patient, identifiers=NAMELESS)),
    "order-missing": dispensation(prescription=None),
    "product-missing": dispensation(dispensed(product=product(name=""))),
    "amount-missing": dispensation(dispensed(quantity=None)),
    "performer-missing": dispensation(dispensed(dispenser=None)),
    "time-missing": dispensation(dispensed(dispensed=None)),
    "negated": dispensation(dispensed(negated=True)),
    "reference-inconsistent": dispensation(doubts=("reference-inconsistent",)),
}


@pytest.mark.parametrize("reason", FULFILLING)
def test_nothing_is_fulfilled_without_what_it_stands_on(reason: str):
    assert against_fulfilling(dispensation()) == ()
    assert against_fulfilling(FULFILLING[reason]) == (reason,)


@pytest.mark.parametrize(
    ("pivot", "reason"),
    [
        (prescription(patient=replace(prescription().patient, identifiers=())), "patient-missing"),
        (prescription(doubts=("status-missing",)), "status-missing"),
        (prescription(item(completed=True)), "completed"),
        (prescription(item(negated=True)), "negated"),
    ],
)
def test_what_is_not_stated_open_is_not_listed_as_open(pivot, reason):
    assert against_listing(prescription()) == ()
    assert against_listing(pivot) == (reason,)
