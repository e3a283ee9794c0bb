"""PT301: the gateway leaves before the load balancer has stopped sending."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ..domain import PROXY, ProxySettings, Sidecar
from ..text import Text
from ..timeline import agent_seconds
from .hooks import STOP_FLOOR
from .places import grace_at
from .proxies import is_generated
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text(
        "The gateway leaves before the load balancer has stopped sending",
        "로드 밸런서가 트래픽을 끊기 전에 게이트웨이가 종료됩니다",
    ),
    what=Text(
        "Fires for a gateway when the declared lb-deregistration is longer than it accepts connections: until "
        "drainDuration or Envoy's end, whichever is first, after its preStop.",
        "게이트웨이가 연결을 받는 시간(preStop 뒤에 drainDuration이 지나거나 Envoy가 종료될 때까지)보다 선언한 "
        "lb-deregistration 값이 길면 보고합니다.",
    ),
    why=Text(
        "A load balancer goes on sending to a deregistering target for a while, whatever Kubernetes says.",
        "로드 밸런서는 쿠버네티스와 상관없이, 등록을 취소하는 중인 대상에도 한동안 요청을 계속 보냅니다.",
    ),
    fix=Text(
        "Give the gateway's container a preStop sleep of the deregistration time, and raise the grace period with it: in "
        "the values of the gateway chart, or by the parametersRef of a Gateway.",
        "게이트웨이 컨테이너에 등록 취소 시간만큼 preStop sleep을 넣고 유예 기간도 함께 늘리십시오. 게이트웨이 차트라면 값 파일에, Gateway 리소스라면 parametersRef로 "
        "설정합니다.",
    ),
    see=(
        "settings/gateway-and-mesh.md#gateway-chart",
        "settings/sidecar.md#proxy-lifecycle",
        "examples.md#gateway-stays-ready-while-the-nlb-deregisters",
    ),
)
MESSAGE = Text(
    "the load balancer sends for {w} s (declared), and the gateway accepts for {a} s",
    "로드 밸런서는 {w}초 동안 요청을 보내는데(선언한 값) 게이트웨이는 {a}초 동안만 연결을 받습니다",
)

FIX_SLEEP = Text(
    "give istio-proxy lifecycle.preStop.sleep.seconds: {sleep} and the pod terminationGracePeriodSeconds: {need} or more "
    "(in the gateway chart: the values lifecycle and terminationGracePeriodSeconds)",
    "istio-proxy 컨테이너에 lifecycle.preStop.sleep.seconds: {sleep}, 파드에 terminationGracePeriodSeconds: {need} 이상을 설정하십시오 "
    "(게이트웨이 차트에서는 lifecycle과 terminationGracePeriodSeconds 값)",
)
FIX_MANAGED = Text(
    "istiod writes this object anew from its Gateway: in the ConfigMap that the Gateway's "
    "spec.infrastructure.parametersRef names (or istiod's gatewayClasses) give the deployment istio-proxy "
    "lifecycle.preStop.sleep.seconds: {sleep} and terminationGracePeriodSeconds: {need} or more",
    "이 오브젝트는 istiod가 Gateway 리소스에서 다시 만듭니다. Gateway의 spec.infrastructure.parametersRef가 가리키는 ConfigMap(또는 istiod의 "
    "gatewayClasses)의 deployment에서 istio-proxy 컨테이너에 lifecycle.preStop.sleep.seconds: {sleep}, 파드에 "
    "terminationGracePeriodSeconds: {need} 이상을 설정하십시오",
)


def gateway_leaves_first(case: Case) -> Iterator[Problem]:
    """The gateway that accepts connections for a shorter time than the load balancer sends them."""
    pod = case.pod
    deregistration = pod.assumptions.lb_deregistration
    if pod.sidecar is not Sidecar.GATEWAY or deregistration is None:
        return
    last = case.line.latest.proxy
    closes = last.inbound_closes if last is not None else None
    accepts = case.line.latest.containers[PROXY].end if closes is None else closes
    if deregistration > accepts:
        # With this sleep the drain begins when the load balancer has stopped; then it has to fit before SIGKILL.
        sleep = math.ceil(deregistration)
        need = sleep + max(STOP_FLOOR, math.floor(_drain(pod.settings))) + 1
        fix = FIX_MANAGED if is_generated(pod) else FIX_SLEEP
        yield Problem(grace_at(pod), PROXY, say=MESSAGE, fix=fix, w=deregistration, a=accepts, sleep=sleep, need=need)


def _drain(settings: ProxySettings) -> float:
    """How long the agent takes from SIGTERM on, at least."""
    return agent_seconds(settings, 0.0, drained=False, idle_after=0.0)


RULE = Rule("PT301", Severity.WARNING, ABOUT, gateway_leaves_first)
