"""The `timing-rules/…` annotations: what a manifest cannot say, declared where the workload lives."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from ..domain.annotations import DECLARED as PREFIX
from ..domain.container import NEVER, PROXY
from ..domain.given import Assumptions
from ..duration import DurationError, parse_duration
from ..source.errors import ParseError
from ..source.node import Node
from ..text import Text
from ..versions import VersionError, parse_version
from .spelling import fits, nearest

_TIMES = {
    "accepts-after-sigterm": "accepts_after_sigterm",
    "propagation": "propagation",
    "connections-idle-after": "connections_idle_after",
    "lb-deregistration": "lb_deregistration",
    "node-shutdown": "node_shutdown",
}
KEYS = ["istio", "kubernetes", "app-shutdown", "prestop.<container>", *_TIMES, "ignore"]
#: The same as flags, and in a configuration file.
FACTS = ["istio", "kubernetes", "sidecar", "app-shutdown", "prestop", *_TIMES, "ignore"]
Report = Callable[[ParseError], None]

# Faults: what is wrong, and how to mend it.
# fmt: off
_NOT_A_STRING = (
    Text("the annotation timing-rules/{key} is not a string", "timing-rules/{key} 어노테이션 값이 문자열이 아닙니다"),
    Text('put it in quotes: "{raw}"', '따옴표로 감싸십시오: "{raw}"'),
)
_NO_REASON = (
    Text("timing-rules/ignore needs a reason for each rule", "timing-rules/ignore 값에는 규칙마다 이유가 필요합니다"),
    Text('write "PT106: why; PT109: why"', '"PT106: 이유; PT109: 이유" 형식으로 적으십시오'),
)
_COMPUTED = (
    Text("the end of istio-proxy is computed, not declared", "istio-proxy의 종료 시각은 선언하지 않고 계산합니다"),
    Text("remove the annotation", "이 어노테이션을 지우십시오"),
)
_NO_CONTAINER = (
    Text("timing-rules/{key}: the pod has no container of that name", "timing-rules/{key}: 파드에 그런 이름의 컨테이너가 없습니다"),
    Text("its containers are {names}", "컨테이너 이름: {names}"),
)
_NOT_THERE = Text("there is no annotation timing-rules/{key}", "timing-rules/{key}: 알 수 없는 어노테이션입니다")
_NEARLY = (_NOT_THERE, Text("did you mean timing-rules/{near}?", "timing-rules/{near} 어노테이션의 오타인지 확인하십시오"))
_NOT_KNOWN = (_NOT_THERE, Text("the known ones are {known}", "쓸 수 있는 어노테이션: {known}"))
_WRITE_LENGTH = Text("write a length such as 30s or 1m30s", "30s, 1m30s처럼 적으십시오")
_WRITE_VERSION = Text("quote the version and give its minor", "따옴표 안에 마이너 버전까지 적으십시오")
# fmt: on


def parse_length(text: str, may_be_never: bool = False) -> float:
    """A declared length: a Go duration that is not negative, or `never` where that makes sense.

    Errors: `DurationError`.
    """
    if may_be_never and text.strip() == "never":
        return NEVER
    value = parse_duration(text.strip())
    if value < 0:
        raise DurationError(text)
    return value


def parse_ignore(text: str) -> dict[str, str] | None:
    """`PT106: reason; PT109: reason` as a mapping, or `None` when a part has no rule or no reason."""
    found = {}
    for part in re.split(r";\s*(?=PT\d)|\n", text.strip().rstrip(";")):
        pair = re.fullmatch(r"\s*(PT\d{3})\s*:\s*(\S.*?)\s*", part)
        if not pair:
            return None
        found[pair.group(1)] = pair.group(2)
    return found or None


def read(annotations: Node | None, containers: Iterable[str], report: Report) -> Assumptions:
    """The declarations among `annotations`. Each one that cannot be used is reported, and the others still count."""
    if annotations is None:
        return Assumptions()
    names, found = list(containers), dict[str, Any](app_shutdown={}, prestop={})
    for key, node in annotations.entries.items():
        if key.startswith(PREFIX):
            try:
                _enter(key.removeprefix(PREFIX), node, annotations.keys[key].line, names, found)
            except ParseError as error:
                report(error)
    return Assumptions(**found)


def of_workload(given: Assumptions, namespace: str, kind: str, name: str) -> Assumptions:
    """What `given.workloads` declares of one: by `name`, `kind/name` or `namespace/kind/name`; of two, the later wins."""
    declared = Assumptions()
    for pattern, facts in given.workloads:
        globs = pattern.split("/")
        parts = [namespace or "default", kind, name][-len(globs) :]
        if len(globs) == len(parts) and all(map(fits, globs, parts)):
            declared = facts.over(declared)
    return declared


def _enter(key: str, node: Node, line: int, names: list[str], found: dict[str, Any]) -> None:
    """Enter one declaration in `found`. Errors: `ParseError`."""
    name, _, container = key.partition(".")
    text = node.value
    if not isinstance(text, str):
        raise ParseError(line, *_NOT_A_STRING, key=key, raw=node.raw)
    try:
        if name in ("istio", "kubernetes") and not container:
            parse_version(name, text)
            found[name] = text
        elif name == "app-shutdown" or (name == "prestop" and container):
            if container == PROXY and name == "app-shutdown":
                raise ParseError(line, *_COMPUTED)
            if container and container != PROXY and names and container not in names:
                raise ParseError(line, *_NO_CONTAINER, key=key, names=", ".join(names))
            found[name.replace("-", "_")][container] = parse_length(text, may_be_never=True)
        elif name in _TIMES and not container:
            found[_TIMES[name]] = parse_length(text, name == "connections-idle-after")
        elif name == "ignore" and not container:
            found["ignore"] = parse_ignore(text) or {}
            if not found["ignore"]:
                raise ParseError(line, *_NO_REASON)
        else:
            near = nearest(name, [one.partition(".")[0] for one in KEYS])
            known = ", ".join(PREFIX + one for one in KEYS)
            raise ParseError(line, *(_NEARLY if near else _NOT_KNOWN), key=key, near=near, known=known)
    except (DurationError, VersionError) as error:
        said, fix = error.sentence, _WRITE_LENGTH if isinstance(error, DurationError) else _WRITE_VERSION
        raise ParseError(line, Text(f"{PREFIX}{key}: {said.en}", f"{PREFIX}{key}: {said.ko}"), fix) from None
