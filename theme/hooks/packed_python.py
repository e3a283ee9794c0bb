"""Python made small and quick to start for the browser: what only people and type checkers read goes, with the words of the
other language, and what `dataclass` and `NamedTuple` would compile anew at each start is written into their classes once, here.

Brython takes most of a start for such classes: the standard library writes the text of their methods and runs it. So a class
gets its `__init__` or `__new__` as source; what remains of the two stands in theme/checker/library. A class that asks for
more than is written here is an error of the build.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

#: Modules whose names are used in types, or by what is written out here.
_OF_TYPES = {"__future__", "typing", "collections.abc", "dataclasses"}
_CLASSES = {"dataclass", "NamedTuple"}
#: What a rule says of itself on pages of its own, and the tools never show.
_ABOUT = {"title", "what", "why", "see"}
#: A `Text` has the languages in this order.
_LANGUAGES = ("en", "ko")

#: Of a line as `ast.unparse` writes it. No text goes over a line's end there: docstrings are gone, and `\n` is written so.
_INDENT = re.compile(r"^(?: {4})+", re.MULTILINE)
_IMPORT = re.compile(r"^(?:import|from) .+", re.MULTILINE)


class Field(NamedTuple):
    """A field of a class: its default, what makes one for each object, and whether it is compared."""

    name: str
    default: ast.expr | None = None
    factory: ast.expr | None = None
    compared: bool = True


class Made(NamedTuple):
    """A dataclass or a NamedTuple as it is written: the fields of the dataclass that it inherits from, and its own."""

    name: str
    base: str
    own: list[Field]


def packed(
    text: str, known: Mapping[str, Made] = MappingProxyType({}), only: Iterable[str] = (), lang: str = ""
) -> str:
    """A module's source without comments, docstrings and types. Errors: `ValueError` for a class that cannot be written so.

    `known` has the dataclasses of all modules by name (`made_classes`). With `only`, what a module defines and neither these
    names nor what they use is left out. With `lang`, a `Text` is empty in the other language.
    """
    tree = ast.parse(text)
    if only:
        _leave_out(tree, set(only))
    typeless = _Typeless(known, lang)
    typeless.visit(tree)
    tree.body = [node for node in tree.body if not _is_unused(node, typeless.used)]
    written = ast.unparse(tree)
    return _INDENT.sub(lambda found: " " * (len(found[0]) // 4), written)


def made_classes(text: str) -> dict[str, Made]:
    """The dataclasses and NamedTuples of a module by their names; one in another class or a function has no heirs."""
    if not any(name in text for name in _CLASSES):
        return {}
    classes = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    return {node.name: _made(node) for node in classes if _kind(node)}


@cache
def imports(text: str, module: str, is_package: bool = False) -> frozenset[str]:
    """What a packed module imports as it is loaded, by full names; a name from a package may be one of its modules or not."""
    found: set[str] = set()
    for node in ast.parse("\n".join(_IMPORT.findall(text))).body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = [*module.split("."), *([""] if is_package else [])][: -node.level] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            found |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return frozenset(found)


def _is_unused(node: ast.stmt, used: set[str]) -> bool:
    """Whether an import brings nothing but names of types, which nothing uses any more."""
    if not isinstance(node, ast.ImportFrom) or node.module not in _OF_TYPES or node.level:
        return False
    node.names = [alias for alias in node.names if (alias.asname or alias.name) in used]
    return not node.names or node.module == "__future__"


def _leave_out(tree: ast.Module, wanted: set[str]) -> None:
    """Keep what defines the wanted names or something that they use, and the imports."""
    defines = {node: _defined(node) for node in tree.body}
    kept: set[ast.stmt] = set()
    while more := [node for node, names in defines.items() if node not in kept and names & wanted]:
        kept |= set(more)
        wanted |= {name.id for node in more for name in ast.walk(node) if isinstance(name, ast.Name)}
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            node.names = [alias for alias in node.names if (alias.asname or alias.name) in wanted]
    tree.body = [node for node in tree.body if node in kept and getattr(node, "names", True)]


def _defined(node: ast.stmt) -> set[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return {alias.asname or alias.name for alias in names}
        case ast.Assign(targets=targets):
            return {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
    return set()


def _kind(node: ast.ClassDef) -> str:
    """`dataclass`, `NamedTuple`, or nothing for another class."""
    marks = [mark.func if isinstance(mark, ast.Call) else mark for mark in node.decorator_list]
    names = {name.id for name in (*marks, *node.bases) if isinstance(name, ast.Name)} & _CLASSES
    return names.pop() if names else ""


def _made(node: ast.ClassDef) -> Made:
    bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
    own = [_field(part, node.name) for part in node.body if isinstance(part, ast.AnnAssign)]
    return Made(node.name, bases[0] if _kind(node) == "dataclass" and bases else "", own)


def _field(node: ast.AnnAssign, owner: str) -> Field:
    assert isinstance(node.target, ast.Name)
    name, value = node.target.id, node.value
    if not isinstance(value, ast.Call) or ast.unparse(value.func) != "field":
        return Field(name, value)
    options = {option.arg: option.value for option in value.keywords}
    options.pop("repr", None)  # nothing shows one in the page
    compared = "compare" not in options or ast.unparse(options.pop("compare")) == "True"
    if options.keys() not in ({"default"}, {"default_factory"}):
        raise ValueError(f"{owner}.{name}: packed_python.py knows no {ast.unparse(value)}")
    (word, made) = options.popitem()
    if word == "default":
        return Field(name, made, compared=compared)
    return Field(name, factory=made.body if isinstance(made, ast.Lambda) else ast.Call(made, [], []), compared=compared)


def _parameter(field: Field, holder: str = "") -> str:
    """A field as a parameter. Its default is that of the class that holds it; what is made for each object is an Ellipsis
    first, which no field holds."""
    if field.factory is not None:
        return f"{field.name}=..."
    return field.name if field.default is None else f"{field.name}={holder}{field.name}"


def _is_string(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _has_slots(node: ast.ClassDef) -> bool:
    return any(
        isinstance(mark, ast.Call) and any(word.arg == "slots" for word in mark.keywords)
        for mark in node.decorator_list
    )


class _Typeless(ast.NodeTransformer):
    """Takes out docstrings, types and the other language, and writes the methods of dataclasses and NamedTuples."""

    def __init__(self, known: Mapping[str, Made], lang: str) -> None:
        self.known, self.lang = known, lang
        self.used: set[str] = set()  # names that are left

    def visit_Name(self, node: ast.Name) -> ast.AST:
        self.used.add(node.id)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return node

    def visit_Module(self, node: ast.Module) -> ast.AST:
        return self._without_docstring(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self._without_docstring(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.value is None:
            return None
        return self.generic_visit(ast.copy_location(ast.Assign([node.target], node.value), node))

    def visit_Call(self, node: ast.Call) -> ast.AST:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "Text" and self.lang and all(_is_string(words) for words in node.args):
            node.args = [
                words if lang == self.lang else ast.Constant("")
                for lang, words in zip(_LANGUAGES, node.args, strict=True)
            ]
        elif name == "About":
            for word in node.keywords:
                if word.arg in _ABOUT:
                    word.value = ast.Constant(None)
        return self.generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.AST | None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return None
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        kind = _kind(node)
        if kind:
            written = self._tuple(_made(node)) if kind == "NamedTuple" else self._dataclass(node)
            node.body = [part for part in node.body if not isinstance(part, ast.AnnAssign)] + ast.parse(written).body
        return self._without_docstring(node)

    def _without_docstring(self, node: ast.Module | ast.ClassDef | ast.FunctionDef) -> ast.AST:
        if ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
        self.generic_visit(node)
        if not node.body and not isinstance(node, ast.Module):
            node.body = [ast.Pass()]
        return node

    def _tuple(self, made: Made) -> str:
        names = [field.name for field in made.own]
        defaults = {field.name: ast.unparse(field.default) for field in made.own if field.default is not None}
        given = [f"{name}=_field_defaults[{name!r}]" if name in defaults else name for name in names]
        return "\n".join(
            (
                f"_fields = __match_args__ = {tuple(names)!r}",
                f"_field_defaults = {{{', '.join(f'{name!r}: {value}' for name, value in defaults.items())}}}",
                f"def __new__(_cls, {', '.join(given)}): return tuple.__new__(_cls, ({', '.join(names)},))",
            )
        )

    def _dataclass(self, node: ast.ClassDef) -> str:
        made = _made(node)
        above, inherited = self.known.get(made.base), list[Field]()
        if above is not None:
            if above.base in self.known:
                raise ValueError(f"{made.name}: packed_python.py knows dataclasses of dataclasses, and no third level")
            inherited = above.own
        # A field that stands above, too, keeps its place there, and its default if it names none.
        holders = {field.name: (field, f"{made.base}.") for field in inherited}
        for field in made.own:
            if field.name not in holders or field.default is not None or field.factory is not None:
                holders[field.name] = field, ""
        given = [_parameter(field, holder) for field, holder in holders.values()]
        lines = [f"{made.base}.__init__(self, {', '.join(field.name for field in inherited)})"] if inherited else []
        for field in made.own:
            value = (
                field.name
                if field.factory is None
                else f"{ast.unparse(field.factory)} if {field.name} is ... else {field.name}"
            )
            lines.append(f"self.{field.name} = {value}")
        if any(isinstance(part, ast.FunctionDef) and part.name == "__post_init__" for part in node.body):
            lines.append("self.__post_init__()")
        fields = [field for field, _ in holders.values()]
        return "\n".join(
            (
                *(f"{field.name} = {ast.unparse(field.default)}" for field in made.own if field.default is not None),
                f"__match_args__ = {tuple(field.name for field in fields)!r}",
                f"_compared = {tuple(field.name for field in fields if field.compared)!r}",
                f"def __init__(self, {', '.join(given)}):",
                *(f"    {line}" for line in lines or ["pass"]),
                # A class with slots has no defaults: what asks an object in vain goes on to `__getattr__`.
                *(f"del {field.name}" for field in made.own if field.default is not None and _has_slots(node)),
            )
        )
