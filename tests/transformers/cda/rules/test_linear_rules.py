"""The own rules walk a document once, and each family of them costs what its document is long."""

import ast
from itertools import product
from pathlib import Path

import pytest

from tests.support.documents.doubling import CONSTRUCTS, calls_of, cpu_of
from tests.support.machine.generated import of_the_day
from transformers.cda.rules.check import DOCUMENT_RULES, check_parsed
from transformers.cda.rules.header import HEADER_RULES
from transformers.cda.rules.medicines import MEDICINE_RULES
from transformers.cda.rules.statements import STATEMENT_RULES
from transformers.cda.rules.types import TYPE_RULES
from transformers.cda.rules.values import VALUE_RULES
from transformers.cda.types.walk import DocumentElements, Rule
from trust.xml import DOCUMENT, parse

FAMILIES = {
    "document": DOCUMENT_RULES,
    "values": VALUE_RULES,
    "header": HEADER_RULES,
    "statements": STATEMENT_RULES,
    "types": TYPE_RULES,
    "medicines": MEDICINE_RULES,
}
_MOST = 2.3
_FEW = {"deep content": 3, "nested translations": 3}
"""How many of a construct that is many elements; of the others 30."""
_MOST_PARSES = 5


def _cost(rules: tuple[tuple[str, Rule], ...], content: bytes) -> int:
    root = parse(content, DOCUMENT)
    return calls_of(lambda _: [list(rule(document)) for document in [DocumentElements(root)] for _, rule in rules], b"")


@pytest.mark.parametrize(("family", "construct"), of_the_day("twice the calls", product(FAMILIES, CONSTRUCTS), 50))
def test_twice_the_construct_makes_a_family_of_rules_at_most_twice_the_calls(family: str, construct: str):
    make, few = CONSTRUCTS[construct], _FEW.get(construct, 30)
    assert _cost(FAMILIES[family], make(2 * few)) <= _MOST * _cost(FAMILIES[family], make(few))


@pytest.mark.prove
@pytest.mark.timed
def test_all_rules_together_cost_at_most_five_parses_of_the_document():
    content = CONSTRUCTS["entries"](40)
    root = parse(content, DOCUMENT)
    rules = min(cpu_of(lambda given: check_parsed(given, root), content) for _ in range(5))
    parses = min(cpu_of(lambda given: parse(given, DOCUMENT), content) for _ in range(5))
    assert rules <= _MOST_PARSES * parses


def test_no_rule_walks_the_tree_again():
    folder = Path(__file__).resolve().parents[4] / "transformers/cda/rules"
    walks = [
        path.name
        for path in sorted(folder.glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"iter", "iterdescendants", "xpath"}
        and ast.unparse(node.func.value).endswith("root")
    ]
    assert walks == ["pair.py"]  # a pair is two documents, each walked once
