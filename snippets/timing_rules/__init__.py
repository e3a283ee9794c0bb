"""How a pod and its Istio sidecar stop: the arithmetic, and the rules about it.

`load` reads manifests, `timeline` computes what happens when, `check` finds mistakes.
"""

from .manifest import load
from .pod import Assumptions, ManifestError, MeshConfig, Pod
from .rules import Finding, check
from .timeline import Timeline, timeline

__all__ = ["Assumptions", "Finding", "ManifestError", "MeshConfig", "Pod", "Timeline", "check", "load", "timeline"]
