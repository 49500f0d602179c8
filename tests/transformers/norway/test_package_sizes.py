"""Pakningsstr: the grammar of Norwegian package sizes, and what is no size."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformers.model.values import Coded
from transformers.norway.package_sizes import layers, total

UNIT = Coded("ml")


def sizes(written: str) -> list[str] | None:
    found = layers(written, UNIT)
    return None if found is None else [str(layer.quantity.value) for layer in found if layer.quantity]


@pytest.mark.parametrize(
    ("written", "inner_to_outer"),
    [
        ("100", ["100"]),
        ("30", ["30"]),
        ("1,5", ["1.5"]),
        ("0.125", ["0.125"]),
        ("1,000", ["1.000"]),
        ("1.00", ["1.00"]),
        ("1.0000", ["1.0000"]),
        ("10x0,5", ["0.5", "10"]),
        ("10x0.5", ["0.5", "10"]),
        ("3 x 28", ["28", "3"]),
        ("3\u00a0x\u00a028", ["28", "3"]),
        ("10X10", ["10", "10"]),
        ("5×3", ["3", "5"]),
        ("2x5x10", ["10", "5", "2"]),
    ],
)
def test_every_factor_is_a_container_the_last_one_innermost(written: str, inner_to_outer: list[str]):
    assert sizes(written) == inner_to_outer


@pytest.mark.parametrize(
    "written",
    ["", "x", "10x", "x10", "0", "10x0", "0x10", "1,5x10", "2x2x2x2", "30 doser", "2x(5+5)", "-1", "1e3", "10;5",
     "1.000,5", "1.000", "10x1.000", "2x10.500", "01.000", "123.456", "٣٠", "10x٣", "30\n5"],
)  # fmt: skip
def test_refuses_what_is_no_size(written: str):
    assert sizes(written) is None


def test_the_unit_and_the_kind_are_those_of_the_innermost_container():
    kind = Coded("Endosebeholder")
    inner, outer = layers("10x0,5", UNIT, kind) or ()
    assert (inner.quantity and inner.quantity.unit, inner.form) == (UNIT, kind)
    assert (outer.quantity and outer.quantity.unit, outer.form) == (None, None)


@given(st.integers(1, 999), st.integers(1, 999), st.decimals("0.1", "999", places=1))
def test_the_whole_is_the_product_of_its_layers(a: int, b: int, content: Decimal):
    found = layers(f"{a}x{b}x{str(content).replace('.', ',')}", UNIT)
    assert found is not None
    assert total(found) == a * b * content


@given(st.integers(1, 999999), st.integers(0, 999), st.sampled_from(["", "10x", "2x5x"]))
def test_no_number_with_two_readings_is_taken(whole: int, three: int, outer: str):
    assert sizes(f"{outer}{whole}.{three:03}") is None
    assert sizes(f"{outer}{whole},{three:03}") is not None
