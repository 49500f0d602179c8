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


@dataclass(frozen=True)
class Site:
    """Where one change can be made; the mutant itself is made when it is asked for."""

    path: str
    line: int
    what: str
    _tree: ast.Module
    _index: int
    _change: Change

    def mutant(self) -> Mutant:
        """The module with this one change."""
        mutated = copy.deepcopy(self._tree)
        self._change(_nth(mutated, self._index))
        ast.fix_missing_locations(mutated)
        return Mutant(self.path, self.line, self.what, ast.unparse(mutated))


def mutants_of(path: str, source: str) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its nodes."""
    return (site.mutant() for site in sites_of(path, source, deciding_changes))


def sites_of(path: str, source: str, changes: Callable[[ast.AST], Iterator[tuple[str, Change]]]) -> Iterator[Site]:
    """Every place of a module where one of these changes can be made, in the order of its nodes."""
    tree = ast.parse(source)
    for index, node in enumerate(ast.walk(tree)):
        for what, change in changes(node):
            yield Site(path, _line(node), what, tree, index, change)


def _line(node: ast.AST) -> int:
    """The line of a node; of a comprehension's loop, which has none of its own, that of its first part."""
    return next((found for each in ast.walk(node) if (found := getattr(each, "lineno", 0))), 0)


def reading_changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    """What a reader's decisions are: a condition negated, a raise dropped, a value that is absent taken for there."""
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        yield "condition negated", _negate
    if isinstance(node, ast.FunctionDef | ast.If | ast.For | ast.With | ast.Try | ast.ExceptHandler):
        yield from ((what, change) for what, change in _statements(node) if what.startswith("raise"))
    for field, value in ast.iter_fields(node):
        for number, inside in enumerate(value if isinstance(value, list) else [value]):
            there = _is_there(inside)
            if there is not None:
                place = number if isinstance(value, list) else None
                yield f"absent {field} {number} unseen", lambda n, f=field, k=place, t=there: _put(n, f, k, t)


def _is_there(node: object) -> ast.Constant | None:
    """What a comparison with None says of a value that is there; None for anything else."""
    match node:
        case ast.Compare(ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
            return ast.Constant(value=False)
        case ast.Compare(ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]):
            return ast.Constant(value=True)
    return None


def _put(node: ast.AST, field: str, number: int | None, value: ast.expr) -> None:
    if number is None:
        setattr(node, field, value)
    else:
        getattr(node, field)[number] = value


def _nth(tree: ast.AST, index: int) -> ast.AST:
    for position, node in enumerate(ast.walk(tree)):
        if position == index:
            return node
    raise IndexError(index)


def deciding_changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    """Every change to a decision, of whichever kind."""
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
