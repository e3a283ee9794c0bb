"""Every sentence that a module keeps, in both languages beside each other: for those that no other snapshot says.

What a rule says of itself is left out: the snapshot of command lines holds the answer of `timing-rules rule CODE`.
"""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Iterator
from enum import Enum
from types import ModuleType
from typing import Any

import timing_rules
from timing_rules.rules.rule import About
from timing_rules.text import Text


def sentences() -> Iterator[list[str]]:
    """The sentences of each module, a line each with the name that leads to it; one taken from elsewhere stands there."""
    said = set[Text]()
    for name in sorted(module.name for module in pkgutil.walk_packages(timing_rules.__path__, "timing_rules.")):
        if name.endswith("__main__"):
            continue
        lines = [f"==== {name}"]
        for place, text in _of_module(importlib.import_module(name)):
            if text not in said:
                said.add(text)
                lines += [f"{place}: {text.en}", f"    {text.ko}"]
        if len(lines) > 1:
            yield lines


def _of_module(module: ModuleType) -> Iterator[tuple[str, Text]]:
    for name, value in vars(module).items():
        if not name.startswith("__") and not isinstance(value, ModuleType):
            yield from _below(name, value)


def _below(place: str, value: Any) -> Iterator[tuple[str, Text]]:
    """The sentences within a value: of a table, a list, a record."""
    if isinstance(value, Text):
        yield place, value
    elif isinstance(value, About):
        return
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _below(f"{place}[{key.value if isinstance(key, Enum) else key}]", inner)
    elif isinstance(value, tuple | list):
        fields = getattr(value, "_fields", range(len(value)))
        for field, inner in zip(fields, value, strict=True):
            yield from _below(f"{place}.{field}", inner)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _below(f"{place}.{field.name}", getattr(value, field.name))
