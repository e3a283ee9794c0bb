"""PT218: drain durations in a ProxyConfig resource."""

from __future__ import annotations

from collections.abc import Iterator

from ..manifest.fields import camel
from ..text import Text
from .configs import spec_keys
from .proxies import (
    DRAIN_DURATION,
    TERMINATION_DRAIN_DURATION,
)
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text("Drain durations in a ProxyConfig resource", "ProxyConfig 리소스에 드레인 시간을 적었습니다"),
    what=Text(
        "Fires for terminationDrainDuration or drainDuration in a ProxyConfig resource.",
        "ProxyConfig 리소스에 terminationDrainDuration 또는 drainDuration 필드가 있으면 보고합니다.",
    ),
    why=Text(
        "The resource holds only concurrency, environmentVariables and image; the API server drops or refuses the "
        "rest.",
        "이 리소스에는 concurrency, environmentVariables, image만 있습니다. 나머지는 API 서버가 버리거나 거부합니다.",
    ),
    fix=Text(
        "Set them in the annotation proxy.istio.io/config or in meshConfig.defaultConfig.",
        "proxy.istio.io/config 어노테이션이나 meshConfig.defaultConfig에 설정하십시오.",
    ),
    see=("settings/where-to-set.md#proxy-config-resource", "examples.md#mesh-wide-helm-values"),
)
MESSAGE = Text("a ProxyConfig resource cannot hold {key}", "ProxyConfig 리소스에는 {key} 필드를 둘 수 없습니다")


def durations_in_resource(case: Case) -> Iterator[Problem]:
    """Each drain duration in the spec of a ProxyConfig resource."""
    for key, path, span in spec_keys(case.item):
        if camel(key) in (TERMINATION_DRAIN_DURATION, DRAIN_DURATION):
            yield Problem((path, span.line), say=MESSAGE, key=key)


RULE = Rule("PT218", Severity.WARNING, ABOUT, durations_in_resource, mesh=True)
