"""A tree that libyaml composes and Python reads only where somebody looks: most of a manifest decides nothing here.

Only for documents without anchors, aliases, tags and merge keys, and shallow enough for the stack of the C code. The
events of `yaml_tree` build the others, and are the ones that say what is wrong.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from .errors import MAX_DEPTH, MAX_NODES
from .node import Node, Span
from .scalars import Places, value_of

#: Characters that may start an anchor, an alias, a tag or a merge key.
_SPECIAL = re.compile(r"(?:^|[\s,\[{])(?:[&*][^\s&*=|]|!|<<)", re.MULTILINE)
#: A nested level takes a bracket or a column; libyaml's composer was seen to survive 20,000 levels and not 40,000.
_DEEP = re.compile(r"^[ ?:-]{2000}", re.MULTILINE)
_MAPPING, _LIST = yaml.MappingNode, yaml.SequenceNode
_ABSENT = Node("scalar", Span(1, 1, 1, 1))


class _NoTags:
    """A resolver that leaves the question to whoever reads the value."""

    def resolve(self, kind: type, value: str, implicit: Any) -> Any:
        return implicit

    def descend_resolver(self, *_: object) -> None: ...

    def ascend_resolver(self) -> None: ...


def _loader() -> Any:
    parser = getattr(yaml, "CSafeLoader", None)
    return type("_Composer", (_NoTags, parser), {}) if parser is not None else None


_COMPOSER = _loader()


def compose(text: str, places: Places, long: bool) -> Node | None:
    """The tree of a document, or `None` where events have to build it. `long`: its values are not counted."""
    brackets = text.count("[") + text.count("{")
    if _COMPOSER is None or brackets > 5_000 or _SPECIAL.search(text) or _DEEP.search(text):
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
        self.kind = "mapping" if type(node) is _MAPPING else "list" if type(node) is _LIST else "scalar"

    def __getattr__(self, name: str) -> Any:
        value = self._field(name)
        setattr(self, name, value)
        return value

    def _field(self, name: str) -> Any:
        node, places = self._yaml, self._places
        if name == "span":
            return places.span(node.start_mark, node.end_mark)
        if self.kind == "mapping" and name == "entries":
            return {key.value: _Composed(child, places) for key, child in node.value}
        if self.kind == "mapping" and name == "keys":
            return {key.value: places.span(key.start_mark, key.end_mark) for key, _ in node.value}
        if self.kind == "list" and name == "items":
            return [_Composed(child, places) for child in node.value]
        if self.kind == "scalar":
            return self._scalar_field(name)
        return getattr(_ABSENT, name)

    def _scalar_field(self, name: str) -> Any:
        node = self._yaml
        if name == "value":
            return value_of(node.value, None, node.tag)
        if name == "raw":
            return node.value
        if name == "quoted":
            return bool(node.style)
        if node.style == "|" and name in ("body", "exact"):
            return self._places.block(node.start_mark)[name == "exact"]
        return getattr(_ABSENT, name)
