"""How a classic proxy or a gateway ends, and where its settings stand, as several rules ask for it.

The agent waits terminationDrainDuration from SIGTERM on; with EXIT_ON_ZERO_ACTIVE_CONNECTIONS it waits
MINIMUM_DRAIN_DURATION instead, and then until no connection is open. A hook of the proxy comes before either.
In messages `{g}` is the grace period, `{p}` a hook, `{px}` the hook of the proxy, `{t}` what the agent waits; seconds.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..domain import PROXY, Container, Layer, MeshConfig, Pod, ProxySettings, Sidecar
from ..domain.annotations import CONFIG
from ..manifest.fields import DRAIN_ENV
from ..timeline import agent_seconds, drains_at
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


def hook_seconds(pod: Pod, container: Container | None) -> float:
    """How long the preStop hook of a container takes at least; it is cut at the grace period."""
    return 0.0 if container is None or container.preStop is None else min(container.preStop.least, pod.grace)


def proxy_hook_seconds(pod: Pod) -> float:
    """How long the proxy's own preStop hook takes at least."""
    return hook_seconds(pod, pod.proxy_container)


def app_end(case: Case, container: Container) -> float | None:
    """When an app container is gone at the earliest; `None` when its shutdown is unknown."""
    if container.shutdown is None:
        return None
    end = case.line.containers[container.name].end
    return end if end is not None else min(hook_seconds(case.pod, container) + container.shutdown, case.pod.grace)


def earliest_envoy_end(pod: Pod) -> float:
    """When Envoy is gone at the earliest."""
    hook = proxy_hook_seconds(pod)
    idle = pod.assumptions.connections_idle_after or 0.0
    return min(hook + agent_seconds(pod.settings, hook, False, idle), float(pod.grace))


def setting_at(pod: Pod, key: str, otherwise: Place) -> Place:
    """Where a setting stands in the text that is checked; `otherwise` when it stands elsewhere or nowhere."""
    layer = pod.settings.setter(key)
    here = layer is not None and key in layer.nodes and layer.source == pod.source
    return layer_at(layer, key) if layer is not None and here else otherwise


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
