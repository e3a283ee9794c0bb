"""PT105: the target Kubernetes does not have the field."""

from __future__ import annotations

from collections.abc import Iterator

from .. import versions
from ..domain import Container, Pod
from ..text import Text
from .hooks import everyone
from .places import at
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text("The target Kubernetes does not have the field", "대상 쿠버네티스 버전에 없는 필드입니다"),
    what=Text(
        "Fires when the stated Kubernetes version lacks a field that the manifest uses: `error`; when the field is "
        "alpha and off by default: `warning`.",
        "명시한 쿠버네티스 버전에 없는 필드를 쓰면 `error`, 알파 단계라서 기본으로 꺼져 있으면 `warning`으로 보고합니다.",
    ),
    why=Text(
        "The API server drops or refuses the field, so the hook, the order or the signal is not what the manifest "
        "says.",
        "API 서버가 필드를 버리거나 거부하므로 훅, 종료 순서, 시그널이 매니페스트에 적은 것과 달라집니다.",
    ),
    fix=Text(
        "Use an exec hook or an ordinary container for that version, or state the version that you really run.",
        "그 버전에서는 exec 훅이나 일반 컨테이너를 쓰거나, 실제로 쓰는 버전을 명시하십시오.",
    ),
    see=(
        "settings/app-and-pod.md#prestop-sleep",
        "settings/app-and-pod.md#stop-signal",
        "examples.md#http-native-sidecar",
    ),
)
MESSAGE = Text(
    "Kubernetes {v} does not have {f} (since {first})",
    "쿠버네티스 {v} 버전에는 {f} 필드가 없습니다 ({first} 버전부터 있습니다)",
)
MESSAGE_ALPHA = Text(
    "{f} is alpha in Kubernetes {v} and off by default",
    "{f} 필드는 쿠버네티스 {v} 버전에서 알파 단계이며 기본으로 꺼져 있습니다",
)
FIX_ZERO = Text("remove the hook", "훅을 지우십시오")
FIX_SIGNAL = Text("set STOPSIGNAL in the image instead", "이미지에 STOPSIGNAL을 설정하십시오")


def field_missing(case: Case) -> Iterator[Problem]:
    """Each field in use that the stated Kubernetes does not have, or has only behind a feature gate."""
    pod = case.pod
    version = pod.kubernetes
    for fact, name, container, keys in _fields(pod) if version is not None else ():
        if not fact.holds(version):
            place, first = at(pod, container, *keys.split(".")), fact.alpha or fact.since
            alpha = fact.exists(version)
            severity, say = (Severity.WARNING, MESSAGE_ALPHA) if alpha else (Severity.ERROR, MESSAGE)
            fix = {versions.SLEEP_ZERO: FIX_ZERO, versions.STOP_SIGNAL: FIX_SIGNAL}.get(fact)
            yield Problem(place, container.name, severity, say=say, fix=fix, v=version, f=name, first=first)


def _fields(pod: Pod) -> Iterator[tuple[versions.Fact, str, Container, str]]:
    """The fields in use that not every Kubernetes has: the fact, a name, the container, and the keys in it."""
    for container in everyone(pod):
        hook, node = container.preStop, container.node
        if hook is not None and hook.kind == "sleep":
            yield versions.SLEEP_ACTION, "preStop.sleep", container, "lifecycle.preStop.sleep"
            if hook.seconds == 0 and versions.SLEEP_ACTION.holds(pod.kubernetes):
                yield versions.SLEEP_ZERO, "sleep.seconds: 0", container, "lifecycle.preStop.sleep.seconds"
        if node is not None and node.get("lifecycle", "stopSignal") is not None:
            yield versions.STOP_SIGNAL, "lifecycle.stopSignal", container, "lifecycle.stopSignal"
    for container in everyone(pod)[len(pod.containers) :]:
        if container.node is not None and container.node.get("restartPolicy") is not None:
            yield versions.SIDECAR_FIELD, "restartPolicy: Always", container, "restartPolicy"


RULE = Rule("PT105", Severity.ERROR, ABOUT, field_missing)
