"""Mesh configuration: IstioOperator, Helm values, the `istio` ConfigMap, a ProxyConfig resource."""

from __future__ import annotations

from dataclasses import replace

from ..domain.annotations import CONFIG
from ..domain.given import Assumptions, Config, MeshConfig
from ..shell.programs import tools
from ..source.node import Node
from ..source.stream import nested
from .containers import container_of, failing
from .injector import injector_of
from .layers import drain_variables, layer_of
from .resources import Resource
from .values import MAPPING, chosen, has_mapping, mapping, text_of, under, wrong_type

ENABLE_NATIVE = "ENABLE_NATIVE_SIDECARS"


def mesh_config_of(resource: Resource, flags: Assumptions) -> MeshConfig | None:
    """The mesh configuration that a resource is, or `None` for another resource. Errors: `ParseError`."""
    mesh = _configuration(resource)
    if mesh is None:
        return None
    paths = (("spec", "tag"), ("spec", "values", "global", "tag"), ("global", "tag"))
    distroless = any(text_of(resource.root.get(*path)).endswith("-distroless") for path in paths)
    mesh = replace(mesh, assumptions=flags, image_type=mesh.image_type or ("distroless" if distroless else ""))
    hook = mesh.proxy_hook
    if hook is not None and mesh.image_type == "distroless" and tools(hook.command):
        mesh = replace(mesh, proxy_hook=failing(hook))
    return mesh


def _configuration(resource: Resource) -> MeshConfig | None:
    root, kind = resource.root, resource.kind
    base = MeshConfig(
        kind, resource.name, resource.namespace, resource.source, resource.document, root.span.line, node=root
    )
    if resource.is_kind("ProxyConfig", "networking.istio.io"):
        return _proxy_config_resource(resource, base)
    if resource.is_kind("IstioOperator", "install.istio.io"):
        return _operator(base, mapping(root, "spec"))
    if resource.is_kind("Istio", "sailoperator.io", "operator.istio.io"):
        return _values(base, mapping(root, "spec", "values"), "spec.values")
    if kind == "ConfigMap" or (not kind and root.get("data", "mesh") is not None):
        text = root.get("data", "mesh")
        if text is None or not isinstance(text.value, str):
            return None
        return _with_mesh(replace(base, kind="ConfigMap"), nested(text), "data.mesh")
    if kind:
        return None
    spec = root.get("spec")
    if spec is not None and (
        {"meshConfig", "components", "profile"} & set(spec.entries) or has_mapping(spec, "values")
    ):
        return _operator(replace(base, kind="IstioOperator"), spec)
    paths = (("global", "proxy"), ("pilot", "env"), ("sidecarInjectorWebhook",))
    known = any(has_mapping(root, *path) for path in paths) or root.get("compatibilityVersion") is not None
    if known or root.get("meshConfig") is not None or root.get("env", ENABLE_NATIVE) is not None:
        return _values(replace(base, kind="values"), root, "")
    if root.get("defaultConfig") is not None:
        return _with_mesh(replace(base, kind="MeshConfig"), root, "")
    return None


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
    components = mapping(spec, "components", at="spec")
    for name, component in (components.entries if components else {}).items():
        for index, one in enumerate(component.items or [component]):
            place = f"spec.components.{name}" + (f"[{index}]" if component.items else "")
            mesh = _noted(mesh, one.get("k8s", "podAnnotations"), f"{place}.k8s.podAnnotations")
    env = spec.get("components", "pilot", "k8s", "env")
    there = [
        text_of(one.get("value")) for one in (env.items if env else []) if text_of(one.get("name")) == ENABLE_NATIVE
    ]
    return replace(mesh, native_env=there[-1] if there else mesh.native_env)


def _values(base: MeshConfig, values: Node | None, at: str) -> MeshConfig:
    """Helm values of istiod (and of a gateway), as far as they decide how pods stop."""
    if values is None:
        return base
    prefix = f"{at}." if at else ""
    mesh = _with_mesh(base, mapping(values, "meshConfig", at=at), f"{prefix}meshConfig")
    lifecycle = mapping(values, "global", "proxy", "lifecycle", at=at)
    if lifecycle is not None and lifecycle.entries:
        hook = container_of(under("lifecycle", lifecycle), f"{prefix}global.proxy").preStop
        mesh = replace(mesh, proxy_lifecycle=lifecycle, proxy_hook=hook and replace(hook, node=None))
    gateways = values.get("gateways")
    for name, gateway in (gateways.entries if gateways is not None else {}).items():
        mesh = _noted(mesh, gateway.get("podAnnotations"), f"{prefix}gateways.{name}.podAnnotations")
    native = text_of(values.get("pilot", "env", ENABLE_NATIVE) or values.get("env", ENABLE_NATIVE))
    image_type = chosen(values.get("global", "variant"), mesh.image_type)
    return replace(mesh, image_type=image_type, native_env=native, injector=injector_of(values))


def _noted(mesh: MeshConfig, annotations: Node | None, at: str) -> MeshConfig:
    """With the annotations that it gives to the pods of a gateway or of another component."""
    text = annotations.get(CONFIG) if annotations is not None else None
    body = nested(text) if text is not None and isinstance(text.value, str) else None
    if body is not None:
        config, layer = (
            Config("ProxyConfig", body, f"{at}.{CONFIG}"),
            layer_of(f"{at}.{CONFIG}", mesh, body),
        )
        mesh = replace(mesh, configs=(*mesh.configs, config), layers=(*mesh.layers, layer))
    return mesh if annotations is None else replace(mesh, annotations=(*mesh.annotations, (at, annotations)))


def _with_mesh(base: MeshConfig, body: Node | None, at: str) -> MeshConfig:
    if body is None or body.empty:
        return base
    if body.kind != "mapping":
        raise wrong_type(body, at or "meshConfig", MAPPING)
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
    labels = {key: str(value.value) for key, value in pairs} if selector is not None else None
    layer = layer_of("ProxyConfig", resource, None, drain_variables(env), own=labels is not None)
    return replace(base, layer=layer, selector=labels)
