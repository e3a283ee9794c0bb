"""YAML or JSON text as pods and mesh configuration, every value with the place where it stands.

It reads what people have: workloads of every kind, Lists, `kubectl get` output, injected pods, mesh configuration, and
the fragments they paste. It decides which pods are in the mesh and how, and merges the layers of proxy settings.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise

from . import declared, shell, versions
from .duration import DurationError, parse_bool, parse_duration
from .fields import DRAIN_ENV, PROXY_CONFIG, camel, fault
from .pod import (
    PROXY,
    Assumptions,
    Config,
    Container,
    Hook,
    Layer,
    ManifestError,
    MeshConfig,
    Pod,
    ProxySettings,
    Sidecar,
)
from .text import Text
from .tree import Document, Node, ParseError, Span, documents, nested

#: Kind → the API groups that have it with a pod template, and the path to that template.
_TEMPLATES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Pod": (("",), ()),
    "PodTemplate": (("",), ("template",)),
    "Deployment": (("apps", "extensions"), ("spec", "template")),
    "StatefulSet": (("apps",), ("spec", "template")),
    "DaemonSet": (("apps", "extensions"), ("spec", "template")),
    "ReplicaSet": (("apps", "extensions"), ("spec", "template")),
    "ReplicationController": (("",), ("spec", "template")),
    "Job": (("batch",), ("spec", "template")),
    "CronJob": (("batch",), ("spec", "jobTemplate", "spec", "template")),
    "DeploymentConfig": (("apps.openshift.io",), ("spec", "template")),
    "Rollout": (("argoproj.io",), ("spec", "template")),
    "Service": (("serving.knative.dev",), ("spec", "template")),
}
_OTHER_KINDS = {"Namespace", "ConfigMap", "ProxyConfig", "IstioOperator", "Istio"}
_INJECT = "sidecar.istio.io/inject"
_STATUS = "sidecar.istio.io/status"
_CONFIG = "proxy.istio.io/config"
_NATIVE = "sidecar.istio.io/nativeSidecar"
_TEMPLATE = "inject.istio.io/templates"
_ENABLE_NATIVE = "ENABLE_NATIVE_SIDECARS"
_POD_KEYS = {"containers", "initContainers", "terminationGracePeriodSeconds"}
_SHAPES = {
    "containers": "list", "initContainers": "list", "terminationGracePeriodSeconds": "scalar", "preStop": "mapping",
    "lifecycle": "mapping", "lifecycle.preStop": "mapping",
}  # fmt: skip
#: Keys of ProxyConfig that say nothing of where a pasted fragment comes from.
_AMBIGUOUS = {"readinessProbe", "image", "tracing", "concurrency", "statusPort"}

# Types, and faults: what is wrong, and how to mend it.
# fmt: off
_MAPPING = Text("a mapping", "매핑")
_LIST = Text("a list", "리스트")
_STRING = Text("a string (in quotes)", "따옴표로 감싼 문자열")
_INTEGER = Text("a whole number (64 bits) without quotes", "따옴표 없는 64비트 정수")
_WRONG_TYPE = (
    Text("{path} must be {expected.en}, not {got.en}", "{path} 값은 {expected.ko} 형식이어야 합니다 (지금 값: {got.ko})"),
    Text("write {expected.en} there", "{expected.ko} 형식으로 고치십시오"),
)
_TWICE = (
    Text('the key "{name}" stands twice; the last one counts', '"{name}" 키가 두 번 있습니다. 마지막 것만 쓰입니다'),
    Text("keep one of them", "하나만 남기십시오"),
)
_NOTHING = (Text("there is nothing in it", "내용이 없습니다"), Text("give it a manifest", "매니페스트를 주십시오"))
_PLAIN_TEXT = (
    Text("this is text, not a manifest", "매니페스트가 아니라 일반 텍스트입니다"),
    Text("a manifest begins with keys such as apiVersion and kind", "매니페스트는 apiVersion, kind 같은 키로 시작합니다"),
)
# fmt: on


@dataclass
class Reading:
    """What came out of some input: items to check, errors, and how many documents of other kinds were passed over."""

    items: list[Pod | MeshConfig] = field(default_factory=list)
    errors: list[ManifestError] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)

    def note(self, source: str, error: ParseError) -> None:
        """Remember what is wrong in `source`."""
        self.errors.append(ManifestError(source, error.line, error.sentence, error.fix))


def _broken(node: Node, path: str, expected: Text) -> ParseError:
    """A value of the wrong type in a kind that is read."""
    plain = "null" if node.empty else node.raw[:40]
    got = {"mapping": _MAPPING, "list": _LIST}.get(node.kind, Text(plain, plain))
    return ParseError(node.span.line, *_WRONG_TYPE, path=path.lstrip("."), expected=expected, got=got)


def _mapping(node: Node | None, *path: str, at: str = "") -> Node | None:
    """The mapping under `path`, `None` if it is missing or null; `ParseError` for anything else."""
    for key in path:
        at = f"{at}.{key}" if at else key
        node = node.entries.get(key) if node is not None else None
        if node is None or node.empty:
            return None
        if node.kind != "mapping":
            raise _broken(node, at, _MAPPING)
    return node


def _field(node: Node | None, key: str, at: str, expected: Text, fits: Callable[[Node], bool]) -> Node | None:
    """The value of a field, `None` if it is missing or null; `ParseError` unless it fits."""
    found = node.get(key) if node is not None else None
    if found is None or found.empty:
        return None
    if not fits(found):
        raise _broken(found, f"{at}.{key}", expected)
    return found


def _list(node: Node | None, key: str, at: str) -> list[Node]:
    found = _field(node, key, at, _LIST, lambda one: one.kind == "list")
    for index, item in enumerate(found.items if found is not None else []):
        if item.kind != "mapping":
            raise _broken(item, f"{at}.{key}[{index}]", _MAPPING)
    return found.items if found is not None else []


def _string(node: Node | None, key: str, at: str) -> str:
    found = _field(node, key, at, _STRING, lambda one: isinstance(one.value, str))
    return str(found.value) if found is not None else ""


def _integer(node: Node | None, key: str, at: str) -> int | None:
    found = _field(node, key, at, _INTEGER, lambda one: type(one.value) is int and -(2**63) <= one.value < 2**63)
    return found.value if found is not None and isinstance(found.value, int) else None


def _words(node: Node | None, key: str, at: str) -> tuple[str, ...]:
    found = _field(node, key, at, _LIST, lambda one: one.kind == "list")
    for item in found.items if found is not None else []:
        if not isinstance(item.value, str):
            raise _broken(item, f"{at}.{key}", _STRING)
    return tuple(str(item.value) for item in found.items) if found is not None else ()


def _strings(node: Node | None, *path: str, pasted: bool = False) -> dict[str, str]:
    """A map of labels or annotations. Only values that decide something must be strings.

    In a pasted fragment the body of `proxy.istio.io/config` may stand there without its `|`.
    """
    found = _mapping(node, *path)
    values = {}
    for key, value in (found.entries if found else {}).items():
        if isinstance(value.value, str):
            values[key] = value.value
        elif key == _CONFIG and value.kind == "mapping" and pasted:
            values[key] = ""
        elif key in (_INJECT, _CONFIG, _NATIVE, _TEMPLATE) and not value.empty:
            raise _broken(value, ".".join((*path, key)), _STRING)
    return values


def _said(node: Node | None) -> str:
    text = str(node.value) if node is not None and node.value is not None else ""
    return text.lower() if node is not None and isinstance(node.value, bool) else text


def _chosen(node: Node | None, otherwise: str = "") -> str:
    return str(node.value) if node is not None and node.value else otherwise


@dataclass
class _Doc:
    """One object of the input."""

    source: str
    document: int
    root: Node

    @property
    def kind(self) -> str:
        node = self.root.get("kind")
        return node.value if node is not None and isinstance(node.value, str) else ""

    @property
    def group(self) -> str | None:
        """The API group, or `None` when the document does not name one."""
        node = self.root.get("apiVersion")
        if node is None or not isinstance(node.value, str):
            return None
        return node.value.rpartition("/")[0]

    @property
    def name(self) -> str:
        return _said(self.root.get("metadata", "name") or self.root.get("metadata", "generateName"))

    @property
    def namespace(self) -> str:
        return _said(self.root.get("metadata", "namespace"))

    def is_kind(self, kind: str, *groups: str) -> bool:
        return self.kind == kind and (self.group is None or self.group in groups)


@dataclass
class _Context:
    """What the other documents of an input say about its pods."""

    namespaces: dict[str, Mapping[str, str]] = field(default_factory=dict)
    services: list[_Doc] = field(default_factory=list)
    proxy_configs: list[MeshConfig] = field(default_factory=list)
    mesh: dict[str, list[MeshConfig]] = field(default_factory=dict)


def load(text: str, *, source: str = "-", assumptions: Assumptions = Assumptions()) -> list[Pod | MeshConfig]:  # noqa: B008
    """The pods and mesh configuration of a manifest, in its order.

    `source` names it in findings. Documents of other kinds are passed over. Errors: `ManifestError` for the first
    document that is not YAML, or that is of a known kind but broken; its `items` hold all that could be read.
    """
    reading = read([(source, text)], assumptions)
    if reading.errors:
        first, *others = reading.errors
        first.items, first.others = reading.items, others
        raise first
    return reading.items


def read(inputs: Iterable[tuple[str, str]], assumptions: Assumptions) -> Reading:
    """Everything in some texts, read together: a Namespace or a Service in one speaks of a pod in another."""
    reading, docs = Reading(), list[_Doc]()
    for source, text in inputs:
        docs += _objects(source, text, reading)
    context = _Context()
    kept = []
    for doc in docs:
        try:
            kept.append((doc, _sort(doc, context, assumptions)))
        except ParseError as error:
            reading.note(doc.source, error)
    for doc, mesh in kept:
        try:
            found = mesh or _pod(doc, context, assumptions, reading)
        except ParseError as error:
            reading.note(doc.source, error)
            continue
        if found is not None:
            reading.items.append(found)
            for name, span in doc.root.duplicates:
                reading.note(doc.source, ParseError(span.line, *_TWICE, name=name))
        else:
            reading.passed_over[doc.kind or "?"] += 1
    reading.errors.sort(key=lambda error: (error.source, error.line))
    return reading


def _objects(source: str, text: str, reading: Reading) -> Iterator[_Doc]:
    """The objects of a text: its documents, and the items of every List."""
    empty = True
    for document in documents(text, _reads):
        empty = False
        try:
            if document.error is not None:
                raise document.error
            if document.root is not None:
                yield from _items(source, document, document.root, reading)
        except ParseError as error:
            reading.note(source, error)
    if empty:
        reading.note(source, ParseError(1, *_NOTHING))


def _reads(kind: str) -> bool:
    return kind in _TEMPLATES or kind in _OTHER_KINDS or kind.endswith("List")


def _items(source: str, document: Document, root: Node, reading: Reading) -> Iterator[_Doc]:
    doc = _Doc(source, document.number, root)
    items = root.get("items")
    if root.kind == "mapping" and (doc.kind.endswith("List") or not doc.kind) and items is not None:
        for item in items.items:
            yield from _items(source, document, item, reading)
    elif root.kind == "list" and root.items and all("kind" in item.entries for item in root.items):
        for item in root.items:
            yield from _items(source, document, item, reading)
    elif root.kind == "mapping":
        yield doc
        for template in _injector_templates(root):
            yield _Doc(source, document.number, template)
    elif root.kind == "list" and all(item.kind == "mapping" for item in root.items):
        yield from (_Doc(source, document.number, wrapped) for wrapped in _container_list(root))
    elif not root.empty:
        reading.note(source, ParseError(root.span.line, *_PLAIN_TEXT))


def _injector_templates(root: Node) -> Iterator[Node]:
    """The injection templates in Helm values, an IstioOperator, or pasted alone; those with Go templates are left."""
    for path in ((), ("sidecarInjectorWebhook",), ("spec", "values", "sidecarInjectorWebhook")):
        listed = root.get(*path, "templates")
        if listed is None or (not path and "kind" in root.entries):
            continue
        for text in listed.entries.values():
            if isinstance(text.value, str) and "{{" not in text.value:
                body = nested(text)
                if body is not None and body.kind == "mapping":
                    yield body


def _under(key: str, node: Node) -> Node:
    """A mapping that holds `node` alone."""
    return Node("mapping", node.span, entries={key: node}, keys={key: node.span})


def _container_list(root: Node) -> Iterator[Node]:
    """A pasted list of containers."""
    if root.items and all(
        "name" in item.entries and ("image" in item.entries or "lifecycle" in item.entries) for item in root.items
    ):
        yield _under("containers", root)
    else:
        yield Node("mapping", root.span)


# ---------------------------------------------------------------------------------------------- mesh configuration


def _sort(doc: _Doc, context: _Context, flags: Assumptions) -> MeshConfig | None:
    """Take note of what speaks of others; return the mesh configuration that the document is, if it is one."""
    root = doc.root
    if doc.is_kind("Namespace", ""):
        context.namespaces[doc.name] = _strings(root, "metadata", "labels")
    elif doc.is_kind("Service", "") and root.get("spec", "template") is None:
        context.services.append(doc)
    mesh = _mesh_config(doc)
    if mesh is None:
        return None
    mesh = replace(mesh, assumptions=flags)
    paths = (("spec", "tag"), ("spec", "values", "global", "tag"), ("global", "tag"))
    if not mesh.image_type and any(_said(root.get(*path)).endswith("-distroless") for path in paths):
        mesh = replace(mesh, image_type="distroless")
    hook = mesh.proxy_hook
    if hook is not None and mesh.image_type == "distroless" and shell.tools(hook.command):
        mesh = replace(mesh, proxy_hook=_failing(hook))
    if mesh.kind == "ProxyConfig":
        context.proxy_configs.append(mesh)
    elif mesh.layer is not None or mesh.proxy_lifecycle is not None or mesh.native_env or mesh.image_type:
        context.mesh.setdefault(doc.source, []).append(mesh)
    return mesh


def _mesh_config(doc: _Doc) -> MeshConfig | None:
    root, kind = doc.root, doc.kind
    base = MeshConfig(kind, doc.name, doc.namespace, doc.source, doc.document, root.span.line, node=root)
    if doc.is_kind("ProxyConfig", "networking.istio.io"):
        return _proxy_config_resource(doc, base)
    if doc.is_kind("IstioOperator", "install.istio.io"):
        return _operator(base, _mapping(root, "spec"))
    if doc.is_kind("Istio", "sailoperator.io", "operator.istio.io"):
        return _values(base, _mapping(root, "spec", "values"), "spec.values")
    if kind == "ConfigMap" or (not kind and root.get("data", "mesh") is not None):
        text = root.get("data", "mesh")
        if text is None or not isinstance(text.value, str):
            return None
        return _with_mesh(replace(base, kind="ConfigMap"), nested(text), "data.mesh")
    if kind:
        return None
    spec = root.get("spec")
    if spec is not None and ({"meshConfig", "components", "profile"} & set(spec.entries) or _has(spec, "values")):
        return _operator(replace(base, kind="IstioOperator"), spec)
    known = any(_has(root, *path) for path in (("global", "proxy"), ("pilot", "env")))
    if known or root.get("meshConfig") is not None or root.get("env", _ENABLE_NATIVE) is not None:
        return _values(replace(base, kind="values"), root, "")
    if root.get("defaultConfig") is not None:
        return _with_mesh(replace(base, kind="MeshConfig"), root, "")
    return None


def _has(root: Node, *path: str) -> bool:
    """Whether a mapping stands there; in other Helm values a key such as `global.proxy` may be anything."""
    return (found := root.get(*path)) is not None and found.kind == "mapping"


def _operator(base: MeshConfig, spec: Node | None) -> MeshConfig:
    if spec is None:
        return base
    mesh = _values(base, _mapping(spec, "values", at="spec"), "spec.values")
    direct = _mapping(spec, "meshConfig", at="spec")
    if direct is not None:
        over = _with_mesh(base, direct, "spec.meshConfig")
        below, layer = mesh.layer, over.layer
        if below is not None and layer is not None:
            layer = replace(layer, values={**below.values, **layer.values}, nodes={**below.nodes, **layer.nodes})
        image_type = over.image_type or mesh.image_type
        mesh = replace(mesh, layer=layer, configs=mesh.configs + over.configs, image_type=image_type)
    components = _mapping(spec, "components", at="spec")
    for name, component in (components.entries if components else {}).items():
        for index, one in enumerate(component.items or [component]):
            place = f"spec.components.{name}" + (f"[{index}]" if component.items else "")
            mesh = _noted(mesh, one.get("k8s", "podAnnotations"), f"{place}.k8s.podAnnotations")
    env = spec.get("components", "pilot", "k8s", "env")
    there = [_said(one.get("value")) for one in (env.items if env else []) if _said(one.get("name")) == _ENABLE_NATIVE]
    return replace(mesh, native_env=there[-1] if there else mesh.native_env)


def _values(base: MeshConfig, values: Node | None, at: str) -> MeshConfig:
    """Helm values of istiod (and of a gateway), as far as they decide how pods stop."""
    if values is None:
        return base
    prefix = f"{at}." if at else ""
    mesh = _with_mesh(base, _mapping(values, "meshConfig", at=at), f"{prefix}meshConfig")
    lifecycle = _mapping(values, "global", "proxy", "lifecycle", at=at)
    if lifecycle is not None and lifecycle.entries:
        hook = _container(_under("lifecycle", lifecycle), f"{prefix}global.proxy").preStop
        mesh = replace(mesh, proxy_lifecycle=lifecycle, proxy_hook=hook and replace(hook, node=None))
    gateways = values.get("gateways")
    for name, gateway in (gateways.entries if gateways is not None else {}).items():
        mesh = _noted(mesh, gateway.get("podAnnotations"), f"{prefix}gateways.{name}.podAnnotations")
    native = _said(values.get("pilot", "env", _ENABLE_NATIVE) or values.get("env", _ENABLE_NATIVE))
    return replace(mesh, image_type=_chosen(values.get("global", "variant"), mesh.image_type), native_env=native)


def _noted(mesh: MeshConfig, annotations: Node | None, at: str) -> MeshConfig:
    """With the annotations that it gives to the pods of a gateway or of another component."""
    text = annotations.get(_CONFIG) if annotations is not None else None
    body = nested(text) if text is not None and isinstance(text.value, str) else None
    if body is not None:
        config, layer = Config("ProxyConfig", body, f"{at}.{_CONFIG}"), _layer(f"{at}.{_CONFIG}", mesh, body)
        mesh = replace(mesh, configs=(*mesh.configs, config), layers=(*mesh.layers, layer))
    return mesh if annotations is None else replace(mesh, annotations=(*mesh.annotations, (at, annotations)))


def _with_mesh(base: MeshConfig, body: Node | None, at: str) -> MeshConfig:
    if body is None or body.empty:
        return base
    if body.kind != "mapping":
        raise _broken(body, at or "meshConfig", _MAPPING)
    configs = [Config("MeshConfig", body, at)]
    default = body.get("defaultConfig")
    if default is not None and default.kind != "mapping":
        default = None
    if default is not None:
        configs.append(Config("ProxyConfig", default, f"{at}.defaultConfig".lstrip(".")))
    image_type = _chosen(default.get("image", "imageType")) if default is not None else ""
    layer = _layer("mesh", base, default, own=False)
    return replace(base, configs=tuple(configs), layer=layer, image_type=image_type)


def _proxy_config_resource(doc: _Doc, base: MeshConfig) -> MeshConfig:
    spec = _mapping(doc.root, "spec")
    env = _mapping(spec, "environmentVariables", at="spec")
    selector = _mapping(spec, "selector", "matchLabels", at="spec")
    labels = {key: str(value.value) for key, value in selector.entries.items()} if selector is not None else None
    layer = _layer("ProxyConfig", doc, None, _variables(env), own=labels is not None)
    return replace(base, layer=layer, selector=labels)


_Placed = dict[str, tuple[Span, Node]]


def _layer(
    kind: str, of: _Doc | MeshConfig, config: Node | None, variables: _Placed | None = None, own: bool = True
) -> Layer:
    """What one place sets. What Istio would refuse is left out; what the agent would misread is its default."""
    values: dict[str, float | bool] = {}
    nodes: _Placed = {}
    if config is not None:
        variables = _variables(config.get("proxyMetadata") or config.get("proxy_metadata"))
        for key, node in config.entries.items():
            name = camel(key)
            readable = isinstance(node.value, str) and fault("duration", node) is None
            if readable and name in ("terminationDrainDuration", "drainDuration"):
                values[name], nodes[name] = parse_duration(node.raw), (config.keys[key], node)
    for key, placed in (variables or {}).items():
        values[key], nodes[key] = _env_value(key, placed[1].raw), placed
    return Layer(kind, values, nodes, own, of.source, of.document)


def _variables(env: Node | None) -> _Placed:
    """The environment variables of a mapping that decide how the proxy drains."""
    found = env.entries.items() if env is not None else ()
    plain = {key: node for key, node in found if key in DRAIN_ENV and node.kind == "scalar" and not node.empty}
    return {key: (env.keys[key], node) for key, node in plain.items() if env is not None}


def _env_value(key: str, text: str) -> float | bool:
    if key == "EXIT_ON_ZERO_ACTIVE_CONNECTIONS":
        return parse_bool(text) or False
    try:
        return parse_duration(text)
    except DurationError:
        return versions.MINIMUM_DRAIN_DURATION.value


# ---------------------------------------------------------------------------------------------------------- pods


def _pod_parts(doc: _Doc) -> tuple[str, Node, str] | None:
    """Kind, pod template (metadata and spec) and its path, or `None` for a document that holds no pod."""
    root, kind = doc.root, doc.kind
    if kind:
        groups, path = _TEMPLATES.get(kind, ((), ()))
        if not groups or (doc.group is not None and doc.group not in groups):
            return None
        template = _mapping(root, *path) if path else root
        if template is None or (kind == "Pod" and root.get("spec") is None):
            return None
        return kind, template, ".".join(path)
    if doc.group is not None:
        return None  # an object of no kind, such as a Chart.yaml
    spec = root.get("spec")
    if spec is not None and spec.kind == "mapping":
        for fragment_kind in ("CronJob", "Deployment"):
            path = _TEMPLATES[fragment_kind][1]
            if root.get(*path) is not None:
                template = _mapping(root, *path)
                return (fragment_kind, template, ".".join(path)) if template is not None else None
        if _POD_KEYS & set(spec.entries):
            return "Pod", root, ""
    template = root.get("template")
    if template is not None and template.kind == "mapping" and {"spec", "metadata"} & set(template.entries):
        return "Deployment", template, "template"
    shaped = _shaped(root)
    if shaped and "preStop" in root.entries:
        root = _under("lifecycle", root)
    if shaped and "lifecycle" in root.entries and "defaultConfig" not in root.entries:
        return "Pod", _around(root), ""
    if shaped and _POD_KEYS & set(root.entries) and "image" not in root.entries:
        return "Pod", _template(root, root.get("podAnnotations")), ""
    annotations = _fragment_annotations(root)
    if annotations is not None:
        return "Pod", _under("metadata", _under("annotations", annotations)), ""
    return None


def _shaped(root: Node) -> bool:
    """Whether keys that a pod has have a pod's values, too: in Helm values they may hold anything."""
    listed = root.get("containers")
    if listed is not None and listed.items and all(item.kind == "mapping" for item in listed.items):
        return True
    found = [(node, kind) for path, kind in _SHAPES.items() if (node := root.get(*path.split("."))) and not node.empty]
    plain = all(node.kind == kind and not isinstance(node.value, str) for node, kind in found)
    return plain and all(item.kind == "mapping" for node, _ in found for item in node.items)


def _template(spec: Node, noted: Node | None) -> Node:
    """A pod template, with the `podAnnotations` that stand beside the pod's keys in Helm values."""
    template = _under("spec", spec)
    if noted is not None and noted.kind == "mapping":
        template.entries["metadata"] = _under("annotations", noted)
    return template


def _around(root: Node) -> Node:
    """The pod template around a pasted piece of a container, or around Helm values with a `lifecycle`.

    Values with annotations of Istio and without an image are the gateway chart's: it names its container and template.
    """
    kinds = dict(name="scalar", image="scalar", lifecycle="mapping", ports="list", command="list", args="list")
    mine = {key: node for key, node in root.entries.items() if kinds.get(key) == node.kind}
    noted = root.get("podAnnotations")
    if noted is not None and not set(mine) - {"name", "lifecycle"} and any("istio.io/" in key for key in noted.entries):
        mine |= {key: Node("scalar", root.span, text, raw=text) for key, text in (("name", PROXY), ("image", "auto"))}
        gateway = {_TEMPLATE: Node("scalar", root.span, "gateway", raw="gateway")}
        noted = replace(noted, entries=gateway | noted.entries)
    container = Node("mapping", root.span, entries=mine, keys={key: root.keys.get(key, root.span) for key in mine})
    spec = _under("containers", Node("list", root.span, items=[container]))
    grace = root.get("terminationGracePeriodSeconds")
    if grace is not None:
        spec.entries["terminationGracePeriodSeconds"] = grace
        spec.keys["terminationGracePeriodSeconds"] = root.keys["terminationGracePeriodSeconds"]
    return _template(spec, noted)


def _fragment_annotations(root: Node) -> Node | None:
    """The annotations that a fragment is, or is about; a bare ProxyConfig body stands for the annotation with it."""
    for path in (("annotations",), ("metadata", "annotations"), ("podAnnotations",)):
        found = root.get(*path)
        if found is not None and found.kind == "mapping":
            return found
    if any(re.match(r"(timing-rules|[\w.-]*istio\.io)/", key) for key in root.entries):
        return root
    known = [key for key in root.entries if (camel(key) in PROXY_CONFIG and key not in _AMBIGUOUS) or key in DRAIN_ENV]
    if known and len(known) * 2 >= len(root.entries):
        return _under(_CONFIG, root)
    return None


def _pod(doc: _Doc, context: _Context, flags: Assumptions, reading: Reading) -> Pod | None:
    parts = _pod_parts(doc)
    if parts is None:
        return None
    kind, template, path = parts
    metadata = _mapping(template, "metadata", at=path)
    spec = _mapping(template, "spec", at=path)
    labels = _strings(metadata, "labels")
    annotations = _strings(metadata, "annotations", pasted=not doc.kind)
    noted = _mapping(metadata, "annotations", at=f"{path}.metadata".lstrip("."))
    at = f"{path}.spec".lstrip(".") if spec is not doc.root else ""
    apps = [_container(one, f"{at}.containers[{i}]") for i, one in enumerate(_list(spec, "containers", at))]
    inits = [_container(one, f"{at}.initContainers[{i}]") for i, one in enumerate(_list(spec, "initContainers", at))]
    natives = [one for one in inits if _string(one.node, "restartPolicy", one.name) == "Always"]
    names = [one.name for one in (*apps, *natives)]
    report, own = partial(reading.note, doc.source), _mapping(doc.root, "metadata")
    said, outer = declared.read(noted, names, report), own.get("annotations") if own is not None else None
    if outer is not noted:
        said = said.over(declared.read(outer, names, report))
    meshes = context.mesh.get(doc.source, [])
    facts = replace(flags.over(said), mesh=meshes[0] if flags.mesh is None and len(meshes) == 1 else flags.mesh)
    proxy = next((one for one in (*inits, *apps) if one.name == PROXY), None)
    namespace = doc.namespace or _string(metadata, "namespace", "metadata")
    host_network = spec.get("hostNetwork") if spec is not None else None
    seen = _Template(
        labels=labels,
        annotations=annotations,
        noted=noted,
        namespace=namespace,
        space=context.namespaces.get(namespace or "default", {}),
        proxy=proxy,
        native=proxy in natives,
        host_network=host_network is not None and host_network.value is True,
        alone=not apps,
    )
    injected = seen.injected
    pasted = not doc.kind and (spec is doc.root or bool({"lifecycle", "preStop"} & set(doc.root.entries)))
    patch = not any(one.image for one in apps)
    grace = _integer(spec, "terminationGracePeriodSeconds", at)
    sidecar = _mode(seen, facts)
    configs, layers = _settings(doc, context, facts, seen)
    if sidecar is Sidecar.NONE:
        proxy, layers = None, ()
    index = natives.index(proxy) if proxy is not None and injected and proxy in natives else 0
    pod = Pod(
        containers=tuple(_declare(one, facts, True) for one in apps if one is not proxy),
        sidecars=tuple(_declare(one, facts, False) for one in natives if one is not proxy),
        sidecar=sidecar,
        proxy=_declare(proxy, facts, False) if proxy is not None else None,
        proxy_index=index,
        injected=injected and proxy is not None,
        settings=ProxySettings.of(layers),
        assumptions=facts,
        kind=kind,
        name=doc.name or _string(metadata, "name", "metadata"),
        namespace=namespace,
        source=doc.source,
        document=doc.document,
        line=doc.root.span.line,
        services=_service_ports(context, labels, namespace),
        grace_shown=grace is not None or not (pasted or patch),
        configs=configs,
        annotations=noted,
        node=spec,
        workload=doc.root,
        path=at,
    )
    if grace is None and doc.group == "serving.knative.dev":
        pod, grace = _knative(pod, spec, at)
    return _as_it_runs(pod if grace is None else replace(pod, terminationGracePeriodSeconds=grace))


def _knative(pod: Pod, spec: Node | None, at: str) -> tuple[Pod, int]:
    """Knative's own: the grace period is the request timeout, and its hook waits until the queue-proxy has drained.

    Source: knative/serving, `pkg/reconciler/revision/resources/deploy.go`.
    """
    timeout = _integer(spec, "timeoutSeconds", at)
    waiting = [one if one.preStop else replace(one, preStop=Hook("httpGet")) for one in pod.containers]
    apps = [_declare(one, pod.assumptions, True) for one in waiting]
    return replace(pod, containers=tuple(apps)), timeout or int(versions.KNATIVE_TIMEOUT.value)


def _container(node: Node, at: str) -> Container:
    handler = _mapping(node, "lifecycle", "preStop", at=at)
    hook = _hook(handler, f"{at}.lifecycle.preStop") if handler is not None and handler.entries else None
    ports = []
    for port in _list(node, "ports", at):
        number = _integer(port, "containerPort", f"{at}.ports")
        if number is not None:
            ports.append((_string(port, "name", f"{at}.ports"), number))
    name, image = _string(node, "name", at) or "container", _string(node, "image", at)
    if hook is not None and (shell.splits_script(hook.command) or shell.lacks(image, hook.command)):
        hook = _failing(hook)
    command, args = _words(node, "command", at), _words(node, "args", at)
    return Container(name, hook, image=image, command=command, args=args, ports=tuple(ports), node=node)


def _hook(handler: Node, at: str) -> Hook:
    if "sleep" in handler.entries:
        length = _integer(_mapping(handler, "sleep", at=at), "seconds", f"{at}.sleep") or 0
        return Hook("sleep", float(max(0, length)), node=handler)
    if "exec" in handler.entries:
        argv = _words(_mapping(handler, "exec", at=at), "command", f"{at}.exec")
        found = shell.length(argv)
        line = " ".join(argv)
        istio = bool(re.fullmatch(r"\S*pilot-agent request( --debug-port[= ]\d+)? POST /?drain", line))
        return Hook("exec", command=argv, istio=istio, node=handler, **found._asdict())
    _mapping(handler, "httpGet", at=at)
    # The kubelet does not support tcpSocket in a hook: it fails at once.
    kind = next((one for one in ("httpGet", "tcpSocket") if one in handler.entries), "none")
    return Hook(kind, None if kind == "httpGet" else 0.0, node=handler)


def _failing(hook: Hook) -> Hook:
    """An exec hook that fails at once, so that SIGTERM follows: the delay is 0."""
    return Hook(command=hook.command, seconds=0.0, fails=True, node=hook.node)


def _as_it_runs(pod: Pod) -> Pod:
    """The pod with istio-proxy's own hook as it runs: not without its tools, and not after it has ended the proxy."""
    proxy = pod.proxy_container
    hook = proxy.preStop if proxy is not None else None
    if proxy is None or hook is None or hook.fails:
        return pod
    if shell.tools(hook.command) and _distroless(pod, proxy.image):
        return replace(pod, proxy=replace(proxy, preStop=_failing(hook)))
    if hook.quits is None:
        return pod
    at, agent = hook.quits
    drains = agent and not versions.DRAIN_HOOK.holds(pod.istio)  # as at SIGTERM
    length = None if drains and hook.seconds != at else at
    hook = replace(hook, seconds=length, at_least=min(at, hook.least))
    return replace(pod, proxy=replace(proxy, preStop=hook, exits_at=None if drains or at > pod.grace else at))


def _distroless(pod: Pod, image: str) -> bool:
    """Whether istio-proxy is known to have no shell: by its image, or by what the injector is asked for."""
    if shell.lacks(image, ["sh"]):
        return True
    asked = pod.annotations.get("sidecar.istio.io/proxyImageType") if pod.annotations is not None else None
    chosen = [asked, *(config.node.get("image", "imageType") for config in pod.configs)]
    first = next((one for one in chosen if one is not None), None)
    if first is not None:
        return first.value == "distroless"
    mesh = pod.assumptions.mesh
    return image in ("", "auto") and mesh is not None and mesh.image_type == "distroless"


def _declare(container: Container, facts: Assumptions, app: bool) -> Container:
    """The container with what was declared about it."""
    hook = container.preStop and container.preStop.lasting(facts.prestop.get(container.name))
    shutdown = facts.shutdown_of(container.name, app) if container.name != PROXY or app else None
    return replace(container, preStop=hook, shutdown=shutdown)


@dataclass
class _Template:
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
        return self.native or _STATUS in self.annotations or self.role != ""


def _membership(pod: _Template, facts: Assumptions) -> Sidecar | None:
    """`NONE`, `GATEWAY`, or `None` for a pod that has a sidecar of either sort."""
    labels, annotations, space, proxy, role = pod.labels, pod.annotations, pod.space, pod.proxy, pod.role
    inject = labels.get(_INJECT, annotations.get(_INJECT, ""))
    templates = {one.strip() for one in annotations.get(_TEMPLATE, "").split(",")} - {""}
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
    if out and _STATUS not in annotations:
        return Sidecar.NONE
    if "gateway" in templates:
        return Sidecar.GATEWAY
    within = (
        proxy is not None
        or inject == "true"
        or _CONFIG in annotations
        or labels.get("istio.io/rev", "") != ""
        or space.get("istio-injection") == "enabled"
        or "istio.io/rev" in space
        or facts.sidecar in ("native", "classic")
    )
    return None if within else Sidecar.NONE


def _mode(pod: _Template, facts: Assumptions) -> Sidecar | None:
    """Native or classic, or `None` when nothing decides."""
    member = _membership(pod, facts)
    if member is not None:
        return member
    if pod.injected:
        return Sidecar.NATIVE if pod.native else Sidecar.CLASSIC
    if facts.sidecar != "auto":
        return Sidecar(facts.sidecar)
    istio, kubernetes = facts.version("istio"), facts.version("kubernetes")
    asked, env = pod.annotations.get(_NATIVE), facts.mesh.native_env if facts.mesh is not None else ""
    if asked is not None and versions.NATIVE_ANNOTATION.holds(istio):
        if asked in ("true", "false"):
            return Sidecar.NATIVE if asked == "true" else Sidecar.CLASSIC
        if istio is not None:  # any other text: the template's test was for "true", and is for not "false" now
            return Sidecar.NATIVE if versions.NATIVE_DEFAULT.holds(istio) else Sidecar.CLASSIC
        env = ""
    decided = versions.native_by_version(istio, kubernetes, env)
    return None if decided is None else Sidecar.NATIVE if decided else Sidecar.CLASSIC


def _settings(
    doc: _Doc, context: _Context, facts: Assumptions, pod: _Template
) -> tuple[tuple[Config, ...], tuple[Layer, ...]]:
    """The texts to hold against the field table, and the layers of settings, weakest first."""
    configs, layers, proxy = [], [], pod.proxy
    if facts.mesh is not None and facts.mesh.layer is not None:
        layers.append(facts.mesh.layer)
    texts = facts.mesh.configs if facts.mesh is not None else ()
    named = (one.node.get("rootNamespace") for one in texts if one.schema == "MeshConfig")
    root, here = _chosen(next(named, None), "istio-system"), pod.namespace or "default"
    resources = [(one, one.layer) for one in context.proxy_configs if one.layer is not None]
    for one, layer in sorted(resources, key=lambda pair: pair[0].namespace != root):
        if one.selector is None and (one.namespace or "default") in (root, here):
            layers.append(layer)
    if proxy is not None and pod.injected:
        text = _env(proxy).get("PROXY_CONFIG")
        if text is not None and isinstance(text.value, str):
            body = nested(text)
            if body is not None and body.kind == "mapping":
                layers.append(_layer("PROXY_CONFIG", doc, body, own=False))
        layers.append(_layer("env", doc, None, _proxy_variables(proxy), own=False))
    config = pod.noted.get(_CONFIG) if pod.noted is not None else None
    if config is not None:
        body = config if config.kind == "mapping" else nested(config) if isinstance(config.value, str) else None
        if body is not None and not body.empty:
            if body.kind != "mapping":
                raise _broken(body, f"the annotation {_CONFIG}", _MAPPING)
            configs.append(Config("ProxyConfig", body, f"metadata.annotations.{_CONFIG}"))
            layers.append(_layer("annotation", doc, body))
    for one, layer in resources:
        wanted = one.selector.items() if one.selector is not None else ()
        mine = one.selector is not None and all(pod.labels.get(key) == value for key, value in wanted)
        if mine and (one.namespace or "default") == here:
            layers.append(layer)
    if proxy is not None and not pod.injected:
        layers.append(_layer("env", doc, None, _proxy_variables(proxy)))
    return tuple(configs), tuple(layers)


def _env(container: Container) -> dict[str, Node]:
    """The plain values of a container's environment."""
    found = {}
    for entry in _list(container.node, "env", container.name):
        name, value = entry.get("name"), entry.get("value")
        if name is not None and isinstance(name.value, str) and value is not None:
            found[name.value] = value
    return found


def _proxy_variables(proxy: Container) -> _Placed:
    """The environment variables of istio-proxy itself that decide how it drains."""
    found = _env(proxy).items()
    return {key: (node.span, node) for key, node in found if key in DRAIN_ENV and isinstance(node.value, str)}


def _service_ports(context: _Context, labels: Mapping[str, str], namespace: str) -> tuple[str | int, ...] | None:
    """The target ports of every Service that selects the pod, or `None` when none does."""
    found: list[str | int] = []
    selected = False
    for doc in context.services:
        selector, ports = doc.root.get("spec", "selector"), doc.root.get("spec", "ports")
        wanted = selector.entries.items() if selector is not None else ()
        here = (doc.namespace or "default") == (namespace or "default")
        if not wanted or not here or any(labels.get(key) != str(value.value) for key, value in wanted):
            continue
        selected = True
        for port in ports.items if ports is not None else []:
            name = port.get("name")
            if name is not None and re.search(r"metric|prom|probe|profil", str(name.value)):
                continue  # nobody loses a request when a scrape fails
            target = port.get("targetPort") or port.get("port")
            if target is not None and isinstance(target.value, str | int):
                found.append(target.value)
    return tuple(found) if selected else None
