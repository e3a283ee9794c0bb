"""The places that set what the agent reads, and the order in which they win."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from .. import versions
from ..domain.annotations import CONFIG
from ..domain.given import Assumptions, Config, MeshConfig
from ..domain.settings import Layer
from ..duration import DurationError, parse_bool, parse_duration
from ..source.node import Node, Span
from ..source.stream import nested
from .fields import DRAIN_ENV, camel, fault
from .membership import Membership
from .resources import Context, Resource
from .values import MAPPING, chosen, list_of, text_of, wrong_type

DURATIONS = ("terminationDrainDuration", "drainDuration")
Placed = dict[str, tuple[Span, Node]]


def layer_of(
    kind: str, of: Resource | MeshConfig, config: Node | None, variables: Placed | None = None, own: bool = True
) -> Layer:
    """What one place sets. What Istio would refuse is left out; what the agent would misread is its default."""
    values: dict[str, float | bool] = {}
    nodes: Placed = {}
    if config is not None:
        variables = drain_variables(config.get("proxyMetadata") or config.get("proxy_metadata"))
        for key, node in sorted(config.entries.items(), key=lambda entry: entry[0] in DURATIONS):  # camelCase wins
            name = camel(key)
            readable = isinstance(node.value, str) and fault("duration", node) is None
            if readable and name in DURATIONS:
                values[name], nodes[name] = parse_duration(node.raw), (config.keys[key], node)
    for key, placed in (variables or {}).items():
        values[key], nodes[key] = env_value(key, "" if placed[1].empty else placed[1].raw), placed
    return Layer(kind, values, nodes, own, of.source, of.document)


def drain_variables(env: Node | None) -> Placed:
    """The environment variables of a mapping that decide how the proxy drains."""
    found = env.entries.items() if env is not None else ()
    plain = {key: node for key, node in found if key in DRAIN_ENV and node.kind == "scalar"}
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
    resource: Resource, context: Context, facts: Assumptions, pod: Membership, env: Mapping[str, Node]
) -> tuple[tuple[Config, ...], tuple[Layer, ...]]:
    """The texts to hold against the field table, and the layers of settings, weakest first. `env` is istio-proxy's.

    The drain durations are the agent's: the mesh's, or those of `PROXY_CONFIG` where istio-proxy has it, below the
    annotation. The variables are the injector's work; once a pod is injected the environment alone holds them.
    """
    body = annotation_of(pod)
    configs = () if body is None else (Config("ProxyConfig", body, f"metadata.annotations.{CONFIG}"),)
    mesh = [facts.mesh.layer] if facts.mesh is not None and facts.mesh.layer is not None else []
    above = [] if body is None else [layer_of("annotation", resource, body)]
    text = env.get("PROXY_CONFIG")
    if text is not None and isinstance(text.value, str):
        inner = nested(text)
        own = inner if inner is not None and inner.kind == "mapping" else None
        mesh = [] if pod.injected else [_without(layer, DURATIONS) for layer in mesh]
        mesh.append(_without(layer_of("PROXY_CONFIG", resource, own, own=not pod.injected), DRAIN_ENV))
    variables = {key: (node.span, node) for key, node in env.items() if key in DRAIN_ENV}
    direct = layer_of("env", resource, None, variables, own=not pod.injected)
    if pod.injected:
        return configs, (*(_without(layer, DRAIN_ENV) for layer in (*mesh, *above)), direct)
    if pod.role in ("router", "waypoint"):  # rendered, not injected: nobody reads the annotation's variables
        above = [_without(layer, DRAIN_ENV) for layer in above]
    wide, selected = _proxy_configs(context, facts, pod)
    return configs, (*mesh, *wide, *above, *selected, direct)


def annotation_of(pod: Membership) -> Node | None:
    """What stands in `proxy.istio.io/config`. Errors: `ParseError` where it is no mapping."""
    config = pod.noted.get(CONFIG) if pod.noted is not None else None
    if config is None:
        return None
    body = config if config.kind == "mapping" else nested(config) if isinstance(config.value, str) else None
    if body is None or body.empty:
        return None
    if body.kind != "mapping":
        raise wrong_type(body, f"the annotation {CONFIG}", MAPPING)
    return body


def _without(layer: Layer, keys: Iterable[str]) -> Layer:
    """What a place sets besides these keys."""
    if layer.values.keys().isdisjoint(keys):
        return layer
    values = {key: value for key, value in layer.values.items() if key not in keys}
    return replace(layer, values=values, nodes={key: layer.nodes[key] for key in values if key in layer.nodes})


def _proxy_configs(context: Context, facts: Assumptions, pod: Membership) -> tuple[list[Layer], list[Layer]]:
    """The ProxyConfig resources below and above the annotation. Of several at one level the first by age, then name."""
    texts = facts.mesh.configs if facts.mesh is not None else ()
    named = (config.node.get("rootNamespace") for config in texts if config.schema == "MeshConfig")
    root, here = chosen(next(named, None), "istio-system"), pod.namespace or "default"
    levels: dict[str, list[MeshConfig]] = {"root": [], "namespace": [], "workload": []}
    for config in sorted(context.proxy_configs, key=lambda config: (_created(config), config.name)):
        namespace = config.namespace or "default"
        if config.selector is not None:
            pairs = config.selector.items()
            if pairs and namespace == here and all(pod.labels.get(key) == value for key, value in pairs):
                levels["workload"].append(config)
        elif namespace in (root, here):
            levels["root" if namespace == root else "namespace"].append(config)
    first = {level: [config.layer for config in listed[:1] if config.layer] for level, listed in levels.items()}
    return [*first["root"], *first["namespace"]], first["workload"]


def _created(config: MeshConfig) -> str:
    return text_of(config.node.get("metadata", "creationTimestamp")) if config.node is not None else ""


def env_of(container: Node) -> dict[str, Node]:
    """The plain values of a container's environment."""
    found = {}
    for entry in list_of(container, "env", "container"):
        name, value = entry.get("name"), entry.get("value")
        if name is not None and isinstance(name.value, str) and value is not None and isinstance(value.value, str):
            found[name.value] = value
    return found
