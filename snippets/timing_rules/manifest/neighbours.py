"""Whom a document speaks for: those of its own file, folder, parent or child folder, as one cluster's files stand."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Hashable, Iterator
from functools import lru_cache
from typing import Generic, TypeVar

_Value = TypeVar("_Value")


class Neighbours(Generic[_Value]):
    """Values by the file that they stand in and a key, found from files near by: the nearest folder first."""

    def __init__(self) -> None:
        self._within: defaultdict[tuple[str, Hashable], list[_Value]] = defaultdict(list)
        self._below: defaultdict[tuple[str, Hashable], list[_Value]] = defaultdict(list)

    def add(self, source: str, key: Hashable, value: _Value) -> None:
        """Take note of a value in the file `source`."""
        folder = _folder(source)
        self._within[folder, key].append(value)
        parent = _parent(folder)
        if parent is not None:
            self._below[parent, key].append(value)

    def of(self, source: str, key: Hashable) -> Iterator[_Value]:
        """The values under a key that speak for the file `source`."""
        folder = _folder(source)
        parent = _parent(folder)
        yield from self._within.get((folder, key), ())
        if parent is not None:
            yield from self._within.get((parent, key), ())
        yield from self._below.get((folder, key), ())


@lru_cache
def _folder(source: str) -> str:
    """The folder of a file; standard input stands alone."""
    if source == "-":
        return source
    return posixpath.dirname(posixpath.normpath(source.replace("\\", "/")))


def _parent(folder: str) -> str | None:
    return None if folder in ("", "-", "/") else posixpath.dirname(folder)
