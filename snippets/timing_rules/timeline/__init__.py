"""Pod → timeline: when everything happens while a pod stops. Seconds from the moment the kubelet starts to stop it."""

from .arithmetic import agent_seconds, drains_at, exact, stop_timeout, whole
from .build import Timeline, timeline
from .times import ContainerTimes, Event

__all__ = [
    "ContainerTimes", "Event", "Timeline", "agent_seconds", "drains_at", "exact", "stop_timeout", "timeline", "whole",
]  # fmt: skip
