"""PT213: drainDuration that is not whole seconds."""

from __future__ import annotations

from collections.abc import Iterator

from ..duration import parse_duration
from ..manifest.fields import fault
from ..text import Text
from .configs import entries, proxy_name
from .proxies import (
    DRAIN_DURATION,
)
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text("drainDuration that is not whole seconds", "drainDuration 값이 초 단위 정수가 아닙니다"),
    what=Text(
        "Fires when drainDuration has a fraction of a second, or is below 1 s.",
        "drainDuration 값에 1초 미만의 단위가 있거나 1초보다 짧으면 보고합니다.",
    ),
    why=Text(
        "Istio's validation refuses the configuration: Envoy's --drain-time-s takes whole seconds.",
        "Istio가 설정을 거부합니다. Envoy의 --drain-time-s 값은 초 단위 정수입니다.",
    ),
    fix=Text("Write whole seconds, such as 45s.", "45s처럼 초 단위 정수로 적으십시오."),
    see=("settings/sidecar.md#drain-duration", "examples.md#gateway-leaves-with-the-last-connection"),
)
MESSAGE = Text(
    "drainDuration is {value}; it must be whole seconds, at least 1s",
    "drainDuration 값이 {value}입니다. 1s 이상의 초 단위 정수여야 합니다",
)


def fractional_drain(case: Case) -> Iterator[Problem]:
    """Each readable drainDuration that is no whole number of seconds from 1 on."""
    item = case.item
    for _, name, path, span, node in entries(item, "ProxyConfig"):
        if name == DRAIN_DURATION and isinstance(node.value, str) and fault("duration", node) is None:
            length = parse_duration(node.value)
            if length != int(length) or length < 1:
                yield Problem((path, span.line), proxy_name(item), say=MESSAGE, value=node.value)


RULE = Rule("PT213", Severity.ERROR, ABOUT, fractional_drain, mesh=True)
