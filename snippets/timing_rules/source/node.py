"""A value of a document with the place where it stands: what the readers build, and what findings point at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Span(NamedTuple):
    """A place in a text: lines and columns from 1, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(eq=False)
class Node:
    """A value of a document with its place.

    `value` is the plain scalar; for a mapping or a list it is `None` and `entries` or `items` hold the content.
    `exact` says that the span is the value's own text, so that it may be edited. Where a key stands twice the last one
    counts, as it does for kubectl, and `duplicates` of the outermost node names it.
    """

    kind: str
    span: Span
    value: str | int | float | bool | None = None
    entries: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Span] = field(default_factory=dict)
    items: list[Node] = field(default_factory=list)
    raw: str = ""
    quoted: bool = False
    exact: bool = True
    json: bool = False
    body: tuple[int, int] | None = None
    size: int = 1
    duplicates: list[tuple[str, Span]] = field(default_factory=list)

    def get(self, *path: str) -> Node | None:
        """The node under the keys `path`, or `None` where one is missing or not a mapping."""
        node: Node | None = self
        for key in path:
            node = node.entries.get(key) if node is not None else None
        return node

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
