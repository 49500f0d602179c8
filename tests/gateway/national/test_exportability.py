"""`config/exportability.toml`: closed, complete, and no mandatory rule switched off."""

import tomllib
from typing import Any

import pytest

from gateway.configuration.shipped import shipped
from gateway.national.exportability import read_exportability
from transformers.norway.exportable import MANDATORY, ExportBar


def table() -> dict[str, Any]:
    return tomllib.loads((shipped("config") / "exportability.toml").read_text("utf-8"))


def test_the_shipped_table_has_every_reason_with_source_and_words():
    policy = read_exportability(table())
    assert list(policy.reasons) == list(ExportBar)
    assert all(row.legal_source and row.text_nb and row.text_en for row in policy.reasons.values())
    assert [why for why, row in policy.reasons.items() if not row.applies] == [ExportBar.GROUP_B]


def row(rows: dict[str, Any], why: ExportBar) -> dict[str, Any]:
    return next(one for one in rows["reason"] if one["id"] == why)


@pytest.mark.parametrize("why", sorted(MANDATORY))
def test_refuses_a_mandatory_rule_that_is_switched_off(why: ExportBar):
    rows = table()
    row(rows, why)["applies"] = False
    with pytest.raises(ValueError, match="cannot be switched off"):
        read_exportability(rows)


def test_takes_a_policy_rule_that_is_switched_off():
    rows = table()
    row(rows, ExportBar.VACCINE)["applies"] = False
    assert not read_exportability(rows).reasons[ExportBar.VACCINE].applies


def test_refuses_a_missing_row():
    rows = table()
    rows["reason"].remove(row(rows, ExportBar.VACCINE))
    with pytest.raises(ValueError, match="without a row"):
        read_exportability(rows)


def test_refuses_a_row_twice():
    rows = table()
    rows["reason"].append(row(rows, ExportBar.VACCINE))
    with pytest.raises(ValueError, match="two rows"):
        read_exportability(rows)


@pytest.mark.parametrize(
    ("key", "value"), [("id", "no-such-rule"), ("nb", ""), ("legal_source", ""), ("applies", None), ("unknown", "x")]
)
def test_refuses_a_row_that_is_none(key: str, value: object):
    rows = table()
    rows["reason"][0][key] = value
    with pytest.raises(ValueError, match="validation error"):
        read_exportability(rows)


@pytest.mark.parametrize("code", ["", "n05", "N05BA0", "*"])
def test_refuses_a_scheduled_code_that_is_no_atc_code(code: str):
    rows = table()
    rows["exportability"]["scheduled"].append(code)
    with pytest.raises(ValueError, match="scheduled"):
        read_exportability(rows)
