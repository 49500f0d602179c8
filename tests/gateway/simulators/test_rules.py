"""Every rule of a simulated service has its source or is assumed, and none can be left out of the list of them."""

import ast
import csv
import re
from pathlib import Path

import pytest

import gateway.simulators
from gateway.simulators import rules
from gateway.simulators.rules import SimulatedRule, every_rule
from tests.support.machine.require import artefacts

FOLDER = Path(gateway.simulators.__file__).parent
SOURCES = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.py") if path.name != "rules.py"}
REFUSALS = {"CallRefused": 0, "BankRefuses": 0, "rejection": 0}


@pytest.mark.parametrize("name", every_rule())
def test_a_rule_refuses_or_says_why_it_takes(name: str):
    rule = every_rule()[name]
    assert bool(rule.code) != bool(rule.takes)
    assert rule.assumed or not rule.takes, "what a source states needs no reason to be taken"
    assert not rule.status or 400 <= rule.status < 600


@pytest.mark.parametrize("name", every_rule())
def test_a_rule_is_obeyed_where_it_is_named(name: str):
    users = [file for file, text in SOURCES.items() if re.search(rf"\brules\.{name}\b", text)]
    assert users != []
    if every_rule()[name].code:
        assert any(f"rules.{name}" in _code(SOURCES[file]) for file in users), "it is named in words alone"


def _code(source: str) -> str:
    """Without docstrings and comments."""
    tree = ast.parse(source)
    return "\n".join(ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute))


def test_no_refusal_is_made_of_anything_but_a_rule():
    loose = []
    for file, text in SOURCES.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in REFUSALS:
                made_of = ast.unparse(node.args[REFUSALS[node.func.id]])
                if not re.fullmatch(
                    r"rules\.\w+( if .* else rules\.\w+)?|_REFUSED\.get\(.*|fault|refused\.rule", made_of
                ):
                    loose.append((file, node.lineno, made_of))
    assert loose == []


def test_nothing_is_assumed_in_words_alone():
    """What is assumed stands in the rules, where it is listed."""
    assert [file for file, text in SOURCES.items() if re.search(r"\[assumed\]", text)] == []


def test_a_code_of_reseptformidleren_is_one_of_its_list():
    with artefacts("norway-codes", "volven.csv").open(encoding="utf-8", newline="") as file:
        known = {row["code"] for row in csv.DictReader(file) if row["list"] == "7419"}
    receipts = [rule for rule in every_rule().values() if rule.service == rules.RF and not rule.status]
    used = {rule.code for rule in receipts if rule.code[:1] != "X"}
    assert used - {""} <= known
    named = {code for rule in every_rule().values() for code in re.findall(r"7419: (\d+)", rule.source)}
    assert named <= known


def test_a_rule_by_a_code_of_the_list_is_refused_with_that_code():
    for rule in every_rule().values():
        named = re.findall(r"7419: (\d+)", rule.source)
        assert not named or named == [rule.code]


def test_what_a_rule_does_is_told_in_words():
    assert rules.HELD_BY_ANOTHER.effect == "rejected: 69"
    assert rules.OTHER_BOX.effect == "refused: 403 not_your_mailbox"
    assert rules.ANYBODY_RECALLS.effect == "taken: no message of ours recalls"
    assert (rules.HELD_BY_ANOTHER.assumed, rules.OTHER_BOX.assumed) == (False, True)
    assert SimulatedRule("x", "y").assumed
