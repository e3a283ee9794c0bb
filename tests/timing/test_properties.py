"""What holds for every pod, whatever its numbers."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
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
from timing_rules.timeline import ContainerTimes, Timeline, timeline

from tests.timing.pods import KUBELETS_WITH_ORDER, KUBELETS_WITH_SIDECARS, differences, make_pod, pods

quick = settings(max_examples=150, deadline=None, derandomize=True)
seconds = st.integers(0, 60_000_000).map(lambda ticks: ticks / 1_000_000)
counted = pods(kubelets=KUBELETS_WITH_SIDECARS)  # kubelets that count the hook


def known(time: float | None) -> float:
    assert time is not None
    return time


def times_of(line: Timeline) -> dict[str, Any]:
    """All that a timeline says of times, by name."""
    found: dict[str, Any] = {}
    for name, times in line.containers.items():
        found |= {f"{name}.{key}": value for key, value in vars(times).items() if key != "native"}
    return found | ({f"proxy.{key}": value for key, value in vars(line.proxy).items()} if line.proxy else {})


def ended_by_a_hook(line: Timeline) -> bool:
    """Whether a hook of another container has ended the proxy before its SIGTERM."""
    return line.proxy is not None and known(line.proxy.envoy_killed) < known(line.containers[PROXY].sigterm)


def quiet(containers: tuple[Container, ...]) -> tuple[Container, ...]:
    """The same containers, whose hooks ask nothing of the proxy."""
    return tuple(
        replace(one, preStop=one.preStop and replace(one.preStop, quits=None, listeners=None)) for one in containers
    )


# The order of events.


@quick
@given(pods())
def test_hook_then_sigterm_then_end_then_sigkill(pod: Pod) -> None:
    left = {one.name for one in (*pod.containers, *pod.sidecars) if one.exits_at is not None}
    line = timeline(pod)
    for name, times in line.containers.items():
        order = [0.0, known(times.sigterm), known(times.end), known(times.sigkill)]
        if name in left or (name == PROXY and ended_by_a_hook(line)):
            order.pop(2)
        if times.prestop_end is not None:
            order.insert(1, times.prestop_end)
        assert order == sorted(order), name
        assert known(times.end) <= known(times.sigkill)
        assert not times.killed or times.end == times.sigkill


@quick
@given(pods())
def test_the_proxy_drains_then_closes_then_goes_with_its_container(pod: Pod) -> None:
    line = timeline(pod)
    assert (line.proxy is None) == (pod.sidecar is Sidecar.NONE)
    if line.proxy is None:
        return
    own, proxy = line.containers[PROXY], line.proxy
    if ended_by_a_hook(line) and proxy.drain_start is None:
        return
    assert 0 <= known(proxy.drain_start) <= known(own.sigterm)
    if proxy.inbound_closes is not None:
        assert known(proxy.drain_start) <= proxy.inbound_closes < known(proxy.envoy_killed)
    assert proxy.envoy_killed == own.end
    assert (proxy.killed_by == "kubelet") == own.killed


@quick
@given(pods())
def test_events_are_in_order_and_say_what_the_times_say(pod: Pod) -> None:
    line = timeline(pod)
    assert all(one.at <= other.at for one, other in pairwise(line.events))
    for name, times in line.containers.items():
        told = {event.kind: event.at for event in line.events if event.actor == name}
        assert told.get("sigterm") == (None if name == PROXY and ended_by_a_hook(line) else times.sigterm)
        assert ("sigkill" in told) == times.killed
        assert told.get("sigkill", told.get("end", told.get("envoy-killed"))) == times.end
        if "prestop-end" in told:
            assert told["prestop-end"] == times.prestop_end
    assert line.ends == max(known(times.end) for times in line.containers.values())
    assert all(window.start <= window.end for window in line.losses)
    assert [(window.start, window.end) for window in line.losses] == sorted(
        (window.start, window.end) for window in line.losses
    )


@quick
@given(pods())
def test_no_time_carries_the_noise_of_floats(pod: Pod) -> None:
    for what, time in times_of(timeline(pod)).items():
        assert not isinstance(time, float) or time == round(time, 6), what


# When the kubelet kills.


def budget(times: ContainerTimes) -> float:
    return round(known(times.sigkill) - known(times.sigterm), 6)


@quick
@given(counted)
def test_sigkill_comes_at_the_grace_period_or_shortly_after(pod: Pod) -> None:
    line = timeline(pod)
    for name, times in line.containers.items():
        ordered = times.native and line.kubernetes >= (1, 29)
        latest = line.grace + 3 - 1e-6 if ordered else line.grace + 2
        assert line.grace <= known(times.sigkill) <= latest, name
        assert known(times.sigterm) < line.grace + (1 if ordered else 1e-6), name
        assert budget(times) in range(2, max(2, line.grace) + 1), name


@quick
@given(pods(kubelets=["1.27", "1.25"]))
def test_before_1_28_sigkill_comes_within_twice_the_grace_period(pod: Pod) -> None:
    line = timeline(pod)
    for times in line.containers.values():
        assert budget(times) == line.grace
        assert known(times.sigkill) <= 2 * line.grace


@quick
@given(pods(), st.integers(1, 30))
def test_a_longer_grace_period_never_kills_earlier(pod: Pod, more: int) -> None:
    longer = timeline(replace(pod, terminationGracePeriodSeconds=pod.terminationGracePeriodSeconds + more))
    for name, times in timeline(pod).containers.items():
        assert known(longer.containers[name].sigkill) >= known(times.sigkill), name
        if name != PROXY:  # whose wait for zero connections goes in steps of a second from its SIGTERM
            assert times.killed or not longer.containers[name].killed, name


@quick
@given(pods(kubelets=KUBELETS_WITH_ORDER))
def test_a_sidecar_gets_sigterm_after_all_that_stop_before_it_or_at_the_grace_period(pod: Pod) -> None:
    line = timeline(pod)
    before = [name for name, times in line.containers.items() if not times.native]
    for name in reversed([container.name for container in line.pod.natives]):
        times = line.containers[name]
        if known(times.sigterm) < line.grace:
            assert all(known(line.containers[other].end) <= known(times.sigterm) for other in before), name
        before.append(name)


# What has no influence on what.


@quick
@given(pods(), pods())
def test_an_app_container_stops_as_if_it_were_alone(pod: Pod, other: Pod) -> None:
    alone = timeline(
        replace(
            other,
            containers=pod.containers[:1],
            sidecars=(),
            sidecar=Sidecar.NONE,
            proxy=None,
            terminationGracePeriodSeconds=pod.terminationGracePeriodSeconds,
            assumptions=pod.assumptions,
        )
    )
    name = pod.containers[0].name
    assert alone.containers[name] == timeline(pod).containers[name]


@quick
@given(pods(kinds=[Sidecar.CLASSIC, Sidecar.GATEWAY]), pods())
def test_a_classic_proxy_does_not_look_at_the_app(pod: Pod, other: Pod) -> None:
    pod = replace(pod, containers=quiet(pod.containers), sidecars=quiet(pod.sidecars))
    assert timeline(pod).proxy == timeline(replace(pod, containers=quiet(other.containers))).proxy


@quick
@given(pods(KUBELETS_WITH_SIDECARS, ["1.31", "1.21"], [Sidecar.NATIVE]), pods())
def test_istio_settings_have_no_effect_on_a_native_proxy_with_the_drain_hook(pod: Pod, other: Pod) -> None:
    pod = replace(pod, containers=quiet(pod.containers), sidecars=quiet(pod.sidecars))
    pod = replace(pod, proxy=Container(PROXY, preStop=ISTIO_DRAIN_HOOK))
    line, changed = timeline(pod), timeline(replace(pod, settings=other.settings))
    assert times_of(line) == times_of(changed)
    assert line.proxy and line.proxy.drain_start == 0 and line.proxy.inbound_closes is None


@quick
@given(pods(), seconds)
def test_exit_on_zero_and_termination_drain_duration_exclude_each_other(pod: Pod, time: float) -> None:
    unread = (
        replace(pod.settings, terminationDrainDuration=time)
        if pod.settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS
        else replace(pod.settings, MINIMUM_DRAIN_DURATION=time)
    )
    assert times_of(timeline(pod)) == times_of(timeline(replace(pod, settings=unread)))


@quick
@given(pods(), st.integers(1, 60))
def test_drain_duration_only_decides_when_listeners_close(pod: Pod, time: int) -> None:
    one = times_of(timeline(pod))
    other = times_of(timeline(replace(pod, settings=replace(pod.settings, drainDuration=float(time)))))
    assert {key for key in one if one[key] != other[key]} <= {"proxy.inbound_closes"}


@quick
@given(counted, seconds)
def test_a_sidecar_that_stops_last_changes_nothing_for_the_others(pod: Pod, shutdown: float) -> None:
    first = Container("first", shutdown=shutdown)
    longer = timeline(replace(pod, sidecars=(first, *pod.sidecars), proxy_index=pod.proxy_index + 1))
    assert {**timeline(pod).containers, "first": longer.containers["first"]} == longer.containers


@quick
@given(pods())
def test_the_order_of_app_containers_does_not_matter(pod: Pod) -> None:
    line = timeline(replace(pod, containers=tuple(reversed(pod.containers))))
    assert line.containers == timeline(pod).containers
    assert line.proxy == timeline(pod).proxy


@quick
@given(pods(kubelets=["1.29"]), st.sampled_from(["1.30", "1.31", "1.33", "1.35", "1.37"]))
def test_kubelets_since_1_29_agree(pod: Pod, newer: str) -> None:
    later = replace(pod, assumptions=replace(pod.assumptions, kubernetes=newer))
    assert times_of(timeline(pod)) == times_of(timeline(later))


@quick
@given(pods())
def test_a_pod_without_versions_is_shown_as_on_the_newest(pod: Pod) -> None:
    silent = timeline(replace(pod, assumptions=replace(pod.assumptions, kubernetes=None, istio=None)))
    newest = timeline(replace(pod, assumptions=replace(pod.assumptions, kubernetes="1.37", istio="1.31")))
    assert times_of(silent) == times_of(newest)
    assert silent.assumed == (("kubernetes",) if pod.sidecar is Sidecar.NONE else ("istio", "kubernetes"))


@quick
@given(pods(KUBELETS_WITH_SIDECARS, ["1.31"], [Sidecar.NATIVE]))
def test_a_pod_whose_sidecar_nothing_decides_is_shown_as_native(pod: Pod) -> None:
    undecided = timeline(replace(pod, sidecar=None))
    assert times_of(undecided) == times_of(timeline(pod))
    assert undecided.assumed == ("sidecar",)


# What is not known.


@st.composite
def partly_known(draw: st.DrawFn) -> tuple[Pod, Pod]:
    """A pod, and the same with some of its facts not declared."""

    def forget(one: Container) -> Container:
        hook = one.preStop
        calls = hook is not None and (hook.drains_at, hook.listeners, hook.quits) != (None, None, None)
        if hook and hook.kind == "exec" and not calls and draw(st.booleans()):
            least = min(draw(st.sampled_from([0.0, 0.5, 1.0, 9.9])), known(hook.seconds))
            hook = replace(hook, seconds=None, at_least=least)
        return replace(one, preStop=hook, shutdown=draw(st.sampled_from([None, one.shutdown])))

    def remember(one: Container) -> Container:
        return replace(one, exits_at=None)

    pod = draw(pods())
    pod = replace(pod, containers=tuple(map(remember, pod.containers)), sidecars=tuple(map(remember, pod.sidecars)))
    idle = draw(st.sampled_from([None, pod.assumptions.connections_idle_after]))
    return pod, replace(
        pod,
        containers=tuple(map(forget, pod.containers)),
        sidecars=tuple(map(forget, pod.sidecars)),
        proxy=pod.proxy and forget(pod.proxy),
        assumptions=replace(pod.assumptions, connections_idle_after=idle),
    )


@settings(max_examples=600, deadline=None, derandomize=True)
@given(partly_known())
def test_what_is_said_in_spite_of_unknown_facts_holds_whatever_they_are(pair: tuple[Pod, Pod]) -> None:
    full, partial = (times_of(timeline(pod)) for pod in pair)
    said = {what: time for what, time in partial.items() if time is not None}
    assert said == {what: full[what] for what in said}


@quick
@given(partly_known())
def test_what_is_not_said_has_its_unknown_fact_named(pair: tuple[Pod, Pod]) -> None:
    full, partial = map(timeline, pair)
    assert full.unknown == ()
    missing = [what for what, time in times_of(partial).items() if time is None and times_of(full)[what] is not None]
    assert not missing or partial.unknown


@pytest.mark.parametrize("least", [0.0, 0.5, 9.9])
def test_a_hook_of_unknown_length_may_have_a_fraction_that_the_kubelet_cuts_off(least: float) -> None:
    """After a hook of 0.5 s a sidecar may wait until 30.5; with one of 0 s, or cut at 30 s, until 30."""
    app = Container("web", preStop=Hook(seconds=NEVER))
    side = Container("side", preStop=Hook(at_least=least), shutdown=1)
    line = timeline(Pod((app,), (side,), 30, assumptions=Assumptions(kubernetes="1.37")))
    assert set(line.unknown) == {"prestop.side", "app-shutdown.web"}
    assert (line.containers["side"].sigterm, line.containers["side"].sigkill) == (None, None)


def test_a_pod_of_which_nothing_is_known_still_has_its_bounds() -> None:
    line = timeline(Pod((Container("web"),), assumptions=Assumptions(kubernetes="1.37")))
    assert line.unknown == ("app-shutdown.web",)
    assert (line.containers["web"].sigterm, line.containers["web"].sigkill, line.containers["web"].end) == (0, 30, None)


def test_the_default_settings_are_istios() -> None:
    line = timeline(make_pod(lambda values: values[0]))
    assert differences(line.pod) == []
    assert vars(ProxySettings()) == {
        "terminationDrainDuration": 5,
        "drainDuration": 45,
        "MINIMUM_DRAIN_DURATION": 5,
        "EXIT_ON_ZERO_ACTIVE_CONNECTIONS": False,
        "layers": (),
    }
