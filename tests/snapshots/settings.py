"""What a configuration file says, and what it says with one other value anywhere; what a command line says with one word less.

Told is every setting with its value and its place, or the fault.
"""

from __future__ import annotations

import dataclasses
import re
import shlex
from collections.abc import Iterator
from typing import Any

import yaml
from timing_rules.config import settings_of
from timing_rules.flags import UsageError, command_line, options

from tests.snapshots.variations import others, paths, replaced

YAML = """\
istio: "1.30"
kubernetes: "1.33"
sidecar: classic
app-shutdown: {web: 60s, worker: never}
prestop: [web=5s, api=1m]
accepts-after-sigterm: 2s
connections-idle-after: never
lb-deregistration: 30s
node-shutdown: 2m
severity: info
rule-severity: {PT109: warning, PT110: error}
ignore:
  PT109: drained by hand
  PT101: {"legacy/*": soon gone, "old/*": gone}
exclude: ["*.gen.yaml", build]
mesh-config: mesh/istio.yaml
baseline: old.json
strict: true
format: sarif
lang: ko
workloads:
  "shop/*": {app-shutdown: 60s, propagation: 10s}
  web-*: {prestop: {web: 9s}, node-shutdown: 1m}
"""
TOML = """\
[project]
name = "shop"

[tool.timing-rules]
istio = 1.30
strict = true
lang = "ko"
app-shutdown = {web = "60s", "worker" = "never"}
exclude = ["a", "b"]

[tool.timing-rules.ignore]
PT101 = "why"

[tool.timing-rules.workloads."shop/*"]
propagation = "5s"
node-shutdown = "60s"
"""
LINES = [
    "check --istio 1.30 --app-shutdown web=5s --app-shutdown 9s --ignore 'PT109: by hand' --strict --format json --config a --severity=error a b -",
    "timeline --lang=ko --format=json --prestop web=never --kubernetes 1.33 --sidecar native -- --odd",
    "fix --write --rule PT109 --rule PT110 --exclude build deploy",
    "rule PT101 --format json --lang ko",
    "check --baseline old.json --write-baseline --rule-severity PT109=info --show-config",
]


def settings() -> Iterator[list[str]]:
    """Each file and each command line, and what its changes make of it."""
    for command in ("check", "timeline"):
        yield [f"==== {command}", *_said(YAML, command)]
    whole, usual = [yaml.safe_load(YAML)], list(map(_without_line, _said(YAML, "check")))
    yield ["==== one other value", *(line for path in paths(whole) for line in _changed(whole, path, usual))]
    yield ["==== TOML", *_said(TOML, "check", "conf/pyproject.toml")]
    rows = TOML.splitlines(keepends=True)
    for number, row in enumerate(rows):
        fewer = _said("".join([*rows[:number], *rows[number + 1 :]]), "check", "conf/pyproject.toml")
        if row.strip():
            yield [f"==== TOML without {row.strip()!r}", *fewer]
    for line in LINES:
        yield [f"==== {line}", *_of_line(shlex.split(line))]


def _changed(whole: Any, path: tuple[str | int, ...], usual: list[str]) -> Iterator[str]:
    value: Any = whole
    for key in path:
        value = value[key]
    for word, other in others(value).items():
        text = yaml.safe_dump(replaced(whole, path, other)[0], sort_keys=False, allow_unicode=True)
        said = list(map(_without_line, _said(text, "check")))
        new = [line for line in said if line not in usual] + [f"no {line}" for line in usual if line not in said]
        told = new[:1] if len(said) == 1 else new  # a fault, and no setting
        yield f"{'.'.join(map(str, path[1:]))} = {word}: {' | '.join(told) or 'nothing else is said'}"


def _without_line(said: str) -> str:
    return re.sub(r"^conf\S*:\d+:? ", "", said)


def _said(text: str, command: str, source: str = "conf/.timing-rules.yaml") -> list[str]:
    refused: list[UsageError] = []
    try:
        said = [_setting(setting, command) for setting in settings_of(source, text, command, refused)]
    except UsageError as fault:
        return [fault.describe("en")]
    return [fault.describe("en") for fault in refused] or said


def _setting(setting: Any, command: str) -> str:
    rest = "".join(f" for {name} {value!r}" for name in ("path", "workload") if (value := getattr(setting, name)))
    return f"{setting.where.rpartition(': ')[0]} {setting.name}{rest} = {setting.value(command)!r}"


def _of_line(words: list[str]) -> Iterator[str]:
    usual = _options(words)
    yield from (f"{name}: {value}" for name, value in usual.items())
    for index, word in enumerate(words):
        said = _options([*words[:index], *words[index + 1 :]])
        new = [f"{name}: {value}" for name, value in said.items() if usual.get(name) != value]
        yield f"without {word}: {' | '.join(new) or 'nothing else is said'}"


def _options(words: list[str]) -> dict[str, str]:
    """What a command line asks for, by name, or its fault."""
    try:
        line = command_line(words)
        if line.command not in ("check", "timeline", "fix", "rule"):
            return {"line": repr(line)}
        refused: list[UsageError] = []
        asked = options(line, line.settings, refused)
        if refused:
            raise refused[0]
        facts = dataclasses.asdict(asked.assumptions)
        fields = {field.name: getattr(asked, field.name) for field in dataclasses.fields(asked)} | facts
        return {name: repr(_sorted(value)) for name, value in fields.items() if name != "assumptions" and value}
    except UsageError as fault:
        return {"fault": fault.describe("en")}


def _sorted(value: Any) -> Any:
    return sorted(value) if isinstance(value, set) else value
