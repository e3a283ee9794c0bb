"""Typed values of a tree: what a field must be, and the error where it is something else."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..domain.annotations import CONFIG, INJECTION
from ..source.errors import ParseError
from ..source.node import Node
from ..source.stream import unrendered
from ..text import Text

MAPPING = Text("a mapping", "매핑")
LIST = Text("a list", "리스트")
STRING = Text("a string (in quotes)", "따옴표로 감싼 문자열")
INTEGER = Text("a whole number (64 bits) without quotes", "따옴표 없는 64비트 정수")
_WRONG_TYPE = (
    Text(
        "{path} must be {expected.en}, not {got.en}", "{path} 값은 {expected.ko} 형식이어야 합니다 (지금 값: {got.ko})"
    ),
    Text("write {expected.en} there", "{expected.ko} 형식으로 고치십시오"),
)


def wrong_type(node: Node, path: str, expected: Text) -> ParseError:
    """A value of the wrong type in a kind that is read, or of none yet: a template has still to fill it in."""
    template = unrendered(node)
    if template is not None:
        return template
    plain = "null" if node.empty else f'"{node.raw[:40]}"' if node.quoted else node.raw[:40]
    got = {"mapping": MAPPING, "list": LIST}.get(node.kind, Text(plain, plain))
    return ParseError(node.span.line, *_WRONG_TYPE, path=path.lstrip("."), expected=expected, got=got)


def mapping(node: Node | None, *path: str, at: str = "") -> Node | None:
    """The mapping under `path`, `None` if it is missing or null; `ParseError` for anything else."""
    for key in path:
        at = f"{at}.{key}" if at else key
        node = node.entries.get(key) if node is not None else None
        if node is None or node.empty:
            return None
        if node.kind != "mapping":
            raise wrong_type(node, at, MAPPING)
    return node


def field_of(node: Node | None, key: str, at: str, expected: Text, fits: Callable[[Node], bool]) -> Node | None:
    """The value of a field, `None` if it is missing or null; `ParseError` unless it fits."""
    value = node.get(key) if node is not None else None
    if value is None or value.empty:
        return None
    if not fits(value):
        raise wrong_type(value, f"{at}.{key}", expected)
    return value


def list_of(node: Node | None, key: str, at: str) -> Sequence[Node]:
    """The mappings of a list; none where it is missing. Errors: `ParseError` for anything else."""
    value = field_of(node, key, at, LIST, lambda value: value.kind == "list")
    for index, item in enumerate(value.items if value is not None else []):
        if item.kind != "mapping":
            raise wrong_type(item, f"{at}.{key}[{index}]", MAPPING)
    return value.items if value is not None else []


def string(node: Node | None, key: str, at: str) -> str:
    """A string, empty where it is missing. Errors: `ParseError` for anything else."""
    value = field_of(node, key, at, STRING, lambda value: isinstance(value.value, str))
    return str(value.value) if value is not None else ""


def integer(node: Node | None, key: str, at: str) -> int | None:
    """A whole number of 64 bits, `None` where it is missing. Errors: `ParseError` for anything else.

    `60.0` is one: sigs.k8s.io/yaml hands it on as 60.
    """
    value = field_of(node, key, at, INTEGER, lambda value: _whole(value) is not None)
    return _whole(value) if value is not None else None


def _whole(node: Node) -> int | None:
    number = node.value
    whole = type(number) is int or (isinstance(number, float) and number.is_integer())
    return int(number) if whole and isinstance(number, int | float) and -(2**63) <= number < 2**63 else None


def words(node: Node | None, key: str, at: str) -> tuple[str, ...]:
    """The strings of a list; none where it is missing. Errors: `ParseError` for anything else."""
    value = field_of(node, key, at, LIST, lambda value: value.kind == "list")
    for item in value.items if value is not None else []:
        if not isinstance(item.value, str):
            raise wrong_type(item, f"{at}.{key}", STRING)
    return tuple(str(item.value) for item in value.items) if value is not None else ()


def strings(node: Node | None, *path: str, pasted: bool = False) -> dict[str, str]:
    """A map of labels or annotations. Istio's must be strings; of others the API server speaks.

    In a pasted fragment the body of `proxy.istio.io/config` may stand there without its `|`.
    """
    listed = mapping(node, *path)
    values = {}
    for key, value in (listed.entries if listed else {}).items():
        if isinstance(value.value, str):
            values[key] = value.value
        elif key == CONFIG and value.kind == "mapping" and pasted:
            values[key] = ""
        elif (key == INJECTION or "istio.io/" in key) and not value.empty:
            raise wrong_type(value, ".".join((*path, key)), STRING)
    return values


def text_of(node: Node | None) -> str:
    """A value as text, whatever its type; empty where it is missing."""
    text = str(node.value) if node is not None and node.value is not None else ""
    return text.lower() if node is not None and isinstance(node.value, bool) else text


def chosen(node: Node | None, otherwise: str = "") -> str:
    """A value as text, or `otherwise` where it is missing or empty."""
    return str(node.value) if node is not None and node.value else otherwise


def under(key: str, node: Node) -> Node:
    """A mapping that holds `node` alone."""
    return Node("mapping", node.span, entries={key: node}, keys={key: node.span})


def has_mapping(root: Node, *path: str) -> bool:
    """Whether a mapping stands there; in other Helm values a key such as `global.proxy` may be anything."""
    return (value := root.get(*path)) is not None and value.kind == "mapping"
