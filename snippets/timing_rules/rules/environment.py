"""PT3xx: what the pod's surroundings take from it: the load balancer, the node's notice."""

from __future__ import annotations

from collections.abc import Iterator

from .. import versions
from ..pod import PROXY, Pod, Sidecar
from ..text import Text
from ..text import seconds as s
from ..timeline import timeline
from ..tree import Node
from .registry import Item, Problem, Severity, at, rule

#: Labels of spot nodes: (key, value in lower case) → the notice that such a node gets.
_SPOT = {
    ("karpenter.sh/capacity-type", "spot"): versions.AWS_SPOT_NOTICE,
    ("eks.amazonaws.com/capacitytype", "spot"): versions.AWS_SPOT_NOTICE,
    ("node.kubernetes.io/lifecycle", "spot"): versions.AWS_SPOT_NOTICE,
    ("kubernetes.azure.com/scalesetpriority", "spot"): versions.AZURE_SPOT_NOTICE,
}


@rule("PT301", Severity.WARNING)
def gateway_leaves_first(pod: Item) -> Iterator[Problem]:
    """title: The gateway leaves before the load balancer has stopped sending
    title.ko: 로드 밸런서가 전송을 멈추기 전에 게이트웨이가 사라집니다
    what: Fires for a gateway when the declared lb-deregistration is longer than it accepts connections: until drainDuration or Envoy's end, whichever is
        first, after its preStop.
    what.ko: 선언한 lb-deregistration 값이 게이트웨이가 연결을 받는 시간(preStop 뒤 drainDuration과 Envoy의 종료 가운데 빠른 쪽)보다 길면 보고합니다.
    why: A load balancer goes on sending to a deregistering target for a while, whatever Kubernetes says.
    why.ko: 로드 밸런서는 Kubernetes와 상관없이 등록 해제 중인 대상으로 한동안 계속 보냅니다.
    fix: Give the gateway's container a preStop sleep of the deregistration time, and raise drainDuration and the grace period with it.
    fix.ko: 게이트웨이 컨테이너에 등록 해제 시간만큼 preStop sleep을 넣고 drainDuration과 유예 기간도 함께 늘리십시오.
    """
    wanted = pod.assumptions.lb_deregistration if isinstance(pod, Pod) else None
    if not isinstance(pod, Pod) or pod.sidecar is not Sidecar.GATEWAY or wanted is None:
        return
    line, proxy = timeline(pod), pod.proxy_container
    if proxy is None or line.proxy is None or (proxy.preStop is not None and proxy.preStop.seconds is None):
        return
    times = line.containers[proxy.name]
    start = times.sigterm or 0.0
    ends = line.proxy.envoy_killed if line.proxy.envoy_killed is not None else times.sigkill
    accepts = min(start + pod.settings.drainDuration, ends if ends is not None else float(pod.grace))
    if wanted <= accepts:
        return
    path, number = at(pod, None, "terminationGracePeriodSeconds")
    yield Problem(
        Text(
            "the load balancer sends for {w} s (declared), and the gateway accepts for {a} s",
            "로드 밸런서는 {w}초 동안 보내는데(선언한 값) 게이트웨이는 {a}초 동안만 연결을 받습니다",
        ).format(w=s(wanted), a=s(accepts)),
        path,
        number,
        PROXY,
    )


@rule("PT302", Severity.WARNING)
def longer_than_notice(pod: Item) -> Iterator[Problem]:
    """title: The grace period is longer than the node's notice
    title.ko: 유예 기간이 노드의 종료 예고 시간보다 깁니다
    what: Fires when the declared node-shutdown is shorter than the grace period; `info` for a well-known spot selector (AWS 120 s, Azure 30 s).
    what.ko: 선언한 node-shutdown 값이 유예 기간보다 짧으면 보고합니다. 잘 알려진 스팟 노드 선택자(AWS 120초, Azure 30초)만 있으면 `info`입니다.
    why: The node is gone before the pod has finished.
    why.ko: 파드가 끝나기 전에 노드가 사라집니다.
    fix: Keep preStop + shutdown, and with them terminationGracePeriodSeconds, within the notice.
    fix.ko: preStop + 종료 시간과 terminationGracePeriodSeconds 값을 예고 시간 안으로 줄이십시오.
    """
    if not isinstance(pod, Pod):
        return
    notice, severity, who = pod.assumptions.node_shutdown, Severity.WARNING, Text("declared", "선언한 값")
    if notice is None:
        found = [row for pair, row in _SPOT.items() if pair in set(_selected(pod.node))]
        if not found:
            return
        notice, severity, who = found[0].value, Severity.INFO, Text(found[0].name, found[0].what.ko)
    if notice < pod.grace:
        path, line = at(pod, None, "terminationGracePeriodSeconds")
        yield Problem(
            Text(
                f"the grace period is {pod.grace} s, and the node gets {s(notice)} s of notice ({who.en})",
                f"유예 기간은 {pod.grace}초인데 노드의 종료 예고 시간은 {s(notice)}초입니다 ({who.ko})",
            ),
            path,
            line,
            severity=severity,
        )


def _selected(spec: Node | None) -> Iterator[tuple[str, str]]:
    """The node labels that a pod asks for, in lower case."""
    if spec is None:
        return
    selector = spec.get("nodeSelector")
    for key, value in (selector.entries if selector is not None else {}).items():
        yield key.lower(), str(value.value).lower()
    affinity = spec.get(
        "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"
    )
    for term in affinity.items if affinity is not None else []:
        expressions = term.get("matchExpressions")
        for one in expressions.items if expressions is not None else []:
            label, values, operator = one.get("key"), one.get("values"), one.get("operator")
            if label is None or values is None or operator is None or operator.value != "In":
                continue
            for value in values.items:
                yield str(label.value).lower(), str(value.value).lower()
