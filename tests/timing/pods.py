"""Pods to try: the same maker serves a seeded generator and hypothesis; and the way from a pod to the simulation."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from timing_rules.domain import (
    ISTIO_DRAIN_HOOK,
    NEVER,
    PROXY,
    Assumptions,
    Container,
    Hook,
    Pod,
    ProxySettings,
    Sidecar,
)
from timing_rules.timeline import Timeline, timeline

from tests import simulation

Pick = Callable[[Sequence[Any]], Any]  # random.choice, or hypothesis drawing: simplest value first

KUBELETS = ("1.37", "1.33", "1.29", "1.28", "1.27", "1.25")
KUBELETS_WITH_SIDECARS = KUBELETS[:4]
KUBELETS_WITH_ORDER = KUBELETS[:3]
ISTIOS = ("1.31", "1.21", "1.20", "1.19")
KINDS = (Sidecar.NONE, Sidecar.CLASSIC, Sidecar.NATIVE, Sidecar.GATEWAY)


def make_pod(
    pick: Pick,
    kubelets: Sequence[str] = KUBELETS,
    istios: Sequence[str] = ISTIOS,
    kinds: Sequence[Sidecar] = KINDS,
) -> Pod:
    """Any pod whose times are all known."""
    grace = pick((30, 10, 20, 60, pick(range(61)), pick((0, 1, 2, 3, 5, 8))))
    kubelet = pick(kubelets)
    can_have_sidecars = kubelet in KUBELETS_WITH_SIDECARS
    names = [f"app{i}" for i in range(pick((1, 2, 3)))]
    sidecars = [f"side{i}" for i in range(pick((0, 1, 2, 3)))] if can_have_sidecars else []
    kind = pick(kinds)
    if kind is Sidecar.NATIVE and not can_have_sidecars:
        kind = Sidecar.CLASSIC
    return Pod(
        containers=tuple(_container(pick, name, grace) for name in names),
        sidecars=tuple(_container(pick, name, grace) for name in sidecars),
        terminationGracePeriodSeconds=grace,
        sidecar=kind,
        proxy=None if kind is Sidecar.NONE else Container(PROXY, preStop=_proxy_hook(pick, kind, grace)),
        proxy_index=pick(range(len(sidecars) + 1)) if kind is Sidecar.NATIVE else 0,
        injected=kind is not Sidecar.NONE,
        settings=_settings(pick, grace),
        assumptions=Assumptions(
            kubernetes=kubelet,
            istio=pick(istios),
            connections_idle_after=pick((0.0, NEVER, _seconds(pick, grace))),
        ),
    )


def random_pod(seed: int) -> Pod:
    """The pod of this number."""
    return make_pod(random.Random(seed).choice)


@st.composite
def pods(
    draw: st.DrawFn,
    kubelets: Sequence[str] = KUBELETS,
    istios: Sequence[str] = ISTIOS,
    kinds: Sequence[Sidecar] = KINDS,
) -> Pod:
    return make_pod(lambda values: draw(st.sampled_from(values)), kubelets, istios, kinds)


def _seconds(pick: Pick, grace: int) -> float:
    """A length of time: round, with tenths or with odd microseconds, often near the grace period."""
    match pick(("tenths", "tenths", "whole", "near grace", "microseconds")):
        case "whole":
            return float(pick(range(31)))
        case "tenths":
            return pick(range(201)) / 10
        case "near grace":
            return max(0, 10 * grace + pick((0, -1, 1, -10, 10, -19, -20, -21))) / 10
        case _:
            return pick(range(20_000_000)) / 1_000_000


def _hook(pick: Pick, grace: int) -> Hook | None:
    match pick((None, "sleep", "exec", "httpGet")):
        case None:
            return None
        case "sleep":
            return Hook("sleep", float(round(_seconds(pick, grace))))
        case kind:
            return Hook(kind, pick((_seconds(pick, grace), _seconds(pick, grace), _seconds(pick, grace), NEVER)))


def _container(pick: Pick, name: str, grace: int) -> Container:
    shutdown = pick((0.0, _seconds(pick, grace), _seconds(pick, grace), NEVER))
    exits_at = pick((None, None, None, None, _seconds(pick, grace)))
    hook = _hook(pick, grace)
    if (
        hook is not None
        and hook.kind == "exec"
        and hook.seconds is not None
        and exits_at is None
        and pick((False, False, True))
    ):
        # The exec of a hook that was cut goes on for its container's last two seconds; that corner is left out.
        at = min(hook.seconds, round(max(0, grace - 0.1), 6), _seconds(pick, grace))
        call = pick(({"quits": (at, True)}, {"quits": (at, False)}, {"listeners": (at, "closed")}))
        hook = replace(hook, **call)
    return Container(name, preStop=hook, shutdown=shutdown, exits_at=exits_at)


def _proxy_hook(pick: Pick, kind: Sidecar, grace: int) -> Hook | None:
    match pick(("usual", "own", "own drain", "listeners")):
        case "usual":
            return ISTIO_DRAIN_HOOK if kind is Sidecar.NATIVE else None
        case "own":
            return _hook(pick, grace)
        case what:
            at = _seconds(pick, grace)
            length = round(at + pick((0, _seconds(pick, grace))), 6)
            if what == "own drain":
                return Hook("exec", length, drains_at=at)
            how = pick(("closed", "graceful", "open"))
            # The exec of a hook that was cut goes on for its container's last two seconds; that corner is left out.
            return Hook("exec", length, listeners=(min(at, grace) if how == "closed" else at, how))


def _settings(pick: Pick, grace: int) -> ProxySettings:
    return ProxySettings(
        terminationDrainDuration=pick((5.0, 0.5, _seconds(pick, grace))),
        drainDuration=float(pick((45, pick(range(1, 21))))),
        MINIMUM_DRAIN_DURATION=pick((5.0, 0.5, _seconds(pick, grace))),
        EXIT_ON_ZERO_ACTIVE_CONNECTIONS=pick((False, True)),
    )


def simulated(pod: Pod) -> dict[str, simulation.Stopped]:
    """What the simulation makes of the pod."""
    proxy = pod.proxy_container
    native = [_as_simulated(c, pod, sidecar=True, is_proxy=c.name == PROXY) for c in pod.natives]
    ordinary = [_as_simulated(c, pod) for c in pod.containers]
    if proxy and pod.sidecar is not Sidecar.NATIVE:
        ordinary.append(_as_simulated(proxy, pod, is_proxy=True))
    kubelet = pod.kubernetes or (1, 37)
    return simulation.simulate(
        simulation.Pod(pod.terminationGracePeriodSeconds, (*native, *ordinary), (kubelet[0], kubelet[1]))
    )


def _as_simulated(container: Container, pod: Pod, *, sidecar: bool = False, is_proxy: bool = False) -> Any:
    hook, settings = container.preStop, pod.settings
    return simulation.Container(
        container.name,
        shutdown=_ticks(container.shutdown),
        hook=_hook_as_simulated(hook, is_proxy=is_proxy) if hook else None,
        sidecar=sidecar,
        agent=simulation.Agent(
            termination_drain=round(settings.terminationDrainDuration * simulation.SECOND),
            drain_time=round(settings.drainDuration * simulation.SECOND),
            exit_on_zero=settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS,
            minimum_drain=round(settings.MINIMUM_DRAIN_DURATION * simulation.SECOND),
            idle_from=_ticks(pod.assumptions.connections_idle_after),
            knows_drain=pod.istio is None or pod.istio >= (1, 21),
        )
        if is_proxy
        else None,
        exits_at=_ticks(container.exits_at),
    )


def _hook_as_simulated(hook: Hook, *, is_proxy: bool) -> simulation.Hook:
    length, runs = _ticks(hook.seconds), hook.kind == "exec"
    if is_proxy:
        return simulation.Hook(length, runs, _calls(hook))
    asked = None
    if hook.quits is not None:
        asked = (hook.quits[0], "quit agent" if hook.quits[1] else "quit envoy")
    elif hook.listeners is not None:
        asked = hook.listeners
    return simulation.Hook(length, runs, to_proxy=(_ticks(asked[0]) or 0, asked[1]) if asked else None)


def _calls(hook: Hook) -> tuple[int, str] | None:
    at, what = hook.listeners or (hook.drains_at, "drain")
    ticks = _ticks(at)
    return None if ticks is None else (ticks, what)


def _ticks(time: float | None) -> int | None:
    """Seconds as the simulation counts them; None for never."""
    return None if time is None or time == NEVER else round(time * simulation.SECOND)


def differences(pod: Pod, line: Timeline | None = None) -> list[str]:
    """Where timeline and simulation disagree by a microsecond or a verdict."""
    line = line or timeline(pod)
    found = []
    for name, stopped in simulated(pod).items():
        times, proxy = line.containers[name], stopped.proxy
        pairs = [
            ("prestop_end", times.prestop_end, stopped.hook_end),
            ("sigterm", times.sigterm, stopped.sigterm),
            ("sigkill", times.sigkill, stopped.sigkill),
            ("end", times.end, stopped.end),
        ]
        verdicts: list[tuple[str, Any, Any]] = [("killed", times.killed, stopped.killed)]
        if proxy:
            assert line.proxy and line.proxy.container == name
            pairs += [
                ("drain_start", line.proxy.drain_start, proxy.drain_start),
                ("inbound_closes", line.proxy.inbound_closes, proxy.inbound_closes),
                ("envoy_killed", line.proxy.envoy_killed, proxy.envoy_end),
            ]
            verdicts.append(("killed_by", line.proxy.killed_by, proxy.killed_by))
        verdicts += [(what, _ticks(computed), ran) for what, computed, ran in pairs]
        found += [f"{name}.{w}: timeline {c}, simulation {r}" for w, c, r in verdicts if c != r]
    return found
