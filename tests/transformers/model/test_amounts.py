"""Which amounts can be."""

from decimal import Decimal

import pytest

from transformers.model.amounts import (
    is_content,
    is_least_dose,
    is_package_count,
    is_period,
    is_repeat_count,
    is_strength,
)

POSSIBLE = {
    is_package_count: ("1", "3", "9999"),
    is_content: ("0.3", "100", "10000", "99999999"),
    is_strength: ("0.00001", "0.5", "2e13", "1e16"),
    is_least_dose: ("0", "0.5", "1e16"),
    is_period: ("0.3333", "8", "99999999"),
    is_repeat_count: ("0", "3", "999"),
}
IMPOSSIBLE = {
    is_package_count: ("-1", "0", "1.5", "10000", "1e9", "1e999"),
    is_content: ("-12", "0", "100000000", "1e9", "1e999"),
    is_strength: ("-5", "0", "1e17", "1e999"),
    is_least_dose: ("-0.1", "1e17"),
    is_period: ("-8", "0", "100000000", "1e999"),
    is_repeat_count: ("-1", "0.5", "1000", "1e9", "1e999"),
}


@pytest.mark.parametrize(("rule", "value"), [(rule, value) for rule, values in POSSIBLE.items() for value in values])
def test_an_amount_that_can_be_is_taken(rule, value):
    assert rule(Decimal(value)) is True


@pytest.mark.parametrize(("rule", "value"), [(rule, value) for rule, values in IMPOSSIBLE.items() for value in values])
def test_an_amount_that_cannot_be_is_not(rule, value):
    assert rule(Decimal(value)) is False
