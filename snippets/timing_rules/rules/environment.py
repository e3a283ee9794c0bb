"""PT3xx: what the pod's surroundings take from it: the load balancer, the node's notice."""

from __future__ import annotations

from collections.abc import Iterator

from .. import versions
from ..domain import PROXY, Pod, Sidecar
from ..source.node import Node
from ..text import Text
from ..timeline import timeline
from .registry import DECLARED, Problem, Severity, grace_at, rule

#: Labels of spot nodes: (key, value in lower case) → the notice that such a node gets.
_SPOT = {
    ("karpenter.sh/capacity-type", "spot"): versions.AWS_SPOT_NOTICE,
    ("eks.amazonaws.com/capacitytype", "spot"): versions.AWS_SPOT_NOTICE,
    ("node.kubernetes.io/lifecycle", "spot"): versions.AWS_SPOT_NOTICE,
    ("kubernetes.azure.com/scalesetpriority", "spot"): versions.AZURE_SPOT_NOTICE,
}


@rule("PT301", Severity.WARNING)
def gateway_leaves_first(pod: Pod) -> Iterator[Problem]:
    """title: The gateway leaves before the load balancer has stopped sending
    title.ko: 로드 밸런서가 전송을 멈추기 전에 게이트웨이가 사라집니다
    what: Fires for a gateway when the declared lb-deregistration is longer than it accepts connections: until drainDuration or Envoy's end, whichever is
        first, after its preStop.
    what.ko: 선언한 lb-deregistration 값이 게이트웨이가 연결을 받는 시간(preStop 뒤 drainDuration과 Envoy의 종료 가운데 빠른 쪽)보다 길면 보고합니다.
    why: A load balancer goes on sending to a deregistering target for a while, whatever Kubernetes says.
    why.ko: 로드 밸런서는 쿠버네티스와 상관없이 등록 해제 중인 대상으로 한동안 요청을 계속 보냅니다.
    fix: Give the gateway's container a preStop sleep of the deregistration time, and raise drainDuration and the grace period with it.
    fix.ko: 게이트웨이 컨테이너에 등록 해제 시간만큼 preStop sleep을 넣고 drainDuration과 유예 기간도 함께 늘리십시오.
    message: the load balancer sends for {w} s (declared), and the gateway accepts for {a} s
    message.ko: 로드 밸런서는 {w}초 동안 요청을 보내는데(선언한 값) 게이트웨이는 {a}초 동안만 연결을 받습니다
    """
    wanted = pod.assumptions.lb_deregistration
    if pod.sidecar is not Sidecar.GATEWAY or wanted is None:
        return
    line, proxy = timeline(pod), pod.proxy_container
    if proxy is None or line.proxy is None or (proxy.preStop is not None and proxy.preStop.seconds is None):
        return
    times = line.containers[proxy.name]
    ends = line.proxy.envoy_killed if line.proxy.envoy_killed is not None else times.sigkill
    closes = (times.sigterm or 0.0) + pod.settings.drainDuration
    accepts = min(closes, ends if ends is not None else float(pod.grace))
    if wanted > accepts:
        yield Problem(grace_at(pod), PROXY, w=wanted, a=accepts)


@rule("PT302", Severity.WARNING)
def longer_than_notice(pod: Pod) -> Iterator[Problem]:
    """title: The grace period is longer than the node's notice
    title.ko: 유예 기간이 노드의 종료 예고 시간보다 깁니다
    what: Fires when the declared node-shutdown is shorter than the grace period; `info` for a well-known spot selector (AWS 120 s, Azure 30 s).
    what.ko: 선언한 node-shutdown 값이 유예 기간보다 짧으면 보고합니다. 잘 알려진 스팟 노드 선택자(AWS 120초, Azure 30초)만 있으면 `info`입니다.
    why: The node is gone before the pod has finished.
    why.ko: 파드가 끝나기 전에 노드가 사라집니다.
    fix: Keep preStop + shutdown, and with them terminationGracePeriodSeconds, within the notice.
    fix.ko: preStop + 종료 시간과 terminationGracePeriodSeconds 값을 예고 시간 안으로 줄이십시오.
    message: the grace period is {g} s, and the node gets {n} s of notice ({who})
    message.ko: 유예 기간은 {g}초인데 노드의 종료 예고 시간은 {n}초입니다 ({who})
    """
    notice, severity, who = pod.assumptions.node_shutdown, Severity.WARNING, DECLARED
    if notice is None:
        labels = set(_selected(pod.node))
        row = next((row for pair, row in _SPOT.items() if pair in labels), None)
        if row is None:
            return
        notice, severity, who = row.value, Severity.INFO, Text(row.name, row.what.ko)
    if notice < pod.grace:
        yield Problem(grace_at(pod), severity=severity, g=pod.grace, n=notice, who=who)


def _selected(spec: Node | None) -> Iterator[tuple[str, str]]:
    """The node labels that a pod asks for, in lower case."""
    if spec is None:
        return
    selector = spec.get("nodeSelector")
    for key, value in (selector.entries if selector is not None else {}).items():
        yield key.lower(), str(value.value).lower()
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    affinity = spec.get("affinity", "nodeAffinity", required, "nodeSelectorTerms")
    for term in affinity.items if affinity is not None else []:
        expressions = term.get("matchExpressions")
        for one in expressions.items if expressions is not None else []:
            label, values, operator = one.get("key"), one.get("values"), one.get("operator")
            if label is not None and values is not None and operator is not None and operator.value == "In":
                yield from ((str(label.value).lower(), str(value.value).lower()) for value in values.items)
