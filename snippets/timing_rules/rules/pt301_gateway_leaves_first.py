"""PT301: the gateway leaves before the load balancer has stopped sending."""

from __future__ import annotations

from collections.abc import Iterator

from ..domain import PROXY, Sidecar
from ..text import Text
from .places import grace_at
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text(
        "The gateway leaves before the load balancer has stopped sending",
        "로드 밸런서가 전송을 멈추기 전에 게이트웨이가 사라집니다",
    ),
    what=Text(
        "Fires for a gateway when the declared lb-deregistration is longer than it accepts connections: until "
        "drainDuration or Envoy's end, whichever is first, after its preStop.",
        "선언한 lb-deregistration 값이 게이트웨이가 연결을 받는 시간(preStop 뒤 drainDuration과 Envoy의 종료 가운데 빠른 쪽)보다 길면 보고합니다.",
    ),
    why=Text(
        "A load balancer goes on sending to a deregistering target for a while, whatever Kubernetes says.",
        "로드 밸런서는 쿠버네티스와 상관없이 등록 해제 중인 대상으로 한동안 요청을 계속 보냅니다.",
    ),
    fix=Text(
        "Give the gateway's container a preStop sleep of the deregistration time, and raise drainDuration and the "
        "grace period with it.",
        "게이트웨이 컨테이너에 등록 해제 시간만큼 preStop sleep을 넣고 drainDuration과 유예 기간도 함께 늘리십시오.",
    ),
    see=(
        "reference/settings.md#gateway-chart",
        "reference/settings.md#proxy-lifecycle",
        "examples.md#gateway-stays-ready-while-the-nlb-deregisters",
    ),
)
MESSAGE = Text(
    "the load balancer sends for {w} s (declared), and the gateway accepts for {a} s",
    "로드 밸런서는 {w}초 동안 요청을 보내는데(선언한 값) 게이트웨이는 {a}초 동안만 연결을 받습니다",
)


def gateway_leaves_first(case: Case) -> Iterator[Problem]:
    """The gateway that accepts connections for a shorter time than the load balancer sends them."""
    pod = case.pod
    deregistration = pod.assumptions.lb_deregistration
    if pod.sidecar is not Sidecar.GATEWAY or deregistration is None:
        return
    proxy, proxy_times = pod.proxy_container, case.line.proxy
    if proxy is None or proxy_times is None or (proxy.preStop is not None and proxy.preStop.seconds is None):
        return
    times = case.line.containers[proxy.name]
    ends = proxy_times.envoy_killed if proxy_times.envoy_killed is not None else times.sigkill
    closes = (times.sigterm or 0.0) + pod.settings.drainDuration
    accepts = min(closes, ends if ends is not None else float(pod.grace))
    if deregistration > accepts:
        yield Problem(grace_at(pod), PROXY, say=MESSAGE, w=deregistration, a=accepts)


RULE = Rule("PT301", Severity.WARNING, ABOUT, gateway_leaves_first)
