"""How a classic proxy or a gateway ends, and where its settings stand, as several rules ask for it.

The agent waits terminationDrainDuration from SIGTERM on; with EXIT_ON_ZERO_ACTIVE_CONNECTIONS it waits
MINIMUM_DRAIN_DURATION instead, and then until no connection is open. A hook of the proxy comes before either.
In messages `{g}` is the grace period, `{p}` a hook, `{px}` the hook of the proxy, `{t}` what the agent waits; seconds.
When anything happens stands in `case.line`: rules take its bounds, `earliest` and `latest`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..domain import PROXY, Container, Layer, MeshConfig, Pod, ProxySettings, Sidecar
from ..domain.annotations import CONFIG, MANAGED, STATUS
from ..manifest.fields import DRAIN_ENV
from ..timeline import drains_at
from .places import metadata_of
from .rule import Case, Place

TERMINATION_DRAIN_DURATION = "terminationDrainDuration"
DRAIN_DURATION = "drainDuration"
MINIMUM_DRAIN_DURATION, EXIT_ON_ZERO = DRAIN_ENV


def drained_by_hook(pod: Pod) -> bool:
    """Whether a hook has the agent drain and leave at once, or leave, so that the drain settings are not read."""
    proxy = pod.proxy_container
    return proxy is not None and (proxy.exits_at is not None or drains_at(proxy.preStop, pod.istio) is not None)


def reads_drain_settings(pod: Pod, *also: Sidecar) -> bool:
    """Whether the agent of a classic sidecar (or of the kinds in `also`) reads the drain settings."""
    return pod.sidecar in (Sidecar.CLASSIC, *also) and not drained_by_hook(pod)


class Outlives(NamedTuple):
    """A container that runs on without a proxy: until when at the earliest, whether that is known, and a SIGKILL."""

    until: float
    container: Container
    known: bool
    killed: bool


def outliving(case: Case, gone: float) -> Outlives | None:
    """The app container that runs the longest after `gone`; of one with an unknown shutdown, its hook alone counts."""
    late = []
    for container in case.pod.containers:
        times = case.line.earliest.containers[container.name]
        known = container.shutdown is not None or container.exits_at is not None
        end, hook = times.end, times.prestop_end or 0.0
        if gone < end or (not known and gone == end and hook > 0):
            late.append(Outlives(end, container, known, times.killed))
    return max(late, key=lambda pair: pair.until, default=None)


def could_hold_hook(mesh: MeshConfig | None) -> bool:
    """Whether mesh configuration could hold `global.proxy.lifecycle`, as values can: what it lacks is then a fact."""
    return mesh is not None and mesh.injector is not None


def is_generated(pod: Pod) -> bool:
    """Whether istiod makes the pod from a Gateway API `Gateway`, so that what is changed in it does not stay."""
    own = pod.workload.get("metadata") if pod.workload is not None else None
    places = [metadata.get("labels", MANAGED) for metadata in (metadata_of(pod), own) if metadata is not None]
    return any(place is not None for place in places)


def is_rendered(pod: Pod) -> bool:
    """Whether a gateway is as somebody rendered it, and nothing injects it: of the annotation the agent reads durations."""
    proxy, injected = pod.proxy, pod.annotations is not None and STATUS in pod.annotations.entries
    if proxy is None or injected or pod.sidecar is not Sidecar.GATEWAY:
        return False
    return not {"router", "waypoint"}.isdisjoint((*proxy.command, *proxy.args))


def setting_at(pod: Pod, key: str, otherwise: Place) -> Place:
    """Where a setting stands in the text that is checked; `otherwise` when it stands elsewhere or nowhere."""
    layer = pod.settings.setter(key)
    if layer is None or key not in layer.nodes or layer.source != pod.source:
        return otherwise
    return layer_at(layer, key)


def layer_at(layer: Layer, key: str) -> Place:
    """Where a layer sets `key`."""
    prefix = "proxyMetadata." if key in DRAIN_ENV else ""
    path = {
        "annotation": f"metadata.annotations.{CONFIG}.{prefix}{key}",
        "env": f"{PROXY}.env.{key}",
        "ProxyConfig": f"spec.environmentVariables.{key}",
        "PROXY_CONFIG": f"{PROXY}.env.PROXY_CONFIG.{prefix}{key}",
    }.get(layer.kind)
    if path is None:  # mesh configuration: its own, or an annotation in it, whose path is the kind of the layer
        holder = layer.kind if layer.kind.endswith(CONFIG) else "meshConfig.defaultConfig"
        path = f"{holder}.{prefix}{key}"
    return Place(path, layer.nodes[key][0].line, layer.document)


def mesh_layers(mesh: MeshConfig) -> Iterator[tuple[Layer, ProxySettings]]:
    """Every layer of mesh configuration, with the settings where it counts: annotations stand above the mesh's own."""
    base = () if mesh.layer is None else (mesh.layer,)
    yield from ((layer, ProxySettings.of(base)) for layer in base)
    yield from ((layer, ProxySettings.of((*base, layer))) for layer in mesh.layers)
