"""Mutants of a decision: a condition negated or gone, an operand dropped, a comparison turned or moved over its edge, a
raise dropped, a membership always true. Each is one change to one module's syntax tree.
"""

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_TURNED = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}


Change = Callable[[ast.AST], None]


@dataclass(frozen=True)
class Mutant:
    """One change: where, what, and the module's source with it."""

    path: str
    line: int
    what: str
    source: str

    @property
    def name(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


def mutants_of(path: str, source: str) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its lines."""
    tree = ast.parse(source)
    for index, node in enumerate(ast.walk(tree)):
        for what, change in _changes(node):
            mutated = copy.deepcopy(tree)
            change(_nth(mutated, index))
            ast.fix_missing_locations(mutated)
            yield Mutant(path, getattr(node, "lineno", 0), what, ast.unparse(mutated))


def _nth(tree: ast.AST, index: int) -> ast.AST:
    for position, node in enumerate(ast.walk(tree)):
        if position == index:
            return node
    raise IndexError(index)


def _changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    for kinds, changes in _OPERATORS:
        if isinstance(node, kinds):
            yield from changes(node)


def _conditions(_node: ast.AST) -> Iterator[tuple[str, Change]]:
    yield "condition negated", _negate
    yield "condition gone", _never


def _filters(node: ast.comprehension) -> Iterator[tuple[str, Change]]:
    for number in range(len(node.ifs)):
        yield f"filter {number} gone", lambda n, k=number: n.ifs.pop(k)


def _operands(node: ast.BoolOp) -> Iterator[tuple[str, Change]]:
    for number in range(len(node.values)):
        yield f"operand {number} dropped", lambda n, k=number: n.values.pop(k)
    yield "and/or swapped", _swap


def _nots(node: ast.UnaryOp) -> Iterator[tuple[str, Change]]:
    if isinstance(node.op, ast.Not):
        yield "not dropped", lambda n: setattr(n, "operand", ast.UnaryOp(ast.Not(), n.operand))


def _comparisons(node: ast.Compare) -> Iterator[tuple[str, Change]]:
    for number, operator in enumerate(node.ops):
        for turned in _TURNED[type(operator)]:
            what = f"{type(operator).__name__} to {turned.__name__}"
            yield what, lambda n, k=number, t=turned: n.ops.__setitem__(k, t())


def _statements(node: ast.FunctionDef) -> Iterator[tuple[str, Change]]:
    for number, statement in enumerate(node.body):
        if isinstance(statement, ast.Raise):
            yield f"raise {number} dropped", lambda n, k=number: n.body.__setitem__(k, ast.Pass())
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            yield f"call {number} dropped", lambda n, k=number: n.body.__setitem__(k, ast.Pass())


_OPERATORS = (
    (ast.If | ast.IfExp | ast.While | ast.Assert, _conditions),
    (ast.comprehension, _filters),
    (ast.BoolOp, _operands),
    (ast.UnaryOp, _nots),
    (ast.Compare, _comparisons),
    (ast.FunctionDef | ast.If | ast.For | ast.With | ast.Try | ast.ExceptHandler, _statements),
)


def _negate(node: ast.AST) -> None:
    node.test = ast.UnaryOp(ast.Not(), node.test)


def _never(node: ast.AST) -> None:
    node.test = ast.Constant(value=False)


def _swap(node: ast.AST) -> None:
    node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
