"""PT203: listeners close while clients still open connections."""

from __future__ import annotations

from collections.abc import Iterator

from ..domain import PROXY, Sidecar
from ..duration import format_duration
from ..text import Text
from .places import grace_at
from .proxies import (
    DRAIN_DURATION,
    reads_drain_settings,
    setting_at,
)
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text(
        "Listeners close while clients still open connections", "클라이언트가 새 연결을 여는 동안 리스너가 닫힙니다"
    ),
    what=Text(
        "Fires for a classic proxy or a gateway that outlives drainDuration while propagation, load balancer "
        "deregistration or the app's preStop is longer than that.",
        "클래식 프록시나 게이트웨이가 drainDuration보다 오래 실행되는데 propagation, 로드 밸런서 등록 취소, 앱의 preStop 가운데 하나가 그보다 길면 보고합니다.",
    ),
    why=Text(
        "Envoy refuses new connections from drainDuration on, though it is still there.",
        "drainDuration이 지나면 Envoy는 실행 중이어도 새 연결을 거부합니다.",
    ),
    fix=Text(
        "Raise drainDuration to at least the longest of propagation, load balancer deregistration and the app's "
        "preStop.",
        "drainDuration 값을 propagation, 로드 밸런서 등록 취소 시간, 앱의 preStop 가운데 가장 긴 값 이상으로 "
        "늘리십시오.",
    ),
    see=("settings/sidecar.md#drain-duration", "examples.md#gateway-leaves-with-the-last-connection"),
)
MESSAGE = Text(
    "Envoy's listeners close at {x} s (drainDuration {d}); clients may still connect until {u} s ({why})",
    "Envoy의 리스너가 {x}초에 닫힙니다 (drainDuration {d}). 클라이언트는 {u}초까지 새 연결을 열 수 있습니다 ({why})",
)


def listeners_close_early(case: Case) -> Iterator[Problem]:
    """The proxy that refuses new connections before the last of those that may still come."""
    pod = case.pod
    if not reads_drain_settings(pod, Sidecar.GATEWAY):
        return
    line = case.line
    first, last = line.earliest.proxy, line.latest.proxy
    if first is None or first.inbound_closes is None or last is None or last.inbound_closes is None:
        return
    closes, hooks = (
        last.inbound_closes,
        [line.earliest.containers[app.name].prestop_end or 0.0 for app in pod.containers],
    )
    needs = {
        "propagation": pod.assumptions.clients_know_after,
        "lb-deregistration": pod.assumptions.lb_deregistration or 0.0,
        "preStop": max(hooks, default=0.0),
    }
    why, longest = max(needs.items(), key=lambda pair: pair[1])
    if longest > closes:
        place, drain = setting_at(pod, DRAIN_DURATION, grace_at(pod)), pod.settings.drainDuration
        yield Problem(place, PROXY, say=MESSAGE, x=closes, d=format_duration(drain), u=longest, why=why)


RULE = Rule("PT203", Severity.WARNING, ABOUT, listeners_close_early)
