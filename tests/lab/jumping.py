"""An event loop whose clock jumps to whatever is next: hours pass at once, and a busy machine changes nothing."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Selector(selectors.SelectSelector):
    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        self.now += timeout or 0.0
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumps = _Selector()
        super().__init__(self._jumps)

    def time(self) -> float:
        return self._jumps.now


def at_once(what: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run`, with such a clock. For what waits for nothing but time."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(what)
