"""Whether a pod is in the mesh, and whether its sidecar is native or classic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from .. import versions
from ..domain.annotations import CONFIG, INJECT, NATIVE, STATUS, TEMPLATES
from ..domain.container import Container, Sidecar
from ..domain.given import Assumptions
from ..source.node import Node


@dataclass
class Membership:
    """What a pod template shows of its place in the mesh. `space` are the labels of its Namespace, `noted` is the node
    of its annotations; `native` says that istio-proxy is a native sidecar, `alone` that no container is declared."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    noted: Node | None
    namespace: str
    space: Mapping[str, str]
    proxy: Container | None
    native: bool
    host_network: bool
    alone: bool

    @property
    def role(self) -> str:
        """`sidecar`, `router`, `waypoint` or `ztunnel` from the arguments `proxy ROLE`."""
        words = (*self.proxy.command, *self.proxy.args) if self.proxy is not None else ()
        roles = (role for word, role in pairwise(words) if word == "proxy" and not role.startswith("-"))
        return next(roles, "")

    @property
    def injected(self) -> bool:
        """Whether istio-proxy is there as the injector leaves it."""
        if self.proxy is None or self.proxy.image == "auto":
            return False
        return self.native or STATUS in self.annotations or self.role != ""


def membership_of(pod: Membership, facts: Assumptions) -> Sidecar | None:
    """`NONE`, `GATEWAY`, or `None` for a pod that has a sidecar of either sort."""
    labels, annotations, space, proxy, role = pod.labels, pod.annotations, pod.space, pod.proxy, pod.role
    inject = labels.get(INJECT, annotations.get(INJECT, ""))
    templates = {one.strip() for one in annotations.get(TEMPLATES, "").split(",")} - {""}
    no_envoy = "grpc-agent" in templates or templates == {"grpc-simple"}
    if facts.sidecar == "none" or role == "ztunnel" or no_envoy:
        return Sidecar.NONE
    if role in ("router", "waypoint") or ("gateway.istio.io/managed" in labels and (proxy is not None or pod.alone)):
        return Sidecar.GATEWAY
    out = (
        inject == "false"
        or (pod.host_network and proxy is None)
        or "disabled" in (space.get("istio-injection"), labels.get("istio-injection"))
        or "ambient" in (labels.get("istio.io/dataplane-mode"), space.get("istio.io/dataplane-mode"))
    )
    if out and STATUS not in annotations:
        return Sidecar.NONE
    if "gateway" in templates:
        return Sidecar.GATEWAY
    within = (
        proxy is not None
        or inject == "true"
        or CONFIG in annotations
        or labels.get("istio.io/rev", "") != ""
        or space.get("istio-injection") == "enabled"
        or "istio.io/rev" in space
        or facts.sidecar in ("native", "classic")
    )
    return None if within else Sidecar.NONE


def mode_of(pod: Membership, facts: Assumptions) -> Sidecar | None:
    """Native or classic, or `None` when nothing decides."""
    member = membership_of(pod, facts)
    if member is not None:
        return member
    if pod.injected:
        return Sidecar.NATIVE if pod.native else Sidecar.CLASSIC
    if facts.sidecar != "auto":
        return Sidecar(facts.sidecar)
    istio, kubernetes = facts.version("istio"), facts.version("kubernetes")
    asked, env = pod.annotations.get(NATIVE), facts.mesh.native_env if facts.mesh is not None else ""
    if asked is not None and versions.NATIVE_ANNOTATION.holds(istio):
        if asked in ("true", "false"):
            return Sidecar.NATIVE if asked == "true" else Sidecar.CLASSIC
        if istio is not None:  # any other text: the template's test was for "true", and is for not "false" now
            return Sidecar.NATIVE if versions.NATIVE_DEFAULT.holds(istio) else Sidecar.CLASSIC
        env = ""
    decided = versions.native_by_version(istio, kubernetes, env)
    return None if decided is None else Sidecar.NATIVE if decided else Sidecar.CLASSIC
