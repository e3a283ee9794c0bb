"""PT205: MINIMUM_DRAIN_DURATION without EXIT_ON_ZERO_ACTIVE_CONNECTIONS."""

from __future__ import annotations

from collections.abc import Iterator

from ..domain import PROXY, MeshConfig, Pod, Sidecar
from ..text import Text
from .proxies import (
    MINIMUM_DRAIN_DURATION,
    layer_at,
    mesh_layers,
    reads_drain_settings,
    setting_at,
)
from .rule import About, Case, Place, Problem, Rule, Severity

ABOUT = About(
    title=Text(
        "MINIMUM_DRAIN_DURATION without EXIT_ON_ZERO_ACTIVE_CONNECTIONS",
        "EXIT_ON_ZERO_ACTIVE_CONNECTIONS 없이 MINIMUM_DRAIN_DURATION만 설정했습니다",
    ),
    what=Text(
        "Fires when MINIMUM_DRAIN_DURATION is set and EXIT_ON_ZERO_ACTIVE_CONNECTIONS is not on. `info` in mesh "
        "configuration, where a workload may turn it on.",
        "MINIMUM_DRAIN_DURATION 값이 있는데 EXIT_ON_ZERO_ACTIVE_CONNECTIONS 설정이 켜져 있지 않으면 보고합니다. 워크로드가 켤 수 있는 메시 설정에서는 "
        "`info`입니다.",
    ),
    why=Text(
        "Only the path of EXIT_ON_ZERO_ACTIVE_CONNECTIONS reads it; without, the agent waits for "
        "terminationDrainDuration.",
        "에이전트는 EXIT_ON_ZERO_ACTIVE_CONNECTIONS 설정이 켜져 있을 때만 이 값을 읽습니다. 꺼져 있으면 "
        "terminationDrainDuration 동안 기다립니다.",
    ),
    fix=Text(
        'Set EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true" beside it, or set terminationDrainDuration instead.',
        'EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true"를 함께 설정하거나, 대신 terminationDrainDuration을 설정하십시오.',
    ),
    see=(
        "settings/sidecar.md#minimum-drain-duration",
        "examples.md#websocket-classic-proxy-waits-for-the-last-socket",
    ),
)
MESSAGE = Text(
    "MINIMUM_DRAIN_DURATION is never read, because EXIT_ON_ZERO_ACTIVE_CONNECTIONS is not on",
    "EXIT_ON_ZERO_ACTIVE_CONNECTIONS 설정이 켜져 있지 않으므로 에이전트가 MINIMUM_DRAIN_DURATION 값을 읽지 않습니다",
)


def minimum_never_read(case: Case) -> Iterator[Problem]:
    """The setting MINIMUM_DRAIN_DURATION, where the switch that makes the agent read it is off."""
    yield from _in_mesh(case.item) if isinstance(case.item, MeshConfig) else _in_pod(case.pod)


def _in_mesh(mesh: MeshConfig) -> Iterator[Problem]:
    for layer, settings in mesh_layers(mesh):
        if MINIMUM_DRAIN_DURATION in layer.values and not settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS:
            severity = Severity.INFO if layer is mesh.layer else Severity.WARNING
            yield Problem(layer_at(layer, MINIMUM_DRAIN_DURATION), PROXY, severity, say=MESSAGE)


def _in_pod(pod: Pod) -> Iterator[Problem]:
    layer = pod.settings.setter(MINIMUM_DRAIN_DURATION)
    if not reads_drain_settings(pod, Sidecar.GATEWAY) or pod.settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS:
        return
    if layer is not None and (layer.own or pod.injected):
        place = setting_at(pod, MINIMUM_DRAIN_DURATION, Place(pod.path, pod.line))
        yield Problem(place, PROXY, say=MESSAGE)


RULE = Rule("PT205", Severity.WARNING, ABOUT, minimum_never_read, mesh=True)
