"""Scalars of YAML and their places: the part that both ways of building a tree share."""

from __future__ import annotations

import re
from functools import lru_cache
from math import inf, isfinite
from typing import Any

import yaml

from .node import Span

_RESOLVER: Any = yaml.SafeLoader("")
_GO_INTEGER = re.compile(r"[-+]?0([oO][0-7]+|[bB][01]+|[xX][\da-fA-F]+)", re.ASCII)
_GO_FLOAT = re.compile(r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?", re.ASCII)


class Places:
    """Where PyYAML's marks stand in the outer text: lines are counted from `first_line` + 1, columns shifted by `columns`.

    `marked`: a byte order mark stood before the first line.
    """

    def __init__(self, text: str, first_line: int, columns: int, marked: bool) -> None:
        self.text, self.first_line, self.columns = text, first_line, columns
        self.first_columns = columns + 1 + marked
        self._lines: list[str] | None = None

    @property
    def lines(self) -> list[str]:
        """The lines of the text."""
        if self._lines is None:
            self._lines = self.text.split("\n")
        return self._lines

    def span(self, start: Any, end: Any) -> Span:
        """The place between two marks."""
        down, rest, first = self.first_line + 1, self.columns + 1, self.first_columns
        line, last = start.line, end.line
        return Span(
            line + down,
            start.column + (rest if line else first),
            last + down,
            end.column + (rest if last else first),
        )

    def block(self, start: Any) -> tuple[tuple[int, int], bool]:
        """Where the text of a literal block begins (the lines before it, its indentation), and whether that is exact."""
        first = start.line + 1
        rows = (self.lines[index] for index in range(first, len(self.lines)))
        indent = next((len(row) - len(row.lstrip(" ")) for row in rows if row.strip()), 0)
        header = self.lines[start.line][start.column :] if start.line < len(self.lines) else "|1"
        return (first + self.first_line, indent + self.columns), not re.match(r"\|[-+]?\d", header)


def value_of(text: str, tag: str | None, implicit: tuple[bool, bool]) -> str | int | float | bool | None:
    """A scalar as Kubernetes reads it: YAML 1.1 without dates and base-60 numbers, as Go's reader has it, so that `1e2` and
    `0o7` are numbers; `y` and `n` see `as_go`. `tag` is the written one, if any. Source: kubernetes-sigs/yaml at 742f5e6f06b9,
    `goyaml.v2/resolve.go`.
    """
    if tag is not None:
        return _typed(text, tag)
    if not implicit[0] or (text and text[0] not in _RESOLVER.yaml_implicit_resolvers):
        return text  # in quotes, a block, or a plain word
    return _plain_value(text)


@lru_cache(maxsize=1024)  # a document has few words, many times
def _plain_value(text: str) -> str | int | float | bool | None:
    value = _typed(text, _RESOLVER.resolve(yaml.ScalarNode, text, (True, False)))
    return _go_value(text) if value == text else value


def _go_value(text: str) -> str | int | float:
    """What Go reads in a plain text that is a string to PyYAML."""
    plain = text if text.startswith(".") else text.replace("_", "")
    if _GO_INTEGER.fullmatch(plain):
        return int(plain, 0)
    number = float(plain) if _GO_FLOAT.fullmatch(plain) else inf
    return number if isfinite(number) else text


def _typed(text: str, tag: str) -> str | int | float | bool | None:
    kind = tag.rpartition(":")[2]
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() in ("yes", "true", "on", "y")
    digits = text.replace("_", "")
    try:
        if kind == "int" and ":" not in text:
            sign = -1 if digits.startswith("-") else 1
            digits = digits.lstrip("+-")
            octal = len(digits) > 1 and digits[0] == "0" and digits.isdigit()
            return sign * int(digits, 8 if octal else 0)
        if kind == "float" and ":" not in text:
            return float(digits.lower().replace(".inf", "inf").replace(".nan", "nan"))
    except ValueError:
        return text
    return text
