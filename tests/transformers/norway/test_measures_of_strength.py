"""Whether two products are of one strength: exact, in whichever units, and unknown where it cannot be told."""

from decimal import Decimal

import pytest

from tests.support.pivots.summaries import UCUM
from transformers.model.summary import Ingredient, MedicinalProduct
from transformers.model.values import Coded, Coding, Quantity
from transformers.norway.measures import another_strength, same_strength


def ucum(value: str, unit: str) -> Quantity:
    return Quantity(Decimal(value), Coded(target=Coding(unit, UCUM)))


def fest(value: str, unit: str) -> Quantity:
    return Quantity(Decimal(value), Coded(text=unit))


def of(amount: Quantity | None, per: Quantity | None) -> MedicinalProduct:
    return MedicinalProduct("x", "brand", ingredients=(Ingredient(Coded(text="x"), amount, per),))


BARE = Quantity(Decimal(1))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (of(fest("50", "mg"), BARE), of(ucum("50", "mg"), ucum("1", "{tablet}")), True),
        (of(fest("50", "mg"), BARE), of(ucum("0.05", "g"), ucum("1", "1")), True),
        (of(fest("50", "mg"), BARE), of(ucum("100", "mg"), ucum("1", "{tablet}")), False),
        (of(fest("50", "mg"), BARE), of(ucum("100", "mg"), ucum("2", "{tablet}")), True),
        (of(fest("50", "mg"), BARE), of(ucum("50", "mg"), ucum("1", "mL")), None),
        (of(fest("50", "mg"), BARE), of(ucum("50", "mg"), None), None),
        (of(fest("50", "mg"), BARE), of(None, None), None),
        (of(fest("50", "mg"), BARE), MedicinalProduct("x", "brand"), None),
        (MedicinalProduct("x", "brand"), MedicinalProduct("x", "brand"), None),
    ],
)
def test_strengths_compare_exactly_or_not_at_all(one: MedicinalProduct, other: MedicinalProduct, same: bool | None):
    assert same_strength(one, other) is same_strength(other, one) is same
    assert another_strength(one, other) is (same is False)
