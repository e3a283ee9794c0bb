"""A pod and all that decides how it stops. Field names are the APIs'."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from .. import versions
from ..versions import Version
from .container import ISTIO_DRAIN_HOOK, PROXY, Container, Sidecar
from .given import Assumptions, Config
from .settings import ProxySettings

if TYPE_CHECKING:
    from ..source.node import Node


@dataclass(frozen=True)
class Service:
    """A Service of the same input that selects a pod, and the `containers` to which it sends clients' requests.

    `always_ready`: it publishes addresses that are not ready, and is not headless.
    """

    name: str
    containers: tuple[str, ...] = ()
    always_ready: bool = False
    source: str = ""
    document: int = 1
    line: int = 1


@dataclass(frozen=True)
class Injection:
    """What the injector makes of a pod in one mode: istio-proxy as it will run, and its settings."""

    proxy: Container
    settings: ProxySettings = ProxySettings()


@dataclass(frozen=True)
class Pod:
    """A pod (or a pod template) and all that decides how it stops.

    `containers` are the ordinary app containers, `sidecars` the native sidecars in the order of their start;
    istio-proxy is in neither: it is `proxy`, with its place among the sidecars in `proxy_index`. `sidecar` is `None`
    while nothing decides whether an injected proxy is native or classic. `services` are those of the same input that
    select the pod. `replicas` is `None` where the workload does not say; `recreate`: the old pod ends before its
    successor starts. `ambient`: the ambient mesh has it where nothing injects. `completes`: it runs to completion.
    `foreign`: a controller that may change it makes it. `grace_shown` is false for a fragment or a patch, whose grace
    period may be written elsewhere; `grace_field` is the name under which its author sets it.
    `mesh_hook`: `global.proxy.lifecycle` reaches it. `paths` leads from places in the pod to where they are written.
    """

    containers: tuple[Container, ...] = ()
    sidecars: tuple[Container, ...] = ()
    terminationGracePeriodSeconds: int = int(versions.TERMINATION_GRACE_PERIOD.value)
    sidecar: Sidecar | None = Sidecar.NONE
    proxy: Container | None = None
    proxy_index: int = 0
    injected: bool = False
    ambient: bool = False
    settings: ProxySettings = ProxySettings()
    assumptions: Assumptions = Assumptions()
    kind: str = "Pod"
    name: str = ""
    namespace: str = ""
    source: str = "-"
    document: int = 1
    line: int = 1
    services: tuple[Service, ...] = ()
    replicas: int | None = None
    recreate: bool = False
    grace_shown: bool = True
    grace_field: str = "terminationGracePeriodSeconds"
    configs: tuple[Config, ...] = ()
    injections: Mapping[Sidecar | None, Injection] = field(default_factory=dict, repr=False)
    annotations: Node | None = field(default=None, compare=False, repr=False)
    node: Node | None = field(default=None, compare=False, repr=False)
    workload: Node | None = field(default=None, compare=False, repr=False)
    path: str = "spec"
    completes: bool = False
    foreign: bool = False
    mesh_hook: bool = True
    paths: tuple[tuple[str, str], ...] = ()

    @property
    def istio(self) -> Version | None:
        """The declared Istio version."""
        return self.assumptions.version("istio")

    @property
    def kubernetes(self) -> Version | None:
        """The declared Kubernetes version."""
        return self.assumptions.version("kubernetes")

    @property
    def grace(self) -> int:
        """The effective grace period G in seconds: at least 1."""
        return max(int(versions.MINIMUM_GRACE_PERIOD.value), self.terminationGracePeriodSeconds)

    @property
    def is_job(self) -> bool:
        """Whether the pod runs to completion."""
        return self.completes or self.kind in ("Job", "CronJob")

    def is_served(self, container: str) -> bool:
        """Whether a Service sends to a container, until it learns that the pod stops."""
        return any(container in service.containers for service in self.services if not service.always_ready)

    @cached_property
    def proxy_container(self) -> Container | None:
        """istio-proxy as it runs: the one of the manifest, or the one that will be injected."""
        if self.sidecar is Sidecar.NONE:
            return None
        if injection := self.injections.get(self.sidecar):
            proxy, length = injection.proxy, self.assumptions.prestop.get(PROXY)
            return proxy if length is None else replace(proxy, preStop=proxy.preStop and proxy.preStop.lasting(length))
        proxy = self.proxy or Container(PROXY)
        if self.injected or proxy.preStop is not None or not self.mesh_hook:
            return proxy
        drains = self.sidecar is Sidecar.NATIVE and versions.DRAIN_HOOK.holds(self.istio)
        return replace(proxy, preStop=ISTIO_DRAIN_HOOK if drains else None)

    @property
    def natives(self) -> tuple[Container, ...]:
        """The native sidecars, istio-proxy among them where it is one, in the order of their start."""
        proxy, at = self.proxy_container if self.sidecar is Sidecar.NATIVE else None, self.proxy_index
        return self.sidecars if proxy is None else (*self.sidecars[:at], proxy, *self.sidecars[at:])

    def decided(self, sidecar: Sidecar) -> Pod:
        """The same pod with its sidecar mode settled."""
        injection = self.injections.get(sidecar)
        return replace(self, sidecar=sidecar, settings=injection.settings if injection else self.settings)
