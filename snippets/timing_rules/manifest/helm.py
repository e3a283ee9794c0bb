"""Helm values of Istio's charts, wherever people keep them: alone, in an umbrella chart, in a resource of GitOps.

Source: istio/istio at 86c9f01fd735, `manifests/charts`. Newer charts print their defaults under a key of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .. import versions
from ..source.node import Node
from ..source.stream import nested
from .overlay import dotted, overlaid, read_as_set, with_set
from .resources import Resource
from .values import has_mapping, text_of, under

ISTIOD, GATEWAY = "istiod", "gateway"
#: Charts of Istio, and whose values they take. The charts of `istioctl` have their gateways under `gateways`.
_CHARTS = {
    "istiod": ISTIOD, "istio-discovery": ISTIOD, "base": ISTIOD, "istio-base": ISTIOD,
    "istio-ingress": ISTIOD, "istio-egress": ISTIOD, "gateway": GATEWAY, "istio-gateway": GATEWAY,
}  # fmt: skip
#: What `helm show values` prints of the chart `gateway`.
_GATEWAY_KEYS = frozenset(
    [
        "name",
        "revision",
        "replicaCount",
        "kind",
        "rbac",
        "serviceAccount",
        "podAnnotations",
        "securityContext",
        "containerSecurityContext",
        "service",
        "resources",
        "autoscaling",
        "podDisruptionBudget",
        "env",
        "envVarFrom",
        "labels",
        "annotations",
        "nodeSelector",
        "tolerations",
        "topologySpreadConstraints",
        "affinity",
        "networkGateway",
        "imagePullPolicy",
        "imagePullSecrets",
        "priorityClassName",
        "terminationGracePeriodSeconds",
        "volumes",
        "volumeMounts",
        "initContainers",
        "additionalContainers",
        "lifecycle",
        "readinessProbe",
        "minReadySeconds",
        "strategy",
        "networkPolicy",
        "platform",
        "unprivilegedPort",
        "global",
        "profile",
        "compatibilityVersion",
        "runAsRoot",
    ]
)
_DEFAULTS = ("_internal_defaults_do_not_set", "defaults")
_ROOM = re.compile(r"istio|gateway|ingress|egress|pilot|values|upstream|mesh", re.IGNORECASE)
_DEEP = 4
#: Charts whose name, as a key beside `global`, tells an umbrella chart from istiod's own values.
_SUBCHARTS = ("istiod", "istio-discovery", "gateway", "istio-gateway", "istio-ingress", "istio-ingressgateway")


class Values(NamedTuple):
    """Values of one chart: whose they are, their tree and its path, the release's name, the version that is stated."""

    role: str
    node: Node
    at: str
    name: str = ""
    version: str = ""


class _Release(NamedTuple):
    """A chart with values, as a resource of GitOps names it."""

    chart: str
    version: str
    name: str
    node: Node | None
    at: str


def values_of(resource: Resource) -> Iterator[Values]:
    """The values of Istio's charts in a document. Errors: `ParseError` for text in it that is not YAML."""
    for release in _releases(resource):
        node = release.node
        if node is None or node.kind != "mapping":
            continue
        chart = release.chart.rstrip("/").rpartition("/")[2]
        role = _CHARTS.get(chart, "")
        version = stated_version(release.version) if role else ""
        if role:
            unwrapped, at = _unwrapped(node, release.at)
            yield Values(role, unwrapped, at, release.name, version)
        else:
            for values in within(node, release.at, release.name or chart):
                yield values._replace(name=release.name)


class Elsewhere(NamedTuple):
    """Values that stand in other objects or files: the key that names them, its line, their names, the release's name."""

    key: str
    line: int
    names: list[str]
    release: str


def values_elsewhere(resource: Resource) -> Iterator[Elsewhere]:
    """What `valuesFrom` and `helm.valueFiles` name for a chart of Istio, or for one whose values here are Istio's."""
    spec, shown = resource.root.get("spec"), any(True for _ in values_of(resource))
    if spec is None:
        return
    if resource.kind == "HelmRelease":
        release = _flux(resource, spec)
        names = [f"{text_of(entry.get('kind'))} {text_of(entry.get('name'))}" for entry in _items(spec, "valuesFrom")]
        if names and (shown or release.chart.rstrip("/").rpartition("/")[2] in _CHARTS):
            yield Elsewhere("valuesFrom", spec.keys["valuesFrom"].line, names, release.name)
    elif resource.kind in ("Application", "ApplicationSet") and resource.group == "argoproj.io":
        inner = spec if resource.kind == "Application" else spec.get("template", "spec")
        sources = [inner.get("source"), *_items(inner, "sources")] if inner is not None else []
        for source in sources:
            names = [text_of(entry) for entry in _items(source, "helm", "valueFiles")]
            chart = text_of(source.get("chart") or source.get("path")) if source is not None else ""
            helm = source.get("helm") if source is not None else None
            if names and helm is not None and (shown or chart.rstrip("/").rpartition("/")[2] in _CHARTS):
                yield Elsewhere("helm.valueFiles", helm.keys["valueFiles"].line, names, resource.name)


def _items(node: Node | None, *path: str) -> Sequence[Node]:
    listed = node.get(*path) if node is not None else None
    return listed.items if listed is not None else ()


def gateway_classes(resource: Resource) -> dict[str, Node]:
    """The patches that istiod's values give to the Deployments of Gateways, by class."""
    operator = resource.root.get("spec", "values") if resource.kind in ("IstioOperator", "Istio") else None
    listed = [values.node for values in values_of(resource)] + ([operator] if operator is not None else [])
    classes = [node for values in listed if (node := values.get("gatewayClasses")) is not None]
    patches = {name: options.get("deployment") for node in classes for name, options in node.entries.items()}
    return {name: patch for name, patch in patches.items() if patch is not None and patch.kind == "mapping"}


def within(node: Node, at: str, name: str = "", depth: int = 0, shared: Node | None = None) -> Iterator[Values]:
    """Values of Istio's charts by their keys: the tree's own, or one level down and more in an umbrella chart.

    `shared` is the umbrella's `global`, which reaches every chart in it.
    """
    own, path = _unwrapped(node, at)
    umbrella = own.get("meshConfig") is None and any(has_mapping(own, chart) for chart in _SUBCHARTS)
    named = shared is not None and name in ("istiod", "istio-discovery")
    istiod = not umbrella and (named or is_istiod(own, depth == 0 or "istio" in at))
    if istiod:
        yield Values(ISTIOD, own if shared is None else overlaid(own, under("global", shared)) or own, path)
    elif not umbrella and _is_gateway(own, name if depth else ""):
        yield Values(GATEWAY, own, path)
    elif depth < _DEEP:
        for key, child in node.entries.items():
            # What stands below `global` is no chart's values.
            if child.kind == "mapping" and key != "global" and (depth == 0 or _ROOM.search(key)):
                inner = own.get("global") if umbrella else shared
                yield from within(child, f"{at}.{key}".lstrip("."), key, depth + 1, inner)


def is_istiod(node: Node, shown: bool = True) -> bool:
    """Whether values are istiod's. `shown`: nothing speaks against it, so that a key which others have will do."""
    if node.get("env", "ENABLE_NATIVE_SIDECARS") is not None or has_mapping(node, "global", "proxy", "lifecycle"):
        return True
    mesh = node.get("meshConfig")
    if not shown:
        return mesh is not None and mesh.kind == "mapping"
    paths = (("global", "proxy"), ("pilot", "env"), ("sidecarInjectorWebhook",))
    known = any(has_mapping(node, *path) for path in paths)
    # The chart of a gateway takes this key, too.
    known = known or (node.get("compatibilityVersion") is not None and not _is_gateway(node, ""))
    return known or mesh is not None or _has_gateways(node)


def _has_gateways(node: Node) -> bool:
    """Whether values are those of the gateway charts of `istioctl`, which hold them by name."""
    gateways = node.get("gateways")
    return gateways is not None and any(name.startswith("istio-") for name in gateways.entries)


def _is_gateway(node: Node, name: str) -> bool:
    """Whether values are the gateway chart's: its keys alone, and a sign of Istio. `name` is the key that holds them."""
    noted, labels = node.get("podAnnotations"), node.get("labels")
    keys = set(node.entries)
    sign = noted is not None and any("istio.io/" in key for key in noted.entries)
    sign = sign or (labels is not None and "istio" in labels.entries) or bool(text_of(node.get("networkGateway")))
    if name:
        shown = sign or ("istio" in name and bool(keys & _GATEWAY_KEYS))
        return shown and "image" not in keys and re.search("gateway|ingress|egress", name) is not None
    return sign and keys <= _GATEWAY_KEYS and len(keys) > 1


def _unwrapped(node: Node, at: str) -> tuple[Node, str]:
    """Values without the level under which newer charts print their defaults, which stand below all others."""
    for key in _DEFAULTS:
        inner = node.entries.get(key)
        if inner is not None and inner.kind == "mapping":
            rest = {name: child for name, child in node.entries.items() if name != key}
            if not rest:
                return inner, f"{at}.{key}".lstrip(".")
            outer = Node("mapping", node.span, entries=rest, keys=node.keys)
            return overlaid(inner, outer) or node, at
    return node, at


def stated_version(text: str) -> str:
    """The release of Istio that a tag or a chart's version states, or nothing: not for a range."""
    found = re.match(r"[~=v\s]*(1\.\d+)(?=\D|$)", text)
    return found.group(1) if found else ""


def release_of_image(image: str) -> str:
    """The release of Istio that the image of a proxy states, or nothing."""
    name, _, tag = image.rpartition("/")[2].partition(":")
    return stated_version(tag) if name == "proxyv2" else ""


def is_too_old(stated: str) -> bool:
    """Whether a release that a text states is older than the facts."""
    try:
        return bool(stated) and not versions.parse_version("istio", stated)
    except versions.VersionError:
        return True


def covered(stated: str) -> str | None:
    """The release to judge by where a text states one: that, or the oldest of the facts."""
    return str(versions.OLDEST["istio"]) if is_too_old(stated) else stated or None


def _releases(resource: Resource) -> Iterator[_Release]:
    root, kind = resource.root, resource.kind
    spec = root.get("spec")
    if (
        not kind
        or set(root.entries) <= _GATEWAY_KEYS | set(_DEFAULTS)
        or (kind == "Kustomization" and resource.group in (None, "kustomize.config.k8s.io"))
    ):
        yield from _listed(root, resource.group is None)
    elif kind == "HelmRelease" and spec is not None:
        yield _flux(resource, spec)
    elif kind == "Application" and resource.group == "argoproj.io" and spec is not None:
        yield from _argo(resource, spec, "spec")
    elif kind == "ApplicationSet" and (inner := root.get("spec", "template", "spec")) is not None:
        yield from _argo(resource, inner, "spec.template.spec")
    elif kind in ("HelmChart", "HelmChartConfig") and resource.group == "helm.cattle.io" and spec is not None:
        chart = text_of(spec.get("chart")) or resource.name
        values = _with_set(_parsed(spec.get("valuesContent")), spec.get("set"))
        yield _Release(chart, text_of(spec.get("version")), resource.name, values, "spec.valuesContent")


def _listed(root: Node, plain: bool) -> Iterator[_Release]:
    """What has no kind: the values themselves; the charts of a kustomization or of a helmfile."""
    charts, releases = root.get("helmCharts"), root.get("releases")
    for index, entry in enumerate(charts.items if charts is not None else ()):
        name, version = text_of(entry.get("name")), text_of(entry.get("version"))
        release = text_of(entry.get("releaseName")) or name
        yield _Release(name, version, release, entry.get("valuesInline"), f"helmCharts[{index}].valuesInline")
    for index, entry in enumerate(releases.items if releases is not None else ()):
        chart, version = text_of(entry.get("chart")), text_of(entry.get("version"))
        listed = entry.get("values")
        for place, values in enumerate(listed.items if listed is not None else ()):
            yield _Release(chart, version, text_of(entry.get("name")), values, f"releases[{index}].values[{place}]")
    if charts is None and releases is None and plain:
        yield _Release("", "", "", root, "")


def _flux(resource: Resource, spec: Node) -> _Release:
    chart, reference = spec.get("chart", "spec"), spec.get("chartRef", "name")
    if chart is None:
        chart = spec.get("chart") or spec
    name = text_of(chart.get("chart") or chart.get("name") or reference)
    release = text_of(spec.get("releaseName")) or resource.name
    return _Release(name, text_of(chart.get("version")), release, spec.get("values"), "spec.values")


def _argo(resource: Resource, spec: Node, at: str) -> Iterator[_Release]:
    source, sources = spec.get("source"), spec.get("sources")
    places = [(f"{at}.source", source)] if source is not None else []
    places += [(f"{at}.sources[{index}]", one) for index, one in enumerate(sources.items if sources else ())]
    for path, place in places:
        helm = place.get("helm")
        if helm is None:
            continue
        text, plain, parameters = helm.get("values"), helm.get("valuesObject"), helm.get("parameters")
        values = _with_parameters(overlaid(_parsed(text), plain), parameters)
        inside = "valuesObject" if plain is not None else "values" if text is not None else "parameters"
        chart = text_of(place.get("chart") or place.get("path"))
        version = text_of(place.get("targetRevision")) if place.get("chart") is not None else ""
        name = text_of(helm.get("releaseName")) or resource.name
        yield _Release(chart, version, name, values, f"{path}.helm.{inside}")


def _parsed(text: Node | None) -> Node | None:
    """The YAML in a string, or nothing where that is a template still."""
    if text is None or not isinstance(text.value, str) or "{{" in text.value:
        return text if text is not None and text.kind == "mapping" else None
    return nested(text)


def _with_parameters(values: Node | None, listed: Node | None) -> Node | None:
    for entry in listed.items if listed is not None else ():
        name, value = entry.get("name"), entry.get("value")
        if name is not None and value is not None and isinstance(name.value, str):
            as_text = text_of(entry.get("forceString")) == "true"
            values = with_set(values, dotted(name.value), read_as_set(value, as_text))
    return values


def _with_set(values: Node | None, pairs: Node | None) -> Node | None:
    for name, value in (pairs.entries if pairs is not None else {}).items():
        values = with_set(values, dotted(name), read_as_set(value))
    return values
