"""PT210: an unknown or misplaced key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..domain import Pod, Sidecar
from ..domain.annotations import CONFIG
from ..manifest.fields import DRAIN_ENV, PROXY_CONFIG, REMOVED, SCHEMAS, camel
from ..manifest.spelling import nearest
from ..source.node import Span
from ..text import Text
from .configs import ANNOTATED, POD_FIELDS, Item, entries, proxy_name, spec_keys, was_there
from .places import renamed
from .proxies import is_generated, is_rendered
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text("An unknown or misplaced key", "Istio가 모르는 키이거나 위치가 틀린 키입니다"),
    what=Text(
        "Fires for a key of `proxy.istio.io/config`, mesh config or proxyMetadata that is known elsewhere, or is "
        "within two edits of a known key.",
        "`proxy.istio.io/config`, 메시 설정, proxyMetadata에 있는 키가 다른 곳에 적는 키이거나, 알려진 키와 두 글자 이내로 다르면 보고합니다.",
    ),
    why=Text("Istio accepts it and does nothing with it.", "Istio는 이 키를 받아들이지만 쓰지 않습니다."),
    fix=Text("Use the key and the place that the message names.", "메시지에 나온 이름과 위치로 고치십시오."),
    see=("settings/where-to-set.md#layers", "examples.md#http-classic-sidecar"),
)
MESSAGE = Text(
    "{name} has no effect here; it belongs in {where}", "{name} 키는 여기에서 효과가 없습니다. 올바른 위치: {where}"
)
MESSAGE_OTHER = Text(
    "{name} has no effect here; {right} belongs in {where}",
    "{name} 키는 여기에서 효과가 없습니다. {right} 키의 올바른 위치: {where}",
)
MESSAGE_SPELLED = Text(
    "{name} is not a key that Istio knows; it is spelled {right}",
    "Istio는 {name} 키를 모릅니다. 올바른 이름은 {right}입니다",
)
METADATA = Text("proxyMetadata", "proxyMetadata")
HOLDERS = {"MeshConfig": Text("meshConfig", "meshConfig"), "ProxyConfig": Text("defaultConfig", "defaultConfig")}
ABOVE = Text("ProxyConfig, beside proxyMetadata", "proxyMetadata 바깥의 ProxyConfig")
BY_PARAMETERS = Text(
    "a ProxyConfig resource, or env of istio-proxy by parametersRef",
    "ProxyConfig 리소스, 또는 parametersRef로 설정하는 istio-proxy의 env",
)
BY_ENV = Text("the env of istio-proxy itself", "istio-proxy 컨테이너의 env")
VALUES = Text("Helm values or an IstioOperator", "Helm 값 또는 IstioOperator")
VARIABLES = Text("environmentVariables of the resource", "이 리소스의 environmentVariables")
ON_PROXY = Text("istio-proxy, through proxyMetadata", "proxyMetadata로 설정하는 istio-proxy")


class Misplaced(NamedTuple):
    """A key that does nothing: its name, the right one, where it belongs (`None`: here, but spelled so), path and place."""

    name: str
    right: str
    where: Text | None
    path: str
    span: Span


def unknown_key(case: Case) -> Iterator[Problem]:
    """Each key that does nothing where it stands."""
    item = case.item
    taken = {path for _, _, path, _, _ in entries(item)} | {path for _, path, _, _ in case.variables}
    for name, right, where, path, span in _misplaced(case):
        say = MESSAGE_SPELLED if where is None else MESSAGE if name == right else MESSAGE_OTHER
        right_path = f"{path.removesuffix(name)}{right}"
        edits = renamed(span, name, right) if where is None and right_path not in taken else ()
        taken.add(right_path)
        place = (path, span.line)
        yield Problem(place, proxy_name(item), say=say, edits=edits, name=name, right=right, where=where)


def _misplaced(case: Case) -> Iterator[Misplaced]:
    item = case.item
    yield from _in_configs(item)
    yield from _in_variables(case)
    for key, path, span in spec_keys(item):
        if key in DRAIN_ENV or camel(key) == "proxyMetadata":
            yield Misplaced(key, key, VARIABLES, path, span)
    if isinstance(item, Pod):
        yield from _in_app_env(item)
        yield from _in_annotations(item)
        yield from _in_rendered_gateway(case)


def _in_configs(item: Item) -> Iterator[Misplaced]:
    for schema, name, path, span, _ in entries(item):
        if path.endswith("default_config"):  # the one key that Istio reads in camelCase alone
            yield Misplaced("default_config", name, None, path, span)
        belongs = _belongs(schema, name) if name not in SCHEMAS[schema] and name not in REMOVED else None
        if belongs is not None and not (schema == "ProxyConfig" and was_there(item, name)):
            yield Misplaced(name, *belongs, path, span)


def _in_variables(case: Case) -> Iterator[Misplaced]:
    for key, path, span, _ in case.variables:
        if key in REMOVED or key in DRAIN_ENV:
            continue
        if camel(key) in PROXY_CONFIG:
            yield Misplaced(key, camel(key), ABOVE, path, span)
        elif (variable := nearest(key, DRAIN_ENV)) is not None:
            yield Misplaced(key, variable, None, path, span)


def _in_rendered_gateway(case: Case) -> Iterator[Misplaced]:
    """The proxy's variables in the annotation of a gateway that nothing injects: the agent reads only durations there."""
    where = BY_PARAMETERS if is_generated(case.pod) else BY_ENV
    for key, path, span, _ in case.variables if is_rendered(case.pod) else ():
        if key in DRAIN_ENV and path.startswith("metadata.annotations"):
            yield Misplaced(key, key, where, path, span)


def _in_app_env(pod: Pod) -> Iterator[Misplaced]:
    """The proxy's variables among those of an app."""
    for container in pod.containers if pod.sidecar is not Sidecar.NONE else ():
        listed = container.node.get("env") if container.node is not None else None
        for entry in listed.items if listed is not None else ():
            variable = entry.get("name")
            if variable is not None and variable.value in DRAIN_ENV:
                name, path = variable.raw, f"{container.name}.env.{variable.raw}"
                yield Misplaced(name, name, ON_PROXY, path, variable.span)


def _in_annotations(pod: Pod) -> Iterator[Misplaced]:
    """Settings written as annotations of their own, such as `proxy.istio.io/drainDuration`."""
    for key, span in pod.annotations.keys.items() if pod.annotations is not None else ():
        domain, _, name = key.rpartition("/")
        if domain.endswith("istio.io") and camel(name) in ANNOTATED:
            config = f"{CONFIG}, proxyMetadata" if name in DRAIN_ENV else CONFIG
            where = Text(f"the annotation {config}", f"{config} 어노테이션 안")
            yield Misplaced(key, camel(name), where, f"metadata.annotations.{key}", span)
        elif domain.endswith("istio.io") and camel(name) in POD_FIELDS:  # Istio has no such annotation
            yield Misplaced(key, camel(name), POD_FIELDS[camel(name)], f"metadata.annotations.{key}", span)


def _belongs(schema: str, name: str) -> tuple[str, Text | None] | None:
    """The right name and, if it is another, the right place of a key that `schema` does not have."""
    if name in DRAIN_ENV:
        return name, METADATA
    if name in POD_FIELDS or name == "meshConfig":
        return name, POD_FIELDS.get(name, VALUES)
    other = "ProxyConfig" if schema == "MeshConfig" else "MeshConfig"
    if name in SCHEMAS[other]:
        return name, HOLDERS[other]
    if (variable := nearest(name, DRAIN_ENV)) is not None:
        return variable, METADATA
    for table, where in ((schema, None), (other, HOLDERS[other])):
        known = nearest(name, SCHEMAS[table], 1 if len(name) < 6 else 2)
        if known is not None:
            return known, where
    return None


RULE = Rule("PT210", Severity.WARNING, ABOUT, unknown_key, mesh=True)
