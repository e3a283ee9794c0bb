"""The closed formulas of the timeline against a step by step run of the same sources (tests/simulation.py)."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from timing_rules.domain import PROXY, Pod, Sidecar
from timing_rules.timeline import Timeline, timeline

from tests.timing.pods import differences, pods, random_pod

PODS = 10_000


def situations(line: Timeline) -> list[str]:
    """What a pod went through, as far as it takes a formula of its own."""
    found = [f"kubelet {line.kubernetes}", f"{line.sidecar} sidecar"]
    for times in line.containers.values():
        kind = "sidecar" if times.native else "app"
        found.append(f"{kind} {'killed' if times.killed else 'in time'}")
        if times.prestop_end == line.grace:
            found.append(f"{kind}'s hook cut")
        if times.native and times.sigterm is not None and times.sigterm >= line.grace:
            found.append("sidecar got no turn")
        if times.end is not None and times.sigterm is not None and times.end < times.sigterm:
            found.append(f"{kind} left by itself")
    if line.proxy:
        found.append(f"Envoy killed by {line.proxy.killed_by}")
        found.append("drained by a hook" if line.proxy.drain_start != line.containers[PROXY].sigterm else "")
        sigterm = line.containers[PROXY].sigterm
        ended = line.proxy.envoy_killed is not None and sigterm is not None and line.proxy.envoy_killed < sigterm
        found.append("ended by the hook of another" if ended else "")
        found.append("listeners closed" if line.proxy.inbound_closes is not None else "")
    if line.sidecar is not Sidecar.NONE and line.pod.settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS:
        found.append("exit on zero")
    return [one for one in found if one]


def test_random_pods() -> None:
    seen: Counter[str] = Counter()
    wrong: dict[int, list[str]] = {}
    for seed in range(PODS):
        line = timeline(random_pod(seed))
        seen.update(set(situations(line)))
        if found := differences(line.pod, line):
            wrong[seed] = found
    first = "\n".join(f"random_pod({seed}): {'; '.join(found)}" for seed, found in list(wrong.items())[:5])
    assert not wrong, f"{len(wrong)} of {PODS} pods differ:\n{first}"
    rare = {what: times for what, times in seen.items() if times < PODS // 100}
    assert (len(seen), rare) == (25, {}), seen


@settings(max_examples=300, deadline=None, derandomize=True)
@given(pods())
def test_any_pod(pod: Pod) -> None:
    assert differences(pod) == []
