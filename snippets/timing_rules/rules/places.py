"""Where a problem stands in the text, and the smallest edit that mends it."""

from __future__ import annotations

import re

from ..domain import Container, Pod
from ..source.node import Node, Span
from .rule import Edit, Place


def at(pod: Pod, container: Container | None, *keys: str) -> Place:
    """Where a field of a container (or of the pod's spec) stands; where what holds it stands if it is missing."""
    node, path = pod.node, pod.path
    if container is not None and container.path:
        node, path = container.node, container.path
    line = node.span.line if node is not None else pod.line
    for key in keys:
        path = f"{path}.{key}".lstrip(".")
        if node is not None and key in node.entries:
            line, node = node.keys[key].line, node.entries[key]
    return Place(path, line)


def metadata_of(pod: Pod) -> Node | None:
    """The metadata of the pod or of its template, beside the pod's spec."""
    above = pod.path.split(".")[:-1]
    return pod.workload.get(*above, "metadata") if pod.workload is not None else None


def grace_at(pod: Pod) -> Place:
    """Where the grace period stands."""
    return at(pod, None, pod.grace_field)


def replaced(node: Node, text: str) -> tuple[Edit, ...]:
    """The edit that writes `text` in place of a value, if its place is exact; in JSON, as JSON. Within a quoted string only
    plain letters take the place of plain letters."""
    if not node.exact:
        return renamed(node.span, node.raw, text) if re.fullmatch(r"[\w.]+", text) else ()
    if node.json and not re.fullmatch(r'".*"|-?\d+', text):
        text = f'"{text}"'
    return (Edit(*node.span, text),)


def renamed(span: Span, old: str, new: str) -> tuple[Edit, ...]:
    """The edit that renames a plain key or value. None for one that holds an emoji: Python counts it as one letter and a
    browser as two, and an edit at a place that is not certain is worse than none."""
    plain = span.line == span.end_line and span.end_column - span.column == len(old)
    return (Edit(*span, new),) if plain and all(ord(letter) <= 0xFFFF for letter in old) else ()
