"""Mesh configuration: an IstioOperator, Helm values of istiod, ConfigMaps of istiod, a ProxyConfig resource."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..domain.annotations import CONFIG
from ..domain.given import Assumptions, Config, MeshConfig
from ..domain.settings import Layer
from ..shell.programs import tools
from ..source.node import Node
from ..source.stream import nested
from .containers import container_of, failing
from .fields import as_go, is_int32, is_refused
from .helm import ISTIOD, covered, gateway_classes, is_istiod, stated_version, values_of
from .layers import drain_variables, layer_of
from .operator import component_annotations, native_env
from .overlay import overlaid
from .resources import Resource
from .values import MAPPING, chosen, has_mapping, mapping, text_of, under, wrong_type

ENABLE_NATIVE = "ENABLE_NATIVE_SIDECARS"


def mesh_configs_of(resource: Resource, flags: Assumptions) -> list[MeshConfig]:
    """The mesh configurations that a resource holds; several where GitOps lists several charts. Errors: `ParseError`."""
    classes = gateway_classes(resource)
    return [replace(_completed(mesh, resource, flags), gateway_classes=classes) for mesh in _configurations(resource)]


def merged(meshes: Iterable[MeshConfig]) -> MeshConfig | None:
    """The mesh whose parts these are, or `None` for none, and for the parts of two that contradict each other."""
    whole: MeshConfig | None = None
    for part in meshes:
        whole = part if whole is None else _joined(whole, part)
        if whole is None:
            return None
    return whole


def _joined(mesh: MeshConfig, other: MeshConfig) -> MeshConfig | None:
    layer = _joined_layers(mesh.layer, other.layer)
    hooks = [part.proxy_lifecycle.plain() for part in (mesh, other) if part.proxy_lifecycle is not None]
    differ = any(mine and theirs and mine != theirs for mine, theirs in (
        (mesh.native_env, other.native_env), (mesh.image_type, other.image_type), (mesh.stated, other.stated),
    ))  # fmt: skip
    bodies = [
        [config.node.plain() for config in part.configs if config.schema == "MeshConfig"] for part in (mesh, other)
    ]
    differ = differ or any(_contradict(mine, theirs) for mine in bodies[0] for theirs in bodies[1])
    if differ or (len(hooks) > 1 and hooks[0] != hooks[1]):
        return None
    hooked = mesh if mesh.proxy_lifecycle is not None else other
    return replace(
        mesh,
        layer=layer,
        configs=mesh.configs + other.configs,
        annotations=mesh.annotations + other.annotations,
        layers=mesh.layers + other.layers,
        proxy_lifecycle=hooked.proxy_lifecycle,
        proxy_hook=hooked.proxy_hook,
        native_env=mesh.native_env or other.native_env,
        image_type=mesh.image_type or other.image_type,
        injector=mesh.injector or other.injector,
        stated=mesh.stated or other.stated,
        gateway_classes={**other.gateway_classes, **mesh.gateway_classes},
    )


def _joined_layers(mine: Layer | None, other: Layer | None) -> Layer | None:
    if mine is None or other is None:
        return mine or other
    return replace(mine, values={**other.values, **mine.values}, nodes={**other.nodes, **mine.nodes})


def _contradict(mine: object, other: object) -> bool:
    """Whether two texts give one key two values."""
    if isinstance(mine, dict) and isinstance(other, dict):
        return any(_contradict(value, other[key]) for key, value in mine.items() if key in other)
    return mine != other


def _completed(mesh: MeshConfig, resource: Resource, flags: Assumptions) -> MeshConfig:
    """With what was declared, and with what only all of it together says."""
    own = (config for config in mesh.configs if not config.path.endswith(CONFIG))
    if any(is_refused(config.schema, config.node) for config in own):
        layer = (
            None if mesh.layer is None else Layer(mesh.layer.kind, {}, {}, mesh.layer.own, mesh.source, mesh.document)
        )
        mesh = replace(mesh, layer=layer)
    tags = [resource.root.get(*path) for path in (*_TAGS, *(_LABELS if resource.kind == "ConfigMap" else ()))]
    distroless = any(text_of(tag).endswith("-distroless") for tag in tags)
    stated = mesh.stated or next((version for tag in tags if (version := stated_version(text_of(tag)))), "")
    assumptions = replace(flags, istio=flags.istio or covered(stated))
    mesh = replace(mesh, assumptions=assumptions, stated=stated)
    mesh = replace(mesh, image_type=mesh.image_type or ("distroless" if distroless else ""))
    hook = mesh.proxy_hook
    if hook is not None and mesh.image_type == "distroless" and tools(hook.command):
        mesh = replace(mesh, proxy_hook=failing(hook))
    return mesh


#: Where a text states the image of its proxies, and with it the version.
_TAGS = (
    ("spec", "tag"),
    ("spec", "version"),
    ("spec", "values", "global", "tag"),
    ("global", "tag"),
    ("spec", "components", "pilot", "tag"),
)
#: What istioctl, Istio's old operator and its charts write on the ConfigMaps that they make.
_LABELS = tuple(("metadata", "labels", key) for key in ("operator.istio.io/version", "app.kubernetes.io/version"))


def _configurations(resource: Resource) -> list[MeshConfig]:
    root, kind = resource.root, resource.kind
    base = MeshConfig(
        kind, resource.name, resource.namespace, resource.source, resource.document, root.span.line, node=root
    )
    if resource.is_kind("ProxyConfig", "networking.istio.io"):
        return [_proxy_config_resource(resource, base)]
    if resource.is_kind("IstioOperator", "install.istio.io", "operator.istio.io"):
        return [_operator(base, mapping(root, "spec"))]
    if kind in ("Istio", "IstioRevision") and resource.group in (None, "sailoperator.io", "operator.istio.io"):
        return [_values(base, mapping(root, "spec", "values"), "spec.values")]
    if kind == "ConfigMap" or (not kind and has_mapping(root, "data")):
        return _config_map(replace(base, kind="ConfigMap"), root)
    spec = root.get("spec")
    if not kind and spec is not None and _is_operator_spec(spec):
        return [_operator(replace(base, kind="IstioOperator"), spec)]
    listed = [values for values in values_of(resource) if values.role == ISTIOD]
    found = [
        _values(replace(base, kind=kind or "values", stated=values.version), values.node, values.at)
        for values in listed
    ]
    if not found and not kind and root.get("defaultConfig") is not None and not _is_of_a_machine(root):
        found = [_with_mesh(replace(base, kind="MeshConfig"), root, "")]
    return found


def _is_of_a_machine(root: Node) -> bool:
    """Whether this is the `mesh.yaml` that istioctl writes for a virtual machine: it says who that is, and reaches no pod.

    Source: istio/istio `istioctl/pkg/workload/workload.go` at 86c9f01f, `createMeshConfig`.
    """
    known = root.get("defaultConfig", "proxyMetadata")
    return known is not None and {"SERVICE_ACCOUNT", "TRUST_DOMAIN"} <= known.entries.keys()


def _is_operator_spec(spec: Node) -> bool:
    if not {"meshConfig", "components", "profile"}.isdisjoint(spec.entries):
        return True
    values = spec.get("values")
    return values is not None and values.kind == "mapping" and "chart" not in spec.entries


def _config_map(base: MeshConfig, root: Node) -> list[MeshConfig]:
    """The ConfigMaps that istiod reads: `mesh` in one, the `values` of its injector in the other."""
    text, values = root.get("data", "mesh"), root.get("data", "values") or root.get("data", "merged-values")
    if text is not None and isinstance(text.value, str):
        return [_with_mesh(base, nested(text), "data.mesh")]
    if values is not None and isinstance(values.value, str) and "{{" not in values.value:
        body = nested(values)
        if body is not None and body.kind == "mapping" and is_istiod(body):
            key = "values" if root.get("data", "values") is not None else "merged-values"
            return [_values(base, body, f"data.{key}")]
    return []


def _operator(base: MeshConfig, spec: Node | None) -> MeshConfig:
    if spec is None:
        return base
    mesh = _values(base, mapping(spec, "values", at="spec"), "spec.values")
    direct = mapping(spec, "meshConfig", at="spec")
    if direct is not None:
        over = _with_mesh(base, direct, "spec.meshConfig")
        below, layer = mesh.layer, over.layer
        if below is not None and layer is not None:
            layer = replace(layer, values={**below.values, **layer.values}, nodes={**below.nodes, **layer.nodes})
        image_type = over.image_type or mesh.image_type
        mesh = replace(mesh, layer=layer, configs=mesh.configs + over.configs, image_type=image_type)
    version = spec.get("compatibilityVersion")
    if version is not None and mesh.injector is not None:
        mesh = replace(mesh, injector=overlaid(under("compatibilityVersion", version), mesh.injector))
    for at, noted in component_annotations(spec):
        mesh = _noted(mesh, noted, at)
    return replace(mesh, native_env=native_env(spec) or mesh.native_env)


def _values(base: MeshConfig, values: Node | None, at: str) -> MeshConfig:
    """Helm values of istiod, as far as they decide how pods stop."""
    if values is None:
        return replace(base, injector=Node("mapping", base.node.span) if base.node is not None else None)
    prefix = f"{at}." if at else ""
    mesh = _with_mesh(base, mapping(values, "meshConfig", at=at), f"{prefix}meshConfig")
    lifecycle = mapping(values, "global", "proxy", "lifecycle", at=at)
    if lifecycle is not None and lifecycle.entries:
        lifecycle = _spelled(lifecycle)
        hook = container_of(under("lifecycle", lifecycle), f"{prefix}global.proxy").preStop
        mesh = replace(mesh, proxy_lifecycle=lifecycle, proxy_hook=hook)
    native = text_of(values.get("pilot", "env", ENABLE_NATIVE) or values.get("env", ENABLE_NATIVE))
    stated = mesh.stated or stated_version(text_of(values.get("global", "tag")))
    variant = chosen(values.get("global", "proxy", "variant"), chosen(values.get("global", "variant")))
    image_type = mesh.image_type or variant  # the chart merges `meshConfig` over what it makes of the variant
    return replace(mesh, image_type=image_type, native_env=native, stated=stated, injector=values)


_LIFECYCLE = {name.lower(): name for name in ("preStop", "postStart", "exec", "command", "sleep", "seconds", "httpGet")}


def _spelled(node: Node) -> Node:
    """A lifecycle whose keys are spelled as the API has them: here Istio reads them without regard to case."""
    if node.kind != "mapping":
        return node
    names = {key: _LIFECYCLE.get(key.lower(), key) for key in node.entries}
    entries = {names[key]: _spelled(child) for key, child in node.entries.items()}
    return Node("mapping", node.span, entries=entries, keys={names[key]: span for key, span in node.keys.items()})


def _noted(mesh: MeshConfig, annotations: Node, at: str) -> MeshConfig:
    """With the annotations that it gives to the pods of a component."""
    text = annotations.get(CONFIG)
    body = nested(text) if text is not None and isinstance(text.value, str) else None
    if body is not None and body.kind == "mapping":
        path = f"{at}.{CONFIG}"
        config, layer = Config("ProxyConfig", body, path), layer_of(path, mesh, body)
        mesh = replace(mesh, configs=(*mesh.configs, config), layers=(*mesh.layers, layer))
    return replace(mesh, annotations=(*mesh.annotations, (at, annotations)))


def _with_mesh(base: MeshConfig, body: Node | None, at: str) -> MeshConfig:
    if body is None or body.empty:
        return base
    if body.kind != "mapping":
        raise wrong_type(body, at, MAPPING)
    configs = [Config("MeshConfig", body, at)]
    default = body.get("defaultConfig")
    if default is not None and default.kind != "mapping":
        default = None
    if default is not None:
        configs.append(Config("ProxyConfig", default, f"{at}.defaultConfig".lstrip(".")))
    image_type = chosen(default.get("image", "imageType")) if default is not None else ""
    layer = layer_of("mesh", base, default, own=False)
    return replace(base, configs=tuple(configs), layer=layer, image_type=image_type)


def _proxy_config_resource(resource: Resource, base: MeshConfig) -> MeshConfig:
    spec = mapping(resource.root, "spec")
    env = mapping(spec, "environmentVariables", at="spec")
    selector = mapping(spec, "selector", at="spec")
    matching = mapping(selector, "matchLabels", at="spec.selector")
    pairs = matching.entries.items() if matching is not None else ()
    labels = {key: text_of(value) for key, value in pairs} if selector is not None else None
    values = env.entries.values() if env is not None else ()
    threads = spec.get("concurrency") if spec is not None else None
    refused = any(not value.empty and not isinstance(as_go(value), str) for value in values)
    if refused or (threads is not None and not is_int32(threads)):
        env = None  # the API server refuses the object
    layer = layer_of("ProxyConfig", resource, None, drain_variables(env), own=labels is not None)
    return replace(base, layer=layer, selector=labels)
