"""Cases worked out by hand from the kubelet's and pilot-agent's source; timeline and simulation both give them."""

from __future__ import annotations

from dataclasses import replace

import pytest
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
from timing_rules.timeline import stop_timeout, timeline

from tests.timing.pods import differences

SLEEP_15 = Hook("sleep", 15)
ENDLESS = Hook("exec", NEVER)


def app(shutdown: float, hook: Hook | None = None, name: str = "app", exits_at: float | None = None) -> Container:
    return Container(name, preStop=hook, shutdown=shutdown, exits_at=exits_at)


def a_pod(grace: int, *containers: Container, sidecars: tuple[Container, ...] = (), kubelet: str = "1.36") -> Pod:
    return Pod(containers, sidecars, grace, assumptions=Assumptions(kubernetes=kubelet))


def meshed(kind: Sidecar, grace: int, *containers: Container, hook: Hook | None = None, istio: str = "1.31") -> Pod:
    """With an injected istio-proxy; `hook` is all the hook it has."""
    return Pod(
        containers,
        terminationGracePeriodSeconds=grace,
        sidecar=kind,
        proxy=Container(PROXY, preStop=hook),
        injected=True,
        assumptions=Assumptions(kubernetes="1.36", istio=istio, connections_idle_after=0.0),
    )


def with_settings(pod: Pod, idle_after: float = 0.0, **settings: float | bool) -> Pod:
    assumptions = replace(pod.assumptions, connections_idle_after=idle_after)
    return replace(pod, settings=ProxySettings(**settings), assumptions=assumptions)  # type: ignore[arg-type]


# Per container: SIGTERM, end, and when SIGKILL would come. An end at SIGKILL with "!" behind it was one.
KUBELET = {
    "no hook, app needs 5": (a_pod(30, app(5)), {"app": "0 5 30"}),
    "sleep 15, app needs 10": (a_pod(30, app(10, SLEEP_15)), {"app": "15 25 30"}),
    "sleep 15, app needs 20": (a_pod(30, app(20, SLEEP_15)), {"app": "15 30! 30"}),
    "sleep 28": (a_pod(30, app(NEVER, Hook("sleep", 28))), {"app": "28 30! 30"}),
    "sleep 29": (a_pod(30, app(NEVER, Hook("sleep", 29))), {"app": "29 31! 31"}),
    "sleep 30": (a_pod(30, app(NEVER, Hook("sleep", 30))), {"app": "30 32! 32"}),
    "exec sleep 10000": (a_pod(30, app(NEVER, Hook("exec", 10_000))), {"app": "30 32! 32"}),
    "a hook of 9.9 s counts as 9": (a_pod(30, app(NEVER, Hook("exec", 9.9))), {"app": "9.9 30.9! 30.9"}),
    "exit just in time is no SIGKILL": (a_pod(30, app(30)), {"app": "0 30 30"}),
    "18.8 - 4.8 is 14 whole seconds": (
        a_pod(30, app(14.0, Hook("exec", 4.8)), sidecars=(app(NEVER, Hook("exec", 4.8), "side"),)),
        {"app": "4.8 18.8 30.8", "side": "18.8 30.8! 30.8"},
    ),
    "the classic sidecar does not wait": (
        a_pod(60, app(20, SLEEP_15), app(5, name="proxy")),
        {"app": "15 35 60", "proxy": "0 5 60"},
    ),
    "native sidecar, its hook takes 0.1 s": (
        a_pod(60, app(20, SLEEP_15), sidecars=(app(0.1, Hook("exec", 0.1), "proxy"),)),
        {"app": "15 35 60", "proxy": "35 35.1 61"},
    ),
    "app ignores SIGTERM, the sidecars get 2 s at once": (
        a_pod(30, app(NEVER), sidecars=(app(5, name="s1"), app(1, name="s2"))),
        {"app": "0 30! 30", "s2": "30 31 32", "s1": "30 32! 32"},
    ),
    "reverse order": (
        a_pod(30, app(10), sidecars=(app(3, name="s1"), app(5, name="s2"))),
        {"app": "0 10 30", "s2": "10 15 30", "s1": "15 18 30"},
    ),
    "app ends half a second before the grace period": (
        a_pod(30, app(29.5), sidecars=(app(10, name="s1"),)),
        {"app": "0 29.5 30", "s1": "29.5 31.5! 31.5"},
    ),
    "the sidecar's SIGTERM may come before the app's SIGKILL": (
        a_pod(30, app(NEVER, Hook("exec", 5.3)), sidecars=(app(1, name="s1"),)),
        {"app": "5.3 30.3! 30.3", "s1": "30 31 32"},
    ),
    "the app's hook never ends": (
        a_pod(30, app(1, ENDLESS), sidecars=(app(1, name="s1"),)),
        {"app": "30 31 32", "s1": "30 31 32"},
    ),
    "the sidecar's hook outlives the app": (
        a_pod(30, app(3), sidecars=(app(1, Hook("sleep", 20), "s1"),)),
        {"app": "0 3 30", "s1": "20 21 30"},
    ),
    "the sidecar's hook outlives the grace period": (
        a_pod(30, app(3), sidecars=(app(NEVER, Hook("sleep", 40), "s1"),)),
        {"app": "0 3 30", "s1": "30 32! 32"},
    ),
    "a sidecar waits for the next one only, and that one gave up waiting": (
        a_pod(
            10,
            app(1),
            sidecars=(app(0, Hook("exec", 0.5), "s1"), app(0, ENDLESS, "s2"), app(NEVER, Hook("exec", 0.9), "s3")),
        ),
        {"app": "0 1 10", "s3": "1 11! 11", "s2": "10 10 12", "s1": "10 10 12"},
    ),
    "grace 0 is 1, and then 2 s more": (a_pod(0, app(NEVER, Hook("sleep", 5))), {"app": "1 3! 3"}),
    "grace 1": (a_pod(1, app(NEVER, Hook("sleep", 5))), {"app": "1 3! 3"}),
    "an app that exits during a sleep hook is waited for": (
        a_pod(20, app(0, Hook("sleep", 8), exits_at=2.0), sidecars=(app(1, name="s1"),)),
        {"app": "8 2 20", "s1": "8 9 20"},
    ),
    "an app that exits during an exec hook ends it": (
        a_pod(20, app(0, Hook("exec", 8), exits_at=2.0), sidecars=(app(1, name="s1"),)),
        {"app": "2 2 20", "s1": "2 3 20"},
    ),
    "a sidecar that exits during its exec hook ends it": (
        a_pod(20, app(5), sidecars=(app(0, Hook("exec", 8), "s1", exits_at=2.0),)),
        {"app": "0 5 20", "s1": "5 2 20"},
    ),
    "an app that ignores SIGTERM and leaves on its own": (
        a_pod(20, app(NEVER, exits_at=7.0), sidecars=(app(1, name="s1"),)),
        {"app": "0 7 20", "s1": "7 8 20"},
    ),
    "kubelet 1.28 stops sidecars with the app": (
        a_pod(30, app(10), sidecars=(app(3, name="s1"),), kubelet="1.28"),
        {"app": "0 10 30", "s1": "0 3 30"},
    ),
    "kubelet 1.27 does not count the hook": (
        a_pod(300, app(NEVER, Hook("exec", 300)), kubelet="1.27"),
        {"app": "300 600! 600"},
    ),
    "kubelet 1.25 has no floor of 2 s": (a_pod(1, app(NEVER), kubelet="1.25"), {"app": "0 1! 1"}),
    "kubelet 1.27 does not run a hook in grace 0": (
        a_pod(0, app(NEVER, Hook("exec", 5)), kubelet="1.27"),
        {"app": "0 1! 1"},
    ),
}

# Of the proxy: drain start, listeners closed, Envoy gone, and by whom.
AGENT = {
    "classic, defaults": (meshed(Sidecar.CLASSIC, 30, app(20)), "0 - 5 pilot-agent"),
    "classic, drain 12 s": (
        with_settings(meshed(Sidecar.CLASSIC, 30, app(20)), terminationDrainDuration=12.0),
        "0 - 12 pilot-agent",
    ),
    "classic, drain 500 ms": (
        with_settings(meshed(Sidecar.CLASSIC, 30, app(20)), terminationDrainDuration=0.5),
        "0 - 0.5 pilot-agent",
    ),
    "classic, drain as long as the grace period": (
        with_settings(meshed(Sidecar.CLASSIC, 30, app(20)), terminationDrainDuration=30.0),
        "0 - 30 pilot-agent",
    ),
    "classic, drain over the grace period": (
        with_settings(meshed(Sidecar.CLASSIC, 30, app(20)), terminationDrainDuration=31.0),
        "0 - 30 kubelet",
    ),
    "classic, the drain outlives drainDuration": (
        with_settings(meshed(Sidecar.CLASSIC, 30, app(20)), terminationDrainDuration=12.0, drainDuration=4.0),
        "0 4 12 pilot-agent",
    ),
    "classic, own hook delays all of it": (
        with_settings(
            meshed(Sidecar.CLASSIC, 30, app(20), hook=Hook("sleep", 10)),
            terminationDrainDuration=12.0,
            drainDuration=4.0,
        ),
        "10 14 22 pilot-agent",
    ),
    "classic, own hook calls /drain": (
        meshed(Sidecar.CLASSIC, 30, app(20), hook=Hook("exec", 10, drains_at=4)),
        "4 - 10 pilot-agent",
    ),
    "classic, /drain is unknown before Istio 1.21": (
        meshed(Sidecar.CLASSIC, 30, app(20), hook=Hook("exec", 10, drains_at=4), istio="1.20"),
        "10 - 15 pilot-agent",
    ),
    "classic, the hook is cut before it calls /drain": (
        with_settings(meshed(Sidecar.CLASSIC, 8, app(20), hook=Hook("exec", 20, drains_at=15)), drainDuration=1.0),
        "8 9 10 kubelet",
    ),
    "classic, own hook drains Envoy at once and then waits": (
        meshed(Sidecar.CLASSIC, 30, app(20), hook=Hook("exec", 10, listeners=(1, "closed"))),
        "1 1 15 pilot-agent",
    ),
    "classic, own hook drains Envoy gracefully": (
        with_settings(
            meshed(Sidecar.CLASSIC, 30, app(20), hook=Hook("exec", 10, listeners=(1, "graceful"))), drainDuration=4.0
        ),
        "1 5 15 pilot-agent",
    ),
    "classic, own hook drains Envoy with skip_exit": (
        with_settings(
            meshed(Sidecar.CLASSIC, 30, app(20), hook=Hook("exec", 10, listeners=(1, "open"))), drainDuration=4.0
        ),
        "1 - 15 pilot-agent",
    ),
    "classic, the hook is cut before it drains Envoy": (
        with_settings(
            meshed(Sidecar.CLASSIC, 8, app(20), hook=Hook("exec", 20, listeners=(15, "open"))), drainDuration=1.0
        ),
        "8 9 10 kubelet",
    ),
    "exit on zero, idle: looks first at MIN + 1 s": (
        with_settings(meshed(Sidecar.CLASSIC, 30, app(20)), EXIT_ON_ZERO_ACTIVE_CONNECTIONS=True),
        "0 - 6 pilot-agent",
    ),
    "exit on zero does not read terminationDrainDuration": (
        with_settings(
            meshed(Sidecar.CLASSIC, 30, app(20)),
            EXIT_ON_ZERO_ACTIVE_CONNECTIONS=True,
            MINIMUM_DRAIN_DURATION=2.5,
            terminationDrainDuration=20.0,
        ),
        "0 - 3.5 pilot-agent",
    ),
    "exit on zero, idle at 8: the tick that sees it": (
        with_settings(
            meshed(Sidecar.CLASSIC, 30, app(20)), 8, EXIT_ON_ZERO_ACTIVE_CONNECTIONS=True, MINIMUM_DRAIN_DURATION=2.5
        ),
        "0 - 8.5 pilot-agent",
    ),
    "exit on zero behind an own hook: it ticks from SIGTERM": (
        with_settings(
            meshed(Sidecar.CLASSIC, 30, app(20), hook=Hook("sleep", 3)),
            8,
            EXIT_ON_ZERO_ACTIVE_CONNECTIONS=True,
            MINIMUM_DRAIN_DURATION=2.5,
        ),
        "3 - 8.5 pilot-agent",
    ),
    "exit on zero, never idle: only SIGKILL ends it": (
        with_settings(
            meshed(Sidecar.CLASSIC, 30, app(20)), NEVER, EXIT_ON_ZERO_ACTIVE_CONNECTIONS=True, drainDuration=12.0
        ),
        "0 12 30 kubelet",
    ),
    "native: drains at 0, goes with the app, settings have no effect": (
        with_settings(
            meshed(Sidecar.NATIVE, 30, app(9), hook=ISTIO_DRAIN_HOOK),
            NEVER,
            terminationDrainDuration=30.0,
            EXIT_ON_ZERO_ACTIVE_CONNECTIONS=True,
            MINIMUM_DRAIN_DURATION=20.0,
            drainDuration=3.0,
        ),
        "0 - 9 pilot-agent",
    ),
    "native, started before another sidecar: stops after it": (
        replace(
            meshed(Sidecar.NATIVE, 30, app(9), hook=ISTIO_DRAIN_HOOK), sidecars=(app(2, name="log"),), proxy_index=0
        ),
        "0 - 11 pilot-agent",
    ),
    "native, started after another sidecar: stops before it": (
        replace(
            meshed(Sidecar.NATIVE, 30, app(9), hook=ISTIO_DRAIN_HOOK), sidecars=(app(2, name="log"),), proxy_index=1
        ),
        "0 - 9 pilot-agent",
    ),
    "native, app uses the whole grace period": (
        meshed(Sidecar.NATIVE, 30, app(NEVER), hook=ISTIO_DRAIN_HOOK),
        "0 - 30 pilot-agent",
    ),
    "native on Istio 1.20: no hook, the classic drain after the app": (
        meshed(Sidecar.NATIVE, 30, app(9), istio="1.20"),
        "9 - 14 pilot-agent",
    ),
    "native on Istio 1.20, grace used up: cut after 2 s": (
        meshed(Sidecar.NATIVE, 30, app(NEVER), istio="1.20"),
        "30 - 32 kubelet",
    ),
    "native, own hook without /drain: the classic drain after the app": (
        with_settings(meshed(Sidecar.NATIVE, 30, app(9), hook=Hook("sleep", 4)), drainDuration=2.0),
        "9 11 14 pilot-agent",
    ),
    "gateway": (
        with_settings(meshed(Sidecar.GATEWAY, 30, app(9)), terminationDrainDuration=6.0, drainDuration=3.0),
        "0 3 6 pilot-agent",
    ),
}


KUBELET_1_27_GRACE_0 = replace(
    meshed(Sidecar.CLASSIC, 0, app(20), hook=Hook("exec", 0, drains_at=0)),
    assumptions=Assumptions(kubernetes="1.27", istio="1.31", connections_idle_after=0.0),
)
AGENT["kubelet 1.27 does not run a hook in grace 0, so nothing has drained"] = (KUBELET_1_27_GRACE_0, "0 - 1 kubelet")


def seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


@pytest.mark.parametrize(("pod", "expected"), KUBELET.values(), ids=KUBELET)
def test_kubelet(pod: Pod, expected: dict[str, str]) -> None:
    computed = {
        name: f"{seconds(times.sigterm)} {seconds(times.end)}{'!' * bool(times.killed)} {seconds(times.sigkill)}"
        for name, times in timeline(pod).containers.items()
    }
    assert computed == expected
    assert differences(pod) == []


@pytest.mark.parametrize(("pod", "expected"), AGENT.values(), ids=AGENT)
def test_agent(pod: Pod, expected: str) -> None:
    proxy = timeline(pod).proxy
    assert proxy
    times = map(seconds, (proxy.drain_start, proxy.inbound_closes, proxy.envoy_killed))
    assert " ".join([*times, str(proxy.killed_by)]) == expected
    assert differences(pod) == []


@pytest.mark.parametrize("kind", [Sidecar.NATIVE, Sidecar.CLASSIC])
def test_a_proxy_that_is_still_to_be_injected_is_the_injected_one(kind: Sidecar) -> None:
    hook = ISTIO_DRAIN_HOOK if kind is Sidecar.NATIVE else None
    injected = meshed(kind, 30, app(9, Hook("sleep", 4)), hook=hook)
    before = replace(injected, injected=False, proxy=None)
    assert timeline(before).containers == timeline(injected).containers
    assert timeline(before).proxy == timeline(injected).proxy


@pytest.mark.parametrize(
    ("grace", "hook", "expected"), [(30, 0, 30), (30, 9.9, 21), (30, 28, 2), (30, 29.5, 2), (30, 99, 2), (1, 0, 2)]
)
def test_stop_timeout(grace: int, hook: float, expected: int) -> None:
    assert stop_timeout(grace, hook) == expected


def test_a_pod_without_sidecars_says_nothing_of_a_proxy() -> None:
    line = timeline(a_pod(30, app(5)))
    assert line.proxy is None
    assert (line.assumed, line.unknown, line.ends) == ((), (), 5)


@pytest.mark.parametrize(
    ("lasts", "drains", "known", "expected"),
    [
        # the end of Envoy, then the closing of its listeners; None: whatever the load balancer still sends is served
        (30.0, 150.0, {"lb_deregistration": 120.0}, (30.0, 120.0)),
        (150.0, 45.0, {"lb_deregistration": 120.0}, (45.0, 120.0)),
        (150.0, 150.0, {"lb_deregistration": 120.0}, None),
        (5.0, 45.0, {"propagation": 9.0}, (5.0, 9.0)),
        (5.0, 45.0, {"propagation": 9.0, "lb_deregistration": 7.0}, (5.0, 9.0)),
    ],
)
def test_a_gateway_refuses_whoever_sends_after_it_has_left(
    lasts: float, drains: float, known: dict[str, float], expected: tuple[float, float] | None
) -> None:
    pod = with_settings(meshed(Sidecar.GATEWAY, 240), terminationDrainDuration=lasts, drainDuration=drains)
    pod = replace(pod, assumptions=replace(pod.assumptions, **known))  # type: ignore[arg-type]
    assert [(window.start, window.end) for window in timeline(pod).losses] == ([expected] if expected else [])
