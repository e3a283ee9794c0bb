"""What stands in ProxyConfig, MeshConfig and the proxy's environment, as several rules ask for it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .. import versions
from ..domain import PROXY, MeshConfig, Pod, Sidecar
from ..manifest.fields import DRAIN_ENV, camel
from ..manifest.helm import covered, release_of_image
from ..source.node import Node, Span
from ..text import Text

#: What is judged.
Item = Pod | MeshConfig

#: Fields of a pod that people write among the settings of the proxy, and where they belong.
POD_FIELDS = {
    "terminationGracePeriodSeconds": Text("the pod's spec", "파드의 spec"),
    "lifecycle": Text("the container", "컨테이너"),
    "preStop": Text("the container's lifecycle", "컨테이너의 lifecycle"),
}
#: Settings of the proxy that people write as annotations of their own.
ANNOTATED = ("terminationDrainDuration", "drainDuration", *DRAIN_ENV, "holdApplicationUntilProxyStarts")


def entries(item: Item, *schemas: str) -> Iterator[tuple[str, str, str, Span, Node]]:
    """Every key of the item's configuration texts: schema, its name in camelCase, path, place and value."""
    if isinstance(item, Pod) and item.sidecar is Sidecar.NONE:
        return
    for config in item.configs:
        if not schemas or config.schema in schemas:
            for key, node in config.node.entries.items():
                path = f"{config.path}.{key}".lstrip(".")
                yield config.schema, camel(key), path, config.node.keys[key], node


def variables(item: Item) -> Iterator[tuple[str, str, Span, Node]]:
    """Every environment variable that is set for the proxy: name, path, place and value."""
    yield from _proxy_metadata(item)
    if isinstance(item, MeshConfig) and item.kind == "ProxyConfig" and item.node is not None:
        env = item.node.get("spec", "environmentVariables")
        if env is not None:
            for key, value in env.entries.items():
                yield key, f"spec.environmentVariables.{key}", env.keys[key], value
    if isinstance(item, Pod) and item.proxy is not None and item.proxy.node is not None:
        listed = item.proxy.node.get("env")
        for entry in listed.items if listed is not None else []:
            variable, text = entry.get("name"), entry.get("value")
            if variable is not None and text is not None and isinstance(variable.value, str):
                yield variable.value, f"{PROXY}.env.{variable.value}", variable.span, text


def _proxy_metadata(item: Item) -> Iterator[tuple[str, str, Span, Node]]:
    """Every key under proxyMetadata: name, path, place and value."""
    for _, name, path, _, node in entries(item, "ProxyConfig"):
        if name == "proxyMetadata":
            yield from ((key, f"{path}.{key}", node.keys[key], value) for key, value in node.entries.items())


def was_there(item: Item, setting: str) -> bool:
    """Whether the Istio for which a text was written had a setting that is gone today."""
    mesh = item if isinstance(item, MeshConfig) else item.assumptions.mesh
    stated, judged_by = mesh.stated if mesh is not None else "", item.assumptions.istio
    if isinstance(item, Pod) and item.proxy is not None:
        stated = release_of_image(item.proxy.image) or stated
    if judged_by is not None and judged_by != covered(stated):  # somebody said better
        stated = judged_by
    return setting in versions.GONE and versions.had(setting, stated, _written(item))


def _written(item: Item) -> Iterator[str]:
    """The settings in a text, and the components of an IstioOperator."""
    for _, name, _, _, node in entries(item):
        yield "istio-pilot" if name == "discoveryAddress" and node.raw.startswith("istio-pilot") else name
    components = item.node.get("spec", "components") if isinstance(item, MeshConfig) and item.node is not None else None
    yield from components.entries if components is not None else ()


def spec_keys(item: Item) -> Iterator[tuple[str, str, Span]]:
    """The keys in the spec of a ProxyConfig resource: name, path and place."""
    if isinstance(item, MeshConfig) and item.kind == "ProxyConfig" and item.node is not None:
        spec = item.node.get("spec")
        yield from ((key, f"spec.{key}", span) for key, span in (spec.keys.items() if spec is not None else ()))


def proxy_name(item: Item) -> str:
    """The container of a problem with the proxy's configuration: mesh configuration has none."""
    return PROXY if isinstance(item, Pod) else ""


def with_unit(text: str) -> str:
    """The duration that a bare number means, or nothing for any other text."""
    return f"{text}s" if re.fullmatch(r"\d+(\.\d+)?", text, re.ASCII) else ""
