"""Which undeclared facts would decide more, of all the pods of a run together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from ..domain import Pod, Sidecar
from ..timeline import Timeline, timeline
from .engine import missing_facts

#: How many pods are looked at closely: each costs several checks.
MOST_PODS = 10


class Missing(NamedTuple):
    """The facts that would decide more, each with the number of pods that do not declare it.

    `looked_at` pods were judged with and without their facts; `left_out` pods that lack other facts were not.
    """

    facts: dict[str, int]
    looked_at: int
    left_out: int


def missing_of(pods: Iterable[Pod]) -> Missing:
    """What would decide more. A pod is looked at only while it lacks a fact that no pod before it has named."""
    lacking: Counter[str] = Counter()
    named: dict[str, None] = {}
    looked_at = left_out = 0
    for pod in pods:
        line = timeline(pod)
        facts = _undeclared(line)
        lacking.update(facts)
        if facts <= named.keys():
            continue
        if looked_at == MOST_PODS:
            left_out += 1
            continue
        looked_at += 1
        named |= dict.fromkeys(_fact(name) for name in missing_facts(pod, line))
    return Missing({fact: lacking[fact] for fact in named}, looked_at, left_out)


def _fact(name: str) -> str:
    """`app-shutdown.web` is the fact `app-shutdown`, and the mode is the fact `sidecar`."""
    return name.partition(".")[0].partition(" ")[0]


def _undeclared(line: Timeline) -> set[str]:
    """What a pod does not declare, whether it would decide anything or not."""
    pod, facts = line.pod, {_fact(name) for name in line.unknown}
    if "sidecar" in line.assumed:
        facts.add("sidecar")
    if pod.sidecar is Sidecar.GATEWAY and pod.assumptions.lb_deregistration is None:
        facts.add("lb-deregistration")
    return facts
