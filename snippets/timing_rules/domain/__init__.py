"""What a pod is, as far as its end goes: frozen dataclasses whose field names are the APIs'. Times are seconds."""

from .container import ISTIO_DRAIN_HOOK, NEVER, PROXY, Container, Hook, Sidecar
from .given import Assumptions, Config, MeshConfig
from .pod import Pod, Service
from .settings import Layer, ProxySettings

__all__ = [
    "ISTIO_DRAIN_HOOK", "NEVER", "PROXY", "Assumptions", "Config", "Container", "Hook", "Layer",
    "MeshConfig", "Pod", "ProxySettings", "Service", "Sidecar",
]  # fmt: skip
