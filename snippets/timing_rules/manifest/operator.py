"""What an IstioOperator says beside its values: istiod's environment, annotations of components, patches of gateways."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..domain.container import PROXY
from ..source.node import Node
from .overlay import overlaid
from .values import mapping, text_of

#: Components that are gateways, and the values of their charts.
COMPONENTS = {"ingressGateways": "istio-ingressgateway", "egressGateways": "istio-egressgateway"}
_STEP = re.compile(r"\[(?P<index>-?\d+)\]|\[(?P<key>\w+):(?P<name>[^\]]*)\]|(?P<plain>(?:\\.|[^.\[\\])+)")


def native_env(spec: Node) -> str:
    """`ENABLE_NATIVE_SIDECARS` in istiod's `k8s.env`, the last where it stands twice, or in a patch of `k8s.overlays`;
    empty where it is not set."""
    k8s = spec.get("components", "pilot", "k8s")
    containers = patched(Node("mapping", spec.span), k8s).get("spec", "template", "spec", "containers")
    lists = [k8s.get("env") if k8s is not None else None]
    lists += [container.get("env") for container in (containers.items if containers is not None else ())]
    there = [
        text_of(variable.get("value"))
        for listed in lists
        for variable in (listed.items if listed is not None else ())
        if text_of(variable.get("name")) == "ENABLE_NATIVE_SIDECARS"
    ]
    return there[-1] if there else ""


def component_annotations(spec: Node) -> Iterator[tuple[str, Node]]:
    """The annotations of the pods of components that are no gateways, with their paths. Errors: `ParseError`."""
    components = mapping(spec, "components", at="spec")
    for name, component in (components.entries if components is not None else {}).items():
        noted = component.get("k8s", "podAnnotations")
        if name not in COMPONENTS and noted is not None:
            yield f"spec.components.{name}.k8s.podAnnotations", noted


def patched(workload: Node, k8s: Node | None) -> Node:
    """A workload with the patches of `k8s.overlays`."""
    overlays = k8s.get("overlays") if k8s is not None else None
    for overlay in overlays.items if overlays is not None else ():
        patches = overlay.get("patches")
        if text_of(overlay.get("kind")) in ("Deployment", "DaemonSet") and patches is not None:
            for patch in patches.items:
                path, value = patch.get("path"), patch.get("value")
                if path is not None and value is not None:
                    workload = overlaid(workload, _at(text_of(path), value), by_name=True) or workload
    return workload


def _at(path: str, value: Node) -> Node:
    """The patch that puts a value at a path of an overlay: `spec.template.spec.containers.[name:istio-proxy].env`."""
    for step in reversed(list(_STEP.finditer(path))):
        if step["plain"] is not None:
            key = step["plain"].replace("\\", "")
            value = Node("mapping", value.span, entries={key: value}, keys={key: value.span}, exact=value.exact)
            continue
        # A gateway has one container; what is appended names itself.
        named = {step["key"]: step["name"]} if step["key"] else {"name": PROXY} if step["index"] != "-1" else {}
        typed = {
            key: int(name) if re.fullmatch(r"[0-9]{1,9}", name) and key != "name" else name
            for key, name in named.items()
        }
        names = {key: Node("scalar", value.span, name, raw=str(name), exact=False) for key, name in typed.items()}
        if value.kind == "mapping":
            value = value.with_entries(names, dict.fromkeys(names, value.span))
            value = Node("list", value.span, items=[value])
    return value
