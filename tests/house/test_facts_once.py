"""A fact stands once: a template id, a LOINC or a SNOMED CT code of the product stands in one module.

Looked at are strings as the syntax tree has them, f-strings and sums with the constants they are made of put in. A code
is one by its form and its check digit (LOINC modulus 10, SNOMED CT Verhoeff). Terminology's value sets and maps are
apart: there a code is a row beside others, and its meaning is its release's.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache

import pytest

from tests.support.machine.syntax import PRODUCT, trees

APART = ("transformers/terminology/",)
TEMPLATE = re.compile(
    r"(?<![\w.])(?:1\.3\.6\.1\.4\.1\.(?:12559\.11\.10\.1\.3\.1|19376)|2\.16\.840\.1\.113883\.10)\.[\d.]*"
)
LOINC = re.compile(r"(?<![\w.-])\d{3,5}-\d(?![\w.-])")
SNOMED = re.compile(r"(?<![\w.-])\d{6,18}(?![\w.-])")
UNKNOWN = "\0"
"""Stands in a string for a part that the syntax tree does not tell."""
_TIMES = (
    *("0123456789", "1234067895", "2340178956", "3401289567", "4012395678"),
    *("5987604321", "6598710432", "7659821043", "8765932104", "9876543210"),
)
_SHIFTS = (
    *("0123456789", "1576283094", "5803796142", "8916043527"),
    *("9453126870", "4286573901", "2793806415", "7046913258"),
)


def is_snomed(code: str) -> bool:
    """Whether the last digit is Verhoeff's of those before it (SNOMED CT, 6.3)."""
    check = 0
    for place, digit in enumerate(reversed(code)):
        check = int(_TIMES[check][int(_SHIFTS[place % 8][int(digit)])])
    return check == 0


def is_loinc(code: str) -> bool:
    """Whether the digit behind the hyphen is the modulus 10 of those before it (LOINC Users' Guide, appendix C)."""
    number, _, check = code.partition("-")
    doubled = str(int(number[::-1][::2][::-1]) * 2)
    total = sum(map(int, doubled)) + sum(map(int, number[::-1][1::2]))
    return (10 - total % 10) % 10 == int(check)


def facts(text: str) -> set[str]:
    found = {each.rstrip(".") for each in TEMPLATE.findall(text)}
    found |= {each for each in LOINC.findall(text) if is_loinc(each)}
    return found | {each for each in SNOMED.findall(text) if is_snomed(each)}


def made_text(node: ast.expr, constants: Mapping[str, str]) -> str | None:
    """What a string expression says, as far as constants tell; None for what is no string."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.Name):
        return constants.get(node.id, UNKNOWN)
    if isinstance(node, ast.FormattedValue):
        return made_text(node.value, constants) or UNKNOWN
    if isinstance(node, ast.JoinedStr):
        return "".join(made_text(part, constants) or UNKNOWN for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = made_text(node.left, constants), made_text(node.right, constants)
        return None if left is None or right is None else left + right
    return None


class Product:
    """Every module with its constants, those of other modules put in where they are imported."""

    def __init__(self, modules: Mapping[str, ast.Module]) -> None:
        self.trees = dict(modules)
        self._constants: dict[str, dict[str, str]] = {}
        self._texts: dict[str, tuple[str, ...]] = {}

    def constants(self, module: str) -> dict[str, str]:
        if module in self._constants or module not in self.trees:
            return self._constants.get(module, {})
        own = self._constants.setdefault(module, {})
        for node in self.trees[module].body:
            if isinstance(node, ast.ImportFrom) and node.module:
                known = self.constants(node.module)
                own |= {a.asname or a.name: known[a.name] for a in node.names if a.name in known}
            target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
            value = getattr(node, "value", None)
            if isinstance(target, ast.Name) and isinstance(value, ast.Constant | ast.JoinedStr | ast.BinOp):
                text = made_text(value, own)
                if text is not None:
                    own[target.id] = text
        return own

    def texts(self, module: str) -> tuple[str, ...]:
        """Strings that the module itself writes: no docstring, no bare name of another module's."""
        if module not in self._texts:
            self._texts[module] = tuple(self._written(module))
        return self._texts[module]

    def _written(self, module: str) -> Iterator[str]:
        tree, constants = self.trees[module], self.constants(module)
        within: set[ast.AST] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                within.add(node.value)
            if node in within or not isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp):
                continue
            text = made_text(node, constants)
            if text is not None:
                within |= set(ast.walk(node))
                yield text

    def places(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for module in self.trees:
            for text in self.texts(module):
                for fact in facts(text):
                    found[fact].add(module)
        return found

    def unresolved(self) -> list[str]:
        """Template ids whose end is not told: a loop that makes them hides which they are."""
        return [
            f"{module}: {text[:60]!r}"
            for module in self.trees
            for text in self.texts(module)
            if re.search(rf"{TEMPLATE.pattern}{UNKNOWN}", text)
        ]


@cache
def product() -> Product:
    names = {path.as_posix(): module for path, module in trees(*PRODUCT).items()}
    kept = {name: module for name, module in names.items() if not name.startswith(APART)}
    return Product({name.removesuffix(".py").replace("/", "."): module for name, module in kept.items()})


def written(modules: Mapping[str, str]) -> Product:
    return Product({name: ast.parse(text) for name, text in modules.items()})


def test_a_template_id_and_a_code_stand_in_one_module():
    assert {fact: sorted(where) for fact, where in product().places().items() if len(where) > 1} == {}


def test_no_template_id_is_hidden_in_a_loop():
    assert product().unresolved() == []


def test_a_fact_is_found_wherever_it_is_written():
    base = 'E = "1.3.6.1.4.1.12559.11.10.1.3.1.3."\n'
    found = written(
        {
            "a": base + 'ONE = f"{E}7"\nCODE = "66455-7"',
            "b": "from a import E\nTWO = (E + '7', '66455-7')\nX = '<code code=\"404684003\"/>'",
            "c": "from a import E, ONE\nTHREE = (ONE,)\ndef f():\n    return '404684003'",
        }
    ).places()
    assert found["1.3.6.1.4.1.12559.11.10.1.3.1.3.7"] == {"a", "b"}
    assert found["66455-7"] == {"a", "b"}
    assert found["404684003"] == {"b", "c"}


def test_a_loop_that_makes_template_ids_is_found():
    text = 'IDS = tuple(f"1.3.6.1.4.1.12559.11.10.1.3.1.3.{n}" for n in (1, 2))'
    assert len(written({"a": text}).unresolved()) == 1
    assert written({"a": 'IDS = ("1.3.6.1.4.1.12559.11.10.1.3.1.3.1",)'}).unresolved() == []


@pytest.mark.parametrize(
    ("text", "found"),
    [("55607006", True), ("55607005", False), ("66455-7", True), ("66455-6", False), ("20260301", False)],
)
def test_a_number_is_a_code_by_its_check_digit(text: str, found: bool):
    assert bool(facts(text)) is found
