"""PT302: the grace period is longer than the node's notice."""

from __future__ import annotations

from collections.abc import Iterator

from .. import versions
from ..source.node import Node
from ..text import Text
from .places import grace_at
from .rule import DECLARED, About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text("The grace period is longer than the node's notice", "유예 기간이 노드의 종료 예고 시간보다 깁니다"),
    what=Text(
        "Fires when the declared node-shutdown is shorter than the grace period; `info` for a well-known spot "
        "selector (AWS 120 s, Azure 30 s, GKE 15 s).",
        "선언한 node-shutdown 값이 유예 기간보다 짧으면 보고합니다. 잘 알려진 스팟 노드 선택자(AWS 120초, Azure 30초, GKE 15초)만 있으면 `info`입니다.",
    ),
    why=Text("The node is gone before the pod has finished.", "파드가 다 종료되기 전에 노드가 없어집니다."),
    fix=Text(
        "Keep preStop + shutdown, and with them terminationGracePeriodSeconds, within the notice.",
        "preStop + 종료 시간을 줄이고 terminationGracePeriodSeconds 값도 예고 시간 이하로 줄이십시오.",
    ),
    see=(
        "settings/around.md#node-shutdown",
        "settings/app-and-pod.md#grace-period",
        "examples.md#spot-node-fits-the-120-second-notice",
    ),
)
MESSAGE = Text(
    "the grace period is {g} s, and the node gets {n} s of notice ({who})",
    "유예 기간은 {g}초인데 노드의 종료 예고 시간은 {n}초입니다 ({who})",
)
#: Labels of spot nodes: (key, value in lower case) → the notice that such a node gets.
SPOT = {
    ("karpenter.sh/capacity-type", "spot"): versions.AWS_SPOT_NOTICE,
    ("eks.amazonaws.com/capacitytype", "spot"): versions.AWS_SPOT_NOTICE,
    ("node.kubernetes.io/lifecycle", "spot"): versions.AWS_SPOT_NOTICE,
    ("kubernetes.azure.com/scalesetpriority", "spot"): versions.AZURE_SPOT_NOTICE,
    ("cloud.google.com/gke-spot", "true"): versions.GKE_SPOT_NOTICE,
    ("cloud.google.com/gke-preemptible", "true"): versions.GKE_SPOT_NOTICE,
    ("cloud.google.com/gke-provisioning", "spot"): versions.GKE_SPOT_NOTICE,
    ("cloud.google.com/gke-provisioning", "preemptible"): versions.GKE_SPOT_NOTICE,
}


#: Labels that no other nodes have: to ask for one is to ask for a spot node, whatever its value.
ONLY_SPOT = {
    "kubernetes.azure.com/scalesetpriority": "spot",
    "cloud.google.com/gke-spot": "true",
    "cloud.google.com/gke-preemptible": "true",
}


def longer_than_notice(case: Case) -> Iterator[Problem]:
    """The grace period, where the node goes before it is over."""
    pod = case.pod
    notice, severity, who = pod.assumptions.node_shutdown, Severity.WARNING, DECLARED
    if notice is None:
        labels = set(_selected(pod.node))
        row = next((row for pair, row in SPOT.items() if pair in labels), None)
        if row is None:
            return
        notice, severity, who = row.value, Severity.INFO, Text(row.name, row.what.ko)
    if notice < pod.grace:
        yield Problem(grace_at(pod), severity=severity, say=MESSAGE, g=pod.grace, n=notice, who=who)


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
        for expression in expressions.items if expressions is not None else []:
            label, values, operator = (expression.get(key) for key in ("key", "values", "operator"))
            if label is None or operator is None:
                continue
            key = str(label.value).lower()
            if operator.value == "In" and values is not None:
                yield from ((key, str(value.value).lower()) for value in values.items)
            elif operator.value == "Exists" and key in ONLY_SPOT:
                yield key, ONLY_SPOT[key]


RULE = Rule("PT302", Severity.WARNING, ABOUT, longer_than_notice)
