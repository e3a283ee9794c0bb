"""What a rule is, what it is asked about, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from ..domain import Pod
from ..source.node import Node, Span
from ..text import LANGUAGES, Text, seconds
from ..timeline import Timeline, timeline
from .configs import Item, variables

#: What a fact in a message rests on.
DECLARED = Text("declared", "선언한 값")
ASSUMED = Text("assumed", "가정한 값")


class Place(NamedTuple):
    """The path of a field, its line, and its document where that is not the object's own."""

    path: str
    line: int
    document: int = 0


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


class About(NamedTuple):
    """What readers learn about a rule: its title, when it fires, why that hurts, how to mend it, and where to read on.

    `see` are places of the site, as `settings/app-and-pod.md#grace-period`.
    """

    title: Text
    what: Text
    why: Text
    fix: Text
    see: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[Text, Text, Text, Text]:
        """Everything that it says in words."""
        return self.title, self.what, self.why, self.fix


@dataclass(frozen=True)
class Case:
    """What a rule is asked about: a pod whose sidecar mode is settled, or mesh configuration."""

    item: Item

    @property
    def pod(self) -> Pod:
        """The pod; only for rules that do not read mesh configuration, or once it is known to be none."""
        assert isinstance(self.item, Pod)
        return self.item

    @cached_property
    def line(self) -> Timeline:
        """The timeline of the pod, computed once for all rules."""
        return timeline(self.pod)

    @cached_property
    def variables(self) -> tuple[tuple[str, str, Span, Node], ...]:
        """Every environment variable that is set for the proxy (name, path, place and value), read once for all rules."""
        return tuple(variables(self.item))


class Problem:
    """What a rule found, before it is known in which object.

    `say` is the message, `fix` how to mend it where the rule's own advice does not serve; both take `values` by name,
    beside the container as `c`. A float is a time in seconds; a `Text` is filled in by language.
    """

    def __init__(
        self,
        place: Place | tuple[str, int],
        container: str = "",
        severity: Severity | None = None,
        *,
        say: Text,
        fix: Text | None = None,
        edits: tuple[Edit, ...] = (),
        **values: object,
    ) -> None:
        self.path, self.line, self.document = Place(*place)
        self.container, self.severity, self.edits = container, severity, edits
        self.say, self.fix, self.values = say, fix, {"c": container, **values}


#: What finds the problems of a rule.
Finder = Callable[[Case], Iterator[Problem]]


@dataclass(frozen=True)
class Rule:
    """A rule: its code, its usual severity, what readers learn about it, and what finds its problems.

    `mesh` says that it also reads mesh configuration.
    """

    code: str
    severity: Severity
    about: About
    find: Finder
    mesh: bool = False

    @property
    def title(self) -> Text:
        """What is wrong, in one line."""
        return self.about.title

    @property
    def what(self) -> Text:
        """When the rule fires."""
        return self.about.what

    @property
    def why(self) -> Text:
        """Why that hurts."""
        return self.about.why

    @property
    def fix(self) -> Text:
        """How to mend it."""
        return self.about.fix

    def words(self, problem: Problem) -> tuple[Text, Text]:
        """The message of a problem, and how to mend it."""
        fix = self.fix if problem.fix is None else _filled(problem.fix, problem.values)
        return _filled(problem.say, problem.values), fix


def _filled(text: Text, values: dict[str, object]) -> Text:
    shown = {name: seconds(value) if isinstance(value, float) else value for name, value in values.items()}
    en, ko = ({k: v.get(lang) if isinstance(v, Text) else v for k, v in shown.items()} for lang in LANGUAGES)
    return Text(text.en.format(**en), text.ko.format(**ko))
