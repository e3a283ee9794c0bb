"""Fields that decide how a pod stops, where Kubernetes does not have them or refuses them.

Sources: the API types of kubernetes/kubernetes v1.36.3 (`staging/src/k8s.io/api/core/v1/types.go`), and what its
`pkg/apis/core/validation/validation.go` refuses; knative/serving `pkg/apis/serving/fieldmask.go` at 98e5ef90aa70.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto
from functools import cache, lru_cache
from typing import NamedTuple

from ..domain.container import PROXY
from ..domain.given import MeshConfig
from ..domain.pod import Pod
from ..source.node import Node, Span
from .kinds import POD_KINDS
from .spelling import nearest
from .values import string

GRACE = "terminationGracePeriodSeconds"
HANDLERS = ("exec", "httpGet", "tcpSocket", "sleep")
_LIFECYCLE = ("postStart", "preStop", "stopSignal")
_GRACE_LIKE = re.compile(r"(termination[-_]?)?grace[-_]?(period|seconds)", re.IGNORECASE)
_HOOK_LIKE = re.compile(r"pre[-_]?stop[-_]?(hooks?|handler|command)?", re.IGNORECASE)

_PROBES = ("livenessProbe", "startupProbe", "readinessProbe")
#: Mappings with keys of anybody's own, or written by the API server.
_FREE = {
    "labels",
    "annotations",
    "matchLabels",
    "nodeSelector",
    "selector",
    "status",
    "managedFields",
    "limits",
    "requests",
}


class Fault(Enum):
    """What is wrong with a field."""

    GRACE_PLACE = auto()
    GRACE_NAME = auto()
    HOOK_PLACE = auto()
    HOOK_NAME = auto()
    PROXY_HOOK = auto()
    NO_HANDLER = auto()
    NO_COMMAND = auto()
    HANDLER_KEY = auto()
    NOTHING_LEFT = auto()
    TWO_HANDLERS = auto()
    INIT_CONTAINER = auto()
    READINESS = auto()
    KNATIVE_GRACE = auto()
    KNATIVE_LIFECYCLE = auto()


class Misplaced(NamedTuple):
    """A field where it is ignored or refused. `right` is the name it should have, where that can be put in its place."""

    fault: Fault
    container: str
    path: str
    key: str
    span: Span
    right: str = ""


def misplaced(pod: Pod) -> Iterator[Misplaced]:
    """Every such field of a pod, of its containers and of its workload."""
    if pod.node is None:
        return
    kind = pod.workload.get("kind") if pod.workload is not None else None
    if kind is not None and not pod.foreign:  # a controller's own kind may have any field
        yield from _of_pod(pod, pod.node)
        yield from _of_workload(pod)
        yield from _astray(pod)
    read = (*pod.containers, *pod.sidecars, *([pod.proxy] if pod.proxy is not None else []))
    paths = {id(container.node): container.path for container in read}
    for group in ("containers", "initContainers"):
        listed = pod.node.get(group)
        for index, container in enumerate(listed.items if listed is not None else ()):
            if container.kind == "mapping":
                path = paths.get(id(container)) or f"{pod.path}.{group}[{index}]".lstrip(".")
                yield from _of_container(pod, container, group, path)


def misplaced_in_mesh(mesh: MeshConfig) -> Iterator[Misplaced]:
    """The same of the hooks that mesh configuration gives to every istio-proxy: they come out in the pods as they stand there."""
    proxy = mesh.injector.get("global", "proxy") if mesh.injector is not None else None
    if proxy is not None and "preStop" in proxy.entries:
        yield _field(Fault.PROXY_HOOK, PROXY, proxy, "global.proxy", "preStop")
    lifecycle, path = mesh.proxy_lifecycle, "global.proxy.lifecycle"
    if lifecycle is not None:
        yield from _of_lifecycle(PROXY, lifecycle, path)
        hook = lifecycle.get("preStop")
        if hook is not None and hook.kind == "mapping":
            yield from _of_hook(PROXY, lifecycle, hook, path, twice=True)


def _of_pod(pod: Pod, spec: Node) -> Iterator[Misplaced]:
    for key, value in spec.entries.items():
        if key == GRACE:
            if _is_knative(pod):
                yield _field(Fault.KNATIVE_GRACE, "", spec, pod.path, key)
        elif _like_grace(key):
            right = "timeoutSeconds" if _is_knative(pod) else GRACE
            yield _field(Fault.GRACE_NAME, "", spec, pod.path, key, right if right not in spec.entries else "")
        elif _like_hook(key, value):
            yield _field(Fault.HOOK_PLACE, "", spec, pod.path, key)


def _of_workload(pod: Pod) -> Iterator[Misplaced]:
    """What stands between the workload and its pod's spec: in its own spec, or in the template beside that."""
    node, path, inner = pod.workload, "", pod.path.rpartition(".")[0]
    for step in inner.split(".") if inner else ():
        node, path = node.get(step) if node is not None else None, f"{path}.{step}".lstrip(".")
        if node is None:
            return
        for key, value in node.entries.items():
            if key == GRACE or _like_grace(key):
                yield _field(Fault.GRACE_PLACE, "", node, path, key)
            elif _like_hook(key, value):
                yield _field(Fault.HOOK_PLACE, "", node, path, key)


def _astray(pod: Pod) -> tuple[Misplaced, ...]:
    """What stands under a key that is not looked at otherwise: in resources, a probe, a strategy, or beside the kind."""
    root = pod.workload
    kind = root.get("kind") if root is not None else None
    if root is None or pod.node is None or kind is None or str(kind.value) not in POD_KINDS:
        return ()
    return _strays(root, pod.node, pod.path)


@lru_cache(maxsize=2)  # the rule is asked again for each fact that is tried
def _strays(root: Node, spec: Node, path: str) -> tuple[Misplaced, ...]:
    lists = [spec.get(group) for group in ("containers", "initContainers")]
    containers = {id(item) for listed in lists if listed is not None for item in listed.items}
    judged = {id(spec)} | containers
    node: Node | None = root
    for step in path.split("."):
        node = node.get(step) if node is not None else None
        judged.add(id(node))
    return tuple(_below(root, "", "", "", judged, containers))


#: What may have gone astray.
_STRAYS = {GRACE, "preStop", "lifecycle"}


def _below(
    node: Node, path: str, key: str, container: str, judged: set[int], containers: set[int]
) -> Iterator[Misplaced]:
    for index, item in enumerate(node.items):
        if item.kind != "scalar" and item.holds(_STRAYS):
            yield from _below(item, f"{path}[{index}]", key, container, judged, containers)
    container = string(node, "name", path) if id(node) in containers else container
    for name, value in node.entries.items():
        if id(node) not in judged:
            if name == GRACE and not value.empty and key not in _PROBES:
                yield _field(Fault.GRACE_PLACE, container, node, path, name)
            elif name == "preStop" or (name == "lifecycle" and set(value.entries) & {"preStop", "postStart"}):
                yield _field(Fault.HOOK_PLACE, container, node, path, name)
                continue
        if not path and name not in ("metadata", "spec", "template"):
            continue  # an anchor's holder, a status, data
        if name in _FREE or (id(node) in judged and _names_hook(name)):
            continue
        if value.kind != "scalar" and value.holds(_STRAYS):
            yield from _below(value, f"{path}.{name}".lstrip("."), name, container, judged, containers)


def _of_container(pod: Pod, container: Node, group: str, path: str) -> Iterator[Misplaced]:
    name = string(container, "name", path)
    for key, value in container.entries.items():
        if key == GRACE or _like_grace(key):
            yield _field(Fault.GRACE_PLACE, name, container, path, key)
        elif key != "lifecycle" and _like_hook(key, value):
            right = "" if "lifecycle" in container.entries or _HOOK_LIKE.fullmatch(key) else "lifecycle"
            yield _field(Fault.HOOK_NAME if right else Fault.HOOK_PLACE, name, container, path, key, right)
    probe = container.get("readinessProbe")
    if probe is not None and (limit := probe.get(GRACE)) is not None and not limit.empty:
        yield _field(Fault.READINESS, name, probe, f"{path}.readinessProbe", GRACE)
    lifecycle = container.get("lifecycle")
    if lifecycle is None or lifecycle.kind != "mapping":
        return
    restart = container.get("restartPolicy")
    if _is_knative(pod):
        yield _field(Fault.KNATIVE_LIFECYCLE, name, container, path, "lifecycle")
    elif group == "initContainers" and (restart is None or restart.value != "Always"):
        # Injection makes istio-proxy restartable; of a workload, the API server sees the template as it is written.
        if name != PROXY or pod.kind != "Pod" or pod.injected:
            yield _field(Fault.INIT_CONTAINER, name, container, path, "lifecycle")
    else:
        yield from _of_lifecycle(name, lifecycle, f"{path}.lifecycle")
        hook = lifecycle.get("preStop")
        if hook is not None and hook.kind == "mapping":
            # Two handlers of an injected istio-proxy are its template's and its own: PT215 speaks of them.
            yield from _of_hook(name, lifecycle, hook, f"{path}.lifecycle", twice=name != PROXY or not pod.injected)


def _of_lifecycle(name: str, lifecycle: Node, path: str) -> Iterator[Misplaced]:
    for key in lifecycle.entries:
        if _like_grace(key) or key == GRACE:
            yield _field(Fault.GRACE_PLACE, name, lifecycle, path, key)
        elif key not in _LIFECYCLE:
            close = "preStop" if _HOOK_LIKE.fullmatch(key) else nearest(key, _LIFECYCLE)
            right = close if close is not None and close not in lifecycle.entries else ""
            yield _field(Fault.HOOK_NAME, name, lifecycle, path, key, right)


def _of_hook(name: str, lifecycle: Node, hook: Node, path: str, *, twice: bool) -> Iterator[Misplaced]:
    at = f"{path}.preStop"
    handlers = [key for key, value in hook.entries.items() if key in HANDLERS and not value.empty]
    others = [key for key in hook.entries if key not in HANDLERS]
    for key in others:
        if key == GRACE or _like_grace(key):
            yield _field(Fault.GRACE_PLACE, name, hook, at, key)
        else:
            right = nearest(key, HANDLERS) or ""
            fault = Fault.HANDLER_KEY if handlers else Fault.NOTHING_LEFT
            yield _field(fault, name, hook, at, key, right if right not in hook.entries else "")
    if twice and len(handlers) > 1:
        yield _field(Fault.TWO_HANDLERS, name, hook, at, handlers[1])
    elif not handlers and not others:
        yield _field(Fault.NO_HANDLER, name, lifecycle, path, "preStop")
    for handler, known in (("exec", "command"), ("sleep", "seconds")):
        body = hook.get(handler)
        if body is None or body.kind != "mapping":
            continue
        strange, whole = [key for key in body.entries if key != known], body.get("command")
        lacks = handler == "exec" and (whole is None or not whole.items)
        for key in strange:
            right = nearest(key, (known,)) or ""
            fault = Fault.NOTHING_LEFT if lacks else Fault.HANDLER_KEY
            yield _field(fault, name, body, f"{at}.{handler}", key, right if known not in body.entries else "")
        if lacks and not strange:
            yield _field(Fault.NO_COMMAND, name, hook, at, "exec")


def _field(fault: Fault, container: str, holder: Node, path: str, key: str, right: str = "") -> Misplaced:
    return Misplaced(fault, container, f"{path}.{key}".lstrip("."), key, holder.keys.get(key, holder.span), right)


def _is_knative(pod: Pod) -> bool:
    return pod.kind in ("Service", "Configuration", "Revision")


@cache
def _like_grace(key: str) -> bool:
    return key != GRACE and (bool(_GRACE_LIKE.match(key)) or nearest(key, (GRACE,)) is not None)


@cache
def _names_hook(key: str) -> bool:
    return bool(_HOOK_LIKE.fullmatch(key)) or nearest(key, ("lifecycle", "preStop")) is not None


def _like_hook(key: str, value: Node) -> bool:
    return value.kind == "mapping" and _names_hook(key)
