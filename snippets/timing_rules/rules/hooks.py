"""The containers of a pod and their preStop hooks, as several rules ask for them."""

from __future__ import annotations

from collections.abc import Iterator

from .. import versions
from ..domain import Container, Hook, Pod
from .places import at
from .rule import Place

#: Seconds that the kubelet leaves between SIGTERM and SIGKILL, however long the hook was.
STOP_FLOOR = int(versions.MINIMUM_STOP_TIMEOUT.value)


def everyone(pod: Pod) -> list[Container]:
    """Every container that is written in the pod: apps, native sidecars, istio-proxy."""
    return [*pod.containers, *pod.sidecars, *([pod.proxy] if pod.proxy is not None else [])]


def own_hooks(pod: Pod) -> Iterator[tuple[Container, Hook]]:
    """Containers with a hook of their own that really runs."""
    for container in everyone(pod):
        hook = container.preStop
        if hook is not None and not hook.istio and not hook.fails:
            yield container, hook


def hook_at(pod: Pod, container: Container) -> Place:
    """Where the hook of a container stands."""
    return at(pod, container, "lifecycle", "preStop")
