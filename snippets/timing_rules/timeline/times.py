"""When things happen while a pod stops: data alone. Seconds from the moment the kubelet starts to stop the pod."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..domain.container import Sidecar
from ..domain.pod import Pod
from ..text import Text
from ..versions import Version


@dataclass(frozen=True)
class ContainerTimes:
    """One container's end. `None` is unknown (or, for `prestop_end`, no hook). `sigkill`: when it would be killed."""

    prestop_end: float | None
    sigterm: float | None
    end: float | None
    sigkill: float | None
    killed: bool | None
    native: bool = False


@dataclass(frozen=True)
class ExactTimes(ContainerTimes):
    """The same for one choice of the lengths that are unknown: only a hook that there is not has no time."""

    sigterm: float
    end: float
    sigkill: float
    killed: bool


@dataclass(frozen=True)
class ProxyTimes:
    """What clients see of the proxy. `inbound_closes` is `None` when Envoy is gone first, or listeners never close."""

    container: str
    drain_start: float | None
    inbound_closes: float | None
    envoy_killed: float | None
    killed_by: str | None


class Moments(NamedTuple):
    """Every container's times, and the proxy's, for one choice of the lengths that are unknown."""

    containers: dict[str, ExactTimes]
    proxy: ProxyTimes | None


@dataclass(frozen=True)
class Times:
    """A pod's whole termination. `assumed` and `unknown` name what it does not rest on facts for.

    `containers` and `proxy` hold what is certain, `None` for what is not; `earliest` and `latest` bound what is not.
    """

    pod: Pod
    sidecar: Sidecar
    istio: Version
    kubernetes: Version
    assumed: tuple[str, ...]
    unknown: tuple[str, ...]
    grace: int
    containers: dict[str, ContainerTimes]
    proxy: ProxyTimes | None
    earliest: Moments
    latest: Moments

    @property
    def ends(self) -> float | None:
        """When the last container is gone, or `None` when that is unknown."""
        ends = [times.end for times in self.containers.values()]
        known = [end for end in ends if end is not None]
        return max(known, default=0.0) if len(known) == len(ends) else None


@dataclass(frozen=True)
class Event:
    """One thing that happens. `kind` is stable; `text` is for a reader."""

    at: float
    actor: str
    kind: str
    text: Text


class Window(NamedTuple):
    """A span in which requests can be lost, why, and which container loses them."""

    start: float
    end: float
    text: Text
    actor: str
