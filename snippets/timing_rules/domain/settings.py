"""What pilot-agent and Envoy read, and the layers that set it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .. import versions

if TYPE_CHECKING:
    from ..source.node import Node, Span


@dataclass(frozen=True)
class Layer:
    """One place that sets proxy settings: `values` are the effective ones, `nodes` where each key stands; `own` is true
    for a place on the workload itself."""

    kind: str
    values: Mapping[str, float | bool]
    nodes: Mapping[str, tuple[Span, Node]] = field(default_factory=dict, compare=False, repr=False)
    own: bool = True
    source: str = ""
    document: int = 1


@dataclass(frozen=True)
class ProxySettings:
    """What the agent and Envoy read, after all layers (`layers`, weakest first)."""

    terminationDrainDuration: float = versions.TERMINATION_DRAIN_DURATION.value
    drainDuration: float = versions.DRAIN_DURATION.value
    MINIMUM_DRAIN_DURATION: float = versions.MINIMUM_DRAIN_DURATION.value
    EXIT_ON_ZERO_ACTIVE_CONNECTIONS: bool = False
    layers: tuple[Layer, ...] = ()

    @classmethod
    def of(cls, layers: tuple[Layer, ...]) -> ProxySettings:
        """The effective settings of layers, weakest first; they merge key by key."""
        values: dict[str, Any] = {}
        for layer in layers:
            values.update(layer.values)
        return cls(**values, layers=layers)

    def setter(self, key: str) -> Layer | None:
        """The layer that decides `key`, or `None` when the default holds."""
        return next((layer for layer in reversed(self.layers) if key in layer.values), None)
