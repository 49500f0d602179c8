"""One class name, one meaning: a name is defined in one module of the product only.

Private classes count, and a leading underscore tells no two names apart: a reader who meets `_Row` in one room and
`Row` in another takes them for one thing. Names are compared across gateway, transformers and trust;
tests may repeat one.
"""

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping

from tests.support.machine.syntax import PRODUCT, trees


def classes(module: ast.Module) -> list[str]:
    """Names of every class in a module, nested ones too, without leading underscores."""
    return [node.name.lstrip("_") for node in ast.walk(module) if isinstance(node, ast.ClassDef)]


def repeated(modules: Iterable[tuple[str, ast.Module]]) -> Mapping[str, list[str]]:
    """Each name that is defined twice, with the modules that do."""
    where: dict[str, list[str]] = defaultdict(list)
    for path, module in modules:
        for name in classes(module):
            where[name].append(path)
    return {name: sorted(paths) for name, paths in where.items() if len(paths) > 1}


def test_a_class_name_has_one_meaning_in_the_product():
    product = trees(*PRODUCT)
    assert len(product) > 300
    assert repeated((str(path), module) for path, module in product.items()) == {}


def test_a_name_that_two_modules_define_is_found():
    sources = ("class Row: ...", "class Line: ...", "def f():\n    class _Row: ...", "class Row: ...\nclass Row: ...")
    one, other, private, twice = map(ast.parse, sources)
    assert repeated([("a.py", one), ("b.py", other)]) == {}
    assert repeated([("a.py", one), ("b.py", private)]) == {"Row": ["a.py", "b.py"]}
    assert repeated([("a.py", twice)]) == {"Row": ["a.py", "a.py"]}
