"""What is given beside a pod: what was declared about it, and the mesh's configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from .. import versions
from ..versions import Version
from .container import Hook
from .settings import Layer

if TYPE_CHECKING:
    from ..source.node import Node


@dataclass(frozen=True)
class Assumptions:
    """What a manifest cannot say. A field that is `None` is not declared.

    Durations are seconds. `app_shutdown` and `prestop` map container names to lengths; the name `""` stands for every
    ordinary app container, and a plain number for it alone. `ignore` maps rules to reasons, `workloads` names to more of this.
    """

    istio: str | None = None
    kubernetes: str | None = None
    sidecar: str = "auto"
    app_shutdown: Mapping[str, float] | float = field(default_factory=dict)
    prestop: Mapping[str, float] = field(default_factory=dict)
    accepts_after_sigterm: float | None = None
    propagation: float | None = None
    connections_idle_after: float | None = None
    lb_deregistration: float | None = None
    node_shutdown: float | None = None
    ignore: Mapping[str, str] = field(default_factory=dict)
    mesh: MeshConfig | None = None
    workloads: tuple[tuple[str, Assumptions], ...] = ()

    def __post_init__(self) -> None:
        if self.sidecar not in ("auto", "native", "classic", "none"):
            raise ValueError(f"sidecar must be auto, native, classic or none, not {self.sidecar!r}")
        if isinstance(self.app_shutdown, int | float):
            object.__setattr__(self, "app_shutdown", {"": float(self.app_shutdown)})
        for component in ("kubernetes", "istio"):
            if getattr(self, component) is not None:
                versions.parse_version(component, getattr(self, component))

    def over(self, weaker: Assumptions) -> Assumptions:
        """These declarations where they are made, and `weaker` where they are not."""
        if _NOTHING in (self, weaker):
            return weaker if self == _NOTHING else self
        merged: dict[str, Any] = {}
        for fact in fields(self):
            mine, theirs = getattr(self, fact.name), getattr(weaker, fact.name)
            unset = {"sidecar": "auto", "workloads": ()}.get(fact.name)
            merged[fact.name] = {**theirs, **mine} if isinstance(mine, Mapping) else theirs if mine == unset else mine
        return Assumptions(**merged)

    def version(self, component: str) -> Version | None:
        """The declared version of `kubernetes` or `istio`, or `None`."""
        text = getattr(self, component)
        return None if text is None else versions.parse_version(component, text)

    def shutdown_of(self, container: str, app: bool = True) -> float | None:
        """How long a container takes from SIGTERM to exit, if declared."""
        assert isinstance(self.app_shutdown, Mapping)
        return self.app_shutdown.get(container, self.app_shutdown.get("") if app else None)

    @property
    def accepts(self) -> float:
        """How long the app goes on accepting after SIGTERM: declared, or 0."""
        return self.accepts_after_sigterm or 0.0

    @property
    def clients_know_after(self) -> float:
        """Until no client sends new requests: declared, or the default assumption."""
        return versions.PROPAGATION.value if self.propagation is None else self.propagation


_NOTHING = Assumptions()


@dataclass(frozen=True)
class Config:
    """A text in ProxyConfig's or MeshConfig's form, to be held against the field table. `path` leads to it."""

    schema: str
    node: Node
    path: str


@dataclass(frozen=True)
class MeshConfig:
    """Mesh-wide configuration: an IstioOperator, Helm values, the `istio` ConfigMap, or a ProxyConfig resource.

    `injector` are the values that tell whom istiod injects, `proxy_hook` is that of `global.proxy.lifecycle`, `native_env`
    is `ENABLE_NATIVE_SIDECARS`; `annotations` (with their paths) and the `layers` in them are for the pods of components;
    `stated` is the version of Istio that the text names.
    """

    kind: str
    name: str = ""
    namespace: str = ""
    source: str = "-"
    document: int = 1
    line: int = 1
    layer: Layer | None = None
    configs: tuple[Config, ...] = ()
    annotations: tuple[tuple[str, Node], ...] = field(default=(), compare=False, repr=False)
    layers: tuple[Layer, ...] = ()
    selector: Mapping[str, str] | None = None
    proxy_lifecycle: Node | None = field(default=None, compare=False, repr=False)
    proxy_hook: Hook | None = None
    native_env: str = ""
    image_type: str = ""
    injector: Node | None = field(default=None, compare=False, repr=False)
    stated: str = ""
    gateway_classes: Mapping[str, Node] = field(default_factory=dict, compare=False, repr=False)
    assumptions: Assumptions = Assumptions()
    node: Node | None = field(default=None, compare=False, repr=False)
