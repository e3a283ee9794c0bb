"""JSON values as trees: read as JSON, which is many times faster than reading it as YAML.

A text is held against the grammar as a whole, mostly by the scanner of `json`; a node notes where its value begins and
ends, and reads it when somebody looks. Most of what a cluster gives back decides nothing here, and a List holds thousands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from json.decoder import scanstring  # type: ignore[attr-defined]
from json.scanner import c_make_scanner  # type: ignore[attr-defined]
from sys import intern
from typing import Any, NamedTuple

from ..text import Text
from .errors import MAX_DEPTH, TOO_DEEP, ParseError
from .node import NOWHERE, Node, Span

_NOT_JSON = (
    Text("this is not valid JSON", "올바른 JSON이 아닙니다"),
    Text("look for a missing comma, quote or bracket", "빠진 쉼표, 따옴표, 괄호를 찾으십시오"),
)
_SPACE = re.compile(r"[ \t\n\r]*")
_WORD = re.compile(r"[-+0-9.eE]+|true|false|null")
#: The levels that are read at once, so that no scanner ever builds a whole List: the object, and its `items`.
_AT_ONCE = 2
_ABSENT = Node("scalar", NOWHERE, json=True)


def json_values(text: str, marked: bool) -> list[tuple[int, Node]]:
    """Every JSON value of a text, one after another, each with its line. Errors: `ParseError` for the first fault."""
    reader = _Json(text, marked)
    at = reader.skip(0)
    values: list[tuple[int, Node]] = []
    while at < len(text):
        node = reader.value(at, 0, _AT_ONCE)
        values.append((reader.position(at)[0], node))
        at = reader.skip(node.end)
    return values


def _no_json(word: str) -> Any:
    raise ValueError(word)


#: Python's own takes NaN and Infinity, too.
_SCANNER = json.JSONDecoder(parse_constant=_no_json)


class _Member(NamedTuple):
    """A value in a list or under a key, and where that key begins and ends."""

    key: str
    key_at: int
    key_end: int
    node: _Value


class _Json:
    """A JSON reader that keeps places. Numbers and words are left to `json`."""

    def __init__(self, text: str, marked: bool) -> None:
        self.text, self.marked = text, marked
        self.line, self.line_start, self.seen = 1, 0, 0

    def position(self, at: int) -> tuple[int, int]:
        """Line and column of an offset, counted from the one that was asked for last: most are near."""
        low, high = sorted((at, self.seen))
        breaks = self.text.count("\n", low, high)
        if breaks:
            self.line += breaks if at > self.seen else -breaks
            self.line_start = self.text.rfind("\n", 0, at) + 1
        self.seen = at
        return self.line, at - self.line_start + 1 + (self.marked and self.line == 1)

    def span(self, at: int, end: int) -> Span:
        """The place between two offsets."""
        return Span(*self.position(at), *self.position(end))

    def skip(self, at: int) -> int:
        """The offset after blanks."""
        return _SPACE.match(self.text, at).end()  # type: ignore[union-attr]

    def fail(self, at: int) -> ParseError:
        """The error of a text that is no JSON at an offset."""
        return ParseError(self.position(min(at, len(self.text)))[0], *_NOT_JSON)

    def value(self, at: int, depth: int = 0, levels: int = 0) -> _Value:
        """The value at an offset, so many `levels` of it read, the rest held against the grammar. Errors: `ParseError`."""
        at = self.skip(at)
        if depth > MAX_DEPTH:
            raise ParseError(self.position(at)[0], *TOO_DEEP)
        head = self.text[at : at + 1]
        if head not in ("{", "["):
            return _Value(self, "scalar", at, self._string(at)[1] if head == '"' else self._word_end(at))
        node = _Value(self, "mapping" if head == "{" else "list", at, at)
        end = self._end(at, depth) if levels <= 0 else None
        if end is not None:
            node.end = end
            return node
        members, node.end = self.inside(at, depth, levels)
        node.entries = {member.key: member.node for member in members if head == "{"}
        node.keys = {member.key: self.span(member.key_at, member.key_end) for member in members if head == "{"}
        node.items = [member.node for member in members if head == "["]
        return node

    def _end(self, at: int, depth: int) -> int | None:
        """Where an object or a list ends; `None` where something in it is wrong and has to be found, and in a browser, where
        the scanner is Python, too, and takes as long and more of the stack."""
        if c_make_scanner is None:
            return None
        try:
            value, end = _SCANNER.raw_decode(self.text, at)
        except (ValueError, RecursionError):
            return None
        levels = MAX_DEPTH - depth
        brackets = self.text.count("{", at, end) + self.text.count("[", at, end)
        return end if brackets < levels or _fits(value, levels) else None

    def inside(self, at: int, depth: int = 0, levels: int = 0) -> tuple[list[_Member], int]:
        """What stands in the object or the list at an offset, and the offset after it. Errors: `ParseError`."""
        members: list[_Member] = []
        close = "}" if self.text[at] == "{" else "]"
        at = self.skip(at + 1)
        empty = self.text[at : at + 1] == close
        while not empty:
            key, key_at, key_end = "", at, at
            if close == "}":
                key, key_at, key_end, at = self._key(at)
            node = self.value(at, depth + 1, levels - 1)
            members.append(_Member(key, key_at, key_end, node))
            at = self.skip(node.end)
            mark = self.text[at : at + 1]
            if mark == close:
                break
            if mark != ",":
                raise self.fail(at)
            at += 1
        return members, at + 1

    def _key(self, at: int) -> tuple[str, int, int, int]:
        """A key, where it begins and ends, and the offset after its colon."""
        at = self.skip(at)
        if self.text[at : at + 1] != '"':
            raise self.fail(at)
        key, end = self._string(at)
        after = self.skip(end)
        if self.text[after : after + 1] != ":":
            raise self.fail(after)
        return intern(key), at, end, after + 1

    def _string(self, at: int) -> tuple[str, int]:
        try:
            found: tuple[str, int] = scanstring(self.text, at + 1, True)
        except ValueError:
            raise self.fail(at) from None
        return found

    def _word_end(self, at: int) -> int:
        word = _WORD.match(self.text, at)
        if word is None:
            raise self.fail(at)
        try:
            json.loads(word.group())
        except ValueError:
            raise self.fail(at) from None
        return word.end()


def _fits(value: Any, levels: int) -> bool:
    """Whether nothing in a list or an object is nested more than so many levels deep."""
    children = value.values() if isinstance(value, dict) else value
    return not children or (
        levels > 0 and all(_fits(child, levels - 1) for child in children if isinstance(child, dict | list))
    )


class _Value(Node):
    """A node whose fields are read from the text when they are first asked for."""

    __slots__ = ("at", "end", "reader")

    def __init__(self, reader: _Json, kind: str, at: int, end: int) -> None:
        self.reader, self.kind, self.at, self.end = reader, kind, at, end

    def holds(self, names: Collection[str]) -> bool:
        """Looks without reading: first at the text, where an escape may hide a key, and then at the keys."""
        text = self.text
        return ("\\" in text or any(name in text for name in names)) and _holds(json.loads(text), names)

    def __getattr__(self, name: str) -> Any:
        read = _READERS[self.kind].get(name)
        value = read(self) if read is not None else getattr(_ABSENT, name)
        setattr(self, name, value)
        return value

    @property
    def text(self) -> str:
        """The value as it is written."""
        return self.reader.text[self.at : self.end]

    @property
    def members(self) -> list[_Member]:
        """What stands in it."""
        return self.reader.inside(self.at)[0]


def _holds(value: Any, names: Collection[str]) -> bool:
    if isinstance(value, dict):
        return any(key in names or _holds(child, names) for key, child in value.items())
    return isinstance(value, list) and any(_holds(child, names) for child in value)


def _span(node: _Value) -> Span:
    return node.reader.span(node.at, node.end)


def _keys(node: _Value) -> dict[str, Span]:
    return {member.key: node.reader.span(member.key_at, member.key_end) for member in node.members}


#: By the kind of a node: how each of its fields is read.
_READERS: dict[str, dict[str, Callable[[_Value], Any]]] = {
    "scalar": {
        "value": lambda node: json.loads(node.text),
        "raw": lambda node: node.value if node.quoted else node.text,
        "quoted": lambda node: node.text.startswith('"'),
        "span": _span,
    },
    "mapping": {
        "entries": lambda node: {member.key: member.node for member in node.members},
        "keys": _keys,
        "span": _span,
    },
    "list": {"items": lambda node: [member.node for member in node.members], "span": _span},
}
