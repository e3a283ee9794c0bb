"""What the tests read from `examples/`: adding a file there is all that it takes to have it tested."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
FIELDS = ("title", "title.ko", "lesson", "lesson.ko")

#: Keys that decide when something stops, or that a stop waits for. A comment has to say why they have their value.
TIMING_KEYS = (
    "terminationGracePeriodSeconds",
    "terminationDrainDuration",
    "drainDuration",
    "parentShutdownDuration",
    "MINIMUM_DRAIN_DURATION",
    "EXIT_ON_ZERO_ACTIVE_CONNECTIONS",
    "ENABLE_NATIVE_SIDECARS",
    r"sidecar\.istio\.io/native[\w-]*",
    r"timing-rules/(?!istio\b|kubernetes\b)[\w.-]+",
    "activeDeadlineSeconds",
    "minReadySeconds",
    "scaleDownDelaySeconds",
    "timeoutSeconds",
    "timeout",
    r"SHUTDOWN_TIMEOUT|GRPC_MAX_CONNECTION_AGE\w*|CLOSE_SPREAD|SPRING_LIFECYCLE_\w+",
)
_TIMING = re.compile(rf"""^\s*(?:-\s+)?(?:name:\s+)?["']?(?:{"|".join(TIMING_KEYS)})["']?\s*(?::|$)""")
_HEADER = re.compile(r"# (title|title\.ko|lesson|lesson\.ko): (.+)")


@dataclass(frozen=True)
class Example:
    """One file of `examples/`, or the twin of one."""

    name: str
    text: str

    @cached_property
    def lines(self) -> list[str]:
        """The file's lines."""
        return self.text.splitlines()

    @cached_property
    def header(self) -> list[tuple[str, str]]:
        """The fields of the first comment lines in their order, continued lines joined."""
        found: list[tuple[str, str]] = []
        for line in self.lines:
            if match := _HEADER.fullmatch(line):
                found.append((match[1], match[2]))
            elif found and line.startswith("#   "):
                found[-1] = (found[-1][0], f"{found[-1][1]} {line[4:].strip()}")
            else:
                break
        return found

    @cached_property
    def body(self) -> str:
        """Everything after the first comment lines."""
        start = next((number for number, line in enumerate(self.lines) if not line.startswith("#")), 0)
        return "\n".join(self.lines[start:])

    @cached_property
    def documents(self) -> list[dict[str, Any]]:
        """The YAML documents."""
        return [document for document in yaml.safe_load_all(self.text) if document is not None]

    @property
    def rule(self) -> str:
        """The rule that a file of `examples/wrong/` is about."""
        return Path(self.name).name.split("-")[0]

    def fact(self, key: str) -> str | None:
        """A `timing-rules/` annotation of the file's first document that has it."""
        for document in self.documents:
            for metadata in (document.get("metadata", {}), (pod_template(document) or {}).get("metadata", {})):
                if value := metadata.get("annotations", {}).get(f"timing-rules/{key}"):
                    return str(value)
        return None

    def unexplained(self) -> Iterator[tuple[int, str]]:
        """Line and text of each timing field without a comment on its line or on the line above."""
        for number in self._timing_lines():
            line = self.lines[number]
            above = self.lines[number - 1].lstrip() if number else ""
            if "# " not in line and not above.startswith("# "):
                yield number + 1, line.strip()

    def _timing_lines(self) -> Iterator[int]:
        hook_indent: int | None = None
        for number, line in enumerate(self.lines):
            indent = len(line) - len(line.lstrip())
            if line.strip() == "preStop:":
                hook_indent = indent
            elif line.strip() and hook_indent is not None and indent <= hook_indent:
                hook_indent = None
            in_hook = hook_indent is not None and re.match(r"\s*(seconds|command):(?! *$)|\s*- (?!/bin/sh|-c)", line)
            if in_hook or _TIMING.match(line):
                yield number


def pod_template(document: dict[str, Any]) -> dict[str, Any] | None:
    """The pod template of a workload (a Pod is its own), or `None` for another kind."""
    spec = document.get("spec")
    if document.get("kind") == "Pod":
        return document
    if not isinstance(spec, dict):
        return None
    if document.get("kind") == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    template = spec.get("template")
    return template if isinstance(template, dict) and "spec" in template else None


def read(path: Path) -> Example:
    """The example in a file."""
    return Example(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))


#: What a wrong example becomes by the smallest change stands beside it.
RIGHT = ".right.yaml"
ALL = [read(path) for path in sorted(EXAMPLES.rglob("*.yaml")) if not path.name.endswith(RIGHT)]
WRONG = [one for one in ALL if one.name.startswith("examples/wrong/")]
WORKING = [one for one in ALL if one not in WRONG]


def twin_of(wrong: Example) -> Example:
    """The near twin of a wrong example, which is right."""
    path = ROOT / wrong.name.replace(".yaml", RIGHT)
    assert path.is_file(), (
        f"{wrong.name} has no near twin: add {path.name} beside it, the same manifest without its first comment lines "
        "and with the smallest change that makes it right"
    )
    return read(path)
