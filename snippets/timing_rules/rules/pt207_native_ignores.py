"""PT207: native sidecar: drain settings have no effect."""

from __future__ import annotations

from collections.abc import Iterator

from ..domain import PROXY, Sidecar
from ..text import Text
from .proxies import (
    EXIT_ON_ZERO,
    MINIMUM_DRAIN_DURATION,
    TERMINATION_DRAIN_DURATION,
    drained_by_hook,
    layer_at,
)
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text("Native sidecar: drain settings have no effect", "네이티브 사이드카: 드레인 설정은 효과가 없습니다"),
    what=Text(
        "Fires when terminationDrainDuration, MINIMUM_DRAIN_DURATION or EXIT_ON_ZERO_ACTIVE_CONNECTIONS is set on a "
        "workload whose sidecar is native and keeps Istio's drain hook (Istio 1.21 and later).",
        "네이티브 사이드카가 Istio의 드레인 훅을 그대로 쓰는 워크로드(Istio 1.21 이상)에 terminationDrainDuration, MINIMUM_DRAIN_DURATION, "
        "EXIT_ON_ZERO_ACTIVE_CONNECTIONS 값이 있으면 보고합니다.",
    ),
    why=Text(
        "The hook drains at once; at SIGTERM, after the app has ended, the agent exits without reading any of them.",
        "드레인은 Istio의 훅이 처음부터 시작합니다. 앱이 종료된 뒤 SIGTERM을 받은 에이전트는 이 설정을 읽지 않고 "
        "종료됩니다.",
    ),
    fix=Text(
        "Remove them; the grace period and the app's preStop decide.",
        "이 설정을 지우십시오. 종료 시점은 유예 기간과 앱의 preStop이 결정합니다.",
    ),
    see=(
        "settings/sidecar.md#enable-native-sidecars",
        "settings/sidecar.md#termination-drain-duration",
        "examples.md#http-native-sidecar",
    ),
)
MESSAGE = Text("no effect on a native sidecar: {listed}", "네이티브 사이드카에서는 {listed} 설정이 효과가 없습니다")


def native_ignores(case: Case) -> Iterator[Problem]:
    """Each place on the workload that sets what a native sidecar never reads."""
    pod = case.pod
    if pod.sidecar is not Sidecar.NATIVE or not drained_by_hook(pod):
        return
    for layer in pod.settings.layers:
        ignored = (TERMINATION_DRAIN_DURATION, MINIMUM_DRAIN_DURATION, EXIT_ON_ZERO)
        keys = [key for key in ignored if layer.own and key in layer.nodes]
        if keys:
            yield Problem(layer_at(layer, keys[0]), PROXY, say=MESSAGE, listed=", ".join(keys))


RULE = Rule("PT207", Severity.INFO, ABOUT, native_ignores)
