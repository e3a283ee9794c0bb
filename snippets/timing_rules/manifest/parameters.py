"""The parameters of an OpenShift Template: its objects as they are with the defaults that it gives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ..source.node import Node
from ..source.scalars import value_of
from .values import text_of

_PARAMETER = re.compile(r"\$\{(\w+)\}|\$\{\{(\w+)\}\}")
#: Fields that hold numbers: `${NAME}` alone is meant as one there, and is nothing where the parameter has no value.
_NUMBERS = {
    "replicas", "terminationGracePeriodSeconds", "containerPort", "port", "targetPort", "seconds", "timeoutSeconds",
}  # fmt: skip
#: Stands for a command that a parameter without a value decides: nothing is known of it.
_SOME_PROGRAM = "/decided/by/a/parameter"


def objects_of(template: Node) -> Iterator[tuple[Node, dict[str, int]]]:
    """Every object of an OpenShift Template, and the parameters without a value on which numbers in it depend.

    `${NAME}` in a string and `${{NAME}}` in place of a value are filled in with the parameter's `value`. Each parameter
    that lacks one is given with its line; what depends on it is left out.
    """
    listed, parameters = template.get("objects"), template.get("parameters")
    values = {
        text_of(item.get("name")): text_of(item.get("value"))
        for item in (parameters.items if parameters is not None else ())
        if item.get("value") is not None
    }
    for item in listed.items if listed is not None else ():
        missing: dict[str, int] = {}
        yield _filled(item, values, missing), missing


def _names(node: Node) -> set[str]:
    """The parameters that a value names."""
    return {found[1] or found[2] for found in _PARAMETER.finditer(node.raw)}


def _filled(node: Node, values: Mapping[str, str], missing: dict[str, int], key: str = "") -> Node:
    if node.kind == "mapping":
        entries = {name: _filled(child, values, missing, name) for name, child in node.entries.items()}
        return Node("mapping", node.span, entries=entries, keys=node.keys, json=node.json)
    if node.kind == "list":
        unknown = {name for item in node.items for name in _names(item)} - set(values)
        if key == "command" and unknown:
            missing.update(dict.fromkeys(unknown, node.span.line))
            program = Node("scalar", node.span, _SOME_PROGRAM, raw=_SOME_PROGRAM, quoted=True, exact=False)
            return Node("list", node.span, items=[program], json=node.json)
        items = [_filled(item, values, missing, key) for item in node.items]
        return Node("list", node.span, items=items, json=node.json)
    names = _names(node)
    if not names:
        return node
    text = _PARAMETER.sub(lambda found: values.get(found[1] or found[2], found[0]), node.raw)
    whole = _PARAMETER.fullmatch(node.raw)
    typed = whole is not None and (whole[2] is not None or key in _NUMBERS)
    if not typed:
        return Node("scalar", node.span, text, raw=text, quoted=True, exact=False)
    if names <= set(values):
        return Node("scalar", node.span, value_of(text, None, (True, False)), raw=text, exact=False)
    if key in _NUMBERS:
        missing.update(dict.fromkeys(names, node.span.line))
    return Node("scalar", node.span, None, raw=node.raw, exact=False)
