"""A pod as a link may carry it: its kind, its containers' names and its timing. No image, command, variable, label or annotation.

`of` reads a pod that was understood, never its text, so that nothing else can come along. `written` trusts nothing in a link.
A pod of the calculator has a `name` and what is `declared` about it, too, so that its manifest is whole.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from ..domain import PROXY, Container, Pod, Sidecar
from ..text import seconds
from ..versions import NATIVE_ANNOTATION, SLEEP_ACTION, Version, VersionError, parse_version

_KINDS = ("Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job")
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
#: Where each setting of the proxy is written in `proxy.istio.io/config`.
_DURATIONS = ("drainDuration", "terminationDrainDuration")
_VARIABLES = ("MINIMUM_DRAIN_DURATION", "EXIT_ON_ZERO_ACTIVE_CONNECTIONS")
#: What may be declared of a pod, as annotations name it.
_DECLARED = ("propagation", "lb-deregistration", "connections-idle-after", "node-shutdown")


def of(pod: Pod) -> dict[str, Any]:
    """What a link says of a pod."""
    settings = {name: getattr(pod.settings, name) for name in (*_DURATIONS, *_VARIABLES) if pod.settings.setter(name)}
    return {
        "kind": pod.kind if pod.kind in _KINDS else "Pod",
        "mode": None if pod.sidecar is None else str(pod.sidecar),
        "grace": pod.terminationGracePeriodSeconds,
        "containers": [_container(container) for container in pod.containers],
        "sidecars": [_container(container) for container in pod.sidecars],
        **({"proxy": _container(pod.proxy)} if pod.sidecar is Sidecar.GATEWAY and pod.proxy else {}),
        "settings": settings,
    }


def _container(container: Container) -> dict[str, Any]:
    shown: dict[str, Any] = {"name": container.name, "ports": bool(container.ports)}
    if container.preStop is not None:
        shown["prestop"] = container.preStop.seconds
    if container.shutdown is not None:
        shown["shutdown"] = "never" if math.isinf(container.shutdown) else container.shutdown
    return shown


def written(pod: dict[str, Any]) -> str:
    """The manifest of a pod in a link. What is not a name or a number is left out."""
    kind = pod.get("kind") if pod.get("kind") in _KINDS else "Pod"
    body, name = [*_metadata(pod), *_spec(pod)], _name(pod)
    if kind != "Pod":
        selects = [f"  selector: {{matchLabels: {{app: {name}}}}}"] if name and kind != "Job" else []
        body = ["spec:", *selects, "  template:", *(f"    {line}" for line in body)]
        body = [*(["metadata:", f"  name: {name}"] if name else []), *body]
    versions = {"Pod": "v1", "Job": "batch/v1"}
    return "\n".join([f"apiVersion: {versions.get(str(kind), 'apps/v1')}", f"kind: {kind}", *body]) + "\n"


def _name(pod: dict[str, Any]) -> str:
    name = pod.get("name")
    return name if isinstance(name, str) and _NAME.fullmatch(name) else ""


def _declared(pod: dict[str, Any]) -> dict[str, Any]:
    declared = pod.get("declared")
    return declared if isinstance(declared, dict) else {}


def _version(pod: dict[str, Any], component: str) -> Version | None:
    text = _declared(pod).get(component)
    try:
        return parse_version(component, text) if isinstance(text, str) else None
    except VersionError:
        return None


def _metadata(pod: dict[str, Any]) -> Iterator[str]:
    annotations, mode = list(_annotations(pod)), pod.get("mode")
    labels = [f"app: {_name(pod)}"] if _name(pod) else []
    if mode in (Sidecar.NATIVE, Sidecar.CLASSIC, Sidecar.GATEWAY) or (mode is None and _settings(pod)):
        labels.append('sidecar.istio.io/inject: "true"')
    if annotations or labels:
        yield "metadata:"
    for name, entries in (("labels", labels), ("annotations", annotations)):
        if entries:
            yield f"  {name}:"
            yield from (f"    {entry}" for entry in entries)


def _annotations(pod: dict[str, Any]) -> Iterator[str]:
    mode, settings = pod.get("mode"), _settings(pod)
    if mode in (Sidecar.NATIVE, Sidecar.CLASSIC) and NATIVE_ANNOTATION.holds(_version(pod, "istio")):
        yield f'sidecar.istio.io/nativeSidecar: "{"true" if mode == Sidecar.NATIVE else "false"}"'
    if mode == Sidecar.GATEWAY:
        yield "inject.istio.io/templates: gateway"
    if settings:
        yield "proxy.istio.io/config: |"
        yield from (f"  {name}: {settings[name]}" for name in _DURATIONS if name in settings)
        if any(name in settings for name in _VARIABLES):
            yield "  proxyMetadata:"
            yield from (f'    {name}: "{settings[name]}"' for name in _VARIABLES if name in settings)
    for component in ("istio", "kubernetes"):
        if (version := _version(pod, component)) is not None:
            yield f'timing-rules/{component}: "{version}"'
    for container in _containers(pod, "containers"):
        if (length := _length(container.get("shutdown"))) is not None:
            yield f"timing-rules/app-shutdown.{container['name']}: {length}"
    for name in _DECLARED:
        if (length := _length(_declared(pod).get(name))) is not None:
            yield f"timing-rules/{name}: {length}"


def _length(value: object) -> str | None:
    """A declared length as an annotation says it."""
    number = _number(value)
    return "never" if value == "never" else None if number is None else f"{seconds(number)}s"


def _settings(pod: dict[str, Any]) -> dict[str, str]:
    """The proxy's settings as they are written."""
    given = pod.get("settings") if isinstance(pod.get("settings"), dict) else {}
    shown = {}
    for name in (*_DURATIONS, *_VARIABLES):
        value = given.get(name) if given else None
        if isinstance(value, bool) and name == "EXIT_ON_ZERO_ACTIVE_CONNECTIONS":
            shown[name] = "true" if value else "false"
        elif (length := _number(value)) is not None and name != "EXIT_ON_ZERO_ACTIVE_CONNECTIONS":
            shown[name] = f"{seconds(length)}s"
    return shown


def _spec(pod: dict[str, Any]) -> Iterator[str]:
    grace = _number(pod.get("grace"))
    yield "spec:"
    if pod.get("kind") == "Job":
        yield "  restartPolicy: Never"
    if grace is not None:
        yield f"  terminationGracePeriodSeconds: {int(grace)}"
    for key, field in (("sidecars", "initContainers"), ("containers", "containers")):
        containers = list(_containers(pod, key))
        if key == "containers" and pod.get("mode") == Sidecar.GATEWAY and isinstance(pod.get("proxy"), dict):
            containers.append({**pod["proxy"], "name": PROXY})
        if containers:
            yield f"  {field}:"
        for container in containers:
            sleeps = SLEEP_ACTION.holds(_version(pod, "kubernetes"))
            yield from (f"    {line}" for line in _lines(container, key == "sidecars", sleeps))


def _lines(container: dict[str, Any], native: bool, sleeps: bool) -> Iterator[str]:
    yield f"- name: {container['name']}"
    yield f"  image: {'auto' if container['name'] == PROXY else 'example/image:1'}"
    if native:
        yield "  restartPolicy: Always"
    if container.get("ports") is True:
        yield "  ports: [{containerPort: 8080}]"
    if "prestop" in container:
        length = _number(container["prestop"])
        if length is None:
            yield '  lifecycle: {preStop: {exec: {command: ["/hook"]}}}'
        elif sleeps and length == int(length):
            yield f"  lifecycle: {{preStop: {{sleep: {{seconds: {int(length)}}}}}}}"
        else:
            yield f'  lifecycle: {{preStop: {{exec: {{command: ["sleep", "{seconds(length)}"]}}}}}}'


def _containers(pod: dict[str, Any], key: str) -> Iterator[dict[str, Any]]:
    """The containers of a link whose names a container can have."""
    listed = pod.get(key)
    for container in listed[:20] if isinstance(listed, list) else ():
        name = container.get("name") if isinstance(container, dict) else None
        if isinstance(name, str) and _NAME.fullmatch(name) and name != PROXY:
            yield container


def _number(value: object) -> float | None:
    """A length in seconds, of at most a week."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 604_800:
        return None
    return float(value)
