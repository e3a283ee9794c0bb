"""The arithmetic of the kubelet, of pilot-agent and of Envoy.

Sources: the kubelet's `killContainer` and termination order, pilot-agent's `terminate()` (see `versions.py`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from .. import versions
from ..domain.container import NEVER, Container, Hook, Sidecar
from ..domain.pod import Pod
from ..domain.settings import ProxySettings
from ..versions import Version
from .times import ExactTimes, ProxyTimes


@dataclass
class Stop:
    """One container in one run of the arithmetic, every length a number."""

    container: Container
    native: bool
    hook: float
    shutdown: float
    hook_runs: bool = False
    exits: float = NEVER
    sigterm: float = 0.0
    sigkill: float = 0.0
    end: float = 0.0
    done: float = 0.0
    drain_start: float | None = None
    closes: float = NEVER
    begins: float = NEVER
    agent_done: float = NEVER


def exact(*parts: float) -> float:
    """A sum of seconds, rounded to a microsecond, as it has to be before whole seconds are cut from it."""
    return round(float(sum(parts)), 6)


def whole(value: float) -> int:
    """The whole seconds of a length, which are all that the kubelet counts."""
    return math.floor(round(value, 6))


def stop_timeout(grace: int, prestop: float, kubernetes: Version | None = None) -> int:
    """Whole seconds that the kubelet leaves between SIGTERM and SIGKILL after a hook of `prestop` seconds.

    Source: `killContainer` in the kubelet; `kubernetes` 1.27 and older did not count the hook.
    """
    if not versions.PRESTOP_COUNTS.holds(kubernetes):
        return grace
    return max(int(versions.MINIMUM_STOP_TIMEOUT.value), grace - whole(min(prestop, grace)))


def agent_seconds(settings: ProxySettings, sigterm: float, drained: bool, idle_after: float) -> float:
    """How long pilot-agent takes from SIGTERM until it kills Envoy; infinity if it waits for ever.

    `drained`: a hook has called `/drain`, so it exits at once. `idle_after`: when the counted connections are 0.
    Source: `pkg/envoy/agent.go` of Istio, `terminate()`.
    """
    if drained:
        return 0.0
    if not settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS:
        return max(0.0, settings.terminationDrainDuration)
    sleep = max(0.0, settings.MINIMUM_DRAIN_DURATION)
    if idle_after == NEVER:
        return NEVER
    tick = versions.CONNECTION_CHECK_INTERVAL.value
    waits = math.ceil(exact(idle_after, -sigterm, -sleep) / tick)
    return exact(sleep, tick * max(1, waits))


class Run:
    """The arithmetic once, every unknown length set to its least (`most=False`) or its greatest.

    `more` makes an unknown hook end that much before the grace period, with a fraction that the kubelet cuts off.
    """

    def __init__(self, pod: Pod, most: bool, more: float | None = None) -> None:
        self.pod, self.most, self.more, self.grace = pod, most, more, pod.grace
        proxy = pod.proxy_container
        classic = () if proxy is None or pod.sidecar is Sidecar.NATIVE else (proxy,)
        apps = [self._stop(container, False) for container in (*pod.containers, *classic)]
        natives = [self._stop(container, True) for container in pod.natives]
        self.stops = apps + natives
        self.proxy = None if proxy is None else apps[-1] if classic else natives[pod.proxy_index]
        for stop in self.stops if classic else ():
            self._through_agent(stop, apps[-1])
        ordered = versions.SIDECAR_ORDER.holds(pod.kubernetes)
        for stop in apps if ordered else self.stops:
            self._ordinary(stop)
        if ordered:
            apps_done = turn = max((stop.done for stop in apps), default=0.0)
            for stop in reversed(natives):
                self._in_turn(stop, turn)
                turn = max(apps_done, stop.done)  # a sidecar waits for the apps and for the next one only

    def _stop(self, container: Container, native: bool) -> Stop:
        hook = container.preStop
        length = 0.0 if hook is None else hook.least
        if hook is not None and hook.seconds is None and self.most:
            length = NEVER if self.more is None else max(length, exact(self.grace, -self.more))
        exits = NEVER if container.exits_at is None else container.exits_at
        if hook is not None and hook.kind == "exec":
            length = min(length, exits)  # an exec dies with its container
        shutdown = container.shutdown if container.shutdown is not None else NEVER if self.most else 0.0
        # An older kubelet gives a hook the written grace period; with 0 it does not run it.
        counts = versions.PRESTOP_COUNTS.holds(self.pod.kubernetes)
        longest = self.grace if counts else max(0, self.pod.terminationGracePeriodSeconds)
        return Stop(container, native, float(min(length, longest)), shutdown, hook is not None and longest > 0, exits)

    def _through_agent(self, stop: Stop, proxy: Stop) -> None:
        """A classic pod's agent closes its port at SIGTERM: a hook through it fails at once, or is cut when it exits."""
        hook = stop.container.preStop
        if hook is not None and hook.agent:
            self._ordinary(proxy)
            refused = proxy.sigterm == 0 and not self.most
            stop.hook = 0.0 if refused else min(stop.hook, max(0.0, exact(proxy.end, -(self.more or 0.0))))

    def _ordinary(self, stop: Stop) -> None:
        self._quit(stop, stop.hook)
        stop.sigterm = stop.hook
        self._finish(stop, stop_timeout(self.grace, stop.hook, self.pod.kubernetes))

    def _in_turn(self, stop: Stop, turn: float) -> None:
        self._quit(stop, self._waited(stop.hook, turn))
        stop.sigterm = self._waited(stop.hook, turn)
        left, waited = self.grace - whole(stop.hook), whole(exact(stop.sigterm, -stop.hook))
        self._finish(stop, max(int(versions.MINIMUM_STOP_TIMEOUT.value), left - waited))

    def _waited(self, hook: float, turn: float) -> float:
        left = self.grace - whole(hook)
        return min(max(hook, turn), exact(hook, left)) if left > 0 else hook

    def _quit(self, stop: Stop, sigterm: float) -> None:
        """Another container's hook may end the proxy: the agent answers until SIGTERM, Envoy as long as it is there."""
        if stop is not self.proxy:
            return
        old = not versions.DRAIN_HOOK.holds(self.pod.istio)  # such an agent signals itself, and drains
        heard = [(at, agent and old) for at, agent in self._calls(stop, "quits") if not agent or at < sigterm]
        signals = [at for at, signal in heard if signal]
        stop.begins = min([sigterm, *signals])
        stop.shutdown = self._agent(stop)
        ends = [exact(stop.begins, stop.shutdown)] if signals else []
        stop.exits = min([stop.exits, *ends, *(at for at, signal in heard if not signal)])
        if stop.container.preStop is not None and stop.container.preStop.kind == "exec":
            stop.hook = min(stop.hook, stop.exits)

    def _calls(self, stop: Stop, what: str) -> list[tuple[float, Any]]:
        """What the hooks of the other containers ask of the proxy, and when."""
        others = [(other, getattr(other.container.preStop, what, None)) for other in self.stops if other is not stop]
        return [call for other, call in others if call is not None and other.hook_runs and call[0] <= other.hook]

    def _finish(self, stop: Stop, timeout: int) -> None:
        stop.sigkill = exact(stop.sigterm, timeout)
        if stop.exits <= stop.sigterm:
            stop.end, stop.done = stop.exits, stop.sigterm
            stop.drain_start = stop.drain_start if (stop.drain_start or 0.0) < stop.exits else None
            return
        stop.agent_done = min(exact(stop.sigterm, stop.shutdown), stop.exits)
        stop.end = stop.done = min(stop.agent_done, stop.sigkill)

    def _agent(self, stop: Stop) -> float:
        hook, settings = stop.container.preStop, self.pod.settings
        called = drains_at(hook, self.pod.istio) if stop.hook_runs else None
        drained = called is not None and called <= stop.hook
        own = hook.listeners if hook is not None and stop.hook_runs else None
        admin = [own] if own is not None and own[0] <= stop.hook else []
        at, manner = min([*admin, (stop.begins, "graceful")], key=lambda call: call[0])
        stays = {"closed": 0.0, "open": NEVER}.get(manner, max(0.0, settings.drainDuration))
        stop.drain_start, stop.closes = (called, NEVER) if drained else (at, exact(at, stays))
        for at, manner in (*admin, *self._calls(stop, "listeners")):
            if manner == "closed":
                stop.drain_start, stop.closes = min(at, stop.drain_start or 0.0), min(at, stop.closes)
        idle = self.pod.assumptions.connections_idle_after
        idle = idle if idle is not None else NEVER if self.most else 0.0
        return agent_seconds(settings, stop.begins, drained, idle)

    def times(self, stop: Stop) -> ExactTimes:
        killed = stop.agent_done > stop.sigkill and stop.end == stop.sigkill
        prestop = None if stop.container.preStop is None else stop.hook
        return ExactTimes(prestop, stop.sigterm, stop.end, stop.sigkill, killed, stop.native)

    def proxy_times(self) -> ProxyTimes | None:
        stop = self.proxy
        if stop is None:
            return None
        closes = stop.closes if stop.closes < stop.end else None
        by = "kubelet" if self.times(stop).killed else "pilot-agent"
        return ProxyTimes(stop.container.name, stop.drain_start, closes, stop.end, by)


def drains_at(hook: Hook | None, istio: Version | None) -> float | None:
    """When a hook makes the agent drain (Istio 1.21 and later have `/drain`), or `None`."""
    return hook.drains_at if hook is not None and versions.DRAIN_HOOK.holds(istio) else None
