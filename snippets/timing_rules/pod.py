"""The domain: a pod as far as its termination goes. Field names are the APIs'; times are seconds (`float`).

`None` for a time means that it is not known; infinity means never.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any

from . import versions
from .text import Text
from .tree import Node, Span
from .versions import Version

NEVER = float("inf")
PROXY = "istio-proxy"


class Sidecar(StrEnum):
    """How a pod is in the mesh."""

    NATIVE = "native"
    CLASSIC = "classic"
    GATEWAY = "gateway"
    NONE = "none"


@dataclass(frozen=True)
class Hook:
    """A preStop hook.

    `seconds` is how long it takes if let run, `at_least` what is certain when `seconds` is unknown. `drains_at` is when
    it calls the agent's `/drain`, and `None` for a hook that does not; `listeners` is when it calls Envoy's
    `drain_listeners` itself, and how long they stay open then: `closed`, `graceful`, `open`. `stops_at` is when
    it stops the app itself, `quits` when it calls /quitquitquit, and whether the agent's. `fails`: it cannot run.
    """

    kind: str = "exec"
    seconds: float | None = None
    at_least: float = 0.0
    command: tuple[str, ...] = ()
    drains_at: float | None = None
    listeners: tuple[float, str] | None = None
    stops_at: float | None = None
    quits: tuple[float, bool] | None = None
    istio: bool = False
    fails: bool = False
    node: Node | None = field(default=None, compare=False, repr=False)

    @property
    def least(self) -> float:
        """The length that is certain."""
        return self.at_least if self.seconds is None else self.seconds

    def lasting(self, declared: float | None) -> Hook:
        """The hook with a declared length, where its own may be another."""
        known = declared is None or self.kind == "sleep" or self.fails
        return self if known else replace(self, seconds=declared)


#: The hook that Istio's injector gives to a native istio-proxy; it returns within milliseconds.
ISTIO_DRAIN_HOOK = Hook(seconds=0.0, drains_at=0.0, istio=True)


@dataclass(frozen=True)
class Container:
    """A container that runs when the pod stops.

    `shutdown` is SIGTERM to exit, infinity for one that ignores SIGTERM; `exits_at` is set for one that ends by itself.
    """

    name: str
    preStop: Hook | None = None
    shutdown: float | None = None
    exits_at: float | None = None
    image: str = ""
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    ports: tuple[tuple[str, int], ...] = ()
    node: Node | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Layer:
    """One place that sets proxy settings: `values` are the effective ones, `nodes` where each key stands.

    `own` is true for a place on the workload itself.
    """

    kind: str
    values: Mapping[str, float | bool]
    nodes: Mapping[str, tuple[Span, Node]] = field(default_factory=dict, compare=False, repr=False)
    own: bool = True
    source: str = ""
    document: int = 1


@dataclass(frozen=True)
class ProxySettings:
    """What the agent and Envoy read, after all layers (`layers`, weakest first)."""

    terminationDrainDuration: float = versions.TERMINATION_DRAIN_DURATION.value
    drainDuration: float = versions.DRAIN_DURATION.value
    MINIMUM_DRAIN_DURATION: float = versions.MINIMUM_DRAIN_DURATION.value
    EXIT_ON_ZERO_ACTIVE_CONNECTIONS: bool = False
    layers: tuple[Layer, ...] = ()

    @classmethod
    def of(cls, layers: tuple[Layer, ...]) -> ProxySettings:
        """The effective settings of layers, weakest first; they merge key by key."""
        values: dict[str, Any] = {}
        for layer in layers:
            values.update(layer.values)
        return cls(**values, layers=layers)

    def setter(self, key: str) -> Layer | None:
        """The layer that decides `key`, or `None` when the default holds."""
        return next((layer for layer in reversed(self.layers) if key in layer.values), None)


@dataclass(frozen=True)
class Assumptions:
    """What a manifest cannot say. A field that is `None` is not declared.

    Durations are seconds. `app_shutdown` and `prestop` map container names to lengths; the name `""` stands for every
    ordinary app container, and a plain number for it alone. `mesh` is a `MeshConfig`, `ignore` maps rules to reasons.
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
        merged: dict[str, Any] = {}
        for one in fields(self):
            mine, theirs = getattr(self, one.name), getattr(weaker, one.name)
            if isinstance(mine, Mapping):
                merged[one.name] = {**theirs, **mine}
            elif one.name == "sidecar":
                merged[one.name] = theirs if mine == "auto" else mine
            else:
                merged[one.name] = theirs if mine is None else mine
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


@dataclass(frozen=True)
class Config:
    """A text in ProxyConfig's or MeshConfig's form, to be held against the field table. `path` leads to it."""

    schema: str
    node: Node
    path: str


@dataclass(frozen=True)
class MeshConfig:
    """Mesh-wide configuration: an IstioOperator, Helm values, the `istio` ConfigMap, or a ProxyConfig resource.

    `proxy_hook` is that of `global.proxy.lifecycle`, `native_env` is `ENABLE_NATIVE_SIDECARS`; `annotations` (with their
    paths) and the `layers` in them are for the pods of gateways.
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
    assumptions: Assumptions = Assumptions()
    node: Node | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Pod:
    """A pod (or a pod template) and all that decides how it stops.

    `containers` are the ordinary app containers, `sidecars` the native sidecars in the order of their start;
    istio-proxy is in neither: it is `proxy`, with its place among the sidecars in `proxy_index`. `sidecar` is `None`
    while nothing decides whether an injected proxy is native or classic. `services` are the ports (name or number) to
    which Services of the same input send; `None` when no Service was seen that selects the pod. `grace_shown` is false
    for a fragment or a patch, whose grace period may be written elsewhere.
    """

    containers: tuple[Container, ...] = ()
    sidecars: tuple[Container, ...] = ()
    terminationGracePeriodSeconds: int = int(versions.TERMINATION_GRACE_PERIOD.value)
    sidecar: Sidecar | None = Sidecar.NONE
    proxy: Container | None = None
    proxy_index: int = 0
    injected: bool = False
    settings: ProxySettings = ProxySettings()
    assumptions: Assumptions = Assumptions()
    kind: str = "Pod"
    name: str = ""
    namespace: str = ""
    source: str = "-"
    document: int = 1
    line: int = 1
    services: tuple[str | int, ...] | None = None
    grace_shown: bool = True
    configs: tuple[Config, ...] = ()
    annotations: Node | None = field(default=None, compare=False, repr=False)
    node: Node | None = field(default=None, compare=False, repr=False)
    workload: Node | None = field(default=None, compare=False, repr=False)
    path: str = "spec"

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
        return self.kind in ("Job", "CronJob")

    @property
    def proxy_container(self) -> Container | None:
        """istio-proxy as it runs: the one of the manifest, or the one that will be injected."""
        if self.sidecar is Sidecar.NONE:
            return None
        proxy = self.proxy or Container(PROXY)
        if self.injected or proxy.preStop is not None:
            return proxy
        mesh, native = self.assumptions.mesh, self.sidecar is Sidecar.NATIVE and versions.DRAIN_HOOK.holds(self.istio)
        hook = ISTIO_DRAIN_HOOK if native else None
        if mesh is not None and mesh.proxy_lifecycle is not None:  # it replaces Istio's own
            hook = mesh.proxy_hook and mesh.proxy_hook.lasting(self.assumptions.prestop.get(PROXY))
        return replace(proxy, preStop=hook)

    def decided(self, sidecar: Sidecar) -> Pod:
        """The same pod with its sidecar mode settled."""
        return replace(self, sidecar=sidecar)


class ManifestError(ValueError):
    """Input that cannot be read: where, what is wrong, how to mend it. `items` holds what was read besides it.

    `others` holds further errors of the same input.
    """

    def __init__(self, source: str, line: int, sentence: Text, fix: Text, items: list[Pod | MeshConfig] | None = None):
        self.source, self.file, self.line = source, source, line
        self.sentence, self.fix = sentence, fix
        self.items: list[Pod | MeshConfig] = items or []
        self.others: list[ManifestError] = []
        super().__init__(self.describe("en"))

    def describe(self, lang: str) -> str:
        """The whole sentence for a reader: file, line, what, how to mend it."""
        return f"{self.source}:{self.line}: {self.sentence.get(lang)}; {self.fix.get(lang)}"
