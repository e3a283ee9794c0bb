"""What a recording of a real pod can show of a computed event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..domain.container import PROXY
from ..text import Text
from ..timeline.build import Timeline
from ..timeline.times import Event

#: A recording as it stands in tests/traces/mesh: what a real kubelet, agent and Envoy did.
Recording = Mapping[str, Any]
PROVENANCE = Text(
    "Measured on a real kubelet (Kubernetes 1.33.13, containerd 1.6.20), Istio's agent at commit 86c9f01f and Envoy 1.39.3, recorded on 2026-11-23.",
    "실제 kubelet(Kubernetes 1.33.13, containerd 1.6.20), 커밋 86c9f01f의 Istio 에이전트, Envoy 1.39.3에서 2026-11-23에 기록했습니다.",
)


def provenance(measured: Recording) -> Text:
    """Who measured: a run of the lab says so itself."""
    if "envoy" not in measured:
        return PROVENANCE
    made = f"Envoy {measured['version'] or '–'}, {measured['date']}, {measured['machine']}"
    return Text(f"Measured in the lab: {made}.", f"실험에서 측정했습니다. {made}")


def ends_of(measured: Recording | None, line: Timeline) -> dict[str, float]:
    """When each container of the timeline was gone in the recording."""
    if measured is None:
        return {}
    containers = measured["measured"]["containers"]
    return {name: float(containers[name]["end"]) for name in line.containers if name in containers}


def leaves_no_trace(event: Event, line: Timeline) -> bool:
    """Whether no recording can show a computed event: the end of a hook after which a native sidecar waits for its turn, or
    a drain of which a hook tells Envoy itself, past the agent."""
    if event.kind == "prestop-end":
        return line.containers[event.actor].native
    proxy = line.pod.proxy_container
    return event.kind == "drain-start" and bool(proxy and proxy.preStop and proxy.preStop.listeners)


def seen_at(event: Event, line: Timeline, measured: Mapping[str, Any]) -> float | None:
    """The moment at which a recording saw an event, if it could."""
    container: Mapping[str, float] = measured["containers"].get(event.actor, {})
    log: list[tuple[float, str]] = measured["agent_log"]
    if leaves_no_trace(event, line):
        return None
    if event.kind in ("end", "sigkill", "envoy-killed"):
        return container.get("end")
    if event.kind == "prestop-end":
        return container.get("stop_called")
    if event.kind == "inbound-closes":
        refused: float | None = measured["new_inbound_requests_10_per_s"]["first_refused"]
        return refused
    if event.kind == "sigterm" and event.actor != PROXY:
        return measured["app"].get("sigterm") if len(line.pod.containers) == 1 else None
    wanted = {"sigterm": "received signal", "drain-start": "Agent draining", "prestop-start": "handling /drain"}.get(
        event.kind
    )
    if wanted is None or event.actor != PROXY:
        return None
    return next((at for at, text in log if text.startswith(wanted)), None)
