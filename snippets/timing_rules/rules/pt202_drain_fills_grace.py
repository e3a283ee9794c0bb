"""PT202: the drain is as long as the grace period."""

from __future__ import annotations

from collections.abc import Iterator

from ..domain import PROXY, Sidecar
from ..text import Text
from .places import grace_at
from .proxies import (
    TERMINATION_DRAIN_DURATION,
    proxy_hook_seconds,
    reads_drain_settings,
    setting_at,
)
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text("The drain is as long as the grace period", "드레인 시간이 유예 기간만큼 깁니다"),
    what=Text(
        "Fires for a classic proxy or a gateway when its own preStop + terminationDrainDuration reaches "
        "terminationGracePeriodSeconds.",
        "클래식 프록시나 게이트웨이에서 자신의 preStop + terminationDrainDuration 값이 terminationGracePeriodSeconds 이상이면 보고합니다.",
    ),
    why=Text(
        "The agent and the kubelet race: whoever is first kills Envoy. terminationDrainDuration is a fixed wait, so "
        "every pod of the workload also takes the whole grace period to stop.",
        "에이전트와 kubelet이 경합하여 먼저 도달한 쪽이 Envoy를 강제 종료합니다. terminationDrainDuration은 고정된 대기 시간이므로 모든 파드가 유예 기간을 다 쓰고 "
        "종료됩니다.",
    ),
    fix=Text(
        "Make terminationGracePeriodSeconds greater than the drain.",
        "terminationGracePeriodSeconds 값을 드레인 시간보다 크게 설정하십시오.",
    ),
    see=(
        "reference/settings.md#termination-drain-duration",
        "reference/settings.md#grace-period",
        "examples.md#http-classic-sidecar",
    ),
)
MESSAGE = Text(
    "the proxy drains for {t} s and the grace period is {g} s: a race with SIGKILL",
    "프록시는 {t}초 동안 드레인하고 유예 기간은 {g}초입니다. SIGKILL과 경합합니다",
)
MESSAGE_UNSEEN = Text(
    "the proxy drains for {t} s: a race with SIGKILL, unless the grace period, which is not written here, is longer "
    "than the default {g} s",
    "프록시는 {t}초 동안 드레인합니다. 여기에 없는 유예 기간이 기본값 {g}초보다 길지 않으면 SIGKILL과 경합합니다",
)
MESSAGE_HOOK = Text(
    "the proxy drains for {t} s after its preStop of {px} s and the grace period is {g} s: a race with SIGKILL",
    "프록시는 {t}초 동안 드레인하고 (그 앞의 preStop {px}초) 유예 기간은 {g}초입니다. SIGKILL과 경합합니다",
)


def drain_fills_grace(case: Case) -> Iterator[Problem]:
    """The drain, where it ends no earlier than the grace period."""
    pod = case.pod
    if not reads_drain_settings(pod, Sidecar.GATEWAY) or pod.settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS:
        return
    hook, drain = proxy_hook_seconds(pod), pod.settings.terminationDrainDuration
    if hook + drain >= pod.grace:
        place = setting_at(pod, TERMINATION_DRAIN_DURATION, grace_at(pod))
        severity, say = Severity.WARNING, MESSAGE_HOOK if hook else MESSAGE
        if not pod.grace_shown:
            severity, say = Severity.INFO, MESSAGE_UNSEEN
        yield Problem(place, PROXY, severity, say=say, t=drain, px=hook, g=pod.grace)


RULE = Rule("PT202", Severity.WARNING, ABOUT, drain_fills_grace)
