"""A tree that libyaml composes and Python reads only where somebody looks: most of a manifest decides nothing here.

Only for documents without anchors, aliases, tags and merge keys, and shallow enough for the stack of the C code. The
events of `yaml_tree` build the others, and are the ones that say what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any

import yaml

from .errors import MAX_DEPTH, MAX_NODES
from .node import NOWHERE, Node, Span
from .scalars import Places, value_of

#: What may start an anchor, an alias, a tag or a merge key.
_SPECIAL = re.compile(r"(?:^|[\s,\[{])(?:[&*][^\s&*=|]|!|<<)", re.MULTILINE)
#: A nested level takes a bracket or a column; libyaml's composer was seen to survive 20,000 levels and not 40,000.
_LEVELS = 20_000
_DEEP = re.compile(r"^[ ?:-]{2000}", re.MULTILINE)
_MAPPING, _LIST = yaml.MappingNode, yaml.SequenceNode
_ABSENT = Node("scalar", NOWHERE)


class _NoTags:
    """A resolver that leaves the question to whoever reads the value."""

    def resolve(self, kind: type, value: str, implicit: Any) -> Any:
        return implicit

    def descend_resolver(self, *_: object) -> None: ...

    def ascend_resolver(self) -> None: ...


def _loader() -> Any:
    parser = getattr(getattr(yaml, "cyaml", None), "CParser", None)
    return type("_Composer", (_NoTags, parser), {}) if parser is not None else None


_COMPOSER = _loader()


def compose(text: str, places: Places, long: bool) -> Node | None:
    """The tree of a document, or `None` where events have to build it. `long`: its values are not counted."""
    if _COMPOSER is None or _is_special(text) or _may_be_deep(text):
        return None
    try:
        root = yaml.compose(text, Loader=_COMPOSER)
    except (yaml.YAMLError, RecursionError):
        return None
    if root is None:
        return None
    survey = _Survey(places)
    if not survey.fits(root, MAX_DEPTH) or (survey.count > MAX_NODES and not long):
        return None
    node = _Composed(root, places)
    node.duplicates = survey.duplicates
    return node


def _is_special(text: str) -> bool:
    return any(mark in text for mark in "&*!<") and _SPECIAL.search(text) is not None


def _may_be_deep(text: str) -> bool:
    if len(text) < _LEVELS:
        return False
    return text.count("[") + text.count("{") > _LEVELS // 4 or _DEEP.search(text) is not None


class _Survey:
    """What has to be known of the whole before any of it is read: its size, its depth, its keys."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.count = 0
        self.duplicates: list[tuple[str, Span]] = []

    def fits(self, node: Any, levels: int) -> bool:
        """Whether the node has no key that is not a scalar, and no more than so many levels."""
        self.count += 1
        if type(node) is _LIST:
            if levels <= 0:
                return False
            for child in node.value:
                if type(child.value) is list:
                    if not self.fits(child, levels - 1):
                        return False
                else:
                    self.count += 1
        elif type(node) is _MAPPING:
            return levels > 0 and self._mapping_fits(node, levels)
        return True

    def _mapping_fits(self, node: Any, levels: int) -> bool:
        names = set()
        self.count += len(node.value)
        for key, child in node.value:
            if type(key.value) is list:
                return False
            if type(child.value) is not list:
                self.count += 1
            elif not self.fits(child, levels - 1):
                return False
            names.add(key.value)
        if len(names) < len(node.value):
            seen = set()
            for key, _ in node.value:
                if key.value in seen:
                    self.duplicates.append((key.value, self.places.span(key.start_mark, key.end_mark)))
                seen.add(key.value)
        return True


class _Composed(Node):
    """A node whose fields are read from what libyaml composed when they are first asked for."""

    __slots__ = ("_places", "_yaml")

    def __init__(self, node: Any, places: Places) -> None:
        self._yaml, self._places = node, places
        kind = type(node)
        self.kind = "scalar" if kind is yaml.ScalarNode else "mapping" if kind is _MAPPING else "list"

    def holds(self, names: Collection[str]) -> bool:
        """Looks without reading: first at the text, where an escape may hide a key, and then at the keys."""
        text = self._places.text[self._yaml.start_mark.index : self._yaml.end_mark.index]
        return ("\\" in text or any(name in text for name in names)) and _holds(self._yaml, names)

    def __getattr__(self, name: str) -> Any:
        read = _READERS[self.kind].get(name)
        value = read(self._yaml, self._places) if read is not None else getattr(_ABSENT, name)
        setattr(self, name, value)
        return value


def _holds(node: Any, names: Collection[str]) -> bool:
    """Loops, not `any`: a manifest has some hundred nodes, most of them scalars, which hold nothing."""
    if type(node) is _MAPPING:
        for key, child in node.value:
            if key.value in names or (type(child) is not yaml.ScalarNode and _holds(child, names)):
                return True
    elif type(node) is _LIST:
        for child in node.value:
            if type(child) is not yaml.ScalarNode and _holds(child, names):
                return True
    return False


def _span(node: Any, places: Places) -> Span:
    return places.span(node.start_mark, node.end_mark)


def _entries(node: Any, places: Places) -> dict[str, Node]:
    return {key.value: _Composed(child, places) for key, child in node.value}


def _keys(node: Any, places: Places) -> dict[str, Span]:
    return {key.value: places.span(key.start_mark, key.end_mark) for key, _ in node.value}


def _items(node: Any, places: Places) -> list[Node]:
    return [_Composed(child, places) for child in node.value]


def _block(node: Any, places: Places) -> tuple[tuple[int, int] | None, bool]:
    return places.block(node.start_mark) if node.style == "|" else (None, True)


#: By the kind of a node: how each of its fields is read.
_READERS: dict[str, dict[str, Callable[[Any, Places], Any]]] = {
    "scalar": {
        "value": lambda node, places: value_of(node.value, None, node.tag),
        "raw": lambda node, places: node.value,
        "quoted": lambda node, places: bool(node.style),
        "body": lambda node, places: _block(node, places)[0],
        "exact": lambda node, places: _block(node, places)[1],
        "span": _span,
    },
    "mapping": {"entries": _entries, "keys": _keys, "span": _span},
    "list": {"items": _items, "span": _span},
}
