"""What a rule is, and the table that every rule enters itself into."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from ..pod import Container, MeshConfig, Pod
from ..text import Text
from ..tree import Node, Span


class Severity(StrEnum):
    """`error`: requests are lost, or the config is refused or not what it says. `warning`: so under an assumption that
    the message names, or without effect. `info`: harmless, or true only in one mode."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Edit(NamedTuple):
    """The smallest change to the text; lines and columns from 1, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int
    text: str


@dataclass(frozen=True)
class Problem:
    """What a rule found, before it is known in which object."""

    message: Text
    path: str
    line: int
    container: str = ""
    severity: Severity | None = None
    fix: Text | None = None
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A rule: its code, its usual severity, what it is, when it fires, why that hurts, how to mend it."""

    code: str
    severity: Severity
    title: Text
    what: Text
    why: Text
    fix: Text
    find: Callable[[Any], Iterator[Problem]]


RULES: dict[str, Rule] = {}
_Finder = Callable[[Any], Iterator[Problem]]


def rule(code: str, severity: Severity) -> Callable[[_Finder], _Finder]:
    """Enter a function as the rule `code`. It takes a settled pod or a mesh configuration, and yields problems.

    Its docstring is what readers see: title, what (when it fires), why and fix, each also with `.ko`.
    """

    def enter(find: _Finder) -> _Finder:
        lines = re.sub(r"\n +(?! |(?:title|what|why|fix)(?:\.ko)?: |$)", " ", find.__doc__ or "").split("\n")
        said = dict(line.strip().split(": ", 1) for line in lines if line.strip())
        title, what, why, fix = (Text(said[part], said[f"{part}.ko"]) for part in ("title", "what", "why", "fix"))
        RULES[code] = Rule(code, severity, title, what, why, fix, find)
        return find

    return enter


def at(pod: Pod, container: Container | None, *keys: str) -> tuple[str, int]:
    """Path and line of a field of a container (or of the pod's spec); of what holds it where it is missing."""
    node, path = pod.node, pod.path
    if container is not None:
        for group in ("containers", "initContainers"):
            listed = pod.node.get(group) if pod.node is not None else None
            for index, one in enumerate(listed.items if listed is not None else []):
                if one is container.node:
                    node, path = one, f"{path}.{group}[{index}]".lstrip(".")
    line = node.span.line if node is not None else pod.line
    for key in keys:
        path = f"{path}.{key}".lstrip(".")
        if node is not None and key in node.entries:
            line, node = node.keys[key].line, node.entries[key]
    return path, line


def replaced(node: Node, text: str) -> tuple[Edit, ...]:
    """The edit that writes `text` in place of a value, if its place is exact."""
    return (Edit(*node.span, text),) if node.exact else ()


def renamed(span: Span, old: str, new: str, exact: bool = True) -> tuple[Edit, ...]:
    """The edit that renames a plain key."""
    plain = exact and span.line == span.end_line and span.end_column - span.column == len(old)
    return (Edit(*span, new),) if plain else ()


Item = Pod | MeshConfig
