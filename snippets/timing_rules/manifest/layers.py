"""The places that set what the agent reads, and the order in which they win."""

from __future__ import annotations

from .. import versions
from ..domain.annotations import CONFIG
from ..domain.container import Container
from ..domain.given import Assumptions, Config, MeshConfig
from ..domain.settings import Layer
from ..duration import DurationError, parse_bool, parse_duration
from ..source.node import Node, Span
from ..source.stream import nested
from .fields import DRAIN_ENV, camel, fault
from .membership import Membership
from .resources import Context, Resource
from .values import MAPPING, chosen, list_of, wrong_type

Placed = dict[str, tuple[Span, Node]]


def layer_of(
    kind: str, of: Resource | MeshConfig, config: Node | None, variables: Placed | None = None, own: bool = True
) -> Layer:
    """What one place sets. What Istio would refuse is left out; what the agent would misread is its default."""
    values: dict[str, float | bool] = {}
    nodes: Placed = {}
    if config is not None:
        variables = drain_variables(config.get("proxyMetadata") or config.get("proxy_metadata"))
        for key, node in config.entries.items():
            name = camel(key)
            readable = isinstance(node.value, str) and fault("duration", node) is None
            if readable and name in ("terminationDrainDuration", "drainDuration"):
                values[name], nodes[name] = parse_duration(node.raw), (config.keys[key], node)
    for key, placed in (variables or {}).items():
        values[key], nodes[key] = env_value(key, placed[1].raw), placed
    return Layer(kind, values, nodes, own, of.source, of.document)


def drain_variables(env: Node | None) -> Placed:
    """The environment variables of a mapping that decide how the proxy drains."""
    found = env.entries.items() if env is not None else ()
    plain = {key: node for key, node in found if key in DRAIN_ENV and node.kind == "scalar" and not node.empty}
    return {key: (env.keys[key], node) for key, node in plain.items() if env is not None}


def env_value(key: str, text: str) -> float | bool:
    """A drain setting as the agent reads it from its environment: what it cannot read is the default."""
    if key == "EXIT_ON_ZERO_ACTIVE_CONNECTIONS":
        return parse_bool(text) or False
    try:
        return parse_duration(text)
    except DurationError:
        return versions.MINIMUM_DRAIN_DURATION.value


def settings_of(
    resource: Resource, context: Context, facts: Assumptions, pod: Membership
) -> tuple[tuple[Config, ...], tuple[Layer, ...]]:
    """The texts to hold against the field table, and the layers of settings, weakest first."""
    configs, layers, proxy = [], [], pod.proxy
    if facts.mesh is not None and facts.mesh.layer is not None:
        layers.append(facts.mesh.layer)
    texts = facts.mesh.configs if facts.mesh is not None else ()
    named = (one.node.get("rootNamespace") for one in texts if one.schema == "MeshConfig")
    root, here = chosen(next(named, None), "istio-system"), pod.namespace or "default"
    resources = [(one, one.layer) for one in context.proxy_configs if one.layer is not None]
    for one, layer in sorted(resources, key=lambda pair: pair[0].namespace != root):
        if one.selector is None and (one.namespace or "default") in (root, here):
            layers.append(layer)
    if proxy is not None and pod.injected:
        text = env_of(proxy).get("PROXY_CONFIG")
        if text is not None and isinstance(text.value, str):
            body = nested(text)
            if body is not None and body.kind == "mapping":
                layers.append(layer_of("PROXY_CONFIG", resource, body, own=False))
        layers.append(layer_of("env", resource, None, proxy_variables(proxy), own=False))
    config = pod.noted.get(CONFIG) if pod.noted is not None else None
    if config is not None:
        body = config if config.kind == "mapping" else nested(config) if isinstance(config.value, str) else None
        if body is not None and not body.empty:
            if body.kind != "mapping":
                raise wrong_type(body, f"the annotation {CONFIG}", MAPPING)
            configs.append(Config("ProxyConfig", body, f"metadata.annotations.{CONFIG}"))
            layers.append(layer_of("annotation", resource, body))
    for one, layer in resources:
        wanted = one.selector.items() if one.selector is not None else ()
        mine = one.selector is not None and all(pod.labels.get(key) == value for key, value in wanted)
        if mine and (one.namespace or "default") == here:
            layers.append(layer)
    if proxy is not None and not pod.injected:
        layers.append(layer_of("env", resource, None, proxy_variables(proxy)))
    return tuple(configs), tuple(layers)


def env_of(container: Container) -> dict[str, Node]:
    """The plain values of a container's environment."""
    found = {}
    for entry in list_of(container.node, "env", container.name):
        name, value = entry.get("name"), entry.get("value")
        if name is not None and isinstance(name.value, str) and value is not None:
            found[name.value] = value
    return found


def proxy_variables(proxy: Container) -> Placed:
    """The environment variables of istio-proxy itself that decide how it drains."""
    found = env_of(proxy).items()
    return {key: (node.span, node) for key, node in found if key in DRAIN_ENV and isinstance(node.value, str)}
