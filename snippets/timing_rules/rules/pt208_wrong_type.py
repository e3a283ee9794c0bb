"""PT208: a value of the wrong type."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..domain import MeshConfig
from ..manifest.fields import SCHEMAS, fault_of, inside, is_int32
from ..source.node import Node, Span
from ..text import Text
from .configs import Item, entries, proxy_name, spec_keys, with_unit
from .places import replaced
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text("A value of the wrong type", "값의 형식이 틀렸습니다"),
    what=Text(
        "Fires for a value in `proxy.istio.io/config` or mesh config that Istio's parser refuses: a duration without "
        "a unit, a nested map, a misspelled enum value; and for a `concurrency` that the API server refuses in a ProxyConfig "
        "resource.",
        "`proxy.istio.io/config` 또는 메시 설정에서 Istio가 거부하는 값을 보고합니다. 단위 없는 시간, 중첩된 매핑, 잘못 쓴 열거형 값 등입니다. "
        "ProxyConfig 리소스에서 API 서버가 거부하는 `concurrency` 값도 보고합니다.",
    ),
    why=Text(
        "In the annotation it refuses the injection of the pod; in mesh config it refuses the whole configuration.",
        "어노테이션이면 사이드카 주입이 거부되고, 메시 설정이면 설정 전체가 거부됩니다.",
    ),
    fix=Text(
        "Write the value in the form that the message names; a duration has a unit, as in 35s.",
        "메시지에 나온 형식으로 고치십시오. 시간이라면 35s처럼 단위를 붙입니다.",
    ),
    see=(
        "settings/where-to-set.md#layers",
        "settings/sidecar.md#termination-drain-duration",
        "examples.md#http-classic-sidecar",
    ),
)
MESSAGE = Text("{name}: {wrong}", "{name}: {wrong}")
FIX_AS = Text("write {right}", "{right} 값으로 적으십시오")
MESSAGE_THREADS = Text(
    "concurrency must be a whole number of 32 bits without quotes: the API server refuses this ProxyConfig, and its "
    "environmentVariables count nowhere",
    "concurrency 값은 따옴표 없는 32비트 정수여야 합니다. API 서버가 이 ProxyConfig 리소스를 거부하므로 environmentVariables도 적용되지 않습니다",
)
FIX_THREADS = Text("write a number such as 2, or remove it", "2처럼 숫자로 적거나 지우십시오")


def wrong_type(case: Case) -> Iterator[Problem]:
    """Each value that is not of its key's type, with the right one where it is plain what was meant."""
    item = case.item
    for name, kind, path, span, node in _typed(item):
        wrong = fault_of(kind, name, node)
        if wrong is not None:
            known = node.raw.upper() in kind.split("|")
            right = node.raw.upper() if known else with_unit(node.raw) if kind == "duration" else ""
            right = f'"{right}"' if isinstance(node.value, bool) and right else right
            edits, fix = (replaced(node, right), FIX_AS) if right else ((), None)
            place, of = (path, span.line), proxy_name(item)
            yield Problem(place, of, say=MESSAGE, fix=fix, edits=edits, name=name, wrong=wrong, right=right)

    yield from _in_resource(item)


def _in_resource(item: Item) -> Iterator[Problem]:
    """The `concurrency` of a ProxyConfig resource, which the API server holds against its schema."""
    for key, path, span in spec_keys(item):
        node = item.node.get("spec", key) if isinstance(item, MeshConfig) and item.node is not None else None
        if key == "concurrency" and node is not None and not is_int32(node):
            edits = replaced(node, node.raw) if node.quoted and re.fullmatch(r"[0-9]{1,9}", node.raw) else ()
            yield Problem((path, span.line), say=MESSAGE_THREADS, fix=FIX_THREADS, edits=edits)


def _typed(item: Item) -> Iterator[tuple[str, str, str, Span, Node]]:
    """Every value with a type: its name, the type, path, place and value."""
    for schema, name, path, span, node in entries(item):
        kind = SCHEMAS[schema].get(name, "")
        if kind:
            yield name, kind, path, span, node
        if kind in ("message", "list"):
            for type_, at, place, value in inside(name, node):
                yield f"{name}{at}", type_, f"{path}{at}", place, value


RULE = Rule("PT208", Severity.ERROR, ABOUT, wrong_type, mesh=True)
