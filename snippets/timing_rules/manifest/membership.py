"""Whether a pod is in the mesh, and whether its sidecar is native or classic, as Istio's injector decides it.

Source: istio/istio at 86c9f01fd735, `pkg/kube/inject/inject.go` and the selectors of the webhooks in
`manifests/charts/istio-control/istio-discovery/templates/mutatingwebhook.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from .. import versions
from ..domain.annotations import (
    CONFIG,
    DATAPLANE_MODE,
    INJECT,
    INJECTION,
    MANAGED,
    NATIVE,
    REVISION,
    STATUS,
    TEMPLATES,
)
from ..domain.container import Container, Sidecar
from ..domain.given import Assumptions
from ..source.node import Node
from .injector import Injector, injector_for, selects

#: Namespaces in which nothing is ever injected.
SYSTEM_NAMESPACES = {"kube-system", "kube-public", "kube-node-lease", "local-path-storage"}


@dataclass
class Membership:
    """What a pod template shows of its place in the mesh. `space` are the labels of its Namespace, `None` where that is
    not in the input; `noted` is the node of its annotations; `native` says that istio-proxy is a native sidecar, `alone`
    that no container is declared; `templates` are those that the injector is asked for."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    noted: Node | None
    namespace: str
    space: Mapping[str, str] | None
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

    @property
    def inject(self) -> str:
        """What the pod says itself: `true`, `false`, or nothing. The label beats the annotation."""
        word = self.labels.get(INJECT, self.annotations.get(INJECT, ""))
        return word if word in ("true", "false") else ""

    @property
    def labelled(self) -> bool:
        """Whether a label of the pod calls the injector."""
        if REVISION in self.labels:
            return self.labels[REVISION] != "" and self.labels.get(INJECT) != "false"
        return self.labels.get(INJECT) == "true"

    @property
    def ambient(self) -> bool:
        """Whether the pod or its Namespace is in the ambient mesh."""
        return "ambient" in (self.labels.get(DATAPLANE_MODE), (self.space or {}).get(DATAPLANE_MODE))

    def templates(self, injector: Injector) -> tuple[str, ...]:
        """The templates that the injector takes, in their order."""
        listed = self.annotations.get(TEMPLATES)
        return injector.default_templates if listed is None else tuple(name.strip() for name in listed.split(","))


def called_for(pod: Membership, injector: Injector) -> bool | None:
    """Whether the injector is asked about a pod, by labels; `None` when its Namespace is not in the input and would decide."""
    default = injector.by_default and INJECT not in pod.labels and REVISION not in pod.labels
    if pod.labels.get(INJECT) == "false":
        return False
    if pod.space is None:
        return True if pod.labelled or default else None
    if INJECTION in pod.space:
        return pod.space[INJECTION] == "enabled"
    return pod.space.get(REVISION, "") != "" or pod.labelled or default


def injects(pod: Membership, injector: Injector) -> bool:
    """Whether the injector, once it is asked, injects the pod."""
    if pod.host_network or pod.namespace in SYSTEM_NAMESPACES or pod.inject == "false":
        return False
    if pod.inject == "true":
        return True
    if any(selects(selector, pod.labels) for selector in injector.never):
        return False
    return injector.policy or any(selects(selector, pod.labels) for selector in injector.always)


def asked_elsewhere(pod: Membership) -> bool:
    """Whether the pod shows that somebody counts on a sidecar, so that its Namespace is taken to call the injector."""
    shown = pod.inject == "true" or CONFIG in pod.annotations or pod.proxy is not None
    return shown and not pod.ambient


def membership_of(pod: Membership, facts: Assumptions) -> Sidecar | None:
    """`NONE`, `GATEWAY`, or `None` for a pod that has a sidecar of either sort."""
    injector = injector_for(facts)
    templates = pod.templates(injector)
    no_envoy = "grpc-agent" in templates or set(templates) == {"grpc-simple"}
    if facts.sidecar == "none" or pod.role == "ztunnel" or no_envoy:
        return Sidecar.NONE
    if pod.role in ("router", "waypoint") or (MANAGED in pod.labels and (pod.proxy is not None or pod.alone)):
        return Sidecar.GATEWAY
    in_mesh = (pod.injected and (STATUS in pod.annotations or pod.inject != "false")) or _would_inject(pod, facts)
    return Sidecar.NONE if not in_mesh else Sidecar.GATEWAY if "gateway" in templates else None


def is_to_be_injected(pod: Membership, facts: Assumptions) -> bool:
    """Whether the injector still works on the pod, with or without an istio-proxy of its own."""
    return not pod.injected and facts.sidecar != "none" and _would_inject(pod, facts)


def is_assumed(pod: Membership, facts: Assumptions) -> bool:
    """Whether nothing in the input calls the injector, so that the labels of the pod's Namespace are assumed."""
    return called_for(pod, injector_for(facts)) is None and facts.sidecar not in ("native", "classic")


def _would_inject(pod: Membership, facts: Assumptions) -> bool:
    injector = injector_for(facts)
    called = called_for(pod, injector)
    if called is None:
        router = "gateway" in pod.templates(injector)
        called = asked_elsewhere(pod) or router or facts.sidecar in ("native", "classic")
    return called and injects(pod, injector)


def native_env(facts: Assumptions) -> str:
    """ENABLE_NATIVE_SIDECARS of istiod, as the mesh configuration sets it or an older `compatibilityVersion` does."""
    if facts.mesh is None or facts.mesh.native_env:
        return facts.mesh.native_env if facts.mesh is not None else ""
    try:
        release = versions.parse_version("istio", injector_for(facts).compatibility)
    except versions.VersionError:
        return ""
    return "" if versions.NATIVE_DEFAULT.holds(release) else "false"


def mode_of(pod: Membership, facts: Assumptions) -> Sidecar | None:
    """Native or classic, or `None` when nothing decides."""
    member = membership_of(pod, facts)
    if member is not None:
        return member
    if pod.injected:
        return Sidecar.NATIVE if pod.native else Sidecar.CLASSIC
    if facts.sidecar != "auto":
        return Sidecar(facts.sidecar)
    istio, asked = facts.version("istio"), pod.annotations.get(NATIVE)
    if (
        asked is not None
        and versions.NATIVE_ANNOTATION.holds(istio)
        and (asked or not versions.NATIVE_DEFAULT.holds(istio))
    ):
        # At first the template asked for "true", and empty was not unset; today anything but "false" is native.
        words = asked == "true" if not versions.NATIVE_DEFAULT.holds(istio) else asked != "false"
        return Sidecar.NATIVE if words else Sidecar.CLASSIC
    decided = native_by_version(istio, facts.version("kubernetes"), native_env(facts))
    return None if decided is None else Sidecar.NATIVE if decided else Sidecar.CLASSIC


def native_by_version(
    istio: versions.Version | None, kubernetes: versions.Version | None, env: str = ""
) -> bool | None:
    """Whether injected sidecars are native by `ENABLE_NATIVE_SIDECARS` (`env`), or else by the versions given.

    `None` when neither decides.
    """
    if env not in ("", "auto"):
        return env == "true" and versions.NATIVE_ENV.holds(istio)  # only `auto` looks at the nodes
    if istio is not None and not versions.NATIVE_DEFAULT.holds(istio):
        return False
    if kubernetes is not None and not versions.NATIVE_NODES.holds(kubernetes):
        return False
    return True if istio is not None and kubernetes is not None else None
