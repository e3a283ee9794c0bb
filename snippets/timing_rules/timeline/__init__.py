"""Pod → timeline: when everything happens while a pod stops. Seconds from the moment the kubelet starts to stop it."""

from .arithmetic import agent_seconds, drains_at, stop_timeout
from .build import Timeline, timeline
from .times import ContainerTimes, Event, ProxyTimes, Window

__all__ = [
    "ContainerTimes", "Event", "ProxyTimes", "Timeline", "Window", "agent_seconds", "drains_at", "stop_timeout",
    "timeline",
]  # fmt: skip
