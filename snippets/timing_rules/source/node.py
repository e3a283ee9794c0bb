"""A value of a document with the place where it stands: what the readers build, and what findings point at."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple


class Span(NamedTuple):
    """A place in a text: lines and columns from 1, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


#: The place of what stands in no text.
NOWHERE = Span(*[1] * 4)
#: What a scalar holds of entries and keys: one for all of them.
_NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass(eq=False, slots=True)
class Node:
    """A value of a document with its place.

    `value` is the plain scalar; for a mapping or a list it is `None` and `entries` or `items` hold the content.
    `exact` says that the span is the value's own text, so that it may be edited. Where a key stands twice the last one
    counts, as it does for kubectl, and `duplicates` of the outermost node names it.
    """

    kind: str
    span: Span
    value: str | int | float | bool | None = None
    entries: Mapping[str, Node] = field(default_factory=lambda: _NONE)
    keys: Mapping[str, Span] = field(default_factory=lambda: _NONE)
    items: Sequence[Node] = ()
    raw: str = ""
    quoted: bool = False
    exact: bool = True
    json: bool = False
    body: tuple[int, int] | None = None
    size: int = 1
    duplicates: Sequence[tuple[str, Span]] = ()

    def get(self, *path: str) -> Node | None:
        """The node under the keys `path`, or `None` where one is missing or not a mapping."""
        node: Node | None = self
        for key in path:
            node = node.entries.get(key) if node is not None else None
        return node

    def with_entries(self, entries: Mapping[str, Node], keys: Mapping[str, Span] = _NONE) -> Node:
        """A mapping at the same place that holds these besides its own, and instead of those of the same name."""
        return Node("mapping", self.span, entries={**self.entries, **entries}, keys={**self.keys, **keys})

    def holds(self, names: Collection[str]) -> bool:
        """Whether one of these keys stands in it, at whatever depth."""
        for name, value in self.entries.items():  # loops, not `any`: a document has thousands of nodes, mostly scalars
            if name in names or (value.kind != "scalar" and value.holds(names)):
                return True
        for item in self.items:  # noqa: SIM110
            if item.kind != "scalar" and item.holds(names):
                return True
        return False

    @property
    def empty(self) -> bool:
        """Whether the value is null."""
        return self.kind == "scalar" and self.value is None

    def plain(self) -> Any:
        """The value as plain Python data."""
        if self.kind == "mapping":
            return {key: node.plain() for key, node in self.entries.items()}
        if self.kind == "list":
            return [node.plain() for node in self.items]
        return self.value
