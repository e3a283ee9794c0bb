"""The fragments that people paste, and the pod template that each stands for."""

from __future__ import annotations

import re

from ..domain.annotations import CONFIG, TEMPLATES
from ..domain.container import PROXY
from ..source.node import Node
from .fields import DRAIN_ENV, PROXY_CONFIG, camel
from .resources import Resource
from .values import under

POD_KEYS = {"containers", "initContainers", "terminationGracePeriodSeconds"}
_SHAPES = {
    "containers": "list", "initContainers": "list", "terminationGracePeriodSeconds": "scalar", "preStop": "mapping",
    "lifecycle": "mapping", "lifecycle.preStop": "mapping",
}  # fmt: skip
#: Keys of ProxyConfig that say nothing of where a pasted fragment comes from.
_AMBIGUOUS = {"readinessProbe", "image", "tracing", "concurrency", "statusPort"}


def fragment_of(resource: Resource) -> tuple[str, Node, str] | None:
    """Kind, pod template (metadata and spec) and its path, or `None` for a document without a kind that holds no pod."""
    root = resource.root
    if resource.group is not None:
        return None  # an object of no kind, such as a Chart.yaml
    spec = root.get("spec")
    if spec is not None and spec.kind == "mapping":
        for kind, path in (("CronJob", "spec.jobTemplate.spec.template"), ("Deployment", "spec.template")):
            template = root.get(*path.split("."))
            if template is not None and template.kind == "mapping":
                return kind, template, path
        if POD_KEYS & set(spec.entries):
            return "Pod", root, ""
    template = root.get("template")
    if template is not None and template.kind == "mapping" and _holds_pod(template):
        return "Deployment", template, "template"
    shaped = _shaped(root)
    if shaped and "preStop" in root.entries:
        root = under("lifecycle", root)
    if shaped and "lifecycle" in root.entries and "defaultConfig" not in root.entries:
        return "Pod", _around(root), ""
    if shaped and POD_KEYS & set(root.entries) and "image" not in root.entries:
        return "Pod", pod_template(root, root.get("podAnnotations")), ""
    annotations = _fragment_annotations(root)
    if annotations is not None:
        return "Pod", under("metadata", under("annotations", annotations)), ""
    return None


def _holds_pod(template: Node) -> bool:
    """Whether a `template:` without a kind says anything of a pod."""
    spec, noted = template.get("spec"), template.get("metadata")
    return (spec is not None and bool(POD_KEYS & set(spec.entries))) or (
        noted is not None and bool({"annotations", "labels"} & set(noted.entries))
    )


def _shaped(root: Node) -> bool:
    """Whether keys that a pod has have a pod's values, too: in Helm values they may hold anything."""
    listed = root.get("containers")
    if listed is not None and listed.items and all(item.kind == "mapping" for item in listed.items):
        return True
    found = [(node, kind) for path, kind in _SHAPES.items() if (node := root.get(*path.split("."))) and not node.empty]
    plain = all(node.kind == kind and not isinstance(node.value, str) for node, kind in found)
    return plain and all(item.kind == "mapping" for node, _ in found for item in node.items)


def pod_template(spec: Node, noted: Node | None) -> Node:
    """A pod template, with the `podAnnotations` that stand beside the pod's keys in Helm values."""
    template = under("spec", spec)
    if noted is None or noted.kind != "mapping":
        return template
    return template.with_entries({"metadata": under("annotations", noted)})


def _around(root: Node) -> Node:
    """The pod template around a pasted piece of a container, or around Helm values with a `lifecycle`.

    Values with annotations of Istio and without an image are the gateway chart's: it names its container and template.
    """
    kinds = dict(name="scalar", image="scalar", lifecycle="mapping", ports="list", command="list", args="list")
    mine = {key: node for key, node in root.entries.items() if kinds.get(key) == node.kind}
    noted = root.get("podAnnotations")
    app = "image" in root.entries or bool(set(mine) - {"name", "lifecycle"})  # charts of apps have a mapping `image`
    if noted is not None and not app and any("istio.io/" in key for key in noted.entries):
        mine |= {key: Node("scalar", root.span, text, raw=text) for key, text in (("name", PROXY), ("image", "auto"))}
        gateway = {TEMPLATES: Node("scalar", root.span, "gateway", raw="gateway")}
        noted = noted.with_entries({**gateway, **noted.entries})
    container = Node("mapping", root.span, entries=mine, keys={key: root.keys.get(key, root.span) for key in mine})
    spec = under("containers", Node("list", root.span, items=[container]))
    grace = root.get("terminationGracePeriodSeconds")
    if grace is not None:
        name = "terminationGracePeriodSeconds"
        spec = spec.with_entries({name: grace}, {name: root.keys[name]})
    return pod_template(spec, noted)


def _fragment_annotations(root: Node) -> Node | None:
    """The annotations that a fragment is, or is about; a bare ProxyConfig body stands for the annotation with it."""
    for path in (("annotations",), ("metadata", "annotations"), ("podAnnotations",)):
        found = root.get(*path)
        if found is not None and any("/" in key for key in found.entries):
            return found
    if any(re.match(r"(timing-rules|[\w.-]*istio\.io)/", key) for key in root.entries):
        return root
    known = [key for key in root.entries if (camel(key) in PROXY_CONFIG and key not in _AMBIGUOUS) or key in DRAIN_ENV]
    if known and len(known) * 2 >= len(root.entries):
        return under(CONFIG, root)
    return None
