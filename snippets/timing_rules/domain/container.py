"""A container and its preStop hook, as far as its end goes. Times are seconds (`float`); `None` is not known."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..source.node import Node


NEVER = float("inf")
PROXY = "istio-proxy"


class Sidecar(StrEnum):
    """How a pod is in the mesh."""

    NATIVE = "native"
    CLASSIC = "classic"
    GATEWAY = "gateway"
    NONE = "none"


@dataclass(frozen=True)
class Hook:
    """A preStop hook.

    `seconds` is how long it takes if let run, `at_least` what is certain when `seconds` is unknown. `drains_at` is when
    it calls the agent's `/drain`, and `None` for a hook that does not; `listeners` is when it calls Envoy's
    `drain_listeners` itself, and how long they stay open then: `closed`, `graceful`, `open`. `stops_at` is when
    it stops the app itself, `quits` when it calls /quitquitquit, and whether the agent's. `fails`: it cannot run.
    `agent`: an httpGet or tcpSocket hook that the kubelet sends to pilot-agent, which passes it on.
    """

    kind: str = "exec"
    seconds: float | None = None
    at_least: float = 0.0
    command: tuple[str, ...] = ()
    drains_at: float | None = None
    listeners: tuple[float, str] | None = None
    stops_at: float | None = None
    quits: tuple[float, bool] | None = None
    istio: bool = False
    fails: bool = False
    agent: bool = False
    node: Node | None = field(default=None, compare=False, repr=False)

    @property
    def least(self) -> float:
        """The length that is certain."""
        return self.at_least if self.seconds is None else self.seconds

    def lasting(self, declared: float | None) -> Hook:
        """The hook with a declared length, where its own may be another."""
        known = declared is None or self.kind == "sleep" or self.fails
        return self if known else replace(self, seconds=declared)


#: The hook that Istio's injector gives to a native istio-proxy; it returns within milliseconds.
ISTIO_DRAIN_HOOK = Hook(seconds=0.0, drains_at=0.0, istio=True)


@dataclass(frozen=True)
class Container:
    """A container that runs when the pod stops.

    `shutdown` is SIGTERM to exit, infinity for one that ignores SIGTERM; `exits_at` is set for one that ends by itself.
    `path` leads to it in its document.
    """

    name: str
    preStop: Hook | None = None
    shutdown: float | None = None
    exits_at: float | None = None
    image: str = ""
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    ports: tuple[tuple[str, int], ...] = ()
    path: str = ""
    node: Node | None = field(default=None, compare=False, repr=False)
