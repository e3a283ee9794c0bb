"""What can be changed in a source file: the small mistakes that a test should see.

A change is one of: a comparison with another bound or turned round, `and` for `or`, an operand of them dropped, `not` dropped,
`+` for `-`, a condition turned round, a condition of a comprehension dropped, a number one more or one less, a truth turned
round, a sentence with another word, a statement deleted. Assignments are not deleted (the name is then unknown, which any
test sees), nor is `return False` (what comes back is then as false: the truth turned round is the change), nor are
annotations, docstrings, imports and decorators changed (frozen, cached: the type checker's to hold, or memory's).
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

OTHER_OPERATORS: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,), ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,), ast.And: (ast.Or,), ast.Or: (ast.And,), ast.Add: (ast.Sub,), ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,), ast.Div: (ast.Mult,), ast.FloorDiv: (ast.Mult,), ast.BitAnd: (ast.BitOr,), ast.BitOr: (ast.BitAnd,),
}  # fmt: skip
SKIPPED = ("annotation", "returns", "type_params", "decorator_list")
MARK = "·"


class Change(NamedTuple):
    """A change of one file: its lines (those of the statement around it), its kind, the text before and after."""

    path: Path
    line: int
    end: int
    function: str
    kind: str
    before: str
    after: str
    number: int

    @property
    def words(self) -> str:
        """What is changed into what, on one line, without its place: how a list of equivalents names it."""
        return f"{self.before} → {self.after}"


class _Place(NamedTuple):
    """Where a node stands in its parent, the statement and the outermost function around it, whether a reader is told."""

    parent: ast.AST
    field: str
    position: int | None
    statement: ast.stmt
    function: ast.FunctionDef | None
    sentence: bool

    @property
    def node(self) -> ast.AST:
        value: Any = getattr(self.parent, self.field)
        return value if self.position is None else value[self.position]

    def put(self, node: ast.AST) -> None:
        if self.position is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.position] = node


@functools.cache
def changes(path: Path) -> tuple[Change, ...]:
    """Every change of a file, in order."""
    listed: list[Change] = []
    for place, kind, new in _all(_parsed(path)):
        own = place.statement if not hasattr(place.statement, "body") else place.node
        line = getattr(own, "lineno", place.statement.lineno)
        end = getattr(own, "end_lineno", None) or line
        before, after = (" ".join(_text(node).split()) for node in (place.node, new))
        name = place.function.name if place.function else ""
        listed.append(Change(path, line, end, name, kind, before, after, len(listed)))
    return tuple(listed)


def changed(change: Change) -> ast.Module:
    """The tree of the file with the change in it."""
    tree = _parsed(change.path)
    for number, (place, _kind, new) in enumerate(_all(tree)):
        if number == change.number:
            place.put(ast.fix_missing_locations(ast.copy_location(new, place.node)))
            return tree
    raise LookupError(change)


def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _text(node: ast.AST) -> str:
    return "(nothing)" if isinstance(node, ast.Pass) else ast.unparse(node)


def _all(tree: ast.Module) -> Iterator[tuple[_Place, str, ast.AST]]:
    for place in _places(tree, None, None, sentence=False):
        for kind, new in _instead(place):
            yield place, kind, new


def _places(
    node: ast.AST, statement: ast.stmt | None, function: ast.FunctionDef | None, *, sentence: bool
) -> Iterator[_Place]:
    """Every place below a node where something may be changed."""
    for field, value in ast.iter_fields(node):
        if field in SKIPPED:
            continue
        inside = node if isinstance(node, ast.FunctionDef) and field == "body" and function is None else function
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST) or _is_skipped(child, field):
                continue
            own = child if isinstance(child, ast.stmt) else statement
            told = sentence or (isinstance(child, ast.Call) and ast.unparse(child.func) == "Text")
            if own is not None:
                yield _Place(node, field, index, own, inside, told)
            yield from _places(child, own, inside, sentence=told)


def _is_skipped(node: ast.AST, field: str) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):
            return True
        case ast.If():
            return ast.unparse(node.test) == "TYPE_CHECKING"
        case ast.Assign():
            return ast.unparse(node.targets[0]) == "__all__"
    return False


def _instead(place: _Place) -> Iterator[tuple[str, ast.AST]]:
    """What may stand there instead of a node."""
    node = place.node
    if isinstance(place.parent, ast.If | ast.While) and isinstance(node, ast.Name | ast.Call | ast.Attribute):
        yield "condition", ast.UnaryOp(ast.Not(), node)
    match node:
        case ast.stmt():
            yield from _other_statements(node)
        case ast.Constant():
            yield from _other_constants(node, place.sentence)
        case ast.Compare():
            yield from (("comparison", new) for new in _other_operators(node))
        case ast.BoolOp():
            yield from _other_terms(node)
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield "sign dropped", node.operand
        case ast.BinOp():
            for other in OTHER_OPERATORS.get(type(node.op), ()):
                yield "arithmetic", ast.BinOp(node.left, other(), node.right)  # type: ignore[arg-type]
        case ast.IfExp():
            yield "condition", ast.IfExp(node.test, node.orelse, node.body)
        case ast.comprehension() if node.ifs:
            yield "condition", ast.comprehension(node.target, node.iter, node.ifs[1:], node.is_async)


def _other_statements(node: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.Expr | ast.Raise | ast.Continue | ast.AugAssign):
        yield "deleted", ast.Pass()
    if isinstance(node, ast.Return) and node.value and ast.unparse(node.value) not in ("None", "False"):
        yield "deleted", ast.Return(None)


def _other_terms(node: ast.BoolOp) -> Iterator[tuple[str, ast.AST]]:
    for other in OTHER_OPERATORS[type(node.op)]:
        yield "and, or", ast.BoolOp(other(), node.values)  # type: ignore[arg-type]
    for index in range(len(node.values)):
        rest = node.values[:index] + node.values[index + 1 :]
        yield "operand dropped", rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)


def _other_operators(node: ast.Compare) -> Iterator[ast.Compare]:
    for index, operator in enumerate(node.ops):
        for other in OTHER_OPERATORS[type(operator)]:
            yield ast.Compare(node.left, [*node.ops[:index], other(), *node.ops[index + 1 :]], node.comparators)  # type: ignore[list-item]


def _other_constants(node: ast.Constant, sentence: bool) -> Iterator[tuple[str, ast.AST]]:
    match node.value:
        case bool():
            yield "truth", ast.Constant(not node.value)
        case int() | float():
            yield from (("number", ast.Constant(node.value + step)) for step in (1, -1))
        case str() if sentence and node.value.strip():
            yield "sentence", ast.Constant(node.value + MARK)
