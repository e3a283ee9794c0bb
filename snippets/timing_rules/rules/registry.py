"""What a rule is, and the table that every rule enters itself into."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from ..domain import Container, MeshConfig, Pod
from ..source.node import Node, Span
from ..text import LANGUAGES, Text, seconds

Item = Pod | MeshConfig


class Place(NamedTuple):
    """The path of a field, its line, and its document where that is not the object's own."""

    path: str
    line: int
    document: int = 0


DECLARED = Text("declared", "선언한 값")
ASSUMED = Text("assumed", "가정한 값")


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


class Problem:
    """What a rule found, before it is known in which object, and in data: the words stand in the rule's docstring.

    `say` and `fix` name the variants to use (`message.SAY`, `fix.FIX`), `values` are what is filled in, beside the
    container as `c`. A float is a time in seconds; a `Text` is filled in by language.
    """

    def __init__(
        self,
        place: Place | tuple[str, int],
        container: str = "",
        severity: Severity | None = None,
        *,
        say: str = "",
        fix: str = "",
        edits: tuple[Edit, ...] = (),
        **values: object,
    ) -> None:
        self.path, self.line, self.document = Place(*place)
        self.container, self.severity, self.edits = container, severity, edits
        self.say, self.fix, self.values = say, fix, {"c": container, **values}


@dataclass(frozen=True)
class Rule:
    """A rule: its code, its usual severity, what it is, when it fires, why that hurts, how to mend it.

    `said` holds every text of the docstring by its name; `mesh` says that the rule also reads mesh configuration.
    """

    code: str
    severity: Severity
    title: Text
    what: Text
    why: Text
    fix: Text
    find: Callable[[Any], Iterator[Problem]]
    said: dict[str, Text]
    mesh: bool

    def words(self, problem: Problem) -> tuple[Text, Text]:
        """The message of a problem, and how to mend it."""
        message = self.said[f"message.{problem.say}".rstrip(".")]
        fix = _filled(self.said[f"fix.{problem.fix}"], problem.values) if problem.fix else self.fix
        return _filled(message, problem.values), fix


def _filled(text: Text, values: dict[str, object]) -> Text:
    shown = {name: seconds(value) if isinstance(value, float) else value for name, value in values.items()}
    en, ko = ({k: v.get(lang) if isinstance(v, Text) else v for k, v in shown.items()} for lang in LANGUAGES)
    return Text(text.en.format(**en), text.ko.format(**ko))


RULES: dict[str, Rule] = {}
_Finder = Callable[[Any], Iterator[Problem]]


def rule(code: str, severity: Severity, mesh: bool = False) -> Callable[[_Finder], _Finder]:
    """Enter a function as the rule `code`. It takes a settled pod (or, with `mesh`, mesh configuration too).

    Its docstring is what readers see: title, what (when it fires), why, fix and message, each also with `.ko`.
    """

    def enter(find: _Finder) -> _Finder:
        lines = re.sub(r"\n +(?! |(?:title|what|why|fix|message)(?:\.\w+)*: |$)", " ", find.__doc__ or "").split("\n")
        parts = dict(line.strip().split(": ", 1) for line in lines if line.strip())
        said = {part: Text(text, parts[f"{part}.ko"]) for part, text in parts.items() if not part.endswith(".ko")}
        title, what, why, fix = (said[part] for part in ("title", "what", "why", "fix"))
        RULES[code] = Rule(code, severity, title, what, why, fix, find, said, mesh)
        return find

    return enter


def at(pod: Pod, container: Container | None, *keys: str) -> Place:
    """Where a field of a container (or of the pod's spec) stands; where what holds it stands if it is missing."""
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
    return Place(path, line)


def grace_at(pod: Pod) -> Place:
    """Where the grace period stands."""
    return at(pod, None, "terminationGracePeriodSeconds")


def replaced(node: Node, text: str) -> tuple[Edit, ...]:
    """The edit that writes `text` in place of a value, if its place is exact; in JSON, as JSON."""
    if node.json and not re.fullmatch(r'".*"|-?\d+', text):
        text = f'"{text}"'
    return (Edit(*node.span, text),) if node.exact else ()


def renamed(span: Span, old: str, new: str) -> tuple[Edit, ...]:
    """The edit that renames a plain key."""
    plain = span.line == span.end_line and span.end_column - span.column == len(old)
    return (Edit(*span, new),) if plain else ()
