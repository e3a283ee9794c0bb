"""The gateway pods that charts, an IstioOperator and istiod make, as templates with every value where it is written.

Source: istio/istio at 86c9f01fd735: `manifests/charts/gateway/templates/deployment.yaml`,
`manifests/charts/gateways/istio-ingress/templates/deployment.yaml`,
`manifests/charts/istio-control/istio-discovery/files/kube-gateway.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from .. import versions
from ..domain.annotations import INJECT, MANAGED, TEMPLATES
from ..domain.container import PROXY
from ..domain.given import Assumptions
from ..source.node import NOWHERE, Node, Span
from ..source.stream import nested
from .helm import GATEWAY, gateway_classes, values_of
from .operator import COMPONENTS, patched
from .overlay import overlaid
from .resources import Context, Resource
from .values import mapping, text_of

_POD_FIELDS = ("terminationGracePeriodSeconds", "initContainers")
_ROUTER, _WAYPOINT = ("proxy", "router"), ("proxy", "waypoint")
#: Classes whose Gateways istiod makes pods for; others only where a GatewayClass of the input says so.
CLASSES = {"istio": _ROUTER, "istio-east-west": _ROUTER, "istio-waypoint": _WAYPOINT}
#: The controllers of such classes, as a GatewayClass names them.
CONTROLLERS = {"istio.io/gateway-controller": _ROUTER, "istio.io/mesh-controller": _WAYPOINT}


def note_gateway(resource: Resource, context: Context) -> None:
    """Take note of what a resource says of Gateways in other documents. Errors: `ParseError`."""
    root = resource.root
    if resource.is_kind("GatewayClass", "gateway.networking.k8s.io"):
        role = CONTROLLERS.get(text_of(root.get("spec", "controllerName")))
        context.gateway_classes |= {resource.name: role} if role is not None else {}
    elif resource.kind == "ConfigMap":
        patch = _deployment_patch(root)
        if patch is None:
            return
        context.options[resource.namespace or "default", resource.name] = resource
        named = text_of(root.get("metadata", "labels", "gateway.istio.io/defaults-for-class"))
        context.class_options |= {named: (resource.source, patch)} if named else {}
    elif resource.kind == "Gateway":
        reference = _mapping_in(root, "spec", "infrastructure", "parametersRef")
        context.referenced |= (
            {(resource.namespace or "default", text_of(reference.get("name")))} if reference else set()
        )
    else:
        classes = gateway_classes(resource)
        context.class_options |= {name: (resource.source, patch) for name, patch in classes.items()}


def gateways_of(resource: Resource, context: Context, flags: Assumptions) -> Iterator[Resource]:
    """The workloads of the gateways that a resource stands for. Errors: `ParseError`."""
    if resource.is_kind("Gateway", "gateway.networking.k8s.io") and resource.group is not None:
        yield from _managed(resource, context, flags)
    elif resource.kind == "IstioOperator" or (
        not resource.kind and resource.root.get("spec", "components") is not None
    ):
        yield from _of_operator(resource, mapping(resource.root, "spec"))
    elif resource.kind != "ConfigMap":
        for values in values_of(resource):
            if values.role == GATEWAY:
                yield _of_chart(resource, values.node, values.at, values.name)
            else:
                yield from _of_istioctl(resource, values.node, values.at)


def _of_chart(resource: Resource, values: Node, at: str, name: str) -> Resource:
    """The workload of the chart `gateway`."""
    span = values.span
    noted = _texts(span, {TEMPLATES: "gateway", INJECT: "true"})
    name = text_of(values.get("name")) or name or resource.name
    own = {INJECT: "true", **({"app": name, "istio": name.removeprefix("istio-")} if name else {})}
    container = _container(values, span)
    more = values.get("additionalContainers")
    spec = _picked(values, *_POD_FIELDS)
    listed = Node("list", span, items=[container, *(more.items if more is not None else ())])
    spec = spec.with_entries({"containers": listed}, {"containers": span})
    root = _workload(
        span,
        kind=values.get("kind"),
        name=name,
        annotations=overlaid(noted, _mapping_in(values, "podAnnotations")),
        labels=overlaid(_texts(span, own), _mapping_in(values, "labels")),
        spec=spec,
        around=_picked(values, replicas="replicaCount"),
        declared=overlaid(_mapping_in(resource.root, "metadata", "annotations"), _mapping_in(values, "annotations")),
    )
    here = f"{at}." if at else ""
    paths = (
        ("metadata.annotations", f"{here}podAnnotations"),
        (f"{PROXY}.env", f"{here}env"),
        ("spec.template.spec.containers[0]", at),
        ("spec.template.spec", at),
    )
    return _shown(resource, root, "values", name, paths)


def _of_operator(resource: Resource, spec: Node | None) -> Iterator[Resource]:
    """The gateways among the components of an IstioOperator, and those of its values alone."""
    if spec is None:
        return
    values = mapping(spec, "values", at="spec") or Node("mapping", spec.span)
    components, named = mapping(spec, "components", at="spec"), set()
    for key, chart in COMPONENTS.items():
        listed = components.get(key) if components is not None else None
        named |= {chart} if listed is not None and listed.items else set()
        for index, component in enumerate(listed.items if listed is not None else ()):
            if component.kind == "mapping" and text_of(component.get("enabled")) != "false":
                below = _mapping_in(values, "gateways", chart)
                at = f"spec.components.{key}[{index}].k8s"
                yield _rendered(resource, component, below, at, text_of(component.get("name")) or chart)
    for gateway in _of_istioctl(resource, values, "spec.values"):
        if gateway.name not in named:
            yield gateway


def _of_istioctl(resource: Resource, values: Node, at: str) -> Iterator[Resource]:
    """The gateways under `gateways` in the values of the charts that `istioctl` renders."""
    gateways = _mapping_in(values, "gateways")
    for name, gateway in (gateways.entries if gateways is not None else {}).items():
        if gateway.kind == "mapping" and "gateway" in name and text_of(gateway.get("enabled")) != "false":
            yield _rendered(resource, None, gateway, f"{at}.gateways.{name}".lstrip("."), name)


def _rendered(resource: Resource, component: Node | None, values: Node | None, at: str, name: str) -> Resource:
    """The workload that `istioctl` renders: not injected, so that `global.proxy.lifecycle` does not reach it."""
    holder = component if component is not None else values
    span = holder.span if holder is not None else resource.root.span
    k8s = _mapping_in(component, "k8s")
    template = text_of(values.get("injectionTemplate")) if values is not None else ""
    own = {TEMPLATES: template, INJECT: "true"} if template else {INJECT: "false"}
    container = _container(values, span, () if template else _ROUTER)
    env = overlaid(container.get("env"), k8s.get("env") if k8s is not None else None, by_name=True)
    if env is not None:
        container = container.with_entries({"env": env}, {"env": env.span})
    noted = overlaid(_mapping_in(values, "podAnnotations"), _mapping_in(k8s, "podAnnotations"))
    listed = Node("list", span, items=[container])
    root = _workload(
        span,
        kind=None,
        name=name,
        annotations=overlaid(_texts(span, own), noted),
        labels=overlaid(_texts(span, own), _mapping_in(component, "label")),
        spec=Node("mapping", span, entries={"containers": listed}, keys={"containers": span}),
        around=_picked(k8s, replicas="replicaCount"),
        declared=_mapping_in(resource.root, "metadata", "annotations"),
    )
    inside = _mapping_in(k8s, "podAnnotations")
    values_at = at if component is None else f"spec.values.gateways.{name}"
    paths = (
        ("metadata.annotations", f"{at if inside is not None else values_at}.podAnnotations"),
        (f"{PROXY}.env", f"{at}.env"),
        ("spec.template", f"{at}.overlays.spec.template" if component is not None else at),
    )
    root = patched(root, k8s)
    return replace(_shown(resource, root, resource.kind or "values", name, paths), hookless=not template)


def _managed(resource: Resource, context: Context, flags: Assumptions) -> Iterator[Resource]:
    """The workload that istiod makes for a Gateway of one of its classes."""
    root, span = resource.root, resource.root.span
    spec = mapping(root, "spec")
    name = text_of(spec.get("gatewayClassName")) if spec is not None else ""
    role = CLASSES.get(name) or context.gateway_classes.get(name)
    if spec is None or role is None or _is_manual(spec):
        return
    given, own = mapping(spec, "infrastructure", at="spec"), mapping(root, "metadata")
    parts = {}
    for key in ("annotations", "labels"):
        inside = _mapping_in(given, key)
        parts[key] = inside if inside is not None else _mapping_in(own, key)
    fixed = {MANAGED: "istio.io-gateway-controller", "gateway.networking.k8s.io/gateway-name": resource.name}
    labels = _texts(span, {**fixed, "gateway.networking.k8s.io/gateway-class-name": name, INJECT: "false"})
    fields = {"containers": Node("list", span, items=[_container(None, span, role)])}
    mesh = flags.mesh or context.mesh.get(resource.source)
    istio = flags.version("istio") or (mesh.assumptions.version("istio") if mesh is not None else None)
    if role is _WAYPOINT and not versions.WAYPOINT_GRACE.holds(istio):
        fields["terminationGracePeriodSeconds"] = Node("scalar", span, 2, raw="2", exact=False)
    workload = _workload(
        span,
        kind=None,
        name=f"{resource.name}-{name}",
        annotations=parts["annotations"] or _texts(span, {}),
        labels=overlaid(parts["labels"], labels),
        spec=Node("mapping", span, entries=fields, keys=dict.fromkeys(fields, span)),
        around=_texts(span, {}),
        declared=_mapping_in(own, "annotations"),
    )
    for options in (_class_options(resource, name, context, flags), _options(resource, given, context)):
        workload = overlaid(workload, options, by_name=True) or workload
    inside = _mapping_in(given, "annotations")
    at = "metadata.annotations" if inside is None else "spec.infrastructure.annotations"
    paths = (
        ("metadata.annotations", at),
        ("spec.template", "spec.infrastructure.parametersRef.deployment.spec.template"),
    )
    yield replace(_shown(resource, workload, "Gateway", resource.name, paths), hookless=role is _WAYPOINT)


def _is_manual(spec: Node) -> bool:
    """Whether a Gateway names a workload that somebody else makes, by its address."""
    addresses = spec.get("addresses")
    listed = list(addresses.items) if addresses is not None else []
    return len(listed) > 1 or any(text_of(address.get("type")) not in ("", "IPAddress") for address in listed)


def _class_options(resource: Resource, name: str, context: Context, flags: Assumptions) -> Node | None:
    """The patch that istiod's values, or a ConfigMap, give to every Gateway of a class."""
    patch = flags.mesh.gateway_classes.get(name) if flags.mesh is not None else None
    source, patch = (flags.mesh.source, patch) if flags.mesh and patch else context.class_options.get(name, ("", None))
    return patch if patch is None or source == resource.source else _pinned(patch, resource.root.span)


def _options(resource: Resource, given: Node | None, context: Context) -> Node | None:
    """The patch for the Deployment in the ConfigMap that `parametersRef` names, if it is in the input."""
    reference = _mapping_in(given, "parametersRef")
    if reference is None or text_of(reference.get("kind")) != "ConfigMap":
        return None
    found = context.options.get((resource.namespace or "default", text_of(reference.get("name"))))
    if found is None:
        return None
    patch = _deployment_patch(found.root)
    return patch if found.source == resource.source or patch is None else _pinned(patch, reference.span)


def _deployment_patch(config_map: Node) -> Node | None:
    """The patch under `data.deployment`. Errors: `ParseError`."""
    text = config_map.get("data", "deployment")
    patch = nested(text) if text is not None and isinstance(text.value, str) else None
    return patch if patch is not None and patch.kind == "mapping" else None


def _pinned(node: Node, span: Span) -> Node:
    """A tree of another file, at one place of this one."""
    return Node(
        node.kind,
        span,
        node.value,
        entries={key: _pinned(child, span) for key, child in node.entries.items()},
        keys=dict.fromkeys(node.keys, span),
        items=[_pinned(item, span) for item in node.items],
        raw=node.raw,
        quoted=node.quoted,
        exact=False,
    )


def _container(values: Node | None, span: Span, args: tuple[str, ...] = ()) -> Node:
    """istio-proxy, with the hook and the environment that values give it; the charts put that in quotes."""
    container = _picked(values, "lifecycle") if values is not None else Node("mapping", span)
    fixed = _texts(span, {"name": PROXY, "image": "auto"})
    entries = {**fixed.entries, **container.entries}
    if args:
        entries["args"] = Node("list", span, items=[_text(span, word) for word in args])
    given = _mapping_in(values, "env")
    if given is not None:
        entries["env"] = Node("list", given.span, items=[
            Node("mapping", given.keys[key], entries={"name": _text(given.keys[key], key), "value": _quoted(value)},
                 keys={"name": given.keys[key], "value": given.keys[key]})
            for key, value in given.entries.items() if value.kind == "scalar"
        ])  # fmt: skip
    return Node("mapping", span, entries=entries, keys={**fixed.keys, **container.keys})


def _workload(
    span: Span,
    *,
    kind: Node | None,
    name: str,
    annotations: Node | None,
    labels: Node | None,
    spec: Node,
    around: Node,
    declared: Node | None,
) -> Node:
    metadata = {key: node for key, node in (("annotations", annotations), ("labels", labels)) if node is not None}
    template = {"metadata": Node("mapping", span, entries=metadata, keys=dict.fromkeys(metadata, span)), "spec": spec}
    body = {"template": Node("mapping", span, entries=template, keys=dict.fromkeys(template, span)), **around.entries}
    outer: dict[str, Node] = {"name": _text(span, name)}
    if declared is not None:
        own = {key: node for key, node in declared.entries.items() if key.startswith("timing-rules/")}
        outer["annotations"] = Node(
            "mapping", declared.span, entries=own, keys={key: declared.keys[key] for key in own}
        )
    entries = {
        "kind": _text(span, "DaemonSet" if text_of(kind) == "DaemonSet" else "Deployment"),
        "metadata": Node("mapping", span, entries=outer, keys=dict.fromkeys(outer, span)),
        "spec": Node("mapping", span, entries=body, keys=dict.fromkeys(body, span)),
    }
    return Node("mapping", span, entries=entries, keys=dict.fromkeys(entries, span))


def _shown(resource: Resource, root: Node, kind: str, name: str, paths: tuple[tuple[str, str], ...]) -> Resource:
    shown = resource.kind if resource.group is not None and resource.kind else kind
    return Resource(resource.source, resource.document, root, shown=(shown, name, resource.namespace), paths=paths)


def _mapping_in(node: Node | None, *path: str) -> Node | None:
    """A mapping at a path, or nothing where anything else stands."""
    found = node.get(*path) if node is not None else None
    return found if found is not None and found.kind == "mapping" else None


def _picked(node: Node | None, *names: str, **renamed: str) -> Node:
    """Some keys of a mapping, in a mapping at the same place."""
    if node is None:
        return _texts(NOWHERE, {})
    pairs = {**{name: name for name in names}, **renamed}
    kept = {name: key for name, key in pairs.items() if key in node.entries and not node.entries[key].empty}
    return Node(
        "mapping",
        node.span,
        entries={name: node.entries[key] for name, key in kept.items()},
        keys={name: node.keys.get(key, node.span) for name, key in kept.items()},
    )


def _texts(span: Span, pairs: Mapping[str, str]) -> Node:
    entries = {key: _text(span, value) for key, value in pairs.items()}
    return Node("mapping", span, entries=entries, keys=dict.fromkeys(entries, span))


def _text(span: Span, value: str) -> Node:
    return Node("scalar", span, value, raw=value, exact=False)


def _quoted(node: Node) -> Node:
    """A scalar as a chart's `quote` makes it a string."""
    if isinstance(node.value, str) or node.empty:
        return node
    return Node("scalar", node.span, node.raw, raw=node.raw, quoted=True, exact=node.exact, json=node.json)
