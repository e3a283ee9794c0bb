"""What the values say of istiod's injector: whom it injects, and with which templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from ..domain.given import Assumptions
from ..shell.effects import AGENT
from ..source.node import Node
from .values import text_of

#: Istio's own templates, which need no values.
TEMPLATES = ("sidecar", "gateway", "grpc-simple", "grpc-agent", "waypoint", "kube-gateway", "agentgateway")


@dataclass(frozen=True)
class Injector:
    """What istiod's injector is told: whom it injects (`never` and `always` are label selectors), with which templates
    (their texts by name). `known`: values were read that could hold all this."""

    templates: Mapping[str, Node] = field(default_factory=dict)
    default_templates: tuple[str, ...] = ("sidecar",)
    never: tuple[Node, ...] = ()
    always: tuple[Node, ...] = ()
    by_default: bool = False
    policy: bool = True
    rewrites: bool = True
    holds: bool = False
    status_port: str = str(AGENT)
    compatibility: str = ""
    known: bool = False


def injector_for(facts: Assumptions) -> Injector:
    """The injector whose values were given, or Istio's own."""
    values = facts.mesh.injector if facts.mesh is not None else None
    return Injector() if values is None else injector_of(values)


@lru_cache(maxsize=32)  # the same for every pod of a run
def injector_of(values: Node) -> Injector:
    """The injector of Helm values; what is of another type than Istio reads counts as unset."""
    webhook = values.get("sidecarInjectorWebhook") or Node("mapping", values.span)
    proxy = values.get("global", "proxy") or Node("mapping", values.span)
    templates = webhook.get("templates")
    defaults = webhook.get("defaultTemplates")
    usual = Injector()
    return Injector(
        templates={} if templates is None else {key: text for key, text in templates.entries.items() if not text.empty},
        default_templates=tuple(text_of(name) for name in defaults.items)
        if defaults is not None
        else () or usual.default_templates,
        never=_selectors(webhook, "neverInjectSelector"),
        always=_selectors(webhook, "alwaysInjectSelector"),
        by_default=text_of(webhook.get("enableNamespacesByDefault")) == "true",
        policy=text_of(proxy.get("autoInject")) in ("", "enabled"),
        rewrites=text_of(webhook.get("rewriteAppHTTPProbe")) != "false",
        holds=text_of(proxy.get("holdApplicationUntilProxyStarts")) == "true",
        status_port=text_of(proxy.get("statusPort")) or usual.status_port,
        compatibility=text_of(values.get("compatibilityVersion")),
        known=True,
    )


def _selectors(webhook: Node, key: str) -> tuple[Node, ...]:
    listed = webhook.get(key)
    return tuple(listed.items) if listed is not None else ()


def selects(selector: Node, labels: Mapping[str, str]) -> bool:
    """Whether a label selector of the injector matches; an empty one, or one that is not valid, never does."""
    wanted, expressions = selector.get("matchLabels"), selector.get("matchExpressions")
    pairs = wanted.entries if wanted is not None else {}
    listed = expressions.items if expressions is not None else ()
    if not pairs and not listed:
        return False
    return all(labels.get(key) == text_of(value) for key, value in pairs.items()) and all(
        _holds(expression, labels) for expression in listed
    )


def _holds(expression: Node, labels: Mapping[str, str]) -> bool:
    key, operator, listed = (
        text_of(expression.get("key")),
        text_of(expression.get("operator")),
        expression.get("values"),
    )
    values = [text_of(value) for value in listed.items] if listed is not None else []
    if operator in ("Exists", "DoesNotExist"):
        return not values and (key in labels) is (operator == "Exists")
    if operator in ("In", "NotIn") and values:
        return (labels.get(key) in values) is (operator == "In")
    return False
