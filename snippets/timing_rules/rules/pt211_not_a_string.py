"""PT211: a proxyMetadata value that is not a string."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..domain import PROXY, Pod
from ..duration import parse_bool
from ..manifest.fields import PROXY_CONFIG, as_go, camel
from ..source.node import Node, Span
from ..text import Text
from .configs import Item, entries, proxy_name, with_unit
from .places import replaced
from .proxies import EXIT_ON_ZERO, MINIMUM_DRAIN_DURATION
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text("A proxyMetadata value that is not a string", "proxyMetadata 값이 문자열이 아닙니다"),
    what=Text(
        "Fires for an unquoted true, number, on or yes, and for a nested map, under proxyMetadata, runtimeValues, "
        "environmentVariables of a ProxyConfig, or env of istio-proxy; also for a double quote or a backslash in a value "
        "of proxyMetadata.",
        "proxyMetadata, runtimeValues, ProxyConfig의 environmentVariables, istio-proxy의 env 아래에 따옴표 없는 true, 숫자, on, yes 또는 "
        "중첩된 매핑이 있으면 보고합니다. proxyMetadata 값에 큰따옴표나 역슬래시가 있어도 보고합니다.",
    ),
    why=Text(
        "The injection of the pod (or the mesh config, or the object itself) is refused.",
        "사이드카 주입(또는 메시 설정이나 오브젝트 자체)이 거부됩니다.",
    ),
    fix=Text("Put the value in quotes.", "값을 따옴표로 감싸십시오."),
    see=(
        "settings/sidecar.md#exit-on-zero",
        "settings/where-to-set.md#layers",
        "examples.md#websocket-classic-proxy-waits-for-the-last-socket",
    ),
)
MESSAGE = Text(
    "{key} is {got} without quotes, and only a string is accepted",
    "{key} 값({got})에 따옴표가 없습니다. 문자열만 쓸 수 있습니다",
)
MESSAGE_NESTED = Text(
    "{key} is a {got}, and only a string is accepted", "{key} 값이 {got} 형식입니다. 문자열만 쓸 수 있습니다"
)
FIX_MOVE = Text("move {key} out of proxyMetadata, beside it", "{key} 키를 proxyMetadata 바깥으로 옮기십시오")
FIX_UNIT = Text(
    'write "{right}", in quotes and with its unit', '따옴표로 감싸고 단위를 붙여 "{right}" 형식으로 적으십시오'
)
FIX_NESTED = Text("write one string, or remove the key", "문자열 하나로 쓰거나 키를 지우십시오")
MESSAGE_QUOTE = Text(
    "{key} holds a double quote or a backslash, which Istio writes into its template as it stands: the injection of the pod "
    "is refused",
    "{key} 값에 큰따옴표 또는 역슬래시가 있습니다. Istio가 이 값을 템플릿에 그대로 써 넣으므로 사이드카 주입이 "
    "거부됩니다",
)
FIX_QUOTE = Text(
    "set {key} without these characters, or in env of an own istio-proxy container",
    "{key} 값에서 이 문자를 빼거나, 직접 선언한 istio-proxy 컨테이너의 env에 적으십시오",
)


def not_a_string(case: Case) -> Iterator[Problem]:
    """Each variable of the proxy whose value is no string, with quotes as the edit."""
    item = case.item
    for key, path, span, node in (*case.variables, *_runtime_values(item)):
        value = as_go(node)
        if isinstance(value, str) and re.search(r'["\\]', value) and _is_rendered(item, path):
            yield Problem((path, span.line), proxy_name(item), say=MESSAGE_QUOTE, fix=FIX_QUOTE, key=key)
        if isinstance(value, str) or node.empty:
            continue
        nested = node.kind != "scalar"
        say, fix = (MESSAGE_NESTED, FIX_NESTED) if nested else (MESSAGE, None)
        if camel(key) in PROXY_CONFIG and "proxyMetadata" in path:
            fix = FIX_MOVE
        text = str(value).lower() if isinstance(value, bool) else node.raw
        right = "" if nested or fix is FIX_MOVE else _meant(key, text)
        fix = FIX_UNIT if right and key == MINIMUM_DRAIN_DURATION else fix
        yield Problem(
            (path, span.line),
            proxy_name(item),
            say=say,
            fix=fix,
            edits=replaced(node, f'"{right}"') if right else (),
            key=key,
            got=node.raw or node.kind,
            right=right,
        )


def _meant(key: str, text: str) -> str:
    """The string that a value without quotes is meant to be; none where the agent could not read it."""
    if key == MINIMUM_DRAIN_DURATION:
        return with_unit(text)
    return "" if key == EXIT_ON_ZERO and parse_bool(text) is None else text


def _runtime_values(item: Item) -> Iterator[tuple[str, str, Span, Node]]:
    """Every key under runtimeValues: name, path, place and value."""
    for _, name, path, _, node in entries(item, "ProxyConfig"):
        if name == "runtimeValues":
            yield from ((key, f"{path}.{key}", node.keys[key], value) for key, value in node.entries.items())


def _is_rendered(item: Item, path: str) -> bool:
    """Whether the injector still has to write a variable into its template, as it stands."""
    written = path.startswith(f"{PROXY}.env") or "runtimeValues" in path
    return not written and not (isinstance(item, Pod) and item.injected)


RULE = Rule("PT211", Severity.ERROR, ABOUT, not_a_string, mesh=True)
