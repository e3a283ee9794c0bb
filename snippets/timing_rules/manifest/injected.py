"""What comes out of the injector, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..domain.pod import Injection, Pod


class Refusal(NamedTuple):
    """Why Istio's injector or the API server refuses a pod: `template`, `overrides`, `twice`, `image`, `handlers` (two)
    or `handler` (none).

    Line 0 stands for another text. `sure`: not just likely.
    """

    why: str
    path: str
    line: int
    details: tuple[str, ...] = ()
    sure: bool = True


class Origin(NamedTuple):
    """Where istio-proxy's hook comes from: `own`, `overrides`, `template`, `mesh` or `istio`."""

    kind: str
    path: str
    line: int
    source: str = ""


@dataclass(frozen=True)
class Injected(Injection):
    """What the injector makes of a pod that was read: also where the hook comes from, and why the pod is refused."""

    origin: Origin | None = None
    refusals: tuple[Refusal, ...] = ()


def injected(pod: Pod) -> Injected | None:
    """What the injector makes of a pod in its mode; nothing for a pod that is not in the mesh."""
    injection = pod.injections.get(pod.sidecar)
    return injection if isinstance(injection, Injected) else None
