"""PT206: an idle proxy leaves before the app."""

from __future__ import annotations

from collections.abc import Iterator

from ..domain import PROXY
from ..duration import format_duration
from ..text import Text
from .proxies import (
    EXIT_ON_ZERO,
    MINIMUM_DRAIN_DURATION,
    reads_drain_settings,
    setting_at,
)
from .rule import About, Case, Place, Problem, Rule, Severity

ABOUT = About(
    title=Text("An idle proxy leaves before the app", "연결이 없는 프록시가 앱보다 먼저 종료됩니다"),
    what=Text(
        "Fires for a classic proxy with EXIT_ON_ZERO_ACTIVE_CONNECTIONS whose first check (MINIMUM_DRAIN_DURATION + "
        "1 s) comes before the app has finished.",
        "EXIT_ON_ZERO_ACTIVE_CONNECTIONS 설정을 켠 클래식 프록시가 연결을 처음 세는 시점(MINIMUM_DRAIN_DURATION + "
        "1초)이 앱이 종료되기 전이면 보고합니다.",
    ),
    why=Text(
        "If no connection is open when the agent first counts them, it kills Envoy, and the app goes on without a network.",
        "에이전트가 연결을 처음 세는 순간 열린 연결이 없으면 Envoy를 강제 종료하고, 앱은 통신이 끊긴 채 남습니다.",
    ),
    fix=Text(
        "Set MINIMUM_DRAIN_DURATION to at least preStop + shutdown.",
        "MINIMUM_DRAIN_DURATION 값을 preStop + 종료 시간 이상으로 설정하십시오.",
    ),
    see=(
        "settings/sidecar.md#minimum-drain-duration",
        "settings/sidecar.md#exit-on-zero",
        "examples.md#websocket-classic-proxy-waits-for-the-last-socket",
    ),
)
MESSAGE = Text(
    "an idle proxy leaves at {t} s (MINIMUM_DRAIN_DURATION {m} + 1 s); {c} runs until {u} s",
    "연결이 없는 프록시는 {t}초에 종료됩니다 (MINIMUM_DRAIN_DURATION {m} + 1초). {c} 컨테이너는 {u}초까지 실행됩니다",
)


def idle_proxy_leaves(case: Case) -> Iterator[Problem]:
    """Each container that outlives a proxy without connections."""
    pod = case.pod
    if not reads_drain_settings(pod) or not pod.settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS:
        return
    proxy, line = pod.proxy_container, case.line
    gone = line.earliest.containers[PROXY].end
    unknown = proxy is not None and proxy.preStop is not None and proxy.preStop.seconds is None
    if unknown:
        return
    switch_place = setting_at(pod, EXIT_ON_ZERO, Place(pod.path, pod.line))
    place = setting_at(pod, MINIMUM_DRAIN_DURATION, switch_place)
    least = format_duration(pod.settings.MINIMUM_DRAIN_DURATION)
    for container in pod.containers:
        until = line.earliest.containers[container.name].end
        if gone < until:
            yield Problem(place, container.name, say=MESSAGE, t=gone, m=least, u=until)


RULE = Rule("PT206", Severity.WARNING, ABOUT, idle_proxy_leaves)
