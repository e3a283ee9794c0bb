"""A pod's whole termination: the arithmetic run with the least and the greatest of what is unknown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .. import versions
from ..domain.container import NEVER, Sidecar
from ..domain.pod import Pod
from .arithmetic import Run
from .events import events
from .losses import losses
from .times import ContainerTimes, Event, Moments, ProxyTimes, Times, Window


@dataclass(frozen=True)
class Timeline(Times):
    """A pod's whole termination, with what a reader is told of it."""

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """All that happens whose time is known, in order."""
        return tuple(events(self))

    @cached_property
    def losses(self) -> tuple[Window, ...]:
        """The spans in which requests can be lost, by the facts that are known, in order."""
        return tuple(sorted(losses(self), key=lambda window: (window.start, window.end)))


def timeline(pod: Pod) -> Timeline:
    """The termination of a pod, from the kubelet's first step to the end of the last container.

    Units: seconds. What hangs on an undeclared fact is `None`, and the fact is named in `unknown`. A pod whose sidecar
    mode or versions nothing decides is shown with the newest versions, and `assumed` says so. Raises nothing.
    """
    assumed = []
    if pod.sidecar is None:
        assumed.append("sidecar")
        pod = pod.decided(Sidecar.NATIVE)
    assert pod.sidecar is not None
    if pod.istio is None and pod.sidecar is not Sidecar.NONE:
        assumed.append("istio")
    if pod.kubernetes is None:
        assumed.append("kubernetes")
    least, most = Run(pod, False), Run(pod, True)
    earliest, latest = _moments(least), _moments(most)
    runs = [earliest, latest]
    if any(low.hook != high.hook for low, high in zip(least.stops, most.stops, strict=True)):
        # An unknown hook may also end within the second that the kubelet cuts off: a SIGKILL 2 s later than `latest` knows.
        runs.append(_moments(Run(pod, True, more=1e-6)))
    ends = {name: [moments.containers[name] for moments in runs] for name in earliest.containers}
    proxies = [moments.proxy for moments in runs if moments.proxy is not None]
    return Timeline(
        pod=pod,
        sidecar=pod.sidecar,
        istio=pod.istio or versions.NEWEST["istio"],
        kubernetes=pod.kubernetes or versions.NEWEST["kubernetes"],
        assumed=tuple(assumed),
        unknown=tuple(_unknown(pod, least, most)),
        grace=pod.grace,
        containers={name: ContainerTimes(**_agreed(times)) for name, times in ends.items()},
        proxy=ProxyTimes(**_agreed(proxies)) if proxies else None,
        earliest=earliest,
        latest=latest,
    )


def _moments(run: Run) -> Moments:
    return Moments({stop.container.name: run.times(stop) for stop in run.stops}, run.proxy_times())


def _agreed(runs: Iterable[ContainerTimes | ProxyTimes]) -> dict[str, Any]:
    """What is the same in every run; `None` for what is not."""
    first, *others = map(vars, runs)
    return {key: value if all(run[key] == value for run in others) else None for key, value in first.items()}


def _unknown(pod: Pod, least: Run, most: Run) -> Iterable[str]:
    for low, high in zip(least.stops, most.stops, strict=True):
        container = low.container
        if low.hook != high.hook:
            yield f"prestop.{container.name}"
        if low is not least.proxy and container.shutdown is None and container.exits_at is None:
            yield f"app-shutdown.{container.name}"
    if least.proxy and most.proxy and pod.assumptions.connections_idle_after is None:
        low, high = least.proxy, most.proxy
        if high.shutdown == NEVER and low.end != high.end:
            yield "connections-idle-after"
