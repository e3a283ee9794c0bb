"""PT221: a drain setting without effect."""

from __future__ import annotations

from collections.abc import Iterator

from ..domain import PROXY, Pod, Sidecar
from ..duration import format_duration
from ..manifest.fields import DRAIN_ENV, camel
from ..source.node import Span
from ..text import Text
from ..timeline import exact
from .proxies import (
    DRAIN_DURATION,
    TERMINATION_DRAIN_DURATION,
    layer_at,
    reads_drain_settings,
)
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text("A drain setting without effect", "드레인 설정이 효과가 없습니다"),
    what=Text(
        "Fires for `drainDuration` on a workload with a classic sidecar whose Envoy ends before it, while nothing sets "
        "terminationDrainDuration; and for any drain setting on a pod in ambient mode that nothing injects.",
        "클래식 사이드카가 있는 워크로드에 `drainDuration` 값은 있는데 terminationDrainDuration 값이 없어서 Envoy가 "
        "그 전에 종료되면 보고합니다. 사이드카가 주입되지 않는 앰비언트 모드 파드에 드레인 설정이 있을 때도 "
        "보고합니다.",
    ),
    why=Text(
        "`drainDuration` only says when Envoy's listeners close. How long Envoy stays is terminationDrainDuration, 5 s "
        "unless it is set. A pod in ambient mode has no proxy that could read either.",
        "`drainDuration`은 Envoy의 리스너가 닫히는 시점만 정합니다. Envoy가 남아 있는 시간은 terminationDrainDuration이 정하며 기본값은 5초입니다. 앰비언트 모드 파드에는 이 "
        "값들을 읽을 프록시가 없습니다.",
    ),
    fix=Text(
        "Set terminationDrainDuration if the proxy is to stay longer; otherwise remove the setting.",
        "프록시가 더 오래 남아야 하면 terminationDrainDuration 값을 설정하고, 아니면 이 설정을 지우십시오.",
    ),
    see=(
        "settings/sidecar.md#drain-duration",
        "settings/sidecar.md#termination-drain-duration",
        "examples.md#http-classic-sidecar",
    ),
)
MESSAGE = Text(
    "drainDuration {d} has no effect: the agent kills Envoy at {g} s (terminationDrainDuration {t}, the default), and its "
    "listeners would close at {x} s only",
    "drainDuration {d} 설정은 효과가 없습니다. 에이전트가 {g}초에 Envoy를 강제 종료하므로(terminationDrainDuration 기본값 {t}) {x}초에 닫힐 리스너가 남아 있지 않습니다",
)
MESSAGE_AMBIENT = Text(
    "no effect in ambient mode: {listed}; the pod has no proxy of its own",
    "앰비언트 모드에서는 {listed} 설정이 효과가 없습니다. 파드 안에 프록시가 없습니다",
)
FIX_EXACT = Text(
    'set terminationDrainDuration: "{d}" beside it if the proxy is to stay that long (and terminationGracePeriodSeconds '
    "above it), or remove it",
    '프록시가 그만큼 남아야 하면 terminationDrainDuration: "{d}" 설정을 함께 두고 terminationGracePeriodSeconds '
    "값은 그보다 크게 하십시오. 그럴 필요가 없으면 이 설정을 지우십시오",
)
FIX_AMBIENT = Text(
    "remove them; the app's preStop and the grace period decide, and ztunnel serves the pod until its containers have ended",
    "이 설정을 지우십시오. 종료 시점은 앱의 preStop과 유예 기간이 결정하고, ztunnel은 컨테이너가 모두 종료될 때까지 "
    "파드의 트래픽을 처리합니다",
)


def drain_without_effect(case: Case) -> Iterator[Problem]:
    """The setting that nothing reads, or that comes too late."""
    pod = case.pod
    yield from _in_ambient(pod) if pod.ambient and pod.sidecar is Sidecar.NONE else _alone(case, pod)


def _alone(case: Case, pod: Pod) -> Iterator[Problem]:
    settings = pod.settings
    layer = settings.setter(DRAIN_DURATION)
    if layer is None or not layer.own or settings.setter(TERMINATION_DRAIN_DURATION) is not None:
        return
    if not reads_drain_settings(pod) or settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS:
        return
    last, proxy = case.line.latest.containers[PROXY], case.line.latest.proxy
    if proxy is not None and proxy.inbound_closes is None and not last.killed:
        yield Problem(
            layer_at(layer, DRAIN_DURATION),
            PROXY,
            say=MESSAGE,
            fix=FIX_EXACT,
            d=layer.nodes[DRAIN_DURATION][1].raw,
            g=last.end,
            t=format_duration(settings.terminationDrainDuration),
            x=exact(last.sigterm, settings.drainDuration),
        )


def _in_ambient(pod: Pod) -> Iterator[Problem]:
    settings = dict(_drain_settings(pod))
    if settings:
        path, span = next(iter(settings.values()))
        place = (path, span.line)
        yield Problem(place, say=MESSAGE_AMBIENT, fix=FIX_AMBIENT, listed=", ".join(settings))


def _drain_settings(pod: Pod) -> Iterator[tuple[str, tuple[str, Span]]]:
    """The drain settings of the pod's own texts: name, path and place."""
    for config in pod.configs:
        for key, node in config.node.entries.items():
            if camel(key) in (TERMINATION_DRAIN_DURATION, DRAIN_DURATION):
                yield camel(key), (f"{config.path}.{key}", config.node.keys[key])
            for name in node.entries if camel(key) == "proxyMetadata" else ():
                if name in DRAIN_ENV:
                    yield name, (f"{config.path}.{key}.{name}", node.keys[name])


RULE = Rule("PT221", Severity.WARNING, ABOUT, drain_without_effect)
