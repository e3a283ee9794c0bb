"""PT204: terminationDrainDuration is ignored."""

from __future__ import annotations

from collections.abc import Iterator

from ..domain import PROXY, MeshConfig, Pod, Sidecar
from ..text import Text
from .proxies import (
    EXIT_ON_ZERO,
    TERMINATION_DRAIN_DURATION,
    layer_at,
    mesh_layers,
    reads_drain_settings,
    setting_at,
)
from .rule import About, Case, Place, Problem, Rule, Severity

ABOUT = About(
    title=Text("terminationDrainDuration is ignored", "terminationDrainDuration이 무시됩니다"),
    what=Text(
        "Fires when terminationDrainDuration is set and EXIT_ON_ZERO_ACTIVE_CONNECTIONS is on. `info` when they "
        "stand in different layers.",
        "terminationDrainDuration 값이 있는데 EXIT_ON_ZERO_ACTIVE_CONNECTIONS 설정도 켜져 있으면 보고합니다. 서로 다른 계층에 있으면 `info`입니다.",
    ),
    why=Text(
        "With EXIT_ON_ZERO_ACTIVE_CONNECTIONS the agent sleeps MINIMUM_DRAIN_DURATION, then waits for zero "
        "connections. It never reads terminationDrainDuration.",
        "EXIT_ON_ZERO_ACTIVE_CONNECTIONS 설정을 켜면 에이전트는 MINIMUM_DRAIN_DURATION 동안 기다린 다음, 연결이 "
        "하나도 남지 않을 때까지 더 기다립니다. terminationDrainDuration 값은 읽지 않습니다.",
    ),
    fix=Text(
        "Remove one of the two, or set MINIMUM_DRAIN_DURATION instead of terminationDrainDuration.",
        "둘 중 하나를 지우거나, terminationDrainDuration 대신 MINIMUM_DRAIN_DURATION을 설정하십시오.",
    ),
    see=(
        "settings/sidecar.md#termination-drain-duration",
        "settings/sidecar.md#exit-on-zero",
        "examples.md#websocket-classic-proxy-waits-for-the-last-socket",
    ),
)
MESSAGE = Text(
    "terminationDrainDuration is never read, because EXIT_ON_ZERO_ACTIVE_CONNECTIONS is on",
    "EXIT_ON_ZERO_ACTIVE_CONNECTIONS 설정이 켜져 있으므로 에이전트가 terminationDrainDuration 값을 읽지 않습니다",
)


def drain_duration_ignored(case: Case) -> Iterator[Problem]:
    """The setting terminationDrainDuration, where the switch that makes it useless is on."""
    yield from _in_mesh(case.item) if isinstance(case.item, MeshConfig) else _in_pod(case.pod)


def _in_mesh(mesh: MeshConfig) -> Iterator[Problem]:
    for _, settings in mesh_layers(mesh):
        setter, switch = settings.setter(TERMINATION_DRAIN_DURATION), settings.setter(EXIT_ON_ZERO)
        # What the mesh itself says is told of every layer above it, too, at the same place: it is one finding.
        if settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS and setter is not None:
            severity = Severity.WARNING if setter is switch else Severity.INFO
            yield Problem(layer_at(setter, TERMINATION_DRAIN_DURATION), PROXY, severity, say=MESSAGE)


def _in_pod(pod: Pod) -> Iterator[Problem]:
    setter, switch = pod.settings.setter(TERMINATION_DRAIN_DURATION), pod.settings.setter(EXIT_ON_ZERO)
    if not reads_drain_settings(pod, Sidecar.GATEWAY) or not pod.settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS:
        return
    if setter is None or switch is None:
        return
    if not pod.injected and not setter.own and not switch.own and setter.source == pod.source:
        return  # the mesh configuration in the same text has its own finding
    switch_place = setting_at(pod, EXIT_ON_ZERO, Place(pod.path, pod.line))
    place = setting_at(pod, TERMINATION_DRAIN_DURATION, switch_place)
    same = setter is switch or {setter.kind, switch.kind} == {"env", "PROXY_CONFIG"}
    yield Problem(place, PROXY, Severity.WARNING if same else Severity.INFO, say=MESSAGE)


RULE = Rule("PT204", Severity.WARNING, ABOUT, drain_duration_ignored, mesh=True)
