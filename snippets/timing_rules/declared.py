"""The `timing-rules/…` annotations: what a manifest cannot say, declared where the workload lives."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from .duration import DurationError, parse_duration
from .fields import nearest
from .pod import NEVER, PROXY, Assumptions
from .text import Text
from .tree import Node, Span
from .versions import VersionError, parse_version

PREFIX = "timing-rules/"
_TIMES = {
    "accepts-after-sigterm": "accepts_after_sigterm",
    "propagation": "propagation",
    "connections-idle-after": "connections_idle_after",
    "lb-deregistration": "lb_deregistration",
    "node-shutdown": "node_shutdown",
}
KEYS = ["istio", "kubernetes", "app-shutdown", "prestop.<container>", *_TIMES, "ignore"]
_MAY_BE_NEVER = {"app-shutdown", "prestop", "connections-idle-after"}
Report = Callable[[Span, Text, Text], None]


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
    names = list(containers)
    found: dict[str, Any] = {"app_shutdown": {}, "prestop": {}}
    for key, node in (annotations.entries if annotations else {}).items():
        if not key.startswith(PREFIX):
            continue
        assert annotations is not None
        _one(key.removeprefix(PREFIX), annotations.keys[key], node, names, found, report)
    return Assumptions(**found)


def _one(key: str, place: Span, node: Node, names: list[str], found: dict[str, Any], report: Report) -> None:
    name, _, container = key.partition(".")
    if not isinstance(node.value, str):
        report(
            place,
            Text(f"the annotation {PREFIX}{key} is not a string", f"{PREFIX}{key} 어노테이션 값이 문자열이 아닙니다"),
            Text(f'put it in quotes: "{node.raw}"', f'따옴표로 감싸십시오: "{node.raw}"'),
        )
        return
    text = node.value
    try:
        if name in ("istio", "kubernetes") and not container:
            parse_version(name, text)
            found[name] = text
        elif (name == "app-shutdown" or (name == "prestop" and container)) and _known(
            name, container, place, names, report
        ):
            found[name.replace("-", "_")][container] = parse_length(text, name in _MAY_BE_NEVER)
        elif name in _TIMES and not container:
            found[_TIMES[name]] = parse_length(text, name in _MAY_BE_NEVER)
        elif name == "ignore" and not container:
            reasons = parse_ignore(text)
            if reasons is None:
                report(
                    place,
                    Text(
                        f"{PREFIX}ignore needs a reason for each rule",
                        f"{PREFIX}ignore 값에는 규칙마다 이유가 필요합니다",
                    ),
                    Text('write "PT106: why; PT109: why"', '"PT106: 이유; PT109: 이유" 형식으로 적으십시오'),
                )
            found["ignore"] = reasons or {}
        elif name not in ("app-shutdown", "prestop") or (name == "prestop" and not container):
            _unknown(key, place, report)
    except DurationError as error:
        report(
            place, _of(key, error.sentence), Text("write a length such as 30s or 1m30s", "30s, 1m30s 처럼 적으십시오")
        )
    except VersionError as error:
        report(
            place,
            _of(key, error.sentence),
            Text("quote the version and give its minor", "따옴표 안에 마이너 버전까지 적으십시오"),
        )


def _of(key: str, sentence: Text) -> Text:
    return Text(f"{PREFIX}{key}: {sentence.en}", f"{PREFIX}{key}: {sentence.ko}")


def _known(name: str, container: str, place: Span, names: list[str], report: Report) -> bool:
    if container == PROXY and name == "app-shutdown":
        report(
            place,
            Text(
                "the end of istio-proxy is computed, not declared", "istio-proxy의 종료 시각은 선언하지 않고 계산합니다"
            ),
            Text("remove the annotation", "이 어노테이션을 지우십시오"),
        )
        return False
    if container and container != PROXY and names and container not in names:
        listed = ", ".join(names)
        report(
            place,
            Text(f"{PREFIX}{name}.{container}: the pod has no container of that name",
                 f"{PREFIX}{name}.{container}: 파드에 그런 이름의 컨테이너가 없습니다"),
            Text(f"its containers are {listed}", f"컨테이너 이름: {listed}"),
        )  # fmt: skip
        return False
    return True


def _unknown(key: str, place: Span, report: Report) -> None:
    near = nearest(key.partition(".")[0], [one.partition(".")[0] for one in KEYS])
    known = ", ".join(PREFIX + one for one in KEYS)
    fix = Text(f"did you mean {PREFIX}{near}?", f"{PREFIX}{near} 어노테이션입니까?") if near else Text(
        f"the known ones are {known}", f"쓸 수 있는 어노테이션: {known}")  # fmt: skip
    report(place, Text(f"there is no annotation {PREFIX}{key}", f"{PREFIX}{key} 어노테이션은 없습니다"), fix)
